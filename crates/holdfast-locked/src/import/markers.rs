//! Markers of other tools as the standard wants them: without extras of the project in `extra == …`,
//! which no installer of a lock sets, and joined where several conditions install a package.

use pep508_rs::{ExtraOperator, MarkerExpression, MarkerTree, MarkerValueExtra, VerbatimUrl};

/// When something holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum When {
    /// In every environment.
    Always,
    /// In those of this marker.
    If(String),
    /// In none.
    Never,
}

impl When {
    /// What an optional marker means.
    pub(super) fn of(marker: Option<String>) -> Self {
        marker.map_or(Self::Always, Self::If)
    }
}

/// A marker under the choices of extras and groups that were made.
///
/// What is chosen may be compared with as other tools do (`extra == 'gpu'`) or as the standard does
/// (`'gpu' in extras`). A text that is no marker stays as it is.
pub(super) fn chosen(marker: &str, is_chosen: &dyn Fn(&str) -> bool) -> When {
    let speaks_of_choices = ["extra", "dependency_groups"]
        .iter()
        .any(|word| marker.contains(word));
    if !speaks_of_choices {
        return When::If(marker.to_owned());
    }
    let Some(tree) = parse(&as_extras(marker)) else {
        return When::If(marker.to_owned());
    };
    let decided = decide(&tree, is_chosen);
    if decided.is_false() {
        return When::Never;
    }
    When::of(decided.try_to_string())
}

/// Holds where any of several does.
pub(super) fn any_of(several: &[When]) -> When {
    let mut distinct: Vec<&str> = Vec::new();
    for when in several {
        match when {
            When::Always => return When::Always,
            When::If(marker) if !distinct.contains(&marker.as_str()) => distinct.push(marker),
            When::If(_) | When::Never => {}
        }
    }
    match distinct.as_slice() {
        [] => return When::Never,
        [only] => return When::If((*only).to_owned()),
        _ => {}
    }
    let trees: Option<Vec<MarkerTree>> = distinct.iter().map(|marker| parse(marker)).collect();
    if let Some(trees) = trees {
        let mut all = MarkerTree::FALSE;
        for tree in trees {
            all.or(tree);
        }
        return When::of(all.try_to_string());
    }
    distinct.sort_unstable();
    let enclosed: Vec<String> = distinct.into_iter().map(enclosed).collect();
    When::If(enclosed.join(" or "))
}

/// A marker that holds where both do.
pub(super) fn both(left: &str, right: &str) -> String {
    format!("{} and {}", enclosed(left), enclosed(right))
}

fn enclosed(marker: &str) -> String {
    if marker.contains(" and ") || marker.contains(" or ") {
        format!("({marker})")
    } else {
        marker.to_owned()
    }
}

/// Reads a marker. The parser recurses, so what is long or nested deeply is not given to it.
fn parse(text: &str) -> Option<MarkerTree> {
    const LONGEST: usize = 16 * 1024;
    const DEEPEST: usize = 200;
    let is_plain = text.len() <= LONGEST && text.matches('(').count() <= DEEPEST;
    is_plain
        .then(|| MarkerTree::parse_str::<VerbatimUrl>(text).ok())
        .flatten()
}

/// The tree with each comparison of an extra replaced by its truth.
pub(super) fn decide(tree: &MarkerTree, is_chosen: &dyn Fn(&str) -> bool) -> MarkerTree {
    if tree.is_true() || tree.is_false() {
        return tree.clone();
    }
    let mut decided = MarkerTree::FALSE;
    for conjunction in tree.to_dnf() {
        let mut all = MarkerTree::TRUE;
        for expression in conjunction {
            match &expression {
                MarkerExpression::Extra { operator, name } => {
                    let name = match name {
                        MarkerValueExtra::Extra(name) => name.to_string(),
                        MarkerValueExtra::Arbitrary(name) => name.clone(),
                    };
                    let holds = is_chosen(&name) == matches!(operator, ExtraOperator::Equal);
                    if !holds {
                        all = MarkerTree::FALSE;
                    }
                }
                MarkerExpression::Version { .. }
                | MarkerExpression::VersionIn { .. }
                | MarkerExpression::String { .. } => all.and(MarkerTree::expression(expression)),
            }
        }
        decided.or(all);
    }
    decided
}

