//! A version was yanked by those who published it (PEP 592).

use holdfast_model::{EnvironmentFacts, Layer, Outcome, ProjectReleases, Refusal, Severity};

use crate::answer::Answer;
use crate::refusal::{Newest, runs};
use crate::versions::{ExactVersion, exact_versions};
use crate::{Context, Rule, RuleSet, text};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "yanked-release",
    title: "a version was yanked by those who published it",
    severity: Severity::Warning,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Lock],
    page: include_str!("yanked_release.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    let known = &context.facts.knowledge.releases;
    if known.is_empty() {
        if context.environments().next().is_some() {
            answer.gap_everywhere("no package index was asked: run `holdfast check --online`");
        }
        return answer.outcome();
    }
    for environment in context.environments() {
        let versions = exact_versions(&mut answer, environment);
        let mut not_asked = Vec::new();
        for exact in versions.iter().filter(|exact| exact.from_index) {
            match known.get(exact.package) {
                Some(releases) => judge(&mut answer, environment, *exact, releases),
                None => not_asked.push(exact.package.name()),
            }
        }
        if !not_asked.is_empty() {
            answer.gap(
                environment,
                format!(
                    "no package index was asked about {} ({}): run `holdfast check --online`",
                    text::count(not_asked.len(), "package"),
                    text::some_of(not_asked),
                ),
            );
        }
    }
    answer.outcome()
}

fn judge(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    exact: ExactVersion<'_>,
    releases: &ProjectReleases,
) {
    let release = exact
        .version
        .parse()
        .ok()
        .and_then(|version| releases.release(&version));
    let Some(release) = release else {
        answer.gap_about(
            environment,
            exact.purl(),
            format!("`{}` does not list {}", releases.index, exact.named()),
        );
        return;
    };
    let Some(reason) = release.yanked() else {
        return;
    };
    let reason = reason.lines().next().unwrap_or_default().trim().trim_end_matches('.');
    let because = if reason.is_empty() {
        String::new()
    } else {
        format!(": {reason}")
    };
    let finding = RULE
        .finding(Layer::Packages)
        .at(&exact.location())
        .message(format!("{} was yanked{because}", exact.named()))
        .of(environment)
        .subject(exact.purl())
        .detail("reason", reason)
        .refuses(Refusal {
            package: exact.package.clone(),
            versions: runs(&releases.releases, |release| release.yanked().is_some(), Newest::Closed),
            reason: "yanked".to_owned(),
        })
        .fix("take another release: `holdfast lock` does where the requirements admit one");
    answer.find(finding);
}

#[cfg(test)]
mod tests {
    use holdfast_model::PackageId;

    use super::*;
    use crate::testing::{check, configured, facts, lines, releases};

    #[test]
    fn a_yanked_version_is_found_and_every_yanked_one_refused() {
        let mut facts = facts([configured("serve").locks(&["pandas==2.2.1"])]);
        std::sync::Arc::make_mut(&mut facts.knowledge.releases).insert(
            PackageId::pypi("pandas"),
            releases(&[
                ("2.1.0", None, Some("")),
                ("2.2.0", None, None),
                ("2.2.1", None, Some("wrong metadata.")),
                ("2.2.2", None, Some("wrong metadata.")),
            ]),
        );
        let outcome = check(&RULE, &facts);
        assert_eq!(
            lines(&outcome),
            ["warning pylock.serve.toml:10:1 `pandas 2.2.1` was yanked: wrong metadata"]
        );
        let refusal = outcome.findings[0].refusal.as_ref().unwrap();
        assert_eq!(refusal.versions.to_string(), "2.1.0 | >=2.2.1, <=2.2.2");
    }

    #[test]
    fn a_release_that_stands_is_quiet() {
        let mut facts = facts([configured("serve").locks(&["pandas==2.2"])]);
        std::sync::Arc::make_mut(&mut facts.knowledge.releases).insert(PackageId::pypi("pandas"), releases(&[("2.2.0", None, None)]));
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn where_no_index_was_asked_there_is_one_gap() {
        let facts = facts([
            configured("serve").locks(&["pandas==2.2.1"]),
            configured("train").locks(&["numpy==1.26.4"]),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap - - no package index was asked: run `holdfast check --online`"]
        );
    }

    #[test]
    fn what_the_index_did_not_tell_is_not_evaluated() {
        let mut facts = facts([configured("serve").locks(&["pandas==2.2.1", "numpy==1.26.4"])]);
        std::sync::Arc::make_mut(&mut facts.knowledge.releases).insert(PackageId::pypi("pandas"), releases(&[("2.2.0", None, None)]));
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "gap serve pkg:pypi/pandas@2.2.1 `https://pypi.org/simple` does not list `pandas 2.2.1`",
                "gap serve - no package index was asked about 1 package (`numpy`): run `holdfast check --online`",
            ]
        );
    }
}
