//! One layer of an image: what it brings and what it takes away.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

use holdfast_model::{Digest, Location, UnreadableFile};
use holdfast_zstandard::Frames;
use sha2::{Digest as _, Sha256};

use super::archive::{Archive, Member};
use super::sample::Sample;
use super::store::{Blob, Part};
use super::tree::{Entry, File};
use crate::native::is_library;
use crate::versions::Versions;

/// Bytes of content that are kept of an image.
pub(super) const MOST_KEPT: usize = 96 << 20;
/// The largest file whose content is kept.
const LARGEST_KEPT: u64 = 32 << 20;
/// The largest script whose content is kept.
const LARGEST_SCRIPT: u64 = 32 << 10;
/// More files than a layer has.
const MOST_ENTRIES: usize = 5_000_000;
/// A layer grows by no more than so many times when it is decompressed, this much aside.
const MOST_GROWTH: u64 = 200;
const ASIDE: u64 = 1 << 30;
/// Of every file so many bytes are kept.
const HEAD: usize = 16;
/// Bytes that are read at once.
const PIECE: usize = 128 * 1024;
/// Signs of a file that was removed, and of a directory that was emptied (OCI Image Layer 1.1).
const REMOVED: &str = ".wh.";
const EMPTIED: &str = ".wh..wh..opq";

/// What a layer changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    pub(super) entries: BTreeMap<String, Entry>,
    /// Path, target.
    pub(super) hard_links: Vec<(String, String)>,
    pub(super) removed: Vec<String>,
    pub(super) emptied: Vec<String>,
    pub(super) problems: Vec<UnreadableFile>,
}

pub(super) fn problem(path: &str, reason: impl Into<String>) -> UnreadableFile {
    UnreadableFile {
        location: Location::start_of(path),
        reason: reason.into(),
    }
}

/// Reads a layer, whose digest is compared with what its manifest says.
pub(super) fn read(part: Part<'_>, blob: &Blob, room: &mut usize) -> Result<Changes, String> {
    let mut hashed = Hashed {
        reader: part.reader,
        // every file is hashed: what nothing is compared with need not be hashed once more
        hasher: blob.digest.as_ref().map(|_| Sha256::new()),
    };
    let changes = {
        let reader = BufReader::with_capacity(PIECE, &mut hashed);
        let mut archive =
            Archive::new(decompressed(reader, part.size).map_err(|error| error.to_string())?);
        let changes = entries(&mut archive, room).map_err(|error| error.to_string())?;
        // an archive ends with a sign; without it, only a digest tells that all is there
        if !archive.has_sign() && blob.digest.is_none() {
            return Err("it is cut off: the sign of its end is missing".to_owned());
        }
        changes
    };
    let (Some(wanted), Some(_)) = (&blob.digest, &hashed.hasher) else {
        return Ok(changes);
    };
    std::io::copy(&mut hashed, &mut std::io::sink()).map_err(|error| error.to_string())?;
    let hasher = hashed.hasher.take().unwrap_or_default();
    if Digest::sha256(&hasher.finalize().into()) != *wanted {
        return Err(format!("it is not what its digest says, {wanted}"));
    }
    Ok(changes)
}

/// The content of a file of so many bytes, decompressed where its first bytes say that it is
/// compressed. It cannot grow without end.
pub(super) fn decompressed<'r>(
    mut reader: impl BufRead + 'r,
    size: u64,
) -> std::io::Result<impl Read + 'r> {
    let start = reader.fill_buf()?;
    let content: Box<dyn Read + 'r> = match Compression::of(start) {
        Some(Compression::Gzip) => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        Some(Compression::Zstandard) => Box::new(Frames::new(reader)),
        None => Box::new(reader),
    };
    Ok(Limited {
        reader: content,
        left: size.saturating_mul(MOST_GROWTH).saturating_add(ASIDE),
    })
}

/// A way in which layers and whole archives are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstandard,
}

impl Compression {
    /// By the first bytes.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        if start.starts_with(b"\x1f\x8b") {
            Some(Self::Gzip)
        } else if start.starts_with(b"\x28\xb5\x2f\xfd") {
            Some(Self::Zstandard)
        } else {
            None
        }
    }
}

struct Hashed<'r> {
    reader: Box<dyn Read + 'r>,
    hasher: Option<Sha256>,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(buffer.get(..count).unwrap_or_default());
        }
        Ok(count)
    }
}

/// A reader that refuses to go on for ever.
struct Limited<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| std::io::Error::other("it grows without end when it is decompressed"))?;
        Ok(count)
    }
}

fn entries(archive: &mut Archive<impl Read>, room: &mut usize) -> std::io::Result<Changes> {
    let mut changes = Changes::default();
    let mut count = 0;
    while let Some(member) = archive.member()? {
        count += 1;
        if count > MOST_ENTRIES {
            return Err(std::io::Error::other("it has too many entries"));
        }
        changes.add(archive, member, room)?;
    }
    Ok(changes)
}

