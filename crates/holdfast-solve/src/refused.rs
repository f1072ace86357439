//! The versions that were refused, and what that leaves to the solver.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use holdfast_model::{PackageId, Refusal};
use jiff::Timestamp;
use pep440_rs::Version;
use version_ranges::Ranges;

/// Everything that was refused in a solve so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refused {
    pub(crate) packages: BTreeMap<PackageId, RefusedVersions>,
}

/// What was refused of one package.
#[derive(Debug, Clone)]
pub(crate) struct RefusedVersions {
    /// All refused versions.
    pub(crate) versions: Ranges<Version>,
    /// Each reason with the versions that it refuses, in the order in which they were found.
    pub(crate) reasons: Vec<(String, Ranges<Version>)>,
    /// The rules that refused.
    pub(crate) rules: BTreeSet<String>,
    /// The versions that the solver had chosen, or a lock had, before they were refused.
    pub(crate) chosen: BTreeSet<Version>,
    /// Which of the intervals that are left the solver is offered, counted from the newest.
    pub(crate) interval: usize,
}

impl Refused {
    /// Adds a refusal; answers whether it is news.
    pub(crate) fn add(&mut self, rule: &str, refusal: &Refusal, chosen: Option<&Version>) -> bool {
        let entry = self
            .packages
            .entry(refusal.package.clone())
            .or_insert_with(|| RefusedVersions {
                versions: Ranges::empty(),
                reasons: Vec::new(),
                rules: BTreeSet::new(),
                chosen: BTreeSet::new(),
                interval: 0,
            });
        let wider = entry.versions.union(&refusal.versions);
        let is_news = wider != entry.versions;
        entry.versions = wider;
        if !entry
            .reasons
            .iter()
            .any(|(reason, _)| *reason == refusal.reason)
        {
            entry
                .reasons
                .push((refusal.reason.clone(), refusal.versions.clone()));
        }
        entry.rules.insert(rule.to_owned());
        entry.chosen.extend(chosen.cloned());
        is_news
    }

    /// Refuses what is older than the releases that were refused, once there are several of them.
    ///
    /// A licence is known of one release at a time, and hardly ever better in an older one: without
    /// this the loop would walk backwards through a package's whole history.
    pub(crate) fn give_up_older(&mut self, package: &PackageId, rule: &str) {
        let Some(refused) = self.packages.get_mut(package) else {
            return;
        };
        if !refused.rules.contains(rule) || refused.chosen.len() < TRIED {
            return;
        }
        if let Some(oldest) = refused.chosen.first() {
            let older = Ranges::strictly_lower_than(oldest.clone());
            refused.versions = refused.versions.union(&older);
            if let Some((_, versions)) = refused.reasons.last_mut() {
                *versions = versions.union(&older);
            }
        }
    }
}

/// After so many releases were refused one by one, older ones count as no better.
const TRIED: usize = 3;

impl RefusedVersions {
    /// The reasons that speak against one version, in the order in which they were found.
    pub(crate) fn reasons_against(&self, version: &Version) -> Vec<&str> {
        self.reasons
            .iter()
            .filter(|(_, versions)| versions.contains(version))
            .map(|(reason, _)| reason.as_str())
            .collect()
    }

    /// Whether all of it was refused because of advisories, so that a fix may be taken early.
    pub(crate) fn is_about_security(&self) -> bool {
        self.rules
            .iter()
            .all(|rule| rule == "known-vulnerability" || rule == "malicious-package")
    }

    /// The intervals of what is left that hold a candidate, from the newest to the oldest.
    pub(crate) fn intervals(&self, candidates: &[Version]) -> Vec<Ranges<Version>> {
        let left = self.versions.complement();
        let mut intervals: Vec<Ranges<Version>> = left
            .iter()
            .map(|(from, to)| Ranges::from_range_bounds((from.clone(), to.clone())))
            .filter(|interval| candidates.iter().any(|version| interval.contains(version)))
            .collect();
        intervals.reverse();
        intervals
    }
}

/// A candidate with the time of its upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) version: Version,
    pub(crate) uploaded: Option<Timestamp>,
}

