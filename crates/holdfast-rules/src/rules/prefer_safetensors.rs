//! Weights are there as a pickle and without one.

use std::collections::BTreeSet;

use holdfast_model::{Artefact, ArtefactFormat, Layer, Outcome, Severity, Within};

use crate::artefacts::{artefacts, finding};
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "prefer-safetensors",
    title: "weights are loaded from a pickle though they are there without one",
    severity: Severity::Note,
    layers: &[Layer::Models],
    sets: &[RuleSet::Scan],
    page: include_str!("prefer_safetensors.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    let safe: Vec<_> = artefacts(context)
        .filter(|(_, artefact)| artefact.format == ArtefactFormat::Safetensors)
        .collect();
    for (facts, artefact) in artefacts(context) {
        let twin = safe.iter().find(|(other, safe)| {
            directory(&other.path) == directory(&facts.path) && same_weights(artefact, safe)
        });
        let Some((twin, _)) = twin else {
            continue;
        };
        let message = format!(
            "`{}` is a pickle of the weights that `{}` has without one",
            facts.path, twin.path
        );
        let fix = format!("load `{}`, and leave the pickle out", twin.path);
        answer.find(finding(&RULE, facts, &Within::default(), message).fix(fix));
    }
    answer.outcome()
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Whether a pickle has as many tensors of the same shapes, as far as they are listed.
fn same_weights(pickle: &Artefact, safe: &Artefact) -> bool {
    let is_pickle = matches!(
        pickle.format,
        ArtefactFormat::Pickle
            | ArtefactFormat::Joblib
            | ArtefactFormat::Torch
            | ArtefactFormat::TorchLegacy
    );
    let (of_pickle, of_safe) = (&pickle.content.tensors, &safe.content.tensors);
    let shapes = |artefact: &Artefact| -> BTreeSet<(String, Vec<u64>)> {
        let tensors = artefact.content.tensors.first.iter();
        tensors
            .map(|tensor| (tensor.name.clone(), tensor.shape.clone()))
            .collect()
    };
    let all_listed = of_safe.first.len() as u64 == of_safe.count;
    is_pickle
        && of_safe.count > 0
        && of_pickle.count == of_safe.count
        && (!all_listed || shapes(pickle) == shapes(safe))
}

#[cfg(test)]
mod tests {
    use holdfast_model::{Tensor, Tensors};

    use super::*;
    use crate::testing::{TestArtefact, artefact, check, facts_of, lines};

    fn weights(path: &str, format: ArtefactFormat, shape: &[u64]) -> TestArtefact {
        let mut made = artefact(path).format(format);
        made.content(|content| {
            content.tensors = Tensors {
                count: 1,
                bytes: 8,
                first: vec![Tensor {
                    name: "w".to_owned(),
                    element: "float".to_owned(),
                    shape: shape.to_vec(),
                }],
                ..Tensors::default()
            };
        });
        made
    }

    #[test]
    fn the_same_weights_without_a_pickle_are_named() {
        let safe = weights("m/model.safetensors", ArtefactFormat::Safetensors, &[2]);
        let pickle = weights("m/pytorch_model.bin", ArtefactFormat::Torch, &[2]);
        let other = weights("m/other.bin", ArtefactFormat::Torch, &[3]);
        let elsewhere = weights("n/pytorch_model.bin", ArtefactFormat::Torch, &[2]);
        assert_eq!(
            lines(&check(&RULE, &facts_of([safe, pickle, other, elsewhere]))),
            ["note m/pytorch_model.bin:1:1 `m/pytorch_model.bin` is a pickle of the weights that `m/model.safetensors` has without one"]
        );
    }
}
