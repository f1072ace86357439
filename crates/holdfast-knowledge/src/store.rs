//! The advisories of all packages in one indexed file, read by seeking.
//!
//! Opening reads the header alone, a few kilobytes; a look-up reads two more pieces. Every piece has
//! a checksum, so that damage is an error and never a clean answer.

mod format;
mod write;

use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fs_err as fs;
use holdfast_model::{AdvisoryData, AdvisoryMatch, PackageId};
use jiff::Timestamp;

use crate::advisory::Advisory;
use crate::version::EcosystemVersion;

pub(crate) use format::Summary;
use format::{Entry, Header, PackageAdvisories, Piece, StoredAdvisory, key};
pub(crate) use write::write;

/// The advisory store of a machine, opened for reading.
#[derive(Debug)]
pub struct AdvisoryStore {
    path: PathBuf,
    file: Mutex<fs::File>,
    header: Header,
    data: AdvisoryData,
    /// Where the pieces begin, in bytes from the start of the file.
    body: u64,
}

/// Why the store cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Reading or writing fails; the source names the file.
    #[error("cannot use the advisory store")]
    Io(#[source] io::Error),
    /// The file is something else.
    #[error(
        "`{}` is no advisory store; remove it and run `holdfast advisories update` or `import`",
        path.display()
    )]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// Another version of Holdfast wrote it.
    #[error(
        "`{}` is an advisory store of version {found}, and this program reads version {}; run `holdfast advisories update` or `import` again",
        path.display(), format::VERSION
    )]
    OtherVersion {
        /// The store.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// It ends too early, or bytes have changed.
    #[error(
        "the advisory store `{}` is damaged; run `holdfast advisories update` or `import` again",
        path.display()
    )]
    Damaged {
        /// The store.
        path: PathBuf,
        /// What cannot be read, where the checksums agree.
        source: Option<postcard::Error>,
    },
    /// There are advisories for a package, and the version asked for has no place in its order.
    #[error("`{version}` of `{package}` is no version that can be compared with advisories")]
    NoVersion {
        /// The package.
        package: String,
        /// The version.
        version: String,
    },
}

impl AdvisoryStore {
    /// Opens the store; nothing where there is no such file.
    pub fn open(file: &Path) -> Result<Option<Self>, StoreError> {
        let path = file.to_owned();
        let mut file = match fs::File::open(file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::Io(error)),
        };
        let size = file.metadata().map_err(StoreError::Io)?.len();
        let (header, body) = format::read_header(&mut file, size, &path)?;
        let data = header.data(&path)?;
        Ok(Some(Self {
            path,
            file: Mutex::new(file),
            header,
            data,
            body,
        }))
    }

    /// What the advisories are: digest, age, number, ecosystems.
    pub fn data(&self) -> &AdvisoryData {
        &self.data
    }

    /// How many records are withdrawn, which [`AdvisoryData::count`] leaves out.
    pub fn withdrawn(&self) -> u64 {
        self.header.withdrawn
    }

    /// How many packages have an advisory.
    pub fn packages(&self) -> u64 {
        self.header.packages
    }

    /// The advisories that affect `version` of `package`, sorted by id.
    ///
    /// A local version (`2.3.0+cu121`) is also affected where the release that it extends is. Empty
    /// means clean only where [`AdvisoryData::ecosystems`] has the package's ecosystem.
    pub fn matches(
        &self,
        package: &PackageId,
        version: &str,
    ) -> Result<Vec<AdvisoryMatch>, StoreError> {
        self.look_up(package, |advisories| {
            let mut ranks = Vec::new();
            for version in versions_of(package, version)? {
                ranks.push(advisories.rank(package.ecosystem(), &version));
            }
            let affecting =
                |stored: &&StoredAdvisory<'_>| ranks.iter().any(|rank| stored.contains(*rank));
            advisories
                .advisories
                .iter()
                .filter(affecting)
                .map(|stored| {
                    let advisory = advisories.restore(package.ecosystem(), stored);
                    advisory.map(|advisory| advisory.to_match())
                })
                .map(|restored| restored.ok_or_else(|| self.damaged()))
                .collect()
        })
    }

    /// Every advisory of `package`, whatever the version; sorted by id.
    pub(crate) fn all(&self, package: &PackageId) -> Result<Vec<Advisory>, StoreError> {
        self.look_up(package, |advisories| {
            advisories
                .advisories
                .iter()
                .map(|stored| advisories.restore(package.ecosystem(), stored))
                .map(|restored| restored.ok_or_else(|| self.damaged()))
                .collect()
        })
    }

    /// Notes that the feed was asked at `now` and had nothing new. Replaces the file whole.
    pub fn mark_fetched(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let mut header = self.header.clone();
        header.fetched = now;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.body))
            .map_err(StoreError::Io)?;
        write::replace(&self.path, &header, &mut *file).map_err(StoreError::Io)?;
        drop(file);
        if let Some(reopened) = Self::open(&self.path)? {
            *self = reopened;
        }
        Ok(())
    }

    /// Calls `answer` with what is stored of a package, or answers nothing where there is none.
    fn look_up<T>(
        &self,
        package: &PackageId,
        answer: impl FnOnce(&PackageAdvisories<'_>) -> Result<Vec<T>, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let key = key(package);
        let blocks = &self.header.blocks;
        let after = blocks.partition_point(|block| block.first <= key);
        let Some(block) = after.checked_sub(1).and_then(|index| blocks.get(index)) else {
            return Ok(Vec::new());
        };
        let bytes = self.read(block.piece)?;
        let names: Vec<Entry<'_>> = self.decode(&bytes)?;
        let Ok(position) = names.binary_search_by(|entry| entry.key.cmp(&key)) else {
            return Ok(Vec::new());
        };
        let Some(entry) = names.get(position) else {
            return Ok(Vec::new());
        };
        let bytes = self.read(entry.piece)?;
        answer(&self.decode(&bytes)?)
    }

    fn read(&self, piece: Piece) -> Result<Vec<u8>, StoreError> {
        let inside = piece
            .offset
            .checked_add(u64::from(piece.length))
            .is_some_and(|end| end <= self.header.body);
        let length = usize::try_from(piece.length).unwrap_or(usize::MAX);
        if !inside {
            return Err(self.damaged());
        }
        let mut bytes = vec![0; length];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.body + piece.offset))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|error| {
                if error.kind() == io::ErrorKind::UnexpectedEof {
                    self.damaged()
                } else {
                    StoreError::Io(error)
                }
            })?;

        if crc32fast::hash(&bytes) != piece.checksum {
            return Err(self.damaged());
        }
        Ok(bytes)
    }

    fn decode<'a, T: serde::Deserialize<'a>>(&self, bytes: &'a [u8]) -> Result<T, StoreError> {
        postcard::from_bytes(bytes).map_err(|source| StoreError::Damaged {
            path: self.path.clone(),
            source: Some(source),
        })
    }

    fn damaged(&self) -> StoreError {
        StoreError::Damaged {
            path: self.path.clone(),
            source: None,
        }
    }
}

/// The versions to look up for a version as installed: itself, and the public one that it extends.
pub(crate) fn versions_of(
    package: &PackageId,
    version: &str,
) -> Result<Vec<EcosystemVersion>, StoreError> {
    let Some(exact) = EcosystemVersion::parse(package.ecosystem(), version) else {
        return Err(StoreError::NoVersion {
            package: package.to_string(),
            version: version.to_owned(),
        });
    };
    let public = exact.clone().public();
    Ok(if exact == public {
        vec![public]
    } else {
        vec![exact, public]
    })
}
