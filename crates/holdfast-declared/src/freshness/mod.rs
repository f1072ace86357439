//! Whether a lock of another tool is still what its manifest asks for, by that tool's own means.
//!
//! Poetry, Pipenv and PDM keep a hash of what they read, uv and npm the requirements themselves. Where
//! a lock says nothing of the kind (conda-lock, pixi, old locks of npm), it is fresh when everything
//! that is declared is met. What differs is named as far as it can be told: a hash says only that
//! something does.
//!
//! Nothing is run and nothing is resolved: a lock that is fresh here may hold versions that have newer
//! ones.

mod conda;
mod conda_spec;
mod markers;
mod npm;
mod npm_range;
mod pdm;
mod pipenv;
mod pixi;
mod poetry;
mod python_json;
mod reach;
mod satisfied;

/// Fresh where nothing differs.
fn verdict(mut differences: Vec<Staleness>) -> Freshness {
    let mut seen = Vec::new();
    differences.retain(|difference| {
        let new = !seen.contains(difference);
        if new {
            seen.push(difference.clone());
        }
        new
    });
    if differences.is_empty() {
        Freshness::Fresh
    } else {
        Freshness::Stale(differences)
    }
}

#[cfg(test)]
mod tests;
mod uv;

use holdfast_model::{Freshness, Location, Locked, Staleness};

use crate::{Files, ReadError};

pub(crate) use conda::Inputs as CondaLockInputs;
pub(crate) use npm::Inputs as NpmInputs;
pub(crate) use pdm::Inputs as PdmInputs;
pub(crate) use pipenv::Inputs as PipenvInputs;
pub(crate) use pixi::Inputs as PixiInputs;
pub(crate) use poetry::Inputs as PoetryInputs;
pub(crate) use uv::Inputs as UvInputs;

/// What a lock says of the declarations that it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct LockInputs(pub(crate) Inputs);

/// The same, by tool.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Inputs {
    Uv(UvInputs),
    Poetry(PoetryInputs),
    Pipenv(PipenvInputs),
    Pdm(PdmInputs),
    CondaLock(CondaLockInputs),
    Pixi(PixiInputs),
    Npm(NpmInputs),
    /// A list that a machine made of what it has: nobody declared it.
    Nothing,
}

/// Compares a lock with the manifests that it was made from, which `files` has beside it.
pub fn freshness(files: &dyn Files, locked: &Locked, inputs: &LockInputs) -> Freshness {
    let comparison = Comparison { files, locked };
    match &inputs.0 {
        Inputs::Uv(inputs) => uv::freshness(&comparison, inputs),
        Inputs::Poetry(inputs) => poetry::freshness(&comparison, inputs),
        Inputs::Pipenv(inputs) => pipenv::freshness(&comparison, inputs),
        Inputs::Pdm(inputs) => pdm::freshness(&comparison, inputs),
        Inputs::CondaLock(inputs) => conda::freshness(&comparison, inputs),
        Inputs::Pixi(inputs) => pixi::freshness(&comparison, inputs),
        Inputs::Npm(inputs) => npm::freshness(&comparison, inputs),
        Inputs::Nothing => Freshness::NotApplicable,
    }
}

/// A lock and where its manifests are.
struct Comparison<'c> {
    files: &'c dyn Files,
    locked: &'c Locked,
}

/// A manifest of a lock.
struct Manifest {
    path: String,
    text: String,
}

impl Comparison<'_> {
    /// The manifest at a path relative to the lock; nothing where there is none.
    fn manifest(&self, name: &str) -> Option<Result<Manifest, ReadError>> {
        let path = crate::join(&self.locked.file, name)?;
        if !self.files.exists(&path) {
            return None;
        }
        let text = crate::reading::text_of(self.files, &path)
            .and_then(|text| crate::limits::check_manifest(&text, &path).map(|()| text));
        Some(text.map(|text| Manifest { path, text }))
    }
}

/// Stale by a hash: with what differs, where that can be told, else with that something does.
fn stale_by_hash(mut differences: Vec<Staleness>, manifest: &str, hash: &Location) -> Freshness {
    if differences.is_empty() {
        differences.push(Staleness {
            message: format!(
                "`{manifest}` has changed since the lock was made: its hash is not the one here"
            ),
            location: hash.clone(),
        });
    }
    verdict(differences)
}

fn unknown(reason: impl Into<String>) -> Freshness {
    Freshness::Unknown {
        reason: reason.into(),
    }
}

/// The verdict on a lock whose manifest cannot be read.
fn unreadable(error: &ReadError) -> Freshness {
    unknown(format!("the manifest of the lock cannot be read: {error}"))
}
