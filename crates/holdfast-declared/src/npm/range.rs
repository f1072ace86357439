//! How tight a range of npm is. The range itself is npm's: kept as written.
//!
//! The reference is the grammar of [node-semver](https://github.com/npm/node-semver#range-grammar).

use holdfast_model::{RangeShape, VersionRange};

use crate::conda;

/// Reads a range. What is none is a tag such as `latest`, which names any version.
pub(super) fn range(text: &str) -> VersionRange {
    let text = text.trim();
    let alternatives: Vec<(RangeShape, Option<&str>)> = text
        .split("||")
        .map(|part| conjunction(part.trim()))
        .collect();
    match alternatives.as_slice() {
        [(shape, exact)] => VersionRange::foreign(text, *shape, exact.map(str::to_owned)),
        several => {
            let shape = conda::union(several.iter().map(|(shape, _)| *shape));
            VersionRange::foreign(text, shape, None)
        }
    }
}

/// Comparators joined by spaces, or `1.2 - 1.4`.
fn conjunction(text: &str) -> (RangeShape, Option<&str>) {
    if text.contains(" - ") {
        return (RangeShape::Bounded, None);
    }
    let mut lower = false;
    let mut upper = false;
    let mut open = "";
    let mut tightest = None;
    for word in text.split_whitespace() {
        let end = word.find(|character: char| !"=<>~^v".contains(character));
        let Some((operator, version)) = end.and_then(|end| word.split_at_checked(end)) else {
            // `>= 1`: the version is the next word
            open = word;
            continue;
        };
        let operator = if operator.trim_end_matches('v').is_empty() {
            open
        } else {
            operator
        };
        open = "";
        match operator.trim_end_matches('v') {
            ">=" | ">" => lower = true,
            "<=" | "<" => upper = true,
            "^" | "~" | "~>" | "^=" | "~=" => tightest = Some((RangeShape::Compatible, None)),
            "" | "=" => tightest = Some(plain(version)),
            _ => return (RangeShape::Any, None),
        }
    }
    match (tightest, lower, upper) {
        (Some(tightest), _, _) => tightest,
        (None, true, true) => (RangeShape::Bounded, None),
        (None, true, false) => (RangeShape::LowerBound, None),
        (None, false, true) => (RangeShape::UpperBound, None),
        (None, false, false) => (RangeShape::Any, None),
    }
}

/// `1.2.3` is exact; `1.2`, `1.x`, `1.2.*` are prefixes; `*` and tags are any version.
fn plain(version: &str) -> (RangeShape, Option<&str>) {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = release.split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let wild = |part: &&str| matches!(*part, "x" | "X" | "*");
    let numbers = parts.iter().filter(|part| number(part)).count();
    let known = parts.iter().all(|part| number(part) || wild(part));
    match (known, numbers) {
        (true, 3) if parts.len() == 3 => (RangeShape::Exact, Some(version)),
        (true, 1..) => (RangeShape::Prefix, None),
        _ => (RangeShape::Any, None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shapes_are_told_apart() {
        for (text, shape, exact) in [
            ("1.2.3", RangeShape::Exact, Some("1.2.3")),
            ("=1.2.3", RangeShape::Exact, Some("1.2.3")),
            ("v1.2.3-beta.1+x", RangeShape::Exact, Some("1.2.3-beta.1+x")),
            ("^1.2.3", RangeShape::Compatible, None),
            ("~1.2", RangeShape::Compatible, None),
            ("1.x", RangeShape::Prefix, None),
            ("1", RangeShape::Prefix, None),
            ("1.2.*", RangeShape::Prefix, None),
            ("*", RangeShape::Any, None),
            ("", RangeShape::Any, None),
            ("latest", RangeShape::Any, None),
            (">=1.2 <2", RangeShape::Bounded, None),
            (">= 1.2 < 2", RangeShape::Bounded, None),
            ("1.2 - 1.4", RangeShape::Bounded, None),
            (">=1", RangeShape::LowerBound, None),
            ("<2", RangeShape::UpperBound, None),
            ("^1 || ^2", RangeShape::Bounded, None),
            ("^1 || >=3", RangeShape::LowerBound, None),
        ] {
            let found = range(text);
            assert_eq!(
                (found.shape, found.exact.as_deref()),
                (shape, exact),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_range(text in "[=<>~^vx*0-9.|a -]{0,20}") {
            let _ = range(&text);
        }
    }
}
