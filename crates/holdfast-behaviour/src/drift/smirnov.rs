//! Smirnov's distribution: that of the one-sided statistic sup (Fₙ − F), for a finite sample.

use std::f64::consts::PI;

/// Above this there is only the asymptotic formula, as in scipy: the sum has n terms.
const MOST_SUMMED: f64 = 1e6;

/// The chance that the statistic is at least x, in 0 to 1, for a sample of n values.
///
/// x·Σ C(n, j)(x + j/n)^(j−1)(1 − x − j/n)^(n−j) over 0 ≤ j ≤ n(1 − x) (Birnbaum and Tingey 1951). Each
/// addend is a binomial probability of j of n over x + j/n, found from Stirling's remainder and
/// deviances as Loader (2000) does, so that it is exact to 10⁻¹³ also where n is large; all are
/// positive. Above a million, exp(−(6nx + 1)²/(18n)).
pub(super) fn survival(n: f64, x: f64) -> f64 {
    if n > MOST_SUMMED {
        let root = 6.0 * n * x + 1.0;
        return (-root * root / (18.0 * n)).exp();
    }
    let t = n * x;
    let of_n = stirling(n);
    let mut sum = (n * (-x).ln_1p()).exp();
    let mut j = 1.0;
    while j < n - t {
        let rest = n - j;
        let deviance = j * ln_1p_less_itself(t / j) + rest * ln_1p_less_itself(-t / rest);
        // e^-745 is the least number that is not 0
        if deviance > -746.0 {
            let remainder = of_n - stirling(j) - stirling(rest);
            let density = (n / (2.0 * PI * j * rest)).sqrt();
            sum += (deviance + remainder).exp() * density * (t / (t + j));
        }
        j += 1.0;
    }
    sum
}

/// ln n! − ln(√(2πn)·(n/e)ⁿ) for a whole number from 1 on: what Stirling's formula leaves.
pub(super) fn stirling(n: f64) -> f64 {
    if n >= 16.0 {
        let square = 1.0 / (n * n);
        // B₂ₖ / (2k(2k − 1)n^(2k−1)); the next is below 10⁻¹⁶
        let series = 1.0 / 1680.0 - square / 1188.0;
        let series = 1.0 / 360.0 - square * (1.0 / 1260.0 - square * series);
        return (1.0 / 12.0 - square * series) / n;
    }
    let mut factorial = 1.0;
    let mut factor = 2.0;
    while factor <= n {
        factorial *= factor;
        factor += 1.0;
    }
    f64::ln(factorial) - (n + 0.5) * n.ln() + n - 0.5 * (2.0 * PI).ln()
}

/// ln(1 + u) − u without cancellation: with r = u/(2 + u), ln(1 + u) = 2·artanh r, and 2r − u = −r·u.
fn ln_1p_less_itself(u: f64) -> f64 {
    if u.abs() > 0.2 {
        return u.ln_1p() - u;
    }
    let r = u / (2.0 + u);
    let y = r * r;
    // y ≤ 1/81: the next term is below 10⁻¹⁷ of the sum
    let series = 1.0 / 15.0 + y * (1.0 / 17.0);
    let series = 1.0 / 9.0 + y * (1.0 / 11.0 + y * (1.0 / 13.0 + y * series));
    let series = y * (1.0 / 3.0 + y * (1.0 / 5.0 + y * (1.0 / 7.0 + y * series)));
    r * (2.0 * series - u)
}
