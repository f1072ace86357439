//! A chat template reaches out of its sandbox.

use holdfast_model::{HazardKind, Layer, Outcome, Severity};

use crate::artefacts::hazards;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unsafe-template",
    title: "a chat template reaches out of its sandbox",
    severity: Severity::Error,
    layers: &[Layer::Models],
    sets: &[RuleSet::Scan],
    page: include_str!("unsafe_template.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let fix = "do not render it; give the program a template of your own";
    hazards(&RULE, context, fix, |kind| {
        let HazardKind::Template { key, what } = kind else {
            return None;
        };
        Some(format!("has a template in `{key}` that reaches for `{what}`"))
    })
    .outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{artefact, check, facts_of, hazard, lines};

    #[test]
    fn a_template_that_reaches_for_classes_is_found() {
        let model = artefact("m.gguf").hazards([hazard(HazardKind::Template {
            key: "tokenizer.chat_template".to_owned(),
            what: "__class__".to_owned(),
        })]);
        assert_eq!(
            lines(&check(&RULE, &facts_of([model]))),
            ["error m.gguf:1:1 `m.gguf` has a template in `tokenizer.chat_template` that reaches for `__class__`"]
        );
        assert_eq!(lines(&check(&RULE, &facts_of([artefact("m.gguf")]))), [""; 0]);
    }
}
