//! What versions a requirement admits, whatever its ecosystem.

use pep440_rs::{Operator, VersionSpecifiers};
use serde::{Deserialize, Serialize};

/// How tightly a requirement holds its package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RangeShape {
    /// One version: `==1.2.3`, npm's `1.2.3`.
    Exact,
    /// A prefix such as `==1.2.*`.
    Prefix,
    /// A compatible release: `~=1.2`, `^1.2`, `~1.2`.
    Compatible,
    /// Bounded below and above: `>=1,<2`.
    Bounded,
    /// Only a lower bound: `>=1`.
    LowerBound,
    /// Only an upper bound: `<2`.
    UpperBound,
    /// Only exclusions: `!=1.5`.
    Exclusion,
    /// Nothing is said.
    Any,
}

/// The versions that a requirement admits, as written and as far as it is understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRange {
    /// As written, without the package's name: `>=1,<2`. Empty where nothing is said.
    pub text: String,
    /// How tight it is.
    pub shape: RangeShape,
    /// The one version that an exact range names.
    pub exact: Option<String>,
    /// For PyPI packages: the parsed specifiers.
    pub pep440: Option<VersionSpecifiers>,
}

impl VersionRange {
    /// A range in the syntax of PEP 440.
    pub fn pep440(specifiers: VersionSpecifiers) -> Self {
        let text = specifiers
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(",");
        let shape = pep440_shape(&specifiers);
        let exact = specifiers
            .iter()
            .find(|specifier| {
                matches!(specifier.operator(), Operator::Equal | Operator::ExactEqual)
            })
            .filter(|_| shape == RangeShape::Exact)
            .map(|specifier| specifier.version().to_string());
        Self {
            text,
            shape,
            exact,
            pep440: Some(specifiers),
        }
    }

    /// A range of another ecosystem, whose reader knows its shape.
    pub fn foreign(text: impl Into<String>, shape: RangeShape, exact: Option<String>) -> Self {
        Self {
            text: text.into(),
            shape,
            exact,
            pep440: None,
        }
    }

    /// No restriction at all.
    pub fn any() -> Self {
        Self {
            text: String::new(),
            shape: RangeShape::Any,
            exact: None,
            pep440: Some(VersionSpecifiers::empty()),
        }
    }

    /// Whether a version is admitted, where that can be told: PEP 440 ranges and versions only.
    ///
    /// Pre-releases are judged by the range alone; a local version (`+cu121`) is admitted by the
    /// public version that it extends, as PEP 440 says.
    pub fn admits(&self, version: &str) -> Option<bool> {
        let version: pep440_rs::Version = version.parse().ok()?;
        self.pep440
            .as_ref()
            .map(|specifiers| specifiers.contains(&version))
    }
}

fn pep440_shape(specifiers: &VersionSpecifiers) -> RangeShape {
    let has = |wanted: &[Operator]| {
        specifiers
            .iter()
            .any(|specifier| wanted.contains(specifier.operator()))
    };
    let lower = has(&[Operator::GreaterThan, Operator::GreaterThanEqual]);
    let upper = has(&[Operator::LessThan, Operator::LessThanEqual]);
    if has(&[Operator::Equal, Operator::ExactEqual]) {
        RangeShape::Exact
    } else if has(&[Operator::EqualStar]) {
        RangeShape::Prefix
    } else if has(&[Operator::TildeEqual]) {
        RangeShape::Compatible
    } else if lower && upper {
        RangeShape::Bounded
    } else if lower {
        RangeShape::LowerBound
    } else if upper {
        RangeShape::UpperBound
    } else if specifiers.is_empty() {
        RangeShape::Any
    } else {
        RangeShape::Exclusion
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> RangeShape {
        VersionRange::pep440(text.parse().unwrap()).shape
    }

    #[test]
    fn shapes_are_told_apart() {
        assert_eq!(shape("==1.2.3"), RangeShape::Exact);
        assert_eq!(shape("==1.2.*"), RangeShape::Prefix);
        assert_eq!(shape("~=1.2"), RangeShape::Compatible);
        assert_eq!(shape(">=1,<2"), RangeShape::Bounded);
        assert_eq!(shape(">=1"), RangeShape::LowerBound);
        assert_eq!(shape("<2"), RangeShape::UpperBound);
        assert_eq!(shape("!=2"), RangeShape::Exclusion);
        assert_eq!(shape(""), RangeShape::Any);
    }

    #[test]
    fn an_exact_range_names_its_version() {
        let range = VersionRange::pep440("==1.2.3".parse().unwrap());
        assert_eq!(range.exact.as_deref(), Some("1.2.3"));
        assert_eq!(range.admits("1.2.3+cpu"), Some(true));
        assert_eq!(range.admits("1.2.4"), Some(false));
        assert_eq!(range.admits("no version"), None);
    }
}
