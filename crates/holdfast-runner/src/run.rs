//! What came of a run.

use std::collections::BTreeMap;

use holdfast_model::RaisedWarning;

pub use crate::plan::Contained;

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// One for each input, in their order.
    pub predictions: Vec<Prediction>,
    /// In which width numbers were computed, by their place in a prediction: `float32` under
    /// `scores[]`. Numbers that are not here, and all of scripts, are Python's, which are doubles.
    pub number_types: BTreeMap<String, String>,
    /// Warnings that were raised, sorted, each once. Addresses in memory are left out of them.
    pub warnings: Vec<RaisedWarning>,
    /// The interpreter: `3.11.7`.
    pub python: String,
    /// Seconds from the interpreter's start to its end.
    pub seconds: f64,
    /// Seconds of processor time, over all cores and processes.
    pub processor_seconds: f64,
    /// The most memory that was resident at once, in bytes; null where the system does not tell.
    pub memory: Option<u64>,
    /// The end of what was written to standard error, and to standard output by functions.
    pub standard_error: String,
    /// Processes that were still running when the model had ended; they were killed.
    pub left_behind: u32,
    /// What was in force; nothing where the run was uncontained.
    pub contained: Option<Contained>,
}

/// What a model answers to one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prediction {
    /// A JSON text as the model gave it; `NaN`, `Infinity` and `-Infinity` may stand in it bare.
    Value(String),
    /// An exception.
    Failed {
        /// Its class: `ValueError`.
        category: String,
        /// What it says.
        message: String,
    },
}
