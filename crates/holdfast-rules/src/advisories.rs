//! What `known-vulnerability` and `malicious-package` share: advisories of an environment's versions.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{AdvisoryData, AdvisoryMatch, EnvironmentFacts, Refusal};
use pep440_rs::Version;

use crate::answer::Answer;
use crate::versions::{ExactVersion, exact_versions};
use crate::{Context, text, versions};

/// Said wherever there is no advisory data at all.
pub(crate) const NO_DATA: &str =
    "there is no advisory data on this machine: run `holdfast advisories update`";

/// An advisory that affects a version of an environment.
pub(crate) struct Hit<'a> {
    pub(crate) environment: &'a EnvironmentFacts,
    pub(crate) exact: ExactVersion<'a>,
    pub(crate) advisory: &'a AdvisoryMatch,
}

/// Calls `report` for each advisory that affects a version, and notes what could not be looked up.
///
/// A project's own records count without a feed as well; what they do not speak of stays a gap.
pub(crate) fn each_hit<'a>(
    context: &Context<'a>,
    answer: &mut Answer,
    report: impl Fn(&mut Answer, Hit<'a>),
) {
    let data = context.facts.knowledge.advisories.as_ref();
    if data.is_none() && context.environments().next().is_some() {
        answer.gap_everywhere(NO_DATA);
    }
    // by package, then version: a lookup that builds no key
    let mut matches: BTreeMap<_, BTreeMap<&str, &'a [AdvisoryMatch]>> = BTreeMap::new();
    for ((package, version), found) in &context.facts.knowledge.matches {
        matches.entry(package).or_default().insert(version, found);
    }
    for environment in context.environments() {
        // without a feed the one gap says already that nothing else was looked at
        let versions = match data {
            Some(data) => {
                let versions = exact_versions(answer, environment);
                note_uncovered(answer, environment, &versions, data);
                versions
            }
            None => versions::collect(environment),
        };
        for exact in versions {
            let found = matches
                .get(exact.package)
                .and_then(|by_version| by_version.get(exact.version));
            for advisory in found.into_iter().copied().flatten() {
                let hit = Hit {
                    environment,
                    exact,
                    advisory,
                };
                report(answer, hit);
            }
        }
    }
}

/// A package of an ecosystem without advisory data is not clean, it was not looked at.
fn note_uncovered(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    versions: &[ExactVersion<'_>],
    data: &AdvisoryData,
) {
    let mut uncovered: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
    for exact in versions {
        let ecosystem = exact.package.ecosystem();
        if !data.ecosystems.contains(&ecosystem) {
            uncovered
                .entry(ecosystem.purl_type())
                .or_default()
                .insert(exact.package.name());
        }
    }
    for (ecosystem, names) in uncovered {
        answer.gap(
            environment,
            format!(
                "the advisory data does not cover {ecosystem}: {} not looked up ({})",
                text::count(names.len(), "package"),
                text::some_of(names),
            ),
        );
    }
}

impl Hit<'_> {
    /// The summary, ready to follow a colon; empty where the record has none.
    pub(crate) fn summary(&self) -> String {
        let line = self.advisory.summary.lines().next().unwrap_or_default();
        let line = line.trim().trim_end_matches('.');
        if line.is_empty() {
            String::new()
        } else {
            format!(": {line}")
        }
    }

    /// The smallest version above the affected one in which it is fixed.
    pub(crate) fn fixed_in(&self) -> Option<&str> {
        let current: Version = self.exact.version.parse().ok()?;
        self.advisory
            .fixed
            .iter()
            .filter_map(|text| Some((text.parse::<Version>().ok()?, text)))
            .filter(|(fixed, _)| *fixed > current)
            .min()
            .map(|(_, text)| text.as_str())
    }

    /// Every version that the advisory affects.
    pub(crate) fn refusal(&self) -> Refusal {
        Refusal {
            package: self.exact.package.clone(),
            versions: self.advisory.affected.clone(),
            reason: self.advisory.id.clone(),
        }
    }
}
