//! The exact versions of an environment: what rules about versions judge.

use std::collections::BTreeSet;

use holdfast_model::{
    EnvironmentFacts, Location, LockSource, Locked, LockedPackage, Observed, PackageId,
    RequirementSource,
};

use crate::answer::Answer;
use crate::text;

/// One version of one package, as an environment has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExactVersion<'a> {
    pub(crate) package: &'a PackageId,
    pub(crate) version: &'a str,
    /// Its licence, where the lock or the installed metadata tells.
    pub(crate) licence: Option<&'a str>,
    /// Whether it comes from a package index.
    pub(crate) from_index: bool,
    place: Place<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Place<'a> {
    Written(&'a Location),
    Installed { root: &'a str, path: &'a str },
}

impl ExactVersion<'_> {
    pub(crate) fn location(&self) -> Location {
        match self.place {
            Place::Written(location) => location.clone(),
            Place::Installed { root, path } => installed_place(root, path),
        }
    }

    pub(crate) fn purl(&self) -> String {
        self.package.purl(Some(self.version))
    }

    /// `` `numpy 1.26.4` ``
    pub(crate) fn named(&self) -> String {
        text::named(self.package, Some(self.version))
    }

    fn key(&self) -> (&PackageId, &str) {
        (self.package, self.version)
    }
}

/// Where an installed package is.
pub(crate) fn installed_place(root: &str, path: &str) -> Location {
    Location::start_of(format!("{}/{path}", root.trim_end_matches('/')))
}

/// The exact versions of an environment, and gaps for what has none.
///
/// Those of the lock; without a lock, those that are declared as `==`; and those that are installed
/// and in neither. A range is not a version: what it will come to cannot be judged.
pub(crate) fn exact_versions<'a>(
    answer: &mut Answer,
    environment: &'a EnvironmentFacts,
) -> Vec<ExactVersion<'a>> {
    if let Some(locked) = answer.locked(environment) {
        for package in without_version(locked) {
            answer.gap_about(
                environment,
                package.package.purl(None),
                format!("`{}` has no version in `{}`", package.package, locked.file),
            );
        }
    } else if matches!(environment.locked, Observed::Unreadable { .. }) {
        // the gap is noted; what is declared would tell less than the lock
    } else if let Some(declared) = answer.declared(environment) {
        let ranges: Vec<&str> = declared
            .requirements
            .iter()
            .filter(|requirement| {
                requirement.range.exact.is_none() && !is_own_directory(&requirement.source)
            })
            .map(|requirement| requirement.package.name())
            .collect();
        if !ranges.is_empty() {
            answer.gap(
                environment,
                format!(
                    "{} without an exact version ({}), and there is no lock: run `holdfast lock`",
                    text::count(ranges.len(), "requirement"),
                    text::some_of(ranges),
                ),
            );
        }
    }
    if let Some(installed) = answer.installed(environment)
        && !installed.unreadable.is_empty()
    {
        let places = installed
            .unreadable
            .iter()
            .map(|file| file.location.file.as_str());
        answer.gap(
            environment,
            format!(
                "{} could not be read in `{}` ({})",
                text::count(installed.unreadable.len(), "installed package"),
                installed.root,
                text::some_of(places),
            ),
        );
    }
    collect(environment)
}

/// The package versions of an environment that rules ask advisories and indexes about.
///
/// Knowledge must be gathered for exactly these: a version for which no match was looked up would
/// pass for clean.
pub fn judged_versions(environment: &EnvironmentFacts) -> BTreeSet<(PackageId, String)> {
    collect(environment)
        .into_iter()
        .map(|exact| (exact.package.clone(), exact.version.to_owned()))
        .collect()
}

/// The exact versions alone, where the gaps are said elsewhere.
pub(crate) fn collect(environment: &EnvironmentFacts) -> Vec<ExactVersion<'_>> {
    let mut versions: Vec<ExactVersion<'_>> = Vec::new();
    match (&environment.locked, &environment.declared) {
        (Observed::Present(locked), _) => versions.extend(locked_versions(locked)),
        (Observed::Unreadable { .. }, _) => {}
        (_, Observed::Present(declared)) => {
            versions.extend(declared.requirements.iter().filter_map(|requirement| {
                let from_index = matches!(requirement.source, RequirementSource::Registry { .. });
                Some(ExactVersion {
                    package: &requirement.package,
                    version: requirement.range.exact.as_deref()?,
                    licence: None,
                    from_index,
                    place: Place::Written(&requirement.location),
                })
            }));
        }
        (_, _) => {}
    }
    let mut seen = BTreeSet::new();
    versions.retain(|exact| seen.insert((exact.package, exact.version)));
    if let Observed::Present(installed) = &environment.installed {
        let also = installed.packages.iter().map(|package| ExactVersion {
            package: &package.package,
            version: &package.version,
            licence: package.licence.as_deref(),
            from_index: true,
            place: Place::Installed {
                root: &installed.root,
                path: &package.path,
            },
        });
        versions.extend(also.filter(|exact| !seen.contains(&exact.key())));
    }
    versions
}

fn locked_versions(locked: &Locked) -> impl Iterator<Item = ExactVersion<'_>> {
    locked.packages.iter().filter_map(|package| {
        if matches!(package.source, LockSource::Directory { .. }) {
            // the project's own code, whose name on an index would be somebody else's package
            return None;
        }
        Some(ExactVersion {
            package: &package.package,
            version: package.version.as_deref()?,
            licence: package.licence.as_deref(),
            from_index: matches!(package.source, LockSource::Registry { .. }),
            place: Place::Written(&package.location),
        })
    })
}

fn without_version(locked: &Locked) -> impl Iterator<Item = &LockedPackage> {
    locked.packages.iter().filter(|package| {
        package.version.is_none() && !matches!(package.source, LockSource::Directory { .. })
    })
}

fn is_own_directory(source: &RequirementSource) -> bool {
    matches!(source, RequirementSource::Path { .. })
}
