//! The headers of a zip file, as APPNOTE.TXT has them, each as it is: nothing is compared here.

use std::io;

use crate::archives::fields::{bytes_at, u16_at, u32_at, u64_at};
use crate::source::Source;

/// A local header's signature.
pub(super) const LOCAL: &[u8] = b"PK\x03\x04";
/// A signature in the central directory.
pub(super) const CENTRAL: &[u8] = b"PK\x01\x02";
/// A data descriptor's signature, which may be absent.
pub(super) const DESCRIPTOR: &[u8] = b"PK\x07\x08";

/// Sizes and checksum follow the data, and are nought in the local header.
const FLAG_DESCRIPTOR: u16 = 0x8;
/// Encrypted, patched data, strong encryption, masked headers: what a reader that heeds them refuses.
pub(super) const FLAGS_REFUSED: u16 = 0x1 | 0x20 | 0x40 | 0x2000;

const LOCAL_LENGTH: u64 = 30;
pub(super) const CENTRAL_LENGTH: u64 = 46;
/// How much is read at once of a local header: nearly always with its name and extra fields.
const FIRST_READ: u64 = 320;

/// What both kinds of headers say of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    /// Bytes in the file.
    pub(super) compressed: u64,
    /// Bytes expanded.
    pub(super) size: u64,
}

impl Header {
    /// The name as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// Whether sizes and checksum follow the data.
    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & FLAG_DESCRIPTOR != 0
    }

    /// Whether it leaves the sizes to what follows the data.
    pub(super) fn is_open(&self) -> bool {
        let is_unset = self.compressed == 0 || self.compressed == u64::from(u32::MAX);
        self.has_descriptor() && is_unset
    }
}

/// A header before an entry's data.
#[derive(Debug, Clone)]
pub(super) struct Local {
    pub(super) header: Header,
    /// Where it is.
    pub(super) at: u64,
    /// Where the data starts.
    pub(super) data: u64,
    /// Whether it begins as such headers do.
    pub(super) is_signed: bool,
}

/// A header in the central directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Central {
    pub(super) header: Header,
    /// Where its local header is, in the file.
    pub(super) local: u64,
    /// Unix's mode, where the entry was made there.
    pub(super) mode: u32,
    /// A name that an extra field gives instead (Info-ZIP's 0x7075).
    pub(super) other_name: Option<Vec<u8>>,
}

/// The local header at a place, whatever its signature; nothing where the file ends before.
pub(super) fn local(source: &mut dyn Source, at: u64) -> io::Result<Option<Local>> {
    let mut bytes = bytes_at(source, at, FIRST_READ)?;
    let name = u64::from(u16_at(&bytes, 26));
    let extra = u64::from(u16_at(&bytes, 28));
    let length = LOCAL_LENGTH + name + extra;
    if length > FIRST_READ && bytes.len() as u64 == FIRST_READ {
        bytes = bytes_at(source, at, length)?;
    }
    if (bytes.len() as u64) < LOCAL_LENGTH {
        return Ok(None);
    }
    let mut header = Header {
        name: slice(&bytes, LOCAL_LENGTH, name),
        flags: u16_at(&bytes, 6),
        method: u16_at(&bytes, 8),
        crc: u32_at(&bytes, 14),
        compressed: u64::from(u32_at(&bytes, 18)),
        size: u64::from(u32_at(&bytes, 22)),
    };
    let extra = slice(&bytes, LOCAL_LENGTH + name, extra);
    if let Some(wide) = extra_field(&extra, 1) {
        let mut wide = Wide(wide);
        wide.replace(&mut header.size);
        wide.replace(&mut header.compressed);
    }
    Ok(Some(Local {
        header,
        at,
        data: at.saturating_add(length),
        is_signed: bytes.starts_with(LOCAL),
    }))
}

/// The header at the start of these bytes and its length, where they begin with one; its local
/// header's place is counted from `shift`.
pub(super) fn central(bytes: &[u8], shift: u64) -> Option<(Central, u64)> {
    if !bytes.starts_with(CENTRAL) || (bytes.len() as u64) < CENTRAL_LENGTH {
        return None;
    }
    let name = u64::from(u16_at(bytes, 28));
    let extra = u64::from(u16_at(bytes, 30));
    let comment = u64::from(u16_at(bytes, 32));
    let mut header = Header {
        name: slice(bytes, CENTRAL_LENGTH, name),
        flags: u16_at(bytes, 8),
        method: u16_at(bytes, 10),
        crc: u32_at(bytes, 16),
        compressed: u64::from(u32_at(bytes, 20)),
        size: u64::from(u32_at(bytes, 24)),
    };
    let mut local = u64::from(u32_at(bytes, 42));
    let extra_fields = slice(bytes, CENTRAL_LENGTH + name, extra);
    if let Some(wide) = extra_field(&extra_fields, 1) {
        let mut wide = Wide(wide);
        wide.replace(&mut header.size);
        wide.replace(&mut header.compressed);
        wide.replace(&mut local);
    }
    let other_name = extra_field(&extra_fields, 0x7075).and_then(|field| field.get(5..));
    let central = Central {
        other_name: other_name.map(<[u8]>::to_vec),
        header,
        local: local.saturating_add(shift),
        mode: u32_at(bytes, 38) >> 16,
    };
    Some((central, CENTRAL_LENGTH + name + extra + comment))
}

