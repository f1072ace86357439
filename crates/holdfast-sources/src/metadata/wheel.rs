//! Getting at one wheel's metadata, by the cheapest way that works.

use std::io::{Read, Seek};

use holdfast_model::{CoreMetadata, Digest, PackageId};
use pep440_rs::Version;
use url::Url;

use crate::index::{IndexClient, file_name, local_path};
use crate::{FetchError, Request, SourceError, digest, filename};

use super::remote::Remote;
use super::{Verification, WheelRef};

/// The largest metadata file, in bytes. The longest descriptions on PyPI have about one megabyte.
pub(super) const LARGEST_METADATA: u64 = 16 << 20;
/// The largest list of files, in bytes. That of the largest packages has about three megabytes.
const LARGEST_RECORD: u64 = 64 << 20;
/// The largest wheel that is fetched as a whole for its metadata, in bytes.
const LARGEST_WHEEL: u64 = 300 << 20;

impl IndexClient<'_> {
    /// Fetches and checks the metadata of a wheel.
    pub(super) fn fetch_metadata(
        &self,
        wheel: &WheelRef,
    ) -> Result<(CoreMetadata, Verification), SourceError> {
        let reader = self.reader(wheel)?;
        if let Some(path) = local_path(&wheel.url) {
            let metadata = reader.on_disk(&path)?;
            return Ok((metadata, Verification::Wheel));
        }
        if let Some(beside) = reader.beside()? {
            return Ok(beside);
        }
        match reader.inside()? {
            Some(inside) => Ok(inside),
            None => Ok((reader.whole()?, Verification::Wheel)),
        }
    }
}

impl IndexClient<'_> {
    /// Fetches the `RECORD` of a wheel.
    pub(super) fn fetch_record(&self, wheel: &WheelRef) -> Result<String, SourceError> {
        let reader = self.reader(wheel)?;
        let take = |archive: &mut dyn Archive| reader.record_of(archive);
        if let Some(path) = local_path(&wheel.url) {
            return reader.on_disk_with(&path, &take);
        }
        match reader.inside_with(&take)? {
            Some((record, _)) => Ok(record),
            None => reader.whole_with(&take),
        }
    }

    fn reader<'a>(&'a self, wheel: &'a WheelRef) -> Result<WheelReader<'a>, SourceError> {
        let (package, version) =
            filename::wheel_identity(&wheel.name).ok_or_else(|| SourceError::NotAWheel {
                url: crate::without_credentials(&wheel.url),
                reason: format!("`{}` is no file name of a wheel", wheel.name),
            })?;
        Ok(WheelReader {
            client: self,
            wheel,
            shown: crate::without_credentials(&wheel.url),
            package,
            version,
        })
    }
}

/// A zip file that is read where it is.
trait Archive: Read + Seek {}

impl<T: Read + Seek> Archive for T {}

/// Takes something out of an archive.
type Take<'a, T> = &'a dyn Fn(&mut dyn Archive) -> Result<T, SourceError>;

/// One wheel that is read.
struct WheelReader<'a> {
    client: &'a IndexClient<'a>,
    wheel: &'a WheelRef,
    shown: String,
    package: PackageId,
    version: Version,
}

