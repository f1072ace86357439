//! The client of package indexes: which releases there are, and the metadata of wheels.
//!
//! It asks as many at once as a polite client may, and remembers what it was told. What a person
//! should make of an old, yanked or absent release is not decided here.

mod compact;
mod download;
mod flat;
mod listing;

use std::collections::BTreeMap;

use holdfast_model::{Ecosystem, PackageId, ProjectReleases};
use jiff::Timestamp;

use crate::cache::{Folder, Key};
use crate::page::{ACCEPT, Page};
use crate::{Cache, Fetch, FetchError, IndexRouting, Request, SourceError, parallel};

use compact::{Announced, CachedPage};
pub use download::IndexFile;
pub(crate) use download::file_name;
pub(crate) use flat::local_path;
pub use listing::{ListedFile, ListedRelease};

use flat::FlatPages;

/// The largest page, in bytes.
const LARGEST_PAGE: u64 = 128 << 20;
/// A page that is not older than this is not asked for again.
const FRESH_SECONDS: i64 = 600;

/// Whether the network may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It may.
    Online,
    /// It may not: only what is cached, however old.
    Offline,
}

/// A client of the indexes that a project uses.
pub struct IndexClient<'a> {
    pub(crate) fetch: &'a dyn Fetch,
    pub(crate) cache: &'a Cache,
    pub(crate) routing: &'a IndexRouting,
    pub(crate) reach: Reach,
    now: Timestamp,
    progress: Option<&'a (dyn Fn(&str) + Sync)>,
}

impl<'a> IndexClient<'a> {
    /// A client that judges the cache's age by `now`.
    pub fn new(
        fetch: &'a dyn Fetch,
        cache: &'a Cache,
        routing: &'a IndexRouting,
        reach: Reach,
        now: Timestamp,
    ) -> Self {
        Self {
            fetch,
            cache,
            routing,
            reach,
            now,
            progress: None,
        }
    }

