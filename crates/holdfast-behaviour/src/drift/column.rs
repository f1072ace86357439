//! Two samples of one column, compared by all tests of its kind.

use std::collections::BTreeMap;

use holdfast_model::{ColumnKind, DriftTest, DriftTestKind, Histogram, Sample};

use super::bins::{QuantileBins, quantile_place};
use super::chi_square::{Continuity, chi_square};
use super::distance::{jensen_shannon_distance, population_stability_index};
use super::effect::magnitude;
use super::histogram::{category_histogram, number_histogram};
use super::kolmogorov_smirnov::{KsMethod, of_gap};
use super::real;
use super::sorted::{Sorted, number};
use super::walk::Walk;

/// How many bins [`numbers`] counts in where nothing else is wished for: deciles of the reference.
pub const DEFAULT_BINS: usize = 10;

/// Two samples, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What the values are.
    pub kind: ColumnKind,
    /// The reference.
    pub reference: Sample,
    /// The current sample.
    pub current: Sample,
    /// What the tests say, in the order of [`DriftTestKind`]; none where a sample is empty. The
    /// corrected p-values are the plain ones.
    pub tests: Vec<DriftTest>,
    /// Both in common bins.
    pub histogram: Histogram,
}

/// A column of categories, as a table has it: names, and for each row the place of its name, or
/// nothing.
#[derive(Debug, Clone, Copy)]
pub struct Categories<'a> {
    /// The names.
    pub names: &'a [String],
    /// Places in `names`; one beyond its end counts as missing.
    pub codes: &'a [Option<u32>],
}

/// Compares two samples of numbers: Kolmogorov–Smirnov with [`KsMethod::Auto`], PSI and
/// Jensen–Shannon over [`QuantileBins`] of `bins`, Wasserstein.
///
/// NaN is missing. Infinities take part in ranks and bins, and in no mean; with one, there is no
/// Wasserstein distance. Each sample is sorted once, both at once where the thread pool has a second
/// thread.
pub fn numbers(reference: &[f64], current: &[f64], bins: usize) -> Compared {
    let (reference, current) = rayon::join(|| Sorted::new(reference), || Sorted::new(current));
    sorted_numbers(&reference, &current, bins)
}

/// [`numbers`], of samples that are sorted.
pub fn sorted_numbers(reference: &Sorted, current: &Sorted, bins: usize) -> Compared {
    let (of_reference, of_current) = (described(reference), described(current));
    let deviation = of_reference.standard_deviation;
    Compared {
        kind: ColumnKind::Numeric,
        reference: of_reference,
        current: of_current,
        tests: number_tests(reference, current, bins, deviation),
        histogram: number_histogram(reference, current),
    }
}

/// Compares two samples of categories, which are matched by name: chi-square with [`Continuity::Yates`],
/// PSI and Jensen–Shannon over the categories.
pub fn categories(reference: Categories<'_>, current: Categories<'_>) -> Compared {
    let (reference, missing) = counted(reference);
    let (current, currently_missing) = counted(current);
    let mut compared = category_counts(&reference, &current);
    compared.reference.missing = missing;
    compared.current.missing = currently_missing;
    compared
}

/// [`categories`], of samples that are counted: how often each name occurs.
pub fn category_counts(reference: &BTreeMap<&str, u64>, current: &BTreeMap<&str, u64>) -> Compared {
    let mut both: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (name, count) in reference {
        both.entry(name).or_default().0 += count;
    }
    for (name, count) in current {
        both.entry(name).or_default().1 += count;
    }
    both.retain(|_, counts| *counts != (0, 0));
    let table: Vec<(&str, u64, u64)> = both.iter().map(|(name, (n, m))| (*name, *n, *m)).collect();
    let of_reference: Vec<u64> = table.iter().map(|row| row.1).collect();
    let of_current: Vec<u64> = table.iter().map(|row| row.2).collect();
    Compared {
        kind: ColumnKind::Categorical,
        reference: sample_of_counts(&of_reference),
        current: sample_of_counts(&of_current),
        tests: category_tests(&of_reference, &of_current),
        histogram: category_histogram(&table),
    }
}

fn number_tests(
    reference: &Sorted,
    current: &Sorted,
    bins: usize,
    deviation: Option<f64>,
) -> Vec<DriftTest> {
    let Some(walk) = Walk::through(reference, current) else {
        return Vec::new();
    };
    let smirnov = of_gap(walk.gap, reference.len(), current.len(), KsMethod::Auto);
    let bins = QuantileBins::of(reference, bins.max(2));
    let (of_reference, of_current) = (bins.counts(reference), bins.counts(current));
    let distance = walk.area;
    let moved = match (distance, deviation) {
        (Some(0.0), _) => Some(0.0),
        (Some(distance), Some(deviation)) if deviation > 0.0 => Some(distance / deviation),
        _ => None,
    };
    let mut tests = vec![test(
        DriftTestKind::KolmogorovSmirnov,
        Some(smirnov.statistic),
        Some(smirnov.p_value),
        Some(smirnov.statistic),
    )];
    tests.extend(distances(&of_reference, &of_current));
    tests.push(test(DriftTestKind::Wasserstein, distance, None, moved));
    tests
}

