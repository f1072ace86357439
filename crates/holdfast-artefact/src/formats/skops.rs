//! The `schema.json` of a skops file: which classes loading it imports.
//!
//! <https://skops.readthedocs.io/en/stable/persistence.html>

use std::collections::BTreeSet;

use holdfast_model::{ImportUsage, WriterVersion};

use super::events::{Path, Scalar, Visitor, is};
use super::versions;
use crate::inspection::Inspection;

/// What a schema says.
#[derive(Default)]
pub(super) struct Skops {
    frames: Vec<Frame>,
    imports: Vec<Import>,
    version: Option<String>,
    protocol: Option<String>,
    /// Versions of scikit-learn that estimators keep, without repetition.
    sklearn: BTreeSet<String>,
    has_class: bool,
}

#[derive(Default)]
struct Frame {
    offset: u64,
    class: Option<String>,
    module: Option<String>,
    loader: Option<String>,
}

struct Import {
    module: String,
    class: String,
    usage: ImportUsage,
    offset: u64,
}

/// How many imports are kept; each class of a model is named again and again.
const MOST: usize = 1 << 16;
/// How many versions of one library are kept.
const MOST_VERSIONS: usize = 16;

impl Skops {
    /// Whether it is a schema of skops.
    pub(super) fn is_schema(&self) -> bool {
        self.has_class && (self.version.is_some() || self.protocol.is_some())
    }

    /// Tells all of it.
    pub(super) fn tell(self, inspection: &mut Inspection<'_>) {
        let version = self.version.filter(|version| versions::is_version(version));
        let version = version.map_or(WriterVersion::Unknown, WriterVersion::Exact);
        inspection.writer("skops", version, "_skops_version");
        if let Some(protocol) = self.protocol {
            inspection.metadata("skops.protocol", protocol);
        }
        for version in self.sklearn {
            let version = WriterVersion::Exact(version);
            inspection.writer("scikit-learn", version, "_sklearn_version");
        }
        for import in self.imports {
            inspection.import(&import.module, &import.class, import.usage, import.offset);
        }
    }
}

/// Nodes whose value is called or imported and not an object with a state.
const CALLED: [&str; 4] = [
    "ReduceNode",
    "PartialNode",
    "MethodNode",
    "OperatorFuncNode",
];
const IMPORTED: [&str; 3] = ["TypeNode", "FunctionNode", "NdArrayNode"];

impl Visitor for Skops {
    fn enters(&mut self, path: Path<'_>, key: &str) -> bool {
        self.has_class |= path.is_empty() && key == "__class__";
        true
    }

    fn opened(&mut self, _path: Path<'_>, offset: u64) {
        self.frames.push(Frame {
            offset,
            ..Frame::default()
        });
    }

    fn value(&mut self, path: Path<'_>, value: &Scalar) {
        if is(path, &["_skops_version"]) {
            self.version = Some(value.shown().to_owned());
        } else if is(path, &["protocol"]) {
            self.protocol = Some(value.shown().to_owned());
        }
        let (Some(key), Some(frame)) = (path.last(), self.frames.last_mut()) else {
            return;
        };
        let text = value.text().map(str::to_owned);
        match key.as_str() {
            "__class__" => frame.class = text,
            "__module__" => frame.module = text,
            "__loader__" => frame.loader = text,
            // a text in JSON within a text
            "content"
                if path
                    .iter()
                    .rev()
                    .nth(1)
                    .is_some_and(|key| key == "_sklearn_version") =>
            {
                let version = value.shown().trim_matches('"');
                if versions::is_version(version) && self.sklearn.len() < MOST_VERSIONS {
                    self.sklearn.insert(version.to_owned());
                }
            }
            _ => {}
        }
    }

    fn closed(&mut self, _path: Path<'_>) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let (Some(module), Some(class)) = (frame.module, frame.class) else {
            return;
        };
        let loader = frame.loader.unwrap_or_default();
        let usage = if CALLED.contains(&loader.as_str()) {
            ImportUsage::Called
        } else if IMPORTED.contains(&loader.as_str()) {
            ImportUsage::Imported
        } else {
            ImportUsage::Instantiated
        };
        if self.imports.len() < MOST {
            let offset = frame.offset;
            self.imports.push(Import {
                module,
                class,
                usage,
                offset,
            });
        }
    }
}
