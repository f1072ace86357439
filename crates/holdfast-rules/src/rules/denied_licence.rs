//! A package is under a licence that the project does not want.

use std::collections::BTreeMap;

use holdfast_model::{EnvironmentFacts, Layer, Outcome, Severity};

use crate::answer::Answer;
use crate::licence::{Verdict, judge};
use crate::refusal::only;
use crate::versions::{ExactVersion, exact_versions};
use crate::{Context, Licences, Rule, RuleSet, UnknownLicence};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "denied-licence",
    title: "a package is under a licence that the project does not want",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Audit, RuleSet::Lock],
    page: include_str!("denied_licence.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    let licences = &context.policy.licences;
    if licences.is_empty() {
        return answer.outcome();
    }
    // a few expressions make up most of every environment
    let mut verdicts: BTreeMap<&str, Verdict> = BTreeMap::new();
    for environment in context.environments() {
        let versions = exact_versions(&mut answer, environment);
        if versions.is_empty() {
            continue;
        }
        if versions.iter().all(|exact| exact.licence.is_none()) {
            nothing_told(&mut answer, environment, licences);
            continue;
        }
        for exact in versions {
            let verdict = exact.licence.map_or(Verdict::Unknown, |licence| {
                *verdicts
                    .entry(licence)
                    .or_insert_with(|| judge(licence, licences))
            });
            report(&mut answer, environment, exact, (verdict, licences.unknown));
        }
    }
    answer.outcome()
}

/// Most tools' locks record no licence; a finding for each package would say that once too often.
fn nothing_told(answer: &mut Answer, environment: &EnvironmentFacts, licences: &Licences) {
    if licences.unknown != UnknownLicence::Ignore {
        answer.gap(
            environment,
            "no licence is recorded for any package: lock with `holdfast lock`, or audit what is installed",
        );
    }
}

fn report(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    exact: ExactVersion<'_>,
    (verdict, unknown): (Verdict, UnknownLicence),
) {
    let licence = exact.licence.unwrap_or_default();
    let name = exact.named();
    let (message, severity, reason) = match (verdict, unknown) {
        (Verdict::Admitted, _) | (Verdict::Unknown, UnknownLicence::Ignore) => return,
        (Verdict::Denied, _) => (
            format!("{name} is under `{licence}`, which is denied"),
            Severity::Error,
            format!("licence {licence}"),
        ),
        (Verdict::NotAllowed, _) => (
            format!("{name} is under `{licence}`, which is not among the allowed licences"),
            Severity::Error,
            format!("licence {licence}"),
        ),
        (Verdict::Unknown, UnknownLicence::Report(severity)) => (
            if licence.is_empty() {
                format!("the licence of {name} is not known")
            } else {
                format!("the licence of {name} is not known: `{}` is no SPDX expression", short(licence))
            },
            severity,
            "unknown licence".to_owned(),
        ),
    };
    let refusal = (severity == Severity::Error)
        .then(|| only(exact.package, exact.version, reason))
        .flatten();
    let finding = RULE
        .finding(Layer::Packages)
        .at(&exact.location())
        .message(message)
        .of(environment)
        .subject(exact.purl())
        .severity(severity)
        .detail("licence", exact.licence)
        .refuses(refusal)
        .fix("replace it, change `[licences]`, or waive this with an owner and a date");
    answer.find(finding);
}

/// Old metadata may hold a whole licence text.
fn short(licence: &str) -> String {
    const SHOWN: usize = 60;
    let line = licence.lines().next().unwrap_or_default();
    if line.chars().count() <= SHOWN {
        line.to_owned()
    } else {
        line.chars().take(SHOWN).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use crate::testing::{Environment, configured, facts, judge, lines};

    fn policy(allow: &[&str], deny: &[&str], unknown: UnknownLicence) -> Policy {
        let names = |list: &[&str]| list.iter().map(|name| name.parse().unwrap()).collect();
        Policy {
            licences: Licences {
                allow: names(allow),
                deny: names(deny),
                unknown,
            },
            ..Policy::default()
        }
    }

    fn environment() -> Environment {
        configured("train")
            .locks(&["ultralytics==8.3.40", "numpy==1.26.4", "odd==1", "none==2"])
            .locking(|lock| {
                lock.packages[0].licence = Some("AGPL-3.0-or-later".to_owned());
                lock.packages[2].licence = Some("ask us".to_owned());
                lock.packages[3].licence = None;
            })
    }

    const WARN: UnknownLicence = UnknownLicence::Report(Severity::Warning);

    #[test]
    fn denied_licences_are_errors_and_unknown_ones_warnings() {
        let outcome = judge(&RULE, &facts([environment()]), &policy(&[], &["AGPL-3.0"], WARN));
        assert_eq!(
            lines(&outcome),
            [
                "error pylock.train.toml:10:1 `ultralytics 8.3.40` is under `AGPL-3.0-or-later`, which is denied",
                "warning pylock.train.toml:30:1 the licence of `odd 1` is not known: `ask us` is no SPDX expression",
                "warning pylock.train.toml:40:1 the licence of `none 2` is not known",
            ]
        );
        let refusal = outcome.findings[0].refusal.as_ref().unwrap();
        assert_eq!(refusal.versions.to_string(), "8.3.40");
        assert_eq!(refusal.reason, "licence AGPL-3.0-or-later");
        assert!(outcome.findings[1].refusal.is_none());
    }

    #[test]
    fn what_is_not_allowed_is_an_error() {
        let outcome = judge(&RULE, &facts([environment()]), &policy(&["MIT"], &[], UnknownLicence::Ignore));
        assert_eq!(
            lines(&outcome),
            ["error pylock.train.toml:10:1 `ultralytics 8.3.40` is under `AGPL-3.0-or-later`, which is not among the allowed licences"]
        );
    }

    #[test]
    fn unknown_licences_can_be_errors_which_refuse() {
        let unknown = UnknownLicence::Report(Severity::Error);
        let outcome = judge(&RULE, &facts([environment()]), &policy(&[], &["GPL-2.0"], unknown));
        assert_eq!(outcome.findings.len(), 2);
        assert!(outcome.findings.iter().all(|finding| finding.refusal.is_some()));
    }

    #[test]
    fn without_a_list_nothing_is_judged() {
        let outcome = judge(&RULE, &facts([environment()]), &Policy::default());
        assert_eq!(lines(&outcome), [""; 0]);
    }

    #[test]
    fn denied_licence_is_not_evaluated_where_no_licence_is_recorded() {
        let bare = environment().locking(|lock| {
            for package in &mut lock.packages {
                package.licence = None;
            }
        });
        let outcome = judge(&RULE, &facts([bare]), &policy(&["MIT"], &[], WARN));
        assert_eq!(
            lines(&outcome),
            ["gap train - no licence is recorded for any package: lock with `holdfast lock`, or audit what is installed"]
        );
    }
}