fn category_tests(reference: &[u64], current: &[u64]) -> Vec<DriftTest> {
    let Some(chi) = chi_square(&[reference, current], Continuity::Yates) else {
        return Vec::new();
    };
    let mut tests = vec![test(
        DriftTestKind::ChiSquare,
        Some(chi.statistic),
        Some(chi.p_value),
        Some(chi.cramers_v),
    )];
    tests.extend(distances(reference, current));
    tests
}

fn distances(reference: &[u64], current: &[u64]) -> [DriftTest; 2] {
    let index = population_stability_index(reference, current);
    let distance = jensen_shannon_distance(reference, current);
    [
        test(DriftTestKind::PopulationStabilityIndex, index, None, index),
        test(DriftTestKind::JensenShannon, distance, None, distance),
    ]
}

fn test(
    test: DriftTestKind,
    statistic: Option<f64>,
    p_value: Option<f64>,
    effect_size: Option<f64>,
) -> DriftTest {
    let effect_size = effect_size.filter(|size| size.is_finite());
    DriftTest {
        test,
        statistic: statistic.filter(|statistic| statistic.is_finite()),
        p_value,
        adjusted_p_value: p_value,
        effect_size,
        magnitude: effect_size.map_or_else(Default::default, |size| magnitude(test, size)),
    }
}

/// How often each name occurs, and how many rows have none.
fn counted(column: Categories<'_>) -> (BTreeMap<&str, u64>, u64) {
    let mut by_code = vec![0_u64; column.names.len()];
    let mut missing = 0;
    for code in column.codes {
        let slot = code.and_then(|code| by_code.get_mut(usize::try_from(code).ok()?));
        *slot.unwrap_or(&mut missing) += 1;
    }
    let mut counts = BTreeMap::new();
    for (name, count) in column.names.iter().zip(by_code) {
        *counts.entry(name.as_str()).or_default() += count;
    }
    (counts, missing)
}

fn sample_of_counts(counts: &[u64]) -> Sample {
    Sample {
        count: counts.iter().sum(),
        distinct: Some(counts.iter().filter(|count| **count > 0).count() as u64),
        ..Sample::default()
    }
}

/// The least, greatest, mean and standard deviation are those of the finite values.
fn described(sample: &Sorted) -> Sample {
    let (mean, standard_deviation) = moments(sample);
    Sample {
        count: sample.len() as u64,
        missing: sample.missing() as u64,
        infinite: sample.infinite() as u64,
        distinct: Some(sample.distinct() as u64),
        minimum: sample.finite().next(),
        median: median(sample).and_then(some_finite),
        mean,
        standard_deviation,
        maximum: sample.finite().next_back(),
    }
}

/// Of an even number of values, the mean of both in the middle.
fn median(sample: &Sorted) -> Option<f64> {
    let middle = |step| {
        let place = quantile_place(sample.len(), step, 2 * sample.len())?;
        sample.get(place)
    };
    let (low, high) = (middle(sample.len())?, middle(sample.len() + 1)?);
    Some(f64::midpoint(low, high))
}

/// How many addends are summed before they are added to the total.
const BLOCK: usize = 1 << 12;

/// Mean and standard deviation (n − 1) of the finite values, in one pass over what they are apart
/// from a value in the middle. The mean is never further from the median than one standard deviation,
/// so that subtracting its square takes at most half away.
fn moments(sample: &Sorted) -> (Option<f64>, Option<f64>) {
    let finite = sample.finite_keys();
    let Some(centre) = finite.get(finite.len() / 2) else {
        return (None, None);
    };
    let centre = number(*centre);
    let (mut sum, mut squares) = (0.0, 0.0);
    for block in finite.chunks(BLOCK) {
        let (mut of_block, mut squares_of_block) = (0.0, 0.0);
        for key in block {
            let apart = number(*key) - centre;
            of_block += apart;
            squares_of_block += apart * apart;
        }
        sum += of_block;
        squares += squares_of_block;
    }
    let count = real(finite.len());
    let mean = some_finite(centre + sum / count);
    let variance = (squares - sum * sum / count) / (count - 1.0);
    let deviation = some_finite(variance.max(0.0).sqrt()).filter(|_| finite.len() > 1);
    (mean, deviation)
}

