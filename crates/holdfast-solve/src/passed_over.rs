//! What a person would have expected, and why another version was taken.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{LockMetadata, Locked, PackageId, PassedOver, RangeShape, Release};
use holdfast_uv::Machines;
use jiff::{Timestamp, Unit};
use pep440_rs::{Version, VersionSpecifiers};

use crate::admissible::{Machine, Obstacle, is_asked_for, is_old_enough};
use crate::enrich::asked_for;
use crate::joint::Joint;
use crate::metadata::cutoff;
use crate::probe::why_not;
use crate::refused::Candidate;

/// The solver is asked at most this often why something newer was not taken.
const PROBES: usize = 6;

/// Everything that was passed over in a solution, sorted by package and version.
pub(crate) fn passed_over(joint: &mut Joint<'_>, locks: &[Locked]) -> Vec<PassedOver> {
    let taken = taken(locks);
    let mut passed: BTreeMap<(PackageId, String), PassedOver> = BTreeMap::new();
    for (package, refused) in &joint.refused.packages {
        for version in &refused.chosen {
            let took = taken.get(package).map(ToString::to_string);
            let entry = PassedOver {
                package: package.clone(),
                version: version.to_string(),
                reason: refused.reasons_against(version).join(", "),
                took,
                way_out: None,
            };
            passed.insert((package.clone(), version.to_string()), entry);
        }
    }
    let mut probes = 0;
    for package in direct(joint) {
        let Some(took) = taken.get(&package) else {
            continue;
        };
        for entry in newer(joint, locks, &package, took, &mut probes) {
            passed
                .entry((package.clone(), entry.version.clone()))
                .or_insert(entry);
        }
    }
    passed.into_values().collect()
}

/// The oldest version taken of each package.
fn taken(locks: &[Locked]) -> BTreeMap<PackageId, Version> {
    let mut taken: BTreeMap<PackageId, Version> = BTreeMap::new();
    for package in locks.iter().flat_map(|locked| &locked.packages) {
        let Some(version) = package
            .version
            .as_deref()
            .and_then(|version| version.parse().ok())
        else {
            continue;
        };
        let known = taken
            .entry(package.package.clone())
            .or_insert_with(|| Version::clone(&version));
        if version < *known {
            *known = version;
        }
    }
    taken
}

/// Packages that are asked for directly and not to one version.
fn direct(joint: &Joint<'_>) -> BTreeSet<PackageId> {
    let exact: BTreeSet<&PackageId> = joint
        .requirements()
        .filter(|(_, requirement)| requirement.range.shape == RangeShape::Exact)
        .map(|(_, requirement)| &requirement.package)
        .collect();
    joint
        .requirements()
        .map(|(_, requirement)| &requirement.package)
        .filter(|package| !exact.contains(package))
        .cloned()
        .collect()
}

/// What is newer than the version that was taken: the newest of all where it is too young, and the
/// newest that nothing speaks against.
fn newer(
    joint: &mut Joint<'_>,
    locks: &[Locked],
    package: &PackageId,
    took: &Version,
    probes: &mut usize,
) -> Vec<PassedOver> {
    let candidates: Vec<Candidate> = joint
        .candidates(package)
        .into_iter()
        .filter(|candidate| {
            candidate.version > *took
                && !is_refused(joint, package, &candidate.version)
                // a run that is judged by an earlier time does not know later releases
                && candidate.uploaded.is_none_or(|uploaded| uploaded <= joint.request.now)
        })
        .collect();
    let entry = |version: &Version, reason: String, way_out| PassedOver {
        package: package.clone(),
        version: version.to_string(),
        reason,
        took: Some(took.to_string()),
        way_out,
    };
    let mut passed = Vec::new();
    if let Some((version, obstacle)) = unusable(joint, package, took) {
        let (reason, way_out) = told(package, obstacle);
        passed.push(entry(&version, reason, way_out));
    }
    if let Some(newest) = candidates.last()
        && !is_old_enough(newest, joint.limit(package))
    {
        let reason = age(
            newest.uploaded,
            joint.request.now,
            joint.policy.holding_period,
        );
        passed.push(entry(&newest.version, reason, None));
    }
    let admissible = candidates
        .iter()
        .rev()
        .find(|candidate| is_old_enough(candidate, joint.limit(package)));
    if let Some(admissible) = admissible {
        let version = admissible.version.clone();
        if let Some(by) = keeper(joint, package, &version) {
            passed.push(entry(&version, by, None));
        } else if let Some(by) = holder(joint, locks, package, &version) {
            passed.push(entry(&version, by, None));
        } else if is_kept(joint, package, took) {
            // what is locked stays: that is no surprise, and `outdated` tells
        } else if *probes < PROBES {
            *probes += 1;
            // an index that fails now must not undo a solution that was found
            if let Ok(why) = why_not(joint, package, &version) {
                passed.push(entry(&version, why.reason, why.way_out));
            }
        }
    }
    passed
}

