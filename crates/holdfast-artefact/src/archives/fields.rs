//! Numbers in headers, and reading a header of a known length.

use std::io::{self, Read, SeekFrom};

use crate::source::Source;

/// The two bytes at this place as a number, least significant first; 0 beyond the end.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    array_at(bytes, at).map_or(0, u16::from_le_bytes)
}

/// The same with four bytes.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    array_at(bytes, at).map_or(0, u32::from_le_bytes)
}

/// The same with eight bytes.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    array_at(bytes, at).map_or(0, u64::from_le_bytes)
}

/// The bytes at this place, where there are enough.
pub(super) fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    let (start, _) = bytes.get(at..)?.split_first_chunk::<N>()?;
    Some(*start)
}

/// Up to `count` bytes from a place; fewer at the end of the source.
pub(super) fn bytes_at(source: &mut dyn Source, at: u64, count: u64) -> io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    source.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}