fn some_finite(value: f64) -> Option<f64> {
    Some(value).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use holdfast_model::Magnitude;

    use super::*;

    #[test]
    fn a_sample_is_described_by_its_finite_values() {
        let values = [1.0, f64::NAN, 4.0, f64::INFINITY, 2.0, 1.0];
        let found = described(&Sorted::new(&values));
        assert_eq!((found.count, found.missing, found.infinite), (5, 1, 1));
        assert_eq!((found.minimum, found.maximum), (Some(1.0), Some(4.0)));
        assert_eq!((found.median, found.mean), (Some(2.0), Some(2.0)));
        assert_eq!(found.distinct, Some(4));
        // squares 1, 4, 0, 1
        assert_eq!(found.standard_deviation, Some(2.0_f64.sqrt()));
    }

    #[test]
    fn one_value_has_no_deviation_and_none_no_mean() {
        let one = described(&Sorted::new(&[3.0]));
        assert_eq!(
            (one.mean, one.median, one.standard_deviation),
            (Some(3.0), Some(3.0), None)
        );
        assert_eq!(
            described(&Sorted::new(&[])),
            Sample {
                distinct: Some(0),
                ..Sample::default()
            }
        );
    }

    #[test]
    fn a_small_deviation_far_from_zero_is_not_rounded_away() {
        let values: Vec<f64> = (0..1000).map(|i| 1e9 + f64::from(i % 2)).collect();
        let found = described(&Sorted::new(&values)).standard_deviation.unwrap();
        assert!((found - (0.25_f64 * 1000.0 / 999.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn numbers_have_all_four_tests_in_their_order() {
        let reference: Vec<f64> = (0..1000).map(f64::from).collect();
        let current: Vec<f64> = (0..500).map(|i| f64::from(i) + 900.0).collect();
        let found = numbers(&reference, &current, DEFAULT_BINS);
        let kinds: Vec<_> = found.tests.iter().map(|test| test.test).collect();
        let expected = [
            DriftTestKind::KolmogorovSmirnov,
            DriftTestKind::PopulationStabilityIndex,
            DriftTestKind::JensenShannon,
            DriftTestKind::Wasserstein,
        ];
        assert_eq!(kinds, expected);
        assert!(
            found
                .tests
                .iter()
                .all(|test| test.magnitude == Magnitude::Large)
        );
        assert!(found.tests[0].p_value.unwrap() < 1e-100);
        // both means are so far apart, and no value has to go back
        let moved = found.tests[3].statistic.unwrap();
        assert!((moved - (900.0 + 249.5 - 499.5)).abs() < 1e-9);
    }

    #[test]
    fn an_infinity_takes_the_wasserstein_distance_alone() {
        let found = numbers(&[1.0, 2.0], &[1.0, f64::INFINITY], DEFAULT_BINS);
        assert_eq!(found.tests[3].statistic, None);
        assert_eq!(found.tests[3].magnitude, Magnitude::Negligible);
        assert_eq!(found.tests[0].statistic, Some(0.5));
    }

    #[test]
    fn an_empty_sample_has_no_tests() {
        assert!(numbers(&[f64::NAN], &[1.0], DEFAULT_BINS).tests.is_empty());
        let names = ["a".to_owned()];
        let empty = Categories {
            names: &names,
            codes: &[None],
        };
        let full = Categories {
            names: &names,
            codes: &[Some(0)],
        };
        let found = categories(empty, full);
        assert!(found.tests.is_empty());
        assert_eq!((found.reference.missing, found.current.count), (1, 1));
    }

    #[test]
    fn categories_are_matched_by_name() {
        let (one, other) = (
            ["a".to_owned(), "b".to_owned()],
            ["b".to_owned(), "a".to_owned()],
        );
        let reference = Categories {
            names: &one,
            codes: &[Some(0), Some(0), Some(1), None],
        };
        let current = Categories {
            names: &other,
            codes: &[Some(1), Some(1), Some(0)],
        };
        let found = categories(reference, current);
        assert_eq!(found.histogram.categories, ["a", "b"]);
        assert_eq!(found.histogram.reference, found.histogram.current);
        assert_eq!(found.tests[0].p_value, Some(1.0));
        assert_eq!(found.tests[1].statistic, Some(0.0));
    }

    #[test]
    fn a_constant_that_moves_has_no_deviation_to_be_measured_by() {
        let found = numbers(&[5.0; 20], &[3.0; 20], DEFAULT_BINS);
        assert_eq!(found.tests[3].statistic, Some(2.0));
        assert_eq!(found.tests[3].effect_size, None);
        assert_eq!(found.tests[1].magnitude, Magnitude::Large);
    }
}
