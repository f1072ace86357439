//! How values moved as a whole, and what is drawn of them.

use holdfast_model::{DriftTest, Histogram};

/// More points than this make no clearer picture.
const POINTS: usize = 2_000;

/// How numbers moved as a whole, and both in common bins.
pub(super) fn of_numbers(_before: &[f64], _after: &[f64]) -> (Vec<DriftTest>, Option<Histogram>) {
    (Vec::new(), None)
}

/// How often each label is predicted, before and now.
pub(super) fn of_labels(_pairs: &[(String, String)]) -> (Vec<DriftTest>, Option<Histogram>) {
    (Vec::new(), None)
}

/// Points of recorded and new values; of many, as many as make a picture, evenly chosen.
pub(super) fn points(before: &[f64], after: &[f64]) -> Vec<[f64; 2]> {
    let finite: Vec<[f64; 2]> = before
        .iter()
        .zip(after)
        .filter(|(before, after)| before.is_finite() && after.is_finite())
        .map(|(before, after)| [*before, *after])
        .collect();
    let step = finite.len().div_ceil(POINTS).max(1);
    finite.into_iter().step_by(step).collect()
}
