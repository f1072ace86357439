//! What wheels say of the files in them: their `RECORD`.
//!
//! A lock keeps one digest over it; the list itself is kept in the cache, to name the file that was
//! altered. Both are cached for ever, by the wheel's hash.

use std::collections::BTreeMap;

use holdfast_model::{Digest, FileList, HashAlgorithm, parse_record};

use super::WheelRef;
use crate::cache::{Folder, Key};
use crate::index::IndexClient;
use crate::{Reach, SourceError, parallel};

impl IndexClient<'_> {
    /// The digest over the files of each wheel, by the wheel's SHA-256, as [`FileList`] defines it.
    ///
    /// What is read by range requests cannot be checked against the wheel's hash. An index that lies
    /// is found out when the wheel is installed, whose hash is checked, and compared.
    pub fn contents(&self, wheels: &[WheelRef]) -> BTreeMap<Digest, Result<Digest, SourceError>> {
        let wanted: BTreeMap<&Digest, &WheelRef> = wheels
            .iter()
            .filter(|wheel| wheel.sha256.algorithm() == HashAlgorithm::Sha256)
            .map(|wheel| (&wheel.sha256, wheel))
            .collect();
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for (digest, wheel) in wanted {
            match self.cache.read(Folder::Contents, &Key::of_digest(digest)) {
                Some(contents) => {
                    found.insert(digest.clone(), Ok(contents));
                }
                None if self.reach == Reach::Offline => {
                    let subject = wheel.name.clone();
                    found.insert(digest.clone(), Err(SourceError::NotCached { subject }));
                }
                None => missing.push(wheel),
            }
        }
        let fetched = parallel::map(&missing, |wheel| {
            let contents = self.fetch_contents(wheel);
            self.report(&wheel.name);
            contents
        });
        for (wheel, contents) in missing.into_iter().zip(fetched) {
            found.insert(wheel.sha256.clone(), contents);
        }
        found
    }

    /// The `RECORD` of a wheel, where it is cached.
    pub fn record(&self, wheel: &Digest) -> Option<String> {
        (wheel.algorithm() == HashAlgorithm::Sha256)
            .then(|| self.cache.read(Folder::Records, &Key::of_digest(wheel)))
            .flatten()
    }

    fn fetch_contents(&self, wheel: &WheelRef) -> Result<Digest, SourceError> {
        let record = self.fetch_record(wheel)?;
        let rows = parse_record(&record).map_err(|error| SourceError::NotAWheel {
            url: crate::without_credentials(&wheel.url),
            reason: format!("its `RECORD`: {error}"),
        })?;
        let contents = FileList::of_wheel(&rows).digest();
        let key = Key::of_digest(&wheel.sha256);
        // a cache that cannot be written costs the next run some time, and this one nothing
        let _ = self.cache.write(Folder::Records, &key, &record);
        let _ = self.cache.write(Folder::Contents, &key, &contents);
        Ok(contents)
    }
}
