//! conda's match specifications and the manifests that hold them.
//!
//! The reference is conda's documentation of
//! [package match specifications](https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html#package-match-specifications).

pub(crate) mod environment;
mod range;

use holdfast_model::{DeclaredPython, Ecosystem, Location, PackageId, Purpose, Requirement};
use holdfast_model::{RequirementSource, VersionRange};
use pep440_rs::VersionSpecifiers;

use crate::pep508::SyntaxError;

pub(crate) use range::{range, union};

/// The longest specification that is read, in bytes.
const LENGTH_LIMIT: usize = 4096;

/// A specification such as `conda-forge::numpy>=1.26,<2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MatchSpec {
    pub(crate) name: String,
    pub(crate) channel: Option<String>,
    pub(crate) range: VersionRange,
    /// The build, where one is asked for.
    pub(crate) build: Option<String>,
}

impl MatchSpec {
    /// Reads `channel::name version build`, `name=version=build`, `name[version='>=1', channel=x]`.
    pub(crate) fn parse(text: &str) -> Result<Self, SyntaxError> {
        if text.len() > LENGTH_LIMIT {
            return Err(SyntaxError::new(
                0,
                format!("the requirement is longer than {} KiB", LENGTH_LIMIT / 1024),
            ));
        }
        let (plain, brackets) = split_brackets(text.trim())?;
        let (channel, rest) = match plain.rsplit_once("::") {
            Some((channel, rest)) => (Some(channel), rest),
            None => (None, plain),
        };
        let end = rest
            .find(|character: char| "=<>!~ \t".contains(character))
            .unwrap_or(rest.len());
        let (name, constraint) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if !is_name(name) {
            return Err(SyntaxError::new(
                text.len() - rest.len(),
                format!("`{name}` cannot name a conda package"),
            ));
        }
        let (version, build) = split_build(constraint.trim());
        let mut found = Self {
            name: name.to_lowercase(),
            channel: channel.map(channel_name),
            range: range(&version, build.is_some())?,
            build,
        };
        for (key, value) in brackets {
            match key {
                "version" => found.range = range(value, false)?,
                "channel" => found.channel = Some(channel_name(value)),
                "build" => found.build = Some(value.to_owned()),
                _ => {}
            }
        }
        Ok(found)
    }

    /// The requirement, with its place.
    pub(crate) fn into_requirement(
        self,
        text: &str,
        purpose: Purpose,
        location: Location,
    ) -> Requirement {
        Requirement {
            package: PackageId::new(Ecosystem::Conda, &self.name),
            text: crate::pep508::shown(text),
            range: self.range,
            extras: Vec::new(),
            marker: None,
            source: RequirementSource::Registry {
                index: self.channel,
            },
            hashes: Vec::new(),
            purpose,
            via: Vec::new(),
            location,
        }
    }

    /// What it says of the interpreter, where it is about `python`.
    pub(crate) fn as_python(&self, location: Location) -> Option<DeclaredPython> {
        (self.name == "python").then(|| DeclaredPython {
            text: self.range.text.clone(),
            specifiers: specifiers(&self.range),
            location,
        })
    }
}

/// The same range in PEP 440, where it can be said there.
fn specifiers(range: &VersionRange) -> Option<VersionSpecifiers> {
    let text = range.text.trim();
    let fuzzy = text.strip_prefix('=').filter(|rest| !rest.starts_with('='));
    if let Some(version) = fuzzy {
        let version = version.trim_end_matches(".*");
        // three numbers are a patch of Python, of which there are no further ones
        let star = if version.matches('.').count() < 2 {
            ".*"
        } else {
            ""
        };
        return format!("=={version}{star}").parse().ok();
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return format!("=={text}").parse().ok();
    }
    text.parse().ok()
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|character| character.is_alphanumeric() || "-_.*".contains(character))
}

/// The channel without its platform: `conda-forge/linux-64` is `conda-forge`; without credentials.
fn channel_name(text: &str) -> String {
    let text = crate::locks::without_secrets(text);
    let platforms = ["linux-", "osx-", "win-", "noarch"];
    match text.rsplit_once('/') {
        Some((channel, platform)) if platforms.iter().any(|it| platform.starts_with(it)) => {
            channel.to_owned()
        }
        _ => text,
    }
}

/// Keys and values in brackets.
type Pairs<'t> = Vec<(&'t str, &'t str)>;

/// `name[key=value, key='value']` without its brackets, and what is in them.
fn split_brackets(text: &str) -> Result<(&str, Pairs<'_>), SyntaxError> {
    let Some((plain, rest)) = text.split_once('[') else {
        return Ok((text, Vec::new()));
    };
    let Some(inside) = rest.strip_suffix(']') else {
        return Err(SyntaxError::new(
            plain.len(),
            "the bracket that opens here is not closed",
        ));
    };
    let mut found = Vec::new();
    let mut rest = inside.trim();
    while !rest.is_empty() {
        let Some((key, value)) = rest.split_once('=') else {
            return Err(SyntaxError::new(
                plain.len(),
                "expected `key=value` in the brackets",
            ));
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|it| matches!(it, '\'' | '"'));
        let (value, after) = match quote {
            Some(quote) => {
                let inner = value.get(1..).unwrap_or_default();
                let (value, after) = inner.split_once(quote).ok_or_else(|| {
                    SyntaxError::new(plain.len(), "a quote in the brackets is not closed")
                })?;
                (value, after.trim_start().trim_start_matches(','))
            }
            None => value.split_once(',').unwrap_or((value, "")),
        };
        found.push((key.trim(), value.trim()));
        rest = after.trim_start();
    }
    Ok((plain.trim_end(), found))
}

