//! Loading a pickle runs what it should not.

use std::collections::BTreeSet;

use holdfast_model::{
    ArtefactFacts, Hazard, HazardKind, Import, ImportUsage, Layer, Outcome, Severity,
};

use crate::artefacts::{artefacts, finding, named};
use crate::imports::{Trust, trust};
use crate::{Context, FindingBuilder, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unsafe-pickle",
    title: "loading a pickle runs what is not known to be harmless",
    severity: Severity::Error,
    layers: &[Layer::Models],
    sets: &[RuleSet::Scan],
    page: include_str!("unsafe_pickle.md"),
    check,
};

const FIX: &str = "do not load it, unless you know who made it and how; ask for the weights in a format without code (safetensors, ONNX, the library's own)";

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for (facts, artefact) in artefacts(context) {
        let mut said = BTreeSet::new();
        for import in &artefact.content.imports {
            if said.insert((&import.module, &import.name, import.usage))
                && let Some(found) = imported(facts, import, context)
            {
                answer.find(found);
            }
        }
        for Hazard { kind, at } in &artefact.content.hazards {
            if let Some(what) = words(kind) {
                let message = format!("{} {what}", named(facts, at));
                answer.find(finding(&RULE, facts, at, message).fix(FIX));
            }
        }
        if let Some(more) = artefact.content.left_out.get("imports") {
            answer.gap_of_artefact(facts, format!("{more} more imports were not looked at"));
        }
    }
    answer.outcome()
}

fn imported(
    facts: &ArtefactFacts,
    import: &Import,
    context: &Context<'_>,
) -> Option<FindingBuilder> {
    let trust = trust(import, &context.policy.allow_globals);
    let path = format!("{}.{}", import.module, import.name);
    let does = match import.usage {
        ImportUsage::Called => "calls",
        ImportUsage::Instantiated => "makes an object of",
        ImportUsage::Imported => "imports",
    };
    let file = named(facts, &import.at);
    let found = match trust {
        Trust::Ordinary => return None,
        Trust::NotAllowed => {
            let message = format!("loading {file} {does} `{path}`");
            finding(&RULE, facts, &import.at, message).fix(FIX)
        }
        Trust::Unknown => {
            let message = format!("loading {file} {does} `{path}`, which nobody knows here");
            let top = import.module.split('.').next().unwrap_or_default();
            let fix = format!(
                "where `{top}` is your own, allow it: `allow-globals = [\"{top}.*\"]` under `[policy]`"
            );
            finding(&RULE, facts, &import.at, message)
                .severity(Severity::Warning)
                .fix(fix)
        }
    };
    Some(
        found
            .detail("module", import.module.as_str())
            .detail("name", import.name.as_str())
            .detail("usage", import.usage.as_str()),
    )
}

fn words(kind: &HazardKind) -> Option<String> {
    match kind {
        HazardKind::UnresolvedImport { what } => Some(format!(
            "imports or calls something that only loading it would tell: {what}"
        )),
        HazardKind::ExtensionCode { code } => Some(format!(
            "imports entry {code} of the extension registry, which is whatever the process put there"
        )),
        HazardKind::Alteration { what } => {
            Some(format!("changes the program that loads it: {what}"))
        }
        HazardKind::Disagreement { .. }
        | HazardKind::EscapingPath { .. }
        | HazardKind::Code { .. }
        | HazardKind::Operation { .. }
        | HazardKind::Template { .. }
        | HazardKind::Appended { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use crate::testing::{artefact, check, facts_of, hazard, import, judge, lines};

    #[test]
    fn what_is_not_known_to_be_harmless_is_found() {
        let model = artefact("m.pkl").imports([
            import(ImportUsage::Called, "os:system"),
            import(ImportUsage::Called, "collections:OrderedDict"),
            import(ImportUsage::Instantiated, "churn.model:Net"),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts_of([model]))),
            [
                "error m.pkl:1:1 loading `m.pkl` calls `os.system`",
                "warning m.pkl:1:1 loading `m.pkl` makes an object of `churn.model.Net`, which nobody knows here",
            ]
        );
    }

    #[test]
    fn what_the_project_allows_is_passed() {
        let model = artefact("m.pkl").imports([import(ImportUsage::Instantiated, "churn.model:Net")]);
        let policy = Policy {
            allow_globals: vec!["churn.*".parse().unwrap()],
            ..Policy::default()
        };
        assert_eq!(lines(&judge(&RULE, &facts_of([model]), &policy)), [""; 0]);
    }

    #[test]
    fn hazards_of_pickles_are_found_and_others_left_to_their_rules() {
        let model = artefact("m.pkl").hazards([
            hazard(HazardKind::ExtensionCode { code: 7 }),
            hazard(HazardKind::Alteration {
                what: "it sets items of `sys.modules`".to_owned(),
            }),
            hazard(HazardKind::Operation {
                operation: "WriteFile".to_owned(),
            }),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts_of([model]))),
            [
                "error m.pkl:1:1 `m.pkl` imports entry 7 of the extension registry, which is whatever the process put there",
                "error m.pkl:1:1 `m.pkl` changes the program that loads it: it sets items of `sys.modules`",
            ]
        );
    }

    #[test]
    fn imports_that_were_not_listed_are_a_gap() {
        let mut model = artefact("m.pkl");
        model.content(|content| {
            content.left_out.insert("imports", 3);
        });
        assert_eq!(
            lines(&check(&RULE, &facts_of([model]))),
            ["gap - m.pkl 3 more imports were not looked at"]
        );
    }
}
