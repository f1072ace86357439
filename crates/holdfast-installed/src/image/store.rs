//! Where the parts of an image are: a directory, or an archive (tar). One that is compressed is read
//! through once, and what its parts say is kept.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use holdfast_model::{Digest, HashAlgorithm};

use super::ImageError;
use super::archive::Archive;
use super::layer::{self, Changes, Compression};
use crate::read;

/// The largest manifest or configuration; of a compressed archive, all of them together.
const LARGEST_DOCUMENT: u64 = 16 << 20;
/// More parts than an image has.
const MOST_PARTS: usize = 100_000;

/// More parts than are read through, each of which may be a layer.
const MOST_READ: usize = 10_000;
/// First bytes of a part, which tell what it is.
const START: u64 = 512;
/// Bytes that are read at once.
const PIECE: usize = 128 * 1024;

type Documents = BTreeMap<String, Vec<u8>>;
type Layers = BTreeMap<String, Result<Changes, String>>;

/// The parts of an image.
#[derive(Debug)]
pub(super) enum Store {
    Directory(PathBuf),
    Archive {
        path: PathBuf,
        /// Where each part begins, and its size.
        parts: BTreeMap<String, (u64, u64)>,
    },
    /// A compressed archive, as it was read.
    Compressed {
        path: PathBuf,
        documents: Documents,
        layers: Layers,
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
pub(super) struct Part<'r> {
    pub(super) reader: Box<dyn Read + 'r>,
    /// Bytes.
    pub(super) size: u64,
}

impl Store {
    /// Opens an image; `room` is how many bytes of content may still be kept.
    pub(super) fn open(path: &Path, room: &mut usize) -> Result<Self, ImageError> {
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
        let compression = Compression::of(magic.get(..count).unwrap_or_default());
        let length = file.metadata().map_err(unreachable)?.len();
        file.seek(SeekFrom::Start(0)).map_err(unreachable)?;
        if compression.is_some() {
            let read = read_through(file, length, room);
            let (documents, layers) = read.map_err(|reason| not_an_image(&reason))?;
            return Ok(Self::Compressed {
                path: path.to_owned(),
                documents,
                layers,
            });
        }
        let parts = index(file, length).map_err(|reason| not_an_image(&reason))?;
        Ok(Self::Archive {
            path: path.to_owned(),
            parts,
        })
    }

    /// The path that was opened.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Directory(path) | Self::Archive { path, .. } | Self::Compressed { path, .. } => {
                path
            }
        }
    }

    /// Whether there is such a part.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Directory(path) => path.join(name).is_file(),
            Self::Archive { parts, .. } => parts.contains_key(name),
            Self::Compressed { documents, .. } => documents.contains_key(name),
        }
    }

    /// A part that is a document.
    pub(super) fn document(&self, blob: &Blob) -> Result<Vec<u8>, ImageError> {
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

    /// What a layer changes.
    pub(super) fn layer(&self, blob: &Blob, room: &mut usize) -> Result<Changes, ImageError> {
        let read = match self {
            Self::Directory(_) | Self::Archive { .. } => {
                layer::read(self.reader(blob)?, blob, room)
            }
            Self::Compressed { layers, .. } => layers
                .get(&blob.name)
                .cloned()
                .unwrap_or_else(|| Err("it is not there".to_owned())),
        };
        read.map_err(|reason| ImageError::Damaged {
            part: blob.name.clone(),
            reason,
        })
    }

    fn reader(&self, blob: &Blob) -> Result<Part<'_>, ImageError> {
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
                    fs_err::File::open(path).map_err(|error| damaged(error.to_string()))?;
                file.seek(SeekFrom::Start(start))
                    .map_err(|error| damaged(error.to_string()))?;
                Ok(Part {
                    reader: Box::new(BufReader::new(file).take(size)),
                    size,
                })
            }
            Self::Compressed { documents, .. } => {
                let document = documents.get(&blob.name).ok_or_else(missing)?;
                Ok(Part {
                    reader: Box::new(document.as_slice()),
                    size: document.len() as u64,
                })
            }
        }
    }
}

/// Where the files of an archive are.
fn index(file: fs_err::File, length: u64) -> Result<BTreeMap<String, (u64, u64)>, String> {
    let not_whole = |error| format!("no archive (tar) that is whole: {error}");
    let mut archive = Archive::seeking(file);
    let mut parts = BTreeMap::new();
    let mut links = Vec::new();
    while let Some(member) = archive.member().map_err(not_whole)? {
        let end = member.position.saturating_add(member.size);
        if end > length {
            return Err(format!(
                "no archive (tar) that is whole: `{}` is cut off",
                member.path
            ));
        }
        let name = name(&member.path);
        if member.kind.is_file() {
            parts.insert(name, (member.position, member.size));
        } else if let (true, Some(target)) = (member.kind.is_symlink(), member.target) {
            links.push((name, target));
        }
        if parts.len() + links.len() > MOST_PARTS {
            return Err("it has too many parts".to_owned());
        }
    }
    follow(links, &mut parts);
    Ok(parts)
}

/// Old versions of docker write a layer once and link to it: `../ID/layer.tar`.
fn follow<T: Clone>(links: Vec<(String, String)>, parts: &mut BTreeMap<String, T>) {
    for (name, target) in links {
        let target = target.strip_prefix("../");
        if let Some(part) = target.and_then(|target| parts.get(target)).cloned() {
            parts.insert(name, part);
        }
    }
}

/// What a compressed archive holds, read once from its beginning to its end: layers come before the
/// manifest that names them, and there is no going back.
fn read_through(
    file: fs_err::File,
    length: u64,
    room: &mut usize,
) -> Result<(Documents, Layers), String> {
    let reader = BufReader::with_capacity(PIECE, file);
    let content = layer::decompressed(reader, length).map_err(|error| error.to_string())?;
    let mut archive = Archive::new(content);
    let (mut documents, mut layers, mut links) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let not_whole = |error| format!("no archive (tar) that is whole: {error}");
    let mut left = LARGEST_DOCUMENT;
    while let Some(member) = archive.member().map_err(not_whole)? {
        let name = name(&member.path);
        if member.kind.is_file() {
            let mut start = Vec::new();
            (&mut archive)
                .take(START)
                .read_to_end(&mut start)
                .map_err(not_whole)?;
            if is_document(&start) && member.size <= left {
                left -= member.size;
                archive.read_to_end(&mut start).map_err(not_whole)?;
                documents.insert(name, start);
            } else {
                let blob = Blob {
                    digest: named_digest(&name),
                    name: name.clone(),
                };
                let part = Part {
                    reader: Box::new(start.as_slice().chain(&mut archive)),
                    size: member.size,
                };
                layers.insert(name, layer::read(part, &blob, room));
            }
        } else if let (true, Some(target)) = (member.kind.is_symlink(), member.target) {
            links.push((name, target));
        }
        if documents.len() + layers.len() + links.len() > MOST_READ {
            return Err("it has too many parts for a compressed archive".to_owned());
        }
    }
    if !archive.has_sign() {
        return Err("it is cut off".to_owned());
    }
    follow(links, &mut layers);
    Ok((documents, layers))
}

/// Whether a part is a document (JSON) and no layer.
fn is_document(start: &[u8]) -> bool {
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'[')) && !start.contains(&0)
}

/// The digest that a part's name says.
fn named_digest(name: &str) -> Option<Digest> {
    let hex = name.strip_prefix("blobs/sha256/")?;
    Digest::new(HashAlgorithm::Sha256, hex).ok()
}

fn name(written: &str) -> String {
    written.trim_start_matches("./").to_owned()
}
