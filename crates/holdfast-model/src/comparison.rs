//! Predictions that were recorded, beside those that a model makes now.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DriftTest, EnvironmentName, Histogram};

/// A golden set replayed, and how the predictions differ from the recorded ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The golden set: its path as it was given.
    pub golden: String,
    /// What the predictions were recorded with.
    pub before: ReplaySide,
    /// What they were replayed with.
    pub after: ReplaySide,
    /// What counts as equal.
    pub tolerance: Tolerance,
    /// The probability from which on a prediction is the positive label.
    pub threshold: f64,
    /// Inputs.
    pub inputs: u64,
    /// Inputs whose predictions are the same to the bit.
    pub identical: u64,
    /// Inputs whose predictions are not the same to the bit, and within the tolerance.
    pub within: u64,
    /// Inputs whose predictions differ by more, are of another shape, or fail on one side alone.
    pub changed: u64,
    /// Inputs of which a label differs; they are among the changed ones.
    pub flipped: u64,
    /// Inputs whose predictions have another shape or type; they are among the changed ones.
    pub reshaped: u64,
    /// Inputs that fail now and did not, or did and do not; they are among the changed ones.
    pub failed: u64,
    /// The parts of a prediction, sorted by path.
    pub fields: Vec<FieldComparison>,
    /// Inputs that changed most, worst first, at most twenty.
    pub examples: Vec<ChangedInput>,
    /// Warnings that are raised now and were not, sorted.
    pub raised: Vec<RaisedWarning>,
    /// Warnings that were raised and are not now, sorted.
    pub gone: Vec<RaisedWarning>,
    /// The model files that are not those of the recording, sorted by path.
    pub other_artefacts: Vec<String>,
}

/// One side of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplaySide {
    /// The environment.
    #[schemars(with = "Option<String>")]
    pub environment: Option<EnvironmentName>,
    /// The lock: its path as it was given.
    pub lock: Option<String>,
    /// SHA-256 of the lock, `sha256:` and hexadecimal digits.
    pub lock_digest: Option<String>,
    /// The interpreter: `3.11.7`.
    pub python: Option<String>,
    /// The machine: `linux x86_64 · AMD EPYC`.
    pub machine: Option<String>,
    /// Seconds that the run took, loading included.
    pub seconds: Option<f64>,
    /// The most memory that was resident at once, in bytes.
    pub memory: Option<u64>,
}

/// What counts as equal: two numbers within any of these of each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tolerance {
    /// The largest difference.
    pub absolute: f64,
    /// The largest difference as a share of the recorded number's size.
    pub relative: f64,
    /// The largest number of representable numbers from one to the other (units in the last place),
    /// in the width in which the predictions are made.
    pub ulps: u64,
}

/// What a part of a prediction is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// A number.
    Number,
    /// A number in 0 to 1 on both sides.
    Probability,
    /// Numbers in 0 to 1 that sum up to 1: the label is the place of the largest.
    Probabilities,
    /// One of a few names or whole numbers, or true and false.
    Label,
    /// Text.
    Text,
}

impl FieldKind {
    /// Its name, as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Probability => "probability",
            Self::Probabilities => "probabilities",
            Self::Label => "label",
            Self::Text => "text",
        }
    }
}

/// A part of the predictions, over all inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldComparison {
    /// Its place in a prediction: `probability`, `scores[]`, `model.output`; empty where a prediction
    /// is a value of its own.
    pub path: String,
    /// What it is.
    pub kind: FieldKind,
    /// Pairs of values that were compared; several for each input where it is a vector.
    pub values: u64,
    /// Pairs that are the same to the bit.
    pub identical: u64,
    /// Pairs that are not, and within the tolerance.
    pub within: u64,
    /// Pairs that differ by more.
    pub changed: u64,
    /// Inputs whose label differs; null where it has no label.
    pub flipped: Option<u64>,
    /// The largest difference; null for text and labels.
    pub largest_absolute: Option<f64>,
    /// The largest difference as a share of the recorded number's size.
    pub largest_relative: Option<f64>,
    /// The largest difference in units in the last place.
    pub largest_ulps: Option<u64>,
    /// The mean difference, without its sign.
    pub mean_absolute: Option<f64>,
    /// The difference in the middle, without its sign.
    pub median_absolute: Option<f64>,
    /// Which input has the largest difference, counted from 1.
    pub largest_at: Option<u64>,
    /// The two numbers that differ most, for messages.
    #[serde(skip)]
    #[schemars(skip)]
    pub largest_pair: Option<[f64; 2]>,
    /// How the values as a whole moved: Kolmogorov–Smirnov and PSI for numbers, chi-square for
    /// labels. None of fewer than thirty values, which say nothing of a distribution.
    pub shifts: Vec<DriftTest>,
    /// Recorded and new values in common bins.
    pub histogram: Option<Histogram>,
    /// Recorded and new values as points, at most two thousand: for the picture.
    #[serde(skip)]
    #[schemars(skip)]
    pub points: Vec<[f64; 2]>,
}

/// An input whose prediction changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedInput {
    /// Which, counted from 1.
    pub input: u64,
    /// The part of the prediction: as [`FieldComparison::path`], with the place in a vector.
    pub path: String,
    /// The recorded value, as JSON text.
    pub before: String,
    /// The new value, as JSON text.
    pub after: String,
    /// Whether its label differs.
    pub flipped: bool,
}

/// A warning of Python's `warnings`, or a line on standard error of a script.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct RaisedWarning {
    /// Its class: `RuntimeWarning`.
    pub category: String,
    /// What it says.
    pub message: String,
}
