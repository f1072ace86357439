//! A lock is not what its declaration asks for, or cannot be read.

use holdfast_model::{EnvironmentFacts, Freshness, Layer, Location, LockFormat, Observed, Outcome, Severity};

use crate::answer::{Answer, main_file};
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "stale-lock",
    title: "a lock is not what its declaration asks for",
    severity: Severity::Error,
    layers: &[Layer::Packages, Layer::Interpreter],
    sets: &[RuleSet::LockCheck],
    page: include_str!("stale_lock.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        if let Observed::Unreadable { location, reason } = &environment.locked {
            let finding = RULE
                .finding(Layer::Packages)
                .at(location)
                .message(format!("`{}` cannot be read: {reason}", location.file))
                .of(environment)
                .subject(location.file.clone())
                .fix("restore it from version control, or remove it and lock again");
            answer.find(finding);
            continue;
        }
        freshness(&mut answer, environment);
    }
    answer.outcome()
}

fn freshness(answer: &mut Answer, environment: &EnvironmentFacts) {
    match &environment.freshness {
        Freshness::Fresh => {}
        Freshness::Unknown { reason } => {
            answer.gap_about(environment, main_file(environment), reason.clone());
        }
        Freshness::NotApplicable => {
            // with a lock there is something to compare; a declaration that cannot be read hides it
            if environment.locked.present().is_some() {
                answer.declared(environment);
            }
        }
        Freshness::Stale(differences) => {
            for difference in differences {
                stale(answer, environment, &difference.location, &difference.message);
            }
            if differences.is_empty() {
                let lock = Location::start_of(main_file(environment));
                stale(answer, environment, &lock, "what is declared changed since this was written");
            }
        }
    }
}

fn stale(answer: &mut Answer, environment: &EnvironmentFacts, place: &Location, message: &str) {
    let finding = RULE
        .finding(Layer::Packages)
        .at(place)
        .message(message)
        .of(environment)
        .subject(main_file(environment))
        .fix(how_to_lock(environment));
    answer.find(finding);
}

fn how_to_lock(environment: &EnvironmentFacts) -> &'static str {
    let Some(locked) = environment.locked.present() else {
        return "run `holdfast lock`";
    };
    match locked.format {
        LockFormat::Pylock if locked.holdfast.is_some() => "run `holdfast lock`",
        LockFormat::Pylock => "lock again with the tool that wrote it",
        LockFormat::Uv => "run `uv lock`",
        LockFormat::Poetry => "run `poetry lock`",
        LockFormat::Pipenv => "run `pipenv lock`",
        LockFormat::Pdm => "run `pdm lock`",
        LockFormat::Requirements => "compile the requirements again",
        LockFormat::CondaLock => "run `conda-lock`",
        LockFormat::CondaExplicit => "export the environment again with `conda list --explicit`",
        LockFormat::Pixi => "run `pixi lock`",
        LockFormat::Npm => "run `npm install --package-lock-only`",
    }
}

#[cfg(test)]
mod tests {
    use holdfast_model::Staleness;

    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    fn stale() -> Freshness {
        Freshness::Stale(vec![Staleness {
            message: "`numpy>=2` is not met: the lock has 1.26.4".to_owned(),
            location: Location::new("requirements.in", 4, 1),
        }])
    }

    #[test]
    fn each_difference_is_found_where_it_is_declared() {
        let facts = facts([configured("serve").locks(&["numpy==1.26.4"]).freshness(stale())]);
        let outcome = check(&RULE, &facts);
        assert_eq!(
            lines(&outcome),
            ["error requirements.in:4:1 `numpy>=2` is not met: the lock has 1.26.4"]
        );
        assert_eq!(outcome.findings[0].fix.as_deref(), Some("run `holdfast lock`"));
        assert_eq!(outcome.findings[0].subject.as_deref(), Some("pylock.serve.toml"));
    }

    #[test]
    fn a_stale_lock_without_a_named_difference_is_found_all_the_same() {
        let facts = facts([configured("serve")
            .locks(&[])
            .freshness(Freshness::Stale(Vec::new()))]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["error pylock.serve.toml:1:1 what is declared changed since this was written"]
        );
    }

    #[test]
    fn the_fix_names_the_tool_that_wrote_the_lock() {
        let facts = facts([discovered()
            .locks(&["numpy==1.26.4"])
            .locking(|lock| lock.format = LockFormat::Poetry)
            .freshness(stale())]);
        assert_eq!(check(&RULE, &facts).findings[0].fix.as_deref(), Some("run `poetry lock`"));
    }

    #[test]
    fn a_lock_that_cannot_be_read_is_an_error() {
        let facts = facts([configured("serve").unreadable_lock()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["error pylock.toml:3:1 `pylock.toml` cannot be read: no TOML"]
        );
    }

    #[test]
    fn a_fresh_lock_and_a_missing_one_are_quiet() {
        let facts = facts([
            configured("serve").locks(&[]).freshness(Freshness::Fresh),
            configured("train").lock_missing("pylock.train.toml"),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn stale_lock_is_not_evaluated_where_it_cannot_be_told() {
        let unknown = Freshness::Unknown {
            reason: "`poetry.lock` has no content hash".to_owned(),
        };
        let facts = facts([
            configured("serve").locks(&[]).freshness(unknown),
            configured("train").locks(&[]).unreadable_declaration(),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "gap serve pylock.serve.toml `poetry.lock` has no content hash",
                "gap train pyproject.toml `pyproject.toml` cannot be read",
            ]
        );
    }
}
