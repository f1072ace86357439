//! What indexes know, for the lock's loop.

use std::cell::RefCell;
use std::collections::BTreeMap;

use holdfast_model::{Digest, LockedFile, PackageId, ProjectReleases};
use holdfast_solve::{Details, Packages};
use holdfast_sources::{IndexClient, SourceError, WheelRef};

/// At most this many names are spelled out in one line.
const SHOWN: usize = 3;

/// What could not be told, by package or file, with the reason.
#[derive(Debug, Default)]
struct Failures {
    releases: BTreeMap<String, String>,
    licences: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    /// Files that are not those that their index announced.
    mismatches: Vec<SourceError>,
}

impl Failures {
    /// A file that is not the one that was announced; anything else is given back.
    fn set_aside(&mut self, error: SourceError) -> Option<SourceError> {
        if matches!(error, SourceError::Mismatch { .. }) {
            self.mismatches.push(error);
            return None;
        }
        Some(error)
    }
}

/// An index client as the loop wants it. What an index could not tell is kept, to be said once.
pub(crate) struct Indexes<'a> {
    client: IndexClient<'a>,
    failures: RefCell<Failures>,
}

impl<'a> Indexes<'a> {
    /// Asks through `client`.
    pub(crate) fn new(client: IndexClient<'a>) -> Self {
        Self {
            client,
            failures: RefCell::default(),
        }
    }

    /// The first file that is not the one that its index announced: nothing that rests on such a
    /// file is to be locked.
    pub(crate) fn mismatch(&self) -> Option<SourceError> {
        self.failures.borrow_mut().mismatches.drain(..).next()
    }

    /// What could not be told, and why, in a line per kind of thing.
    pub(crate) fn failures(&self) -> Vec<String> {
        let failures = self.failures.borrow();
        [
            ("releases", &failures.releases),
            ("licences", &failures.licences),
            ("files", &failures.files),
        ]
        .into_iter()
        .filter_map(|(what, failed)| {
            let (_, reason) = failed.first_key_value()?;
            let names: Vec<&str> = failed.keys().take(SHOWN).map(String::as_str).collect();
            let more = match failed.len().saturating_sub(SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            Some(format!(
                "the {what} of {}{more} cannot be told: {reason}",
                names.join(", ")
            ))
        })
        .collect()
    }
}

impl Packages for Indexes<'_> {
    fn releases(&self, packages: &[PackageId]) -> BTreeMap<PackageId, ProjectReleases> {
        let mut found = BTreeMap::new();
        for (package, answer) in self.client.releases(packages) {
            match answer {
                Ok(releases) => {
                    found.insert(package, releases);
                }
                Err(error) => {
                    let mut failures = self.failures.borrow_mut();
                    failures
                        .releases
                        .insert(package.name().to_owned(), whole(&error));
                }
            }
        }
        found
    }

    fn details(&self, wheels: &[&LockedFile]) -> BTreeMap<String, Details> {
        let references: Vec<WheelRef> = wheels.iter().filter_map(|file| reference(file)).collect();
        let names: BTreeMap<&str, &str> = wheels
            .iter()
            .filter_map(|file| Some((file.sha256()?.hex(), file.name.as_str())))
            .collect();
        let sizes = self.client.sizes(&references);
        let mut found = BTreeMap::new();
        for (digest, answer) in self.client.metadata(&references) {
            match answer {
                Ok(metadata) => {
                    let details = Details {
                        licence: metadata.licence(),
                        requires: metadata.requires_dist,
                        size: sizes.get(&digest).copied(),
                    };
                    found.insert(digest.hex().to_owned(), details);
                }
                Err(error) => {
                    let name = names.get(digest.hex()).copied().unwrap_or(digest.hex());
                    let mut failures = self.failures.borrow_mut();
                    if let Some(error) = failures.set_aside(error) {
                        failures.licences.insert(name.to_owned(), whole(&error));
                    }
                }
            }
        }
        found
    }

    fn contents(&self, wheels: &[&LockedFile]) -> BTreeMap<String, Digest> {
        let references: Vec<WheelRef> = wheels.iter().filter_map(|file| reference(file)).collect();
        let mut found = BTreeMap::new();
        for (digest, answer) in self.client.contents(&references) {
            match answer {
                Ok(contents) => {
                    found.insert(digest.hex().to_owned(), contents);
                }
                // a run that may not use the network goes without, as the lock did before
                Err(SourceError::NotCached { .. }) => {}
                Err(error) => {
                    let name = references
                        .iter()
                        .find(|wheel| wheel.sha256 == digest)
                        .map_or(digest.hex(), |wheel| wheel.name.as_str());
                    let mut failures = self.failures.borrow_mut();
                    if let Some(error) = failures.set_aside(error) {
                        failures.files.insert(name.to_owned(), whole(&error));
                    }
                }
            }
        }
        found
    }
}

/// An error in one line, its causes included where they say more.
pub(crate) fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = cause.source();
    }
    text
}

fn reference(file: &LockedFile) -> Option<WheelRef> {
    Some(WheelRef {
        url: file.url.clone()?,
        name: file.name.clone(),
        sha256: file.sha256()?.clone(),
        size: file.size,
    })
}
