//! How the files of one release differ between two locks.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{Digest, HashAlgorithm, LockedFile};

use super::Change;

/// Hashes by the name of the file. Locks that have no names (hashes in a requirements file) have all
/// of them under an empty one.
type ByName<'l> = BTreeMap<&'l str, BTreeSet<&'l Digest>>;

/// Compares the files of one release.
pub(super) fn compare(before: &[LockedFile], after: &[LockedFile]) -> Vec<Change> {
    let before = by_name(before);
    let after = by_name(after);
    let mut changes: Vec<_> = before
        .iter()
        .filter_map(|(name, before)| {
            let after = after.get(name)?;
            is_altered(before, after).then(|| Change::Altered {
                file: (*name).to_owned(),
                before: before.iter().map(|digest| (*digest).clone()).collect(),
                after: after.iter().map(|digest| (*digest).clone()).collect(),
            })
        })
        .collect();
    // where one side has no names, or no files at all, there is nothing to compare
    let is_named = |files: &ByName<'_>| !files.is_empty() && !files.contains_key("");
    if is_named(&before) && is_named(&after) {
        let added = missing(&after, &before);
        let removed = missing(&before, &after);
        if !added.is_empty() || !removed.is_empty() {
            changes.push(Change::Files { added, removed });
        }
    }
    changes
}

fn by_name(files: &[LockedFile]) -> ByName<'_> {
    let mut by_name = ByName::new();
    for file in files {
        by_name.entry(&file.name).or_default().extend(&file.hashes);
    }
    by_name
}

/// The names that only the first has.
fn missing(those: &ByName<'_>, others: &ByName<'_>) -> Vec<String> {
    those
        .keys()
        .filter(|name| !others.contains_key(*name))
        .map(|name| (*name).to_owned())
        .collect()
}

/// Whether, by an algorithm that both have, no hash is the same. One lock may name fewer files than
/// another under an empty name, so some in common are enough there.
fn is_altered(before: &BTreeSet<&Digest>, after: &BTreeSet<&Digest>) -> bool {
    let algorithms = |digests: &BTreeSet<&Digest>| -> BTreeSet<HashAlgorithm> {
        digests.iter().map(|digest| digest.algorithm()).collect()
    };
    let of = |digests: &BTreeSet<&Digest>, algorithm: HashAlgorithm| {
        let mut of = digests.clone();
        of.retain(|digest| digest.algorithm() == algorithm);
        of.into_iter().cloned().collect::<BTreeSet<_>>()
    };
    algorithms(before)
        .intersection(&algorithms(after))
        .any(|algorithm| of(before, *algorithm).is_disjoint(&of(after, *algorithm)))
}
