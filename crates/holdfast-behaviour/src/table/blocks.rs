//! A stream of text in blocks that end where a row ends, so that several can be read at once.
//!
//! Each block is checked to be UTF-8 text. Nothing here knows what a row says.

use std::io::Read;

use memchr::{memchr, memchr_iter, memrchr};

use super::content;
use super::error::{TableError, TableProblem};
use super::format::{Compression, Layout, TableFormat};
use super::source::Source;

/// Whole rows.
#[derive(Debug)]
pub(super) struct Block {
    /// UTF-8 text.
    pub(super) text: String,
    /// The number of its first line in the file, from 1.
    pub(super) line: u64,
}

/// Where rows end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rows {
    /// At each line's end.
    Lines,
    /// At each line's end outside of quotes; quotes open a cell, so the delimiter counts.
    Quoted {
        /// What stands between cells.
        delimiter: u8,
    },
}

/// Bytes of a block, unless a row is longer.
const BLOCK: usize = 1 << 20;

/// The blocks of a text.
pub(super) struct Blocks<'s> {
    source: &'s Source<'s>,
    compression: Compression,
    reader: Box<dyn Read + 's>,
    rows: Rows,
    longest: usize,
    /// What was read and belongs to the next block.
    rest: Vec<u8>,
    line: u64,
}

impl<'s> Blocks<'s> {
    /// Opens a text, whose rows have at most `longest` bytes. Other content than the format's is
    /// told by the first bytes; a byte order mark of UTF-8 is passed over.
    pub(super) fn open(
        source: &'s Source<'s>,
        format: TableFormat,
        longest: usize,
    ) -> Result<Self, TableError> {
        let mut blocks = Self {
            source,
            compression: format.compression,
            reader: source.open(format.compression)?,
            rows: Rows::Lines,
            longest,
            rest: Vec::new(),
            line: 1,
        };
        blocks.fill(content::TOLD_BY)?;
        content::check(source, format.layout, &blocks.rest)?;
        if blocks.rest.starts_with(b"\xef\xbb\xbf") {
            blocks.rest.drain(..3);
        }
        if format.layout != Layout::JsonLines {
            blocks.fill(BLOCK)?;
            blocks.rows = Rows::Quoted {
                delimiter: content::delimiter(format.layout, &blocks.rest),
            };
        }
        Ok(blocks)
    }

    /// What stands between cells, and where rows end.
    pub(super) fn rows(&self) -> Rows {
        self.rows
    }

    /// The next block; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Block>, TableError> {
        let mut ends = Ends::new(self.rows);
        let mut wanted = BLOCK;
        loop {
            let is_last = !self.fill(wanted)?;
            let end = ends.last(&self.rest, is_last);
            if is_last {
                if let Some(opened) = ends.open_quote() {
                    return Err(self.error_at(opened, TableProblem::OpenQuote));
                }
                let rest = std::mem::take(&mut self.rest);
                return self.block(rest);
            }
            if let Some(end) = end {
                let rest = self.rest.split_off(end);
                let block = std::mem::replace(&mut self.rest, rest);
                return self.block(block);
            }
            if self.rest.len() > self.longest {
                let limit = self.longest;
                return Err(match ends.open_quote() {
                    Some(opened) => self.error_at(opened, TableProblem::OpenQuote),
                    None => self.error_at(0, TableProblem::LongRow { limit }),
                });
            }
            wanted = self.rest.len() + BLOCK;
        }
    }

    fn block(&mut self, bytes: Vec<u8>) -> Result<Option<Block>, TableError> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let line = self.line;
        if let Some(position) = memchr(0, &bytes) {
            let line = line + lines_in(bytes.get(..position).unwrap_or_default());
            return Err(self.source.error(Some(line), TableProblem::Binary));
        }
        self.line += lines_in(&bytes);
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let before = bytes.get(..valid).unwrap_or_default();
            let line_start = memrchr(b'\n', before).map_or(0, |newline| newline + 1);
            let problem = TableProblem::Encoding {
                byte: bytes.get(valid).copied().unwrap_or_default(),
                position: valid - line_start + 1,
            };
            self.source.error(Some(line + lines_in(before)), problem)
        })?;
        Ok(Some(Block { text, line }))
    }

    /// Reads until `wanted` bytes are at hand; false at the end.
    fn fill(&mut self, wanted: usize) -> Result<bool, TableError> {
        let missing = wanted.saturating_sub(self.rest.len());
        if missing == 0 {
            return Ok(true);
        }
        let mut limited = (&mut self.reader).take(missing as u64);
        let count = limited.read_to_end(&mut self.rest).map_err(|error| {
            let problem = match self.compression {
                Compression::None => TableProblem::Io(error),
                compression @ (Compression::Gzip | Compression::Zstandard) => {
                    TableProblem::Damaged {
                        compression,
                        source: error,
                    }
                }
            };
            self.source.error(None, problem)
        })?;
        Ok(count == missing)
    }

    fn error_at(&self, position: usize, problem: TableProblem) -> TableError {
        let before = self.rest.get(..position).unwrap_or_default();
        self.source
            .error(Some(self.line + lines_in(before)), problem)
    }
}