impl WheelReader<'_> {
    /// The file beside the wheel (PEP 658); nothing where the server has none that makes sense.
    fn beside(&self) -> Result<Option<(CoreMetadata, Verification)>, SourceError> {
        let Ok(mut url) = Url::parse(&self.wheel.url) else {
            return Ok(None);
        };
        let path = format!("{}.metadata", url.path());
        url.set_path(&path);
        let response = match self
            .client
            .fetch
            .fetch(&Request::new(url, LARGEST_METADATA))
        {
            Ok(response) => response,
            Err(error) => return self.unless_network_failed(error),
        };
        let announced = self
            .client
            .announced_metadata(&self.package, &self.wheel.sha256);
        let verification = match announced {
            None => Verification::Unverified,
            Some(announced) => {
                let found = digest::of_bytes(&response.body);
                self.must_equal(&announced, &found, ".metadata")?;
                Verification::Announced
            }
        };
        match self.parse(&response.body) {
            Ok(metadata) => Ok(Some((metadata, verification))),
            // some servers answer every address with some page
            Err(_) if verification == Verification::Unverified => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The metadata inside the wheel, by range requests; nothing where the server has no ranges.
    fn inside(&self) -> Result<Option<(CoreMetadata, Verification)>, SourceError> {
        self.inside_with(&|archive| self.metadata_of(archive))
    }

    /// What `take` finds inside the wheel, by range requests; nothing where the server has none.
    fn inside_with<T>(&self, take: Take<'_, T>) -> Result<Option<(T, Verification)>, SourceError> {
        let remote = match Remote::open(self.client.fetch, &self.wheel.url) {
            Ok(remote) => remote,
            Err(error) => return self.unless_network_failed(error),
        };
        match remote {
            Remote::Whole(bytes) => {
                self.must_equal(&self.wheel.sha256, &digest::of_bytes(&bytes), "")?;
                let found = take(&mut std::io::Cursor::new(bytes))?;
                Ok(Some((found, Verification::Wheel)))
            }
            Remote::Parts(mut wheel) => {
                self.must_have_size(wheel.length())?;
                let read = take(&mut wheel);
                match (read, wheel.failure()) {
                    (Ok(found), _) => Ok(Some((found, Verification::Unverified))),
                    (Err(_), Some(error)) => self.unless_network_failed(error),
                    (Err(error), None) => Err(error),
                }
            }
        }
    }

    fn whole(&self) -> Result<CoreMetadata, SourceError> {
        self.whole_with(&|archive| self.metadata_of(archive))
    }

    /// What `take` finds in the wheel, which is fetched for it.
    fn whole_with<T>(&self, take: Take<'_, T>) -> Result<T, SourceError> {
        if let Some(size) = self.wheel.size.filter(|size| *size > LARGEST_WHEEL) {
            return Err(SourceError::NotAWheel {
                url: self.shown.clone(),
                reason: format!(
                    "its {size} bytes are too many to fetch for the metadata alone, \
                     and the server has no other way"
                ),
            });
        }
        let directory = self
            .client
            .cache
            .temporary()
            .map_err(|source| SourceError::Write {
                subject: self.shown.clone(),
                source,
            })?;
        let mut file = self.client.download_checked(
            &self.wheel.url,
            &self.wheel.sha256,
            LARGEST_WHEEL,
            &directory,
        )?;
        take(file.as_file_mut())
    }

    fn on_disk(&self, path: &std::path::Path) -> Result<CoreMetadata, SourceError> {
        self.on_disk_with(path, &|archive| self.metadata_of(archive))
    }

    fn on_disk_with<T>(&self, path: &std::path::Path, take: Take<'_, T>) -> Result<T, SourceError> {
        let cannot_read = |error: std::io::Error| SourceError::NotAWheel {
            url: self.shown.clone(),
            reason: error.to_string(),
        };
        let mut file = fs_err::File::open(path).map_err(cannot_read)?;
        let found = digest::of_file(&mut file).map_err(cannot_read)?;
        self.must_equal(&self.wheel.sha256, &found, "")?;
        take(&mut file)
    }

    /// Reads the metadata of an archive, and no more of it than needed.
    fn metadata_of(&self, archive: &mut dyn Archive) -> Result<CoreMetadata, SourceError> {
        let bytes = self.entry_of(archive, "METADATA", LARGEST_METADATA)?;
        self.parse(&bytes)
    }

    /// Reads the list of files of an archive, and no more of it than needed.
    fn record_of(&self, archive: &mut dyn Archive) -> Result<String, SourceError> {
        let bytes = self.entry_of(archive, "RECORD", LARGEST_RECORD)?;
        String::from_utf8(bytes).map_err(|error| self.not_a_wheel(format!("its `RECORD`: {error}")))
    }

    fn entry_of(
        &self,
        archive: &mut dyn Archive,
        name: &str,
        limit: u64,
    ) -> Result<Vec<u8>, SourceError> {
        entry(archive, &self.package, name, limit).map_err(|reason| self.not_a_wheel(reason))
    }

    fn not_a_wheel(&self, reason: String) -> SourceError {
        SourceError::NotAWheel {
            url: self.shown.clone(),
            reason,
        }
    }

    fn parse(&self, bytes: &[u8]) -> Result<CoreMetadata, SourceError> {
        let metadata = CoreMetadata::parse(&String::from_utf8_lossy(bytes)).map_err(|source| {
            SourceError::Metadata {
                url: self.shown.clone(),
                source,
            }
        })?;
        let same_name = PackageId::pypi(&metadata.name) == self.package;
        let same_version = metadata.version.parse().ok().as_ref() == Some(&self.version);
        if same_name && same_version {
            return Ok(metadata);
        }
        Err(SourceError::OtherPackage {
            url: self.shown.clone(),
            found: format!("{} {}", metadata.name, metadata.version),
        })
    }

    /// Goes on with the next way where a server answered, however unkindly.
    fn unless_network_failed<T>(&self, error: FetchError) -> Result<Option<T>, SourceError> {
        if error.status().is_some() || matches!(error, FetchError::TooLarge { .. }) {
            return Ok(None);
        }
        Err(SourceError::Fetch {
            subject: file_name(&self.shown),
            source: error,
        })
    }

    fn must_equal(
        &self,
        expected: &Digest,
        found: &Digest,
        suffix: &str,
    ) -> Result<(), SourceError> {
        if expected == found {
            return Ok(());
        }
        Err(SourceError::Mismatch {
            url: format!("{}{suffix}", self.shown),
            expected: expected.to_string(),
            found: found.to_string(),
        })
    }

    fn must_have_size(&self, found: u64) -> Result<(), SourceError> {
        match self.wheel.size {
            Some(expected) if expected != found => Err(SourceError::Mismatch {
                url: self.shown.clone(),
                expected: format!("{expected} bytes"),
                found: format!("{found} bytes"),
            }),
            _ => Ok(()),
        }
    }
}

/// The bytes of `<name>-<version>.dist-info/<file>`.
fn entry(
    archive: &mut dyn Archive,
    package: &PackageId,
    file: &str,
    limit: u64,
) -> Result<Vec<u8>, String> {
    let mut archive =
        zip::ZipArchive::new(archive).map_err(|error| format!("it is no zip file: {error}"))?;
    let is_ours = |path: &str| {
        let directory = path.strip_suffix(file)?.strip_suffix('/')?;
        let stem = directory.strip_suffix(".dist-info")?;
        let (name, _) = stem.rsplit_once('-')?;
        (!directory.contains('/') && PackageId::pypi(name) == *package).then_some(())
    };
    let name = archive
        .file_names()
        .filter_map(Result::ok)
        .find(|path| is_ours(path).is_some())
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| format!("it has no `.dist-info/{file}`"))?;
    let entry = archive
        .by_name(&name)
        .map_err(|error| format!("`{name}` cannot be read: {error}"))?;
    let mut bytes = Vec::new();
    entry
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("`{name}` cannot be read: {error}"))?;
    if bytes.len() as u64 > limit {
        return Err(format!("`{name}` is larger than {limit} bytes"));
    }
    Ok(bytes)
}
