//! Whether a lock is what its declarations ask for.
//!
//! The digest decides where the lock has one; what differs is then named as far as it can be seen. A
//! lock of another tool has none, and is compared by what it satisfies: only what is surely not met
//! makes it stale, as a false alarm costs more trust than it is worth.

mod applies;

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{
    Declared, Digest, Freshness, Location, LockMetadata, LockSource, Locked, LockedPackage,
    PackageId, Purpose, Requirement, RequirementSource, Staleness,
};
use pep440_rs::Version;

pub(crate) use self::applies::{Applies, Machines};

/// Compares a lock with the declarations that it is the lock of; `declared_digest` is theirs.
pub fn freshness(locked: &Locked, declared_digest: &Digest, declared: &Declared) -> Freshness {
    let Some(metadata) = &locked.holdfast else {
        return by_satisfaction(locked, declared);
    };
    if metadata.declarations == *declared_digest {
        return Freshness::Fresh;
    }
    let mut stale = differences(locked, metadata, declared);
    if stale.is_empty() {
        stale.push(Staleness {
            message: "the declarations have changed since the lock was made".to_owned(),
            location: Location::start_of(locked.file.as_str()),
        });
    }
    Freshness::Stale(stale)
}

/// In what respects a lock of Holdfast's is not what is declared, as far as the two can be compared,
/// whatever declarations it says that it was made from; empty for a lock of another tool.
pub fn unsatisfied(locked: &Locked, declared: &Declared) -> Vec<Staleness> {
    match &locked.holdfast {
        Some(metadata) => differences(locked, metadata, declared),
        None => Vec::new(),
    }
}

fn differences(locked: &Locked, metadata: &LockMetadata, declared: &Declared) -> Vec<Staleness> {
    let comparison = Comparison::new(locked, Machines::of(metadata));
    let mut stale = Vec::new();
    for requirement in &declared.requirements {
        if let Check::Unmet(staleness) = comparison.requirement(requirement) {
            push(&mut stale, staleness);
        }
    }
    for constraint in &declared.constraints {
        if let Check::Unmet(staleness) = comparison.constraint(constraint) {
            push(&mut stale, staleness);
        }
    }
    for staleness in interpreter(metadata, declared) {
        push(&mut stale, staleness);
    }
    for staleness in not_asked_for(locked, declared) {
        push(&mut stale, staleness);
    }
    stale
}

/// Compares a lock that does not tell what it was made from.
fn by_satisfaction(locked: &Locked, declared: &Declared) -> Freshness {
    let comparison = Comparison::new(locked, Machines::unknown());
    let mut stale = Vec::new();
    let mut compared = 0;
    // whether the lock is of a group or extra, it does not tell
    let runtime = declared
        .requirements
        .iter()
        .filter(|requirement| requirement.purpose == Purpose::Runtime);
    for requirement in runtime {
        match comparison.requirement(requirement) {
            Check::Unmet(staleness) => push(&mut stale, staleness),
            Check::Met => compared += 1,
            Check::CannotTell => {}
        }
    }
    for constraint in &declared.constraints {
        if let Check::Unmet(staleness) = comparison.constraint(constraint) {
            push(&mut stale, staleness);
        }
    }
    if !stale.is_empty() {
        Freshness::Stale(stale)
    } else if compared > 0 || declared.requirements.is_empty() {
        Freshness::Fresh
    } else {
        Freshness::Unknown {
            reason: format!(
                "`{}` does not tell what it was made from, and nothing that is declared can be compared with it; lock with `holdfast lock`",
                locked.file
            ),
        }
    }
}

fn push(stale: &mut Vec<Staleness>, staleness: Staleness) {
    if !stale.contains(&staleness) {
        stale.push(staleness);
    }
}

/// Whether a lock does what one line asks.
enum Check {
    Met,
    CannotTell,
    Unmet(Staleness),
}

struct Comparison<'a> {
    locked: &'a Locked,
    by_package: BTreeMap<&'a PackageId, Vec<&'a LockedPackage>>,
    machines: Machines,
}

impl<'a> Comparison<'a> {
    fn new(locked: &'a Locked, machines: Machines) -> Self {
        Self {
            locked,
            by_package: locked.by_package(),
            machines,
        }
    }

    fn requirement(&self, requirement: &Requirement) -> Check {
        if requirement.purpose == Purpose::Build {
            return Check::CannotTell;
        }
        let applies = self.machines.applies(requirement.marker.as_deref());
        if applies == Applies::Nowhere {
            return Check::Met;
        }
        let entries = self.entries(requirement);
        if entries.is_empty() {
            return self.absent(requirement, applies);
        }
        admitted(requirement, applies, entries)
    }

