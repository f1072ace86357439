//! The versions that a finding refuses, as ranges.
//!
//! Refusing one version at a time would make the lock's loop walk backwards through history, and a
//! long list of single versions makes every explanation unreadable. So neighbours become ranges.

use std::ops::Bound;

use holdfast_model::{PackageId, Refusal, Release};
use pep440_rs::Version;
use version_ranges::Ranges;

/// Where the last run of refused releases ends, when it reaches the newest release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Newest {
    /// At the newest release: what comes later may be fine.
    Closed,
    /// Nowhere: what comes later is refused for the same reason.
    Open,
}

/// Refuses one version alone; nothing where it is no version of PEP 440.
pub(crate) fn only(package: &PackageId, version: &str, reason: String) -> Option<Refusal> {
    let version: Version = version.parse().ok()?;
    Some(Refusal {
        package: package.clone(),
        versions: Ranges::singleton(version),
        reason,
    })
}

/// The releases that are refused, neighbours joined. `releases` are sorted by version.
pub(crate) fn runs(
    releases: &[Release],
    is_refused: impl Fn(&Release) -> bool,
    newest: Newest,
) -> Ranges<Version> {
    let mut ranges = Ranges::empty();
    let mut run: Option<(&Version, &Version)> = None;
    for release in releases {
        if is_refused(release) {
            let first = run.map_or(&release.version, |(first, _)| first);
            run = Some((first, &release.version));
        } else if let Some((first, last)) = run.take() {
            ranges = ranges.union(&Ranges::from_range_bounds(first.clone()..=last.clone()));
        }
    }
    if let Some((first, last)) = run {
        let end = match newest {
            Newest::Closed => Bound::Included(last.clone()),
            Newest::Open => Bound::Unbounded,
        };
        ranges = ranges.union(&Ranges::from_range_bounds((
            Bound::Included(first.clone()),
            end,
        )));
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn releases(versions: &[&str]) -> Vec<Release> {
        versions
            .iter()
            .map(|version| Release {
                version: version.parse().unwrap(),
                files: Vec::new(),
            })
            .collect()
    }

    fn refused(wanted: &[&str], newest: Newest) -> String {
        let releases = releases(&["1.0", "1.1", "1.2", "2.0", "2.1"]);
        let wanted: Vec<Version> = wanted.iter().map(|text| text.parse().unwrap()).collect();
        runs(
            &releases,
            |release| wanted.contains(&release.version),
            newest,
        )
        .to_string()
    }

    #[test]
    fn neighbours_become_one_range() {
        assert_eq!(refused(&["1.1", "1.2"], Newest::Closed), ">=1.1, <=1.2");
        assert_eq!(
            refused(&["1.0", "2.0", "2.1"], Newest::Closed),
            "1.0 | >=2.0, <=2.1"
        );
        assert_eq!(refused(&["1.0", "2.0", "2.1"], Newest::Open), "1.0 | >=2.0");
        assert_eq!(refused(&[], Newest::Open), "∅");
    }
}
