//! An archive shows different files to different readers.

use holdfast_model::{HazardKind, Layer, Outcome, Severity};

use crate::artefacts::hazards;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "inconsistent-archive",
    title: "an archive shows different files to different readers",
    severity: Severity::Error,
    layers: &[Layer::Models],
    sets: &[RuleSet::Scan],
    page: include_str!("inconsistent_archive.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let fix = "do not load it: ordinary programs write no such archive, and a scanner may have seen another file than the loader will";
    hazards(&RULE, context, fix, |kind| {
        if let HazardKind::Disagreement { what } = kind {
            Some(format!("describes itself in two ways that differ: {what}"))
        } else if let HazardKind::Appended { format } = kind {
            Some(format!("is also a {format} file"))
        } else {
            None
        }
    })
    .outcome()
}

#[cfg(test)]
mod tests {
    use holdfast_model::ArtefactFormat;

    use super::*;
    use crate::testing::{artefact, check, facts_of, hazard, lines};

    #[test]
    fn two_descriptions_that_differ_are_found() {
        let model = artefact("m.zip").hazards([
            hazard(HazardKind::Disagreement {
                what: "`a.pkl` has another name in its local header".to_owned(),
            }),
            hazard(HazardKind::Appended {
                format: ArtefactFormat::Zip,
            }),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts_of([model]))),
            [
                "error m.zip:1:1 `m.zip` describes itself in two ways that differ: `a.pkl` has another name in its local header",
                "error m.zip:1:1 `m.zip` is also a zip file",
            ]
        );
        assert_eq!(lines(&check(&RULE, &facts_of([artefact("m.zip")]))), [""; 0]);
    }
}
