//! What is in model files, as `holdfast model inspect` shows it.

mod text;

use std::collections::BTreeMap;

use holdfast_model::{Artefact, Hazard, HazardKind, Within, WriterVersion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Report;

pub use text::inspection_text;

/// What is in some model files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inspections {
    /// The files, sorted by path.
    pub artefacts: Vec<Inspection>,
    /// Files that could not be opened or read.
    pub unreadable: Vec<NotInspected>,
}

impl Report for Inspections {
    const SCHEMA: &'static str = "holdfast/inspection/1";
}

/// A file that could not be opened or read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotInspected {
    /// Its path.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// What is in one model file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inspection {
    /// Its path, as it was reached; `-` for standard input.
    pub path: String,
    /// What it is, by its content; `unknown` is an answer.
    pub format: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, in lower-case hexadecimal digits; null where it was not hashed.
    pub sha256: Option<String>,
    /// The libraries that wrote it, as far as it says.
    pub writers: Vec<InspectedWriter>,
    /// What loading it would import.
    pub globals: Vec<InspectedGlobal>,
    /// Its tensors.
    pub tensors: InspectedTensors,
    /// What it says of itself.
    pub metadata: BTreeMap<String, String>,
    /// The files in it, as far as their format is known.
    pub members: Vec<InspectedMember>,
    /// What is dangerous in it, apart from what it imports.
    pub hazards: Vec<InspectedHazard>,
    /// What could not be read.
    pub unreadable: Vec<UnreadableMember>,
    /// How much was found and is not listed, by what it is.
    pub left_out: BTreeMap<String, u64>,
}

/// A place within a model file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InspectedPlace {
    /// The files in files, outermost first, joined by `!`; null for the file itself.
    pub member: Option<String>,
    /// The byte in the innermost, from 0; null where it concerns all of it.
    pub offset: Option<u64>,
}

/// A library that wrote a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InspectedWriter {
    /// Its name on PyPI.
    pub library: String,
    /// Its version, `2.x` where only the major version shows; null where the file does not say.
    pub version: Option<String>,
    /// What says so.
    pub evidence: String,
    /// Where.
    #[serde(flatten)]
    pub place: InspectedPlace,
}

/// Something that loading a file would import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InspectedGlobal {
    /// The module.
    pub module: String,
    /// The name in it.
    pub name: String,
    /// What is done with it: `imported`, `instantiated` (without its constructor) or `called`.
    pub usage: String,
    /// Where first.
    #[serde(flatten)]
    pub place: InspectedPlace,
}

/// The tensors of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InspectedTensors {
    /// How many there are.
    pub count: u64,
    /// Their bytes, together.
    pub bytes: u64,
    /// How many there are of each element type.
    pub types: BTreeMap<String, u64>,
    /// The first of them.
    pub first: Vec<InspectedTensor>,
}

/// One tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InspectedTensor {
    /// Its name.
    pub name: String,
    /// The type of its elements, by the format's name for it.
    pub element: String,
    /// Its length in each dimension.
    pub shape: Vec<u64>,
}

/// A file in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InspectedMember {
    /// Its name, after those of the files around it, joined by `!`.
    pub member: String,
    /// What it is.
    pub format: String,
    /// Its size in bytes, expanded.
    pub size: u64,
}

/// Something dangerous.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InspectedHazard {
    /// Its kind.
    pub kind: String,
    /// What it is, in a few words.
    pub what: String,
    /// Where.
    #[serde(flatten)]
    pub place: InspectedPlace,
}

/// A part that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnreadableMember {
    /// Why not.
    pub reason: String,
    /// Where reading ended.
    #[serde(flatten)]
    pub place: InspectedPlace,
}

/// The inspections as JSON (`holdfast/inspection/1`).
pub fn inspection_json(inspections: &Inspections) -> String {
    crate::document::document(inspections)
}

