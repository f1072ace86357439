//! One layer of an image: what it brings and what it takes away.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

use holdfast_model::{Digest, Location, UnreadableFile};
use sha2::{Digest as _, Sha256};

use super::store::{Blob, Part};
use super::zstandard::Frames;
use super::{ImageEntry, ImageFile};

/// Bytes of content that are kept of an image.
pub(super) const MOST_KEPT: usize = 96 << 20;
/// The largest file whose content is kept.
const LARGEST_KEPT: u64 = 32 << 20;
/// The largest script whose content is kept.
const LARGEST_SCRIPT: u64 = 32 << 10;
/// The longest name, and the largest block of attributes.
const LONGEST: u64 = 1 << 20;
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
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) entries: BTreeMap<String, ImageEntry>,
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
pub(super) fn read(part: Part, blob: &Blob, room: &mut usize) -> Result<Changes, String> {
    let limit = part.size.saturating_mul(MOST_GROWTH).saturating_add(ASIDE);
    let mut hashed = Hashed {
        reader: part.reader,
        // every file is hashed: what nothing is compared with need not be hashed once more
        hasher: blob.digest.as_ref().map(|_| Sha256::new()),
    };
    let changes = {
        let mut reader = BufReader::with_capacity(PIECE, &mut hashed);
        let start = reader
            .fill_buf()
            .map_err(|error| error.to_string())?
            .to_vec();
        let content: Box<dyn Read + '_> = if start.starts_with(b"\x1f\x8b") {
            Box::new(flate2::bufread::MultiGzDecoder::new(&mut reader))
        } else if start.starts_with(b"\x28\xb5\x2f\xfd") {
            Box::new(Frames::new(&mut reader))
        } else {
            Box::new(&mut reader)
        };
        let mut limited = Limited {
            reader: content,
            left: limit,
            has_ended: false,
        };
        let changes = entries(&mut limited, room).map_err(|error| error.to_string())?;
        // an archive ends with a sign; without it, only a digest tells that all is there
        if limited.has_ended && blob.digest.is_none() {
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

struct Hashed {
    reader: Box<dyn Read>,
    hasher: Option<Sha256>,
}

impl Read for Hashed {
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
    /// Whether it was read to its end.
    has_ended: bool,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.has_ended |= count == 0 && !buffer.is_empty();
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| std::io::Error::other("it grows without end when it is decompressed"))?;
        Ok(count)
    }
}

/// What the entries before one say of it.
#[derive(Default)]
struct Extended {
    path: Option<String>,
    target: Option<String>,
    /// Whether it is larger than its own header can say.
    is_resized: bool,
}

fn entries(content: impl Read, room: &mut usize) -> std::io::Result<Changes> {
    let mut archive = tar::Archive::new(content);
    let mut changes = Changes::default();
    let mut extended = Extended::default();
    let mut count = 0;
    // extensions are read here, since the library would take in names of any length
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        count += 1;
        if count > MOST_ENTRIES {
            return Err(std::io::Error::other("it has too many entries"));
        }
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() {
            extended.path = Some(long_name(&mut entry)?);
        } else if kind.is_gnu_longlink() {
            extended.target = Some(long_name(&mut entry)?);
        } else if kind.is_pax_local_extensions() {
            extended.attributes(&mut entry)?;
        } else if !kind.is_pax_global_extensions() {
            let extended = std::mem::take(&mut extended);
            if extended.is_resized {
                return Err(std::io::Error::other("it has a file of more than 8 GiB"));
            }
            changes.add(&mut entry, extended, room)?;
        }
    }
    Ok(changes)
}

fn limited(entry: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    entry.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(std::io::Error::other("a name without an end"));
    }
    Ok(bytes)
}

fn long_name(entry: &mut impl Read) -> std::io::Result<String> {
    let bytes = limited(entry)?;
    let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    Ok(String::from_utf8_lossy(name).into_owned())
}

