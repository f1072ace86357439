//! When each package of a lock is installed, as exactly as its format tells.
//!
//! [`holdfast_model::LockedPackage`] has one marker and a list of groups, which is enough for most
//! questions. Who makes another lock from it needs to know which group installs it under which marker.

mod inherit;
pub(super) mod walk;

use std::collections::BTreeMap;

use holdfast_model::{Declared, LockFormat, Locked, LockedPackage};

use super::collect::MAIN;
use super::source::Source;
use super::{pdm, poetry, uv};
use crate::{Files, ReadError};

/// Each selection that installs a package, with the marker under which it does.
///
/// A selection is a group, an extra or an environment of the lock; `main` is what a project always
/// needs.
pub type Condition = BTreeMap<String, Option<String>>;

/// When the packages of a lock are installed, each in the order of [`Locked::packages`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conditions {
    /// The lock says it of each package.
    Told(Vec<Condition>),
    /// The lock has markers on its edges alone, and what was asked for is not known: the markers that
    /// are given are too wide.
    Untold(Vec<Condition>),
}

impl Conditions {
    /// The conditions, however they are known.
    pub fn all(&self) -> &[Condition] {
        match self {
            Self::Told(conditions) | Self::Untold(conditions) => conditions,
        }
    }
}

/// When the packages of a lock are installed; `locked` is what [`crate::read`] read from the file of
/// that name. What the lock's manifest declares helps with locks that do not tell it themselves.
pub fn conditions(
    files: &dyn Files,
    locked: &Locked,
    declared: Option<&Declared>,
) -> Result<Conditions, ReadError> {
    let told = match locked.format {
        LockFormat::Uv | LockFormat::Poetry | LockFormat::Pdm => {
            let text = crate::reading::text_of(files, &locked.file)?;
            told(&Source::new(&text, &locked.file), locked)?
        }
        LockFormat::Pylock
        | LockFormat::Pipenv
        | LockFormat::Requirements
        | LockFormat::CondaLock
        | LockFormat::CondaExplicit
        | LockFormat::Pixi
        | LockFormat::Npm => Some(by_groups_of(locked)),
    };
    if let Some(conditions) = told {
        return Ok(Conditions::Told(conditions));
    }
    let inherited = declared
        .filter(|declared| !declared.requirements.is_empty())
        .and_then(|declared| inherit::conditions(&locked.packages, declared).ok());
    Ok(match inherited {
        Some(conditions) => Conditions::Told(conditions),
        None => Conditions::Untold(by_groups_of(locked)),
    })
}

/// What the lock tells itself; nothing where it does not.
fn told(source: &Source<'_>, locked: &Locked) -> Result<Option<Vec<Condition>>, ReadError> {
    Ok(match locked.format {
        LockFormat::Uv => uv::conditions(&uv::parse(source)?).ok(),
        LockFormat::Poetry => {
            let lock = poetry::parse(source)?;
            poetry::tells_markers(&lock).then(|| poetry::conditions(&lock, locked))
        }
        LockFormat::Pdm => {
            let tells = pdm::tells_markers(&pdm::parse(source)?);
            tells.then(|| by_groups_of(locked))
        }
        LockFormat::Pylock
        | LockFormat::Pipenv
        | LockFormat::Requirements
        | LockFormat::CondaLock
        | LockFormat::CondaExplicit
        | LockFormat::Pixi
        | LockFormat::Npm => None,
    })
}

fn by_groups_of(locked: &Locked) -> Vec<Condition> {
    locked.packages.iter().map(by_groups).collect()
}

