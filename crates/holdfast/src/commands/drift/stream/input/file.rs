//! A file that may grow, be cut or be replaced while it is read, and that is known again later.

use std::fmt::Write as _;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use fs_err::File;
use holdfast_behaviour::stream::{LineReader, Source};
use sha2::{Digest as _, Sha256};

use super::{PATIENCE, PIECE, Piece};

/// So many of the bytes that were read last tell whether it is the same file.
const TAIL: u64 = 4096;

/// A file that is read.
pub(in crate::commands::drift::stream) struct GrowingFile {
    path: PathBuf,
    file: File,
    /// How much of it was read.
    position: u64,
    follows: bool,
    /// Whether another file has its name by now: what is left of it is read before.
    is_replaced: bool,
}

/// Why a file begins anew.
#[derive(Clone, Copy)]
pub(in crate::commands::drift::stream) enum Renewal {
    /// Another one has its name.
    Replaced,
    /// It is shorter than what was read of it.
    Truncated,
}

/// Whether a file is the one that was read before.
pub(in crate::commands::drift::stream) enum Found {
    /// It is, and reading goes on where it was left.
    There,
    /// It has that one's name, and is another.
    Replaced,
    /// It never was.
    Another,
}

impl GrowingFile {
    pub(super) fn new(path: &Path, file: File, follows: bool) -> Self {
        Self {
            path: path.to_owned(),
            file,
            position: 0,
            follows,
            is_replaced: false,
        }
    }

    pub(super) fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Piece> {
        buffer.resize(PIECE, 0);
        let count = self.file.read(buffer).context("cannot read the stream")?;
        buffer.truncate(count);
        if count > 0 {
            self.position += u64::try_from(count).unwrap_or(u64::MAX);
            return Ok(Piece::Bytes);
        }
        if !self.follows {
            return Ok(Piece::End);
        }
        if self.is_replaced
            && let Ok(file) = File::open(&self.path)
        {
            *self = Self::new(&self.path, file, true);
            return Ok(Piece::Renewed(Renewal::Replaced));
        }
        let length = self
            .file
            .metadata()
            .context("cannot read the stream")?
            .len();
        if length < self.position {
            self.go_to(0)?;
            return Ok(Piece::Renewed(Renewal::Truncated));
        }
        // what was written between the last look and the replacement is read first
        if !self.is_replaced && self.has_lost_its_name() {
            self.is_replaced = true;
            return Ok(Piece::Nothing);
        }
        std::thread::sleep(PATIENCE);
        Ok(Piece::Nothing)
    }

    /// Whether its name is that of another file. Without any file of that name, one is waited for.
    fn has_lost_its_name(&self) -> bool {
        let (Ok(here), Ok(named)) = (self.file.metadata(), fs_err::metadata(&self.path)) else {
            return false;
        };
        identity(&here) != identity(&named)
    }

    fn go_to(&mut self, offset: u64) -> Result<()> {
        self.file
            .seek(SeekFrom::Start(offset))
            .context("cannot read the stream")?;
        self.position = offset;
        Ok(())
    }

    pub(super) fn seek_to(&mut self, source: &Source) -> Result<Found> {
        let has_its_name = self.path.display().to_string() == source.path;
        let metadata = self.file.metadata().context("cannot read the stream")?;
        let may_be = match (identity(&metadata), source.inode) {
            (Some(here), Some(there)) => here == there,
            (None, _) | (_, None) => has_its_name,
        };
        let is_it = may_be
            && metadata.len() >= source.offset
            && self.digest_before(source.offset)? == source.digest;
        if !is_it {
            return Ok(if has_its_name {
                Found::Replaced
            } else {
                Found::Another
            });
        }
        self.refuse_half_a_line(source)?;
        self.go_to(source.offset)?;
        Ok(Found::There)
    }

    /// A last line without its end was taken for whole, and has grown since.
    fn refuse_half_a_line(&mut self, source: &Source) -> Result<()> {
        let before = self.bytes(source.offset.saturating_sub(1), 1)?;
        let after = self.bytes(source.offset, 1)?;
        let is_whole = source.offset == 0 || before == b"\n" || after.is_empty();
        // of a line break of two characters, the second may come late
        if !is_whole && after != b"\n" && after != b"\r" {
            bail!(
                "line {} of `{}` was read before it ended, and has more by now: begin with a new state, and read files that are being written with `--follow`, which waits for the end of lines",
                source.line,
                self.path.display()
            );
        }
        Ok(())
    }

    pub(super) fn source(&mut self, reader: &LineReader) -> Result<Source> {
        let offset = reader.offset();
        let digest = self.digest_before(offset)?;
        self.go_to(self.position)?;
        let metadata = self.file.metadata().context("cannot read the stream")?;
        Ok(Source {
            path: self.path.display().to_string(),
            inode: identity(&metadata),
            offset,
            line: reader.line(),
            digest,
            layout: reader.layout().cloned(),
        })
    }

    /// A digest of what is in front of a place.
    fn digest_before(&mut self, offset: u64) -> Result<String> {
        let tail = offset.min(TAIL);
        let bytes = self.bytes(offset - tail, tail)?;
        let mut digest = "sha256:".to_owned();
        for byte in Sha256::digest(&bytes) {
            let _ = write!(digest, "{byte:02x}");
        }
        Ok(digest)
    }

    /// Some bytes of it, fewer where it ends. The place where it is read is lost.
    fn bytes(&mut self, offset: u64, count: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| (&mut self.file).take(count).read_to_end(&mut bytes))
            .context("cannot read the stream")?;
        Ok(bytes)
    }
}

/// What a file is known by while it has other names; nothing where the system does not tell.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems do not tell")]
fn identity(metadata: &std::fs::Metadata) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Some(metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &std::fs::Metadata) -> Option<u64> {
    None
}
