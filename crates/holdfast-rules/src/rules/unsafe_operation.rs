//! A model's graph does more than compute.

use holdfast_model::{HazardKind, Layer, Outcome, Severity};

use crate::artefacts::hazards;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unsafe-operation",
    title: "a model's graph reads or writes files, or runs code",
    severity: Severity::Error,
    layers: &[Layer::Models],
    sets: &[RuleSet::Scan],
    page: include_str!("unsafe_operation.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let fix = "do not run it, unless you know who made it; export the model without that operation";
    hazards(&RULE, context, fix, |kind| {
        let HazardKind::Operation { operation } = kind else {
            return None;
        };
        Some(format!(
            "runs the operation `{operation}`, which reaches beyond the model"
        ))
    })
    .outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{artefact, check, facts_of, hazard, lines};

    #[test]
    fn an_operation_that_writes_files_is_found() {
        let model = artefact("saved_model.pb").hazards([hazard(HazardKind::Operation {
            operation: "WriteFile".to_owned(),
        })]);
        assert_eq!(
            lines(&check(&RULE, &facts_of([model]))),
            ["error saved_model.pb:1:1 `saved_model.pb` runs the operation `WriteFile`, which reaches beyond the model"]
        );
        assert_eq!(lines(&check(&RULE, &facts_of([artefact("saved_model.pb")]))), [""; 0]);
    }
}
