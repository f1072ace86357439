//! What a cell of text says: nothing, a number, or a text.

/// Texts that stand for no value; a NaN in any spelling is none either.
const MISSING: [&str; 12] = [
    "", "NA", "N/A", "n/a", "#N/A", "<NA>", "NULL", "Null", "null", "None", "NaT", "#NA",
];

/// Whether a cell has no value.
pub(super) fn is_missing(cell: &str) -> bool {
    let cell = trimmed(cell);
    MISSING.contains(&cell)
        || cell
            .strip_prefix(['-', '+'])
            .unwrap_or(cell)
            .eq_ignore_ascii_case("nan")
}

/// The number that a cell says, to the nearest double, if it says one: digits with a point, an
/// exponent, a sign, and `inf` or `infinity`. NaN is no number here.
pub(super) fn number(cell: &str) -> Option<f64> {
    let number: f64 = trimmed(cell).parse().ok()?;
    (!number.is_nan()).then_some(number)
}

/// Without blanks around it, as after the commas of `1, 2, 3`.
pub(super) fn trimmed(cell: &str) -> &str {
    cell.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_are_told_from_texts() {
        for cell in [
            "", " ", "NA", " NA", "nan", "NaN", "-nan", "None", "null", "<NA>",
        ] {
            assert!(is_missing(cell), "{cell:?}");
            assert_eq!(number(cell), None, "{cell:?}");
        }
        for cell in ["none", "0", "-", "?", "Na", "Nan1", "unknown"] {
            assert!(!is_missing(cell), "{cell:?}");
        }
    }

    #[test]
    fn numbers_are_read_to_the_nearest_double() {
        let exactly = |cell: &str| number(cell).map(f64::to_bits);
        assert_eq!(exactly("0.1"), Some(0.1_f64.to_bits()));
        assert_eq!(exactly(" -0 "), Some((-0.0_f64).to_bits()));
        assert_eq!(exactly("5e-324"), Some(1));
        assert_eq!(exactly("1e400"), Some(f64::INFINITY.to_bits()));
        assert_eq!(exactly("-Infinity"), Some(f64::NEG_INFINITY.to_bits()));
        assert_eq!(exactly("inf"), Some(f64::INFINITY.to_bits()));
        assert_eq!(
            exactly("179769313486231570000000000000000000000"),
            Some(179_769_313_486_231_570_000_000_000_000_000_000_000_f64.to_bits())
        );
        for cell in ["1,5", "1 000", "0x10", "1_000", "true", "1e", "."] {
            assert_eq!(number(cell), None, "{cell:?}");
        }
    }
}
