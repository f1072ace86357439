//! One file of an index, whole, and only with the hash that the caller expects.

use std::path::Path;

use holdfast_model::{Digest, PackageId};
use tempfile::NamedTempFile;
use url::Url;

use crate::address::Origin;
use crate::page::ACCEPT;
use crate::{Reach, Request, SourceError};

use super::{IndexClient, LARGEST_PAGE, page_url, parse_page};

/// A file of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexFile {
    /// The project.
    pub package: PackageId,
    /// The file's name.
    pub name: String,
    /// The SHA-256 that it must have, whatever the index says.
    pub sha256: Digest,
    /// More than this many bytes are an error.
    pub limit_bytes: u64,
}

impl IndexClient<'_> {
    /// Downloads a file into a temporary file in `directory`, and checks its hash.
    pub fn download(
        &self,
        file: &IndexFile,
        directory: &Path,
    ) -> Result<NamedTempFile, SourceError> {
        if self.reach == Reach::Offline {
            return Err(SourceError::NotCached {
                subject: file.name.clone(),
            });
        }
        let url = self.file_url(file)?;
        let downloaded = self.download_checked(&url, &file.sha256, file.limit_bytes, directory)?;
        self.report(&file.name);
        Ok(downloaded)
    }

    /// Downloads an address into a temporary file in `directory`, and checks its hash.
    pub(crate) fn download_checked(
        &self,
        url: &str,
        sha256: &Digest,
        limit_bytes: u64,
        directory: &Path,
    ) -> Result<NamedTempFile, SourceError> {
        let shown = crate::without_credentials(url);
        let cannot_write = |source| SourceError::Write {
            subject: shown.clone(),
            source,
        };
        fs_err::create_dir_all(directory).map_err(cannot_write)?;
        let mut temporary = NamedTempFile::new_in(directory).map_err(cannot_write)?;
        let handle = temporary.as_file().try_clone().map_err(cannot_write)?;
        let mut handle = fs_err::File::from_parts(handle, temporary.path());
        let mut request = Request::new(url, limit_bytes);
        "application/octet-stream, */*;q=0.1".clone_into(&mut request.accept);
        self.fetch
            .download(&request, &mut handle)
            .map_err(|source| SourceError::Fetch {
                subject: file_name(&shown),
                source,
            })?;
        let found = crate::digest::of_file(temporary.as_file_mut()).map_err(cannot_write)?;
        if found != *sha256 {
            return Err(SourceError::Mismatch {
                url: shown,
                expected: sha256.to_string(),
                found: found.to_string(),
            });
        }
        Ok(temporary)
    }

    /// The address of a file, by the page of the first index that has the project.
    fn file_url(&self, file: &IndexFile) -> Result<String, SourceError> {
        let places = self.routing.indexes_of(&file.package);
        for index in &places.indexes {
            let mut request = Request::new(page_url(index, &file.package), LARGEST_PAGE);
            ACCEPT.clone_into(&mut request.accept);
            let response = match self.fetch.fetch(&request) {
                Ok(response) => response,
                Err(error) if super::is_absent(&error, index) => continue,
                Err(source) => {
                    return Err(SourceError::Fetch {
                        subject: file.package.name().to_owned(),
                        source,
                    });
                }
            };
            let page = parse_page(&response)?;
            let no_such_file = || SourceError::NoSuchFile {
                index: crate::without_credentials(index),
                file: file.name.clone(),
            };
            let listed = page
                .files
                .iter()
                .find(|listed| listed.name == file.name)
                .ok_or_else(no_such_file)?;
            return resolve(&response.url, page.base.as_deref(), &listed.url)
                .map(|url| with_credentials_of(index, url))
                .ok_or_else(no_such_file);
        }
        Err(SourceError::NoSuchProject {
            package: file.package.clone(),
            places: places
                .indexes
                .into_iter()
                .map(crate::without_credentials)
                .collect(),
        })
    }
}

/// An address on a page, which may have a base of its own.
pub(super) fn resolve(page: &str, base: Option<&str>, address: &str) -> Option<Url> {
    let page = Url::parse(page).ok()?;
    let base = match base {
        Some(base) => page.join(base).ok()?,
        None => page,
    };
    base.join(address).ok()
}

/// Pages name their files without the credentials that the index was asked with.
fn with_credentials_of(index: &str, mut url: Url) -> String {
    if let Ok(index) = Url::parse(index)
        && Origin::of(&index) == Origin::of(&url)
        && url.username().is_empty()
    {
        // both fail only for addresses that cannot have credentials
        let _ = url.set_username(index.username());
        let _ = url.set_password(index.password());
    }
    url.into()
}

/// The last part of an address.
pub(crate) fn file_name(url: &str) -> String {
    url.rsplit('/').next().unwrap_or(url).to_owned()
}
