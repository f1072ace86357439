//! What environments share: the packages that their common part leads to.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{EnvironmentName, Locked, PackageId};

/// The shared part of some environments, once they are locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedCore {
    /// The environment that they extend.
    pub name: EnvironmentName,
    /// The environments that extend it, sorted.
    pub environments: Vec<EnvironmentName>,
    /// The packages that it leads to in all of them, at equal versions; sorted.
    pub packages: Vec<PackageId>,
    /// The packages that it leads to at different versions; sorted. Not empty only where a lock was
    /// kept or edited.
    pub skewed: Vec<PackageId>,
}

/// A lock with the packages that its shared part asks for.
pub(crate) struct Extended<'a> {
    pub(crate) core: &'a EnvironmentName,
    pub(crate) asks_for: &'a BTreeSet<PackageId>,
    pub(crate) name: &'a EnvironmentName,
    pub(crate) locked: &'a Locked,
}

/// The shared parts of some locks, sorted by name.
pub(crate) fn shared<'a>(locks: impl Iterator<Item = Extended<'a>>) -> Vec<SharedCore> {
    let mut by_core: BTreeMap<&EnvironmentName, Vec<Extended<'a>>> = BTreeMap::new();
    for extended in locks {
        by_core.entry(extended.core).or_default().push(extended);
    }
    by_core
        .into_iter()
        .map(|(name, members)| shared_core(name, &members))
        .collect()
}

fn shared_core(name: &EnvironmentName, members: &[Extended<'_>]) -> SharedCore {
    let mut versions: BTreeMap<&PackageId, BTreeSet<Vec<&str>>> = BTreeMap::new();
    for member in members {
        let by_package = member.locked.by_package();
        for package in closure(member) {
            let mut found: Vec<&str> = by_package
                .get(package)
                .into_iter()
                .flatten()
                .filter_map(|package| package.version.as_deref())
                .collect();
            found.sort_unstable();
            versions.entry(package).or_default().insert(found);
        }
    }
    let mut packages = Vec::new();
    let mut skewed = Vec::new();
    for (package, found) in versions {
        if found.len() > 1 {
            skewed.push(package.clone());
        } else {
            packages.push(package.clone());
        }
    }
    let environments = members.iter().map(|member| member.name.clone()).collect();
    SharedCore {
        name: name.clone(),
        environments,
        packages,
        skewed,
    }
}

/// Every package that the shared part's requirements lead to.
fn closure<'a>(member: &Extended<'a>) -> BTreeSet<&'a PackageId> {
    let by_package = member.locked.by_package();
    let mut reached: BTreeSet<&PackageId> = BTreeSet::new();
    let mut queue: Vec<&PackageId> = member.asks_for.iter().collect();
    while let Some(package) = queue.pop() {
        let Some((package, locked)) = by_package.get_key_value(package) else {
            continue;
        };
        if reached.insert(package) {
            queue.extend(
                locked
                    .iter()
                    .flat_map(|locked| &locked.dependencies)
                    .map(|dependency| &dependency.package),
            );
        }
    }
    reached
}