/// Version and build of `=1.26=py311_0`, `==1.26.4=py311_0`, `1.26.* py311_0`.
fn split_build(constraint: &str) -> (String, Option<String>) {
    let operator = constraint
        .find(|character: char| !"=<>!~".contains(character))
        .unwrap_or(constraint.len());
    let (sign, rest) = constraint
        .split_at_checked(operator)
        .unwrap_or(("", constraint));
    let rest = rest.trim_start();
    // spaces round `,` and `|` join what they stand between
    let mut version = String::new();
    let mut build = None;
    for word in rest.split_whitespace() {
        let joins = |text: &str| text.ends_with([',', '|', '=', '<', '>', '~', '!']);
        if version.is_empty() || joins(&version) || word.starts_with([',', '|']) {
            version.push_str(word);
        } else {
            build = Some(word.to_owned());
        }
    }
    if matches!(sign, "=" | "==" | "")
        && let Some((before, after)) = version.clone().split_once('=')
        && !before.is_empty()
        && !before.contains([',', '|', '<', '>', '!', '~'])
    {
        build = Some(after.trim_start_matches('=').to_owned());
        before.clone_into(&mut version);
    }
    (
        format!("{sign}{version}"),
        build.filter(|build| build != "*"),
    )
}

#[cfg(test)]
mod tests {
    use holdfast_model::RangeShape;
    use proptest::prelude::*;

    use super::*;

    /// A specification; the name, range, shape and version that it has.
    type Expected = (
        &'static str,
        &'static str,
        &'static str,
        RangeShape,
        Option<&'static str>,
    );

    const SPECIFICATIONS: &[Expected] = &[
        ("numpy", "numpy", "", RangeShape::Any, None),
        ("NumPy =1.26", "numpy", "=1.26", RangeShape::Prefix, None),
        (
            "numpy=1.26.4",
            "numpy",
            "=1.26.4",
            RangeShape::Exact,
            Some("1.26.4"),
        ),
        (
            "numpy==1.26",
            "numpy",
            "==1.26",
            RangeShape::Exact,
            Some("1.26"),
        ),
        (
            "numpy=1.26=py311_0",
            "numpy",
            "=1.26",
            RangeShape::Exact,
            Some("1.26"),
        ),
        (
            "numpy 1.26.4 py311_0",
            "numpy",
            "1.26.4",
            RangeShape::Exact,
            Some("1.26.4"),
        ),
        ("numpy 1.26.*", "numpy", "1.26.*", RangeShape::Prefix, None),
        (
            "numpy >=1.26, <2",
            "numpy",
            ">=1.26,<2",
            RangeShape::Bounded,
            None,
        ),
        (
            "numpy>=1.26|<1",
            "numpy",
            ">=1.26|<1",
            RangeShape::LowerBound,
            None,
        ),
        (
            "numpy~=1.26",
            "numpy",
            "~=1.26",
            RangeShape::Compatible,
            None,
        ),
        (
            "numpy!=1.25",
            "numpy",
            "!=1.25",
            RangeShape::Exclusion,
            None,
        ),
        ("numpy=*", "numpy", "=*", RangeShape::Any, None),
        (
            "numpy[version='>=1,<2']",
            "numpy",
            ">=1,<2",
            RangeShape::Bounded,
            None,
        ),
        (
            "_libgcc_mutex=0.1=main",
            "_libgcc_mutex",
            "=0.1",
            RangeShape::Exact,
            Some("0.1"),
        ),
    ];

    #[test]
    fn specifications_are_read_in_all_their_forms() {
        for (text, name, version, shape, exact) in SPECIFICATIONS {
            let read = MatchSpec::parse(text).unwrap();
            let range = &read.range;
            assert_eq!(
                (read.name.as_str(), range.text.as_str()),
                (*name, *version),
                "{text}"
            );
            assert_eq!(
                (range.shape, range.exact.as_deref()),
                (*shape, *exact),
                "{text}"
            );
        }
        let read = MatchSpec::parse("conda-forge/linux-64::numpy[build=x, channel='nvidia']");
        assert_eq!(read.as_ref().unwrap().channel.as_deref(), Some("nvidia"));
        assert_eq!(read.unwrap().build.as_deref(), Some("x"));
        for wrong in ["", "=1", "a[b", "a[version='1]", "a >=", "a=1|"] {
            assert!(MatchSpec::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_interpreter_is_understood_as_pep_440() {
        let python = |text: &str| {
            let spec = MatchSpec::parse(text).unwrap();
            let python = spec.as_python(Location::start_of("x")).unwrap();
            python.specifiers.map(|specifiers| specifiers.to_string())
        };
        assert_eq!(python("python=3.11").as_deref(), Some("==3.11.*"));
        assert_eq!(python("python=3.11.7").as_deref(), Some("==3.11.7"));
        assert_eq!(python("python 3.11.*").as_deref(), Some("==3.11.*"));
        assert_eq!(
            python("python>=3.10,<3.13").as_deref(),
            Some(">=3.10, <3.13")
        );
        assert_eq!(python("python=3.10|3.11"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a\\[\\]=<>!~|,*:/ '1-3.é]{0,30}") {
            let _ = MatchSpec::parse(&text);
        }
    }
}