/// The newest release of all that is asked for, where it can be chosen on no account.
fn unusable(joint: &Joint<'_>, package: &PackageId, took: &Version) -> Option<(Version, Obstacle)> {
    if is_kept(joint, package, took) {
        return None;
    }
    let requirements = joint.requirements_of(package);
    let newest = joint
        .releases
        .get(package)?
        .releases
        .iter()
        .rev()
        .take_while(|release| release.version > *took)
        .find(|release| {
            !release.version.any_prerelease()
                && !release.files.is_empty()
                && is_asked_for(&requirements, &release.version)
                && release
                    .uploaded()
                    .is_none_or(|uploaded| uploaded <= joint.request.now)
        })?;
    if is_refused(joint, package, &newest.version) {
        return None;
    }
    let obstacle = joint.machine().obstacle(package, newest)?;
    Some((newest.version.clone(), obstacle))
}

/// An obstacle in words, with the way out where there is one.
fn told(package: &PackageId, obstacle: Obstacle) -> (String, Option<String>) {
    match obstacle {
        Obstacle::Yanked(reason) if reason.is_empty() => ("yanked".to_owned(), None),
        Obstacle::Yanked(reason) => (format!("yanked: {reason}"), None),
        Obstacle::Python(python) => (format!("needs Python {python}"), None),
        Obstacle::NoWheel {
            for_these_platforms,
            may_be_built,
        } => {
            let reason = if for_these_platforms {
                "has no wheel for every platform"
            } else {
                "has no wheel"
            };
            let way_out = format!("allow-build = [\"{package}\"]");
            (reason.to_owned(), may_be_built.then_some(way_out))
        }
    }
}

fn is_refused(joint: &Joint<'_>, package: &PackageId, version: &Version) -> bool {
    joint
        .refused
        .packages
        .get(package)
        .is_some_and(|refused| refused.versions.contains(version))
}

/// Whether the version is only kept from the lock that was there.
fn is_kept(joint: &Joint<'_>, package: &PackageId, took: &Version) -> bool {
    let took = took.to_string();
    joint
        .solve_request()
        .preferences
        .iter()
        .any(|preference| preference.package == *package && preference.version == took)
}

/// Why a release cannot be installed by a lock, whatever else is there: `needs Python >=3.12`.
pub fn not_installable(
    package: &PackageId,
    release: &Release,
    lock: &LockMetadata,
    allow_build: &[PackageId],
) -> Option<String> {
    let minor = lock.python.split('.').nth(1)?.parse().ok()?;
    let machine = Machine {
        minor,
        platforms: &lock.platforms,
        allow_build,
    };
    let obstacle = machine.obstacle(package, release)?;
    Some(told(package, obstacle).0)
}

/// Why a release that was uploaded at a time is too young to be locked, where it is: `9 days old,
/// holding period 14 days`.
pub fn too_young(
    uploaded: Option<Timestamp>,
    now: Timestamp,
    holding_period: jiff::SignedDuration,
) -> Option<String> {
    let limit = cutoff(now, holding_period)?;
    if uploaded.is_some_and(|uploaded| uploaded <= limit) {
        return None;
    }
    Some(age(uploaded, now, holding_period))
}

fn age(uploaded: Option<Timestamp>, now: Timestamp, period: jiff::SignedDuration) -> String {
    let period = period.as_hours() / 24;
    let Some(uploaded) = uploaded else {
        return format!(
            "its index does not tell its age, holding period {}",
            days(period)
        );
    };
    let age = now.since(uploaded).ok().and_then(|span| {
        span.total((Unit::Hour, jiff::SpanRelativeTo::days_are_24_hours()))
            .ok()
    });
    let age = age.map_or(0, whole_days);
    format!("{} old, holding period {}", days(age), days(period))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "hours of any time stamp fit, and days are counted whole"
)]
fn whole_days(hours: f64) -> i64 {
    (hours / 24.0) as i64
}

fn days(count: i64) -> String {
    if count == 1 {
        "1 day".to_owned()
    } else {
        format!("{count} days")
    }
}

/// The environment that is kept and has the package at another version.
fn keeper(joint: &Joint<'_>, package: &PackageId, version: &Version) -> Option<String> {
    joint.kept.iter().find_map(|environment| {
        let locked = environment.previous.as_ref()?;
        let kept = locked
            .packages
            .iter()
            .filter(|kept| kept.package == *package)
            .find_map(|kept| kept.version.as_deref())?;
        let is_other = kept.parse::<Version>().ok()? != *version;
        is_other.then(|| format!("{} is kept as locked, with {kept}", environment.name))
    })
}

/// The locked package that asks for something older, with what it asks for.
fn holder(
    joint: &Joint<'_>,
    locks: &[Locked],
    package: &PackageId,
    version: &Version,
) -> Option<String> {
    let minor = joint.machine().minor;
    let machines = Machines::new(minor, &joint.platforms).ok()?;
    for holder in locks.iter().flat_map(|locked| &locked.packages) {
        for text in joint.requires(holder) {
            let Some((asked, specifier, marker)) = asked_for(text) else {
                continue;
            };
            if asked != *package || marker.is_some_and(|marker| !machines.admit(&marker)) {
                continue;
            }
            let Ok(specifiers) = specifier.parse::<VersionSpecifiers>() else {
                continue;
            };
            if !specifiers.contains(version) {
                let holder_version = holder.version.as_deref().unwrap_or_default();
                return Some(format!(
                    "{} {holder_version} needs {package}{specifier}",
                    holder.package
                ));
            }
        }
    }
    None
}
