//! A model file carries code of its own.

use holdfast_model::{HazardKind, Layer, Outcome, Severity};

use crate::artefacts::hazards;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "embedded-code",
    title: "a model file carries code of its own",
    severity: Severity::Error,
    layers: &[Layer::Models],
    sets: &[RuleSet::Scan],
    page: include_str!("embedded_code.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let fix = "do not load it, unless you know who made it; keep `safe_mode` on, and write the layer as a registered class";
    hazards(&RULE, context, fix, |kind| {
        let HazardKind::Code { holder, what } = kind else {
            return None;
        };
        Some(format!("has code in `{holder}`: {what}"))
    })
    .outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{artefact, check, facts_of, hazard, lines};

    #[test]
    fn a_lambda_layer_is_found() {
        let model = artefact("m.keras").hazards([hazard(HazardKind::Code {
            holder: "lambda_1".to_owned(),
            what: "a Lambda layer".to_owned(),
        })]);
        assert_eq!(
            lines(&check(&RULE, &facts_of([model]))),
            ["error m.keras:1:1 `m.keras` has code in `lambda_1`: a Lambda layer"]
        );
        assert_eq!(lines(&check(&RULE, &facts_of([artefact("m.keras")]))), [""; 0]);
    }
}
