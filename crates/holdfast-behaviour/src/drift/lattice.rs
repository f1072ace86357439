//! The exact distribution of the two-sample Kolmogorov–Smirnov statistic: shares of lattice paths.

use super::real;

/// The order of two samples without ties is a path of n steps to the right and m up, all equally
/// likely where nothing differs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lattice {
    /// Values of the reference.
    pub(super) n: usize,
    /// Current values.
    pub(super) m: usize,
    /// n·m·D.
    pub(super) gap: u64,
}

/// Stands for a share of one, so that shares down to 10⁻⁴⁸⁰ are normal numbers.
const ONE: f64 = f64::from_bits((1023 + 600) << 52);
/// Shares below this are nothing; a denormal number would take a hundred times as long.
const LEAST: f64 = f64::MIN_POSITIVE;

impl Lattice {
    /// The share of paths that reach |i/n − j/m| ≥ D somewhere.
    pub(super) fn outside(self) -> f64 {
        if self.gap == 0 {
            return 1.0;
        }
        let share = if self.n == self.m {
            reflected(
                self.n,
                usize::try_from(self.gap).unwrap_or(usize::MAX) / self.n,
            )
        } else {
            self.by_diagonals()
        };
        share.clamp(0.0, 1.0)
    }

    /// Diagonal after diagonal, i + j = 1, 2, …: the points of one depend on those of the one before
    /// alone, so that a processor does several at once.
    fn by_diagonals(self) -> f64 {
        let steps = self.n + self.m;
        let weights: Vec<f64> = (0..=self.n).map(real).collect();
        // shifted by one, so that there is a place before the first
        let mut before = vec![ONE; self.n + 3];
        let mut after = before.clone();
        if let Some(origin) = before.get_mut(1) {
            *origin = 0.0;
        }
        for step in 1..=steps {
            let Some((from, to)) = self.inside(step) else {
                // every path of this length has been outside
                return 1.0;
            };
            let share = 1.0 / real(step);
            let total = real(step);
            let points = (after.get_mut(from + 1..=to + 1), weights.get(from..=to));
            let sources = (before.get(from..=to), before.get(from + 1..=to + 1));
            if let ((Some(points), Some(weights)), (Some(left), Some(below))) = (points, sources) {
                for (((point, right), left), below) in
                    points.iter_mut().zip(weights).zip(left).zip(below)
                {
                    let mean = (right * left + (total - right) * below) * share;
                    *point = if mean < LEAST { 0.0 } else { mean };
                }
            }
            for border in [from, to + 2] {
                if let Some(border) = after.get_mut(border) {
                    *border = ONE;
                }
            }
            std::mem::swap(&mut before, &mut after);
        }
        before.get(self.n + 1).map_or(1.0, |share| share / ONE)
    }

    /// The first and last i of the points inside on a diagonal: |i·m − j·n| < gap with j = step − i.
    fn inside(self, step: usize) -> Option<(usize, usize)> {
        let (n, m, step, gap) = (
            i128::try_from(self.n).ok()?,
            i128::try_from(self.m).ok()?,
            i128::try_from(step).ok()?,
            i128::from(self.gap),
        );
        // i·(n + m) lies between step·n − gap and step·n + gap, both excluded
        let first = (step * n - gap).div_euclid(n + m) + 1;
        let last = (step * n + gap - 1).div_euclid(n + m);
        let first = first.max(step - m).max(0);
        let last = last.min(step).min(n);
        let found = (usize::try_from(first).ok()?, usize::try_from(last).ok()?);
        (found.0 <= found.1).then_some(found)
    }
}

/// For n = m and D = h/n: 2·Σ (−1)^(k−1) C(2n, n − k·h) / C(2n, n), k ≥ 1, as a Horner scheme over the
/// quotients of successive addends, which are all below 1.
fn reflected(n: usize, h: usize) -> f64 {
    if h == 0 {
        return 1.0;
    }
    let size = real(n);
    let quotient = |k: usize| -> f64 {
        let shifts = (k * h..(k + 1) * h).map(real);
        shifts
            .map(|shift| (size - shift) / (size + shift + 1.0))
            .product()
    };
    let inner = (0..n / h)
        .rev()
        .fold(0.0, |rest, k| quotient(k) * (1.0 - rest));
    2.0 * inner
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every order of two samples, counted one by one.
    fn counted(n: usize, m: usize, gap: u64) -> f64 {
        fn paths(at: (usize, usize), end: (usize, usize), gap: u64, out: bool) -> (u64, u64) {
            let apart = (at.0 * end.1).abs_diff(at.1 * end.0) as u64;
            let out = out || apart >= gap;
            if at == end {
                return (u64::from(out), 1);
            }
            let mut sum = (0, 0);
            for next in [(at.0 + 1, at.1), (at.0, at.1 + 1)] {
                if next.0 <= end.0 && next.1 <= end.1 {
                    let (outside, all) = paths(next, end, gap, out);
                    sum = (sum.0 + outside, sum.1 + all);
                }
            }
            sum
        }
        let (outside, all) = paths((0, 0), (n, m), gap, false);
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        return outside as f64 / all as f64;
    }

    #[test]
    fn shares_are_those_of_all_paths_counted_one_by_one() {
        for (n, m) in [
            (1, 1),
            (1, 2),
            (2, 1),
            (3, 3),
            (4, 6),
            (7, 5),
            (8, 3),
            (1, 9),
            (6, 6),
        ] {
            for gap in 0..=(n * m) as u64 {
                // with n = m only multiples of n occur
                if n == m && gap % n as u64 != 0 {
                    continue;
                }
                let share = Lattice { n, m, gap }.outside();
                let expected = counted(n, m, gap);
                assert!(
                    (share - expected).abs() < 1e-14,
                    "{n} {m} {gap}: {share} {expected}"
                );
            }
        }
    }

    #[test]
    fn both_ways_agree_where_sizes_are_equal() {
        for h in [1, 5, 20, 60, 150, 299, 300] {
            let lattice = Lattice {
                n: 300,
                m: 300,
                gap: h * 300,
            };
            let (one, other) = (lattice.outside(), lattice.by_diagonals());
            assert!(
                (one - other).abs() <= 1e-12 * other + 1e-14,
                "{h}: {one} {other}"
            );
        }
    }

    #[test]
    fn the_smallest_share_is_that_of_the_two_orders_without_overlap() {
        // 2 / C(1030, 500)
        let share = Lattice {
            n: 500,
            m: 530,
            gap: 500 * 530,
        }
        .outside();
        let logarithm: f64 = (1..=500).map(|i| (real(530 + i) / real(i)).ln()).sum();
        assert!((share.ln() - (2.0_f64.ln() - logarithm)).abs() < 1e-10);
        assert!(share > 0.0 && share < 1e-300);
    }
}