impl Changes {
    fn add(
        &mut self,
        archive: &mut Archive<impl Read>,
        member: Member,
        room: &mut usize,
    ) -> std::io::Result<()> {
        let Some(path) = inside(&member.path) else {
            self.problems
                .push(problem(&member.path, "a name that leads out of the image"));
            return Ok(());
        };
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if name == EMPTIED {
            self.emptied.push(directory.to_owned());
            return Ok(());
        }
        if let Some(removed) = name.strip_prefix(REMOVED) {
            if let Some(path) = inside(&format!("{directory}/{removed}")) {
                self.removed.push(path);
            }
            return Ok(());
        }
        let kind = member.kind;
        let found = if kind.is_dir() {
            // the root itself
            if path.is_empty() {
                return Ok(());
            }
            Entry::Directory
        } else if kind.is_symlink() {
            Entry::Link(member.target.unwrap_or_default())
        } else if kind.is_hard_link() {
            let target = member
                .target
                .as_deref()
                .and_then(inside)
                .unwrap_or_default();
            self.entries.remove(&path);
            self.hard_links.push((path, target));
            return Ok(());
        } else if member.is_sparse {
            self.problems
                .push(problem(&path, "a file with holes, which was not read"));
            return Ok(());
        } else if kind.is_file() || kind.is_contiguous() {
            Entry::File(file(archive, &member, &path, room)?)
        } else {
            Entry::Special
        };
        self.hard_links.retain(|(link, _)| *link != path);
        self.entries.insert(path, found);
        Ok(())
    }
}

/// A path within the image; nothing where it leads out. An absolute one begins at the root.
fn inside(written: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => return None,
            part if part.contains('\0') => return None,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What is made of a file while it passes by.
struct Passing {
    hasher: ring::digest::Context,
    size: u64,
    head: Vec<u8>,
    content: Option<Vec<u8>>,
    sample: Option<Sample>,
    versions: Option<Versions>,
}

impl Passing {
    fn take(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        if self.head.len() < HEAD {
            let missing = HEAD - self.head.len();
            let more = bytes.get(..missing).unwrap_or(bytes);
            self.head.extend_from_slice(more);
        }
        if let Some(content) = &mut self.content {
            content.extend_from_slice(bytes);
        }
        if let Some(sample) = &mut self.sample {
            sample.pass(bytes);
        }
        if let Some(versions) = &mut self.versions {
            versions.take(bytes);
        }
    }
}

fn file(
    archive: &mut Archive<impl Read>,
    member: &Member,
    path: &str,
    room: &mut usize,
) -> std::io::Result<File> {
    let stated = member.size;
    let is_kept = is_telling(path, stated)
        && stated <= LARGEST_KEPT
        && usize::try_from(stated).is_ok_and(|size| size <= *room);
    let is_interpreter = is_interpreter(path);
    let mut passing = Passing {
        hasher: ring::digest::Context::new(&ring::digest::SHA256),
        size: 0,
        head: Vec::new(),
        content: is_kept.then(Vec::new),
        sample: (is_interpreter || is_library(path)).then(|| Sample::new(stated)),
        versions: is_interpreter.then(Versions::default),
    };
    let mut buffer = vec![0; PIECE.min(usize::try_from(stated).unwrap_or(PIECE).max(1))];
    loop {
        let count = archive.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        passing.take(buffer.get(..count).unwrap_or_default());
    }
    if let Some(content) = &passing.content {
        *room -= content.len().min(*room);
    }
    let hash = passing.hasher.finish();
    let hash: &[u8; 32] = hash.as_ref().try_into().map_err(std::io::Error::other)?;
    Ok(File {
        size: passing.size,
        modified: member.modified,
        hash: Digest::sha256(hash),
        head: passing.head,
        content: passing.content,
        elf: passing
            .sample
            .map_or(Ok(None), |sample| Ok(sample.elf()?.map(Box::new))),
        versions: passing.versions.map(Versions::finished),
    })
}

/// Whether a file may be an interpreter, or the library that one loads.
fn is_interpreter(path: &str) -> bool {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_program = matches!(directory.rsplit('/').next(), Some("bin" | "Scripts"));
    name.starts_with("libpython3")
        || is_program
            && ["python", "pypy"]
                .iter()
                .any(|start| name.starts_with(start))
}

/// Whether what a file says tells something of others: metadata of packages, settings of loaders.
fn is_telling(path: &str, stated: u64) -> bool {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let above = directory.rsplit('/').next().unwrap_or_default();
    matches!(above, "bin" if stated <= LARGEST_SCRIPT)
        || above.ends_with(".dist-info")
        || above.ends_with(".egg-info")
        || (above == "conda-meta" && extension == Some("json"))
        || (above == "ld.so.conf.d" || name == "ld.so.conf")
        || matches!(
            name,
            "pyvenv.cfg"
                | "os-release"
                | "sitecustomize.py"
                | "usercustomize.py"
                | "_virtualenv.py"
        )
        || matches!(above, "EGG-INFO")
        || matches!(extension, Some("pth" | "egg-link" | "egg-info"))
        // the C library tells what kind of system it is
        || name == "libc.so.6"
        || (name.starts_with("libc-2.") && extension == Some("so"))
        || name.starts_with("ld-musl-")
        || path == "var/lib/dpkg/status"
        || directory == "var/lib/dpkg/status.d"
}

#[cfg(test)]
pub(super) fn tests_limited<R: Read>(reader: R, left: u64) -> impl Read {
    Limited { reader, left }
}
