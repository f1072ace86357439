//! The locks that a path leads to, for the commands that look at nothing else.

use std::path::Path;

use anyhow::{Result, bail};
use holdfast_model::{Declared, EnvironmentFacts, EnvironmentName, LockedPackage, Observed};
use holdfast_model::{Locked, PackageId, Requirement};
use holdfast_project::GatherOptions;
use holdfast_report::PackageRef;

use super::check::picked;
use crate::environment::Environment;

/// A lock with what it was made from.
pub(crate) struct FoundLock {
    pub(crate) environment: Option<EnvironmentName>,
    pub(crate) locked: Locked,
    pub(crate) declared: Option<Declared>,
}

impl FoundLock {
    /// The requirements of people that ask for a package by name. Of a compiled requirements file that
    /// stands alone each line is a requirement, and those that only packages ask for are none of
    /// people's.
    pub(crate) fn requirements<'a>(
        &'a self,
        package: &'a LockedPackage,
    ) -> impl Iterator<Item = &'a Requirement> {
        self.declared
            .iter()
            .flat_map(|declared| &declared.requirements)
            .filter(|requirement| requirement.package == package.package)
            .filter(|requirement| !self.is_of_packages(requirement))
    }
}

impl FoundLock {
    /// Whether the notes of a requirement name packages of the lock alone.
    fn is_of_packages(&self, requirement: &Requirement) -> bool {
        let is_package = |via: &String| {
            let id = PackageId::pypi(via);
            self.locked.packages.iter().any(|it| it.package == id)
        };
        !requirement.via.is_empty() && requirement.via.iter().all(is_package)
    }
}

/// The locks of a project, or the one in a file. None at all is an error, and so is a broken one.
pub(crate) fn locks(
    path: &Path,
    environments: &[EnvironmentName],
    environment: &Environment,
) -> Result<Vec<FoundLock>> {
    let options = GatherOptions {
        environments: picked(environments),
        now: environment.now,
        ..GatherOptions::default()
    };
    let facts = holdfast_project::gather_path(path, &options)?;
    if let Some(unreadable) = facts.unreadable.first() {
        bail!("{}: {}", unreadable.location, unreadable.reason);
    }
    let mut found = Vec::new();
    for facts in facts.environments {
        found.extend(lock_of(facts)?);
    }
    if found.is_empty() {
        bail!(
            "`{}` has no lock: make one with `holdfast lock`, or name a lock",
            path.display()
        );
    }
    Ok(found)
}

fn lock_of(facts: EnvironmentFacts) -> Result<Option<FoundLock>> {
    match facts.locked {
        Observed::Present(locked) => Ok(Some(FoundLock {
            environment: facts.name,
            locked,
            declared: match facts.declared {
                Observed::Present(declared) => Some(declared),
                Observed::Absent { .. } | Observed::NotLookedFor | Observed::Unreadable { .. } => {
                    None
                }
            },
        })),
        Observed::Unreadable { location, reason } => bail!("{location}: {reason}"),
        Observed::Absent { .. } | Observed::NotLookedFor => Ok(None),
    }
}

/// A package as reports want it.
pub(crate) fn reference(package: &LockedPackage) -> PackageRef {
    PackageRef::new(&package.package, package.version.as_deref())
}
