//! The distribution of Kolmogorov's statistic for a finite sample.
//!
//! Which formula is used where follows Simard and L'Ecuyer (2011), "Computing the Two-Sided
//! Kolmogorov–Smirnov Distribution", with the limits that scipy has, so that its p-values are ours.

use std::f64::consts::PI;

use super::smirnov;

/// The chance that D = sup |Fₙ − F| of a sample of `size` values of a continuous distribution is at
/// least `statistic`. `size` is a whole number from 1 on.
///
/// With t = n·x, exact but for rounding, relative to 10⁻¹⁰:
///
/// - t ≤ 1/2: 1; t ≤ 1: 1 − n!/nⁿ·(2t − 1)ⁿ; t ≥ n − 1: 2(1 − x)ⁿ (Ruben and Gambino 1982);
/// - x ≥ 1/2: twice the one-sided chance, of
///   x·Σ C(n, j)(x + j/n)^(j−1)(1 − x − j/n)^(n−j);
/// - n ≤ 140 and n·x² ≤ 4, or n ≤ 100,000 and n·x^1.5 ≤ 1.4: Durbin's matrix, as Marsaglia, Tsang and
///   Wang (2003) raise it to its power.
///
/// Else approximate:
///
/// - n ≤ 140, or n·x² ≥ 2.2: twice the one-sided chance (Miller 1956), which is too large,
///   relatively, by about the cube of its half; above n = 1,000,000 that is
///   exp(−(6t + 1)²/(18n)), relatively to n·x⁴; from n·x² = 370 on it is 0 for n > 140;
/// - the rest: the expansion of Pelz and Good (1976), absolutely within 3·10⁻⁶ at n = 141, and
///   6·10⁻⁸ at n = 1000.
pub fn kolmogorov_survival(size: u64, statistic: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "sizes are below 2^53")]
    survival(size as f64, statistic)
}

pub(super) fn survival(n: f64, x: f64) -> f64 {
    if x >= 1.0 {
        return 0.0;
    }
    let t = n * x;
    if t <= 0.5 {
        return 1.0;
    }
    let share = if t <= 1.0 {
        1.0 - factorial_share(n) * (2.0 * t - 1.0).powf(n)
    } else if t >= n - 1.0 {
        2.0 * (n * (-x).ln_1p()).exp()
    } else if x >= 0.5 {
        2.0 * smirnov::survival(n, x)
    } else {
        in_the_middle(n, x)
    };
    share.clamp(0.0, 1.0)
}

fn in_the_middle(n: f64, x: f64) -> f64 {
    let spread = n * x * x;
    if n <= 140.0 {
        return if spread <= 4.0 {
            1.0 - durbin(n, x)
        } else {
            2.0 * smirnov::survival(n, x)
        };
    }
    if spread >= 370.0 {
        0.0
    } else if spread >= 2.2 {
        2.0 * smirnov::survival(n, x)
    } else if n <= 100_000.0 && n * x.powf(1.5) <= 1.4 {
        1.0 - durbin(n, x)
    } else {
        1.0 - pelz_good(n, x)
    }
}

/// n!/nⁿ.
fn factorial_share(n: f64) -> f64 {
    (smirnov::stirling(n) - n).exp() * (2.0 * PI * n).sqrt()
}

/// What a number is scaled by, before it is too large or too small.
const SCALE: f64 = f64::from_bits((1023 + 128) << 52);
const SCALE_EXPONENT: i64 = 128;

/// A number a·2^exponent, or a matrix of such.
#[derive(Debug, Clone)]
struct Matrix {
    size: usize,
    rows: Vec<f64>,
    exponent: i64,
}

/// The chance of D ≤ x: with t = k − h and 0 ≤ h < 1, n!/nⁿ times the middle element of Hⁿ, where H
/// has 2k − 1 rows (Marsaglia, Tsang and Wang 2003). No element is negative, so nothing cancels.
fn durbin(n: f64, x: f64) -> f64 {
    let t = n * x;
    let ceiling = t.ceil();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 1 to a few hundreds where this is called"
    )]
    let (k, mut power) = (ceiling as usize, n as u64);
    let mut square = Matrix::durbin(2 * k - 1, ceiling - t);
    let mut result = Matrix::one(2 * k - 1);
    while power > 0 {
        if power % 2 == 1 {
            result = result.times(&square);
        }
        power /= 2;
        if power > 0 {
            square = square.times(&square);
        }
    }
    let middle = result.rows.get((k - 1) * result.size + k - 1);
    let mut share = middle.copied().unwrap_or(0.0);
    let mut exponent = result.exponent;
    let mut factor = 1.0;
    while factor <= n {
        share *= factor / n;
        if share < 1.0 / SCALE {
            share *= SCALE;
            exponent -= SCALE_EXPONENT;
        }
        factor += 1.0;
    }
    let exponent = i32::try_from(exponent).unwrap_or(i32::MIN);
    share * 2.0_f64.powi(exponent.clamp(-1000, 1000))
}

impl Matrix {
    fn one(size: usize) -> Self {
        let place = |index: usize| f64::from(u8::from(index.is_multiple_of(size + 1)));
        Self {
            size,
            rows: (0..size * size).map(place).collect(),
            exponent: 0,
        }
    }