/// What groups and marker of a package say together. Without groups, it is always needed.
pub(super) fn by_groups(package: &LockedPackage) -> Condition {
    if package.groups.is_empty() {
        return Condition::from([(MAIN.to_owned(), package.marker.clone())]);
    }
    package
        .groups
        .iter()
        .map(|group| (group.clone(), package.marker.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, MemoryFiles, read};

    fn told(name: &str, format: Format, text: &str) -> Conditions {
        told_with(name, format, text, None)
    }

    fn told_with(
        name: &str,
        format: Format,
        text: &str,
        declared: Option<&Declared>,
    ) -> Conditions {
        let files = MemoryFiles::new().with(name, text);
        let locked = read(&files, name, format).unwrap().locked.unwrap();
        let conditions = conditions(&files, &locked, declared).unwrap();
        assert_eq!(conditions.all().len(), locked.packages.len());
        conditions
    }

    fn one(pairs: &[(&str, Option<&str>)]) -> Condition {
        let pairs = pairs.iter();
        pairs
            .map(|(name, marker)| ((*name).to_owned(), marker.map(str::to_owned)))
            .collect()
    }

    #[test]
    fn poetry_2_has_a_marker_for_each_group() {
        let text = "[[package]]\nname = \"six\"\nversion = \"1\"\noptional = false\n\
            groups = [\"main\", \"dev\"]\nfiles = []\n\
            markers = {main = \"os_name == 'nt'\"}\n\
            [[package]]\nname = \"x\"\nversion = \"1\"\noptional = true\ngroups = [\"main\"]\n\
            markers = \"extra == 'fast'\"\nfiles = []\n\
            [extras]\nfast = [\"x\"]\n\
            [metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\ncontent-hash = \"1\"\n";
        assert_eq!(
            told("poetry.lock", Format::PoetryLock, text),
            Conditions::Told(vec![
                one(&[("dev", None), ("main", Some("os_name == 'nt'"))]),
                one(&[("fast", Some("extra == 'fast'"))]),
            ])
        );
    }

    #[test]
    fn poetry_1_does_not_tell_markers() {
        let text = "[[package]]\nname = \"six\"\nversion = \"1\"\ncategory = \"dev\"\noptional = false\n\
            [metadata]\nlock-version = \"1.1\"\ncontent-hash = \"1\"\n";
        assert_eq!(
            told("poetry.lock", Format::PoetryLock, text),
            Conditions::Untold(vec![one(&[("dev", None)])])
        );
    }

    #[test]
    fn the_manifest_tells_where_packages_of_poetry_1_are_installed() {
        let text = "[[package]]\nname = \"click\"\nversion = \"8\"\ncategory = \"main\"\noptional = false\n\
            [package.dependencies]\ncolorama = {version = \"*\", markers = \"os_name == 'nt'\"}\n\
            [[package]]\nname = \"colorama\"\nversion = \"1\"\ncategory = \"main\"\noptional = false\n\
            [[package]]\nname = \"left\"\nversion = \"1\"\ncategory = \"dev\"\noptional = false\n\
            [metadata]\nlock-version = \"2.0\"\ncontent-hash = \"1\"\n";
        let manifest = MemoryFiles::new().with(
            "pyproject.toml",
            "[tool.poetry.dependencies]\npython = '^3.9'\nclick = '*'\n\
             [tool.poetry.group.test.dependencies]\ncolorama = '*'\n",
        );
        let declared = read(&manifest, "pyproject.toml", Format::Pyproject).unwrap();
        let declared = declared.declared.unwrap();
        assert_eq!(
            told_with("poetry.lock", Format::PoetryLock, text, Some(&declared)),
            Conditions::Told(vec![
                one(&[("main", None)]),
                one(&[("main", Some("os_name == 'nt'")), ("test", None)]),
                one(&[("dev", None)]),
            ])
        );
    }

    #[test]
    fn pdm_tells_markers_where_it_inherits_them() {
        let text = |strategy: &str| {
            format!(
                "[metadata]\ngroups = [\"default\"]\nlock_version = \"4.5.0\"\nstrategy = [{strategy}]\n\
                 [[package]]\nname = \"six\"\nversion = \"1\"\ngroups = [\"default\"]\nmarker = \"os_name == 'nt'\"\n"
            )
        };
        let told_by = |strategy: &str| told("pdm.lock", Format::PdmLock, &text(strategy));
        let condition = vec![one(&[("main", Some("os_name == 'nt'"))])];
        assert_eq!(
            told_by("\"inherit_metadata\""),
            Conditions::Told(condition.clone())
        );
        assert_eq!(told_by(""), Conditions::Untold(condition));
    }

    #[test]
    fn other_locks_say_it_themselves() {
        let text = r#"{"_meta": {"hash": {"sha256": "0"}}, "default": {"six": {"version": "==1", "markers": "os_name == 'nt'"}}, "develop": {"x": {"version": "==2"}}}"#;
        assert_eq!(
            told("Pipfile.lock", Format::PipfileLock, text),
            Conditions::Told(vec![
                one(&[("main", Some("os_name == 'nt'"))]),
                one(&[("develop", None)])
            ])
        );
    }
}
