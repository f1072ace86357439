//! Lists of files beside the indexes (`--find-links`): a page of links, or a directory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use holdfast_model::{PackageId, ProjectReleases};

use crate::cache::{Folder, Key};
use crate::page::{Page, PageFile};
use crate::{Reach, Request, SourceError};

use super::compact::{CachedPage, Content, Project};
use super::{IndexClient, LARGEST_PAGE, parse_page};

/// The pages that were read in this call: one page lists the files of many projects.
#[derive(Default)]
pub(super) struct FlatPages {
    pages: Mutex<BTreeMap<String, Arc<Page>>>,
}

impl IndexClient<'_> {
    /// What a list has of one project; possibly nothing.
    pub(super) fn flat_releases(
        &self,
        place: &str,
        package: &PackageId,
        pages: &FlatPages,
    ) -> Result<ProjectReleases, SourceError> {
        if let Some(path) = local_path(place) {
            let page = directory(&path)?;
            return Ok(Project::of(&page, package).expand(place));
        }
        let shown = crate::without_credentials(place);
        let key = Key::of_project(&shown, package.name());
        let entry = self.cache.entry(Folder::Index, &key);
        let cached = entry.as_ref().and_then(CachedPage::read);
        if let Some(page) = cached.filter(|page| self.is_good(page)) {
            return Ok(page.content.expand(place).unwrap_or_default());
        }
        if self.reach == Reach::Offline {
            return Err(SourceError::NotCached { subject: shown });
        }
        let page = self.flat_page(place, pages)?;
        let mut entry = CachedPage::absent();
        entry.content = Content::Project(Project::of(&page, package));
        Ok(self.keep(place, &key, entry).unwrap_or_default())
    }

    pub(super) fn flat_page(
        &self,
        place: &str,
        pages: &FlatPages,
    ) -> Result<Arc<Page>, SourceError> {
        // held while fetching, so that one page is not fetched for each of its projects
        let mut known = pages.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = known.get(place) {
            return Ok(Arc::clone(page));
        }
        let mut request = Request::new(place, LARGEST_PAGE);
        "text/html".clone_into(&mut request.accept);
        let response = self
            .fetch
            .fetch(&request)
            .map_err(|source| SourceError::Fetch {
                subject: crate::without_credentials(place),
                source,
            })?;
        let page = Arc::new(parse_page(&response)?);
        known.insert(place.to_owned(), Arc::clone(&page));
        Ok(page)
    }
}

/// Adds what a list has to what an index has; the index's word on a file counts.
pub(super) fn merge(mut found: ProjectReleases, listed: ProjectReleases) -> ProjectReleases {
    for release in listed.releases {
        let position = found
            .releases
            .binary_search_by(|known| known.version.cmp(&release.version));
        match position {
            Err(position) => found.releases.insert(position, release),
            Ok(position) => {
                let Some(known) = found.releases.get_mut(position) else {
                    continue;
                };
                for file in release.files {
                    if known.files.iter().all(|other| other.name != file.name) {
                        known.files.push(file);
                    }
                }
                known
                    .files
                    .sort_by(|left, right| left.name.cmp(&right.name));
            }
        }
    }
    found
}

/// The directory that an address without a scheme, or of `file:`, names.
pub(crate) fn local_path(place: &str) -> Option<PathBuf> {
    match url::Url::parse(place) {
        Ok(url) if url.scheme() == "file" => url.to_file_path().ok(),
        // a drive letter is no scheme
        Ok(url) if url.scheme().len() > 1 => None,
        _ => Some(PathBuf::from(place)),
    }
}

fn directory(path: &std::path::Path) -> Result<Page, SourceError> {
    let cannot_list = |source| SourceError::Directory {
        path: path.to_owned(),
        source,
    };
    let mut page = Page::default();
    for entry in fs_err::read_dir(path).map_err(cannot_list)? {
        let name = entry.map_err(cannot_list)?.file_name();
        if let Some(name) = name.to_str() {
            page.files.push(PageFile {
                name: name.to_owned(),
                ..PageFile::default()
            });
        }
    }
    Ok(page)
}
