//! Values out of lines: numbers, JSON lines or CSV, told apart by the first line.
//!
//! Bytes are fed as they come, in pieces of any size. Nothing is allocated for a line, unless a piece
//! ends within it or it is refused. What is held is the longest line, up to a limit.

mod cells;
mod layout;

use std::ops::ControlFlow;

pub use layout::{Layout, StreamError};

/// A line may have so many bytes.
const LONGEST: usize = 1 << 20;

/// What values are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// Numbers.
    Numbers,
    /// Right (`0`, `false`) and wrong (`1`, `true`) alone.
    Only,
}

/// Why a line has no value that a detector can take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It is something else.
    #[error("`{0}` is no number")]
    NoNumber(String),
    /// It is NaN, infinite, or larger than a double can be.
    #[error("`{0}` is not finite")]
    NotFinite(String),
    /// The detector takes right and wrong alone.
    #[error("`{0}` is neither 0 nor 1, neither true nor false")]
    NoBit(String),
    /// It has nothing where the value should be.
    #[error("the value is missing")]
    Missing,
    /// It is no JSON object.
    #[error("it is no JSON object: {0}")]
    NoObject(String),
    /// It has no such key.
    #[error("it has no key `{0}`")]
    NoKey(String),
    /// A quoted cell does not end on the line.
    #[error("a quoted cell does not end on its line")]
    OpenQuote,
}

/// Reads lines.
#[derive(Debug, Clone)]
pub struct LineReader {
    bits: Bits,
    column: Option<String>,
    layout: Option<Layout>,
    /// The beginning of a line whose end has not come.
    partial: Vec<u8>,
    line: u64,
    offset: u64,
}

impl LineReader {
    /// Reads from the beginning of an input. Where lines have several values, `column` names the one
    /// to take: a key of JSON objects; of CSV a name or, where none has it as its name, a number
    /// from 1.
    pub fn new(bits: Bits, column: Option<String>) -> Self {
        Self {
            bits,
            column,
            layout: None,
            partial: Vec::new(),
            line: 0,
            offset: 0,
        }
    }

    /// Goes on within an input of which so many bytes and lines were read.
    #[must_use]
    pub fn from(mut self, offset: u64, line: u64, layout: Option<Layout>) -> Self {
        self.offset = offset;
        self.line = line;
        self.layout = layout;
        self
    }

    /// How many bytes were read: those of whole lines that were taken.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// How many lines were read.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// How lines are read, once there was one.
    pub fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    /// Whether the beginning of a line waits for its end.
    pub fn is_within_a_line(&self) -> bool {
        !self.partial.is_empty()
    }

