//! `holdfast outdated`: what could move, and what holds it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use holdfast_model::{
    Declared, EnvironmentName, Locked, LockedPackage, PackageId, PassedOver, ProjectReleases,
    Release,
};
use holdfast_report::{
    Outdated, OutdatedPackage, PackageRef, UnknownPackage, outdated_json, outdated_text,
};
use holdfast_solve::{Upgrade, UpgradePackages, UpgradePython, not_installable, too_young};
use holdfast_sources::Reach;
use jiff::{SignedDuration, Timestamp};
use pep440_rs::{Version, VersionSpecifiers};

use super::check::policy;
use super::locks::{FoundLock, locks};
use crate::cli::OutdatedOptions;
use crate::environment::Environment;
use crate::network::{Door, Network};
use crate::output::{Outcome, Output};
use crate::packages::whole;
use crate::project;
use crate::solving::{Wanted, solve};

/// Looks up what there is, asks the solver what an upgrade would take, and prints both.
pub(crate) fn run(
    options: &OutdatedOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let project = project::open(&options.project.directory)?;
    let reach = if options.offline {
        Reach::Offline
    } else {
        Reach::Online
    };
    let found = locks(&project.root, &options.project.environments, environment)?;
    let declared: Vec<&Declared> = found
        .iter()
        .filter_map(|lock| lock.declared.as_ref())
        .collect();
    let network = Network::new(project.config.as_ref(), &declared, environment)?;
    let door = Door::open(&network, environment);
    let packages: BTreeSet<PackageId> = found
        .iter()
        .flat_map(|lock| &lock.locked.packages)
        .map(|package| package.package.clone())
        .collect();
    let client = door.client(&network.routing, reach, environment);
    let answers = client.releases(&packages.into_iter().collect::<Vec<_>>());
    let mut known = BTreeMap::new();
    let mut failures = BTreeMap::new();
    for (package, answer) in answers {
        match answer {
            Ok(releases) => drop(known.insert(package, releases)),
            Err(error) => drop(failures.insert(package, whole(&error))),
        }
    }
    let upgraded = match project
        .config
        .as_ref()
        .filter(|config| !config.environments.is_empty())
    {
        Some(config) => {
            let wanted = Wanted {
                config,
                // what an upgrade would take is decided by all environments together
                picked: project::picked(config, &[])?,
                allow: Vec::new(),
                upgrade: Upgrade {
                    packages: UpgradePackages::All,
                    python: UpgradePython::Keep,
                },
                reach,
            };
            Some(Upgraded::new(
                solve(&project, &wanted, environment, output)?.outcome,
            ))
        }
        None => None,
    };
    let policy = policy(&project);
    let outdated = compare(
        &found,
        &Known {
            releases: &known,
            failures: &failures,
            upgraded: upgraded.as_ref(),
            now: environment.now,
            holding_period: policy.holding_period,
            allow_build: &policy.allow_build,
        },
    );
    let text = output.text_or_json(
        |style| outdated_text(&outdated, style),
        || outdated_json(&outdated),
    )?;
    Ok(Outcome::clean(text))
}

/// What an upgrade of everything would come to.
struct Upgraded {
    locks: BTreeMap<EnvironmentName, Locked>,
    passed_over: Vec<PassedOver>,
}

impl Upgraded {
    fn new(outcome: holdfast_solve::LockOutcome) -> Self {
        let locks = outcome.locks.into_iter();
        Self {
            locks: locks.map(|lock| (lock.name, lock.locked)).collect(),
            passed_over: outcome.passed_over,
        }
    }

    /// The upgraded lock of the same environment.
    fn of(&self, lock: &FoundLock) -> Option<&Locked> {
        self.locks.get(lock.environment.as_ref()?)
    }
}

/// What is known beside the locks.
struct Known<'a> {
    releases: &'a BTreeMap<PackageId, ProjectReleases>,
    failures: &'a BTreeMap<PackageId, String>,
    upgraded: Option<&'a Upgraded>,
    now: Timestamp,
    holding_period: SignedDuration,
    allow_build: &'a [PackageId],
}

/// A package in one version, with the locks that have it.
type Entries<'a> = BTreeMap<(&'a PackageId, &'a str), Vec<(&'a FoundLock, &'a LockedPackage)>>;