/// `'gpu' in extras` as `extra == 'gpu'`, which the parser knows.
fn as_extras(marker: &str) -> String {
    let mut written = String::with_capacity(marker.len());
    let mut rest = marker;
    while let Some(start) = rest.find(['"', '\'']) {
        let (before, quoted) = rest.split_at(start);
        let quote = if quoted.starts_with('"') { '"' } else { '\'' };
        let inside = quoted.get(1..).unwrap_or_default();
        let Some(end) = inside.find(quote) else { break };
        let (value, after) = (
            inside.get(..end).unwrap_or_default(),
            inside.get(end + 1..).unwrap_or_default(),
        );
        written.push_str(before);
        if let Some((operator, after)) = membership(after) {
            written.push_str("extra ");
            written.push_str(operator);
            written.push(' ');
            written.push_str(quoted.get(..end + 2).unwrap_or_default());
            rest = after;
        } else {
            written.push(quote);
            written.push_str(value);
            written.push(quote);
            rest = after;
        }
    }
    written.push_str(rest);
    written
}

/// What follows the name in `'gpu' in extras`: the operator that means the same, and the rest.
fn membership(after: &str) -> Option<(&'static str, &str)> {
    let word = |text: &'_ str, word: &str| -> Option<usize> {
        let trimmed = text.trim_start();
        let rest = trimmed.strip_prefix(word)?;
        let ends = !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        ends.then_some(text.len() - rest.len())
    };
    let (operator, position) = match word(after, "not") {
        None => ("==", 0),
        Some(position) => ("!=", position),
    };
    let rest = after.get(position..)?;
    let rest = rest.get(word(rest, "in")?..)?;
    let end = word(rest, "extras").or_else(|| word(rest, "dependency_groups"))?;
    Some((operator, rest.get(end..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with_gpu(marker: &str) -> When {
        chosen(marker, &|name| name == "gpu")
    }

    fn when(marker: &str) -> When {
        When::If(marker.to_owned())
    }

    #[test]
    fn choices_are_decided() {
        for (marker, expected) in [
            ("extra == 'gpu'", When::Always),
            ("extra == \"gpu\"", When::Always),
            ("extra == 'cpu'", When::Never),
            ("extra != 'cpu'", When::Always),
            ("'gpu' in extras", When::Always),
            ("'gpu' not in extras", When::Never),
            ("\"test\" in dependency_groups", When::Never),
            (
                "sys_platform == 'linux' and extra == 'gpu'",
                when("sys_platform == 'linux'"),
            ),
            (
                "('cpu' in extras and os_name == 'nt') or ('gpu' in extras and os_name == 'posix')",
                when("os_name == 'posix'"),
            ),
            ("extra == 'cpu' or os_name == 'nt'", when("os_name == 'nt'")),
            ("os_name == \"nt\"", when("os_name == \"nt\"")),
            ("extra nonsense", when("extra nonsense")),
        ] {
            assert_eq!(with_gpu(marker), expected, "{marker}");
        }
    }

    #[test]
    fn several_markers_are_joined() {
        let join = |markers: &[&str]| {
            let all: Vec<When> = markers.iter().map(|marker| when(marker)).collect();
            any_of(&all)
        };
        assert_eq!(
            any_of(&[when("os_name == 'nt'"), When::Always]),
            When::Always
        );
        assert_eq!(any_of(&[When::Never]), When::Never);
        assert_eq!(join(&["b", "b"]), when("b"));
        assert_eq!(join(&["os_name == 'nt'", "os_name != 'nt'"]), When::Always);
        assert_eq!(join(&["b and c", "a"]), when("a or (b and c)"));
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,60}") {
            let _ = with_gpu(&text);
        }

        #[test]
        fn anything_like_a_marker_is_taken(
            parts in proptest::collection::vec(
                proptest::sample::select(vec![
                    "'gpu'", "\"a\"", "in", "not", "extras", "dependency_groups", "extra", "==",
                    "!=", "and", "or", "(", ")", "os_name", " ", "'",
                ]),
                0..16,
            )
        ) {
            let _ = with_gpu(&parts.join(" "));
            let _ = with_gpu(&parts.concat());
        }
    }
}
