//! P-values, corrected for their number.

use holdfast_model::Correction;

use super::real;

/// The corrected p-values, in the order given, each in 0 to 1: an alarm at corrected p ≤ α keeps what
/// the correction promises at α.
///
/// With p₍₁₎ ≤ … ≤ p₍ₖ₎:
///
/// - Benjamini and Hochberg (1995): min over j ≥ i of p₍ⱼ₎·k/j;
/// - Holm (1979): max over j ≤ i of p₍ⱼ₎·(k − j + 1);
/// - Bonferroni: p·k.
pub fn corrected(p_values: &[f64], correction: Correction) -> Vec<f64> {
    let count = p_values.len();
    let mut order: Vec<usize> = (0..count).collect();
    let value = |place: usize| p_values.get(place).copied().unwrap_or(1.0);
    order.sort_by(|one, other| value(*one).total_cmp(&value(*other)));
    let mut result = p_values.to_vec();
    match correction {
        Correction::None => {}
        Correction::Bonferroni => {
            for value in &mut result {
                *value = (*value * real(count)).min(1.0);
            }
        }
        Correction::Holm => {
            let mut largest = 0.0_f64;
            for (rank, place) in order.into_iter().enumerate() {
                largest = largest.max(value(place) * real(count - rank)).min(1.0);
                set(&mut result, place, largest);
            }
        }
        Correction::BenjaminiHochberg => {
            let mut least = 1.0_f64;
            for (rank, place) in order.into_iter().enumerate().rev() {
                // the quotient first: it is 1 for the largest, which then stays as it is
                least = least.min(value(place) * (real(count) / real(rank + 1)));
                set(&mut result, place, least);
            }
        }
    }
    result
}

fn set(result: &mut [f64], place: usize, value: f64) {
    if let Some(slot) = result.get_mut(place) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn corrections_of_an_example_done_by_hand() {
        let p = [0.04, 0.01, 0.03, 0.5];
        let near = |correction, expected: [f64; 4]| {
            let found = corrected(&p, correction);
            let pairs = found.iter().zip(expected);
            assert!(
                pairs
                    .clone()
                    .all(|(one, other)| (one - other).abs() < 1e-15),
                "{found:?}"
            );
        };
        near(Correction::None, p);
        near(Correction::Bonferroni, [0.16, 0.04, 0.12, 1.0]);
        near(Correction::Holm, [0.09, 0.04, 0.09, 0.5]);
        near(
            Correction::BenjaminiHochberg,
            [0.04 * 4.0 / 3.0, 0.04, 0.04 * 4.0 / 3.0, 0.5],
        );
        assert!(corrected(&[], Correction::Holm).is_empty());
    }

    proptest! {
        #[test]
        fn corrected_values_are_no_smaller_and_keep_their_order(
            p in prop::collection::vec(0.0..=1.0_f64, 0..30),
        ) {
            for correction in [Correction::BenjaminiHochberg, Correction::Holm, Correction::Bonferroni] {
                let found = corrected(&p, correction);
                for (one, corrected_one) in p.iter().zip(&found) {
                    prop_assert!(corrected_one >= one && *corrected_one <= 1.0);
                    for (other, corrected_other) in p.iter().zip(&found) {
                        prop_assert!(one > other || corrected_one <= corrected_other);
                    }
                }
            }
        }
    }
}
