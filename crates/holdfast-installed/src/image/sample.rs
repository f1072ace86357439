//! Parts of a large file, kept while it passes by: what a shared library says of itself stands at its
//! beginning, in its dynamic section, or at its end where a tool has written it anew.

use std::io::{Error, Read, Result, Seek, SeekFrom};

use crate::elf::{self, Elf};

/// Bytes that are kept of the beginning and of the end.
const ENDS: u64 = 24 << 20;
/// By then the beginning tells where the dynamic section is.
const TELLING: usize = 64 << 10;
/// No dynamic section is larger.
const LARGEST_SECTION: u64 = 1 << 20;

/// Parts of a file of a known size.
#[derive(Debug)]
pub(super) struct Sample {
    size: u64,
    /// Bytes that passed by.
    passed: u64,
    parts: Vec<Part>,
    is_told: bool,
    /// Where it is read.
    position: u64,
}

#[derive(Debug)]
struct Part {
    start: u64,
    end: u64,
    bytes: Vec<u8>,
}

impl Sample {
    pub(super) fn new(size: u64) -> Self {
        let part = |start, end| Part {
            start,
            end,
            bytes: Vec::new(),
        };
        let parts = if size <= 2 * ENDS {
            vec![part(0, size)]
        } else {
            vec![part(0, ENDS), part(size - ENDS, size)]
        };
        Self {
            size,
            passed: 0,
            parts,
            is_told: false,
            position: 0,
        }
    }

    /// Takes in the next bytes.
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        let from = self.passed;
        self.passed += bytes.len() as u64;
        for part in &mut self.parts {
            let start = part.start.max(from);
            let end = part.end.min(self.passed);
            // a part that begins where bytes have passed by already is of no use
            if start < end && part.start + part.bytes.len() as u64 == start {
                let within = |at: u64| usize::try_from(at - from).unwrap_or(usize::MAX);
                let wanted = bytes.get(within(start)..within(end));
                part.bytes.extend_from_slice(wanted.unwrap_or_default());
            }
        }
        self.look_for_section();
    }

    /// Once the beginning is there, the dynamic section is kept as well.
    fn look_for_section(&mut self) {
        if self.is_told || self.passed < (TELLING as u64).min(self.size) {
            return;
        }
        self.is_told = true;
        let head = self.parts.first().map(|part| part.bytes.as_slice());
        let head = head.unwrap_or_default();
        if let Some((start, size)) = elf::dynamic_section(head) {
            self.parts.push(Part {
                start,
                end: start.saturating_add(size.min(LARGEST_SECTION)),
                bytes: Vec::new(),
            });
        }
    }

    /// What it says as a shared library or program; nothing where it is none.
    pub(super) fn elf(self) -> std::result::Result<Option<Elf>, String> {
        let is_whole = self
            .parts
            .iter()
            .any(|part| part.bytes.len() as u64 == self.size);
        elf::read(self).map_err(|error| {
            if is_whole {
                error.to_string()
            } else {
                format!("what it says lies in parts that were not kept of so large a file: {error}")
            }
        })
    }
}

impl Read for Sample {
    /// Where nothing was kept, it ends.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        for part in &self.parts {
            let within = self.position.checked_sub(part.start);
            let within = within.and_then(|within| usize::try_from(within).ok());
            if let Some(rest) = within.and_then(|within| part.bytes.get(within..))
                && !rest.is_empty()
            {
                let mut rest = rest;
                let count = rest.read(buffer)?;
                self.position += count as u64;
                return Ok(count);
            }
        }
        Ok(0)
    }
}

impl Seek for Sample {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| Error::other("before its beginning"))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::tests::Library;

    #[test]
    fn a_library_in_pieces_is_read_as_a_whole_one() {
        let bytes = Library {
            name: "liba.so.1",
            ..Library::default()
        }
        .bytes();
        let whole = elf::read(std::io::Cursor::new(&bytes)).unwrap();
        assert!(whole.is_some());
        for length in [1, 7, 64, 4096] {
            let mut sample = Sample::new(bytes.len() as u64);
            for piece in bytes.chunks(length) {
                sample.pass(piece);
            }
            assert_eq!(sample.elf().unwrap(), whole);
        }
    }

    #[test]
    fn of_a_large_file_the_ends_are_kept_and_what_is_between_is_not() {
        let size = 2 * ENDS + 5;
        let mut sample = Sample::new(size);
        let piece = vec![7; 1 << 20];
        let mut left = size;
        while left > 0 {
            let count = left.min(piece.len() as u64);
            sample.pass(&piece[..usize::try_from(count).unwrap()]);
            left -= count;
        }
        let kept: usize = sample.parts.iter().map(|part| part.bytes.len()).sum();
        assert_eq!(kept as u64, 2 * ENDS);
        let mut byte = [0];
        sample.seek(SeekFrom::End(-1)).unwrap();
        assert_eq!(sample.read(&mut byte).unwrap(), 1);
        sample.seek(SeekFrom::Start(ENDS + 1)).unwrap();
        assert_eq!(sample.read(&mut byte).unwrap(), 0);
        assert_eq!(sample.elf().unwrap(), None);
    }
}
