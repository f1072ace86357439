//! Where bytes come from: a pipe, which a thread reads so that nobody waits for it, or a file, which
//! may grow, be cut or be replaced while it is read.

mod file;

use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::{Context as _, Result};
use holdfast_behaviour::stream::{LineReader, Source};

use self::file::GrowingFile;
pub(super) use self::file::{Found, Renewal};

/// So much is read at once.
const PIECE: usize = 256 << 10;
/// How long one waits for more before looking up.
const PATIENCE: Duration = Duration::from_millis(200);

/// An input.
pub(super) struct Input {
    name: String,
    from: From,
}

enum From {
    Pipe(Receiver<std::io::Result<Vec<u8>>>),
    File(GrowingFile),
}

/// What comes next.
pub(super) enum Piece {
    /// Bytes, which are in the buffer.
    Bytes,
    /// Nothing, for now.
    Nothing,
    /// Another file, from its beginning.
    Renewed(Renewal),
    /// The end.
    End,
}

impl Input {
    /// Opens a file, or standard input.
    pub(super) fn open(file: Option<&Path>, follows: bool) -> Result<Self> {
        let Some(path) = file else {
            return Ok(Self {
                name: "standard input".to_owned(),
                from: From::Pipe(piped(std::io::stdin())),
            });
        };
        let name = format!("`{}`", path.display());
        let file = fs_err::File::open(path).context("cannot read the stream")?;
        let metadata = file.metadata().context("cannot read the stream")?;
        anyhow::ensure!(
            !metadata.is_dir(),
            "{name} is a directory: name a file of values in it"
        );
        let from = if metadata.is_file() {
            From::File(GrowingFile::new(path, file, follows))
        } else {
            From::Pipe(piped(file))
        };
        Ok(Self { name, from })
    }

    /// Its name, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Puts what comes next into the buffer; waits a little where there is nothing.
    pub(super) fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Piece> {
        match &mut self.from {
            From::File(file) => file.next(buffer),
            From::Pipe(pieces) => match pieces.recv_timeout(PATIENCE) {
                Ok(piece) => {
                    *buffer = piece.context("it cannot be read")?;
                    Ok(Piece::Bytes)
                }
                Err(RecvTimeoutError::Timeout) => Ok(Piece::Nothing),
                Err(RecvTimeoutError::Disconnected) => Ok(Piece::End),
            },
        }
    }

    /// Goes to where a file was left, if this is that file.
    pub(super) fn seek_to(&mut self, source: &Source) -> Result<Found> {
        match &mut self.from {
            From::File(file) => file.seek_to(source),
            From::Pipe(_) => Ok(Found::Another),
        }
    }

    /// How far a file was read.
    pub(super) fn source(&mut self, reader: &LineReader) -> Result<Option<Source>> {
        match &mut self.from {
            From::File(file) => file.source(reader).map(Some),
            From::Pipe(_) => Ok(None),
        }
    }
}

/// Reads in a thread, which ends with the pipe or with the process.
fn piped(mut pipe: impl Read + Send + 'static) -> Receiver<std::io::Result<Vec<u8>>> {
    let (send, receive) = sync_channel(4);
    std::thread::spawn(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let read = match pipe.read(&mut piece) {
                Ok(0) => return,
                Ok(count) => {
                    piece.truncate(count);
                    Ok(piece)
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let is_error = read.is_err();
            if send.send(read).is_err() || is_error {
                return;
            }
        }
    });
    receive
}
