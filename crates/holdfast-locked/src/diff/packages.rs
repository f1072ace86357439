//! Which packages of two locks belong together, and how they differ.

use std::collections::BTreeSet;

use holdfast_model::{Ecosystem, LockSource, Locked, LockedPackage, PackageId};
use pep440_rs::Version;

use super::{AddedPackage, Change, ChangedPackage, Direction, OptionChange, RemovedPackage, files};
use crate::Graph;
use crate::graph::is_same_version;

/// Chains that are told of one package; more would say little more.
const CHAINS: usize = 5;

/// A package of one lock or both.
pub(super) enum Matched<'l> {
    Added(&'l LockedPackage),
    Removed(&'l LockedPackage),
    Both(&'l LockedPackage, &'l LockedPackage),
}

/// Pairs the packages of two locks, sorted by name.
pub(super) fn matched<'l>(before: &'l Locked, after: &'l Locked) -> Vec<Matched<'l>> {
    let before = before.by_package();
    let after = after.by_package();
    let names: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let mut matched = Vec::new();
    for name in names {
        let of = |entries: Option<&Vec<&'l LockedPackage>>| {
            let mut entries = entries.cloned().unwrap_or_default();
            entries
                .sort_by_key(|entry| (version(entry), entry.version.clone(), entry.marker.clone()));
            entries
        };
        pair(of(before.get(name)), of(after.get(name)), &mut matched);
    }
    matched
}

/// Pairs the entries of one package: the same marker and version first, then the same marker, then
/// the same version, then, where one is left on each side, those.
fn pair<'l>(
    mut before: Vec<&'l LockedPackage>,
    mut after: Vec<&'l LockedPackage>,
    matched: &mut Vec<Matched<'l>>,
) {
    type Belong = fn(&LockedPackage, &LockedPackage) -> bool;
    let rules: [Belong; 3] = [
        |left, right| left.marker == right.marker && left.version == right.version,
        |left, right| left.marker == right.marker,
        |left, right| left.version == right.version,
    ];
    let mut pairs = Vec::new();
    for belong in rules {
        before.retain(|left| {
            let found = after.iter().position(|right| belong(left, right));
            if let Some(position) = found {
                pairs.push((*left, after.remove(position)));
            }
            found.is_none()
        });
    }
    if let ([left], [right]) = (before.as_slice(), after.as_slice()) {
        pairs.push((*left, *right));
        before.clear();
        after.clear();
    }
    matched.extend(before.into_iter().map(Matched::Removed));
    matched.extend(
        pairs
            .into_iter()
            .map(|(left, right)| Matched::Both(left, right)),
    );
    matched.extend(after.into_iter().map(Matched::Added));
}

fn version(package: &LockedPackage) -> Option<Version> {
    package.version.as_deref()?.parse().ok()
}

pub(super) fn added(package: &LockedPackage, graph: &Graph<'_>) -> AddedPackage {
    AddedPackage {
        package: package.package.clone(),
        version: package.version.clone(),
        marker: package.marker.clone(),
        direct: package.direct,
        licence: package.licence.clone(),
        brought_in_by: if package.direct == Some(true) {
            Vec::new()
        } else {
            chains(&package.package, graph)
        },
    }
}

/// The chains that bring a package in; one that is its own root is brought in by nobody.
fn chains(package: &PackageId, graph: &Graph<'_>) -> Vec<Vec<PackageId>> {
    graph
        .shortest_chains_to(package)
        .into_iter()
        .filter(|chain| chain.len() > 1)
        .take(CHAINS)
        .map(|chain| {
            let packages = chain.iter().filter_map(|node| graph.package(*node));
            packages.map(|package| package.package.clone()).collect()
        })
        .collect()
}

pub(super) fn removed(package: &LockedPackage) -> RemovedPackage {
    RemovedPackage {
        package: package.package.clone(),
        version: package.version.clone(),
        marker: package.marker.clone(),
        direct: package.direct,
    }
}

/// How two entries of a package differ; nothing where they do not.
pub(super) fn changed(before: &LockedPackage, after: &LockedPackage) -> Option<ChangedPackage> {
    let mut changes = Vec::new();
    if before.version != after.version {
        changes.push(Change::Version {
            before: before.version.clone(),
            after: after.version.clone(),
            direction: direction(before, after),
        });
    }
    let is_same_release = match (&before.version, &after.version) {
        (Some(before), Some(after)) => is_same_version(before, after),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if is_other_source(&before.source, &after.source, is_same_release) {
        changes.push(Change::Source {
            before: before.source.clone(),
            after: after.source.clone(),
        });
    }
    if is_same_release {
        changes.extend(files::compare(&before.files, &after.files));
    }
    changes.extend(text_changes(before, after));
    if let (Some(was), Some(now)) = (before.direct, after.direct)
        && was != now
    {
        changes.push(Change::Direct { now });
    }
    (!changes.is_empty()).then(|| ChangedPackage {
        package: after.package.clone(),
        version: after.version.clone(),
        marker: after.marker.clone(),
        direct: after.direct,
        changes,
    })
}

fn text_changes(before: &LockedPackage, after: &LockedPackage) -> impl Iterator<Item = Change> {
    let change = |before: &Option<String>, after: &Option<String>| {
        (before != after).then(|| OptionChange {
            before: before.clone(),
            after: after.clone(),
        })
    };
    // a lock that knows no licences has not lost one
    let knows_licence = before.licence.is_some() && after.licence.is_some();
    let licence = change(&before.licence, &after.licence).filter(|_| knows_licence);
    [
        licence.map(Change::Licence),
        change(&before.marker, &after.marker).map(Change::Marker),
        change(&before.requires_python, &after.requires_python).map(Change::RequiresPython),
    ]
    .into_iter()
    .flatten()
}

fn direction(before: &LockedPackage, after: &LockedPackage) -> Direction {
    if after.package.ecosystem() != Ecosystem::Pypi {
        return Direction::Neither;
    }
    match (version(before), version(after)) {
        (Some(before), Some(after)) if before < after => Direction::Up,
        (Some(before), Some(after)) if before > after => Direction::Down,
        _ => Direction::Neither,
    }
}

/// Whether a package comes from somewhere else. A lock that does not name the index says nothing of
/// it, and the archive of another release has another address on the same host.
fn is_other_source(before: &LockSource, after: &LockSource, is_same_release: bool) -> bool {
    match (before, after) {
        (LockSource::Registry { index: before }, LockSource::Registry { index: after }) => {
            match (before, after) {
                (Some(before), Some(after)) => {
                    before.trim_end_matches('/') != after.trim_end_matches('/')
                }
                (None, _) | (_, None) => false,
            }
        }
        (LockSource::Archive { url: before }, LockSource::Archive { url: after })
            if !is_same_release =>
        {
            host(before) != host(after)
        }
        _ => before != after,
    }
}

/// The scheme and host of an address; nothing for a path.
fn host(address: &str) -> Option<&str> {
    let start = address.find("://")? + 3;
    let length = address.get(start..)?.find('/')?;
    address.get(..start + length)
}
