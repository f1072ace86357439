//! How values moved as a whole, and what is drawn of them.

use std::collections::BTreeMap;

use holdfast_model::{DriftTest, DriftTestKind, Histogram};

use crate::drift::{self, DEFAULT_BINS};

/// More points than this make no clearer picture.
const POINTS: usize = 2_000;

/// Fewer values than this say nothing of a distribution: on a handful, PSI is large by chance.
const FEWEST: usize = 30;

/// How numbers moved as a whole, by Kolmogorov–Smirnov and PSI, and both in common bins.
pub(super) fn of_numbers(before: &[f64], after: &[f64]) -> (Vec<DriftTest>, Option<Histogram>) {
    let compared = drift::numbers(before, after, DEFAULT_BINS);
    let wanted = [
        DriftTestKind::KolmogorovSmirnov,
        DriftTestKind::PopulationStabilityIndex,
    ];
    (
        only(compared.tests, &wanted, before.len()),
        Some(compared.histogram),
    )
}

/// How often each label is predicted, before and now, by chi-square.
pub(super) fn of_labels(pairs: &[(String, String)]) -> (Vec<DriftTest>, Option<Histogram>) {
    let mut before: BTreeMap<&str, u64> = BTreeMap::new();
    let mut after = before.clone();
    for (old, new) in pairs {
        *before.entry(old).or_default() += 1;
        *after.entry(new).or_default() += 1;
    }
    let compared = drift::category_counts(&before, &after);
    let wanted = [DriftTestKind::ChiSquare];
    (
        only(compared.tests, &wanted, pairs.len()),
        Some(compared.histogram),
    )
}

fn only(mut tests: Vec<DriftTest>, wanted: &[DriftTestKind], values: usize) -> Vec<DriftTest> {
    tests.retain(|test| values >= FEWEST && wanted.contains(&test.test));
    tests
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
