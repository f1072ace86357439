//! The advisory data is older than a week.

use holdfast_model::{Layer, Outcome, Severity};
use jiff::SignedDuration;

use crate::advisories::NO_DATA;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "stale-advisories",
    title: "the advisory data is older than a week",
    severity: Severity::Warning,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Audit],
    page: include_str!("stale_advisories.md"),
    check,
};

const FRESH: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A feed in which nothing was touched for so long is an old copy.
const LIVELY: SignedDuration = SignedDuration::from_hours(30 * 24);

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    if context.environments().next().is_none() {
        return answer.outcome();
    }
    let Some(data) = &context.facts.knowledge.advisories else {
        answer.gap_everywhere(NO_DATA);
        return answer.outcome();
    };
    let age = context.facts.now.duration_since(data.fetched);
    if age > FRESH {
        let days = age.as_hours() / 24;
        let finding = RULE
            .finding(Layer::Packages)
            .outside_the_project()
            .message(format!(
                "the advisory data is {days} days old: what was published since is not known"
            ))
            .detail("age_days", days)
            .detail("fetched", data.fetched.to_string())
            .fix("run `holdfast advisories update`, or import a newer export with `holdfast advisories import`");
        answer.find(finding);
    } else if let Some(newest) = data.newest.filter(|newest| context.facts.now.duration_since(*newest) > LIVELY) {
        // fetched or imported just now, and yet from long ago
        let finding = RULE
            .finding(Layer::Packages)
            .outside_the_project()
            .message(format!(
                "the newest advisory is from {}: what was published since is not known",
                newest.strftime("%Y-%m-%d"),
            ))
            .detail("newest", newest.to_string())
            .detail("fetched", data.fetched.to_string())
            .fix("run `holdfast advisories update`, or import a newer export with `holdfast advisories import`");
        answer.find(finding);
    }
    answer.outcome()
}

#[cfg(test)]
mod tests {
    use holdfast_model::Facts;

    use super::*;
    use crate::testing::{check, configured, facts, lines, timestamp};

    fn fetched(text: &str) -> Facts {
        let mut facts = facts([configured("serve").locks(&["numpy==1.26.4"])]);
        facts.knowledge.advisories.as_mut().unwrap().fetched = timestamp(text);
        facts
    }

    #[test]
    fn data_older_than_a_week_is_a_warning_with_its_age() {
        let outcome = check(&RULE, &fetched("2024-06-06T11:00:00Z"));
        assert_eq!(
            lines(&outcome),
            ["warning nowhere the advisory data is 9 days old: what was published since is not known"]
        );
        assert_eq!(outcome.findings[0].details["age_days"], 9);
    }

    #[test]
    fn an_old_copy_that_was_imported_today_is_a_warning() {
        let mut facts = fetched("2024-06-14T12:00:00Z");
        facts.knowledge.advisories.as_mut().unwrap().newest = Some(timestamp("2023-10-10T00:00:00Z"));
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["warning nowhere the newest advisory is from 2023-10-10: what was published since is not known"]
        );
    }

    #[test]
    fn younger_data_and_an_empty_project_are_quiet() {
        assert_eq!(lines(&check(&RULE, &fetched("2024-06-08T12:00:00Z"))), [""; 0]);
        assert_eq!(lines(&check(&RULE, &fetched("2025-01-01T00:00:00Z"))), [""; 0]);
        assert_eq!(lines(&check(&RULE, &facts([]))), [""; 0]);
    }

    #[test]
    fn stale_advisories_is_not_evaluated_without_data() {
        let mut facts = fetched("2024-06-08T12:00:00Z");
        facts.knowledge.advisories = None;
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap - - there is no advisory data on this machine: run `holdfast advisories update`"]
        );
    }
}
