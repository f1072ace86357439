//! A report together with what the judge says of it, in one document.

use holdfast_model::{Evaluation, Finding, Gap, Histogram, Summary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A report, with the keys of `holdfast/evaluation/1` beside its own: a program that reads findings
/// reads them here too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judged<T> {
    /// The report.
    #[serde(flatten)]
    pub report: T,
    /// The findings, sorted by file, line, column, rule and subject.
    pub findings: Vec<Finding>,
    /// What could not be looked at, sorted.
    pub not_evaluated: Vec<Gap>,
    /// The counts.
    pub summary: Summary,
}

impl<T> Judged<T> {
    /// `report` with what `evaluation` says of it.
    pub(crate) fn new(report: T, evaluation: &Evaluation) -> Self {
        Self {
            report,
            findings: evaluation.findings.clone(),
            not_evaluated: evaluation.not_evaluated.clone(),
            summary: evaluation.summary,
        }
    }
}

/// `value` as JSON can write it: the largest number for an infinite one, 0 for what is no number.
pub(crate) fn finite(value: f64) -> f64 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(f64::MIN, f64::MAX)
    }
}

/// Makes the edges of a histogram finite.
pub(crate) fn make_finite(histogram: &mut Histogram) {
    for edge in &mut histogram.edges {
        *edge = finite(*edge);
    }
}
