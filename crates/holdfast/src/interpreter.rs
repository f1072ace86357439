//! Which interpreter a lock of another tool is for.

use std::path::Path;

use anyhow::Result;
use holdfast_model::{Declared, Ecosystem, EnvironmentName, Locked, PackageId};
use holdfast_project::Config;
use holdfast_uv::Uv;
use pep440_rs::{Version, VersionSpecifiers};

/// What tells.
pub(crate) struct Question<'q> {
    /// The configuration, and the environment's name in it.
    pub(crate) config: Option<(&'q Config, &'q EnvironmentName)>,
    /// What the lock's manifest declares.
    pub(crate) declared: Option<&'q Declared>,
    /// The lock.
    pub(crate) locked: &'q Locked,
}

/// The interpreter, as exactly as it can be told.
pub(crate) struct Interpreter {
    /// `3.11.7`; `3.11` where the patch is not known, and nothing where nothing is.
    pub(crate) version: String,
    /// Why it is not known to the patch.
    pub(crate) note: Option<String>,
}

/// The interpreter that the configuration or the lock names; else the one at hand that they admit.
pub(crate) fn choose(
    question: &Question<'_>,
    directory: &Path,
    uv: impl FnOnce() -> Result<Uv>,
) -> Interpreter {
    let wanted = wanted(question);
    if is_patch(&wanted) {
        return Interpreter {
            version: wanted,
            note: None,
        };
    }
    let note = match uv() {
        Err(error) => error.to_string(),
        Ok(uv) => {
            // where uv runs has to exist
            let found =
                fs_err::create_dir_all(directory).map(|()| uv.interpreter(&wanted, directory));
            match found {
                Ok(Ok(version)) => {
                    return Interpreter {
                        version,
                        note: None,
                    };
                }
                Ok(Err(error)) => error.to_string(),
                Err(error) => error.to_string(),
            }
        }
    };
    let version = oldest_minor(&wanted).unwrap_or_default();
    Interpreter {
        note: Some(format!(
            "the patch of the interpreter is not known: {note}; `holdfast lock` settles it"
        )),
        version,
    }
}

/// A version or a range of interpreters.
fn wanted(question: &Question<'_>) -> String {
    if let Some(python) = question
        .config
        .and_then(|(config, name)| config.python_of(name))
    {
        return python.value.to_string();
    }
    let conda = PackageId::new(Ecosystem::Conda, "python");
    let locked = question
        .locked
        .packages
        .iter()
        .find(|package| package.package == conda);
    if let Some(version) = locked.and_then(|package| package.version.clone()) {
        return version;
    }
    let written = question.locked.requires_python.as_deref();
    if let Some(exact) = written
        .and_then(|written| written.strip_prefix("=="))
        .filter(|exact| is_patch(exact))
    {
        return exact.to_owned();
    }
    let declared = question.declared.into_iter().flat_map(|it| &it.python);
    let mut ranges: Vec<String> = declared
        .filter_map(|python| python.specifiers.as_ref())
        .chain(written.and_then(|written| written.parse().ok()).as_ref())
        .map(ToString::to_string)
        .filter(|range| !range.is_empty())
        .collect();
    ranges.sort();
    ranges.dedup();
    if ranges.is_empty() {
        ">=3".to_owned()
    } else {
        ranges.join(",")
    }
}

/// Whether a text is a version to the patch.
fn is_patch(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The oldest minor version that is still looked after and in the range.
fn oldest_minor(wanted: &str) -> Option<String> {
    if wanted.parse::<Version>().is_ok() {
        return Some(wanted.to_owned());
    }
    let specifiers: VersionSpecifiers = wanted.parse().ok()?;
    (9..=14)
        .find(|minor| specifiers.contains(&Version::new([3, *minor, 99])))
        .map(|minor| format!("3.{minor}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_told_from_a_minor_version() {
        assert!(is_patch("3.11.7"));
        assert!(!is_patch("3.11"));
        assert!(!is_patch("3.11.*"));
        assert!(!is_patch(">=3.11.7"));
    }

    #[test]
    fn the_oldest_minor_version_of_a_range_is_taken() {
        assert_eq!(oldest_minor(">=3.10,<3.13").as_deref(), Some("3.10"));
        assert_eq!(oldest_minor(">=3").as_deref(), Some("3.9"));
        assert_eq!(oldest_minor("3.11").as_deref(), Some("3.11"));
        assert_eq!(oldest_minor("<3"), None);
        assert_eq!(oldest_minor("nonsense"), None);
    }
}
