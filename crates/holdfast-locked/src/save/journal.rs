//! The journal of a set of locks: which files, with which content, are about to take their places.

use std::io::Write as _;
use std::path::Path;

use holdfast_model::{Digest, EnvironmentName};

use super::{SaveError, digest, sync_directory, temporary};
use crate::document::{self, Source, Table};
use crate::{decode, names};

/// The journal's name, beside the locks.
const NAME: &str = ".pylock.pending";

/// A set of locks of which some did not take their places: a run was killed while it saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The locks of the set, in the order of saving; empty where the journal cannot be read.
    pub locks: Vec<PendingLock>,
}

/// A lock of a set that was not saved as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLock {
    /// The file's name.
    pub file: String,
    /// What is at its place.
    pub state: PendingState,
}

/// What is at the place of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PendingState {
    /// The new lock.
    Saved,
    /// Another lock than the new one.
    Old,
    /// None.
    Missing,
}

/// Tells of a set of locks that a killed run left half saved in `directory`.
///
/// A run that is saving at this moment looks the same.
pub fn pending(directory: &Path) -> Option<Pending> {
    let bytes = fs_err::read(directory.join(NAME)).ok()?;
    // a journal is renamed into place whole, so one that cannot be read was spoilt later
    let locks = parse(&bytes).unwrap_or_default();
    let locks: Vec<_> = locks
        .into_iter()
        .map(|(file, wanted)| {
            let state = match fs_err::read(directory.join(&file)) {
                Ok(bytes) if digest(&bytes) == wanted => PendingState::Saved,
                Ok(_) => PendingState::Old,
                Err(_) => PendingState::Missing,
            };
            PendingLock { file, state }
        })
        .collect();
    let is_complete =
        !locks.is_empty() && locks.iter().all(|lock| lock.state == PendingState::Saved);
    (!is_complete).then_some(Pending { locks })
}

fn parse(bytes: &[u8]) -> Option<Vec<(String, Digest)>> {
    let text = decode::text(bytes, NAME).ok()?;
    let source = Source::new(NAME, text);
    let tree = document::parse(&source).ok()?;
    Table::root(&source, &tree)
        .tables("locks", "locks")
        .ok()?
        .iter()
        .map(|lock| {
            let file = lock.required_text("file").ok()?.value;
            let is_plain = names::is_lock_file_name(file) && !file.contains(['/', '\\']);
            let digest = lock.required_text("digest").ok()?.value.parse().ok()?;
            is_plain.then(|| (file.to_owned(), digest))
        })
        .collect()
}

/// Writes the journal of a set.
pub(super) fn write<'e>(
    directory: &Path,
    set: impl Iterator<Item = (&'e EnvironmentName, Digest)>,
) -> Result<(), SaveError> {
    let mut text = String::from("version = 1\n");
    for (environment, digest) in set {
        // neither has a character that TOML would want escaped
        text.push_str("\n[[locks]]\nfile = \"");
        text.push_str(&environment.lock_file());
        text.push_str("\"\ndigest = \"");
        text.push_str(&digest.to_string());
        text.push_str("\"\n");
    }
    let written = || {
        let mut file = temporary(directory, "pending")?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(directory.join(NAME))
            .map_err(|error| error.error)?;
        sync_directory(directory);
        Ok(())
    };
    written().map_err(|source| SaveError::Journal {
        path: directory.join(NAME),
        source,
    })
}

/// Removes the journal, where there is one.
pub(super) fn remove(directory: &Path) -> Result<(), SaveError> {
    let path = directory.join(NAME);
    match fs_err::remove_file(&path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(SaveError::Journal { path, source })
        }
        _ => Ok(()),
    }
}
