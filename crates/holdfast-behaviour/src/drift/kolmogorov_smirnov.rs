//! The two-sample test of Kolmogorov and Smirnov.

use super::kolmogorov::survival;
use super::lattice::Lattice;
use super::real;
use super::sorted::Sorted;
use super::walk::Walk;

/// How the p-value is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KsMethod {
    /// Exactly where both samples have at most [`MOST_FOR_EXACT`] values, else asymptotically.
    #[default]
    Auto,
    /// From the exact distribution of D.
    Exact,
    /// From the distribution of the one-sample statistic.
    Asymptotic,
}

/// Up to how many values [`KsMethod::Auto`] is exact, as in scipy.
pub const MOST_FOR_EXACT: usize = 10_000;

/// Above how many lattice points, n·m, there is no exact p-value: it would take seconds.
const MOST_POINTS: usize = 1 << 30;

/// What the test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KsTest {
    /// D = sup |F − G|, in 0 to 1; rounded once, from the quotient of two whole numbers.
    pub statistic: f64,
    /// The chance of a D as large where both samples are of one continuous distribution. With ties
    /// it is too large, never too small.
    pub p_value: f64,
    /// How the p-value was found: never [`KsMethod::Auto`].
    pub method: KsMethod,
}

/// Two-sample Kolmogorov–Smirnov test, two-sided. Nothing where a sample is empty.
///
/// With samples of n and m values and D = sup |F − G| of their empirical distribution functions:
///
/// - *Exact*: of all lattice paths from (0, 0) to (n, m), the share that touches |i/n − j/m| ≥ D
///   (Hodges 1958). The share w(i, j) of the paths to a point is 1 outside, and inside the mean of
///   both points before it, weighted by how many paths come through each:
///   w(i, j) = (i·w(i−1, j) + j·w(i, j−1)) / (i + j). Nothing is subtracted, so the relative error is
///   about (n + m)·10⁻¹⁶, and far below the smallest number nothing underflows. For n = m, the
///   reflections of Gnedenko and Korolyuk (1951) are summed. Where n·m is above 2³⁰ and n ≠ m, it is
///   asymptotic after all; [`KsTest::method`] tells.
/// - *Asymptotic*: the chance that the one-sample statistic of round(nm/(n + m)) values exceeds D, by
///   the algorithms that Simard and L'Ecuyer (2011) choose, as scipy does: see
///   [`kolmogorov_survival`](super::kolmogorov_survival).
///
/// O(n + m) for the statistic; the exact p-value takes at most O(n·m·D).
pub fn ks_two_sample(reference: &Sorted, current: &Sorted, method: KsMethod) -> Option<KsTest> {
    let walk = Walk::through(reference, current)?;
    Some(of_gap(walk.gap, reference.len(), current.len(), method))
}

/// The test of samples of so many values whose largest gap is so many of 1/(n·m).
pub(super) fn of_gap(gap: u64, n: usize, m: usize, method: KsMethod) -> KsTest {
    let exact = match method {
        KsMethod::Auto => n.max(m) <= MOST_FOR_EXACT,
        KsMethod::Exact => n == m || n.saturating_mul(m) <= MOST_POINTS,
        KsMethod::Asymptotic => false,
    };
    let statistic = quotient(gap, n, m);
    if exact {
        return KsTest {
            statistic,
            p_value: Lattice { n, m, gap }.outside(),
            method: KsMethod::Exact,
        };
    }
    let (n, m) = (real(n), real(m));
    // one value on each side would make it the distribution of no value
    let size = (n * m / (n + m)).round_ties_even().max(1.0);
    KsTest {
        statistic,
        p_value: survival(size, statistic),
        method: KsMethod::Asymptotic,
    }
}

fn quotient(gap: u64, n: usize, m: usize) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact below 2^53, rounded once above"
    )]
    let gap = gap as f64;
    gap / (real(n) * real(m))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn test(reference: &[f64], current: &[f64], method: KsMethod) -> Option<KsTest> {
        ks_two_sample(&Sorted::new(reference), &Sorted::new(current), method)
    }

    #[test]
    fn the_method_that_was_used_is_told() {
        let few = test(&[1.0], &[2.0], KsMethod::Auto).unwrap();
        assert_eq!((few.statistic, few.method), (1.0, KsMethod::Exact));
        let many = of_gap(5, MOST_FOR_EXACT + 1, 3, KsMethod::Auto);
        assert_eq!(many.method, KsMethod::Asymptotic);
        let too_many = of_gap(5, 1 << 20, (1 << 20) - 1, KsMethod::Exact);
        assert_eq!(too_many.method, KsMethod::Asymptotic);
        let as_many = of_gap(1 << 35, 1 << 20, 1 << 20, KsMethod::Exact);
        assert_eq!(as_many.method, KsMethod::Exact);
        assert_eq!(test(&[], &[2.0], KsMethod::Auto), None);
    }

    /// Any numbers, with many ties.
    fn numbers() -> impl Strategy<Value = Vec<f64>> {
        let number = prop_oneof![
            3 => (-5_i32..5).prop_map(f64::from),
            2 => -10.0..10.0_f64,
            1 => any::<f64>(),
        ];
        prop::collection::vec(number, 0..40)
    }

    proptest! {
        #[test]
        fn the_statistic_is_the_largest_gap_between_the_distribution_functions(
            reference in numbers(), current in numbers(),
        ) {
            let (one, other) = (Sorted::new(&reference), Sorted::new(&current));
            if let Some(found) = ks_two_sample(&one, &other, KsMethod::Auto) {
                let points = reference.iter().chain(&current);
                let largest = points.map(|x| {
                    let share = |sample: &Sorted| real(sample.at_most(*x)) / real(sample.len());
                    (share(&one) - share(&other)).abs()
                });
                let largest = largest.fold(0.0, f64::max);
                prop_assert!((found.statistic - largest).abs() < 1e-14);
            } else {
                prop_assert!(one.is_empty() || other.is_empty());
            }
        }

        #[test]
        fn it_is_symmetric_in_range_and_blind_to_monotone_changes(
            reference in numbers(), current in numbers(),
        ) {
            for method in [KsMethod::Exact, KsMethod::Asymptotic] {
                let Some(found) = test(&reference, &current, method) else {
                    continue;
                };
                prop_assert!((0.0..=1.0).contains(&found.statistic));
                prop_assert!((0.0..=1.0).contains(&found.p_value));
                let back = test(&current, &reference, method).unwrap();
                prop_assert_eq!(back.statistic.to_bits(), found.statistic.to_bits());
                prop_assert!((back.p_value - found.p_value).abs() <= 1e-13);
                let all: Vec<f64> = reference.iter().chain(&current).copied().collect();
                let all = Sorted::new(&all);
                let ranks = |sample: &[f64]| -> Vec<f64> {
                    sample.iter().map(|x| real(all.at_most(*x))).collect()
                };
                // NaN has rank 0 and would be a value
                if all.missing() > 0 {
                    continue;
                }
                let moved = test(&ranks(&reference), &ranks(&current), method).unwrap();
                prop_assert_eq!(moved.statistic.to_bits(), found.statistic.to_bits());
            }
        }

        #[test]
        fn a_sample_does_not_differ_from_itself(reference in numbers()) {
            if let Some(found) = test(&reference, &reference, KsMethod::Auto) {
                prop_assert!(found.statistic <= 0.0 && found.p_value >= 1.0);
            }
        }
    }
}
