//! The content of one entry of a zip file.

use std::io::{self, BufReader, Read};

use holdfast_model::UnreadReason;

use crate::archives::codecs::{self, Decoder};
use crate::archives::fields::bytes_at;
use crate::archives::names;
use crate::inspection::{Inspection, Reading};
use crate::source::{Section, Source};

use super::disagree;
use super::headers::{FLAGS_REFUSED, Header};

/// One way to read an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// Where its data is.
    pub(super) data: u64,
    pub(super) header: Header,
}

const STORED: u16 = 0;

impl View {
    pub(super) fn name(&self) -> String {
        self.header.text()
    }

    /// Whether two ways to read an entry expand to the same bytes.
    pub(super) fn expands_as(&self, other: &Self) -> bool {
        (self.data, self.header.method, self.header.compressed)
            == (other.data, other.header.method, other.header.compressed)
    }

    fn is_stored(&self) -> bool {
        self.header.method == STORED
    }
}

/// Looks at an entry's content. `is_flagged` where any of its headers says that it is encrypted, or
/// otherwise not to be read.
pub(super) fn look(
    view: &View,
    is_flagged: bool,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<()> {
    let name = view.name();
    if is_flagged && !is_plain(view, source, inspection) {
        return inspection.nested(&name, |inspection| {
            Err(inspection.unread(UnreadReason::Encrypted, None))
        });
    }
    if is_flagged {
        let what = format!(
            "its headers say that it cannot be read as it is (flags {:#x}), and it can",
            view.header.flags & FLAGS_REFUSED
        );
        inspection.named(&name, |inspection| disagree(inspection, what, None));
    }
    if view.is_stored() {
        return stored(view, &name, source, inspection);
    }
    let decoder = decoder(view, source);
    match decoder {
        Ok(decoder) => {
            let mut checked = Checked::new(decoder);
            inspection.decoded(&name, &mut checked)?;
            checked.tell(view, &name, inspection);
            Ok(())
        }
        Err(error) => inspection.nested(&name, |inspection| Err(inspection.io(&error, None))),
    }
}

/// A stored entry is looked at where it lies.
fn stored(
    view: &View,
    name: &str,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<()> {
    let length = view.header.compressed;
    let end = source.seek(io::SeekFrom::End(0));
    let end = end.map_err(|error| inspection.io(&error, None))?;
    let there = length.min(end.saturating_sub(view.data));
    if there < length {
        inspection.named(name, |inspection| {
            inspection.unread(UnreadReason::Truncated, there)
        });
    }
    // entries that overlap could otherwise make a small file a long read
    inspection.spend(there)?;
    if length != view.header.size {
        let what = format!(
            "it is stored, and has {length} bytes in the file and {} outside",
            view.header.size
        );
        inspection.named(name, |inspection| disagree(inspection, what, None));
    } else if there == length && length <= inspection.limits().in_memory as u64 {
        let section = Section::new(source, view.data, there);
        let section = section.map_err(|error| inspection.io(&error, None))?;
        let mut checked = Checked::new(Box::new(section));
        let read = io::copy(&mut checked, &mut io::sink());
        read.map_err(|error| inspection.io(&error, None))?;
        checked.tell(view, name, inspection);
    }
    let mut section =
        Section::new(source, view.data, there).map_err(|error| inspection.io(&error, None))?;
    inspection.member(name, &mut section)
}

fn decoder<'a>(view: &View, source: &'a mut dyn Source) -> io::Result<Decoder<'a>> {
    let section = Section::new(source, view.data, view.header.compressed)?;
    let reader = BufReader::new(section);
    // an lzma stream in a zip file has a mark at its end where this flag says so
    let has_mark = view.header.flags & 0x2 != 0;
    let size = (!has_mark).then_some(view.header.size);
    match view.header.method {
        8 => Ok(codecs::deflate(reader)),
        12 => Ok(codecs::bzip2(reader)),
        14 => codecs::lzma_in_zip(reader, size),
        20 | 93 => Ok(codecs::zstandard(reader)),
        95 => Ok(codecs::xz(reader)),
        method => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("it is compressed with method {method}, which is not read"),
        )),
    }
}

