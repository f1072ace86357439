//! Which declared requirements a lock does not meet, and which locked packages nobody declares.

use std::collections::{HashMap, HashSet};

use holdfast_model::{
    Declared, Ecosystem, LockSource, Locked, LockedPackage, PackageId, Purpose, Requirement,
    RequirementSource, Staleness,
};
use pep440_rs::Version;

use super::npm_range;

/// The packages of a lock by name.
pub(super) struct Held<'l> {
    by_package: HashMap<&'l PackageId, Vec<&'l LockedPackage>>,
}

/// Versions of one package that are looked at.
const VERSIONS: usize = 64;

impl<'l> Held<'l> {
    pub(super) fn new(locked: &'l Locked) -> Self {
        let mut by_package: HashMap<&PackageId, Vec<&LockedPackage>> = HashMap::new();
        for package in &locked.packages {
            let entries = by_package.entry(&package.package).or_default();
            if entries.len() < VERSIONS {
                entries.push(package);
            }
        }
        Self { by_package }
    }

    pub(super) fn entries(&self, package: &PackageId) -> &[&'l LockedPackage] {
        self.by_package.get(package).map_or(&[], Vec::as_slice)
    }

    /// What a requirement asks for and the lock has not.
    pub(super) fn unmet(&self, requirement: &Requirement) -> Option<Staleness> {
        let entries = self.entries(&requirement.package);
        if entries.is_empty() {
            // a directory is often the project itself, which is no part of its own lock
            let is_directory = matches!(requirement.source, RequirementSource::Path { .. });
            let reason = format!("`{}` is not locked", requirement.package);
            return (!is_directory).then(|| asked_for(requirement, &reason));
        }
        let from_index =
            |entry: &&&LockedPackage| matches!(entry.source, LockSource::Registry { .. });
        match &requirement.source {
            RequirementSource::Vcs { .. } | RequirementSource::Url(_) => entries
                .iter()
                .all(|entry| from_index(&entry))
                .then(|| asked_for(requirement, "it is locked from an index")),
            RequirementSource::Path { .. } => None,
            RequirementSource::Registry { .. } => {
                let refused = |entry: &&LockedPackage| {
                    let version = entry.version.as_deref();
                    version.and_then(|version| admits(requirement, version)) == Some(false)
                };
                entries.iter().all(refused).then(|| {
                    let versions: Vec<&str> = entries
                        .iter()
                        .filter_map(|entry| entry.version.as_deref())
                        .collect();
                    asked_for(requirement, &locked(&versions))
                })
            }
        }
    }
}

/// Whether a requirement has a version, where that can be told.
fn admits(requirement: &Requirement, version: &str) -> Option<bool> {
    match requirement.package.ecosystem() {
        Ecosystem::Conda => holdfast_model::conda_range::admits(&requirement.range.text, version),
        Ecosystem::Npm => npm_range::admits(&requirement.range.text, version),
        Ecosystem::Pypi | Ecosystem::Deb | Ecosystem::Generic => requirement.range.admits(version),
    }
}

/// The message for a requirement that is not met.
fn asked_for(requirement: &Requirement, what: &str) -> Staleness {
    Staleness {
        message: format!("`{}` is asked for, and {what}", requirement.text),
        location: requirement.location.clone(),
    }
}

/// `1.2 is locked`.
pub(super) fn locked(versions: &[&str]) -> String {
    match versions {
        [only] => format!("{only} is locked"),
        several => format!("{} are locked", several.join(" and ")),
    }
}

/// What is declared for a purpose that counts and not met. Requirements with a marker are named only
/// where no other is: they may concern no machine of the lock.
pub(super) fn unmet(
    declared: &Declared,
    held: &Held<'_>,
    counts: impl Fn(&Purpose) -> bool,
) -> Vec<Staleness> {
    let find = |with_marker: bool| -> Vec<Staleness> {
        declared
            .requirements
            .iter()
            .filter(|requirement| counts(&requirement.purpose))
            .filter(|requirement| requirement.marker.is_some() == with_marker)
            .filter_map(|requirement| held.unmet(requirement))
            .collect()
    };
    let plain = find(false);
    if plain.is_empty() { find(true) } else { plain }
}

/// Interpreters that are declared where conda brings the interpreter, and not locked.
pub(super) fn interpreter(declared: &Declared, held: &Held<'_>) -> Vec<Staleness> {
    let python = PackageId::new(Ecosystem::Conda, "python");
    let versions: Vec<&str> = held
        .entries(&python)
        .iter()
        .filter_map(|entry| entry.version.as_deref())
        .collect();
    let parsed: Vec<Version> = versions.iter().filter_map(|it| it.parse().ok()).collect();
    if parsed.is_empty() {
        return Vec::new();
    }
    declared
        .python
        .iter()
        .filter(|python| {
            let specifiers = python.specifiers.as_ref();
            specifiers.is_some_and(|it| !parsed.iter().any(|version| it.contains(version)))
        })
        .map(|python| Staleness {
            message: format!(
                "python `{}` is declared, and {}",
                python.text,
                locked(&versions)
            ),
            location: python.location.clone(),
        })
        .collect()
}

/// Packages that no other package of the lock needs and nobody declares any more. Only for locks that
/// have all edges.
pub(super) fn not_asked_for(declared: &Declared, locked: &Locked) -> Vec<Staleness> {
    let needed: HashSet<&PackageId> = locked
        .packages
        .iter()
        .flat_map(|package| &package.dependencies)
        .map(|dependency| &dependency.package)
        .collect();
    let asked: HashSet<&PackageId> = declared
        .requirements
        .iter()
        .map(|requirement| &requirement.package)
        .collect();
    locked
        .packages
        .iter()
        .filter(|package| !needed.contains(&package.package) && !asked.contains(&package.package))
        .map(|package| Staleness {
            message: format!(
                "`{}` was locked because it was asked for, and nobody asks for it any more",
                package.package
            ),
            location: package.location.clone(),
        })
        .collect()
}
