//! What a waiver is about: a pattern over the subjects of findings.

use std::fmt;
use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};
use holdfast_model::{Ecosystem, PackageId};
use pep440_rs::{Version, VersionSpecifiers};
use percent_encoding::percent_decode_str;

/// A pattern over the subjects of findings.
///
/// Either a package URL, with a version or a range or neither (`pkg:pypi/x`, `pkg:pypi/x@1.2`,
/// `pkg:pypi/x@>=1,<2`), or a path, in which `*` and `**` match as in `.gitignore`. A range is one of
/// PEP 440, whatever the ecosystem; a version without a local part (`+cu121`) covers every local
/// version of it.
#[derive(Debug, Clone)]
pub struct SubjectPattern {
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Package {
        package: PackageId,
        versions: Versions,
    },
    Path(GlobMatcher),
}

#[derive(Debug, Clone)]
enum Versions {
    Any,
    Exactly(String),
    In(VersionSpecifiers),
}

/// Why a text is no pattern over subjects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectPatternError {
    /// There is nothing.
    #[error("the subject is empty: write a package URL such as `pkg:pypi/numpy` or a path")]
    Empty,
    /// It begins with `pkg:` and is no package URL of an ecosystem that is known.
    #[error(
        "`{0}` is no package URL: write for example `pkg:pypi/numpy`, `pkg:pypi/numpy@1.26.4` or `pkg:pypi/numpy@>=1,<2`"
    )]
    PackageUrl(String),
    /// What follows the `@` begins as a range and is none.
    #[error("`{range}` in `{text}` is no range of versions: write for example `>=1,<2`")]
    Range {
        /// The pattern.
        text: String,
        /// The range.
        range: String,
        /// What is wrong with it.
        #[source]
        source: pep440_rs::VersionSpecifiersParseError,
    },
    /// A path with a broken wildcard.
    #[error("`{text}` is no path or path pattern")]
    Glob {
        /// The pattern.
        text: String,
        /// What is wrong with it.
        #[source]
        source: globset::Error,
    },
}

impl SubjectPattern {
    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a finding's subject is meant.
    pub fn matches(&self, subject: &str) -> bool {
        match &self.kind {
            Kind::Path(glob) => !subject.starts_with(SCHEME) && glob.is_match(subject),
            Kind::Package { package, versions } => {
                parse_purl(subject).is_some_and(|(found, version)| {
                    found == *package && versions.contain(version.as_deref())
                })
            }
        }
    }
}

impl Versions {
    fn contain(&self, version: Option<&str>) -> bool {
        let version = match (self, version) {
            (Self::Any, _) => return true,
            (_, None) => return false,
            (Self::Exactly(wanted), Some(version)) if wanted == version => return true,
            (_, Some(version)) => version,
        };
        let Ok(version) = version.parse::<Version>() else {
            return false;
        };
        match self {
            Self::Any => true,
            // as `==` of PEP 440 has it: `1.0` is `1.0.0`, and covers `1.0+cpu`
            Self::Exactly(wanted) => wanted.parse::<Version>().is_ok_and(|wanted| {
                let local_counts = wanted.is_local();
                wanted == version || (!local_counts && wanted == version.without_local())
            }),
            Self::In(specifiers) => specifiers.contains(&version),
        }
    }
}

impl FromStr for SubjectPattern {
    type Err = SubjectPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let kind = if text.is_empty() {
            return Err(SubjectPatternError::Empty);
        } else if text.starts_with(SCHEME) {
            package_pattern(text)?
        } else {
            Kind::Path(path_pattern(text)?)
        };
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }
}

impl TryFrom<String> for SubjectPattern {
    type Error = SubjectPatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for SubjectPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn package_pattern(text: &str) -> Result<Kind, SubjectPatternError> {
    let (package, version) =
        parse_purl(text).ok_or_else(|| SubjectPatternError::PackageUrl(text.to_owned()))?;
    let versions = match version {
        None => Versions::Any,
        Some(range) if range.starts_with(['<', '>', '=', '!', '~']) => {
            Versions::In(range.parse().map_err(|source| SubjectPatternError::Range {
                text: text.to_owned(),
                range,
                source,
            })?)
        }
        Some(version) => Versions::Exactly(version),
    };
    Ok(Kind::Package { package, versions })
}

fn path_pattern(text: &str) -> Result<GlobMatcher, SubjectPatternError> {
    GlobBuilder::new(text.strip_prefix("./").unwrap_or(text))
        .literal_separator(true)
        .backslash_escape(false)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|source| SubjectPatternError::Glob {
            text: text.to_owned(),
            source,
        })
}

const SCHEME: &str = "pkg:";

