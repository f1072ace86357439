//! Environment markers (PEP 508) as sets of machines.

use std::ops::Bound;

use holdfast_model::Platform;
use pep440_rs::Version;
use pep508_rs::{MarkerTree, VerbatimUrl};

/// The machines of a solve: a Python minor version on some platforms.
#[derive(Debug)]
pub struct Machines {
    any_of: MarkerTree,
    lower: Version,
    upper: Version,
}

/// A marker that is no PEP 508.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no environment marker: {reason}")]
pub struct MarkerError {
    text: String,
    reason: String,
}

/// Reads a marker; no text means always.
pub(crate) fn parse(text: Option<&str>) -> Result<MarkerTree, MarkerError> {
    let Some(text) = text else {
        return Ok(MarkerTree::TRUE);
    };
    MarkerTree::parse_str::<VerbatimUrl>(text).map_err(|error| MarkerError {
        text: text.to_owned(),
        reason: error.message.to_string(),
    })
}

/// A marker as text; none where it always holds.
pub(crate) fn text(marker: &MarkerTree) -> Option<String> {
    marker.contents().map(|contents| contents.to_string())
}

impl Machines {
    /// CPython 3.`minor` on any of `platforms`.
    pub fn new(minor: u8, platforms: &[Platform]) -> Result<Self, MarkerError> {
        let mut any_of = MarkerTree::FALSE;
        for platform in platforms {
            any_of.or(parse(Some(&platform.marker()))?);
        }
        Ok(Self {
            any_of,
            lower: Version::new([3, u64::from(minor)]),
            upper: Version::new([3, u64::from(minor) + 1]),
        })
    }

    /// Whether a marker may hold on any of these machines. Extras count as not asked for; a text
    /// that is no marker counts as one that holds.
    pub fn admit(&self, marker: &str) -> bool {
        parse(Some(marker)).map_or(true, |marker| {
            marker.evaluate_extras(&[]) && self.condition(marker).is_some()
        })
    }

    /// What tells the machines apart on which `marker` holds: nothing where it holds on none of
    /// them, and a marker that is always true where it holds on all.
    pub(crate) fn condition(&self, marker: MarkerTree) -> Option<MarkerTree> {
        let here = self.simplify(marker);
        let mut both = here.clone();
        both.and(self.any_of.clone());
        if both.is_false() {
            return None;
        }
        // it always holds, if nothing of these machines is left outside of it
        let mut outside = here.negate();
        outside.and(self.any_of.clone());
        if self.simplify(outside).is_false() {
            return Some(MarkerTree::TRUE);
        }
        Some(here)
    }

    fn simplify(&self, marker: MarkerTree) -> MarkerTree {
        marker.simplify_python_versions(Bound::Included(&self.lower), Bound::Excluded(&self.upper))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(marker: &str, platforms: &[&str]) -> Option<String> {
        let platforms: Vec<Platform> = platforms
            .iter()
            .map(|platform| platform.parse().unwrap())
            .collect();
        Machines::new(11, &platforms)
            .unwrap()
            .condition(parse(Some(marker)).unwrap())
            .map(|marker| text(&marker).unwrap_or_default())
    }

    #[test]
    fn a_marker_that_always_holds_disappears() {
        let linux = ["linux-x86_64"];
        assert_eq!(
            condition("sys_platform == 'linux'", &linux),
            Some(String::new())
        );
        assert_eq!(
            condition("python_version >= '3.9'", &linux),
            Some(String::new())
        );
        assert_eq!(
            condition("platform_machine != 'arm64'", &linux),
            Some(String::new())
        );
    }

    #[test]
    fn a_marker_that_never_holds_excludes_the_package() {
        let linux = ["linux-x86_64"];
        assert_eq!(condition("sys_platform == 'win32'", &linux), None);
        assert_eq!(condition("python_version < '3.11'", &linux), None);
    }

    #[test]
    fn a_marker_that_tells_machines_apart_is_kept() {
        let both = ["linux-x86_64", "macos-arm64"];
        assert_eq!(
            condition("sys_platform == 'linux'", &both),
            Some("sys_platform == 'linux'".to_owned())
        );
        assert_eq!(
            condition("python_full_version < '3.11.4'", &["linux-x86_64"]),
            Some("python_full_version < '3.11.4'".to_owned())
        );
    }
}
