//! A model file, or a part of one, cannot be read.

use holdfast_model::{Layer, Observed, Outcome, Severity, UnreadReason, Within};

use crate::artefacts::{finding, named};
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unreadable-artefact",
    title: "a model file cannot be read to its end",
    severity: Severity::Warning,
    layers: &[Layer::Models],
    sets: &[RuleSet::Scan],
    page: include_str!("unreadable_artefact.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for facts in &context.facts.artefacts {
        match &facts.artefact {
            Observed::Present(artefact) => {
                for part in &artefact.content.unread {
                    let place = part
                        .at
                        .offset
                        .map_or_else(String::new, |offset| format!(" at byte {offset}"));
                    let message = format!(
                        "{} cannot be read to its end{place}: {}",
                        named(facts, &part.at),
                        part.reason
                    );
                    let found = finding(&RULE, facts, &part.at, message);
                    answer.find(found.fix(fix(&part.reason)));
                }
                if let Some(more) = artefact.content.left_out.get("unreadable parts") {
                    answer.gap_of_artefact(facts, format!("{more} more parts cannot be read"));
                }
            }
            Observed::Unreadable { reason, .. } => {
                let message = format!("`{}` cannot be read: {reason}", facts.path);
                let found = finding(&RULE, facts, &Within::default(), message);
                answer.find(found.fix("let whoever runs this read the file"));
            }
            Observed::Absent { .. } | Observed::NotLookedFor => {}
        }
    }
    answer.outcome()
}

fn fix(reason: &UnreadReason) -> &'static str {
    match reason {
        UnreadReason::Malformed(_) | UnreadReason::Truncated => {
            "get the file again, and compare its hash: what lies behind the damage was not looked at"
        }
        UnreadReason::Encrypted => "decrypt it, and look at what comes out",
        UnreadReason::Limit(_) => {
            "unpack it where that can do no harm, and look at its parts: what lies behind the limit was not looked at"
        }
        UnreadReason::Unsupported(_) => "write it in a format that is known, or look at its parts",
        UnreadReason::Io(_) => "look at the disk, and try again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{artefact, check, facts_of, lines};

    #[test]
    fn damage_is_a_warning() {
        let mut model = artefact("m.pkl");
        model.content(|content| {
            content.unread.push(holdfast_model::UnreadPart {
                at: Within {
                    members: vec!["data.pkl".to_owned()],
                    offset: Some(16),
                },
                reason: UnreadReason::Truncated,
            });
        });
        assert_eq!(
            lines(&check(&RULE, &facts_of([model]))),
            ["warning m.pkl:1:1 `m.pkl` (in `data.pkl`) cannot be read to its end at byte 16: it ends too early"]
        );
        assert_eq!(lines(&check(&RULE, &facts_of([artefact("m.pkl")]))), [""; 0]);
    }
}
