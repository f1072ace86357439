//! What was fetched before, on disk.
//!
//! One small file for each entry, in folders that carry the version of their format, below one
//! directory. Entries are replaced whole; one that is damaged, or of another version, is absent.
//! Nothing here decides whether an entry is still good.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

/// First in each file. A change of any entry's layout changes its folder's name, not this.
const MAGIC: &[u8; 4] = b"HFC1";
/// Length of what comes before an entry's payload: the above and a checksum.
const HEADER: usize = MAGIC.len() + 4;
/// An entry that is larger is damaged, in bytes.
const LARGEST_ENTRY: u64 = 64 << 20;
/// The standard's mark of directories that backups need not keep.
const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
    # This directory holds what Holdfast can fetch again.\n";

/// A folder of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folder {
    /// What the indexes have of each project.
    Index,
    /// The files of single releases.
    Listings,
    /// The hashes of metadata files that the indexes announce.
    Announced,
    /// Core metadata of wheels.
    Metadata,
    /// Sizes of wheels.
    Sizes,
    /// Digests over the files of wheels.
    Contents,
    /// Lists of the files of wheels.
    Records,
    /// Validators of advisory feeds.
    Feeds,
    /// What is being downloaded; a killed run leaves it behind.
    Temporary,
}

impl Folder {
    const ALL: [Self; 9] = [
        Self::Index,
        Self::Listings,
        Self::Announced,
        Self::Metadata,
        Self::Sizes,
        Self::Contents,
        Self::Records,
        Self::Feeds,
        Self::Temporary,
    ];

    /// The folder's name, with the version of what is in it.
    fn name(self) -> &'static str {
        match self {
            Self::Index => "index-v1",
            Self::Listings => "listings-v1",
            Self::Announced => "announced-v1",
            Self::Metadata => "metadata-v1",
            Self::Sizes => "sizes-v1",
            Self::Contents => "contents-v1",
            Self::Records => "records-v1",
            Self::Feeds => "feeds-v1",
            Self::Temporary => "temporary-v1",
        }
    }

    /// The name without the version: older versions are ours as well.
    fn stem(self) -> &'static str {
        self.name()
            .trim_end_matches(|character: char| character.is_ascii_digit())
    }
}

/// A cache directory. It is made when something is first written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    directory: PathBuf,
}

/// What [`Cache::clean`] removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
}

impl Cache {
    /// A cache in `directory`.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Removes every entry, of older versions too, and nothing that is not an entry; what others
    /// keep in the same directory stays.
    pub fn clean(&self) -> std::io::Result<Cleaned> {
        let mut cleaned = Cleaned::default();
        let listing = match fs_err::read_dir(&self.directory) {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(cleaned),
            Err(error) => return Err(error),
        };
        for entry in listing {
            let entry = entry?;
            let name = entry.file_name();
            let is_ours = name.to_str().is_some_and(is_folder_name);
            // a link is not followed: what is behind it is not ours
            if is_ours && entry.file_type()?.is_dir() {
                count(&entry.path(), &mut cleaned, 0)?;
                fs_err::remove_dir_all(entry.path())?;
            }
        }
        Ok(cleaned)
    }

    /// The entry of `key`, where it is there and whole.
    pub(crate) fn read<T: DeserializeOwned>(&self, folder: Folder, key: &Key) -> Option<T> {
        let entry = self.entry(folder, key)?;
        postcard::from_bytes(entry.payload()).ok()
    }

