//! JSON: models of XGBoost, CatBoost and LightGBM, configurations of Keras, schemas of skops.
//!
//! Which of them a file is shows in its outermost object's members, whose order is free: all are
//! followed at once, and any other JSON is none of them.

use std::collections::BTreeSet;

use holdfast_model::{ArtefactFormat, WriterVersion};

use super::bytes::Bytes;
use super::catboost;
use super::events::{Events as _, Path, Scalar, Visitor, is, walk};
use super::json_events::JsonEvents;
use super::keras::Keras;
use super::skops::Skops;
use super::xgboost::Xgboost;
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

/// Whether a file may be of this format: an object. [`read`] answers `Unknown` for any other JSON.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    let mut letters = head.bytes.iter().filter(|byte| !byte.is_ascii_whitespace());
    letters.next() == Some(&b'{') && letters.next() == Some(&b'"')
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let bytes = Bytes::new(source).map_err(|fault| fault.tell(0, inspection))?;
    let mut events = JsonEvents::new(bytes);
    let mut document = Document::default();
    let walked = walk(&mut events, &mut document);
    let offset = events.position();
    let format = document.tell(inspection);
    if let (Err(fault), false) = (walked, format == ArtefactFormat::Unknown) {
        fault.tell(offset, inspection);
    }
    Ok(format)
}

/// What a document says, whatever it is.
#[derive(Default)]
struct Document {
    /// The members of the outermost object that are known here.
    members: BTreeSet<&'static str>,
    xgboost: Xgboost,
    keras: Keras,
    skops: Skops,
    facts: Vec<(String, String)>,
}

/// Members of the outermost object by which formats are told.
const MEMBERS: [&str; 14] = [
    "learner",
    "version",
    "Config",
    "Model",
    "class_name",
    "config",
    "keras_version",
    "model_info",
    "oblivious_trees",
    "trees",
    "features_info",
    "tree_info",
    "tree_sizes",
    "name",
];

/// How many facts are kept.
const MOST_FACTS: usize = 256;

impl Document {
    fn has(&self, members: &[&str]) -> bool {
        members.iter().all(|member| self.members.contains(member))
    }

    /// Tells what it is, and all of it.
    fn tell(mut self, inspection: &mut Inspection<'_>) -> ArtefactFormat {
        if self.xgboost.has_learner {
            self.xgboost.tell(inspection);
            return ArtefactFormat::XgboostJson;
        }
        if self.skops.is_schema() {
            self.skops.tell(inspection);
            return ArtefactFormat::Unknown;
        }
        if self.keras.is_config || self.keras.has_version() || self.has(&["class_name", "config"]) {
            self.keras.tell("", inspection);
            return ArtefactFormat::Keras;
        }
        let has_trees = self.has(&["oblivious_trees"]) || self.has(&["trees"]);
        if self.has(&["model_info"]) && (has_trees || self.has(&["features_info"])) {
            catboost::tell(&self.facts, inspection);
            return ArtefactFormat::Catboost;
        }
        let version = self.facts.iter().find(|(key, _)| key == "version");
        if self.has(&["name", "tree_info"])
            && let Some((_, version)) = version
        {
            inspection.writer("lightgbm", WriterVersion::Unknown, "tree_info");
            inspection.metadata("lightgbm.format-version", version);
            for (key, value) in &self.facts {
                if let "num_class" | "max_feature_idx" | "objective" = key.as_str() {
                    let key = key.replace('_', "-");
                    inspection.metadata(format!("lightgbm.{key}"), value);
                }
            }
            return ArtefactFormat::Lightgbm;
        }
        ArtefactFormat::Unknown
    }

    /// Who follows what lies behind a member of the outermost object.
    fn follower(&mut self, member: &str) -> Option<&mut dyn Visitor> {
        match member {
            "learner" | "Config" | "Model" => Some(&mut self.xgboost),
            "content" => Some(&mut self.skops),
            "model_info" | "version" => None,
            _ => Some(&mut self.keras),
        }
    }
}

/// Members of the outermost object whose values are long and of no interest.
const LONG: [&str; 10] = [
    "oblivious_trees",
    "trees",
    "features_info",
    "tree_info",
    "feature_names",
    "feature_infos",
    "feature_importances",
    "pandas_categorical",
    "scale_and_bias",
    "ctr_data",
];

impl Visitor for Document {
    fn enters(&mut self, path: Path<'_>, key: &str) -> bool {
        let Some(member) = path.first() else {
            if let Some(known) = MEMBERS.iter().find(|known| **known == key) {
                self.members.insert(known);
            }
            self.xgboost.enters(path, key);
            self.skops.enters(path, key);
            return !LONG.contains(&key);
        };
        match self.follower(member) {
            Some(visitor) => visitor.enters(path, key),
            // the settings of a training, and the version
            None => path.len() == 1,
        }
    }

    fn opened(&mut self, path: Path<'_>, offset: u64) {
        match path.first().map(String::as_str) {
            None => {
                self.keras.opened(path, offset);
                self.skops.opened(path, offset);
            }
            Some("version") => self.xgboost.opened(path, offset),
            Some(member) => {
                if let Some(visitor) = self.follower(member) {
                    visitor.opened(path, offset);
                }
            }
        }
    }

