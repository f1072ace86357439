//! Requirements inside locks, divided at the places where they divide.
//!
//! Locks repeat thousands of requirements that a tool has checked before; judging them again would
//! cost more than reading the lock. What is no requirement at all is left out.

use holdfast_model::{Dependency, PackageId};

use super::collect::edge;

/// The parts of `name[extra]>=1 ; marker` or `name @ address ; marker`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) name: &'a str,
    /// What is between the brackets.
    pub(super) extras: &'a str,
    /// Without parentheses; empty where any version will do or an address is given.
    pub(super) specifier: &'a str,
    pub(super) address: Option<&'a str>,
    pub(super) marker: Option<&'a str>,
}

/// Divides a requirement; nothing where it does not begin with a name.
pub(super) fn divide(text: &str) -> Option<Parts<'_>> {
    let text = text.trim();
    let end = text
        .find(|character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character)))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    if name.is_empty() {
        return None;
    }
    let rest = rest.trim_start();
    let (extras, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((extras, rest)) => (extras, rest.trim_start()),
        None => ("", rest),
    };
    if let Some(address) = rest.strip_prefix('@') {
        let (address, marker) = match address.split_once(" ;") {
            Some((address, marker)) => (address, Some(marker.trim())),
            None => (address, None),
        };
        return Some(Parts {
            name,
            extras,
            specifier: "",
            address: Some(address.trim()),
            marker,
        });
    }
    let (specifier, marker) = match rest.split_once(';') {
        Some((specifier, marker)) => (specifier, Some(marker.trim())),
        None => (rest, None),
    };
    let specifier = specifier.trim();
    let inside = specifier
        .strip_prefix('(')
        .and_then(|specifier| specifier.strip_suffix(')'));
    Some(Parts {
        name,
        extras,
        specifier: inside.unwrap_or(specifier).trim(),
        address: None,
        marker: marker.filter(|marker| !marker.is_empty()),
    })
}

/// The edge that a requirement is.
pub(super) fn dependency(text: &str) -> Option<Dependency> {
    let parts = divide(text)?;
    let mut dependency = edge(PackageId::pypi(parts.name));
    dependency.marker = parts.marker.map(str::to_owned);
    dependency.specifier = Some(parts.specifier)
        .filter(|specifier| !matches!(*specifier, "" | "*"))
        .map(str::to_owned);
    Some(dependency)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn requirements_are_divided() {
        let parts = divide("urllib3[socks, x] (>=1,<2) ; extra == 'a'").unwrap();
        assert_eq!(
            parts,
            Parts {
                name: "urllib3",
                extras: "socks, x",
                specifier: ">=1,<2",
                address: None,
                marker: Some("extra == 'a'"),
            }
        );
        let parts = divide("x @ https://host/a;b.zip ; python_version < '3'").unwrap();
        assert_eq!(parts.address, Some("https://host/a;b.zip"));
        assert_eq!(parts.marker, Some("python_version < '3'"));
        assert_eq!(divide(">=1"), None);
        assert_eq!(divide(""), None);
    }

    proptest! {
        #[test]
        fn any_text_is_divided_or_not(text in ".{0,60}") {
            let _ = dependency(&text);
        }
    }
}