/// The length of the central header that starts with these bytes.
pub(super) fn central_length(bytes: &[u8]) -> u64 {
    let variable = [28, 30, 32].map(|at| u64::from(u16_at(bytes, at)));
    CENTRAL_LENGTH + variable.iter().sum::<u64>()
}

/// The values of a zip64 field, in their order: only those that do not fit elsewhere are there.
struct Wide<'a>(&'a [u8]);

impl Wide<'_> {
    fn replace(&mut self, value: &mut u64) {
        if *value == u64::from(u32::MAX)
            && let Some((first, rest)) = self.0.split_first_chunk::<8>()
        {
            *value = u64::from_le_bytes(*first);
            self.0 = rest;
        }
    }
}

/// The content of the first extra field with this number.
fn extra_field(mut fields: &[u8], number: u16) -> Option<&[u8]> {
    while fields.len() >= 4 {
        let length = usize::from(u16_at(fields, 2));
        let content = fields.get(4..)?;
        let (content, rest) = content.split_at_checked(length)?;
        if u16_at(fields, 0) == number {
            return Some(content);
        }
        fields = rest;
    }
    None
}

/// A part of bytes, as far as they go.
fn slice(bytes: &[u8], from: u64, count: u64) -> Vec<u8> {
    let rest = usize::try_from(from)
        .ok()
        .and_then(|from| bytes.get(from..))
        .unwrap_or_default();
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(rest.len());
    rest.get(..count).unwrap_or_default().to_vec()
}

/// The record at the end, with what zip64 adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    /// Where the first of the records at the end starts.
    pub(super) start: u64,
    /// Where the file should end.
    pub(super) stop: u64,
    pub(super) entries: u64,
    pub(super) directory_size: u64,
    pub(super) directory_offset: u64,
    /// Whether zip64's record and the old one say different things.
    pub(super) differs: bool,
    /// Whether it has a zip64 record.
    pub(super) is_wide: bool,
}

impl End {
    /// Where the central directory is, when it lies directly before this record, as Python looks for
    /// it.
    pub(super) fn adjacent(&self) -> Option<u64> {
        self.start.checked_sub(self.directory_size)
    }

    /// Whether the directory lies where the record says.
    pub(super) fn is_plausible(&self, source: &mut dyn Source) -> bool {
        let empty = self.directory_size == 0 && self.entries == 0;
        let mut is_there = |at: u64| {
            at < self.start && bytes_at(source, at, 4).is_ok_and(|bytes| bytes == CENTRAL)
        };
        empty || self.adjacent().is_some_and(&mut is_there) || is_there(self.directory_offset)
    }
}

/// The longest comment with its record, in bytes.
const LONGEST_END: u64 = 22 + 65_535;

/// The ends that a file may have, the last first: wherever the signature is in its last 64 KiB.
pub(super) fn ends(source: &mut dyn Source, size: u64) -> io::Result<Vec<End>> {
    let start = size.saturating_sub(LONGEST_END);
    let tail = bytes_at(source, start, LONGEST_END)?;
    let mut ends = Vec::new();
    for (index, window) in tail.windows(4).enumerate().rev() {
        if window == b"PK\x05\x06" && tail.len() - index >= 22 && ends.len() < MOST_ENDS {
            let record = tail.get(index..).unwrap_or_default();
            ends.push(end(source, record, start + index as u64)?);
        }
    }
    Ok(ends)
}

/// How many signatures are looked at.
const MOST_ENDS: usize = 64;

/// The record that starts at `at` with these bytes.
fn end(source: &mut dyn Source, record: &[u8], at: u64) -> io::Result<End> {
    let mut end = End {
        start: at,
        stop: at + 22 + u64::from(u16_at(record, 20)),
        entries: u64::from(u16_at(record, 10)),
        directory_size: u64::from(u32_at(record, 12)),
        directory_offset: u64::from(u32_at(record, 16)),
        differs: false,
        is_wide: false,
    };
    let Some(locator_at) = at.checked_sub(20) else {
        return Ok(end);
    };
    let locator = bytes_at(source, locator_at, 20)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(end);
    }
    // Python looks directly before the locator, others where the locator says
    let mut found: Option<(u64, Vec<u8>)> = None;
    for place in [locator_at.checked_sub(56), Some(u64_at(&locator, 8))] {
        let Some(place) = place.filter(|place| *place < locator_at) else {
            continue;
        };
        let record = bytes_at(source, place, 56)?;
        if record.len() == 56 && record.starts_with(b"PK\x06\x06") {
            match &found {
                Some((other, _)) if *other != place => end.differs = true,
                Some(_) => {}
                None => found = Some((place, record)),
            }
        }
    }
    if let Some((place, record)) = found {
        widen(&mut end, &record);
        end.start = place;
    }
    Ok(end)
}

/// Puts a zip64 record's values in place of the old ones, which should be equal or at their limit.
fn widen(end: &mut End, record: &[u8]) {
    end.is_wide = true;
    let mut replace = |old: &mut u64, limit: u64, new: u64| {
        end.differs |= *old != limit && *old != new;
        *old = new;
    };
    replace(&mut end.entries, 0xFFFF, u64_at(record, 32));
    let limit = u64::from(u32::MAX);
    replace(&mut end.directory_size, limit, u64_at(record, 40));
    replace(&mut end.directory_offset, limit, u64_at(record, 48));
}