impl Extended {
    /// Attributes of pax: lines of `LENGTH KEY=VALUE`.
    fn attributes(&mut self, entry: &mut impl Read) -> std::io::Result<()> {
        let bytes = limited(entry)?;
        for attribute in tar::PaxExtensions::new(&bytes) {
            let attribute = attribute?;
            let value = || String::from_utf8_lossy(attribute.value_bytes()).into_owned();
            match attribute.key_bytes() {
                b"path" => self.path = Some(value()),
                b"linkpath" => self.target = Some(value()),
                b"size" => self.is_resized = true,
                _ => {}
            }
        }
        Ok(())
    }
}

impl Changes {
    fn add<R: Read>(
        &mut self,
        entry: &mut tar::Entry<'_, R>,
        extended: Extended,
        room: &mut usize,
    ) -> std::io::Result<()> {
        let written = extended
            .path
            .unwrap_or_else(|| String::from_utf8_lossy(&entry.path_bytes()).into_owned());
        let target = extended.target.or_else(|| {
            let target = entry.link_name_bytes()?;
            Some(String::from_utf8_lossy(&target).into_owned())
        });
        let Some(path) = inside(&written) else {
            self.problems
                .push(problem(&written, "a name that leads out of the image"));
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
        let kind = entry.header().entry_type();
        let found = if kind.is_dir() {
            // the root itself
            if path.is_empty() {
                return Ok(());
            }
            ImageEntry::Directory
        } else if kind.is_symlink() {
            ImageEntry::Link(target.unwrap_or_default())
        } else if kind.is_hard_link() {
            let target = target.as_deref().and_then(inside).unwrap_or_default();
            self.entries.remove(&path);
            self.hard_links.push((path, target));
            return Ok(());
        } else if kind.is_file() || kind.is_contiguous() {
            ImageEntry::File(file(entry, &path, room)?)
        } else if kind.is_gnu_sparse() {
            self.problems
                .push(problem(&path, "a file with holes, which was not read"));
            return Ok(());
        } else {
            ImageEntry::Special
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

fn file<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    path: &str,
    room: &mut usize,
) -> std::io::Result<ImageFile> {
    let stated = entry.size();
    let modified = entry
        .header()
        .mtime()
        .ok()
        .and_then(|seconds| i64::try_from(seconds).ok())
        .unwrap_or_default();
    let is_kept = is_telling(path, stated)
        && stated <= LARGEST_KEPT
        && usize::try_from(stated).is_ok_and(|size| size <= *room);
    let mut hasher = Sha256::new();
    let mut head = Vec::new();
    let mut content = Vec::new();
    let mut size = 0_u64;
    let mut buffer = vec![0; PIECE.min(usize::try_from(stated).unwrap_or(PIECE).max(1))];
    loop {
        let count = entry.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        let bytes = buffer.get(..count).unwrap_or_default();
        hasher.update(bytes);
        size += count as u64;
        if head.len() < HEAD {
            let missing = HEAD - head.len();
            head.extend_from_slice(bytes.get(..missing.min(count)).unwrap_or_default());
        }
        if is_kept {
            content.extend_from_slice(bytes);
        }
    }
    if size != stated {
        return Err(std::io::Error::other("it is cut off"));
    }
    if is_kept {
        *room -= content.len().min(*room);
    }
    Ok(ImageFile {
        size,
        modified,
        hash: Digest::sha256(&hasher.finalize().into()),
        head,
        content: is_kept.then_some(content),
    })
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
            "pyvenv.cfg" | "os-release" | "sitecustomize.py" | "usercustomize.py"
        )
        || matches!(extension, Some("pth" | "egg-link"))
        || path == "var/lib/dpkg/status"
        || directory == "var/lib/dpkg/status.d"
}

#[cfg(test)]
pub(super) fn tests_limited<R: Read>(reader: R, left: u64) -> impl Read {
    Limited {
        reader,
        left,
        has_ended: false,
    }
}
