//! A waiver has ended, or will soon.

use holdfast_model::{Layer, Outcome, Severity};

use crate::policy::today;
use crate::{Context, Rule, text};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "expired-waiver",
    title: "a waiver has ended, or will soon",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("expired_waiver.md"),
    check,
};

/// How many days before its end a waiver is noted.
const SOON: i32 = 14;

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    let today = today(context.facts.now);
    for waiver in &context.policy.waivers {
        let left = (waiver.until - today).get_days();
        let what = format!("the waiver of `{}` for `{}`", waiver.rule, waiver.subject);
        let (message, severity) = if waiver.is_expired(context.facts.now) {
            (
                format!("{what} ended on {} and counts no more", waiver.until),
                Severity::Error,
            )
        } else if left <= SOON {
            let when = match usize::try_from(left) {
                Ok(0) | Err(_) => "today".to_owned(),
                Ok(left) => format!("in {}", text::count(left, "day")),
            };
            (format!("{what} ends {when}, on {}", waiver.until), Severity::Note)
        } else {
            continue;
        };
        let finding = RULE
            .finding(Layer::Packages)
            .at(&waiver.location)
            .message(message)
            .subject(waiver.subject.as_str())
            .severity(severity)
            .detail("owner", waiver.owner.clone())
            .detail("until", waiver.until.to_string())
            .fix(format!(
                "mend what it covers and remove it, or have `{}` set a new date",
                waiver.owner
            ));
        answer.find(finding);
    }
    answer.outcome()
}

#[cfg(test)]
mod tests {
    use holdfast_model::Location;

    use super::*;
    use crate::testing::{facts, judge, lines};
    use crate::{Policy, Waiver};

    fn until(dates: &[&str]) -> Policy {
        Policy {
            waivers: dates
                .iter()
                .zip(1_u32..)
                .map(|(date, line)| Waiver {
                    rule: "known-vulnerability".to_owned(),
                    subject: "pkg:pypi/pillow".parse().unwrap(),
                    reason: "no images of users".to_owned(),
                    owner: "vision".to_owned(),
                    until: date.parse().unwrap(),
                    location: Location::new("holdfast.toml", line, 1),
                })
                .collect(),
            ..Policy::default()
        }
    }

    #[test]
    fn an_ended_waiver_is_an_error_and_one_that_ends_soon_a_note() {
        let policy = until(&["2024-06-14", "2024-06-15", "2024-06-16", "2024-06-29", "2024-06-30"]);
        assert_eq!(
            lines(&judge(&RULE, &facts([]), &policy)),
            [
                "error holdfast.toml:1:1 the waiver of `known-vulnerability` for `pkg:pypi/pillow` ended on 2024-06-14 and counts no more",
                "note holdfast.toml:2:1 the waiver of `known-vulnerability` for `pkg:pypi/pillow` ends today, on 2024-06-15",
                "note holdfast.toml:3:1 the waiver of `known-vulnerability` for `pkg:pypi/pillow` ends in 1 day, on 2024-06-16",
                "note holdfast.toml:4:1 the waiver of `known-vulnerability` for `pkg:pypi/pillow` ends in 14 days, on 2024-06-29",
            ]
        );
    }

    #[test]
    fn without_waivers_it_is_quiet() {
        assert_eq!(lines(&judge(&RULE, &facts([]), &Policy::default())), [""; 0]);
    }
}
