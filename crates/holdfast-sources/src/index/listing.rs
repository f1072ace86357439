//! The files of single releases, with their addresses and hashes.
//!
//! What is kept of a whole page has neither, since nobody needs them for thousands of releases. Who
//! knows a version and wants its files asks here.

use std::collections::BTreeMap;

use holdfast_model::{Digest, HashAlgorithm, PackageId};
use jiff::Timestamp;
use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use crate::cache::{Folder, Key};
use crate::filename::version_of;
use crate::page::{ACCEPT, Page};
use crate::{Reach, Request, SourceError, parallel};

use super::download::resolve;
use super::flat::{FlatPages, local_path};
use super::{FRESH_SECONDS, IndexClient, LARGEST_PAGE, is_absent, page_url, parse_page};

/// What one index lists of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRelease {
    /// Address of the index, or of the list of files, without credentials.
    pub index: String,
    /// The release's files, sorted by name; none where the index has the project without the release.
    pub files: Vec<ListedFile>,
}

/// A file as an index lists it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListedFile {
    /// Its name.
    pub name: String,
    /// Its address, without credentials.
    pub url: String,
    /// Its SHA-256, where the index tells it.
    pub sha256: Option<Digest>,
    /// Its size in bytes, where the index tells it.
    pub size: Option<u64>,
    /// When the index received it, where the index tells.
    pub upload_time: Option<Timestamp>,
}

/// A listing as it is cached; nothing is listed where the index has no such project.
#[derive(Serialize, Deserialize)]
struct CachedListing {
    fetched: i64,
    files: Option<Vec<ListedFile>>,
}

impl IndexClient<'_> {
    /// What each index that has the project lists of a release, in the order in which indexes are
    /// asked.
    ///
    /// Each index is asked, and not the first alone, for who knows the hashes of the files that are
    /// wanted: those may be on any of them. Offline, what is cached answers at any age. Directories of
    /// files on this machine are left out, since they tell no hashes.
    pub fn listings(
        &self,
        releases: &[(PackageId, Version)],
    ) -> BTreeMap<(PackageId, Version), Result<Vec<ListedRelease>, SourceError>> {
        let mut wanted: Vec<&(PackageId, Version)> = releases.iter().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let pages = FlatPages::default();
        let listed = parallel::map(&wanted, |(package, version)| {
            let listed = self.listed(package, version, &pages);
            self.report(package.name());
            listed
        });
        wanted.into_iter().cloned().zip(listed).collect()
    }

    fn listed(
        &self,
        package: &PackageId,
        version: &Version,
        pages: &FlatPages,
    ) -> Result<Vec<ListedRelease>, SourceError> {
        let places = self.routing.indexes_of(package);
        if places.indexes.is_empty() && places.flat.is_empty() {
            return Err(SourceError::NoIndex(package.name().to_owned()));
        }
        let mut found = Vec::new();
        for index in &places.indexes {
            let wanted = Wanted {
                package,
                version,
                place: index,
            };
            if let Some(files) = self.listing(&wanted, || self.page(&wanted))? {
                found.push(wanted.release(files));
            }
        }
        for place in places.flat {
            let wanted = Wanted {
                package,
                version,
                place,
            };
            if local_path(place).is_some() {
                continue;
            }
            let page = || {
                let page = self.flat_page(place, pages)?;
                Ok(Some(wanted.files(&page, place)))
            };
            let files = self.listing(&wanted, page)?.unwrap_or_default();
            if !files.is_empty() {
                found.push(wanted.release(files));
            }
        }
        if found.is_empty() {
            let places = places.indexes.into_iter();
            return Err(SourceError::NoSuchProject {
                package: package.clone(),
                places: places.map(crate::without_credentials).collect(),
            });
        }
        Ok(found)
    }

    /// The files of a release at one place, from the cache or as `ask` answers.
    fn listing(
        &self,
        wanted: &Wanted<'_>,
        ask: impl FnOnce() -> Result<Option<Vec<ListedFile>>, SourceError>,
    ) -> Result<Option<Vec<ListedFile>>, SourceError> {
        let key = wanted.key();
        let cached: Option<CachedListing> = self.cache.read(Folder::Listings, &key);
        let is_good = |listing: &CachedListing| {
            let age = self.now.as_second() - listing.fetched;
            self.reach == Reach::Offline || (0..FRESH_SECONDS).contains(&age)
        };
        if let Some(listing) = cached.filter(is_good) {
            return Ok(listing.files);
        }
        if self.reach == Reach::Offline {
            return Err(SourceError::NotCached {
                subject: wanted.package.name().to_owned(),
            });
        }
        let listing = CachedListing {
            fetched: self.now.as_second(),
            files: ask()?,
        };
        // a cache that cannot be written costs the next run some time, and this one nothing
        let _ = self.cache.write(Folder::Listings, &key, &listing);
        Ok(listing.files)
    }

    fn page(&self, wanted: &Wanted<'_>) -> Result<Option<Vec<ListedFile>>, SourceError> {
        let mut request = Request::new(page_url(wanted.place, wanted.package), LARGEST_PAGE);
        ACCEPT.clone_into(&mut request.accept);
        match self.fetch.fetch(&request) {
            Ok(response) => {
                let page = parse_page(&response)?;
                Ok(Some(wanted.files(&page, &response.url)))
            }
            Err(error) if is_absent(&error, wanted.place) => Ok(None),
            Err(source) => Err(SourceError::Fetch {
                subject: wanted.package.name().to_owned(),
                source,
            }),
        }
    }
}

