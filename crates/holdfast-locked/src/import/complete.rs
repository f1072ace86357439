//! What a lock leaves to the index, from what the index lists.
//!
//! Pipenv keeps one list of hashes for all files of a package, Poetry and PDM keep names without
//! addresses, and few keep upload times. A file is found by its hash, so that an index can add to a
//! lock and never change what it locks.

use holdfast_model::{Digest, Ecosystem, LockSource, LockedFile, LockedPackage};

/// What one index lists of a package's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The index's address, without credentials.
    pub index: String,
    /// The files, each with its name, address and, where the index tells, hash, size and time.
    pub files: Vec<LockedFile>,
}

/// What completing a package came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// How many files were found on an index.
    pub found: usize,
    /// How many files no index has, so that their addresses are not known; they are left out.
    pub left_out: usize,
    /// Files that an index has under the same name with another hash.
    pub altered: Vec<String>,
    /// Whether the lock has no hashes, so that those of the index were taken on trust.
    pub trusted: bool,
    /// How many files have no upload time.
    pub without_time: usize,
}

/// Whether an index could add anything to a package that another tool locked.
pub fn lacks(package: &LockedPackage) -> bool {
    is_from_index(package)
        && (package.files.is_empty()
            || package.files.iter().any(|file| {
                file.name.is_empty()
                    || file.url.is_none()
                    || file.upload_time.is_none()
                    || file.sha256().is_none()
            }))
}

fn is_from_index(package: &LockedPackage) -> bool {
    package.package.ecosystem() == Ecosystem::Pypi
        && matches!(package.source, LockSource::Registry { .. })
}

/// Adds what the indexes know to a package's files, and leaves out files without an address, which
/// nobody could fetch. `listings` are in the order in which indexes are asked; none where they could
/// not be.
pub fn complete(package: &mut LockedPackage, listings: &[Listing]) -> Completion {
    let mut completion = Completion::default();
    if !is_from_index(package) {
        return completion;
    }
    let known = std::mem::take(&mut package.files);
    let mut from: Option<&str> = None;
    if known.is_empty() {
        // without a hash to know a file by, only the index that is asked first may answer
        let files = listings.first().map_or(&[][..], |listing| &listing.files);
        package.files = files
            .iter()
            .filter(|file| !file.hashes.is_empty())
            .cloned()
            .collect();
        completion.trusted = !package.files.is_empty();
        completion.found = package.files.len();
        from = listings.first().map(|listing| listing.index.as_str());
    }
    for file in known {
        for wanted in one_by_one(file) {
            let wanted = match find(&wanted, listings) {
                Found::Listed(index, listed) => {
                    completion.found += 1;
                    from = from.or(Some(index));
                    completed(wanted, listed)
                }
                Found::Altered => {
                    completion.altered.push(wanted.name.clone());
                    completion.left_out += 1;
                    continue;
                }
                Found::Nowhere => wanted,
            };
            if wanted.url.is_some() && !wanted.name.is_empty() {
                package.files.push(wanted);
            } else {
                completion.left_out += 1;
            }
        }
    }
    // what has no hash cannot be told from another file, and a lock has no place for it
    if package.files.iter().any(|file| !file.hashes.is_empty()) {
        let before = package.files.len();
        package.files.retain(|file| !file.hashes.is_empty());
        completion.left_out += before - package.files.len();
    }
    tidy(package);
    completion.altered.sort();
    completion.without_time = package
        .files
        .iter()
        .filter(|file| file.upload_time.is_none())
        .count();
    if let LockSource::Registry {
        index: index @ None,
    } = &mut package.source
    {
        *index = from.map(str::to_owned);
    }
    completion
}

/// A list of hashes without names as one file for each.
fn one_by_one(file: LockedFile) -> Vec<LockedFile> {
    if !file.name.is_empty() || file.hashes.len() < 2 {
        return vec![file];
    }
    file.hashes
        .iter()
        .map(|hash| LockedFile {
            hashes: vec![hash.clone()],
            ..file.clone()
        })
        .collect()
}

enum Found<'l> {
    Listed(&'l str, &'l LockedFile),
    /// A file of that name is there, and it is another.
    Altered,
    Nowhere,
}

fn find<'l>(wanted: &LockedFile, listings: &'l [Listing]) -> Found<'l> {
    let listed = || {
        listings.iter().flat_map(|listing| {
            listing
                .files
                .iter()
                .map(|file| (listing.index.as_str(), file))
        })
    };
    let by_hash = listed().find(|(_, file)| {
        let mut hashes = file.hashes.iter();
        hashes.any(|hash| wanted.hashes.contains(hash))
    });
    if let Some((index, file)) = by_hash {
        return Found::Listed(index, file);
    }
    let comparable = |file: &LockedFile| {
        file.hashes
            .iter()
            .any(|hash| algorithms(wanted).any(|algorithm| algorithm == hash.algorithm()))
    };
    let mut same_name = listed().filter(|(_, file)| file.name == wanted.name);
    match same_name.next() {
        Some((_, file)) if comparable(file) => Found::Altered,
        Some((index, file)) => Found::Listed(index, file),
        None => Found::Nowhere,
    }
}

fn algorithms(file: &LockedFile) -> impl Iterator<Item = holdfast_model::HashAlgorithm> {
    file.hashes.iter().map(Digest::algorithm)
}

/// What the lock says, and what it leaves open as the index says it.
fn completed(mut wanted: LockedFile, listed: &LockedFile) -> LockedFile {
    if wanted.name.is_empty() {
        wanted.name.clone_from(&listed.name);
    }
    wanted.url = wanted.url.or_else(|| listed.url.clone());
    wanted.size = wanted.size.or(listed.size);
    wanted.upload_time = wanted.upload_time.or(listed.upload_time);
    for hash in &listed.hashes {
        if algorithms(&wanted).all(|algorithm| algorithm != hash.algorithm()) {
            wanted.hashes.push(hash.clone());
        }
    }
    wanted.hashes.sort();
    wanted
}

fn tidy(package: &mut LockedPackage) {
    package
        .files
        .sort_by(|left, right| (&left.name, &left.url).cmp(&(&right.name, &right.url)));
    package
        .files
        .dedup_by(|left, right| left.name == right.name);
}
