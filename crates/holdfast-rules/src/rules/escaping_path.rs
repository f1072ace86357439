//! A path in a model file leaves its directory.

use holdfast_model::{HazardKind, Layer, Outcome, Severity};

use crate::artefacts::hazards;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "escaping-path",
    title: "a path in a model file leaves its directory",
    severity: Severity::Error,
    layers: &[Layer::Models],
    sets: &[RuleSet::Scan],
    page: include_str!("escaping_path.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let fix = "do not unpack or load it: whoever made it wanted a file elsewhere";
    hazards(&RULE, context, fix, |kind| {
        let HazardKind::EscapingPath { path, of } = kind else {
            return None;
        };
        let path = path.escape_debug();
            Some(format!("has an {of} that leaves its directory: `{path}`"))
    })
    .outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{artefact, check, facts_of, hazard, lines};

    #[test]
    fn an_entry_that_climbs_out_is_found() {
        let model = artefact("m.zip").hazards([hazard(HazardKind::EscapingPath {
            path: "../../etc/cron.d/x\n".to_owned(),
            of: "entry",
        })]);
        assert_eq!(
            lines(&check(&RULE, &facts_of([model]))),
            ["error m.zip:1:1 `m.zip` has an entry that leaves its directory: `../../etc/cron.d/x\\n`"]
        );
        assert_eq!(lines(&check(&RULE, &facts_of([artefact("m.zip")]))), [""; 0]);
    }
}