    fn value(&mut self, path: Path<'_>, value: &Scalar) {
        let Some(member) = path.first() else {
            return;
        };
        if member == "version" {
            self.xgboost.value(path, value);
        }
        if path.len() == 1 {
            self.keras.value(path, value);
            self.skops.value(path, value);
        } else if let Some(visitor) = self.follower(member) {
            visitor.value(path, value);
        }
        let is_fact = path.len() == 1 || path.len() == 2 && member == "model_info";
        if is_fact && self.facts.len() < MOST_FACTS && !is(path, &["version", ""]) {
            let key = path.last().cloned().unwrap_or_default();
            self.facts.push((key, value.shown().to_owned()));
        }
    }

    fn closed(&mut self, path: Path<'_>) {
        match path.first().map(String::as_str) {
            None => {
                self.keras.closed(path);
                self.skops.closed(path);
            }
            Some("version") => {}
            Some(member) => {
                if let Some(visitor) = self.follower(member) {
                    visitor.closed(path);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::testing::{artefact, exact, inspect, total, unread, writers};
    use super::*;

    const XGBOOST: &str = r#"{"learner":{"attributes":{},"gradient_booster":{"model":{"gbtree_model_param":{"num_trees":"3"},"trees":[{"a":[1,2]}]},"name":"gbtree"},"learner_model_param":{"base_score":"5E-1","num_class":"0","num_feature":"8"},"objective":{"name":"binary:logistic"}},"version":[3,0,5]}"#;

    #[test]
    fn xgboost_names_its_version() {
        let found = inspect("m", XGBOOST.as_bytes());
        assert_eq!(found.format, ArtefactFormat::XgboostJson);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(writers(&found), [exact("xgboost", "3.0.5")]);
        let metadata = &found.content.metadata;
        assert_eq!(metadata["xgboost.objective"], "binary:logistic");
        assert_eq!(metadata["xgboost.trees"], "3");
        assert_eq!(metadata["xgboost.features"], "8");
    }

    #[test]
    fn a_cut_model_is_still_one() {
        let found = inspect("m", &XGBOOST.as_bytes()[..200]);
        assert_eq!(found.format, ArtefactFormat::XgboostJson);
        assert_eq!(unread(&found), ["it ends too early"]);
    }

    #[test]
    fn other_json_is_unknown_and_no_fault() {
        for text in [
            "{\"a\": 1}",
            "{\"name\": \"holdfast\", \"version\": \"1.0.0\"}",
            "{\"a\": ",
            "{\"a\" nonsense",
            "{\"version\": [1,2,3]}",
        ] {
            let found = inspect("package.json", text.as_bytes());
            assert_eq!(found.format, ArtefactFormat::Unknown, "{text}");
            assert_eq!(found.content, holdfast_model::ArtefactContent::default());
        }
    }

    #[test]
    fn lightgbm_and_catboost_write_json_too() {
        let lightgbm = r#"{"name":"tree","version":"v4","num_class":1,"max_feature_idx":7,"objective":"binary sigmoid:1","tree_info":[{"tree_index":0}]}"#;
        let found = inspect("m", lightgbm.as_bytes());
        assert_eq!(found.format, ArtefactFormat::Lightgbm);
        assert_eq!(found.content.metadata["lightgbm.format-version"], "v4");
        let catboost = r#"{"features_info":{},"model_info":{"catboost_version_info":"Git info:\n    Branch: tags/v1.2.3\n","model_guid":"x"},"oblivious_trees":[]}"#;
        let found = inspect("m", catboost.as_bytes());
        assert_eq!(found.format, ArtefactFormat::Catboost);
        assert_eq!(writers(&found)[0].0, "catboost");
    }

    #[test]
    fn a_schema_of_skops_names_what_it_imports() {
        let schema = r#"{"__class__":"LogisticRegression","__module__":"sklearn.linear_model._logistic","__loader__":"ObjectNode","content":{"__class__":"dict","__module__":"builtins","__loader__":"DictNode","content":{"f":{"__class__":"system","__module__":"os","__loader__":"FunctionNode"},"_sklearn_version":{"__class__":"str","__module__":"builtins","__loader__":"JsonNode","content":"\"1.5.2\""}}},"protocol":2,"_skops_version":"0.10.0"}"#;
        let found = inspect("schema.json", schema.as_bytes());
        let written = [exact("scikit-learn", "1.5.2"), exact("skops", "0.10.0")];
        assert_eq!(writers(&found), written);
        let imports: Vec<_> = found.content.imports.iter().collect();
        assert!(
            imports
                .iter()
                .any(|import| import.module == "os" && import.name == "system")
        );
        assert_eq!(imports.len(), 4);
    }

    #[test]
    fn nesting_ends() {
        let mut text = "{\"config\":".to_owned();
        for _ in 0..100_000 {
            write!(text, "[").unwrap();
        }
        assert_eq!(
            inspect("m", text.as_bytes()).format,
            ArtefactFormat::Unknown
        );
    }

    #[test]
    fn a_real_model_is_read() {
        let Some(bytes) = artefact("x.json") else {
            return;
        };
        let found = inspect("x.json", &bytes);
        assert_eq!(found.format, ArtefactFormat::XgboostJson);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(writers(&found), [exact("xgboost", "3.0.5")]);
    }

    total!("x.json", b"{\"learner\":", XGBOOST.as_bytes().to_vec());
}
