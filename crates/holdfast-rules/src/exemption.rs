//! What lets a finding pass: waivers, ids allowed on the command line, and what a lock recorded of
//! both.

use holdfast_model::{
    EnvironmentName, Exemption, Facts, Finding, Observed, PackageId, WaiverApplied,
};

use crate::subject::parse_purl;
use crate::{Policy, rules};

/// The reason of a finding that `--allow` lets through.
const ALLOWED: &str = "allowed by id";
/// How the reason of an exemption begins that `--allow` brought about.
const ALLOW_OPTION: &str = "--allow ";
/// How the reason of an exemption begins that a waiver brought about.
const WAIVER: &str = "waiver: ";

/// The record, for the lock, of a version that was let through although a finding speaks against it.
///
/// Nothing for a finding that is not waived, or is not about a version of a package.
pub fn exemption(finding: &Finding) -> Option<Exemption> {
    let waiver = finding.waiver.as_ref()?;
    let (package, version) = parse_purl(finding.subject.as_deref()?)?;
    let reason = match &waiver.owner {
        Some(owner) => format!("{WAIVER}{} ({owner})", waiver.reason),
        // an advisory is named, so that the record does not cover the next one
        None if waiver.reason == ALLOWED => {
            format!("{ALLOW_OPTION}{}", advisory_ids(finding).next()?)
        }
        None => waiver.reason.clone(),
    };
    Some(Exemption {
        package,
        version: version?,
        rule: finding.rule.clone().into_owned(),
        reason,
    })
}

/// Everything that may let a finding pass.
pub(crate) struct Pardons<'a> {
    facts: &'a Facts,
    policy: &'a Policy,
    recorded: Vec<(Option<&'a EnvironmentName>, &'a Exemption)>,
}

impl<'a> Pardons<'a> {
    pub(crate) fn new(facts: &'a Facts, policy: &'a Policy) -> Self {
        let recorded = facts
            .environments
            .iter()
            .filter_map(|environment| match &environment.locked {
                Observed::Present(locked) => Some((environment.name.as_ref(), locked)),
                Observed::Absent { .. } | Observed::NotLookedFor | Observed::Unreadable { .. } => {
                    None
                }
            })
            .filter_map(|(name, locked)| Some((name, locked.holdfast.as_ref()?)))
            .flat_map(|(name, lock)| lock.exemptions.iter().map(move |record| (name, record)))
            // a waiver is asked itself, so that it ends when it expires
            .filter(|(_, record)| !record.reason.starts_with(WAIVER))
            .collect();
        Self {
            facts,
            policy,
            recorded,
        }
    }

    /// What lets `finding` pass, if anything: a waiver first, since somebody answers for it.
    pub(crate) fn find(&self, finding: &Finding) -> Option<WaiverApplied> {
        self.waiver(finding)
            .or_else(|| self.allowed(finding))
            .or_else(|| self.recorded(finding))
    }

    fn waiver(&self, finding: &Finding) -> Option<WaiverApplied> {
        let subject = finding.subject.as_deref()?;
        let waiver = self.policy.waivers.iter().find(|waiver| {
            waiver.rule == finding.rule
                && !waiver.is_expired(self.facts.now)
                && waiver.subject.matches(subject)
        })?;
        Some(WaiverApplied {
            reason: waiver.reason.clone(),
            owner: Some(waiver.owner.clone()),
            until: Some(waiver.until.to_string()),
        })
    }

    fn allowed(&self, finding: &Finding) -> Option<WaiverApplied> {
        if self.policy.allowed.is_empty() || !is_about_an_advisory(finding) {
            return None;
        }
        advisory_ids(finding)
            .any(|id| self.policy.allowed.iter().any(|allowed| allowed == id))
            .then(|| without_owner(ALLOWED))
    }

    fn recorded(&self, finding: &Finding) -> Option<WaiverApplied> {
        if self.recorded.is_empty() {
            return None;
        }
        let (package, version) = parse_purl(finding.subject.as_deref()?)?;
        let version = version?;
        let covers = |record: &Exemption| {
            same_version(record, &package, &version)
                && record.rule == finding.rule
                && (!is_about_an_advisory(finding)
                    || advisory_ids(finding).any(|id| names(&record.reason, id)))
        };
        self.recorded
            .iter()
            .find(|(environment, record)| {
                *environment == finding.environment.as_ref() && covers(record)
            })
            .map(|(_, record)| without_owner(&record.reason))
    }
}

fn same_version(record: &Exemption, package: &PackageId, version: &str) -> bool {
    record.package == *package && record.version == version
}

fn without_owner(reason: &str) -> WaiverApplied {
    WaiverApplied {
        reason: reason.to_owned(),
        owner: None,
        until: None,
    }
}

fn is_about_an_advisory(finding: &Finding) -> bool {
    rules::is_about_advisories(&finding.rule)
}

/// The id of the finding's advisory, then its aliases.
fn advisory_ids(finding: &Finding) -> impl Iterator<Item = &str> {
    let aliases = finding
        .details
        .get("aliases")
        .and_then(|aliases| aliases.as_array());
    finding
        .details
        .get("id")
        .into_iter()
        .chain(aliases.into_iter().flatten())
        .filter_map(|id| id.as_str())
}

/// Whether `id` stands in `text` as a word: `PYSEC-2023-17` does not stand in `PYSEC-2023-175`.
fn names(text: &str, id: &str) -> bool {
    text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '-'))
        .any(|word| word == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_counts_as_a_whole_word_only() {
        assert!(names("--allow PYSEC-2023-175", "PYSEC-2023-175"));
        assert!(names("see PYSEC-2023-175, until March", "PYSEC-2023-175"));
        assert!(!names("--allow PYSEC-2023-175", "PYSEC-2023-17"));
    }
}
