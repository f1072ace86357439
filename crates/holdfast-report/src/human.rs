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
    fn words_stand_in_a_row() {
        let words = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&words[..0]), "");
        assert_eq!(list(&words[..1]), "a");
        assert_eq!(list(&words[..2]), "a and b");
        assert_eq!(list(&words), "a, b and c");
    }
}
