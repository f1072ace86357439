//! A locked file is younger than the holding period.

use std::collections::BTreeMap;

use holdfast_model::{
    EnvironmentFacts, Layer, LockSource, LockedPackage, Outcome, PackageId, ProjectReleases,
    Refusal, Severity,
};
use jiff::{SignedDuration, Timestamp};
use pep440_rs::Version;

use crate::answer::Answer;
use crate::policy::today;
use crate::refusal::{Newest, only, runs};
use crate::{Context, MissingUploadTime, Rule, RuleSet, text};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "holding-period",
    title: "a locked file is younger than the holding period",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Lock],
    page: include_str!("holding_period.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    if context.policy.holding_period.is_zero() {
        return answer.outcome();
    }
    let judge = Judge {
        now: context.facts.now,
        period: context.policy.holding_period,
        missing: context.policy.missing_upload_time,
        known: &context.facts.knowledge.releases,
    };
    for environment in context.environments() {
        let Some(locked) = answer.locked(environment) else {
            continue;
        };
        let mut without_time = Vec::new();
        for package in &locked.packages {
            judge.package(&mut answer, environment, package, &mut without_time);
        }
        if !without_time.is_empty() {
            answer.gap(
                environment,
                format!(
                    "nothing tells when {} uploaded ({}): run `holdfast check --online`",
                    if without_time.len() == 1 {
                        "1 package was".to_owned()
                    } else {
                        format!("{} packages were", without_time.len())
                    },
                    text::some_of(without_time),
                ),
            );
        }
    }
    answer.outcome()
}

struct Judge<'a> {
    now: Timestamp,
    period: SignedDuration,
    missing: MissingUploadTime,
    known: &'a BTreeMap<PackageId, ProjectReleases>,
}

impl Judge<'_> {
    fn package<'p>(
        &self,
        answer: &mut Answer,
        environment: &EnvironmentFacts,
        package: &'p LockedPackage,
        without_time: &mut Vec<&'p str>,
    ) {
        let (LockSource::Registry { .. }, Some(version)) = (&package.source, &package.version)
        else {
            return;
        };
        match self.uploaded(package, version) {
            Some(uploaded) if self.is_young(uploaded) => {
                self.report_young(answer, environment, (package, version), uploaded);
            }
            Some(_) => {}
            None if self.missing == MissingUploadTime::Refuse => {
                report_untold(answer, environment, package, version);
            }
            None => without_time.push(package.package.name()),
        }
    }

    /// When the youngest of the locked files was uploaded; nothing where one file's time is unknown
    /// and none of the others is young, since that one may be.
    fn uploaded(&self, package: &LockedPackage, version: &str) -> Option<Timestamp> {
        let release = self.known.get(&package.package).and_then(|releases| {
            let version: Version = version.parse().ok()?;
            releases.release(&version)
        });
        let on_index = |name: &str| {
            let file = release?.files.iter().find(|file| file.name == name)?;
            file.upload_time
        };
        let times: Vec<Option<Timestamp>> = package
            .files
            .iter()
            .map(|file| file.upload_time.or_else(|| on_index(&file.name)))
            .collect();
        let youngest = times.iter().flatten().max().copied();
        if times.iter().any(Option::is_none) {
            return youngest.filter(|uploaded| self.is_young(*uploaded));
        }
        youngest.or_else(|| release?.uploaded())
    }

    fn is_young(&self, uploaded: Timestamp) -> bool {
        self.now.duration_since(uploaded) < self.period
    }

    fn report_young(
        &self,
        answer: &mut Answer,
        environment: &EnvironmentFacts,
        (package, version): (&LockedPackage, &str),
        uploaded: Timestamp,
    ) {
        let age = self.age(uploaded);
        let period = days(self.period);
        let over = uploaded
            .checked_add(self.period)
            .map_or_else(|_| "later".to_owned(), |end| format!("on {}", today(end)));
        let finding = RULE
            .finding(Layer::Packages)
            .at(&package.location)
            .message(format!(
                "{} is {age}, and the holding period is {period}",
                text::named(&package.package, Some(version)),
            ))
            .of(environment)
            .subject(package.purl())
            .detail("uploaded", uploaded.to_string())
            .refuses(self.refusal(package, version, format!("{age}, holding period {period}")))
            .fix(format!("take an older release, or lock it {over}"));
        answer.find(finding);
    }

    /// Every release that is as young, so that the loop need not find them one by one.
    fn refusal(&self, package: &LockedPackage, version: &str, reason: String) -> Option<Refusal> {
        let alone = only(&package.package, version, reason)?;
        let Some(known) = self.known.get(&package.package) else {
            return Some(alone);
        };
        let young = runs(
            &known.releases,
            |release| release.uploaded().is_some_and(|uploaded| self.is_young(uploaded)),
            Newest::Open,
        );
        Some(Refusal {
            versions: alone.versions.union(&young),
            ..alone
        })
    }

    fn age(&self, uploaded: Timestamp) -> String {
        let age = self.now.duration_since(uploaded);
        if age.is_negative() {
            format!("dated in the future ({})", today(uploaded))
        } else {
            format!("{} old", days(age))
        }
    }
}

