//! What differs between two locks, of any format.

mod files;
mod packages;
mod snapshot;

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{Digest, Exemption, LockSource, Locked, PackageId, PassedOver, Platform};

pub use self::snapshot::{Snapshot, SnapshotDiff, SnapshotPackage, diff_snapshots};

use self::packages::Matched;
use crate::Graph;

/// What differs between two locks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockDiff {
    /// Packages that only the second lock has, sorted by name and version.
    pub added: Vec<AddedPackage>,
    /// Packages that only the first lock has, sorted by name and version.
    pub removed: Vec<RemovedPackage>,
    /// Packages that both have and that differ, sorted by name.
    pub changed: Vec<ChangedPackage>,
    /// Changes of the interpreter: `python`, `implementation`, `requires-python`.
    pub interpreter: Vec<ValueChange>,
    /// Platforms that were added and removed.
    pub platforms: SetChange<Platform>,
    /// Changes of what the lock says of itself, by the key of `[tool.holdfast]` or the standard.
    pub metadata: Vec<ValueChange>,
    /// Versions that were passed over, by what was added and removed.
    pub passed_over: SetChange<PassedOver>,
    /// Exemptions that were added and removed.
    pub exemptions: SetChange<Exemption>,
    /// Model files that were added, removed, or have other content, sorted by path.
    pub artefacts: Vec<ArtefactChange>,
}

/// A model file that differs between two locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtefactChange {
    /// The file, relative to the project's directory.
    pub path: String,
    /// Its digest before; absent where it is new.
    pub before: Option<Digest>,
    /// Its digest now; absent where it is not recorded any more.
    pub after: Option<Digest>,
}

/// A package that only the second lock has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedPackage {
    /// The package.
    pub package: PackageId,
    /// Its version.
    pub version: Option<String>,
    /// Its marker.
    pub marker: Option<String>,
    /// Whether a person asked for it, where the lock tells.
    pub direct: Option<bool>,
    /// Its licence, where the lock tells.
    pub licence: Option<String>,
    /// For a transitive package, the shortest chain from each root that leads to it, shortest chain
    /// first: the root, those between, the package. Empty where the lock has no edges.
    pub brought_in_by: Vec<Vec<PackageId>>,
}

/// A package that only the first lock has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedPackage {
    /// The package.
    pub package: PackageId,
    /// Its version.
    pub version: Option<String>,
    /// Its marker.
    pub marker: Option<String>,
    /// Whether a person had asked for it, where the lock tells.
    pub direct: Option<bool>,
}

/// A package that both locks have and that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedPackage {
    /// The package.
    pub package: PackageId,
    /// The version in the second lock.
    pub version: Option<String>,
    /// The marker in the second lock.
    pub marker: Option<String>,
    /// Whether a person asks for it, as the second lock says.
    pub direct: Option<bool>,
    /// What differs; at least one.
    pub changes: Vec<Change>,
}

/// One respect in which a package differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Another version.
    Version {
        /// The version before.
        before: Option<String>,
        /// The version after.
        after: Option<String>,
        /// Which is newer.
        direction: Direction,
    },
    /// It comes from somewhere else.
    Source {
        /// The source before.
        before: LockSource,
        /// The source after.
        after: LockSource,
    },
    /// A file of the same name has other content, at the same version: what the attack on an index
    /// looks like.
    Altered {
        /// The file.
        file: String,
        /// Its hashes before.
        before: Vec<Digest>,
        /// Its hashes after.
        after: Vec<Digest>,
    },
    /// Other files at the same version; those that both have are the same.
    Files {
        /// The names of new files.
        added: Vec<String>,
        /// The names of files that are gone.
        removed: Vec<String>,
    },
    /// Another licence.
    Licence(OptionChange),
    /// Another marker.
    Marker(OptionChange),
    /// Other interpreters.
    RequiresPython(OptionChange),
    /// A person asks for it now, or does not any more.
    Direct {
        /// Whether a person asks for it now.
        now: bool,
    },
}

/// A text before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionChange {
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// Which of two versions is newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The second.
    Up,
    /// The first.
    Down,
    /// They cannot be compared, or are written differently only.
    Neither,
}

/// A key of the lock whose value differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueChange {
    /// The key, as the lock has it: `python`, `cutoff`.
    pub key: &'static str,
    /// Its value before.
    pub before: Option<String>,
    /// Its value after.
    pub after: Option<String>,
}

/// What two sets do not have in common, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetChange<T> {
    /// Only the second has it.
    pub added: Vec<T>,
    /// Only the first has it.
    pub removed: Vec<T>,
}

impl<T> Default for SetChange<T> {
    fn default() -> Self {
        Self {
            added: Vec::new(),
            removed: Vec::new(),
        }
    }
}