    /// Calls `progress` with the name of each package or file that the network was asked for, when it
    /// is done, from any thread.
    #[must_use]
    pub fn with_progress(mut self, progress: &'a (dyn Fn(&str) + Sync)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// What the indexes have of each package.
    ///
    /// A page younger than ten minutes comes from the cache, an older one is asked for again with its
    /// validators; offline, any age will do. Files whose names tell no version are left out.
    pub fn releases(
        &self,
        packages: &[PackageId],
    ) -> BTreeMap<PackageId, Result<ProjectReleases, SourceError>> {
        let mut wanted: Vec<&PackageId> = packages.iter().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let cached = parallel::compute(&wanted, |package| self.cached_releases(package));
        let missing: Vec<&PackageId> = wanted
            .iter()
            .zip(&cached)
            .filter(|(_, cached)| cached.is_none())
            .map(|(package, _)| *package)
            .collect();
        let flat = FlatPages::default();
        let fetched = parallel::map(&missing, |package| {
            let releases = self.project(package, &flat);
            self.report(package.name());
            releases
        });
        let mut found: BTreeMap<_, _> = wanted
            .into_iter()
            .zip(cached)
            .filter_map(|(package, cached)| Some((package.clone(), Ok(cached?))))
            .collect();
        found.extend(missing.into_iter().cloned().zip(fetched));
        found
    }

    /// The releases of one package, where a fresh cache alone can tell them.
    fn cached_releases(&self, package: &PackageId) -> Option<ProjectReleases> {
        let places = self.routing.indexes_of(package);
        if !places.flat.is_empty() {
            return None;
        }
        for index in places.indexes {
            let entry = self
                .cache
                .entry(Folder::Index, &project_key(index, package))?;
            let page = CachedPage::read(&entry).filter(|page| self.is_good(page))?;
            if let Some(releases) = page.content.expand(index) {
                return Some(releases);
            }
        }
        None
    }

    fn project(
        &self,
        package: &PackageId,
        flat: &FlatPages,
    ) -> Result<ProjectReleases, SourceError> {
        if package.ecosystem() != Ecosystem::Pypi {
            return Err(SourceError::NoIndex(package.purl(None)));
        }
        let places = self.routing.indexes_of(package);
        if places.indexes.is_empty() && places.flat.is_empty() {
            return Err(SourceError::NoIndex(package.name().to_owned()));
        }
        let mut found = None;
        for index in &places.indexes {
            found = self.look_up(index, package)?;
            if found.is_some() {
                break;
            }
        }
        for place in places.flat {
            let listed = self.flat_releases(place, package, flat)?;
            if !listed.releases.is_empty() {
                found = Some(match found {
                    None => listed,
                    Some(found) => flat::merge(found, listed),
                });
            }
        }
        found.ok_or_else(|| SourceError::NoSuchProject {
            package: package.clone(),
            places: places
                .indexes
                .into_iter()
                .chain(places.flat.iter().map(String::as_str))
                .map(crate::without_credentials)
                .collect(),
        })
    }

    /// What one index has of one project, from the cache or the network; nothing where it has none.
    fn look_up(
        &self,
        index: &str,
        package: &PackageId,
    ) -> Result<Option<ProjectReleases>, SourceError> {
        let key = project_key(index, package);
        let entry = self.cache.entry(Folder::Index, &key);
        let cached = entry.as_ref().and_then(CachedPage::read);
        if let Some(page) = cached.as_ref().filter(|page| self.is_good(page)) {
            return Ok(page.content.expand(index));
        }
        if self.reach == Reach::Offline {
            return Err(SourceError::NotCached {
                subject: package.name().to_owned(),
            });
        }
        let mut request = Request::new(page_url(index, package), LARGEST_PAGE);
        ACCEPT.clone_into(&mut request.accept);
        if let Some(page) = &cached {
            request.if_none_match.clone_from(&page.etag);
            request.if_modified_since.clone_from(&page.last_modified);
        }
        let response = match self.fetch.fetch(&request) {
            Ok(response) => response,
            Err(error) if is_absent(&error, index) => {
                return Ok(self.keep(index, &key, CachedPage::absent()));
            }
            Err(source) => {
                return Err(SourceError::Fetch {
                    subject: package.name().to_owned(),
                    source,
                });
            }
        };
        if let Some(unchanged) = cached.filter(|_| response.status == 304) {
            return Ok(self.keep(index, &key, unchanged));
        }
        let page = parse_page(&response)?;
        let announced = Announced::of(&page);
        if !announced.is_empty() {
            // a cache that cannot be written costs the next run some time, and this one nothing
            let _ = self.cache.write(Folder::Announced, &key, &announced);
        }
        Ok(self.keep(index, &key, CachedPage::of(&page, package, &response)))
    }

    /// Writes a page into the cache, and answers with what is on it.
    fn keep(&self, index: &str, key: &Key, page: CachedPage<'_>) -> Option<ProjectReleases> {
        let page = page.fetched_at(self.now);
        // a cache that cannot be written costs the next run some time, and this one nothing
        let _ = self.cache.write(Folder::Index, key, &page);
        page.content.expand(index)
    }

    /// Whether a cached page may be used without asking.
    fn is_good(&self, page: &CachedPage<'_>) -> bool {
        let age = self.now.as_second() - page.fetched;
        // a time in the future comes from a clock that was wrong
        self.reach == Reach::Offline || (0..FRESH_SECONDS).contains(&age)
    }

    /// The SHA-256 that an index announced for the metadata of a wheel.
    pub(crate) fn announced_metadata(
        &self,
        package: &PackageId,
        wheel: &holdfast_model::Digest,
    ) -> Option<holdfast_model::Digest> {
        self.routing
            .indexes_of(package)
            .indexes
            .into_iter()
            .find_map(|index| {
                let key = project_key(index, package);
                let announced: Announced = self.cache.read(Folder::Announced, &key)?;
                announced.of_wheel(wheel)
            })
    }

    pub(crate) fn report(&self, what: &str) {
        if let Some(progress) = self.progress {
            progress(what);
        }
    }
}

/// Reads a page, whatever its format.
fn parse_page(response: &crate::Response) -> Result<Page, SourceError> {
    Page::parse(response.content_type.as_deref(), &response.body).map_err(|reason| {
        SourceError::NotAPage {
            url: crate::without_credentials(&response.url),
            reason,
        }
    })
}

/// Whether an answer means that the index has no such project.
fn is_absent(error: &FetchError, index: &str) -> bool {
    match error.status() {
        Some(404 | 410) => true,
        // this host answers so for every project that it does not have
        Some(403) => crate::without_credentials(index).starts_with("https://download.pytorch.org/"),
        _ => false,
    }
}

fn page_url(index: &str, package: &PackageId) -> String {
    // a name that PEP 508 would refuse must not reach into another path
    let name = percent_encoding::utf8_percent_encode(package.name(), IN_PATH);
    let (path, query) = match index.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (index, String::new()),
    };
    format!("{}/{name}/{query}", path.trim_end_matches('/'))
}

const IN_PATH: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

fn project_key(index: &str, package: &PackageId) -> Key {
    let index = crate::without_credentials(index);
    Key::of_project(index.trim_end_matches('/'), package.name())
}

#[cfg(test)]
mod tests;
