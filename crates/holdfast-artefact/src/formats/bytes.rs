//! A source read in order or by place: buffered, with numbers of either byte order, and never more
//! in memory than was asked for.

use std::io::{self, Read as _, SeekFrom};

use holdfast_model::UnreadReason;

use crate::inspection::{Inspection, Stopped};
use crate::source::{self, Source};

/// Why a parser ended early.
#[derive(Debug)]
pub(super) enum Fault {
    /// For this reason, which was not told yet.
    Unread(UnreadReason),
    /// It was told already.
    Stopped,
}

/// What a parser answers.
pub(super) type Parsed<T> = Result<T, Fault>;

impl Fault {
    /// The bytes are not what their format asks for.
    pub(super) fn malformed(what: impl Into<String>) -> Self {
        Self::Unread(UnreadReason::Malformed(what.into()))
    }

    /// The file ends too early.
    pub(super) fn truncated() -> Self {
        Self::Unread(UnreadReason::Truncated)
    }

    /// It would cost too much.
    pub(super) fn limit(what: impl Into<String>) -> Self {
        Self::Unread(UnreadReason::Limit(what.into()))
    }

    /// It uses something that is not known here.
    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unread(UnreadReason::Unsupported(what.into()))
    }

    /// Tells it, where it was not told.
    pub(super) fn tell(self, offset: u64, inspection: &mut Inspection<'_>) -> Stopped {
        match self {
            Self::Unread(reason) => inspection.unread(reason, offset),
            Self::Stopped => Stopped,
        }
    }
}

impl From<Stopped> for Fault {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        let malformed = [io::ErrorKind::InvalidData, io::ErrorKind::InvalidInput];
        Self::Unread(if error.kind() == io::ErrorKind::UnexpectedEof {
            UnreadReason::Truncated
        } else if malformed.contains(&error.kind()) {
            UnreadReason::Malformed(error.to_string())
        } else {
            UnreadReason::Io(error.to_string())
        })
    }
}

/// The order of a number's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The least significant first.
    Little,
    /// The most significant first.
    Big,
}

/// How many bytes are read at a time.
const BUFFER: usize = 1 << 16;

/// A source that is read.
pub(super) struct Bytes<'a> {
    source: &'a mut dyn Source,
    size: u64,
    /// Where in the source the buffer starts.
    start: u64,
    buffer: Vec<u8>,
    /// How much of the buffer is consumed.
    at: usize,
    /// How numbers are read.
    pub(super) order: Order,
}

impl<'a> Bytes<'a> {
    /// From the start of a source; numbers are little-endian until `order` says otherwise.
    pub(super) fn new(source: &'a mut dyn Source) -> Parsed<Self> {
        let size = source::length(source)?;
        Ok(Self {
            source,
            size,
            start: 0,
            buffer: Vec::new(),
            at: 0,
            order: Order::Little,
        })
    }

    /// How many bytes the source has.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The place of the byte that is read next.
    pub(super) fn position(&self) -> u64 {
        self.start + self.at as u64
    }

    /// How many bytes follow.
    pub(super) fn left(&self) -> u64 {
        self.size.saturating_sub(self.position())
    }

    /// Goes to a place; the end of the source is one.
    pub(super) fn seek(&mut self, position: u64) -> Parsed<()> {
        if position > self.size {
            return Err(Fault::truncated());
        }
        let within = position.checked_sub(self.start);
        match within.and_then(|within| usize::try_from(within).ok()) {
            Some(within) if within <= self.buffer.len() => self.at = within,
            _ => {
                self.start = position;
                self.buffer.clear();
                self.at = 0;
            }
        }
        Ok(())
    }

    /// Passes over bytes without reading them.
    pub(super) fn skip(&mut self, count: u64) -> Parsed<()> {
        let target = self.position().checked_add(count);
        self.seek(target.ok_or_else(Fault::truncated)?)
    }

    /// The next bytes, as many as lie ready and at least one; none at the end.
    pub(super) fn ready(&mut self) -> Parsed<&[u8]> {
        if self.at >= self.buffer.len() && self.left() > 0 {
            self.fill()?;
        }
        Ok(self.buffer.get(self.at..).unwrap_or_default())
    }

