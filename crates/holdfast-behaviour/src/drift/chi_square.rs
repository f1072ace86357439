//! Pearson's chi-square test of a contingency table.

use super::real;

/// Whether the statistic is corrected for continuity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Continuity {
    /// Yates (1934), at one degree of freedom only, as scipy does: each difference between observed
    /// and expected shrinks by 1/2, at most to 0.
    #[default]
    Yates,
    /// Not at all.
    Uncorrected,
}

/// What the test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquareTest {
    /// χ² = Σ (observed − expected)² / expected.
    pub statistic: f64,
    /// Degrees of freedom: (rows − 1)(columns − 1).
    pub degrees: usize,
    /// The chance of a χ² as large where rows and columns are independent; an approximation that
    /// wants expected counts of five or more in most cells (Cochran 1954).
    pub p_value: f64,
    /// Cramér's V = √(χ² / (N·(min(rows, columns) − 1))), of the uncorrected χ², in 0 to 1; 0 where a
    /// table has one row or one column.
    pub cramers_v: f64,
}

/// Chi-square test of independence of a table of counts, given row by row; of homogeneity, where each
/// row is a sample and each column a category.
///
/// Nothing where the table has no cell, rows of different lengths, or a row or a column without a
/// count, for which nothing can be expected. One row or column has no degree of freedom: χ² is 0 and
/// p is 1. Statistic and p-value are exact to about 10⁻¹³, relatively.
pub fn chi_square(table: &[&[u64]], continuity: Continuity) -> Option<ChiSquareTest> {
    let columns = table.first()?.len();
    let mut column_sums = vec![0.0; columns];
    let mut row_sums = Vec::with_capacity(table.len());
    for row in table {
        if row.len() != columns {
            return None;
        }
        let mut sum = 0.0;
        for (cell, column) in row.iter().zip(&mut column_sums) {
            sum += count(*cell);
            *column += count(*cell);
        }
        row_sums.push(sum);
    }
    if columns == 0 || row_sums.iter().chain(&column_sums).any(|sum| *sum == 0.0) {
        return None;
    }
    let total: f64 = row_sums.iter().sum();
    let degrees = (table.len() - 1) * (columns - 1);
    let shrink = match continuity {
        Continuity::Yates if degrees == 1 => 0.5,
        Continuity::Yates | Continuity::Uncorrected => 0.0,
    };
    let (mut statistic, mut uncorrected) = (0.0, 0.0);
    for (row, row_sum) in table.iter().zip(&row_sums) {
        for (cell, column_sum) in row.iter().zip(&column_sums) {
            let expected = row_sum * column_sum / total;
            let apart = (count(*cell) - expected).abs();
            uncorrected += apart * apart / expected;
            let apart = (apart - shrink).max(0.0);
            statistic += apart * apart / expected;
        }
    }
    let smaller = table.len().min(columns) - 1;
    let cramers_v = if smaller == 0 {
        0.0
    } else {
        (uncorrected / (total * real(smaller))).sqrt().min(1.0)
    };
    Some(ChiSquareTest {
        statistic: if degrees == 0 { 0.0 } else { statistic },
        degrees,
        p_value: chi_square_survival(statistic, degrees),
        cramers_v,
    })
}

/// The chance that a chi-square variable of so many degrees of freedom is at least `statistic`; 1 for
/// none.
///
/// With h = statistic/2 and s in steps of one up to degrees/2 − 1, it is Σ hˢ·e^(−h)/Γ(s + 1): from
/// s = 0 where the degrees are even; from s = 1/2 where they are odd, and then erfc(√h) is added
/// (Abramowitz and Stegun 26.4.4, 26.4.5). All addends are positive, and summing begins with the
/// largest: relatively exact to 10⁻¹², down to 10⁻³⁰⁰.
pub fn chi_square_survival(statistic: f64, degrees: usize) -> f64 {
    if degrees == 0 || statistic <= 0.0 {
        return 1.0;
    }
    let h = statistic / 2.0;
    let first = if degrees.is_multiple_of(2) { 0.0 } else { 0.5 };
    let mut sum = if first == 0.0 {
        0.0
    } else {
        libm::erfc(h.sqrt())
    };
    let last = real(degrees) / 2.0 - 1.0;
    if last >= first {
        // the addends rise up to s = h
        let largest = last.min(first + (h - first).max(0.0).floor());
        let largest_addend = (largest * h.ln() - h - libm::lgamma(largest + 1.0)).exp();
        let mut addend = largest_addend;
        let mut s = largest;
        while s >= first && addend > sum * 1e-20 {
            sum += addend;
            addend *= s / h;
            s -= 1.0;
        }
        addend = largest_addend;
        s = largest + 1.0;
        while s <= last && addend > sum * 1e-20 {
            addend *= h / s;
            sum += addend;
            s += 1.0;
        }
    }
    sum.min(1.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
fn count(cell: u64) -> f64 {
    cell as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_category_has_nothing_to_differ_in() {
        let test = chi_square(&[&[10], &[20]], Continuity::Yates).unwrap();
        let found = (test.statistic, test.degrees, test.p_value, test.cramers_v);
        assert_eq!(found, (0.0, 0, 1.0, 0.0));
    }

    #[test]
    fn separated_samples_have_the_largest_effect() {
        let test = chi_square(&[&[10, 0, 7], &[0, 9, 0]], Continuity::Yates).unwrap();
        assert!((test.cramers_v - 1.0).abs() < 1e-15);
    }

    #[test]
    fn what_has_no_expectation_is_not_tested() {
        assert_eq!(chi_square(&[], Continuity::Yates), None);
        assert_eq!(chi_square(&[&[], &[]], Continuity::Yates), None);
        assert_eq!(chi_square(&[&[1, 0], &[2, 0]], Continuity::Yates), None);
        assert_eq!(chi_square(&[&[1, 2], &[0, 0]], Continuity::Yates), None);
        assert_eq!(chi_square(&[&[1, 2], &[1]], Continuity::Yates), None);
    }

    #[test]
    fn the_correction_takes_no_difference_below_nothing() {
        let test = chi_square(&[&[10, 10], &[11, 10]], Continuity::Yates).unwrap();
        assert_eq!((test.statistic, test.p_value), (0.0, 1.0));
        assert!(test.cramers_v > 0.0);
    }
}
