//! Keras's configurations of models and layers, in JSON: `config.json` and `metadata.json` of a
//! `.keras` file, `model_config` of HDF5, `keras_metadata.pb` of a SavedModel.
//!
//! What is told: layers that hold code, and objects that loading imports from elsewhere than Keras.

use holdfast_model::{HazardKind, WriterVersion};

use super::bytes::Bytes;
use super::events::{Events as _, Path, Scalar, Visitor, walk};
use super::json_events::JsonEvents;
use super::versions;
use crate::inspection::{Inspection, Reading};
use crate::source::Source;

/// Reads a configuration that a file of another format holds; what does not begin as one is left.
pub(super) fn read_config(
    source: &mut dyn Source,
    holder: &str,
    inspection: &mut Inspection<'_>,
) -> Reading<()> {
    let mut bytes = Bytes::new(source).map_err(|fault| fault.tell(0, inspection))?;
    if !matches!(bytes.peek(), Ok(Some(b'{' | b'['))) {
        return Ok(());
    }
    let mut events = JsonEvents::new(bytes);
    let mut keras = Keras::default();
    let walked = walk(&mut events, &mut keras);
    keras.tell(holder, inspection);
    let offset = events.position();
    walked.map_err(|fault| fault.tell(offset, inspection))
}

/// What a configuration says.
#[derive(Default)]
pub(super) struct Keras {
    frames: Vec<Frame>,
    code: Vec<Code>,
    version: Option<String>,
    backend: Option<String>,
    /// The outermost object is a class with a configuration.
    pub(super) is_config: bool,
}

/// An object or array that is open.
#[derive(Default)]
struct Frame {
    class: Option<String>,
    module: Option<String>,
    /// The name in its configuration, else its own.
    name: Option<String>,
    /// Its configuration, where that is a text.
    text: Option<String>,
    has_config: bool,
}

struct Code {
    holder: String,
    what: String,
}

/// How many hazards of one configuration are kept.
const MOST: usize = 4096;

impl Keras {
    /// Whether it says which Keras wrote it.
    pub(super) fn has_version(&self) -> bool {
        self.version.is_some()
    }

    /// Tells all of it; what has no name is called `holder`.
    pub(super) fn tell(&mut self, holder: &str, inspection: &mut Inspection<'_>) {
        if let Some(version) = self.version.take() {
            writer(&version, inspection);
        }
        if let Some(backend) = self.backend.take() {
            inspection.metadata("keras.backend", backend);
        }
        for Code { holder: own, what } in self.code.drain(..) {
            let holder = if own.is_empty() {
                holder.to_owned()
            } else {
                own
            };
            inspection.hazard(HazardKind::Code { holder, what }, None);
        }
    }

    fn judge(&mut self, frame: Frame) {
        let Some(class) = frame.class else {
            return;
        };
        let module = frame.module.unwrap_or_default();
        // what has no name of its own is part of what has one
        let named = || {
            self.frames
                .iter()
                .rev()
                .find_map(|outer| outer.name.clone())
        };
        let name = frame.name.or_else(named).unwrap_or_default();
        let plain = class.rsplit(['>', '.']).next().unwrap_or(&class);
        let found = if class == "__lambda__" {
            Some((name, "lambda"))
        } else if plain == "Lambda" {
            Some((name, "Lambda layer"))
        } else if is_foreign(&module, &class, frame.text.as_deref()) {
            Some((format!("{module}.{class}"), "custom object"))
        } else if REACHING.contains(&plain) || frame.text.as_deref().is_some_and(reaches) {
            let function = frame.text.unwrap_or(class);
            Some((function, "function that fetches or loads"))
        } else {
            None
        };
        if let Some((holder, what)) = found
            && self.code.len() < MOST
        {
            let what = what.to_owned();
            self.code.push(Code { holder, what });
        }
    }
}

/// A Keras wrote it.
pub(super) fn writer(version: &str, inspection: &mut Inspection<'_>) {
    let known = if versions::is_version(version) {
        WriterVersion::Exact(version.to_owned())
    } else {
        WriterVersion::Unknown
    };
    inspection.writer("keras", known, "keras_version");
}

/// Functions of Keras that a configuration has no reason to name: they fetch, unpack, load.
const REACHING: [&str; 7] = [
    "get_file",
    "extract_archive",
    "extract_open_archive",
    "enable_unsafe_deserialization",
    "load_model",
    "model_from_json",
    "load_img",
];

fn reaches(function: &str) -> bool {
    REACHING.contains(&function)
}

