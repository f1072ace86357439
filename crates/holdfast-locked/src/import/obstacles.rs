//! What the standard cannot hold.

use holdfast_model::{Ecosystem, LockSource, LockedPackage, PackageId};

/// Why a package cannot be written into a lock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// No address of any of its files is known.
    NoFile(PackageId),
    /// Its repository is named without the commit.
    NoCommit(PackageId),
    /// The archive that its address leads to, or one of its files, has no hash.
    NoHash(PackageId),
}

impl Obstacle {
    /// The package.
    pub fn package(&self) -> &PackageId {
        match self {
            Self::NoFile(package) | Self::NoCommit(package) | Self::NoHash(package) => package,
        }
    }
}

/// What keeps packages from being written, sorted. Packages of other ecosystems than PyPI are ours to
/// write, and nothing keeps them.
pub fn obstacles(packages: &[LockedPackage]) -> Vec<Obstacle> {
    let mut found: Vec<Obstacle> = packages
        .iter()
        .filter(|package| package.package.ecosystem() == Ecosystem::Pypi)
        .filter_map(|package| {
            let id = package.package.clone();
            match &package.source {
                LockSource::Registry { .. } if package.files.is_empty() => {
                    Some(Obstacle::NoFile(id))
                }
                LockSource::Registry { .. } => {
                    let mut files = package.files.iter();
                    let all_have_one = files.all(|file| !file.hashes.is_empty());
                    (!all_have_one).then_some(Obstacle::NoHash(id))
                }
                LockSource::Vcs { commit, .. } => {
                    commit.is_none().then_some(Obstacle::NoCommit(id))
                }
                LockSource::Archive { .. } => {
                    let has_hash = package.files.iter().any(|file| !file.hashes.is_empty());
                    (!has_hash).then_some(Obstacle::NoHash(id))
                }
                LockSource::Directory { .. } => None,
            }
        })
        .collect();
    found.sort();
    found.dedup();
    found
}
