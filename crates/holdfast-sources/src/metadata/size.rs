//! The sizes of wheels, from indexes that do not tell them on their pages.

use std::collections::BTreeMap;

use holdfast_model::Digest;

use super::WheelRef;
use crate::cache::{Folder, Key};
use crate::index::IndexClient;
use crate::{ByteRange, Reach, Request, parallel};

/// A server that ignores ranges sends the file from its start; more than this of it is not read.
const LARGEST_ANSWER: u64 = 64 * 1024;

impl IndexClient<'_> {
    /// The size of each wheel in bytes, by its SHA-256; a wheel is left out where nobody tells.
    ///
    /// Asks for the first byte of each file, whose answer tells how many there are. What was told is
    /// cached for ever. Sizes are for people to read, so a failure is no error.
    pub fn sizes(&self, wheels: &[WheelRef]) -> BTreeMap<Digest, u64> {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for wheel in wheels {
            let key = Key::of_digest(&wheel.sha256);
            match wheel.size.or_else(|| self.cache.read(Folder::Sizes, &key)) {
                Some(size) => {
                    found.insert(wheel.sha256.clone(), size);
                }
                None if self.reach == Reach::Online => missing.push(wheel),
                None => {}
            }
        }
        let asked = parallel::map(&missing, |wheel| self.size(wheel));
        for (wheel, size) in missing.into_iter().zip(asked) {
            if let Some(size) = size {
                found.insert(wheel.sha256.clone(), size);
            }
        }
        found
    }

    fn size(&self, wheel: &WheelRef) -> Option<u64> {
        let mut request = Request::new(wheel.url.clone(), LARGEST_ANSWER);
        request.range = Some(ByteRange::Between(0, 1));
        let size = self.fetch.fetch(&request).ok()?.whole_length?;
        // a cache that cannot be written costs the next run some time, and this one nothing
        let _ = self
            .cache
            .write(Folder::Sizes, &Key::of_digest(&wheel.sha256), &size);
        Some(size)
    }
}