/// Whether the content can be read although a flag says that it cannot: it has the checksum that the
/// headers give, or, stored, no room for a key.
fn is_plain(view: &View, source: &mut dyn Source, inspection: &mut Inspection<'_>) -> bool {
    let header = &view.header;
    if view.is_stored() {
        return header.compressed == header.size;
    }
    if inspection.spend(header.size).is_err() {
        return false;
    }
    let Ok(decoder) = decoder(view, source) else {
        return false;
    };
    let mut checked = Checked::new(decoder);
    let read = io::copy(&mut (&mut checked).take(header.size), &mut io::sink());
    read.is_ok() && checked.crc.finalize() == header.crc
}

/// Looks at the first bytes of a storage, which nothing unpickles: only what begins as a pickle or an
/// archive for certain is looked into.
pub(super) fn sniff(
    view: &View,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<()> {
    let start = if view.is_stored() {
        bytes_at(source, view.data, view.header.compressed.min(16))
    } else {
        let mut start = Vec::new();
        let read =
            decoder(view, source).and_then(|decoder| decoder.take(16).read_to_end(&mut start));
        read.map(|_| start)
    };
    if start.is_ok_and(|start| is_no_storage(&start)) {
        let is_flagged = view.header.flags & FLAGS_REFUSED != 0;
        return inspection.quietly(|inspection| look(view, is_flagged, source, inspection));
    }
    Ok(())
}

/// Whether bytes start as a pickle of protocol 2 to 5 or a zip file does, which numbers hardly do.
fn is_no_storage(start: &[u8]) -> bool {
    match start {
        [0x80, 2..=5, opcode, ..] => b"\x95\x8c\x8a(]}c)XKMJNU".contains(opcode),
        _ => start.starts_with(b"PK\x03\x04"),
    }
}

/// Where a link leads, when an entry is one and leads out of where it is unpacked.
pub(super) fn escaping_link(view: &View, mode: u32, source: &mut dyn Source) -> Option<String> {
    const KIND: u32 = 0o170_000;
    const LINK: u32 = 0o120_000;
    /// The longest target, as Linux has it.
    const LONGEST: u64 = 4096;
    if mode & KIND != LINK {
        return None;
    }
    let mut target = Vec::new();
    let reader: Decoder<'_> = if view.is_stored() {
        Box::new(Section::new(source, view.data, view.header.compressed).ok()?)
    } else {
        decoder(view, source).ok()?
    };
    reader.take(LONGEST).read_to_end(&mut target).ok()?;
    let target = String::from_utf8_lossy(&target).into_owned();
    names::link_escapes(&view.name(), &target).then_some(target)
}

/// Counts and sums what is read.
struct Checked<'a> {
    decoder: Decoder<'a>,
    crc: crc32fast::Hasher,
    count: u64,
    /// Whether the end was reached.
    is_whole: bool,
}

impl<'a> Checked<'a> {
    fn new(decoder: Decoder<'a>) -> Self {
        Self {
            decoder,
            crc: crc32fast::Hasher::new(),
            count: 0,
            is_whole: false,
        }
    }

    /// Tells where the content is not what the headers say.
    fn tell(self, view: &View, name: &str, inspection: &mut Inspection<'_>) {
        let header = &view.header;
        if !self.is_whole {
            return;
        }
        let mut differences = Vec::new();
        if self.count != header.size {
            differences.push(format!(
                "it has {} bytes, and its headers say {}",
                self.count, header.size
            ));
        }
        let crc = self.crc.finalize();
        if crc != header.crc {
            differences.push(format!(
                "its CRC is {crc:#010x}, and its headers say {:#010x}",
                header.crc
            ));
        }
        for what in differences {
            inspection.named(name, |inspection| disagree(inspection, what, None));
        }
    }
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(buffer)?;
        if let Some(bytes) = buffer.get(..count) {
            self.crc.update(bytes);
        }
        self.count += count as u64;
        self.is_whole |= count == 0 && !buffer.is_empty();
        Ok(count)
    }
}
