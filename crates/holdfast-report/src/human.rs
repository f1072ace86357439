//! Quantities and names as a person reads them.

use std::str::FromStr;
use std::time::Duration;

use packageurl::PackageUrl;

/// A number of bytes in decimal units, to two or three digits: `1.2 GB`, `312 MB`.
pub fn bytes(count: u64) -> String {
    if count < 1000 {
        return format!("{count} B");
    }
    let count = u128::from(count);
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    let mut size: u128 = 1000;
    for unit in units {
        let tenths = (count * 10 + size / 2) / size;
        if tenths < 100 {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        let whole = (count + size / 2) / size;
        if whole < 1000 {
            return format!("{whole} {unit}");
        }
        size *= 1000;
    }
    // 64 bits end at 18 EB, so that a unit was found above
    format!("{count} B")
}

/// A duration to the digits that matter: `350 ms`, `1.2 s`, `42 s`, `2 min 5 s`, `1 h 3 min`.
pub fn duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let tenths = (milliseconds + 50) / 100;
    let seconds = (milliseconds + 500) / 1000;
    if milliseconds < 1000 {
        format!("{milliseconds} ms")
    } else if tenths < 100 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else if seconds < 60 {
        format!("{seconds} s")
    } else if seconds < 3600 {
        with_rest(seconds / 60, "min", seconds % 60, "s")
    } else {
        let minutes = (seconds + 30) / 60;
        with_rest(minutes / 60, "h", minutes % 60, "min")
    }
}

fn with_rest(large: u128, large_unit: &str, small: u128, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

/// A number with its noun: `1 package`, `148 packages`, `25,000 records`.
pub fn count(number: usize, singular: &str, plural: &str) -> String {
    let noun = if number == 1 { singular } else { plural };
    format!("{} {noun}", grouped(number))
}

/// A number with its digits in groups of three: `25,000`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number to the three digits that matter: `0.412`, `12.3`, `1,235`, `2.2e-16`.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..999_999.5).contains(&size) {
        return format!("{value:.1e}").replace(".0e", "e");
    }
    if size >= 999.5 {
        let sign = if value < 0.0 { "-" } else { "" };
        let digits = format!("{size:.0}");
        return format!("{sign}{}", grouped(digits.parse().unwrap_or(usize::MAX)));
    }
    let decimals = [100.0, 10.0, 1.0, 0.1, 0.01, 0.001]
        .iter()
        .position(|least| size >= *least)
        .unwrap_or(6);
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A chance: `0.031`, `<1e-15` where only its smallness matters.
pub fn chance(p_value: f64) -> String {
    const LEAST: f64 = 1e-15;
    if p_value < LEAST {
        "<1e-15".to_owned()
    } else {
        number(p_value)
    }
}

