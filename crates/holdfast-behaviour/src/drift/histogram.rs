//! Both samples in common bins, for pictures.

use holdfast_model::Histogram;

use super::bins::{counts_by_edges, quantile_place};
use super::real;
use super::sorted::Sorted;

/// At most so many bins for numbers.
const MOST_BINS: usize = 30;
/// At most so many categories by name; `…` stands for all others.
const MOST_CATEGORIES: usize = 20;

/// Equally wide bins over what both samples have between their 0.5 % and 99.5 % quantiles, at most
/// 30, fewer for small samples (√(n + m)); what lies outside, infinities too, is in the outer bins.
///
/// Where all values are whole numbers within a span of less than 30, each has a bin of its own around
/// it. Without a finite value there are no bins.
pub fn number_histogram(reference: &Sorted, current: &Sorted) -> Histogram {
    let edges = edges(reference, current);
    Histogram {
        reference: counts_by_edges(&edges, reference),
        current: counts_by_edges(&edges, current),
        edges,
        categories: Vec::new(),
    }
}

/// The categories with their counts in the reference and now, most frequent in the reference first,
/// then most frequent now, then by name; the first twenty, and `…`.
pub fn category_histogram(counts: &[(&str, u64, u64)]) -> Histogram {
    let mut ordered = counts.to_vec();
    ordered.sort_by(|one, other| {
        let frequency = (other.1, other.2).cmp(&(one.1, one.2));
        frequency.then_with(|| one.0.cmp(other.0))
    });
    let mut histogram = Histogram::default();
    let shown = ordered.len().min(MOST_CATEGORIES);
    let (named, rest) = ordered.split_at(shown);
    let others = rest
        .iter()
        .fold((0, 0), |sum, other| (sum.0 + other.1, sum.1 + other.2));
    let others = (!rest.is_empty()).then_some(("…", others.0, others.1));
    for (name, reference, current) in named.iter().copied().chain(others) {
        histogram.categories.push(name.to_owned());
        histogram.reference.push(reference);
        histogram.current.push(current);
    }
    histogram
}

fn edges(reference: &Sorted, current: &Sorted) -> Vec<f64> {
    if let Some(edges) = edges_around_whole_numbers(reference, current) {
        return edges;
    }
    let spans = [reference, current].map(span);
    let mut spans = spans.into_iter().flatten();
    let Some((mut low, mut high)) = spans.next() else {
        return Vec::new();
    };
    if let Some((other_low, other_high)) = spans.next() {
        low = low.min(other_low);
        high = high.max(other_high);
    }
    let narrow = low.abs().max(high.abs()) * 1e-12;
    if high - low <= narrow {
        let margin = (low.abs() * 1e-3).max(0.5);
        return vec![(low - margin).max(-f64::MAX), (high + margin).min(f64::MAX)];
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a square root of a count is a count"
    )]
    let bins = real(reference.len() + current.len()).sqrt().ceil() as usize;
    let bins = bins.clamp(1, MOST_BINS);
    // the difference of two numbers may be too large for one
    let width = high / real(bins) - low / real(bins);
    let inner = (1..bins).map(|bin| low + width * real(bin));
    std::iter::once(low).chain(inner).chain([high]).collect()
}

/// Each whole number from the least to the greatest with half of one to each side; nothing where a
/// finite value is no whole number, or they are too many.
fn edges_around_whole_numbers(reference: &Sorted, current: &Sorted) -> Option<Vec<f64>> {
    let ends = [reference, current].map(|sample| {
        let mut finite = sample.finite();
        let low = finite.next()?;
        Some((low, finite.next_back().unwrap_or(low)))
    });
    let mut ends = ends.into_iter().flatten();
    let first = ends.next()?;
    let (low, high) = ends.fold(first, |sum, end| (sum.0.min(end.0), sum.1.max(end.1)));
    let few = high - low < real(MOST_BINS) && low.abs().max(high.abs()) < 1e15;
    if !few
        || [reference, current]
            .iter()
            .any(|sample| sample.finite().any(|value| value.fract() != 0.0))
    {
        return None;
    }
    let count = MOST_BINS + 1;
    let edges = (0..=count).map(|step| low - 0.5 + real(step));
    Some(edges.take_while(|edge| *edge <= high + 0.5).collect())
}