fn report_untold(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    package: &LockedPackage,
    version: &str,
) {
    let finding = RULE
        .finding(Layer::Packages)
        .at(&package.location)
        .message(format!(
            "nothing tells when {} was uploaded, so it may be younger than the holding period",
            text::named(&package.package, Some(version)),
        ))
        .of(environment)
        .subject(package.purl())
        .refuses(only(&package.package, version, "upload time unknown".to_owned()))
        .fix("use an index that gives upload times (PEP 700), or turn `holding-period` off");
    answer.find(finding);
}

/// Whole days; hours below one day.
fn days(duration: SignedDuration) -> String {
    let hours = duration.as_hours();
    match usize::try_from(hours / 24) {
        Ok(0) | Err(_) => text::count(usize::try_from(hours).unwrap_or(0), "hour"),
        Ok(days) => text::count(days, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use crate::testing::{
        Environment, check, configured, facts, judge, lines, releases, timestamp,
    };

    fn uploaded(text: Option<&str>) -> Environment {
        configured("train").locks(&["mlflow==3.18.0"]).locking(|lock| {
            lock.packages[0].files[0].upload_time = text.map(timestamp);
        })
    }

    #[test]
    fn a_young_file_is_an_error_and_every_young_release_is_refused() {
        let mut facts = facts([uploaded(Some("2024-06-06T10:00:00Z"))]);
        let outcome = check(&RULE, &facts);
        assert_eq!(
            lines(&outcome),
            ["error pylock.train.toml:10:1 `mlflow 3.18.0` is 9 days old, and the holding period is 14 days"]
        );
        let finding = &outcome.findings[0];
        assert_eq!(finding.fix.as_deref(), Some("take an older release, or lock it on 2024-06-20"));
        let refusal = finding.refusal.as_ref().unwrap();
        assert_eq!(refusal.versions.to_string(), "3.18.0");
        assert_eq!(refusal.reason, "9 days old, holding period 14 days");

        std::sync::Arc::make_mut(&mut facts.knowledge.releases).insert(
            PackageId::pypi("mlflow"),
            releases(&[
                ("3.17.2", Some("2024-05-01T00:00:00Z"), None),
                ("3.17.3", Some("2024-06-05T00:00:00Z"), None),
                ("3.18.0", Some("2024-06-06T10:00:00Z"), None),
                ("3.19.0", Some("2024-06-14T00:00:00Z"), None),
            ]),
        );
        let outcome = check(&RULE, &facts);
        let refusal = outcome.findings[0].refusal.as_ref().unwrap();
        assert_eq!(refusal.versions.to_string(), ">=3.17.3");
    }

    #[test]
    fn hours_and_the_future_are_said_as_such() {
        let facts = facts([
            uploaded(Some("2024-06-15T09:00:00Z")),
            uploaded(Some("2024-07-01T00:00:00Z")),
        ]);
        let messages: Vec<String> = lines(&check(&RULE, &facts));
        assert!(messages[0].contains("is 3 hours old"), "{messages:?}");
        assert!(messages[1].contains("dated in the future (2024-07-01)"), "{messages:?}");
    }

    #[test]
    fn old_files_and_what_comes_from_no_index_are_quiet() {
        let facts = facts([
            uploaded(Some("2024-06-01T12:00:00Z")),
            uploaded(Some("2024-06-15T09:00:00Z")).locking(|lock| {
                lock.packages[0].source = LockSource::Archive {
                    url: "https://example.org/mlflow.whl".to_owned(),
                };
            }),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn the_period_is_an_option_and_zero_turns_it_off() {
        let facts = facts([uploaded(Some("2024-06-06T10:00:00Z"))]);
        let with = |days: i64| {
            let policy = Policy {
                holding_period: SignedDuration::from_hours(days * 24),
                ..Policy::default()
            };
            judge(&RULE, &facts, &policy).findings.len()
        };
        assert_eq!((with(0), with(9), with(10)), (0, 0, 1));
    }

    #[test]
    fn a_missing_upload_time_is_not_evaluated() {
        let mut facts = facts([uploaded(None)]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap train - nothing tells when 1 package was uploaded (`mlflow`): run `holdfast check --online`"]
        );
        // the index may tell what the lock does not
        let mut on_index = releases(&[("3.18.0", Some("2024-01-01T00:00:00Z"), None)]);
        on_index.releases[0].files[0].name = "mlflow-3.18.0-py3-none-any.whl".to_owned();
        std::sync::Arc::make_mut(&mut facts.knowledge.releases).insert(PackageId::pypi("mlflow"), on_index);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn a_missing_upload_time_can_be_refused() {
        let facts = facts([uploaded(None)]);
        let policy = Policy {
            missing_upload_time: MissingUploadTime::Refuse,
            ..Policy::default()
        };
        let outcome = judge(&RULE, &facts, &policy);
        assert_eq!(
            lines(&outcome),
            ["error pylock.train.toml:10:1 nothing tells when `mlflow 3.18.0` was uploaded, so it may be younger than the holding period"]
        );
        assert!(outcome.findings[0].refusal.is_some());
    }
}
