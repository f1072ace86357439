//! Advisory feeds: one large file that changes daily.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::cache::{Folder, Key};
use crate::{Cache, Fetch, Request, Response, SourceError};

/// The largest feed, in bytes.
const LARGEST_FEED: u64 = 2 << 30;

/// Whether a feed may answer that nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// What was fetched last is still in use: an unchanged feed need not be sent again.
    InUse,
    /// It is not: the feed is wanted as a whole.
    Lost,
}

/// What a feed answers.
#[derive(Debug)]
pub enum Refreshed {
    /// It is what it was.
    NotModified,
    /// A new one.
    File(FeedFile),
}

/// A feed that was fetched.
#[derive(Debug)]
pub struct FeedFile {
    file: NamedTempFile,
    url: String,
    validators: Validators,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Validators {
    etag: Option<String>,
    last_modified: Option<String>,
    fetched: i64,
}

impl FeedFile {
    /// The file. It is gone when this is dropped.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Remembers that this feed was taken over, so that the next refresh asks for changes alone.
    ///
    /// Not before: a feed that was fetched and could not be read must be fetched again.
    pub fn taken_over(&self, cache: &Cache, now: Timestamp) -> Result<(), SourceError> {
        let validators = Validators {
            etag: self.validators.etag.clone(),
            last_modified: self.validators.last_modified.clone(),
            fetched: now.as_second(),
        };
        cache
            .write(Folder::Feeds, &feed_key(&self.url), &validators)
            .map_err(|source| SourceError::Write {
                subject: crate::without_credentials(&self.url),
                source,
            })
    }
}

/// Fetches an advisory feed, unless it is what it was when it was last taken over.
pub fn refresh_feed(
    fetch: &dyn Fetch,
    cache: &Cache,
    url: &str,
    known: Known,
) -> Result<Refreshed, SourceError> {
    let validators: Validators = match known {
        Known::InUse => cache
            .read(Folder::Feeds, &feed_key(url))
            .unwrap_or_default(),
        Known::Lost => Validators::default(),
    };
    let shown = crate::without_credentials(url);
    let cannot_write = |source| SourceError::Write {
        subject: shown.clone(),
        source,
    };
    let file = cache
        .temporary()
        .and_then(NamedTempFile::new_in)
        .map_err(cannot_write)?;
    let handle = file.as_file().try_clone().map_err(cannot_write)?;
    let mut handle = fs_err::File::from_parts(handle, file.path());
    let mut request = Request::new(url, LARGEST_FEED);
    request.if_none_match = validators.etag;
    request.if_modified_since = validators.last_modified;
    let response = fetch
        .download(&request, &mut handle)
        .map_err(|source| SourceError::Fetch {
            subject: shown.clone(),
            source,
        })?;
    if response.status == 304 {
        return Ok(Refreshed::NotModified);
    }
    let Response {
        etag,
        last_modified,
        ..
    } = response;
    Ok(Refreshed::File(FeedFile {
        file,
        url: url.to_owned(),
        validators: Validators {
            etag,
            last_modified,
            fetched: 0,
        },
    }))
}

fn feed_key(url: &str) -> Key {
    Key::of_address(&crate::without_credentials(url))
}

#[cfg(test)]
mod tests {
    use testkit::{FakeIndex, FakeIndexOptions, Fault};

    use super::*;
    use crate::{Http, HttpSettings};

    #[test]
    fn a_feed_is_sent_again_until_it_was_taken_over() {
        let options = FakeIndexOptions::new().resource("/all.zip", b"records");
        let index = FakeIndex::start_with(Vec::new(), options);
        let url = format!("{}/all.zip", index.root());
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::new(directory.path().join("cache"));
        let http = Http::new(HttpSettings::default());
        let refresh = |known| refresh_feed(&http, &cache, &url, known).unwrap();
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        for _ in 0..2 {
            let Refreshed::File(file) = refresh(Known::InUse) else {
                panic!("a feed that was never taken over is new");
            };
            assert_eq!(fs_err::read(file.path()).unwrap(), b"records");
        }
        let Refreshed::File(file) = refresh(Known::InUse) else {
            panic!("still new");
        };
        let path = file.path().to_owned();
        file.taken_over(&cache, now).unwrap();
        drop(file);
        assert!(!path.exists());
        assert!(matches!(refresh(Known::InUse), Refreshed::NotModified));
        assert!(matches!(refresh(Known::Lost), Refreshed::File(_)));
        cache.clean().unwrap();
        // the mark of a cache
        assert_eq!(fs_err::read_dir(cache.directory()).unwrap().count(), 1);
    }

    #[test]
    fn a_feed_that_fails_leaves_nothing_behind() {
        let options = FakeIndexOptions::new().fault("/all.zip", Fault::Status(404));
        let index = FakeIndex::start_with(Vec::new(), options);
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::new(directory.path().to_owned());
        let http = Http::new(HttpSettings::default());
        let url = format!("{}/all.zip", index.root().replace("http://", "http://a:b@"));
        let error = refresh_feed(&http, &cache, &url, Known::InUse).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot look up `{}/all.zip`", index.root())
        );
        let temporary = cache.temporary().unwrap();
        assert_eq!(fs_err::read_dir(temporary).unwrap().count(), 0);
    }
}
