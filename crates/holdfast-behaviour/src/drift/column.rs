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
use super::sorted::Sorted;
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
    let finite = real(sample.len() - sample.infinite());
    let mean = some_finite(sum(sample.finite()) / finite);
    let deviation = mean.and_then(|mean| {
        let squares = sum(sample.finite().map(|value| (value - mean) * (value - mean)));
        some_finite((squares / (finite - 1.0)).sqrt())
    });
    let middle = |step| {
        let place = quantile_place(sample.len(), step, 2 * sample.len().max(1))?;
        sample.get(place)
    };
    // of an even number, the mean of both in the middle
    let median = middle(sample.len())
        .zip(middle(sample.len() + 1))
        .and_then(|(low, high)| some_finite(f64::midpoint(low, high)));
    Sample {
        count: sample.len() as u64,
        missing: sample.missing() as u64,
        infinite: sample.infinite() as u64,
        distinct: Some(sample.distinct() as u64),
        minimum: sample.finite().next(),
        median,
        mean,
        standard_deviation: deviation,
        maximum: sample.finite().next_back(),
    }
}

/// The sum, with the rounding of each addition carried along (Neumaier 1974).
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut rest) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = sum + value;
        rest += if sum.abs() >= value.abs() {
            (sum - next) + value
        } else {
            (value - next) + sum
        };
        sum = next;
    }
    sum + rest
}

fn some_finite(value: f64) -> Option<f64> {
    Some(value).filter(|value| value.is_finite())
}
