//! The core metadata of wheels, without fetching the wheels where that can be helped.
//!
//! In this order: the metadata file beside the wheel (PEP 658), the entry inside the wheel by range
//! requests, the whole wheel. What a wheel says never changes, so it is cached for ever, by the
//! wheel's hash.

mod cached;
mod contents;
mod remote;
mod size;
mod wheel;

use std::collections::BTreeMap;

use holdfast_model::{CoreMetadata, Digest, HashAlgorithm};

use crate::cache::{Folder, Key};
use crate::index::IndexClient;
use crate::{Reach, SourceError, parallel};

use cached::CachedMetadata;

/// A wheel whose metadata is wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WheelRef {
    /// Its address: `https`, `http`, `file`, or a path on this machine.
    pub url: String,
    /// Its file name.
    pub name: String,
    /// Its SHA-256.
    pub sha256: Digest,
    /// Its size in bytes, where known.
    pub size: Option<u64>,
}

/// How sure it is that metadata is what the wheel with this hash says.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Verification {
    /// Read from the wheel, whose hash was checked.
    Wheel,
    /// Its own hash is the one that the index announces.
    Announced,
    /// Neither could be checked: the index alone vouches for it.
    Unverified,
}

impl IndexClient<'_> {
    /// The metadata of each wheel, by the wheel's SHA-256.
    ///
    /// Where name and version inside are not those of the file's name, that is an error.
    pub fn metadata(
        &self,
        wheels: &[WheelRef],
    ) -> BTreeMap<Digest, Result<CoreMetadata, SourceError>> {
        let wanted: BTreeMap<&Digest, &WheelRef> =
            wheels.iter().map(|wheel| (&wheel.sha256, wheel)).collect();
        let wanted: Vec<&WheelRef> = wanted.into_values().collect();
        let cached = parallel::compute(&wanted, |wheel| self.cached_metadata(&wheel.sha256));
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for (wheel, cached) in wanted.into_iter().zip(cached) {
            match cached {
                Some(cached) => {
                    found.insert(wheel.sha256.clone(), Ok(cached.metadata()));
                }
                None if self.reach == Reach::Offline => {
                    let subject = wheel.name.clone();
                    let error = SourceError::NotCached { subject };
                    found.insert(wheel.sha256.clone(), Err(error));
                }
                None => missing.push(wheel),
            }
        }
        let fetched = parallel::map(&missing, |wheel| {
            let metadata = self.fetch_and_keep(wheel);
            self.report(&wheel.name);
            metadata
        });
        for (wheel, metadata) in missing.into_iter().zip(fetched) {
            found.insert(wheel.sha256.clone(), metadata);
        }
        found
    }

    /// How far the cached metadata of a wheel was checked; nothing where none is cached.
    pub fn verification(&self, wheel: &Digest) -> Option<Verification> {
        self.cached_metadata(wheel)
            .map(|cached| cached.verification())
    }

    fn cached_metadata(&self, wheel: &Digest) -> Option<CachedMetadata> {
        // other algorithms would share the keys
        if wheel.algorithm() != HashAlgorithm::Sha256 {
            return None;
        }
        self.cache.read(Folder::Metadata, &Key::of_digest(wheel))
    }

    fn fetch_and_keep(&self, wheel: &WheelRef) -> Result<CoreMetadata, SourceError> {
        let (metadata, verification) = self.fetch_metadata(wheel)?;
        if wheel.sha256.algorithm() == HashAlgorithm::Sha256 {
            let entry = CachedMetadata::new(&metadata, verification);
            let key = Key::of_digest(&wheel.sha256);
            // a cache that cannot be written costs the next run some time, and this one nothing
            let _ = self.cache.write(Folder::Metadata, &key, &entry);
        }
        Ok(metadata)
    }
}

#[cfg(test)]
mod tests;
