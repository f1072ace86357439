//! How bad an advisory is: the base score of CVSS 3.0 and 3.1, and the words that databases use.
//!
//! The standard is FIRST's "Common Vulnerability Scoring System v3.1: Specification Document",
//! section 7. CVSS 2 and 4 vectors are not scored.

use holdfast_model::AdvisorySeverity;

/// The severity that a CVSS 3.0 or 3.1 vector (`CVSS:3.1/AV:N/…`) amounts to, by its base metrics.
///
/// Nothing where it is no such vector or a base metric is missing, repeated or unknown.
pub fn severity_of_vector(vector: &str) -> Option<AdvisorySeverity> {
    tenths(vector).map(severity_of_tenths)
}

/// The severity that a database says in a word: GitHub's `MODERATE` and its like, in any case.
pub fn severity_of_word(word: &str) -> Option<AdvisorySeverity> {
    Some(match word.to_ascii_lowercase().as_str() {
        "low" => AdvisorySeverity::Low,
        "moderate" | "medium" => AdvisorySeverity::Medium,
        "high" | "important" => AdvisorySeverity::High,
        "critical" => AdvisorySeverity::Critical,
        _ => return None,
    })
}

fn severity_of_tenths(tenths: u32) -> AdvisorySeverity {
    match tenths {
        0..40 => AdvisorySeverity::Low,
        40..70 => AdvisorySeverity::Medium,
        70..90 => AdvisorySeverity::High,
        _ => AdvisorySeverity::Critical,
    }
}

/// The base score in tenths: 98 for 9.8.
fn tenths(vector: &str) -> Option<u32> {
    let rest = vector
        .strip_prefix("CVSS:3.1/")
        .or_else(|| vector.strip_prefix("CVSS:3.0/"))?;
    let metric = |name: &str| {
        let mut values = rest
            .split('/')
            .filter_map(|part| part.split_once(':'))
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value);
        values.next().filter(|_| values.next().is_none())
    };
    let impact_of = |name| match metric(name)? {
        "H" => Some(0.56),
        "L" => Some(0.22),
        "N" => Some(0.0),
        _ => None,
    };
    let scope_changed = match metric("S")? {
        "C" => true,
        "U" => false,
        _ => return None,
    };
    let attack_vector = match metric("AV")? {
        "N" => 0.85,
        "A" => 0.62,
        "L" => 0.55,
        "P" => 0.2,
        _ => return None,
    };
    let attack_complexity = match metric("AC")? {
        "L" => 0.77,
        "H" => 0.44,
        _ => return None,
    };
    let privileges = match (metric("PR")?, scope_changed) {
        ("N", _) => 0.85,
        ("L", false) => 0.62,
        ("L", true) => 0.68,
        ("H", false) => 0.27,
        ("H", true) => 0.5,
        _ => return None,
    };
    let interaction = match metric("UI")? {
        "N" => 0.85,
        "R" => 0.62,
        _ => return None,
    };
    let unharmed: f64 = (1.0 - impact_of("C")?) * (1.0 - impact_of("I")?) * (1.0 - impact_of("A")?);
    let base = 1.0 - unharmed;
    let impact = if scope_changed {
        7.52 * (base - 0.029) - 3.25 * (base - 0.02).powi(15)
    } else {
        6.42 * base
    };
    if impact <= 0.0 {
        return Some(0);
    }
    let exploitability = 8.22 * attack_vector * attack_complexity * privileges * interaction;
    let factor = if scope_changed { 1.08 } else { 1.0 };
    Some(round_up((factor * (impact + exploitability)).min(10.0)))
}

/// The smallest number of tenths that is not below the score, by the specification's integer
/// method, which keeps the last bit of a float from counting.
fn round_up(score: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a score lies between 0 and 10"
    )]
    let hundred_thousandths = (score * 100_000.0).round() as u32;
    hundred_thousandths.div_ceil(10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_scores_are_those_of_the_published_examples() {
        for (vector, expected) in [
            ("AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98),
            ("AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100),
            ("AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61),
            ("AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 64),
            ("AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 31),
            ("AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 78),
            ("AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 75),
            ("AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H", 65),
            ("AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H", 55),
            ("AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N", 59),
            ("AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", 46),
            ("AV:L/AC:L/PR:L/UI:R/S:U/C:L/I:N/A:N", 28),
            ("AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H", 93),
            ("AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0),
        ] {
            assert_eq!(
                tenths(&format!("CVSS:3.1/{vector}")),
                Some(expected),
                "{vector}"
            );
            assert_eq!(
                tenths(&format!("CVSS:3.0/{vector}/E:P/RL:O")),
                Some(expected)
            );
        }
    }

    #[test]
    fn what_is_no_vector_has_no_severity() {
        for wrong in [
            "",
            "9.8",
            "AV:N/AC:L/Au:N/C:P/I:P/A:P",
            "CVSS:3.1/AV:N",
            "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "CVSS:3.1/AV:N/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
        ] {
            assert_eq!(severity_of_vector(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn scores_and_words_name_the_same_levels() {
        assert_eq!(
            severity_of_vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
            severity_of_word("CRITICAL")
        );
        assert_eq!(severity_of_word("MODERATE"), Some(AdvisorySeverity::Medium));
        assert_eq!(severity_of_tenths(39), AdvisorySeverity::Low);
        assert_eq!(severity_of_tenths(40), AdvisorySeverity::Medium);
        assert_eq!(severity_of_tenths(89), AdvisorySeverity::High);
        assert_eq!(severity_of_word("unknown"), None);
    }
}
