//! How tight a range of conda is. The range itself is conda's: kept as written.

use holdfast_model::{RangeShape, VersionRange};

use crate::pep508::SyntaxError;

/// Reads the version part of a specification; `with_build` where a build is asked for too.
pub(crate) fn range(text: &str, with_build: bool) -> Result<VersionRange, SyntaxError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(VersionRange::foreign("", RangeShape::Any, None));
    }
    let alternatives = text
        .split('|')
        .map(|alternative| conjunction(alternative, with_build))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| SyntaxError::new(0, format!("`{text}` is no range of versions")))?;
    let (shape, exact) = match alternatives.as_slice() {
        [(shape, exact)] => (*shape, *exact),
        several => (union(several.iter().map(|(shape, _)| *shape)), None),
    };
    Ok(VersionRange::foreign(text, shape, exact.map(str::to_owned)))
}

/// How tight several alternatives are together: bounded where each one is.
pub(crate) fn union(shapes: impl Iterator<Item = RangeShape>) -> RangeShape {
    let looseness = |shape: RangeShape| match shape {
        RangeShape::Exact | RangeShape::Prefix | RangeShape::Compatible | RangeShape::Bounded => 0,
        RangeShape::UpperBound => 1,
        RangeShape::LowerBound => 2,
        RangeShape::Exclusion | RangeShape::Any => 3,
    };
    match shapes.map(looseness).max() {
        Some(0) => RangeShape::Bounded,
        Some(1) => RangeShape::UpperBound,
        Some(2) => RangeShape::LowerBound,
        _ => RangeShape::Any,
    }
}

/// Shape and version of parts joined by commas; nothing where a part is no comparison.
fn conjunction(text: &str, with_build: bool) -> Option<(RangeShape, Option<&str>)> {
    let mut lower = false;
    let mut upper = false;
    let mut tightest: Option<(RangeShape, Option<&str>)> = None;
    let mut excludes = false;
    for part in text.split(',') {
        let part = part.trim().trim_matches(['(', ')']);
        let end = part.find(|character: char| !"=<>!~^".contains(character))?;
        let (operator, version) = part.split_at_checked(end)?;
        let version = version.trim();
        match operator {
            ">=" | ">" => lower = true,
            "<=" | "<" => upper = true,
            "!=" => excludes = true,
            "~=" | "^" | "~" => tightest = Some((RangeShape::Compatible, None)),
            "==" | "=" | "" | "===" => tightest = equal(operator, version, with_build),
            _ => return None,
        }
    }
    Some(match (tightest, lower, upper) {
        (Some(tightest), _, _) => tightest,
        (None, true, true) => (RangeShape::Bounded, None),
        (None, true, false) => (RangeShape::LowerBound, None),
        (None, false, true) => (RangeShape::UpperBound, None),
        (None, false, false) if excludes => (RangeShape::Exclusion, None),
        (None, false, false) => (RangeShape::Any, None),
    })
}

/// `=1.26` is any release of 1.26; `=1.26.4` is taken as that release, of which conda knows no
/// further ones but builds.
fn equal<'v>(
    operator: &str,
    version: &'v str,
    with_build: bool,
) -> Option<(RangeShape, Option<&'v str>)> {
    if version == "*" {
        return None;
    }
    if let Some(prefix) = version.strip_suffix('*') {
        let prefix = prefix.trim_end_matches('.');
        return Some(if prefix.is_empty() {
            (RangeShape::Any, None)
        } else {
            (RangeShape::Prefix, None)
        });
    }
    let fuzzy = operator == "=" && !with_build && version.matches('.').count() < 2;
    Some(if fuzzy {
        (RangeShape::Prefix, None)
    } else {
        (RangeShape::Exact, Some(version))
    })
}
