//! The files inside a directory, a zip or a tar archive, one after another, within limits.
//!
//! A file that cannot be read is handed on as such; a container that ends too early or is broken
//! itself is an error, because nobody could say what is missing.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use fs_err as fs;

use crate::record::is_record_name;
use holdfast_zstandard::Frames;

/// How much is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Largest file, in bytes.
    pub(crate) file: u64,
    /// Largest sum of all, unpacked, in bytes.
    pub(crate) total: u64,
}

/// Deepest directory below the one that is read.
const DEEPEST: usize = 32;

/// Why a container cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// Reading fails; the message names the file.
    #[error("cannot read advisories")]
    Io(#[source] io::Error),
    /// The archive is broken or ends too early.
    #[error("`{}` is a broken archive; fetch it again", path.display())]
    Broken {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// It unpacks to more than is accepted.
    #[error("`{}` unpacks to more than {limit} bytes", path.display())]
    TooLarge {
        /// The container.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// Directories are nested too deeply.
    #[error("`{}` lies more than {DEEPEST} directories deep", path.display())]
    TooDeep {
        /// The directory.
        path: PathBuf,
    },
}

/// A file of a container: its path inside, with forward slashes, and its bytes or why there are none.
pub(crate) type Visit<'a> = dyn FnMut(&str, Result<Vec<u8>, String>) + 'a;

/// Hands every file that may hold a record to `visit`.
///
/// The kind of an archive is told from its first bytes. A file that is no archive is handed on
/// itself. In directories, links to directories and names that begin with a dot are passed over.
pub(crate) fn each_file(
    source: &Path,
    limits: Limits,
    visit: &mut Visit<'_>,
) -> Result<(), ContainerError> {
    let mut budget = Budget {
        path: source,
        limits,
        left: limits.total,
    };
    if fs::metadata(source).map_err(ContainerError::Io)?.is_dir() {
        return each_in_directory(source, "", 0, &mut budget, visit);
    }
    let file = fs::File::open(source).map_err(ContainerError::Io)?;
    let mut reader = BufReader::with_capacity(64 * 1024, file);
    let beginning = reader.fill_buf().map_err(ContainerError::Io)?;
    if beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(b"PK\x05\x06") {
        each_in_zip(reader, &mut budget, visit)
    } else if beginning.starts_with(b"\x28\xb5\x2f\xfd") {
        each_in_tar(Frames::new(reader), &mut budget, visit)
    } else if beginning.starts_with(b"\x1f\x8b") {
        each_in_tar(MultiGzDecoder::new(reader), &mut budget, visit)
    } else if beginning.get(257..262) == Some(b"ustar") {
        each_in_tar(reader, &mut budget, visit)
    } else {
        let name = source
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let bytes = budget.read(&mut reader)?;
        visit(&name.unwrap_or_default(), bytes);
        Ok(())
    }
}

/// What may still be read.
struct Budget<'a> {
    path: &'a Path,
    limits: Limits,
    left: u64,
}

impl Budget<'_> {
    /// All of one file, or why it is passed over.
    fn read(&mut self, reader: &mut dyn Read) -> Result<Result<Vec<u8>, String>, ContainerError> {
        let mut bytes = Vec::new();
        let limit = self.limits.file.min(self.left).saturating_add(1);
        if let Err(error) = reader.take(limit).read_to_end(&mut bytes) {
            return Ok(Err(error.to_string()));
        }
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.left = self
            .left
            .checked_sub(size)
            .ok_or_else(|| self.too_large())?;
        if size > self.limits.file {
            let limit = self.limits.file;
            return Ok(Err(format!("larger than {limit} bytes")));
        }
        Ok(Ok(bytes))
    }

    fn too_large(&self) -> ContainerError {
        ContainerError::TooLarge {
            path: self.path.to_owned(),
            limit: self.limits.total,
        }
    }

    fn broken(&self, source: io::Error) -> ContainerError {
        if source
            .get_ref()
            .is_some_and(<dyn std::error::Error + Send + Sync>::is::<Exhausted>)
        {
            return self.too_large();
        }
        ContainerError::Broken {
            path: self.path.to_owned(),
            source,
        }
    }
}

