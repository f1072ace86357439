//! Where the parts of an image are: a directory, or an archive (tar) that is not compressed.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use holdfast_model::Digest;

use super::ImageError;
use crate::read;

/// The largest manifest or configuration.
const LARGEST_DOCUMENT: u64 = 16 << 20;
/// More parts than an image has.
const MOST_PARTS: usize = 100_000;

/// The parts of an image.
#[derive(Debug)]
pub(super) enum Store {
    Directory(PathBuf),
    Archive {
        path: PathBuf,
        /// Where each part begins, and its size.
        parts: BTreeMap<String, (u64, u64)>,
    },
}

/// A part of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blob {
    /// Its path in the image.
    pub(super) name: String,
    /// What it has to be, where the manifest says.
    pub(super) digest: Option<Digest>,
}

/// A part that is read from its beginning to its end.
pub(super) struct Part {
    pub(super) reader: Box<dyn Read>,
    /// Bytes.
    pub(super) size: u64,
}

impl Store {
    pub(super) fn open(path: &Path) -> Result<Self, ImageError> {
        let unreachable = |source| ImageError::Unreachable {
            path: path.to_owned(),
            source,
        };
        if fs_err::metadata(path).map_err(unreachable)?.is_dir() {
            return Ok(Self::Directory(path.to_owned()));
        }
        let mut file = fs_err::File::open(path).map_err(unreachable)?;
        let not_an_image = |reason: &str| ImageError::NotAnImage {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let mut magic = [0; 4];
        let count = file.read(&mut magic).map_err(unreachable)?;
        let magic = magic.get(..count).unwrap_or_default();
        if magic.starts_with(b"\x1f\x8b") || magic == b"\x28\xb5\x2f\xfd" {
            return Err(not_an_image("it is compressed: decompress it first"));
        }
        file.seek(SeekFrom::Start(0)).map_err(unreachable)?;
        let parts = index(file).map_err(|reason| not_an_image(&reason))?;
        Ok(Self::Archive {
            path: path.to_owned(),
            parts,
        })
    }

    /// The path that was opened.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Directory(path) | Self::Archive { path, .. } => path,
        }
    }

    /// Whether there is such a part.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Directory(path) => path.join(name).is_file(),
            Self::Archive { parts, .. } => parts.contains_key(name),
        }
    }

    /// A part that is a document.
    pub(super) fn document(&mut self, blob: &Blob) -> Result<Vec<u8>, ImageError> {
        let damaged = |reason: String| ImageError::Damaged {
            part: blob.name.clone(),
            reason,
        };
        let part = self.reader(blob)?;
        let mut bytes = Vec::new();
        part.reader
            .take(LARGEST_DOCUMENT + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| damaged(error.to_string()))?;
        if bytes.len() as u64 > LARGEST_DOCUMENT {
            return Err(damaged("it is too large for a document".to_owned()));
        }
        match &blob.digest {
            Some(digest) if read::sha256(&bytes) != *digest => {
                Err(damaged(format!("it is not what its digest says, {digest}")))
            }
            _ => Ok(bytes),
        }
    }

    pub(super) fn reader(&mut self, blob: &Blob) -> Result<Part, ImageError> {
        let damaged = |reason: String| ImageError::Damaged {
            part: blob.name.clone(),
            reason,
        };
        let missing = || damaged("it is not there".to_owned());
        match self {
            // the name is checked where manifests are read; a link may lead anywhere
            Self::Directory(path) => {
                let file = read::open(&path.join(&blob.name))
                    .map_err(|error| damaged(error.to_string()))?;
                let size = file
                    .metadata()
                    .map_err(|error| damaged(error.to_string()))?
                    .len();
                Ok(Part {
                    reader: Box::new(BufReader::new(file)),
                    size,
                })
            }
            Self::Archive { path, parts } => {
                let (start, size) = *parts.get(&blob.name).ok_or_else(missing)?;
                let mut file =
                    fs_err::File::open(&*path).map_err(|error| damaged(error.to_string()))?;
                file.seek(SeekFrom::Start(start))
                    .map_err(|error| damaged(error.to_string()))?;
                Ok(Part {
                    reader: Box::new(BufReader::new(file).take(size)),
                    size,
                })
            }
        }
    }
}

/// Where the files of an archive are.
fn index(file: fs_err::File) -> Result<BTreeMap<String, (u64, u64)>, String> {
    let mut archive = tar::Archive::new(file);
    let mut parts = BTreeMap::new();
    let mut links = Vec::new();
    let entries = archive
        .entries_with_seek()
        .map_err(|error| error.to_string())?;
    // names of parts are short: the extensions of tar for long ones are not read
    for entry in entries.raw(true) {
        let entry = entry.map_err(|error| format!("no archive (tar) that is whole: {error}"))?;
        let name = name(&entry.path_bytes());
        let kind = entry.header().entry_type();
        if kind.is_file() {
            parts.insert(name, (entry.raw_file_position(), entry.size()));
        } else if let (true, Some(target)) = (kind.is_symlink(), entry.link_name_bytes()) {
            links.push((name, String::from_utf8_lossy(&target).into_owned()));
        }
        if parts.len() + links.len() > MOST_PARTS {
            return Err("it has too many parts".to_owned());
        }
    }
    // old versions of docker write a layer once and link to it: `../ID/layer.tar`
    for (name, target) in links {
        if let Some(part) = target
            .strip_prefix("../")
            .and_then(|target| parts.get(target))
        {
            let part = *part;
            parts.insert(name, part);
        }
    }
    Ok(parts)
}

fn name(bytes: &[u8]) -> String {
    let name = String::from_utf8_lossy(bytes);
    name.trim_start_matches("./").to_owned()
}