/// A release at one place.
struct Wanted<'w> {
    package: &'w PackageId,
    version: &'w Version,
    /// Address of the index or list of files, possibly with credentials.
    place: &'w str,
}

impl Wanted<'_> {
    fn key(&self) -> Key {
        let place = crate::without_credentials(self.place);
        let release = format!("{} {}", self.package.name(), self.version);
        Key::of_project(place.trim_end_matches('/'), &release)
    }

    fn release(&self, files: Vec<ListedFile>) -> ListedRelease {
        ListedRelease {
            index: crate::without_credentials(self.place),
            files,
        }
    }

    /// The release's files on a page that was found at `address`.
    fn files(&self, page: &Page, address: &str) -> Vec<ListedFile> {
        let mut files: Vec<ListedFile> = page
            .files
            .iter()
            .filter(|file| version_of(&file.name, self.package).as_ref() == Some(self.version))
            .filter_map(|file| {
                let url = resolve(address, page.base.as_deref(), &file.url)?;
                let sha256 = file.sha256.as_deref();
                Some(ListedFile {
                    name: file.name.clone(),
                    url: crate::without_credentials(url.as_str()),
                    sha256: sha256.and_then(|hex| Digest::new(HashAlgorithm::Sha256, hex).ok()),
                    size: file.size,
                    upload_time: file.uploaded,
                })
            })
            .collect();
        files.sort();
        files.dedup_by(|left, right| left.name == right.name);
        files
    }
}

#[cfg(test)]
mod tests {
    use testkit::{FakeIndex, FakeIndexOptions, FakeProject, FakeRelease};

    use super::*;
    use crate::{Cache, Http, HttpSettings, IndexRouting};

    fn project(name: &str) -> FakeProject {
        FakeProject::new(name)
            .release(FakeRelease::new("1.0"))
            .release(FakeRelease::new("2.0"))
    }

    struct Desk {
        directory: tempfile::TempDir,
        routing: IndexRouting,
    }

    impl Desk {
        fn new(indexes: &[&FakeIndex]) -> Self {
            Self {
                directory: tempfile::tempdir().unwrap(),
                routing: IndexRouting {
                    extra: indexes.iter().map(|index| index.url()).collect(),
                    ..IndexRouting::default()
                },
            }
        }

        fn list(
            &self,
            reach: Reach,
            name: &str,
            version: &str,
        ) -> Result<Vec<ListedRelease>, SourceError> {
            let http = Http::new(HttpSettings::default());
            let cache = Cache::new(self.directory.path().join("cache"));
            let now = "2026-06-01T00:00:00Z".parse().unwrap();
            let client = IndexClient::new(&http, &cache, &self.routing, reach, now);
            let release = (PackageId::pypi(name), version.parse().unwrap());
            client.listings(&[release]).pop_first().unwrap().1
        }
    }

    #[test]
    fn files_have_addresses_and_hashes() {
        let index = FakeIndex::start(vec![project("foo")]);
        let desk = Desk::new(&[&index]);
        let listed = desk.list(Reach::Online, "foo", "2.0.0").unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].index, index.url());
        let file = &listed[0].files[0];
        assert!(file.name.starts_with("foo-2.0-"), "{}", file.name);
        assert!(file.url.starts_with(&index.root()), "{}", file.url);
        assert!(file.sha256.is_some() && file.upload_time.is_some());
    }

    #[test]
    fn what_was_listed_once_is_listed_offline() {
        let index = FakeIndex::start(vec![project("foo")]);
        let desk = Desk::new(&[&index]);
        assert!(matches!(
            desk.list(Reach::Offline, "foo", "1.0"),
            Err(SourceError::NotCached { .. })
        ));
        let online = desk.list(Reach::Online, "foo", "1.0").unwrap();
        drop(index);
        assert_eq!(desk.list(Reach::Offline, "foo", "1.0").unwrap(), online);
    }

    #[test]
    fn every_index_that_has_the_project_is_asked() {
        let first = FakeIndex::start(vec![project("foo")]);
        let second = FakeIndex::start(vec![project("foo"), project("bar")]);
        let desk = Desk::new(&[&first, &second]);
        assert_eq!(desk.list(Reach::Online, "foo", "1.0").unwrap().len(), 2);
        let bar = desk.list(Reach::Online, "bar", "1.0").unwrap();
        assert_eq!(bar.len(), 1);
        assert_eq!(bar[0].index, second.url());
        let missing = desk.list(Reach::Online, "foo", "9").unwrap();
        assert!(missing.iter().all(|listed| listed.files.is_empty()));
        assert!(matches!(
            desk.list(Reach::Online, "baz", "1.0"),
            Err(SourceError::NoSuchProject { .. })
        ));
    }

    #[test]
    fn credentials_stay_out_of_addresses() {
        let options = FakeIndexOptions::new().basic_auth("me", "secret");
        let index = FakeIndex::start_with(vec![project("foo")], options);
        let mut desk = Desk::new(&[]);
        desk.routing.default = Some(index.url_with_credentials("me", "secret"));
        let listed = desk.list(Reach::Online, "foo", "1.0").unwrap();
        assert!(!format!("{listed:?}").contains("secret"));
    }
}