    /// Element (i, j), both from 0, is 1/(i − j + 1)! where that is not negative, else 0; of the first
    /// column and the last row (1 − h^l)/l!, where l counts from 1 towards the corner that both
    /// share; there 1 − 2h^m + max(2h − 1, 0)^m, over m!.
    fn durbin(size: usize, h: f64) -> Self {
        let mut inverse = vec![1.0; size + 1];
        let mut edge = vec![0.0; size + 1];
        let (mut factorial, mut power) = (1.0, 1.0);
        let places = inverse.iter_mut().zip(&mut edge).enumerate().skip(1);
        for (place, (inverse, edge)) in places {
            factorial /= super::real(place);
            power *= h;
            *inverse = factorial;
            *edge = (1.0 - power) * factorial;
        }
        let exponent = i32::try_from(size).unwrap_or(i32::MAX);
        let corner = 1.0 - 2.0 * power + (2.0 * h - 1.0).max(0.0).powi(exponent);
        let element = |row: usize, column: usize| {
            let element = if row + 1 == size {
                edge.get(size - column)
            } else if column == 0 {
                edge.get(row + 1)
            } else {
                (row + 1)
                    .checked_sub(column)
                    .and_then(|place| inverse.get(place))
            };
            element.copied().unwrap_or(0.0)
        };
        let places = (0..size).flat_map(|row| (0..size).map(move |column| (row, column)));
        let mut rows: Vec<f64> = places.map(|(row, column)| element(row, column)).collect();
        if let Some(last) = rows.get_mut((size - 1) * size) {
            *last = corner * factorial;
        }
        Self {
            size,
            rows,
            exponent: 0,
        }
    }

    fn times(&self, other: &Self) -> Self {
        let mut rows = vec![0.0; self.rows.len()];
        let lines = rows
            .chunks_exact_mut(self.size)
            .zip(self.rows.chunks_exact(self.size));
        for (line, factors) in lines {
            for (factor, addends) in factors.iter().zip(other.rows.chunks_exact(self.size)) {
                for (sum, addend) in line.iter_mut().zip(addends) {
                    *sum += factor * addend;
                }
            }
        }
        let mut exponent = self.exponent + other.exponent;
        if rows
            .get(rows.len() / 2)
            .is_some_and(|middle| *middle > SCALE)
        {
            for element in &mut rows {
                *element /= SCALE;
            }
            exponent += SCALE_EXPONENT;
        }
        Self {
            size: self.size,
            rows,
            exponent,
        }
    }
}

/// The chance of D ≤ x by the expansion of Pelz and Good (1976) in powers of 1/√n, with z = x√n; the
/// terms as Simard and L'Ecuyer (2011, section 2.4) print them.
fn pelz_good(size: f64, x: f64) -> f64 {
    let z = size.sqrt() * x;
    let z2 = z * z;
    let z4 = z2 * z2;
    let z6 = z4 * z2;
    // both sums are even in k: half of them, from the smallest addend to the largest
    let most = (16.0 * z / PI).ceil().max(1.0);
    let mut sums = [0.0; 4];
    let mut more = [0.0; 2];
    let mut place = most;
    while place >= 1.0 {
        let p = (PI * (place - 0.5)).powi(2);
        let weight = (-p / (2.0 * z2)).exp();
        let factors = [
            1.0,
            p - z2,
            6.0 * z6 + 2.0 * z4 + p * (2.0 * z4 - 5.0 * z2) + p * p * (1.0 - 2.0 * z2),
            p * p * p * (5.0 - 30.0 * z2)
                + p * p * (212.0 * z4 - 60.0 * z2)
                + p * (135.0 * z4 - 96.0 * z6)
                - 30.0 * z6
                - 90.0 * z4 * z4,
        ];
        for (sum, factor) in sums.iter_mut().zip(factors) {
            *sum += weight * factor;
        }
        let p = (PI * place).powi(2);
        let weight = (-p / (2.0 * z2)).exp();
        for (sum, factor) in more.iter_mut().zip([p, p * (3.0 * z2 - p)]) {
            *sum += weight * factor;
        }
        place -= 1.0;
    }
    let [sum0, sum1, sum2, sum3] = sums;
    let [more2, more3] = more;
    let z3 = z2 * z;
    let expansion = sum0 / z
        + sum1 / (6.0 * z4 * size.sqrt())
        + (sum2 / (72.0 * z4 * z3) - more2 / (36.0 * z3)) / size
        + (sum3 / (6480.0 * z6 * z4) + more3 / (216.0 * z6)) / (size * size.sqrt());
    expansion * (2.0 * PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expansion_is_as_near_the_exact_distribution_as_is_said() {
        for (size, bound) in [(141.0, 3e-6), (1000.0, 6e-8)] {
            let mut worst = 0.0_f64;
            for step in 3_u32..14 {
                let x = f64::from(step) / 10.0 / f64::sqrt(size);
                worst = worst.max((pelz_good(size, x) - durbin(size, x)).abs());
            }
            assert!(worst < bound, "{size}: {worst:e}");
        }
    }

    #[test]
    fn the_survival_falls_from_one_to_zero() {
        for size in [1_u64, 2, 10, 140, 141, 3000, 2_000_000] {
            let mut before = 1.0;
            for step in 0..=400 {
                let found = kolmogorov_survival(size, f64::from(step) / 400.0);
                assert!(found <= before + 1e-6, "{size} {step}: {found} {before}");
                before = found;
            }
            assert!(before <= 0.0);
        }
    }
}
