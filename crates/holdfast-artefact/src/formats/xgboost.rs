//! XGBoost's model, whichever way its values are written: JSON or UBJSON.
//!
//! <https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html>

use holdfast_model::WriterVersion;

use super::events::{Path, Scalar, Visitor, is};
use crate::inspection::Inspection;

/// What a model says of itself.
#[derive(Default)]
pub(super) struct Xgboost {
    version: Vec<String>,
    facts: Vec<(&'static str, String)>,
    /// There is a learner.
    pub(super) has_learner: bool,
}

/// The members that lead to what is told; all others are passed over.
const WAY: [&str; 16] = [
    "Config",
    "Model",
    "version",
    "learner",
    "objective",
    "name",
    "learner_model_param",
    "num_feature",
    "num_class",
    "num_target",
    "base_score",
    "gradient_booster",
    "model",
    "gbtree",
    "gbtree_model_param",
    "num_trees",
];

/// What is told, and where it is.
static FACTS: &[(&str, &[&str])] = &[
    ("objective", &["learner", "objective", "name"]),
    ("booster", &["learner", "gradient_booster", "name"]),
    (
        "features",
        &["learner", "learner_model_param", "num_feature"],
    ),
    ("classes", &["learner", "learner_model_param", "num_class"]),
    ("targets", &["learner", "learner_model_param", "num_target"]),
    (
        "base-score",
        &["learner", "learner_model_param", "base_score"],
    ),
    (
        "trees",
        &[
            "learner",
            "gradient_booster",
            "model",
            "gbtree_model_param",
            "num_trees",
        ],
    ),
    (
        "trees",
        &[
            "learner",
            "gradient_booster",
            "gbtree",
            "model",
            "gbtree_model_param",
            "num_trees",
        ],
    ),
];

impl Xgboost {
    /// Tells all of it.
    pub(super) fn tell(&self, inspection: &mut Inspection<'_>) {
        let version = if self.version.len() == 3 {
            WriterVersion::Exact(self.version.join("."))
        } else {
            WriterVersion::Unknown
        };
        inspection.writer("xgboost", version, "version");
        for (key, value) in &self.facts {
            inspection.metadata(format!("xgboost.{key}"), value);
        }
    }
}

/// The path in the model; a serialised booster has its configuration beside it.
fn inner(path: Path<'_>) -> Path<'_> {
    match path {
        [first, rest @ ..] if first == "Model" || first == "Config" => rest,
        _ => path,
    }
}

impl Visitor for Xgboost {
    fn enters(&mut self, path: Path<'_>, key: &str) -> bool {
        self.has_learner |= key == "learner" && inner(path).is_empty();
        WAY.contains(&key)
    }

    fn opened(&mut self, path: Path<'_>, _offset: u64) {
        if is(inner(path), &["version"]) {
            self.version.clear();
        }
    }

    fn value(&mut self, path: Path<'_>, value: &Scalar) {
        let own = inner(path);
        if is(own, &["version", ""]) {
            if let Scalar::Number(number) = value
                && self.version.len() < 4
                && number.len() < 8
                && number.bytes().all(|byte| byte.is_ascii_digit())
            {
                self.version.push(number.clone());
            }
            return;
        }
        if let Some((key, _)) = FACTS.iter().find(|(_, keys)| is(own, keys))
            && self.facts.len() < 4 * FACTS.len()
        {
            self.facts.push((key, value.shown().to_owned()));
        }
    }
}