/// The 0.5 % and 99.5 % quantiles of the finite values.
fn span(sample: &Sorted) -> Option<(f64, f64)> {
    let before = sample.at_most(f64::NEG_INFINITY);
    let finite = sample.len() - sample.infinite();
    let low = quantile_place(finite, 5, 1000)?;
    let high = quantile_place(finite, 995, 1000)?;
    Some((sample.get(before + low)?, sample.get(before + high)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn histogram(reference: &[f64], current: &[f64]) -> Histogram {
        number_histogram(&Sorted::new(reference), &Sorted::new(current))
    }

    #[test]
    fn whole_numbers_have_a_bin_each() {
        let found = histogram(&[1.0, 2.0, 2.0], &[4.0, f64::INFINITY]);
        assert_eq!(found.edges, [0.5, 1.5, 2.5, 3.5, 4.5]);
        assert_eq!(found.reference, [1, 2, 0, 0]);
        assert_eq!(found.current, [0, 0, 0, 2]);
    }

    #[test]
    fn an_outlier_does_not_flatten_the_picture() {
        let mut reference: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        reference.push(1e9);
        let found = histogram(&reference, &reference);
        assert_eq!(found.edges.len(), 31);
        assert!(*found.edges.last().unwrap() < 1.0);
        assert_eq!(found.reference.iter().sum::<u64>(), 1001);
        assert!(
            found.reference.iter().all(|count| (30..42).contains(count)),
            "{found:?}"
        );
    }

    #[test]
    fn without_a_finite_value_there_are_no_bins() {
        assert_eq!(histogram(&[f64::INFINITY], &[]), Histogram::default());
        assert_eq!(histogram(&[], &[]), Histogram::default());
        let one = histogram(&[], &[0.25]);
        assert_eq!(
            (one.edges.len(), one.reference, one.current),
            (2, vec![0], vec![1])
        );
    }

    #[test]
    fn frequent_categories_come_first_and_the_rest_is_one() {
        let names: Vec<String> = (0..25).map(|number| format!("c{number:02}")).collect();
        let mut counts: Vec<(&str, u64, u64)> =
            names.iter().map(|name| (name.as_str(), 1, 2)).collect();
        counts.push(("often", 9, 0));
        let found = category_histogram(&counts);
        assert_eq!(found.categories.len(), 21);
        assert_eq!(found.categories[0], "often");
        assert_eq!(found.categories[1], "c00");
        assert_eq!(found.categories[20], "…");
        assert_eq!((found.reference[20], found.current[20]), (6, 12));
    }

    proptest! {
        #[test]
        fn every_value_is_in_a_bin_and_edges_ascend(
            reference in prop::collection::vec(any::<f64>(), 0..40),
            current in prop::collection::vec(prop_oneof![-3.0..3.0_f64, any::<f64>()], 0..40),
        ) {
            let (reference, current) = (Sorted::new(&reference), Sorted::new(&current));
            let found = number_histogram(&reference, &current);
            if found.edges.is_empty() {
                prop_assert_eq!(reference.finite().chain(current.finite()).count(), 0);
            } else {
                prop_assert!(found.edges.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", found);
                prop_assert!(found.edges.iter().all(|edge| edge.is_finite()));
                prop_assert_eq!(found.reference.len() + 1, found.edges.len());
                prop_assert_eq!(found.reference.iter().sum::<u64>(), reference.len() as u64);
                prop_assert_eq!(found.current.iter().sum::<u64>(), current.len() as u64);
            }
        }
    }
}
