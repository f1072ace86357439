//! What rules about installed environments share: what was looked at, and what should be there.

use std::collections::BTreeMap;

use holdfast_model::{
    Contents, Deviation, EnvironmentFacts, Installed, InstalledPackage, Layer, Location, Locked,
    LockedPackage, PackageId,
};

use crate::Rule;
use crate::answer::Answer;
use crate::finding::FindingBuilder;
use crate::marker::holds_on;
use crate::versions::installed_place;

/// What a look at every file came to. Nothing where nobody looked at what is installed; a gap where
/// only metadata was read.
pub(crate) fn looked_at<'a>(
    answer: &mut Answer,
    environment: &'a EnvironmentFacts,
) -> Option<(&'a Installed, &'a Contents)> {
    let installed = answer.installed(environment)?;
    if installed.contents.is_none() {
        answer.gap(
            environment,
            "the installed files were not looked at: run `holdfast verify`",
        );
    }
    Some((installed, installed.contents.as_ref()?))
}

/// What is installed beside the lock that says what should be; a gap without a lock.
pub(crate) fn beside_lock<'a>(
    answer: &mut Answer,
    environment: &'a EnvironmentFacts,
) -> Option<(&'a Installed, &'a Locked)> {
    let (installed, _) = looked_at(answer, environment)?;
    let locked = answer.locked(environment);
    if locked.is_none() {
        answer.gap(
            environment,
            "there is no lock to compare with: run `holdfast lock`",
        );
    }
    Some((installed, locked?))
}

/// The place of a path in an environment.
pub(crate) fn place(installed: &Installed, path: &str) -> Location {
    if path.starts_with('/') {
        Location::start_of(path)
    } else {
        installed_place(&installed.root, path)
    }
}

/// The subject of a finding about a file: its package, else its path.
pub(crate) fn subject(installed: &Installed, deviation: &Deviation) -> String {
    match &deviation.owner {
        Some(owner) => purl(installed, owner),
        None => deviation.path.clone(),
    }
}

/// The package URL of an installed package.
pub(crate) fn purl(installed: &Installed, package: &PackageId) -> String {
    let found = installed
        .packages
        .iter()
        .find(|candidate| candidate.package == *package);
    package.purl(found.map(|found| found.version.as_str()))
}

/// The owner of a file as part of a sentence; nothing for a file that no package claims.
pub(crate) fn of_owner(installed: &Installed, deviation: &Deviation) -> String {
    let Some(owner) = &deviation.owner else {
        return String::new();
    };
    let version = installed
        .packages
        .iter()
        .find(|package| package.package == *owner)
        .map(|package| package.version.as_str());
    format!(" of {}", crate::text::named(owner, version))
}

/// A file that is not as it should be, and where it lies.
pub(crate) struct Differing<'a> {
    pub(crate) environment: &'a EnvironmentFacts,
    pub(crate) installed: &'a Installed,
    pub(crate) deviation: &'a Deviation,
}

impl Differing<'_> {
    /// What a rule says of the file.
    pub(crate) fn finding(
        &self,
        rule: &'static Rule,
        message: impl Into<String>,
        fix: &str,
    ) -> FindingBuilder {
        let path = self.deviation.path.as_str();
        rule.finding(Layer::Packages)
            .at(&place(self.installed, path))
            .message(message)
            .of(self.environment)
            .subject(subject(self.installed, self.deviation))
            .detail("path", path)
            .fix(fix)
    }
}

/// Whether a locked package belongs into an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belongs {
    /// It does.
    Yes,
    /// Its marker does not hold, or it is in a group that nobody asked for.
    No,
    /// That cannot be told.
    Unknown,
}

/// Whether a locked package belongs into the environment that the lock is for.
pub(crate) fn belongs(package: &LockedPackage, locked: &Locked) -> Belongs {
    let Some(marker) = &package.marker else {
        return if package.groups.is_empty() {
            Belongs::Yes
        } else {
            Belongs::Unknown
        };
    };
    let holds = locked
        .holdfast
        .as_ref()
        .and_then(|metadata| holds_on(marker, metadata));
    match holds {
        Some(true) => Belongs::Yes,
        Some(false) => Belongs::No,
        None => Belongs::Unknown,
    }
}

/// The entries of the lock for each installed package, those that cannot belong here left out.
pub(crate) fn locked_as<'a>(
    installed: &'a InstalledPackage,
    by_package: &BTreeMap<&'a PackageId, Vec<&'a LockedPackage>>,
    locked: &Locked,
) -> Vec<&'a LockedPackage> {
    by_package
        .get(&installed.package)
        .into_iter()
        .flatten()
        .filter(|package| belongs(package, locked) != Belongs::No)
        .copied()
        .collect()
}

/// Whether two versions are the same (PEP 440).
pub(crate) fn is_same_version(one: &str, other: &str) -> bool {
    one == other
        || matches!(
            (one.parse::<pep440_rs::Version>(), other.parse::<pep440_rs::Version>()),
            (Ok(one), Ok(other)) if one == other
        )
}