    /// The bytes of an entry, for who reads them without copying.
    pub(crate) fn entry(&self, folder: Folder, key: &Key) -> Option<Entry> {
        use std::io::Read;
        let file = fs_err::File::open(self.path(folder, key)).ok()?;
        let length = file.metadata().ok()?.len();
        if length > LARGEST_ENTRY {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).ok()? + 1);
        file.take(LARGEST_ENTRY).read_to_end(&mut bytes).ok()?;
        let entry = Entry { bytes };
        let magic = entry.bytes.get(..MAGIC.len())?;
        let checksum = entry.bytes.get(MAGIC.len()..HEADER)?;
        let is_whole = magic == MAGIC && checksum == crc32fast::hash(entry.payload()).to_le_bytes();
        is_whole.then_some(entry)
    }

    /// Replaces the entry of `key`.
    pub(crate) fn write<T: Serialize>(
        &self,
        folder: Folder,
        key: &Key,
        value: &T,
    ) -> std::io::Result<()> {
        let payload = postcard::to_stdvec(value).map_err(std::io::Error::other)?;
        let path = self.path(folder, key);
        let parent = path.parent().unwrap_or(&self.directory);
        self.make(parent)?;
        // not synced: an entry that a crash tears is found damaged by its checksum
        let mut file = tempfile::NamedTempFile::new_in(parent)?;
        file.write_all(MAGIC)?;
        file.write_all(&crc32fast::hash(&payload).to_le_bytes())?;
        file.write_all(&payload)?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }

    /// The directory for what is being downloaded, on the same disk as the entries. It is made.
    pub(crate) fn temporary(&self) -> std::io::Result<PathBuf> {
        let directory = self.directory.join(Folder::Temporary.name());
        self.make(&directory)?;
        Ok(directory)
    }

    /// Makes a folder, and marks the cache as one when it is new.
    fn make(&self, folder: &Path) -> std::io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        fs_err::create_dir_all(folder)?;
        let tag = self.directory.join("CACHEDIR.TAG");
        if !tag.exists() {
            fs_err::write(tag, TAG)?;
        }
        Ok(())
    }

    fn path(&self, folder: Folder, key: &Key) -> PathBuf {
        let mut path = self.directory.join(folder.name());
        path.push(&key.group);
        path.push(&key.name);
        path
    }
}

/// An entry that is whole.
pub(crate) struct Entry {
    bytes: Vec<u8>,
}

impl Entry {
    /// What was written.
    pub(crate) fn payload(&self) -> &[u8] {
        self.bytes.get(HEADER..).unwrap_or_default()
    }
}

/// Where an entry is, in its folder. Made of hexadecimal digits and plain names alone, so that no
/// name from outside can leave the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    group: String,
    name: String,
}

impl Key {
    /// The entry of one project on one index.
    pub(crate) fn of_project(index: &str, project: &str) -> Self {
        let is_plain = !project.is_empty()
            && project.len() <= 128
            && project
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let name = if is_plain {
            project.to_owned()
        } else {
            format!("_{}", hash(project))
        };
        Self {
            group: short_hash(index),
            name,
        }
    }

    /// The entry of a file with this SHA-256, spread over 256 folders.
    pub(crate) fn of_digest(sha256: &holdfast_model::Digest) -> Self {
        let (group, name) = sha256.hex().split_at(2);
        Self {
            group: group.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The entry of an address.
    pub(crate) fn of_address(address: &str) -> Self {
        Self {
            group: "by-address".to_owned(),
            name: short_hash(address),
        }
    }
}

fn hash(text: &str) -> String {
    holdfast_model::Digest::sha256(&Sha256::digest(text.as_bytes()).into())
        .hex()
        .to_owned()
}

fn short_hash(text: &str) -> String {
    hash(text).chars().take(16).collect()
}

fn is_folder_name(name: &str) -> bool {
    Folder::ALL.iter().any(|folder| {
        name.strip_prefix(folder.stem()).is_some_and(|version| {
            !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit())
        })
    })
}

fn count(directory: &Path, cleaned: &mut Cleaned, depth: u32) -> std::io::Result<()> {
    for entry in fs_err::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() && depth < 8 {
            count(&entry.path(), cleaned, depth + 1)?;
        } else {
            cleaned.files += 1;
            cleaned.bytes += metadata.len();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