/// A part of a whole as a percentage: `2.1 %`. What is neither nothing nor all never looks so.
pub fn share(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    if part >= whole {
        return "100 %".to_owned();
    }
    let tenths = (u128::from(part) * 2000 / u128::from(whole)).div_ceil(2);
    match tenths {
        0 | 1 if u128::from(part) * 1000 < u128::from(whole) => "<0.1 %".to_owned(),
        1000 => ">99.9 %".to_owned(),
        100.. => format!("{} %", (tenths + 5) / 10),
        _ if tenths.is_multiple_of(10) => format!("{} %", tenths / 10),
        _ => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

/// Seconds as [`duration`] has them; nothing where they are no time.
pub fn seconds(seconds: f64) -> Option<String> {
    Duration::try_from_secs_f64(seconds).ok().map(duration)
}

/// A count as the other functions here take it.
pub fn amount(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A digest's beginning, which tells it apart: `sha256:7ee8429ce2fe…`; other values as they are.
pub fn digest(value: &str) -> String {
    const SHOWN: usize = 12;
    match value.split_once(':') {
        Some((algorithm @ ("sha256" | "sha384" | "sha512"), hex)) if hex.len() > SHOWN => {
            let beginning: String = hex.chars().take(SHOWN).collect();
            format!("{algorithm}:{beginning}…")
        }
        Some(_) | None => value.to_owned(),
    }
}

/// Text on one line of at most this many characters.
pub fn short(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        text.to_owned()
    } else {
        let kept = longest.saturating_sub(1);
        let start: String = text.chars().take(kept).collect();
        format!("{start}…")
    }
}

/// Words in a row: `a`, `a and b`, `a, b and c`.
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A finding's subject: a package URL of PyPI as `pillow 9.5.0`, anything else as it is.
pub fn subject(subject: &str) -> String {
    let Some(purl) = subject
        .starts_with("pkg:pypi/")
        .then(|| PackageUrl::from_str(subject).ok())
        .flatten()
    else {
        return subject.to_owned();
    };
    match purl.version() {
        Some(version) => format!("{} {version}", purl.name()),
        None => purl.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_decimal_and_short() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_950, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (312_400_000, "312 MB"),
            (1_234_567_890, "1.2 GB"),
            (u64::MAX, "18 EB"),
        ];
        for (number, text) in cases {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn durations_keep_the_digits_that_matter() {
        let cases = [
            (0, "0 ms"),
            (350, "350 ms"),
            (1_000, "1.0 s"),
            (1_250, "1.3 s"),
            (9_960, "10 s"),
            (59_400, "59 s"),
            (59_600, "1 min"),
            (125_000, "2 min 5 s"),
            (3_780_000, "1 h 3 min"),
            (7_199_999, "2 h"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(duration(Duration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn counts_agree_with_their_nouns() {
        assert_eq!(count(1, "package", "packages"), "1 package");
        assert_eq!(count(0, "package", "packages"), "0 packages");
        assert_eq!(count(25_000, "record", "records"), "25,000 records");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(123), "123");
    }

    #[test]
    fn packages_of_pypi_are_called_by_name_and_version() {
        assert_eq!(subject("pkg:pypi/torch@2.3.0%2Bcu121"), "torch 2.3.0+cu121");
        assert_eq!(subject("pkg:pypi/numpy"), "numpy");
        assert_eq!(
            subject("pkg:npm/%40types/node@20.1.0"),
            "pkg:npm/%40types/node@20.1.0"
        );
        assert_eq!(subject("requirements/core.in"), "requirements/core.in");
        assert_eq!(subject("pkg:pypi/"), "pkg:pypi/");
    }

    #[test]
    fn numbers_keep_the_digits_that_matter() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (0.412_345, "0.412"),
            (0.5, "0.5"),
            (-0.031_26, "-0.0313"),
            (0.999_96, "1"),
            (12.345, "12.3"),
            (100.0, "100"),
            (999.6, "1,000"),
            (-12_345.6, "-12,346"),
            (999_999.7, "1e6"),
            (2.220_446e-16, "2.2e-16"),
            (1e-9, "1e-9"),
            (f64::MAX, "1.8e308"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-∞"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(chance(0.0), "<1e-15");
        assert_eq!(chance(0.031), "0.031");
        assert_eq!(seconds(1.25).unwrap(), "1.3 s");
        assert_eq!(seconds(f64::NAN), None);
    }

    #[test]
    fn shares_never_look_like_nothing_or_all() {
        let cases = [
            (0, 10, "0 %"),
            (0, 0, "0 %"),
            (1, 100_000, "<0.1 %"),
            (1, 1000, "0.1 %"),
            (21, 1000, "2.1 %"),
            (12, 200, "6 %"),
            (333, 1000, "33 %"),
            (99_999, 100_000, ">99.9 %"),
            (10, 10, "100 %"),
            (u64::MAX - 1, u64::MAX, ">99.9 %"),
        ];
        for (part, whole, text) in cases {
            assert_eq!(share(part, whole), text, "{part} of {whole}");
        }
    }

    #[test]
    fn digests_are_shown_by_their_beginning_and_other_values_whole() {
        assert_eq!(
            digest("sha256:7ee8429ce2fea72b188fcc36b8097e5e"),
            "sha256:7ee8429ce2fe…"
        );
        assert_eq!(digest("2026-11-07T00:00:00Z"), "2026-11-07T00:00:00Z");
        assert_eq!(digest("3.11.7"), "3.11.7");
        assert_eq!(short("abcdef", 4), "abc…");
        assert_eq!(short("abcd", 4), "abcd");
    }

    #[test]
    fn words_stand_in_a_row() {
        let words = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&words[..0]), "");
        assert_eq!(list(&words[..1]), "a");
        assert_eq!(list(&words[..2]), "a and b");
        assert_eq!(list(&words), "a, b and c");
    }
}
