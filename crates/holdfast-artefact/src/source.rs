//! Bytes that can be read from any place, and a part of them as a source of its own.

use std::io::{self, Read, Seek, SeekFrom};

/// Where a file's bytes come from: a file, memory, a part of another source.
pub trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// How many bytes there are; leaves the source at its start.
pub(crate) fn length(source: &mut dyn Source) -> io::Result<u64> {
    let length = source.seek(SeekFrom::End(0))?;
    source.rewind()?;
    Ok(length)
}

/// Up to `count` bytes from the start, without moving on: the source is at its start afterwards.
pub(crate) fn head(source: &mut dyn Source, count: u64) -> io::Result<Vec<u8>> {
    source.rewind()?;
    let mut head = Vec::new();
    source.take(count).read_to_end(&mut head)?;
    source.rewind()?;
    Ok(head)
}

/// A part of a source; its positions start at 0, and it ends where the source does, if earlier.
pub(crate) struct Section<'a> {
    inner: &'a mut dyn Source,
    start: u64,
    length: u64,
    position: u64,
}

impl<'a> Section<'a> {
    /// The `length` bytes from `start`.
    pub(crate) fn new(inner: &'a mut dyn Source, start: u64, length: u64) -> io::Result<Self> {
        let end = inner.seek(SeekFrom::End(0))?;
        let start = start.min(end);
        inner.seek(SeekFrom::Start(start))?;
        Ok(Self {
            inner,
            start,
            length: length.min(end - start),
            position: 0,
        })
    }
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(self.position);
        let wanted = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let Some(buffer) = buffer.get_mut(..wanted) else {
            return Ok(0);
        };
        let count = self.inner.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Section<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => self.length.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        let target = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let place = self.start.checked_add(target.min(self.length));
        let place = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        self.inner.seek(SeekFrom::Start(place))?;
        self.position = target;
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_section_starts_at_nought_and_ends_where_it_should() {
        let mut bytes = Cursor::new(b"0123456789".to_vec());
        let mut section = Section::new(&mut bytes, 2, 5).unwrap();
        assert_eq!(head(&mut section, 3).unwrap(), b"234");
        assert_eq!(length(&mut section).unwrap(), 5);
        section.seek(SeekFrom::Start(3)).unwrap();
        let mut rest = Vec::new();
        section.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"56");
        assert_eq!(section.seek(SeekFrom::End(-1)).unwrap(), 4);
        assert!(section.seek(SeekFrom::End(-6)).is_err());
    }

    #[test]
    fn a_section_beyond_the_end_is_empty() {
        let mut bytes = Cursor::new(b"0123".to_vec());
        assert_eq!(
            length(&mut Section::new(&mut bytes, 9, 5).unwrap()).unwrap(),
            0
        );
        assert_eq!(
            length(&mut Section::new(&mut bytes, 3, 5).unwrap()).unwrap(),
            1
        );
    }
}