impl From<&Within> for InspectedPlace {
    fn from(within: &Within) -> Self {
        Self {
            member: (!within.members.is_empty()).then(|| within.members.join("!")),
            offset: within.offset,
        }
    }
}

impl From<&Artefact> for Inspection {
    fn from(artefact: &Artefact) -> Self {
        let content = &artefact.content;
        let left_out = content.left_out.iter();
        Self {
            path: artefact.path.clone(),
            format: artefact.format.as_str().to_owned(),
            size: artefact.size,
            sha256: artefact
                .digest
                .as_ref()
                .map(|digest| digest.hex().to_owned()),
            writers: content.writers.iter().map(InspectedWriter::from).collect(),
            globals: content.imports.iter().map(InspectedGlobal::from).collect(),
            tensors: InspectedTensors::from(&content.tensors),
            metadata: content.metadata.clone(),
            members: content.members.iter().map(InspectedMember::from).collect(),
            hazards: content.hazards.iter().map(InspectedHazard::from).collect(),
            unreadable: content.unread.iter().map(UnreadableMember::from).collect(),
            left_out: left_out
                .map(|(what, count)| ((*what).to_owned(), *count))
                .collect(),
        }
    }
}

impl From<&holdfast_model::Writer> for InspectedWriter {
    fn from(writer: &holdfast_model::Writer) -> Self {
        let known = writer.version != WriterVersion::Unknown;
        Self {
            library: writer.library.clone(),
            version: known.then(|| writer.version.to_string()),
            evidence: writer.evidence.clone(),
            place: (&writer.at).into(),
        }
    }
}

impl From<&holdfast_model::Import> for InspectedGlobal {
    fn from(import: &holdfast_model::Import) -> Self {
        Self {
            module: import.module.clone(),
            name: import.name.clone(),
            usage: import.usage.as_str().to_owned(),
            place: (&import.at).into(),
        }
    }
}

impl From<&holdfast_model::Tensors> for InspectedTensors {
    fn from(tensors: &holdfast_model::Tensors) -> Self {
        let first = tensors.first.iter().map(|tensor| InspectedTensor {
            name: tensor.name.clone(),
            element: tensor.element.clone(),
            shape: tensor.shape.clone(),
        });
        Self {
            count: tensors.count,
            bytes: tensors.bytes,
            types: tensors.types.clone(),
            first: first.collect(),
        }
    }
}

impl From<&holdfast_model::Member> for InspectedMember {
    fn from(member: &holdfast_model::Member) -> Self {
        Self {
            member: member.within.join("!"),
            format: member.format.as_str().to_owned(),
            size: member.size,
        }
    }
}

impl From<&holdfast_model::UnreadPart> for UnreadableMember {
    fn from(part: &holdfast_model::UnreadPart) -> Self {
        Self {
            reason: part.reason.to_string(),
            place: (&part.at).into(),
        }
    }
}

impl From<&Hazard> for InspectedHazard {
    fn from(hazard: &Hazard) -> Self {
        let (kind, what) = match &hazard.kind {
            HazardKind::UnresolvedImport { what } => ("unresolved-import", what.clone()),
            HazardKind::ExtensionCode { code } => ("extension-code", code.to_string()),
            HazardKind::Alteration { what } => ("alteration", what.clone()),
            HazardKind::Disagreement { what } => ("disagreement", what.clone()),
            HazardKind::EscapingPath { path, of } => ("escaping-path", format!("{of} `{path}`")),
            HazardKind::Code { holder, what } => ("code", format!("`{holder}`: {what}")),
            HazardKind::Operation { operation } => ("operation", operation.clone()),
            HazardKind::Template { key, what } => ("template", format!("`{key}`: {what}")),
            HazardKind::Appended { format } => ("appended", format.as_str().to_owned()),
        };
        Self {
            kind: kind.to_owned(),
            what,
            place: (&hazard.at).into(),
        }
    }
}
