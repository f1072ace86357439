//! Whether an environment marker (PEP 508) may hold in an environment whose Python version is known.

use pep440_rs::Version;
use pep508_rs::{MarkerTree, MarkerTreeKind, MarkerValueVersion, Requirement, VerbatimUrl};
use version_ranges::Ranges;

/// A requirement, unless it is none or so involved that working out its marker could take for ever.
///
/// Markers are kept as decision diagrams, which can double with each operator, and parentheses nest
/// on the stack; no real package comes near these bounds.
pub(crate) fn parse_requirement(text: &str) -> Option<Requirement<VerbatimUrl>> {
    const LONGEST: usize = 4096;
    const MOST_OPERATORS: usize = 30;
    const MOST_PARENTHESES: usize = 50;
    if text.len() > LONGEST {
        return None;
    }
    let operators = text
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .filter(|word| matches!(*word, "and" | "or"))
        .count();
    let parentheses = text.bytes().filter(|byte| *byte == b'(').count();
    if operators > MOST_OPERATORS || parentheses > MOST_PARENTHESES {
        return None;
    }
    text.parse().ok()
}

/// The versions of Python that an environment may have: one patch, or all of a minor version.
pub(crate) struct PythonVersions {
    full: Ranges<Version>,
    minor: Version,
}

impl PythonVersions {
    /// From `3.11.7` or `3.11`.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let version: Version = text.parse().ok()?;
        let (major, minor) = match version.release() {
            [major, minor, ..] => (*major, *minor),
            _ => return None,
        };
        let full = if version.release().len() > 2 {
            Ranges::singleton(version)
        } else {
            Ranges::between(version, Version::new([major, minor.saturating_add(1)]))
        };
        Some(Self {
            full,
            minor: Version::new([major, minor]),
        })
    }
}

/// Whether the marker holds without any extra on some machine that has one of these versions.
pub(crate) fn may_hold(marker: &MarkerTree, python: Option<&PythonVersions>) -> bool {
    match marker.kind() {
        MarkerTreeKind::True => true,
        MarkerTreeKind::False => false,
        MarkerTreeKind::Version(version) => version.edges().any(|(range, rest)| {
            let possible = python.is_none_or(|python| match version.key() {
                MarkerValueVersion::PythonFullVersion => !range.is_disjoint(&python.full),
                MarkerValueVersion::PythonVersion => range.contains(&python.minor),
                MarkerValueVersion::ImplementationVersion => true,
            });
            possible && may_hold(&rest, python)
        }),
        MarkerTreeKind::String(text) => text.children().any(|(_, rest)| may_hold(&rest, python)),
        MarkerTreeKind::In(list) => list.children().any(|(_, rest)| may_hold(&rest, python)),
        MarkerTreeKind::Contains(text) => text.children().any(|(_, rest)| may_hold(&rest, python)),
        MarkerTreeKind::Extra(extra) => may_hold(&extra.edge(false), python),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(marker: &str, python: &str) -> bool {
        let requirement = parse_requirement(&format!("a ; {marker}")).unwrap();
        may_hold(&requirement.marker, PythonVersions::new(python).as_ref())
    }

    #[test]
    fn the_version_decides_and_the_machine_does_not() {
        assert!(holds("python_version < '3.12'", "3.11.7"));
        assert!(!holds("python_version < '3.11'", "3.11"));
        assert!(holds("python_full_version < '3.11.5'", "3.11"));
        assert!(!holds("python_full_version < '3.11.5'", "3.11.7"));
        assert!(holds("sys_platform == 'win32' or os_name in 'a b'", "3.11"));
        assert!(!holds("extra == 'test'", "3.11"));
        assert!(holds("extra != 'test'", "3.11"));
        assert!(holds("python_version < '3'", ""));
    }

    #[test]
    fn a_marker_made_to_take_for_ever_is_not_worked_out() {
        let clauses: Vec<String> = (0..60)
            .map(|number| format!("extra == 'a{number}' and extra == 'b{number}'"))
            .collect();
        assert!(parse_requirement(&format!("a ; {}", clauses.join(" or "))).is_none());
        let nested = format!("a ; {}os_name == 'x'{}", "(".repeat(4000), ")".repeat(4000));
        assert!(parse_requirement(&nested).is_none());
    }
}