fn each_in_directory(
    directory: &Path,
    prefix: &str,
    depth: usize,
    budget: &mut Budget<'_>,
    visit: &mut Visit<'_>,
) -> Result<(), ContainerError> {
    if depth > DEEPEST {
        return Err(ContainerError::TooDeep {
            path: directory.to_owned(),
        });
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(directory).map_err(ContainerError::Io)? {
        let entry = entry.map_err(ContainerError::Io)?;
        entries.push((
            entry.file_name(),
            entry.file_type().map_err(ContainerError::Io)?,
        ));
    }
    entries.sort_by(|(left, _), (right, _)| left.cmp(right));
    for (name, kind) in entries {
        let path = directory.join(&name);
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let inside = format!("{prefix}{name}");
        if kind.is_dir() {
            each_in_directory(&path, &format!("{inside}/"), depth + 1, budget, visit)?;
        } else if is_record_name(&name) && path.is_file() {
            match fs::File::open(&path) {
                Ok(mut file) => visit(&inside, budget.read(&mut file)?),
                Err(error) => visit(&inside, Err(error.to_string())),
            }
        }
    }
    Ok(())
}

fn each_in_zip(
    reader: BufReader<fs::File>,
    budget: &mut Budget<'_>,
    visit: &mut Visit<'_>,
) -> Result<(), ContainerError> {
    let mut archive =
        zip::ZipArchive::new(reader).map_err(|error| budget.broken(io::Error::other(error)))?;
    for index in 0..archive.len() {
        let name = match archive.name_for_index(index) {
            Some(Ok(name)) => name.into_owned(),
            Some(Err(_)) | None => format!("entry {index}"),
        };
        if !is_record_name(&name) {
            continue;
        }
        match archive.by_index(index) {
            Ok(mut file) => visit(&name, budget.read(&mut file)?),
            Err(error) => visit(&name, Err(error.to_string())),
        }
    }
    Ok(())
}

fn each_in_tar(
    reader: impl Read,
    budget: &mut Budget<'_>,
    visit: &mut Visit<'_>,
) -> Result<(), ContainerError> {
    let watched = Watched {
        reader,
        // headers and padding count too, so that an archive of nothing else ends as well
        left: budget.limits.total,
        ended: false,
    };
    let mut archive = tar::Archive::new(watched);
    // raw, because long names would otherwise be read whole, however long they are
    let entries = archive.entries().map_err(|error| budget.broken(error))?;
    let mut long_name = None;
    for entry in entries.raw(true) {
        let mut entry = entry.map_err(|error| budget.broken(error))?;
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() || kind.is_pax_local_extensions() {
            let mut bytes = Vec::new();
            (&mut entry)
                .take(LONGEST_NAME)
                .read_to_end(&mut bytes)
                .map_err(|error| budget.broken(error))?;
            let name = if kind.is_gnu_longname() {
                Some(bytes.as_slice())
            } else {
                pax_path(&bytes)
            };
            if let Some(name) = name {
                long_name = Some(
                    String::from_utf8_lossy(name)
                        .trim_end_matches('\0')
                        .to_owned(),
                );
            }
            continue;
        }
        let name = long_name
            .take()
            .unwrap_or_else(|| String::from_utf8_lossy(&entry.header().path_bytes()).into_owned());
        if kind.is_file() && is_record_name(&name) {
            let size = entry.size();
            let bytes = budget.read(&mut entry)?;
            let complete = bytes.as_ref().map_or(true, |bytes| {
                u64::try_from(bytes.len()).is_ok_and(|read| read == size)
            });
            if !complete {
                return Err(budget.broken(io::ErrorKind::UnexpectedEof.into()));
            }
            visit(&name, bytes);
        }
    }
    // a whole archive ends with blocks of zeros, where reading stops; not with the end of the file
    let mut watched = archive.into_inner();
    if watched.ended {
        return Err(budget.broken(io::ErrorKind::UnexpectedEof.into()));
    }
    // the checksum of what was compressed comes last
    io::copy(&mut watched, &mut io::sink()).map_err(|error| budget.broken(error))?;
    Ok(())
}

/// Longest name of a tar entry that is read, in bytes.
const LONGEST_NAME: u64 = 16 * 1024;

/// The `path` of pax records: lines `27 path=some/long/name`, the number being the line's length.
fn pax_path(records: &[u8]) -> Option<&[u8]> {
    records
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.splitn(2, |byte| *byte == b' ').nth(1))
        .find_map(|record| record.strip_prefix(b"path="))
}

/// The sum of everything that is read is limited.
#[derive(Debug, thiserror::Error)]
#[error("larger than is accepted")]
struct Exhausted;

/// Notes the end of what it reads, and stops at a limit.
struct Watched<R> {
    reader: R,
    left: u64,
    ended: bool,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.ended |= count == 0 && !buffer.is_empty();
        let read = u64::try_from(count).unwrap_or(u64::MAX);
        self.left = self
            .left
            .checked_sub(read)
            .ok_or_else(|| io::Error::other(Exhausted))?;
        Ok(count)
    }
}