    /// Reads the whole lines of what was begun and these bytes. `take` gets each value, or why a line
    /// has none; where it breaks off, that line does not count as read, and what follows is dropped.
    /// Blank lines are passed over.
    ///
    /// # Errors
    /// Where the first line does not tell how to read the others, and where a line does not end.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(Result<f64, LineError>, u64) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StreamError> {
        let mut rest = bytes;
        if !self.partial.is_empty() {
            let Some((end, after)) = split(rest) else {
                return self.keep(rest);
            };
            let mut line = std::mem::take(&mut self.partial);
            line.extend_from_slice(end);
            rest = after;
            let flow = self.whole(&line, 1, &mut take);
            line.clear();
            self.partial = line;
            if flow?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        loop {
            // most lines are a number and nothing else, and need not be searched for their end
            if matches!(self.layout, Some(Layout::Numbers))
                && let Some((value, after, length)) = self.bits.read_ahead(rest)
            {
                if take(Ok(value), self.line + 1).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                self.line += 1;
                self.offset += length;
                rest = after;
                continue;
            }
            let Some((line, after)) = split(rest) else {
                break;
            };
            rest = after;
            if self.whole(line, 1, &mut take)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        self.keep(rest)
    }

    /// Reads a last line that has no line break.
    ///
    /// # Errors
    /// As [`Self::feed`].
    pub fn finish(
        &mut self,
        mut take: impl FnMut(Result<f64, LineError>, u64) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StreamError> {
        let line = std::mem::take(&mut self.partial);
        if line.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        self.whole(&line, 0, &mut take)
    }

    fn keep(&mut self, rest: &[u8]) -> Result<ControlFlow<()>, StreamError> {
        if self.partial.len() + rest.len() > LONGEST {
            return Err(StreamError::Endless {
                line: self.line + 1,
            });
        }
        self.partial.extend_from_slice(rest);
        Ok(ControlFlow::Continue(()))
    }

    /// Takes a line, which ends with so many bytes that are not in it.
    #[inline]
    fn whole(
        &mut self,
        line: &[u8],
        ending: u64,
        take: &mut impl FnMut(Result<f64, LineError>, u64) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StreamError> {
        let number = self.line + 1;
        let bytes = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if let Some(value) = self.value(line)?
            && take(value, number).is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
        self.line = number;
        self.offset += bytes + ending;
        Ok(ControlFlow::Continue(()))
    }

    /// A line's value; nothing where it is blank or a heading.
    #[inline]
    fn value(&mut self, line: &[u8]) -> Result<Option<Result<f64, LineError>>, StreamError> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let trimmed = line.trim_ascii();
        let value = match &self.layout {
            Some(Layout::Csv { .. }) if line.is_empty() => return Ok(None),
            // cells may be empty, and tabs between them
            Some(Layout::Csv { separator, column }) => {
                cells::of_row(line, *separator, *column).and_then(|cell| self.bits.read(&cell))
            }
            _ if trimmed.is_empty() => return Ok(None),
            Some(Layout::Numbers) => self.bits.read(trimmed),
            Some(Layout::JsonLines { key }) => {
                cells::of_object(trimmed, key).and_then(|cell| self.bits.read(cell))
            }
            None => return self.first(line),
        };
        Ok(Some(value))
    }

    /// The first line that is not blank tells how the others are read.
    #[cold]
    fn first(&mut self, line: &[u8]) -> Result<Option<Result<f64, LineError>>, StreamError> {
        // the mark that some editors put in front of UTF-8
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let layout = Layout::told_by(line, self.column.as_deref(), self.line + 1)?;
        let is_heading = matches!(layout, Layout::Csv { .. });
        self.layout = Some(layout);
        if is_heading {
            return Ok(None);
        }
        self.value(line)
    }
}

/// A line without its end, and what comes after it.
#[inline]
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', bytes)?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line, rest.get(1..)?))
}

impl Bits {
    /// The value of a line that is a plain number, what comes after the line, and its length with its
    /// end; nothing where it has to be looked at more closely.
    #[inline]
    fn read_ahead(self, bytes: &[u8]) -> Option<(f64, &[u8], u64)> {
        let (number, length) = fast_float2::parse_partial::<f64, _>(bytes).ok()?;
        let (end, after) = bytes.get(length..)?.split_first()?;
        #[expect(clippy::float_cmp, reason = "0 and 1 are what is asked for")]
        let number = match self {
            Self::Numbers if number.is_finite() => number,
            Self::Only if number == 0.0 || number == 1.0 => number.abs(),
            Self::Numbers | Self::Only => return None,
        };
        let length = u64::try_from(length).ok()?;
        match (end, after.split_first()) {
            (b'\n', _) => Some((number, after, length + 1)),
            (b'\r', Some((b'\n', after))) => Some((number, after, length + 2)),
            _ => None,
        }
    }

    /// The value of a cell.
    #[inline]
    fn read(self, cell: &[u8]) -> Result<f64, LineError> {
        let text = std::str::from_utf8(cell).ok();
        let number = text.and_then(|text| text.parse::<f64>().ok());
        match (self, number) {
            (Self::Numbers, Some(number)) if number.is_finite() => Ok(number),
            #[expect(clippy::float_cmp, reason = "0 and 1 are what is asked for")]
            (Self::Only, Some(number)) if number == 0.0 || number == 1.0 => Ok(number.abs()),
            (_, number) => self.read_word(cell, number),
        }
    }

    #[cold]
    fn read_word(self, cell: &[u8], number: Option<f64>) -> Result<f64, LineError> {
        match (self, cell) {
            (_, b"" | b"null") => Err(LineError::Missing),
            (Self::Only, b"true" | b"True") => Ok(1.0),
            (Self::Only, b"false" | b"False") => Ok(0.0),
            (Self::Only, _) => Err(LineError::NoBit(shown(cell))),
            (Self::Numbers, _) if number.is_some() => Err(LineError::NotFinite(shown(cell))),
            (Self::Numbers, _) => Err(LineError::NoNumber(shown(cell))),
        }
    }
}

/// The beginning of a text, for a message.
fn shown(text: &[u8]) -> String {
    const MOST: usize = 60;
    let text = String::from_utf8_lossy(text);
    let mut shown: String = text.chars().take(MOST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