    /// Counts bytes that lay ready as read.
    pub(super) fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.buffer.len());
    }

    fn fill(&mut self) -> Parsed<()> {
        self.start = self.position();
        self.at = 0;
        self.buffer.clear();
        self.source.seek(SeekFrom::Start(self.start))?;
        let mut taken = io::Read::by_ref(&mut self.source).take(BUFFER as u64);
        taken.read_to_end(&mut self.buffer)?;
        if self.buffer.is_empty() {
            return Err(Fault::truncated());
        }
        Ok(())
    }

    /// The next byte, which stays; nothing at the end.
    pub(super) fn peek(&mut self) -> Parsed<Option<u8>> {
        Ok(self.ready()?.first().copied())
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Parsed<u8> {
        let byte = self.peek()?.ok_or_else(Fault::truncated)?;
        self.at += 1;
        Ok(byte)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Parsed<[u8; N]> {
        let mut array = [0; N];
        for place in &mut array {
            *place = self.byte()?;
        }
        Ok(array)
    }

    /// The next `count` bytes, where they are no more than `limit`.
    pub(super) fn take(&mut self, count: u64, limit: u64) -> Parsed<Vec<u8>> {
        if count > self.left() {
            return Err(Fault::truncated());
        }
        if count > limit {
            let what = format!("a part of {count} bytes: more than {limit} are not read");
            return Err(Fault::limit(what));
        }
        let mut taken = Vec::new();
        let mut wanted = usize::try_from(count).map_err(|_too_large| Fault::truncated())?;
        while wanted > 0 {
            let ready = self.ready()?;
            let part = ready.get(..wanted.min(ready.len())).unwrap_or_default();
            if part.is_empty() {
                return Err(Fault::truncated());
            }
            taken.extend_from_slice(part);
            let count = part.len();
            wanted -= count;
            self.consume(count);
        }
        Ok(taken)
    }

    /// The next `count` bytes as a text, of which at most `keep` bytes are kept.
    pub(super) fn text(&mut self, count: u64, keep: u64) -> Parsed<String> {
        let kept = self.take(count.min(keep), keep)?;
        self.skip(count - count.min(keep))?;
        Ok(String::from_utf8_lossy(&kept).into_owned())
    }

    /// The next `width` bytes (at most 8) as a number.
    pub(super) fn number(&mut self, width: usize) -> Parsed<u64> {
        let mut number = 0_u64;
        for place in 0..width.min(8) {
            let byte = u64::from(self.byte()?);
            number = match self.order {
                Order::Little => number | byte << (8 * place),
                Order::Big => number << 8 | byte,
            };
        }
        Ok(number)
    }

    /// The next four bytes as a number.
    pub(super) fn u32(&mut self) -> Parsed<u32> {
        let number = self.number(4)?;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// The next eight bytes as a number.
    pub(super) fn u64(&mut self) -> Parsed<u64> {
        self.number(8)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn numbers_are_read_in_either_order_and_places_are_kept() {
        let mut source = Cursor::new(
            (0..200_000_u32)
                .map(|n| (n % 251) as u8)
                .collect::<Vec<_>>(),
        );
        let mut bytes = Bytes::new(&mut source).unwrap();
        assert_eq!(bytes.u32().unwrap(), 0x0302_0100);
        bytes.order = Order::Big;
        assert_eq!(bytes.number(2).unwrap(), 0x0405);
        bytes.seek(65_534).unwrap();
        let place = |n: u32| (n % 251) as u8;
        assert_eq!(
            bytes.array::<4>().unwrap(),
            [place(65_534), place(65_535), place(65_536), place(65_537)]
        );
        assert_eq!(bytes.position(), 65_538);
        bytes.seek(65_537).unwrap();
        assert_eq!(bytes.byte().unwrap(), place(65_537));
        bytes.seek(200_000).unwrap();
        assert!(bytes.peek().unwrap().is_none());
        assert!(bytes.byte().is_err());
        assert!(bytes.seek(200_001).is_err());
        assert!(bytes.skip(u64::MAX).is_err());
        bytes.seek(0).unwrap();
        assert_eq!(bytes.take(150_000, 1 << 20).unwrap().len(), 150_000);
        assert!(bytes.take(u64::MAX, u64::MAX).is_err());
        assert!(bytes.take(10, 5).is_err());
    }
}
