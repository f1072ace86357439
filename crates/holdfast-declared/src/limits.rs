//! How much is read, so that no file takes unbounded time or memory.

use holdfast_model::Location;

use crate::ReadError;

/// The largest TOML, YAML or JSON manifest, in bytes: 4 MiB. Its parsed form takes up to a hundred
/// times as much, and a manifest written by people is a thousandth of this.
const MANIFEST: usize = 4 * 1024 * 1024;

/// The largest requirements file, in bytes: 8 MiB, which is 80,000 hashes.
const REQUIREMENTS: usize = 8 * 1024 * 1024;

/// Requirements that one file may ask for, with all that it includes.
pub(crate) const COUNT: usize = 100_000;

/// Inclusions inside inclusions that are followed: files, groups, extras.
pub(crate) const DEPTH: usize = 32;

/// Refuses a manifest that is too large to be parsed.
pub(crate) fn check_manifest(text: &str, file: &str) -> Result<(), ReadError> {
    check(text, file, MANIFEST)
}

/// Refuses a requirements file that is too large.
pub(crate) fn check_requirements(text: &str, file: &str) -> Result<(), ReadError> {
    check(text, file, REQUIREMENTS)
}

fn check(text: &str, file: &str, limit: usize) -> Result<(), ReadError> {
    if text.len() <= limit {
        return Ok(());
    }
    Err(ReadError::new(
        Location::start_of(file),
        format!("the file is larger than {} MiB", limit / (1024 * 1024)),
    )
    .with_fix("keep generated data out of it"))
}

/// The error for one requirement more than [`COUNT`].
pub(crate) fn too_many(location: Location) -> ReadError {
    ReadError::new(
        location,
        format!("there are more than {COUNT} requirements"),
    )
    .with_fix("keep generated data out of it")
}