/// An interval as PEP 440 specifiers: `>=10.3,<11`. Empty where it is everything.
///
/// A bound that is a pre-release would allow pre-releases to be chosen, so the release that it leads
/// to stands in for it.
pub(crate) fn specifiers(interval: &Ranges<Version>) -> String {
    let Some((from, to)) = interval.bounding_range() else {
        // nothing is left, and no version is below the lowest that PEP 440 can write
        return "<0".to_owned();
    };
    let lower = match from {
        Bound::Included(version) | Bound::Excluded(version) if version.any_prerelease() => {
            Some(format!(">={}", version.only_release()))
        }
        Bound::Included(version) => Some(format!(">={version}")),
        Bound::Excluded(version) => Some(format!(">{version}")),
        Bound::Unbounded => None,
    };
    let upper = match to {
        Bound::Included(version) | Bound::Excluded(version) if version.any_prerelease() => {
            Some(format!("<{}", version.only_release()))
        }
        Bound::Included(version) => Some(format!("<={version}")),
        Bound::Excluded(version) => Some(format!("<{version}")),
        Bound::Unbounded => None,
    };
    lower.into_iter().chain(upper).collect::<Vec<_>>().join(",")
}

/// Versions for a person to read: `<10.0.1 or ==10.2`.
pub(crate) fn versions_text(versions: &Ranges<Version>) -> String {
    let texts: Vec<String> = versions
        .iter()
        .map(|(from, to)| match (from, to) {
            (Bound::Unbounded, Bound::Unbounded) => "every version".to_owned(),
            (Bound::Included(from), Bound::Included(to)) if from == to => format!("=={from}"),
            _ => specifiers(&Ranges::from_range_bounds((from.clone(), to.clone()))),
        })
        .collect();
    texts.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    fn refusal(from: &str, to: &str, reason: &str) -> Refusal {
        Refusal {
            package: PackageId::pypi("pillow"),
            versions: Ranges::from_range_bounds(version(from)..version(to)),
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn everything_that_is_refused_goes_back_as_one_range() {
        let mut refused = Refused::default();
        assert!(refused.add(
            "known-vulnerability",
            &refusal("0", "10.0.1", "PYSEC-1"),
            Some(&version("9.5"))
        ));
        assert!(refused.add(
            "known-vulnerability",
            &refusal("0", "10.2", "PYSEC-2"),
            Some(&version("9.5"))
        ));
        assert!(!refused.add(
            "known-vulnerability",
            &refusal("1", "10.2", "PYSEC-3"),
            None
        ));
        let pillow = &refused.packages[&PackageId::pypi("pillow")];
        let intervals = pillow.intervals(&[version("10.4")]);
        assert_eq!(
            intervals.iter().map(specifiers).collect::<Vec<_>>(),
            [">=10.2"]
        );
        assert_eq!(
            pillow.reasons_against(&version("10.1")),
            ["PYSEC-2", "PYSEC-3"]
        );
    }

    #[test]
    fn versions_are_written_as_people_write_them() {
        let text = |ranges: Ranges<Version>| versions_text(&ranges);
        assert_eq!(text(Ranges::full()), "every version");
        assert_eq!(text(Ranges::singleton(version("2.0"))), "==2.0");
        assert_eq!(
            text(
                Ranges::strictly_lower_than(version("1.2"))
                    .union(&Ranges::higher_than(version("3")))
            ),
            "<1.2 or >=3"
        );
    }

    #[test]
    fn after_some_releases_older_ones_count_as_no_better() {
        let mut refused = Refused::default();
        let package = PackageId::pypi("pillow");
        for (count, text) in ["4.3", "4.2", "4.1"].iter().enumerate() {
            let one = Refusal {
                package: package.clone(),
                versions: Ranges::singleton(version(text)),
                reason: "licence MPL-2.0".to_owned(),
            };
            refused.add("denied-licence", &one, Some(&version(text)));
            refused.give_up_older(&package, "denied-licence");
            let versions = &refused.packages[&package].versions;
            assert_eq!(versions.contains(&version("1.0")), count == 2);
        }
        let refused = &refused.packages[&package];
        assert_eq!(
            refused.reasons_against(&version("1.0")),
            ["licence MPL-2.0"]
        );
        assert!(!refused.versions.contains(&version("5.0")));
    }

    #[test]
    fn the_newest_interval_that_holds_a_release_comes_first() {
        let mut refused = Refused::default();
        refused.add("known-vulnerability", &refusal("2", "3", "PYSEC-1"), None);
        let package = &refused.packages[&PackageId::pypi("pillow")];
        let texts = |candidates: &[Version]| {
            package
                .intervals(candidates)
                .iter()
                .map(specifiers)
                .collect::<Vec<_>>()
        };
        assert_eq!(texts(&[version("1.5"), version("3.1")]), [">=3", "<2"]);
        assert_eq!(texts(&[version("1.5"), version("2.9")]), ["<2"]);
        assert_eq!(texts(&[version("2.9")]), Vec::<String>::new());
    }
}