impl<T: Clone + Ord> SetChange<T> {
    fn between(before: &[T], after: &[T]) -> Self {
        let without = |those: &[T], others: &[T]| {
            let mut left: Vec<_> = those
                .iter()
                .filter(|it| !others.contains(it))
                .cloned()
                .collect();
            left.sort();
            left
        };
        Self {
            added: without(after, before),
            removed: without(before, after),
        }
    }

    /// Whether the sets are the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

impl LockDiff {
    /// Whether the locks say the same.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the same would be installed: the locks differ in what they say of themselves at most.
    pub fn is_same_environment(&self) -> bool {
        self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
            && self.interpreter.is_empty()
            && self.platforms.is_empty()
    }
}

/// Compares two locks. Packages are matched by name, and where a lock forks, by marker, then by
/// version.
pub fn diff(before: &Locked, after: &Locked) -> LockDiff {
    let mut diff = LockDiff {
        interpreter: interpreter(before, after),
        metadata: metadata(before, after),
        artefacts: artefacts(before, after),
        ..LockDiff::default()
    };
    let graph = Graph::new(after);
    for matched in packages::matched(before, after) {
        match matched {
            Matched::Added(package) => diff.added.push(packages::added(package, &graph)),
            Matched::Removed(package) => diff.removed.push(packages::removed(package)),
            Matched::Both(before, after) => {
                diff.changed.extend(packages::changed(before, after));
            }
        }
    }
    let of = |locked: &Locked| {
        let metadata = locked.holdfast.clone();
        metadata.map_or_else(Default::default, |metadata| {
            (
                metadata.platforms,
                metadata.passed_over,
                metadata.exemptions,
            )
        })
    };
    let (before, after): ((Vec<_>, Vec<_>, Vec<_>), _) = (of(before), of(after));
    diff.platforms = SetChange::between(&before.0, &after.0);
    diff.passed_over = SetChange::between(&before.1, &after.1);
    diff.exemptions = SetChange::between(&before.2, &after.2);
    diff
}

fn artefacts(before: &Locked, after: &Locked) -> Vec<ArtefactChange> {
    let of = |locked: &Locked| -> BTreeMap<String, Digest> {
        let recorded = locked.holdfast.iter().flat_map(|it| &it.artefacts);
        recorded
            .map(|artefact| (artefact.path.clone(), artefact.digest.clone()))
            .collect()
    };
    let (before, after) = (of(before), of(after));
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .map(|path| ArtefactChange {
            path: path.clone(),
            before: before.get(path).cloned(),
            after: after.get(path).cloned(),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

fn interpreter(before: &Locked, after: &Locked) -> Vec<ValueChange> {
    let of = |locked: &Locked| {
        let metadata = locked.holdfast.as_ref();
        [
            ("python", metadata.map(|metadata| metadata.python.clone())),
            (
                "implementation",
                metadata.map(|metadata| metadata.implementation.clone()),
            ),
            ("requires-python", locked.requires_python.clone()),
        ]
    };
    value_changes(of(before), of(after))
}

fn metadata(before: &Locked, after: &Locked) -> Vec<ValueChange> {
    let list = |values: &[String]| (!values.is_empty()).then(|| values.join(", "));
    let of = |locked: &Locked| {
        let metadata = locked.holdfast.as_ref();
        [
            ("format", Some(locked.format.as_str().to_owned())),
            ("created-by", Some(locked.created_by.clone())),
            ("environments", list(&locked.environments)),
            ("extras", list(&locked.groups.extras)),
            ("dependency-groups", list(&locked.groups.dependency_groups)),
            ("default-groups", list(&locked.groups.default_groups)),
            ("version", metadata.map(|it| it.version.to_string())),
            ("environment", metadata.map(|it| it.environment.to_string())),
            (
                "extends",
                metadata.and_then(|it| it.extends.as_ref().map(ToString::to_string)),
            ),
            (
                "declarations",
                metadata.map(|it| it.declarations.to_string()),
            ),
            (
                "cutoff",
                metadata.and_then(|it| it.cutoff.map(|cutoff| cutoff.to_string())),
            ),
            (
                "advisories",
                metadata.and_then(|it| it.advisories.as_ref().map(ToString::to_string)),
            ),
            ("uv", metadata.map(|it| it.uv.clone())),
        ]
    };
    value_changes(of(before), of(after))
}

fn value_changes<const N: usize>(
    before: [(&'static str, Option<String>); N],
    after: [(&'static str, Option<String>); N],
) -> Vec<ValueChange> {
    before
        .into_iter()
        .zip(after)
        .filter(|((_, before), (_, after))| before != after)
        .map(|((key, before), (_, after))| ValueChange { key, before, after })
        .collect()
}

#[cfg(test)]
mod tests;