    /// A constraint asks for nothing, and narrows what is there.
    fn constraint(&self, constraint: &Requirement) -> Check {
        let applies = self.machines.applies(constraint.marker.as_deref());
        let entries = self.entries(constraint);
        if applies == Applies::Nowhere || entries.is_empty() {
            return Check::Met;
        }
        admitted(constraint, applies, entries)
    }

    fn absent(&self, requirement: &Requirement, applies: Applies) -> Check {
        let is_same_source =
            |package: &LockedPackage| is_from(&requirement.source, &package.source);
        if self.locked.packages.iter().any(is_same_source) {
            return Check::Met;
        }
        // a directory is often the project itself, which is no part of its own lock
        let is_directory = matches!(requirement.source, RequirementSource::Path { .. });
        if applies == Applies::Unknown || is_directory {
            return Check::CannotTell;
        }
        unmet(
            requirement,
            &format!("`{}` is not locked", requirement.package),
        )
    }

    fn entries(&self, requirement: &Requirement) -> &[&'a LockedPackage] {
        self.by_package
            .get(&requirement.package)
            .map_or(&[], Vec::as_slice)
    }
}

/// Whether one of the entries, of which forks by marker have several, is what is asked for.
fn admitted(requirement: &Requirement, applies: Applies, entries: &[&LockedPackage]) -> Check {
    let is_refused = |entry: &&LockedPackage| {
        let version = entry.version.as_deref();
        version.and_then(|version| requirement.range.admits(version)) == Some(false)
    };
    let is_elsewhere = |entry: &&LockedPackage| {
        matches!(
            requirement.source,
            RequirementSource::Url(_) | RequirementSource::Vcs { .. }
        ) && matches!(entry.source, LockSource::Registry { .. })
    };
    if entries.iter().all(is_elsewhere) {
        return match applies {
            Applies::Unknown => Check::CannotTell,
            Applies::Somewhere | Applies::Nowhere => {
                unmet(requirement, "it is locked from an index")
            }
        };
    }
    if !entries.iter().all(is_refused) {
        return Check::Met;
    }
    if applies == Applies::Unknown {
        return Check::CannotTell;
    }
    let versions: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.version.as_deref())
        .collect();
    let verb = if versions.len() == 1 { "is" } else { "are" };
    unmet(
        requirement,
        &format!("{} {verb} locked", versions.join(" and ")),
    )
}

fn unmet(requirement: &Requirement, what: &str) -> Check {
    Check::Unmet(Staleness {
        message: format!("`{}` is asked for, and {what}", requirement.text),
        location: requirement.location.clone(),
    })
}

/// Whether a locked package comes from where a requirement without a name of its own points.
fn is_from(wanted: &RequirementSource, source: &LockSource) -> bool {
    let plain = |address: &str| {
        let address = address.split('#').next().unwrap_or(address);
        let address = address.trim_end_matches('/').trim_end_matches(".git");
        address.trim_start_matches("./").to_owned()
    };
    match (wanted, source) {
        (RequirementSource::Url(wanted), LockSource::Archive { url: found })
        | (RequirementSource::Vcs { url: wanted, .. }, LockSource::Vcs { url: found, .. })
        | (
            RequirementSource::Path { path: wanted, .. },
            LockSource::Directory { path: found, .. } | LockSource::Archive { url: found },
        ) => plain(wanted) == plain(found),
        _ => false,
    }
}

/// What is declared of the interpreter and is not locked.
fn interpreter<'a>(
    metadata: &'a LockMetadata,
    declared: &'a Declared,
) -> impl Iterator<Item = Staleness> + use<'a> {
    let version: Option<Version> = metadata.python.parse().ok();
    declared.python.iter().filter_map(move |python| {
        let is_admitted = python.specifiers.as_ref()?.contains(version.as_ref()?);
        (!is_admitted).then(|| Staleness {
            message: format!(
                "python `{}` is declared, and {} is locked",
                python.text, metadata.python
            ),
            location: python.location.clone(),
        })
    })
}

/// What is locked because a person asked for it, and nobody asks for any more.
fn not_asked_for<'a>(
    locked: &'a Locked,
    declared: &'a Declared,
) -> impl Iterator<Item = Staleness> + use<'a> {
    let requirements = declared.requirements.iter();
    let names: BTreeSet<_> = requirements
        .map(|requirement| &requirement.package)
        .collect();
    locked
        .packages
        .iter()
        .filter(|package| package.direct == Some(true))
        .filter(move |package| {
            let mut sources = declared.requirements.iter().map(|it| &it.source);
            !names.contains(&package.package)
                && !sources.any(|source| is_from(source, &package.source))
        })
        .map(|package| Staleness {
            message: format!(
                "`{}` was locked because it was asked for, and nobody asks for it any more",
                package.package
            ),
            location: package.location.clone(),
        })
}

#[cfg(test)]
mod tests;
