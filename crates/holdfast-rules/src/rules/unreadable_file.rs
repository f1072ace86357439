//! A file that belongs to an environment cannot be read.

use std::collections::BTreeSet;

use holdfast_model::{Layer, Location, Observed, Outcome, Severity};

use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unreadable-file",
    title: "a manifest cannot be read",
    severity: Severity::Error,
    layers: &[Layer::Packages, Layer::Interpreter],
    sets: &[RuleSet::Audit, RuleSet::LockCheck],
    page: include_str!("unreadable_file.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    let mut said: BTreeSet<&Location> = BTreeSet::new();
    for environment in context.environments() {
        match &environment.declared {
            Observed::Unreadable { location, reason } => {
                said.insert(location);
                answer.find(unreadable(location, reason).of(environment));
            }
            Observed::Present(declared) => {
                for unread in &declared.unread {
                    let file = unread.location.file.clone();
                    answer.gap_about(environment, file, unread.reason.clone());
                }
            }
            Observed::Absent { .. } | Observed::NotLookedFor => {}
        }
        if let Observed::Unreadable { location, .. } = &environment.locked {
            // `stale-lock` finds it
            said.insert(location);
        }
    }
    for file in &context.facts.unreadable {
        if !said.contains(&file.location) {
            answer.find(unreadable(&file.location, &file.reason));
        }
    }
    answer.outcome()
}

fn unreadable(location: &Location, reason: &str) -> crate::FindingBuilder {
    RULE.finding(Layer::Packages)
        .at(location)
        .message(format!("`{}` cannot be read: {reason}", location.file))
        .subject(location.file.clone())
        .fix("mend the file: until then nothing is known of what it says")
}

#[cfg(test)]
mod tests {
    use holdfast_model::{Unread, UnreadableFile};

    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    #[test]
    fn files_that_cannot_be_read_are_errors_where_reading_failed() {
        let mut facts = facts([configured("serve").unreadable_declaration()]);
        for file in ["pyproject.toml", "old/Pipfile"] {
            facts.unreadable.push(UnreadableFile {
                location: Location::new(file, 3, 1),
                reason: "no TOML".to_owned(),
            });
        }
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "error pyproject.toml:3:1 `pyproject.toml` cannot be read: no TOML",
                "error old/Pipfile:3:1 `old/Pipfile` cannot be read: no TOML",
            ]
        );
    }

    #[test]
    fn readable_files_and_locks_are_quiet() {
        let facts = facts([
            configured("serve").declares(&["numpy"]),
            configured("train").unreadable_lock(),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn what_only_running_would_tell_is_not_evaluated() {
        let facts = facts([discovered().declaring(|declared| {
            declared.unread.push(Unread {
                reason: "`install_requires` is computed".to_owned(),
                location: Location::new("setup.py", 7, 5),
            });
        })]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap - setup.py `install_requires` is computed"]
        );
    }
}
