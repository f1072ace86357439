//! What is in the wheels of a lock, so that what was installed from them can be compared to the byte.

use std::collections::BTreeMap;

use holdfast_model::{Digest, Locked, LockedFile};

use crate::collaborators::{Listener, Packages, Stage};

/// Adds the digests of the wheels that have none: those that `known` locks have, else what the index
/// tells.
pub(crate) fn add<'a>(
    locks: &mut [&mut Locked],
    known: impl Iterator<Item = &'a Locked>,
    packages: &dyn Packages,
    listener: &dyn Listener,
) {
    let known: BTreeMap<String, Digest> = known
        .flat_map(files)
        .filter_map(|file| Some((key(file)?, file.contents.clone()?)))
        .collect();
    fill(locks, &known);
    let missing: BTreeMap<String, &LockedFile> = locks
        .iter()
        .flat_map(|locked| files(locked))
        .filter(|file| file.is_wheel() && file.contents.is_none())
        .filter_map(|file| Some((key(file)?, file)))
        .collect();
    if !missing.is_empty() {
        listener.stage(Stage::Metadata {
            wheels: missing.len(),
        });
        let wheels: Vec<&LockedFile> = missing.into_values().collect();
        let told = packages.contents(&wheels);
        fill(locks, &told);
    }
}

fn fill(locks: &mut [&mut Locked], known: &BTreeMap<String, Digest>) {
    let files = locks
        .iter_mut()
        .flat_map(|locked| &mut locked.packages)
        .flat_map(|package| &mut package.files)
        .filter(|file| file.is_wheel() && file.contents.is_none());
    for file in files {
        file.contents = key(file).and_then(|key| known.get(&key).cloned());
    }
}

fn files(locked: &Locked) -> impl Iterator<Item = &LockedFile> {
    locked.packages.iter().flat_map(|package| &package.files)
}

fn key(file: &LockedFile) -> Option<String> {
    Some(file.sha256()?.hex().to_owned())
}
