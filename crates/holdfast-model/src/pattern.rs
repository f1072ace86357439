//! Patterns of package names, as configuration gives packages to an index.

use crate::PackageId;

/// A pattern of normalised PyPI names, in which `*` stands for any characters: `acme-*`.
///
/// The pattern is normalised as names are, so that `Acme_*` fits `acme-models`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagePattern {
    parts: Vec<String>,
}

impl PackagePattern {
    /// The pattern that a person wrote. Every text is one.
    pub fn new(text: &str) -> Self {
        let normalised = PackageId::pypi(text.trim());
        Self {
            parts: normalised.name().split('*').map(str::to_owned).collect(),
        }
    }

    /// Whether it fits a package.
    pub fn matches(&self, package: &PackageId) -> bool {
        let Some((first, rest)) = self.parts.split_first() else {
            return false;
        };
        let Some(name) = package.name().strip_prefix(first.as_str()) else {
            return false;
        };
        let Some((last, between)) = rest.split_last() else {
            return name.is_empty();
        };
        let mut name = name;
        for part in between {
            match name.split_once(part.as_str()) {
                Some((_, after)) => name = after,
                None => return false,
            }
        }
        name.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, name: &str) -> bool {
        PackagePattern::new(pattern).matches(&PackageId::pypi(name))
    }

    #[test]
    fn patterns_fit_names() {
        for (pattern, name) in [
            ("acme-*", "acme-models"),
            ("Acme_*", "acme-models"),
            ("*", "x"),
            ("*-internal", "a-internal"),
            ("a*b*c", "a-b-c"),
            ("a*b*c", "abbc"),
            ("torch", "torch"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("acme-*", "acme"),
            ("torch", "torchvision"),
            ("a*a", "a"),
            ("acme-*", "not-acme-x"),
            ("", "x"),
        ] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
