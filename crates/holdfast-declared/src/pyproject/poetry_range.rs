//! Poetry's version constraints as ranges of PEP 440: `^1.2`, `~1.2`, `1.*`, `>=1,<2`, `1.2.3`, `^1 || ^2`.

use holdfast_model::{RangeShape, VersionRange};
use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};

use crate::pep508::SyntaxError;

/// Reads a constraint. One with `||` that is no range of PEP 440 keeps its text and its shape.
pub(crate) fn range(text: &str) -> Result<VersionRange, SyntaxError> {
    let alternatives: Vec<&str> = text
        .split("||")
        .flat_map(|part| part.split('|'))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    match alternatives.as_slice() {
        [] => {
            Err(SyntaxError::new(0, "the version is empty").with_fix("write `*` for any version"))
        }
        [only] => conjunction(text, only),
        several => {
            let ranges = several
                .iter()
                .map(|part| conjunction(part, part))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(VersionRange::foreign(text, union_shape(&ranges), None))
        }
    }
}

/// How tight several alternatives are together: bounded where each one is.
fn union_shape(ranges: &[VersionRange]) -> RangeShape {
    let loosest = |range: &VersionRange| match range.shape {
        RangeShape::Exact | RangeShape::Prefix | RangeShape::Compatible | RangeShape::Bounded => 0,
        RangeShape::UpperBound => 1,
        RangeShape::LowerBound => 2,
        RangeShape::Exclusion | RangeShape::Any => 3,
    };
    match ranges.iter().map(loosest).max() {
        Some(0) => RangeShape::Bounded,
        Some(1) => RangeShape::UpperBound,
        Some(2) => RangeShape::LowerBound,
        _ => RangeShape::Any,
    }
}

/// Parts joined by commas or spaces: all of them hold.
fn conjunction(text: &str, part: &str) -> Result<VersionRange, SyntaxError> {
    let mut specifiers = Vec::new();
    let mut compatible = false;
    for single in parts(part) {
        let (found, is_compatible) = constraint(&single)?;
        specifiers.extend(found);
        compatible |= is_compatible;
    }
    let mut range = VersionRange::pep440(VersionSpecifiers::from_iter(specifiers));
    if compatible {
        // as written, and as tight as `~=`, although its PEP 440 form is a pair of bounds
        range.shape = RangeShape::Compatible;
        text.trim().clone_into(&mut range.text);
    }
    Ok(range)
}

/// `>=1, <2` and `>=1 <2` as two parts; `>= 1` as one.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
        match parts.last_mut() {
            Some(last) if open => last.push_str(word),
            _ => parts.push(word.to_owned()),
        }
        open = parts
            .last()
            .is_some_and(|part| part.ends_with(['=', '<', '>', '~', '^', '!']));
    }
    parts
}

/// One constraint, and whether it is a caret or a tilde.
fn constraint(text: &str) -> Result<(Vec<VersionSpecifier>, bool), SyntaxError> {
    let wrong = |reason: &str| {
        SyntaxError::new(
            0,
            format!("`{text}` is no constraint of versions: {reason}"),
        )
    };
    if matches!(text, "*" | "x" | "X") {
        return Ok((Vec::new(), false));
    }
    let version = |text: &str| {
        text.parse::<Version>()
            .map_err(|error| wrong(error.to_string().trim_end_matches('.')))
    };
    if let Some(rest) = text.strip_prefix('^') {
        let lower = version(rest)?;
        return Ok((bounds(lower, caret_position), true));
    }
    if let Some(rest) = text.strip_prefix('~').filter(|rest| !rest.starts_with('=')) {
        let lower = version(rest)?;
        return Ok((bounds(lower, |release| release.len().min(2) - 1), true));
    }
    let (operator, rest) = match text.find(|character| !"=<>!~".contains(character)) {
        Some(0) | None => ("==", text),
        Some(end) => text.split_at_checked(end).unwrap_or(("==", text)),
    };
    let operator = if operator == "=" { "==" } else { operator };
    format!("{operator}{rest}")
        .parse::<VersionSpecifier>()
        .map(|specifier| (vec![specifier], false))
        .map_err(|error| wrong(error.to_string().trim_end_matches('.')))
}

/// At or above `lower`, below the next version that differs at a position of the release.
fn bounds(lower: Version, position: fn(&[u64]) -> usize) -> Vec<VersionSpecifier> {
    let mut release = lower.release().to_vec();
    let position = position(&release);
    release.truncate(position + 1);
    if let Some(last) = release.last_mut() {
        *last = last.saturating_add(1);
    }
    let upper = Version::new(release).with_epoch(lower.epoch());
    [
        (Operator::GreaterThanEqual, lower),
        (Operator::LessThan, upper),
    ]
    .into_iter()
    .filter_map(|(operator, version)| VersionSpecifier::from_version(operator, version).ok())
    .collect()
}

/// The first number that is not zero; the last one where all are.
fn caret_position(release: &[u64]) -> usize {
    release
        .iter()
        .position(|number| *number != 0)
        .unwrap_or(release.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn constraints_are_translated() {
        for (text, specifiers, shape) in [
            ("^1.2.3", ">=1.2.3, <2", RangeShape::Compatible),
            ("^0.2.3", ">=0.2.3, <0.3", RangeShape::Compatible),
            ("^0.0.3", ">=0.0.3, <0.0.4", RangeShape::Compatible),
            ("^0.0", ">=0.0, <0.1", RangeShape::Compatible),
            ("^0", ">=0, <1", RangeShape::Compatible),
            ("^1.0a1", ">=1.0a1, <2", RangeShape::Compatible),
            ("~1.2.3", ">=1.2.3, <1.3", RangeShape::Compatible),
            ("~1.2", ">=1.2, <1.3", RangeShape::Compatible),
            ("~1", ">=1, <2", RangeShape::Compatible),
            ("~=1.2", "~=1.2", RangeShape::Compatible),
            ("1.2.*", "==1.2.*", RangeShape::Prefix),
            ("*", "", RangeShape::Any),
            ("1.2.3", "==1.2.3", RangeShape::Exact),
            ("=1.2.3", "==1.2.3", RangeShape::Exact),
            (">= 1.0, < 2.0", ">=1.0, <2.0", RangeShape::Bounded),
            (">=1.0 <2.0", ">=1.0, <2.0", RangeShape::Bounded),
        ] {
            let found = range(text).unwrap();
            let specifiers: VersionSpecifiers = specifiers.parse().unwrap();
            assert_eq!(found.pep440, Some(specifiers), "{text}");
            assert_eq!(found.shape, shape, "{text}");
        }
        assert_eq!(range("^1.2").unwrap().text, "^1.2");
        let either = range("^1.2 || >=3,<4").unwrap();
        assert_eq!((either.shape, either.pep440), (RangeShape::Bounded, None));
        assert_eq!(range("^1 | >=3").unwrap().shape, RangeShape::LowerBound);
        for wrong in ["", "||", "^", "^x", "latest", ">=1 foo", "~"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_constraint_or_an_error(text in "[\\^~<>=!|, *0-9.a-c]{0,24}") {
            let _ = range(&text);
        }

        #[test]
        fn the_lower_end_of_a_caret_is_admitted(a in 0_u64..9, b in 0_u64..9, c in 0_u64..9) {
            let version = format!("{a}.{b}.{c}");
            for sign in ["^", "~"] {
                let found = range(&format!("{sign}{version}")).unwrap();
                prop_assert_eq!(found.admits(&version), Some(true));
                prop_assert_eq!(found.admits(&format!("{}.0", a + 1)), Some(false));
            }
        }
    }
}