/// The package and what follows its `@`, which may be a range where a person wrote it.
///
/// Qualifiers and sub-paths are no part of what identifies a package here.
pub(crate) fn parse_purl(text: &str) -> Option<(PackageId, Option<String>)> {
    let rest = text.strip_prefix(SCHEME)?;
    let rest = rest.split(['?', '#']).next()?;
    let (kind, path) = rest.split_once('/')?;
    let name_start = path.rfind('/').map_or(0, |slash| slash + 1);
    // the `@` of an npm scope stands before the last slash
    let version_at = path
        .get(name_start..)
        .and_then(|name| name.find('@'))
        .map(|at| name_start + at);
    let (name, version) = match version_at {
        Some(at) => (path.get(..at)?, path.get(at + 1..)),
        None => (path, None),
    };
    let ecosystem = ecosystem(kind)?;
    let name = decode(name)?;
    let name = match ecosystem {
        Ecosystem::Deb => name.strip_prefix("debian/").unwrap_or(&name),
        Ecosystem::Pypi | Ecosystem::Conda | Ecosystem::Npm | Ecosystem::Generic => &name,
    };
    if name.is_empty() {
        return None;
    }
    let version = match version {
        Some(version) => Some(decode(version).filter(|version| !version.is_empty())?),
        None => None,
    };
    Some((PackageId::new(ecosystem, name), version))
}

fn ecosystem(purl_type: &str) -> Option<Ecosystem> {
    [
        Ecosystem::Pypi,
        Ecosystem::Conda,
        Ecosystem::Npm,
        Ecosystem::Deb,
        Ecosystem::Generic,
    ]
    .into_iter()
    .find(|ecosystem| ecosystem.purl_type() == purl_type)
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, subject: &str) -> bool {
        pattern.parse::<SubjectPattern>().unwrap().matches(subject)
    }

    #[test]
    fn a_package_without_a_version_covers_every_version() {
        assert!(matches("pkg:pypi/numpy", "pkg:pypi/numpy@1.26.4"));
        assert!(matches("pkg:pypi/NumPy", "pkg:pypi/numpy"));
        assert!(!matches("pkg:pypi/numpy", "pkg:pypi/numpydoc@1"));
        assert!(!matches("pkg:pypi/numpy", "pkg:conda/numpy@1"));
        assert!(!matches("pkg:pypi/numpy", "numpy"));
    }

    #[test]
    fn a_version_is_compared_as_pep_440_says() {
        assert!(matches("pkg:pypi/x@1.0", "pkg:pypi/x@1.0.0"));
        assert!(matches(
            "pkg:pypi/torch@2.3.0",
            "pkg:pypi/torch@2.3.0%2Bcu121"
        ));
        assert!(!matches(
            "pkg:pypi/torch@2.3.0%2Bcpu",
            "pkg:pypi/torch@2.3.0%2Bcu121"
        ));
        assert!(!matches("pkg:pypi/x@1.0", "pkg:pypi/x@1.0.1"));
        assert!(!matches("pkg:pypi/x@1.0", "pkg:pypi/x"));
    }

    #[test]
    fn a_range_covers_the_versions_inside() {
        assert!(matches("pkg:pypi/x@>=1,<2", "pkg:pypi/x@1.5"));
        assert!(matches("pkg:pypi/x@~=1.4", "pkg:pypi/x@1.5"));
        assert!(!matches("pkg:pypi/x@>=1,<2", "pkg:pypi/x@2.0"));
        assert!(!matches("pkg:pypi/x@>=1,<2", "pkg:pypi/x"));
    }

    #[test]
    fn an_npm_scope_may_be_written_plainly() {
        assert!(matches(
            "pkg:npm/@types/node@20.1.0",
            "pkg:npm/%40types/node@20.1.0"
        ));
        assert!(matches(
            "pkg:npm/@types/node",
            "pkg:npm/%40types/node@20.1.0"
        ));
        assert!(!matches("pkg:npm/@types/node", "pkg:npm/node@20.1.0"));
        assert!(matches(
            "pkg:deb/debian/libgomp1",
            "pkg:deb/debian/libgomp1@12"
        ));
    }

    #[test]
    fn a_path_may_have_wildcards() {
        assert!(matches("requirements.txt", "requirements.txt"));
        assert!(matches("./requirements/*.in", "requirements/core.in"));
        assert!(matches(
            "services/**/requirements.txt",
            "services/a/b/requirements.txt"
        ));
        assert!(!matches("requirements/*.in", "requirements/old/core.in"));
        assert!(
            !matches("**", "pkg:pypi/numpy"),
            "packages are named by their URL"
        );
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for wrong in [
            "",
            "pkg:",
            "pkg:pypi",
            "pkg:pypi/",
            "pkg:rpm/x",
            "pkg:pypi/x@",
            "pkg:pypi/x@>=",
            "a[b",
        ] {
            assert!(wrong.parse::<SubjectPattern>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_text_makes_it_panic(pattern in ".{0,40}", subject in ".{0,40}") {
            for pattern in [pattern.clone(), format!("pkg:{pattern}"), format!("pkg:pypi/{pattern}")] {
                if let Ok(pattern) = pattern.parse::<SubjectPattern>() {
                    pattern.matches(&subject);
                    pattern.matches(&format!("pkg:pypi/{subject}"));
                }
            }
        }

        #[test]
        fn a_package_url_of_ours_is_read_back(name in "[a-z0-9][a-z0-9-]{0,10}[a-z0-9]", version in "[0-9]{1,3}(\\.[0-9]{1,3}){0,3}(\\+[a-z0-9]{1,5})?") {
            let package = PackageId::pypi(&name);
            let purl = package.purl(Some(&version));
            prop_assert_eq!(parse_purl(&purl), Some((package, Some(version))));
        }
    }
}