fn compare(found: &[FoundLock], known: &Known<'_>) -> Outdated {
    let mut entries: Entries<'_> = BTreeMap::new();
    for lock in found {
        for package in &lock.locked.packages {
            let Some(version) = package.version.as_deref() else {
                continue;
            };
            entries
                .entry((&package.package, version))
                .or_default()
                .push((lock, package));
        }
    }
    let mut outdated = Outdated::default();
    for ((package, version), entries) in &entries {
        let reference = PackageRef::new(package, Some(version));
        let Some(newest) = known.releases.get(package).and_then(newest) else {
            let reason = known.failures.get(package).cloned();
            outdated.unknown.push(UnknownPackage {
                package: reference,
                reason: reason.unwrap_or_else(|| "no release is known".to_owned()),
            });
            continue;
        };
        if version
            .parse::<Version>()
            .is_ok_and(|version| version >= newest.version)
        {
            outdated.current += 1;
            continue;
        }
        let upgrade = entries.iter().find_map(|(lock, _)| {
            let upgraded = known.upgraded?.of(lock)?;
            upgraded
                .packages
                .iter()
                .filter(|upgraded| upgraded.package == **package)
                .find_map(|upgraded| upgraded.version.clone())
                .filter(|upgrade| upgrade != version)
        });
        outdated.packages.push(OutdatedPackage {
            package: reference,
            environments: entries
                .iter()
                .filter_map(|(lock, _)| lock.environment.as_ref().map(ToString::to_string))
                .collect(),
            direct: entries
                .iter()
                .filter_map(|(_, package)| package.direct)
                .max(),
            held_by: held_by(package, newest, entries, known),
            upgrade,
            newest: newest.version.to_string(),
        });
    }
    outdated
}

/// The newest release that is neither yanked nor a pre-release.
fn newest(releases: &ProjectReleases) -> Option<&Release> {
    releases
        .releases
        .iter()
        .rev()
        .find(|release| release.yanked().is_none() && !release.version.any_prerelease())
}

/// What asks for something older than the newest release: requirements, packages as they are locked
/// and as they would be upgraded, its age, the machine, and what an upgrade would pass over.
fn held_by(
    package: &PackageId,
    newest: &Release,
    entries: &[(&FoundLock, &LockedPackage)],
    known: &Known<'_>,
) -> Vec<String> {
    let mut held: BTreeSet<String> = too_young(newest.uploaded(), known.now, known.holding_period)
        .into_iter()
        .collect();
    for (lock, entry) in entries {
        for requirement in lock.requirements(entry) {
            if requirement.range.admits(&newest.version.to_string()) == Some(false) {
                let place = &requirement.location;
                held.insert(format!(
                    "{} ({}:{})",
                    requirement.text, place.file, place.line
                ));
            }
        }
        held.extend(holders(&lock.locked, package, &newest.version));
        let metadata = lock.locked.holdfast.as_ref();
        held.extend(
            metadata
                .and_then(|metadata| not_installable(package, newest, metadata, known.allow_build)),
        );
        // where nothing that is locked stands in the way, what would come instead of it may
        if held.is_empty()
            && let Some(upgraded) = known.upgraded.and_then(|upgraded| upgraded.of(lock))
        {
            held.extend(holders(upgraded, package, &newest.version));
            if !upgraded.packages.iter().any(|it| it.package == *package) {
                held.insert("an upgrade no longer needs it".to_owned());
            }
        }
    }
    let passed = known
        .upgraded
        .into_iter()
        .flat_map(|upgraded| &upgraded.passed_over);
    held.extend(
        passed
            .filter(|passed| {
                passed.package == *package && passed.version == newest.version.to_string()
            })
            .map(|passed| passed.reason.clone()),
    );
    held.into_iter().collect()
}

/// The packages of a lock that do not admit a version of a package.
fn holders(locked: &Locked, package: &PackageId, version: &Version) -> Vec<String> {
    let mut holders = Vec::new();
    for holder in &locked.packages {
        let specifiers = holder
            .dependencies
            .iter()
            .filter(|edge| edge.package == *package)
            .filter_map(|edge| edge.specifier.as_deref());
        for specifier in specifiers {
            let excludes = specifier
                .parse::<VersionSpecifiers>()
                .is_ok_and(|specifiers| !specifiers.contains(version));
            if excludes {
                let own = holder.version.as_deref().unwrap_or_default();
                holders.push(format!(
                    "{} {own} wants {package}{specifier}",
                    holder.package
                ));
            }
        }
    }
    holders
}
