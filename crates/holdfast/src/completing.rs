//! What a lock of another tool leaves to the indexes: asked for, and added.

use std::collections::BTreeMap;

use holdfast_locked::import::{Completion, Description, Listing, complete, lacks, representative};
use holdfast_model::{
    Declared, Digest, LockFormat, LockMetadata, LockSource, LockedFile, LockedPackage, PackageId,
    WheelFilename,
};
use holdfast_report::ImportCompleted;
use holdfast_solve::Packages as _;
use holdfast_sources::{IndexClient, IndexRouting, ListedFile};
use pep440_rs::Version;

use crate::packages::{Indexes, whole};

/// At most this many names are spelled out in one line.
const SHOWN: usize = 3;

/// What was added, and what could not be.
#[derive(Default)]
pub(crate) struct Completed {
    pub(crate) counts: ImportCompleted,
    pub(crate) notes: Vec<String>,
    /// Why an index could not be asked, by package.
    pub(crate) failures: BTreeMap<PackageId, String>,
}

/// Adds what indexes know of the files.
pub(crate) fn add_files(
    packages: &mut [LockedPackage],
    client: &IndexClient<'_>,
    file: &str,
) -> Completed {
    let wanted: Vec<(PackageId, Version)> = packages
        .iter()
        .filter(|package| lacks(package))
        .filter_map(|package| {
            let version = package.version.as_deref()?.parse().ok()?;
            Some((package.package.clone(), version))
        })
        .collect();
    let mut listings: BTreeMap<(PackageId, Version), Vec<Listing>> = BTreeMap::new();
    let mut completed = Completed::default();
    for (release, answer) in client.listings(&wanted) {
        match answer {
            Ok(found) => {
                let found = found.into_iter().map(|release| Listing {
                    index: release.index,
                    files: release.files.into_iter().map(listed).collect(),
                });
                listings.insert(release, found.collect());
            }
            Err(error) => {
                completed.failures.insert(release.0, whole(&error));
            }
        }
    }
    let mut outcomes: Vec<(PackageId, Completion)> = Vec::new();
    for package in packages.iter_mut().filter(|package| lacks(package)) {
        let version = package.version.as_deref().and_then(|it| it.parse().ok());
        let key = version.map(|version: Version| (package.package.clone(), version));
        let found = key.and_then(|key| listings.get(&key));
        let outcome = complete(package, found.map_or(&[][..], Vec::as_slice));
        if outcome.found > 0 {
            completed.counts.files += outcome.found;
            completed.counts.packages += 1;
        }
        outcomes.push((package.package.clone(), outcome));
    }
    completed.notes = notes(&outcomes, &completed.failures, file);
    completed
}

fn listed(file: ListedFile) -> LockedFile {
    LockedFile {
        name: file.name,
        url: Some(file.url),
        size: file.size,
        upload_time: file.upload_time,
        contents: None,
        hashes: file.sha256.into_iter().collect(),
    }
}

/// What a person should know of the outcomes, in a sentence per kind of thing.
fn notes(
    outcomes: &[(PackageId, Completion)],
    failures: &BTreeMap<PackageId, String>,
    file: &str,
) -> Vec<String> {
    let of = |is_so: &dyn Fn(&Completion) -> bool| -> Vec<&PackageId> {
        let which = outcomes.iter().filter(|(_, outcome)| is_so(outcome));
        which.map(|(package, _)| package).collect()
    };
    let mut notes = Vec::new();
    if let Some((_, reason)) = failures.first_key_value() {
        let names: Vec<&PackageId> = failures.keys().collect();
        notes.push(format!(
            "nothing could be asked of {}: {reason}",
            some(&names)
        ));
    }
    for (package, outcome) in outcomes {
        for name in &outcome.altered {
            notes.push(format!(
                "`{name}` of `{package}` is another file on the index than in {file}: its hash differs, so it was left out"
            ));
        }
    }
    let trusted = of(&|outcome| outcome.trusted);
    if !trusted.is_empty() {
        notes.push(format!(
            "{file} has no hashes for {}: those of the index were taken",
            some(&trusted)
        ));
    }
    let left_out = of(&|outcome| outcome.left_out > outcome.altered.len());
    if !left_out.is_empty() && failures.is_empty() {
        let count: usize = outcomes.iter().map(|(_, outcome)| outcome.left_out).sum();
        let verb = if count == 1 { "file" } else { "files" };
        notes.push(format!(
            "{count} {verb} of {} are not on the index any more, and were left out",
            some(&left_out)
        ));
    }
    let without_time = of(&|outcome| outcome.without_time > 0);
    if !without_time.is_empty() && failures.is_empty() {
        notes.push(format!(
            "the index does not tell when files of {} were uploaded",
            some(&without_time)
        ));
    }
    notes
}

