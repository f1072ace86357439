//! An environment has no lock.

use holdfast_model::{EnvironmentFacts, Layer, Location, Observed, Outcome, ProjectRole, Severity};

use crate::answer::{Answer, declared_place};
use crate::{Context, FindingBuilder, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "missing-lock",
    title: "an environment has no lock",
    severity: Severity::Error,
    layers: &[Layer::Packages, Layer::Interpreter],
    sets: &[RuleSet::LockCheck, RuleSet::Verify],
    page: include_str!("missing_lock.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        match &environment.locked {
            Observed::Absent { expected } => missing(&mut answer, environment, expected),
            Observed::NotLookedFor if environment.declared != Observed::NotLookedFor => {
                answer.gap(environment, "no lock was looked for");
            }
            // one that is there and cannot be read is what `stale-lock` finds
            Observed::NotLookedFor | Observed::Unreadable { .. } | Observed::Present(_) => {}
        }
    }
    answer.outcome()
}

fn missing(answer: &mut Answer, environment: &EnvironmentFacts, expected: &Location) {
    let finding = match &environment.name {
        Some(name) => Some(
            RULE.finding(Layer::Packages)
                .at(expected)
                .message(format!(
                    "environment `{name}` has no lock: `{}` is not there",
                    expected.file
                ))
                .fix("run `holdfast lock` and commit what it writes"),
        ),
        None => discovered(answer, environment),
    };
    if let Some(finding) = finding {
        answer.find(finding.of(environment).subject(expected.file.clone()));
    }
}

/// A project without configuration never said that it wants a lock.
fn discovered(answer: &mut Answer, environment: &EnvironmentFacts) -> Option<FindingBuilder> {
    let declared = answer.declared(environment)?;
    if declared.requirements.is_empty() {
        return None;
    }
    let severity = match declared.role {
        ProjectRole::Library => Severity::Note,
        ProjectRole::Application | ProjectRole::Unknown => Severity::Warning,
    };
    let place = declared_place(environment);
    let finding = RULE
        .finding(Layer::Packages)
        .at(&place)
        .message(format!(
            "nothing locks what `{}` asks for: what is installed can change from one day to the next",
            place.file
        ))
        .severity(severity)
        .fix("run `holdfast init` and `holdfast lock`, and commit what they write");
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    #[test]
    fn a_configured_environment_without_a_lock_is_an_error() {
        let facts = facts([configured("serve")
            .declares(&["numpy"])
            .lock_missing("pylock.serve.toml")]);
        let outcome = check(&RULE, &facts);
        assert_eq!(
            lines(&outcome),
            ["error pylock.serve.toml:1:1 environment `serve` has no lock: `pylock.serve.toml` is not there"]
        );
        assert_eq!(outcome.findings[0].subject.as_deref(), Some("pylock.serve.toml"));
    }

    #[test]
    fn a_discovered_project_is_warned_and_a_library_told() {
        let project = discovered().declares(&["numpy"]).lock_missing("pylock.toml");
        let outcome = check(&RULE, &facts([project.clone()]));
        assert_eq!(
            lines(&outcome),
            ["warning requirements.in:1:1 nothing locks what `requirements.in` asks for: what is installed can change from one day to the next"]
        );
        let library = project.role(ProjectRole::Library);
        let outcome = check(&RULE, &facts([library]));
        assert_eq!(outcome.findings[0].severity, Severity::Note);
    }

    #[test]
    fn a_lock_an_empty_project_and_an_extended_core_are_quiet() {
        let facts = facts([
            configured("core").declares(&["numpy"]).lock_missing("pylock.core.toml"),
            configured("train").extends("core").locks(&[]),
            configured("broken").unreadable_lock(),
            discovered().declares(&[]).lock_missing("pylock.toml"),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn missing_lock_is_not_evaluated_where_nobody_looked() {
        let facts = facts([configured("serve").declares(&["numpy"]), configured("idle")]);
        assert_eq!(lines(&check(&RULE, &facts)), ["gap serve - no lock was looked for"]);
    }
}
