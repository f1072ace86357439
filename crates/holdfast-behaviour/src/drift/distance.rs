//! Distances between two samples that were counted in the same bins.

/// A share of a bin that is less counts as this in [`population_stability_index`], so that an empty
/// bin does not make it infinite.
pub const LEAST_SHARE: f64 = 1e-4;

/// Population stability index: Σ (q − p)·ln(q/p) over the bins' shares p of the reference and q of the
/// current sample, each taken as at least [`LEAST_SHARE`]; the symmetric divergence of Kullback and
/// Leibler (Jeffreys 1946) in nats, as credit scoring uses it (Siddiqi 2006).
///
/// 0 where the shares are the same, never negative, at most 9.3 for each bin that one side has and the
/// other has not. Nothing where a sample is empty or both have another number of bins.
pub fn population_stability_index(reference: &[u64], current: &[u64]) -> Option<f64> {
    let shares = shares(reference, current)?;
    Some(shares.map(|(p, q)| stability(p, q)).sum())
}

/// Jensen–Shannon distance to base 2: √(½·KL(p‖m) + ½·KL(q‖m)) with m = (p + q)/2 (Endres and
/// Schindelin 2003), in 0 to 1, where 1 means that no bin has values of both samples.
///
/// Each bin's part is taken from u = (p − q)/(p + q) as m·((1 + u)·lb(1 + u) + (1 − u)·lb(1 − u))/2,
/// so that nothing cancels: exact to about 10⁻¹⁶ also for samples that are nearly alike, where the
/// logarithms of the textbook's sum leave 10⁻⁸.
/// Nothing where a sample is empty or both have another number of bins.
pub fn jensen_shannon_distance(reference: &[u64], current: &[u64]) -> Option<f64> {
    let shares = shares(reference, current)?;
    let divergence: f64 = shares.map(|(p, q)| part(p, q)).sum();
    Some((divergence / std::f64::consts::LN_2).sqrt().min(1.0))
}

fn stability(p: f64, q: f64) -> f64 {
    let (p, q) = (p.max(LEAST_SHARE), q.max(LEAST_SHARE));
    (q - p) * (q / p).ln()
}

/// A bin's part of the divergence in nats.
fn part(p: f64, q: f64) -> f64 {
    let both = p + q;
    if both == 0.0 {
        return 0.0;
    }
    let u = (p - q).abs() / both;
    let twice = if p == 0.0 || q == 0.0 {
        2.0 * std::f64::consts::LN_2
    } else if u > 0.5 {
        (1.0 + u) * u.ln_1p() + (1.0 - u) * (-u).ln_1p()
    } else {
        (-u * u).ln_1p() + 2.0 * u * u.atanh()
    };
    both / 4.0 * twice
}

/// The shares of each bin, of both.
fn shares<'a>(
    reference: &'a [u64],
    current: &'a [u64],
) -> Option<impl Iterator<Item = (f64, f64)> + 'a> {
    let (n, m): (u64, u64) = (reference.iter().sum(), current.iter().sum());
    if n == 0 || m == 0 || reference.len() != current.len() {
        return None;
    }
    let bins = reference.iter().zip(current);
    Some(bins.map(move |(one, other)| (share(*one, n), share(*other, m))))
}

#[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
fn share(count: u64, all: u64) -> f64 {
    count as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_shares_are_no_distance_apart() {
        let (one, twice) = ([1, 2, 0, 5], [2, 4, 0, 10]);
        assert_eq!(population_stability_index(&one, &twice), Some(0.0));
        assert_eq!(jensen_shannon_distance(&one, &twice), Some(0.0));
    }

    #[test]
    fn an_empty_bin_is_not_infinitely_far() {
        let index = population_stability_index(&[1, 0], &[0, 1]).unwrap();
        let one: f64 = (1.0 - LEAST_SHARE) * (1.0 / LEAST_SHARE).ln();
        assert!((index - 2.0 * one).abs() < 1e-12);
        assert_eq!(jensen_shannon_distance(&[1, 0], &[0, 1]), Some(1.0));
    }

    #[test]
    fn nothing_is_compared_with_an_empty_sample() {
        assert_eq!(population_stability_index(&[1], &[0]), None);
        assert_eq!(jensen_shannon_distance(&[], &[]), None);
        assert_eq!(jensen_shannon_distance(&[1], &[1, 2]), None);
    }

    #[test]
    fn the_divergence_of_near_shares_is_half_the_square_of_their_difference() {
        // the first term of the series in u: each bin gives m·u²/2
        let near = jensen_shannon_distance(&[50_000_000, 50_000_000], &[50_000_001, 49_999_999]);
        let expected = 1e-8 / (8.0 * std::f64::consts::LN_2).sqrt() * 2.0;
        assert!(
            (near.unwrap() / expected - 1.0).abs() < 1e-8,
            "{near:?} {expected}"
        );
    }

    proptest! {
        #[test]
        fn distances_are_symmetric_and_in_range(
            bins in prop::collection::vec((0_u64..1000, 0_u64..1000), 1..20),
        ) {
            let (one, other): (Vec<_>, Vec<_>) = bins.into_iter().unzip();
            let index = population_stability_index(&one, &other);
            let distance = jensen_shannon_distance(&one, &other);
            prop_assert_eq!(index.is_some(), distance.is_some());
            if let (Some(index), Some(distance)) = (index, distance) {
                prop_assert!(index >= 0.0 && (0.0..=1.0).contains(&distance));
                let back = population_stability_index(&other, &one).unwrap();
                prop_assert!((back - index).abs() <= 1e-13 * index);
                prop_assert_eq!(jensen_shannon_distance(&other, &one), Some(distance));
            }
        }
    }
}