/// Packages whose classes are Keras's own.
const OWN: [&str; 8] = [
    "keras",
    "tensorflow",
    "tf_keras",
    "keras_core",
    "keras_hub",
    "keras_nlp",
    "keras_cv",
    "tensorflow_addons",
];
/// What of Python's own names may stand in a configuration.
const PLAIN: [&str; 9] = [
    "list", "dict", "tuple", "set", "slice", "str", "int", "float", "bool",
];
/// Names of Python's own that run, open or import.
const BUILT_IN: [&str; 10] = [
    "eval",
    "exec",
    "compile",
    "open",
    "__import__",
    "getattr",
    "setattr",
    "globals",
    "input",
    "breakpoint",
];

/// Whether loading an object imports from elsewhere than Keras.
fn is_foreign(module: &str, class: &str, text: Option<&str>) -> bool {
    let package = module.split('.').next().unwrap_or(module);
    if module.is_empty() || OWN.contains(&package) {
        return false;
    }
    if module != "builtins" {
        return true;
    }
    match class {
        // a function of the model's author, by name: it is found among those that are given
        "function" => text.is_some_and(|name| BUILT_IN.contains(&name)),
        _ => !PLAIN.contains(&class),
    }
}

impl Visitor for Keras {
    fn enters(&mut self, _path: Path<'_>, _key: &str) -> bool {
        true
    }

    fn opened(&mut self, path: Path<'_>, _offset: u64) {
        if path.last().is_some_and(|key| key == "config")
            && let Some(frame) = self.frames.last_mut()
        {
            frame.has_config = true;
        }
        self.frames.push(Frame::default());
    }

    fn value(&mut self, path: Path<'_>, value: &Scalar) {
        let Some(key) = path.last() else {
            return;
        };
        let text = value.text().map(str::to_owned);
        if path.len() == 1 && key == "keras_version" {
            self.version = text;
            return;
        }
        if path.len() == 1 && key == "backend" {
            self.backend = text;
            return;
        }
        let is_of_config = path.iter().rev().nth(1).is_some_and(|key| key == "config");
        let mut frames = self.frames.iter_mut().rev();
        let (Some(own), outer) = (frames.next(), frames.next()) else {
            return;
        };
        match key.as_str() {
            "class_name" => own.class = text,
            "module" => own.module = text,
            "config" => own.text = text,
            "name" => {
                if let Some(outer) = outer.filter(|_| is_of_config) {
                    outer.name.clone_from(&text);
                }
                own.name = own.name.take().or(text);
            }
            _ => {}
        }
    }

    fn closed(&mut self, path: Path<'_>) {
        if let Some(frame) = self.frames.pop() {
            self.is_config |= path.is_empty() && frame.class.is_some() && frame.has_config;
            self.judge(frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use holdfast_model::ArtefactFormat;

    use super::super::testing::{exact, hazards, inspect, unread, writers};
    use super::*;

    fn code(holder: &str, what: &str) -> HazardKind {
        HazardKind::Code {
            holder: holder.to_owned(),
            what: what.to_owned(),
        }
    }

    #[test]
    fn layers_with_code_are_told_by_name() {
        let text = r#"{"module": "keras", "class_name": "Functional", "config": {"name": "m", "layers": [
            {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "activation": "relu"}, "registered_name": null},
            {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "shout", "function":
                {"class_name": "__lambda__", "config": {"value": ["4wEA", null, null]}}}},
            {"module": "os", "class_name": "system", "config": {"name": "x"}},
            {"module": "builtins", "class_name": "function", "config": "eval"},
            {"module": "builtins", "class_name": "function", "config": "my_loss"},
            {"module": "keras.utils", "class_name": "function", "config": "get_file"}
        ]}, "registered_name": "Functional"}"#;
        let found = inspect("config.json", text.as_bytes());
        assert_eq!(found.format, ArtefactFormat::Keras);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(
            hazards(&found),
            [
                code("shout", "lambda"),
                code("shout", "Lambda layer"),
                code("os.system", "custom object"),
                code("builtins.function", "custom object"),
                code("get_file", "function that fetches or loads"),
            ]
        );
    }

    #[test]
    fn an_ordinary_model_is_quiet() {
        let text = r#"{"class_name": "Sequential", "config": {"name": "sequential", "layers": [
            {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 4], "name": "i"}},
            {"class_name": "TFOpLambda", "config": {"name": "tf.math.add", "function": "math.add"}},
            {"class_name": "Dense", "config": {"name": "d", "kernel_initializer":
                {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null}, "registered_name": null}}}
        ]}, "keras_version": "2.13.1", "backend": "tensorflow"}"#;
        let found = inspect("model.json", text.as_bytes());
        assert_eq!(found.format, ArtefactFormat::Keras);
        assert_eq!(writers(&found), [exact("keras", "2.13.1")]);
        assert!(found.content.hazards.is_empty());
    }

    #[test]
    fn metadata_names_the_version() {
        let text = r#"{"keras_version": "3.5.0", "date_saved": "2026-01-01@00:00:00"}"#;
        let found = inspect("metadata.json", text.as_bytes());
        assert_eq!(writers(&found), [exact("keras", "3.5.0")]);
    }
}
