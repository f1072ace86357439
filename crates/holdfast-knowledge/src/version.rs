//! Versions in the order of their ecosystem: PEP 440 for PyPI, `SemVer` 2.0 for npm.

use std::fmt;

use holdfast_model::Ecosystem;

/// Longest text in bytes that is read as a version.
const LONGEST: usize = 256;

/// A version that can be compared with others of its ecosystem.
///
/// The order between ecosystems means nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EcosystemVersion {
    /// A version as PEP 440 has it.
    Pypi(pep440_rs::Version),
    /// A version as `SemVer` 2.0 has it, without build metadata, which has no part in the order.
    Npm(semver::Version),
}

impl EcosystemVersion {
    /// Reads a version of `ecosystem`; nothing where it is no version there, or where advisories for
    /// that ecosystem are not covered.
    pub fn parse(ecosystem: Ecosystem, text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        match ecosystem {
            Ecosystem::Pypi => text.parse().ok().map(Self::Pypi),
            Ecosystem::Npm => parse_npm(text).map(Self::Npm),
            Ecosystem::Conda | Ecosystem::Deb | Ecosystem::Generic => None,
        }
    }

    /// Without the local part of PEP 440: `2.3.0+cu121` is `2.3.0`, the release that advisories mean.
    #[must_use]
    pub fn public(self) -> Self {
        match self {
            Self::Pypi(version) => Self::Pypi(version.without_local()),
            Self::Npm(_) => self,
        }
    }
}

impl fmt::Display for EcosystemVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pypi(version) => version.fmt(formatter),
            Self::Npm(version) => version.fmt(formatter),
        }
    }
}

/// The ecosystem of an OSV record whose records are read; its name may carry a suffix (`Debian:12`).
pub(crate) fn covered_ecosystem(osv_name: &str) -> Option<Ecosystem> {
    match osv_name.split(':').next() {
        Some("PyPI") => Some(Ecosystem::Pypi),
        Some("npm") => Some(Ecosystem::Npm),
        _ => None,
    }
}

/// Records write `1.0` and `v1.2.3` where `SemVer` wants three numbers and no letter.
fn parse_npm(text: &str) -> Option<semver::Version> {
    let text = text.trim();
    let text = text.strip_prefix(['v', '=']).unwrap_or(text);
    let (text, _build) = text.split_once('+').unwrap_or((text, ""));
    if let Ok(version) = semver::Version::parse(text) {
        return Some(version);
    }
    let (numbers, pre_release) = match text.split_once('-') {
        Some((numbers, pre_release)) => (numbers, format!("-{pre_release}")),
        None => (text, String::new()),
    };
    let missing = match numbers.split('.').count() {
        1 => ".0.0",
        2 => ".0",
        _ => return None,
    };
    semver::Version::parse(&format!("{numbers}{missing}{pre_release}")).ok()
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;
    use std::path::Path;

    use super::*;

    fn pypi(text: &str) -> EcosystemVersion {
        EcosystemVersion::parse(Ecosystem::Pypi, text).unwrap()
    }

    #[test]
    fn local_versions_stand_for_their_public_release() {
        assert_eq!(pypi("2.3.0+cu121").public(), pypi("2.3"));
    }

    #[test]
    fn short_npm_versions_are_completed() {
        let npm = |text| EcosystemVersion::parse(Ecosystem::Npm, text);
        assert_eq!(npm("1"), npm("1.0.0"));
        assert_eq!(npm("v1.2-beta"), npm("1.2.0-beta"));
        assert_eq!(npm("1.2.3+build.5"), npm("1.2.3"));
        assert_eq!(npm("1.2.3.4"), None);
        assert_eq!(npm("latest"), None);
    }

    #[test]
    fn ecosystems_that_are_not_covered_have_no_versions() {
        assert_eq!(EcosystemVersion::parse(Ecosystem::Deb, "1.0-1"), None);
        assert_eq!(covered_ecosystem("Debian:12"), None);
        assert_eq!(covered_ecosystem("PyPI"), Some(Ecosystem::Pypi));
    }

    /// Compares with the order that another program's authors wrote down: lines `1.0 < 1.1`.
    fn assert_order(ecosystem: Ecosystem, file: &Path, least: usize) {
        let text = fs_err::read_to_string(file).unwrap();
        let mut compared = 0;
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with("//") {
                continue;
            }
            let mut words = line.split_whitespace();
            let (Some(left), Some(sign), Some(right)) = (words.next(), words.next(), words.next())
            else {
                panic!("{line}");
            };
            let expected = match sign {
                "<" => Ordering::Less,
                "=" => Ordering::Equal,
                ">" => Ordering::Greater,
                _ => panic!("{line}"),
            };
            let (Some(left), Some(right)) = (
                EcosystemVersion::parse(ecosystem, left),
                EcosystemVersion::parse(ecosystem, right),
            ) else {
                // such a version is refused, rather than put at a place in the order
                continue;
            };
            compared += 1;
            assert_eq!(left.cmp(&right), expected, "{line}");
        }
        assert!(
            compared >= least,
            "only {compared} lines of {}",
            file.display()
        );
    }

    #[test]
    fn the_order_agrees_with_osv_scalibr() {
        let Some(corpus) = testkit::corpus("osv-scalibr-lockfiles") else {
            return;
        };
        let data = corpus.join("semantic/testdata");
        assert_order(Ecosystem::Pypi, &data.join("pypi-versions.txt"), 26);
        assert_order(
            Ecosystem::Pypi,
            &data.join("pypi-versions-generated.txt"),
            12_300,
        );
        assert_order(Ecosystem::Npm, &data.join("semver-versions.txt"), 80);
    }
}
