//! Golden sets: inputs, and what a model answered to them in an environment that was trusted.
//!
//! JSON lines (`holdfast/golden/1`), one fact a line, so that version control shows what changed:
//! first what the predictions were made of, then how the run went, then a line for each input. Reading
//! and writing give back every bit.

mod read;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Value;

pub use read::{GoldenError, read};
pub use write::write;

/// Inputs with the predictions that were recorded for them.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenSet {
    /// What the predictions were made of.
    pub origin: Origin,
    /// How the run went.
    pub run: RunRecord,
    /// The inputs, in the order in which the model saw them.
    pub records: Vec<Record>,
}

impl GoldenSet {
    /// The name and version of the format.
    pub const SCHEMA: &'static str = "holdfast/golden/1";

    /// What was predicted, input by input.
    pub fn predictions(&self) -> impl Iterator<Item = &Prediction> {
        self.records.iter().map(|record| &record.prediction)
    }
}

/// What predictions were made of: all that has to be the same for them to be the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Origin {
    /// The environment of the project.
    pub environment: Option<String>,
    /// The lock of the environment.
    pub lock: LockRecord,
    /// The interpreter that ran: `3.11.7`.
    pub python: String,
    /// What was run.
    pub model: ModelRecord,
    /// Where the inputs are from.
    pub inputs: InputRecord,
    /// The model files, sorted by path.
    pub artefacts: Vec<FileRecord>,
    /// What random numbers were seeded with.
    pub seed: u64,
    /// Variables that were passed to the model, beside those that every run sets.
    pub variables: BTreeMap<String, String>,
    /// The width of the floats in predictions, by path, where the model told: `float32`.
    pub types: BTreeMap<String, String>,
}

/// A lock, by its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LockRecord {
    /// Its path, relative to the project's directory.
    pub path: String,
    /// SHA-256 of its bytes: `sha256:` and hexadecimal digits.
    pub digest: String,
}

/// What is run for predictions. Paths are relative to the project's directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ModelRecord {
    /// A script that reads JSON lines and writes as many.
    Script {
        /// Its path.
        path: String,
    },
    /// A function of Python that is called for each input, or once with all of them.
    Function {
        /// Its module.
        module: String,
        /// Its name in there.
        function: String,
        /// How it is called.
        calls: CallsRecord,
    },
    /// A model of MLflow, by its `pyfunc` flavour.
    Mlflow {
        /// Its folder.
        path: String,
    },
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallsRecord {
    /// Once for each input.
    PerInput,
    /// Once, with the list of all inputs.
    AllAtOnce,
}

/// Where inputs are from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct InputRecord {
    /// The file, as it was given.
    pub path: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// How many inputs it has.
    pub count: u64,
}

/// A file, by its content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileRecord {
    /// Its path, relative to the project's directory.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub digest: String,
}

/// How a run went: what may differ between two runs that predict the same.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunRecord {
    /// When, in UTC.
    pub recorded: String,
    /// The version of Holdfast.
    pub holdfast: String,
    /// The machine.
    pub machine: MachineRecord,
    /// What kept it from the network and within limits; `uncontained` where nothing did.
    pub contained: Vec<String>,
    /// Seconds, loading included.
    pub seconds: f64,
    /// The most memory that was resident at once, in bytes.
    pub memory: Option<u64>,
    /// Warnings that were raised, each once, sorted.
    pub warnings: Vec<WarningRecord>,
}

/// A machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MachineRecord {
    /// `linux x86_64`.
    pub system: String,
    /// The processor's own name.
    pub processor: Option<String>,
    /// Cores.
    pub cores: u64,
}

impl MachineRecord {
    /// In one line.
    pub fn in_words(&self) -> String {
        match &self.processor {
            Some(processor) => format!("{} · {processor}", self.system),
            None => self.system.clone(),
        }
    }
}

/// A warning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WarningRecord {
    /// Its class: `RuntimeWarning`.
    pub category: String,
    /// What it says.
    pub message: String,
}

/// An input with its prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The input.
    pub input: Value,
    /// What the model answered.
    pub prediction: Prediction,
}

/// What a model answers to an input.
#[derive(Debug, Clone, PartialEq)]
pub enum Prediction {
    /// A value.
    Value(Value),
    /// It failed on this input.
    Failed {
        /// The class of the exception: `ValueError`.
        category: String,
        /// What it says.
        message: String,
    },
}

#[cfg(test)]
pub(crate) mod tests;