/// Some names, and how many more there are.
pub(crate) fn some(packages: &[&PackageId]) -> String {
    let names: Vec<String> = packages
        .iter()
        .take(SHOWN)
        .map(|package| format!("`{package}`"))
        .collect();
    match packages.len().saturating_sub(SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// Adds licences, edges and sizes from the metadata of wheels.
pub(crate) fn describe(
    packages: &mut [LockedPackage],
    format: LockFormat,
    indexes: &Indexes<'_>,
    declared: Option<&Declared>,
) {
    let wheels: Vec<&LockedFile> = packages.iter().filter_map(representative).collect();
    let known: BTreeMap<String, Description> = indexes
        .details(&wheels)
        .into_iter()
        .map(|(hash, details)| {
            let description = Description {
                licence: details.licence,
                requires: details.requires,
                size: details.size,
            };
            (hash, description)
        })
        .collect();
    holdfast_locked::import::describe(packages, format, &known, declared);
}

/// Adds what the wheels for the lock's machines hold, so that what is installed can be compared.
pub(crate) fn add_contents(
    packages: &mut [LockedPackage],
    metadata: &LockMetadata,
    indexes: &Indexes<'_>,
) {
    let minor: Option<u8> = metadata
        .python
        .split('.')
        .nth(1)
        .and_then(|minor| minor.parse().ok());
    let Some(minor) = minor else { return };
    let is_for_us = |file: &LockedFile| {
        let name = file.name.parse::<WheelFilename>().ok();
        name.is_some_and(|name| {
            let mut platforms = metadata.platforms.iter();
            platforms.any(|platform| name.runs_on(minor, *platform))
        })
    };
    let wheels: Vec<&LockedFile> = packages
        .iter()
        .flat_map(|package| &package.files)
        .filter(|file| file.contents.is_none() && is_for_us(file))
        .collect();
    let told = indexes.contents(&wheels);
    for file in packages.iter_mut().flat_map(|package| &mut package.files) {
        if file.contents.is_none() {
            let hash = file.sha256().map(Digest::hex);
            file.contents = hash.and_then(|hash| told.get(hash).cloned());
        }
    }
}

/// Lets packages be looked up where their lock says that they are from. A configured index of the
/// same address comes with its credentials.
pub(crate) fn follow(packages: &[LockedPackage], routing: &mut IndexRouting) {
    let configured: Vec<String> = routing
        .extra
        .iter()
        .chain(&routing.default)
        .chain(routing.packages.iter().map(|(_, url)| url))
        .cloned()
        .collect();
    for package in packages {
        let LockSource::Registry { index: Some(index) } = &package.source else {
            continue;
        };
        if is_usual(index) {
            continue;
        }
        let plain = |url: &str| {
            let url = holdfast_sources::without_credentials(url);
            url.trim_end_matches('/').to_owned()
        };
        let known = configured.iter().find(|url| plain(url) == plain(index));
        let url = known.unwrap_or(index).clone();
        let name = package.package.name().to_owned();
        // what the project configures for the name goes first
        routing.packages.push((name, url));
    }
}

/// The index of everybody, for which machines have mirrors of their own.
fn is_usual(index: &str) -> bool {
    let index = index.trim_end_matches('/');
    matches!(
        index,
        "https://pypi.org/simple" | "https://pypi.python.org/simple"
    )
}
