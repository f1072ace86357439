//! Bins that both samples are counted in, for distances between binned samples.

use super::sorted::{Sorted, key};

/// Bins that hold about as many values of the reference each; the outer two are open to infinity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantileBins {
    /// The greatest key of each bin but the last, ascending.
    limits: Vec<u64>,
}

impl QuantileBins {
    /// At most about `count` bins by the quantiles of the reference, k/count for 0 < k < count, each
    /// the least value up to which there are so many values (type 1 of Hyndman and Fan 1996). A bin
    /// holds its upper limit.
    ///
    /// A value at which two of these quantiles lie is so frequent that it becomes a bin of its own, so
    /// that a column with few values has a bin for each and what lies between or outside is told apart.
    pub fn of(reference: &Sorted, count: usize) -> Self {
        let keys = reference.keys();
        let mut limits = Vec::with_capacity(count);
        let mut last = None;
        for step in 1..count {
            let Some(limit) = quantile_place(keys.len(), step, count)
                .and_then(|place| keys.get(place))
                .copied()
            else {
                continue;
            };
            if last == Some(limit) {
                limits.push(limit.saturating_sub(1));
            }
            limits.push(limit);
            last = Some(limit);
        }
        limits.sort_unstable();
        limits.dedup();
        Self { limits }
    }

    /// How many bins there are.
    pub fn count(&self) -> usize {
        self.limits.len() + 1
    }

    /// How many values each bin has, from the lowest to the highest.
    pub fn counts(&self, sample: &Sorted) -> Vec<u64> {
        let places = self.limits.iter().map(|limit| sample.keys_at_most(*limit));
        between(places, sample.len())
    }
}

/// What lies between the places, of which none is less than the one before, and after the last.
pub(super) fn between(places: impl Iterator<Item = usize>, all: usize) -> Vec<u64> {
    let mut counts = Vec::new();
    let mut before = 0;
    for place in places.chain(std::iter::once(all)) {
        counts.push(place.saturating_sub(before) as u64);
        before = place;
    }
    counts
}

/// The place of the quantile step/of in a sample of so many values, from 0.
pub(super) fn quantile_place(length: usize, step: usize, of: usize) -> Option<usize> {
    let rank = (length as u128 * step as u128).div_ceil(of.max(1) as u128);
    usize::try_from(rank.max(1) - 1)
        .ok()
        .filter(|place| *place < length)
}

/// How many values lie in each of the bins with these edges: a bin holds its lower edge; what lies
/// outside is in the outer bins.
pub(super) fn counts_by_edges(edges: &[f64], sample: &Sorted) -> Vec<u64> {
    let inner = edges
        .get(1..edges.len().saturating_sub(1))
        .unwrap_or_default();
    if edges.is_empty() {
        return Vec::new();
    }
    let places = inner
        .iter()
        .map(|edge| sample.keys_at_most(key(*edge).saturating_sub(1)));
    between(places, sample.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(reference: &[f64], sample: &[f64], bins: usize) -> Vec<u64> {
        QuantileBins::of(&Sorted::new(reference), bins).counts(&Sorted::new(sample))
    }

    #[test]
    fn each_bin_has_its_share_of_the_reference() {
        let reference: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(counts(&reference, &reference, 10), [10; 10]);
        assert_eq!(
            counts(&reference, &[0.0, 10.0, 10.5, 1e300], 10),
            [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
        );
    }

    #[test]
    fn few_values_have_a_bin_each_and_what_is_new_falls_between() {
        let binary = [0.0, 0.0, 0.0, 1.0, 1.0];
        assert_eq!(counts(&binary, &binary, 10), [0, 3, 0, 2, 0]);
        assert_eq!(counts(&binary, &[-1.0, 0.5, 0.5, 2.0], 10), [1, 0, 2, 0, 1]);
        assert_eq!(counts(&[5.0; 9], &[3.0, 5.0], 10), [1, 1, 0]);
    }

    #[test]
    fn infinities_are_in_the_outer_bins() {
        let sample = [f64::NEG_INFINITY, 1.0, f64::INFINITY];
        assert_eq!(counts(&[1.0, 2.0, 3.0, 4.0], &sample, 2), [2, 1]);
        assert_eq!(counts(&[f64::NEG_INFINITY; 3], &sample, 3), [0, 1, 2]);
    }

    #[test]
    fn one_bin_or_an_empty_reference_leaves_all_together() {
        assert_eq!(counts(&[1.0, 2.0], &[1.0, 5.0], 1), [2]);
        assert_eq!(counts(&[], &[1.0, 5.0], 10), [2]);
    }
}
