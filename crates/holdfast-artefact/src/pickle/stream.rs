//! Bytes of a pickle in order, with their places, and a look back at what was passed.

use std::io::{self, Read, SeekFrom};

use crate::source::Source;

/// A source that is read forwards through a buffer of its own.
pub(super) struct Stream<'a> {
    source: &'a mut dyn Source,
    buffer: Vec<u8>,
    /// The next byte in the buffer.
    next: usize,
    /// Where the buffer's end is in the source.
    end: u64,
    /// The source's length.
    length: u64,
}

const BUFFER: usize = 1 << 15;
/// The longest line of an opcode of protocol 0, in bytes.
const LONGEST_LINE: usize = 1 << 20;

impl<'a> Stream<'a> {
    /// Begins at `start`.
    pub(super) fn new(source: &'a mut dyn Source, start: u64) -> io::Result<Self> {
        let length = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(start))?;
        Ok(Self {
            source,
            buffer: Vec::new(),
            next: 0,
            end: start,
            length,
        })
    }

    /// Where the next byte is.
    pub(super) fn position(&self) -> u64 {
        self.end - (self.buffer.len() - self.next) as u64
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> u64 {
        self.length.saturating_sub(self.position())
    }

    /// The source, and where reading stood; the stream ends with it.
    pub(super) fn into_source(self) -> (&'a mut dyn Source, u64) {
        let position = self.position();
        (self.source, position)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> io::Result<u8> {
        if let Some(byte) = self.buffer.get(self.next) {
            self.next += 1;
            return Ok(*byte);
        }
        self.fill()?;
        self.next = 1;
        self.buffer.first().copied().ok_or_else(early)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.byte()?;
        }
        Ok(bytes)
    }

    /// The bytes up to the next line feed, without it.
    pub(super) fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            match self.byte()? {
                b'\n' => return Ok(line),
                byte if line.len() < LONGEST_LINE => line.push(byte),
                _ => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "an endless line",
                    ));
                }
            }
        }
    }

    /// Up to `count` of the next bytes are read, and all of them are passed.
    pub(super) fn bytes(&mut self, count: u64, keep: usize) -> io::Result<Vec<u8>> {
        let kept = usize::try_from(count).unwrap_or(usize::MAX).min(keep);
        if count > self.left() {
            return Err(early());
        }
        let mut bytes = Vec::with_capacity(kept);
        while bytes.len() < kept {
            bytes.push(self.byte()?);
        }
        self.skip(count - kept as u64)?;
        Ok(bytes)
    }

    /// Passes `count` bytes.
    pub(super) fn skip(&mut self, count: u64) -> io::Result<()> {
        if count > self.left() {
            return Err(early());
        }
        let buffered = (self.buffer.len() - self.next) as u64;
        if let Some(beyond) = count.checked_sub(buffered) {
            self.end = self.source.seek(SeekFrom::Start(self.end + beyond))?;
            self.buffer.clear();
            self.next = 0;
        } else {
            self.next += usize::try_from(count).unwrap_or_default();
        }
        Ok(())
    }

    /// Goes to a place, backwards or forwards.
    pub(super) fn go_to(&mut self, place: u64) -> io::Result<()> {
        self.end = self.source.seek(SeekFrom::Start(place.min(self.length)))?;
        self.buffer.clear();
        self.next = 0;
        Ok(())
    }

    /// Bytes that were passed already; reading goes on where it was.
    pub(super) fn look_back(&mut self, start: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.source.seek(SeekFrom::Start(start))?;
        let read = (&mut *self.source)
            .take(count as u64)
            .read_to_end(&mut bytes);
        self.source.seek(SeekFrom::Start(self.end))?;
        read?;
        Ok(bytes)
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.clear();
        self.next = 0;
        let read = (&mut *self.source)
            .take(BUFFER as u64)
            .read_to_end(&mut self.buffer)?;
        self.end += read as u64;
        if read == 0 { Err(early()) } else { Ok(()) }
    }
}

fn early() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn positions_are_those_of_the_source() {
        let mut source = Cursor::new(
            (0..100_000_u32)
                .flat_map(u32::to_le_bytes)
                .collect::<Vec<_>>(),
        );
        let mut stream = Stream::new(&mut source, 4).unwrap();
        assert_eq!(stream.array::<4>().unwrap(), 1_u32.to_le_bytes());
        stream.skip(4 * 50_000).unwrap();
        assert_eq!(stream.position(), 4 * 50_002);
        assert_eq!(stream.array::<4>().unwrap(), 50_002_u32.to_le_bytes());
        assert_eq!(stream.look_back(8, 4).unwrap(), 2_u32.to_le_bytes());
        assert_eq!(stream.array::<4>().unwrap(), 50_003_u32.to_le_bytes());
        assert_eq!(stream.bytes(8, 4).unwrap(), 50_004_u32.to_le_bytes());
        assert_eq!(stream.array::<4>().unwrap(), 50_006_u32.to_le_bytes());
        assert!(stream.skip(400_000).is_err());
        stream.go_to(399_999).unwrap();
        assert_eq!((stream.left(), stream.byte().unwrap()), (1, 0));
        assert!(stream.byte().is_err());
    }

    #[test]
    fn a_line_ends_at_its_feed() {
        let mut source = Cursor::new(b"os\nsystem\nrest".to_vec());
        let mut stream = Stream::new(&mut source, 0).unwrap();
        assert_eq!(stream.line().unwrap(), b"os");
        assert_eq!(stream.line().unwrap(), b"system");
        assert!(stream.line().is_err());
    }
}