/// Line feeds in bytes.
pub(super) fn lines_in(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

/// Finds where rows end, in bytes that grow at their end.
struct Ends {
    rows: Rows,
    /// How far the bytes were looked at.
    at: usize,
    /// Where the quote was opened that is not closed.
    opened: Option<usize>,
    last: Option<usize>,
}

impl Ends {
    fn new(rows: Rows) -> Self {
        Self {
            rows,
            at: 0,
            opened: None,
            last: None,
        }
    }

    fn open_quote(&self) -> Option<usize> {
        self.opened
    }

    /// The end of the last whole row.
    fn last(&mut self, bytes: &[u8], are_all: bool) -> Option<usize> {
        let Rows::Quoted { delimiter } = self.rows else {
            let new = bytes.get(self.at..).unwrap_or_default();
            if let Some(newline) = memrchr(b'\n', new) {
                self.last = Some(self.at + newline + 1);
            }
            self.at = bytes.len();
            return self.last;
        };
        while let Some(new) = bytes.get(self.at..)
            && !new.is_empty()
        {
            let quote = memchr(b'"', new);
            if self.opened.is_none() {
                let outside = new.get(..quote.unwrap_or(new.len())).unwrap_or_default();
                if let Some(newline) = memrchr(b'\n', outside) {
                    self.last = Some(self.at + newline + 1);
                }
            }
            let Some(quote) = quote.map(|quote| self.at + quote) else {
                self.at = bytes.len();
                break;
            };
            if self.opened.is_none() {
                self.opened = opens(bytes, quote, delimiter).then_some(quote);
                self.at = quote + 1;
                continue;
            }
            match bytes.get(quote + 1) {
                // a quote within quotes
                Some(b'"') => self.at = quote + 2,
                // which of both it is, the next byte tells
                None if !are_all => {
                    self.at = quote;
                    break;
                }
                Some(_) | None => {
                    self.opened = None;
                    self.at = quote + 1;
                }
            }
        }
        self.last
    }
}

/// Whether a quote outside of quotes opens them: at the beginning of a cell.
fn opens(bytes: &[u8], quote: usize, delimiter: u8) -> bool {
    let before = quote.checked_sub(1).and_then(|before| bytes.get(before));
    before.is_none_or(|before| matches!(before, b'\n' | b'\r') || *before == delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> Vec<Option<usize>> {
        // however the bytes come, the answer is the same
        let mut ends = Ends::new(Rows::Quoted { delimiter: b',' });
        (1..=text.len())
            .map(|length| ends.last(&text.as_bytes()[..length], length == text.len()))
            .collect()
    }

    #[test]
    fn a_row_ends_at_a_line_end_outside_of_quotes() {
        assert_eq!(ends("a,b\nc").last(), Some(&Some(4)));
        assert_eq!(ends("a,\"b\nc").last(), Some(&None));
        assert_eq!(ends("\"a\"\"\n\"\n\"x").last(), Some(&Some(7)));
        assert_eq!(ends("a\"b\n\"c\"\n").last(), Some(&Some(8)));
        assert_eq!(ends("\"a\"b\"\n").last(), Some(&Some(6)));
    }

    #[test]
    fn blocks_together_are_the_text() {
        let row = format!("{},\"{}\n\"\n", "1".repeat(300), "x".repeat(700));
        let text = row.repeat(4000);
        let source = Source::bytes("t.csv", text.as_bytes());
        let mut blocks = Blocks::open(&source, TableFormat::plain(Layout::Csv), 1 << 26).unwrap();
        let mut whole = String::new();
        let mut count = 0;
        while let Some(block) = blocks.next().unwrap() {
            assert_eq!(block.line, lines_in(whole.as_bytes()) + 1);
            whole.push_str(&block.text);
            assert!(whole.ends_with("\"\n"));
            count += 1;
        }
        assert!(whole == text && count > 3, "{count}");
    }
}
