//! Where the bytes of a table come from; they may be asked for more than once.

use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::error::{TableError, TableProblem};
use super::format::Compression;

/// A file, or bytes in memory.
#[derive(Debug, Clone)]
pub struct Source<'s> {
    name: String,
    content: Content<PathBuf, &'s [u8]>,
}

/// A file or bytes.
#[derive(Debug, Clone)]
pub(super) enum Content<F, B> {
    File(F),
    Bytes(B),
}

impl<'s> Source<'s> {
    /// A file, which messages call by its path.
    pub fn file(path: &Path) -> Self {
        Self {
            name: path.display().to_string(),
            content: Content::File(path.to_owned()),
        }
    }

    /// The same bytes under another name in messages.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Bytes in memory, which messages call `name`.
    pub fn bytes(name: &str, bytes: &'s [u8]) -> Self {
        Self {
            name: name.to_owned(),
            content: Content::Bytes(bytes),
        }
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An error about it.
    pub(super) fn error(&self, line: Option<u64>, problem: TableProblem) -> TableError {
        TableError {
            file: self.name.clone(),
            line,
            problem,
        }
    }

    /// The bytes from the first on, expanded.
    pub(super) fn open(&self, compression: Compression) -> Result<Box<dyn Read + 's>, TableError> {
        let plain: Box<dyn Read> = match &self.content {
            Content::File(path) => Box::new(
                fs_err::File::open(path)
                    .map_err(|error| self.error(None, TableProblem::Io(plainly(&error))))?,
            ),
            Content::Bytes(bytes) => Box::new(*bytes),
        };
        Ok(match compression {
            Compression::None => plain,
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(plain))),
            Compression::Zstandard => Box::new(holdfast_zstandard::Frames::new(buffered(plain))),
        })
    }

    /// The bytes to read here and there.
    #[cfg(feature = "parquet")]
    pub(super) fn content(&self) -> Result<Content<fs_err::File, &'s [u8]>, TableError> {
        match &self.content {
            Content::File(path) => fs_err::File::open(path)
                .map(Content::File)
                .map_err(|error| self.error(None, TableProblem::Io(plainly(&error)))),
            Content::Bytes(bytes) => Ok(Content::Bytes(bytes)),
        }
    }
}

fn buffered<R: Read>(plain: R) -> BufReader<R> {
    BufReader::with_capacity(1 << 17, plain)
}

/// Without the path, which the error around it names.
fn plainly(error: &std::io::Error) -> std::io::Error {
    let kind = error.kind();
    if kind == ErrorKind::NotFound {
        return std::io::Error::new(kind, "there is no such file");
    }
    std::io::Error::from(kind)
}
