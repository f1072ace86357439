//! tar: POSIX's (ustar, pax), GNU's and the one before both.

use std::collections::BTreeMap;

use holdfast_model::{ArtefactFormat, HazardKind, UnreadReason};

use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::{self, Section, Source};

use super::fields::bytes_at;
use super::{names, streams};

const BLOCK: u64 = 512;
/// The longest name or set of pax records that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// Whether a file is of this format: it begins with a header whose checksum fits.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    head.bytes.first_chunk().is_some_and(|block| {
        let block = Block(block);
        let is_old = matches!(block.kind(), 0 | b'0'..=b'7') && !block.name().is_empty();
        let is_known = block.field(257, 5) == b"ustar" || is_old;
        block.is_whole() && is_known
    })
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let size = source::length(source).map_err(|error| inspection.io(&error, None))?;
    let mut said = Said::default();
    let mut at = 0;
    while at < size && !inspection.is_exhausted() {
        let bytes = bytes_at(source, at, BLOCK).map_err(|error| inspection.io(&error, at))?;
        let Some(bytes) = bytes.first_chunk() else {
            return Err(inspection.unread(UnreadReason::Truncated, at));
        };
        let block = Block(bytes);
        if bytes.iter().all(|byte| *byte == 0) {
            // readers stop here: what follows is padding, or hidden
            streams::tell_of_rest(source, at, inspection);
            return Ok(ArtefactFormat::Tar);
        }
        if !block.is_whole() {
            return Err(inspection.malformed("a header does not match its checksum", at));
        }
        at += BLOCK;
        if block.kind() == b'S' {
            at = past_sparse_map(block, at, source);
        }
        let length = said.size(block);
        if is_special(block.kind()) {
            let content = bytes_at(source, at, length.min(LONGEST));
            let content = content.map_err(|error| inspection.io(&error, at))?;
            if length > LONGEST {
                let limit = format!("a name or a record has {length} bytes");
                inspection.unread(UnreadReason::Limit(limit), at);
            }
            said.note(block.kind(), &content);
        } else {
            let entry = std::mem::take(&mut said).entry(block, length, inspection);
            // what stopped the reader was told; the other entries are looked at all the same
            let _told = look(&entry, at, source, inspection);
        }
        at = at.saturating_add(length.div_ceil(BLOCK).saturating_mul(BLOCK));
    }
    Ok(ArtefactFormat::Tar)
}

/// A header.
#[derive(Clone, Copy)]
struct Block<'a>(&'a [u8; 512]);

impl<'a> Block<'a> {
    fn field(self, at: usize, length: usize) -> &'a [u8] {
        self.0.get(at..at + length).unwrap_or_default()
    }

    fn text(self, at: usize, length: usize) -> String {
        until_nul(self.field(at, length))
    }

    fn kind(self) -> u8 {
        self.field(156, 1).first().copied().unwrap_or_default()
    }

    /// An octal number, or GNU's binary one.
    fn number(self, at: usize, length: usize) -> Option<u64> {
        let field = self.field(at, length);
        match field.split_first() {
            Some((0x80, binary)) => Some(binary.iter().fold(0_u64, |value, byte| {
                value.saturating_mul(256).saturating_add(u64::from(*byte))
            })),
            _ => {
                let text = until_nul(field);
                u64::from_str_radix(text.trim_matches(' '), 8).ok()
            }
        }
    }

    /// Whether the sum of its bytes is what it says, with the sum's own taken for spaces. Some
    /// programs summed signed bytes.
    fn is_whole(self) -> bool {
        let (mut unsigned, mut signed) = (0_u64, 0_i64);
        for (place, byte) in self.0.iter().enumerate() {
            let byte = if (148..156).contains(&place) {
                b' '
            } else {
                *byte
            };
            unsigned += u64::from(byte);
            signed += i64::from(byte.cast_signed());
        }
        let stated = self.number(148, 8);
        stated == Some(unsigned) || stated.is_some_and(|stated| i64::try_from(stated) == Ok(signed))
    }

    fn name(self) -> String {
        let name = self.text(0, 100);
        let prefix = self.text(345, 155);
        if self.field(257, 6) == b"ustar\0" && !prefix.is_empty() {
            format!("{prefix}/{name}")
        } else {
            name
        }
    }
}

/// What headers say of the entry that follows them.
#[derive(Default)]
struct Said {
    name: Option<String>,
    link: Option<String>,
    pax: BTreeMap<String, String>,
}

struct Entry {
    name: String,
    link: String,
    kind: u8,
    size: u64,
    is_sparse: bool,
}

impl Said {
    /// How much content follows a header.
    fn size(&self, block: Block<'_>) -> u64 {
        let pax = self.pax.get("size").filter(|_| !is_special(block.kind()));
        let pax = pax.and_then(|size| size.parse().ok());
        let is_empty = matches!(block.kind(), b'1'..=b'6');
        let own = block.number(124, 12).unwrap_or_default();
        pax.unwrap_or(if is_empty { 0 } else { own })
    }

    fn note(&mut self, kind: u8, content: &[u8]) {
        match kind {
            b'L' => self.name = Some(until_nul(content)),
            b'K' => self.link = Some(until_nul(content)),
            b'x' | b'X' => self.pax = records(content).into_iter().collect(),
            _ => {}
        }
    }

    /// The entry that they were about.
    fn entry(mut self, block: Block<'_>, size: u64, inspection: &mut Inspection<'_>) -> Entry {
        /// What fits into a header.
        const FITS: u64 = 1 << 33;
        let own = block.number(124, 12).unwrap_or_default();
        let is_sparse =
            block.kind() == b'S' || self.pax.keys().any(|key| key.starts_with("GNU.sparse."));
        let name = self.pax.remove("GNU.sparse.name");
        let name = name.or_else(|| self.pax.remove("path")).or(self.name);
        let name = name.unwrap_or_else(|| block.name());
        if self.pax.contains_key("size") && own != size && size < FITS {
            let what = format!("`{name}` has {own} bytes in its header, and {size} in its records");
            inspection.hazard(HazardKind::Disagreement { what }, None);
        }
        let link = self.pax.remove("linkpath").or(self.link);
        Entry {
            name,
            link: link.unwrap_or_else(|| block.text(157, 100)),
            kind: block.kind(),
            size,
            is_sparse,
        }
    }
}

/// Whether a header tells of others, and is no entry itself.
fn is_special(kind: u8) -> bool {
    matches!(kind, b'L' | b'K' | b'x' | b'X' | b'g' | b'V')
}

fn look(
    entry: &Entry,
    at: u64,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<()> {
    let name = &entry.name;
    let escapes = match entry.kind {
        // a hard link is to another entry, a symbolic one counts from its own directory
        b'1' if names::escapes(&entry.link) => Some((&entry.link, "link")),
        b'2' if names::link_escapes(name, &entry.link) => Some((&entry.link, "link")),
        _ => None,
    };
    let own = names::escapes(name).then_some((name, "entry"));
    for (path, of) in own.into_iter().chain(escapes) {
        let path = path.clone();
        let kind = HazardKind::EscapingPath { path, of };
        inspection.named(name, |inspection| inspection.hazard(kind, None));
    }
    if entry.is_sparse {
        inspection.named(name, |inspection| {
            let what = "it is sparse: only what is there of it is looked at";
            inspection.unread(UnreadReason::Unsupported(what.to_owned()), None)
        });
    }
    if entry.size == 0 {
        return Ok(());
    }
    let there = source::length(source).map_err(|error| inspection.io(&error, at))?;
    if there.saturating_sub(at) < entry.size {
        inspection.named(name, |inspection| {
            inspection.unread(UnreadReason::Truncated, there.saturating_sub(at))
        });
    }
    let section = Section::new(source, at, entry.size);
    let mut section = section.map_err(|error| inspection.io(&error, at))?;
    inspection.member(name, &mut section)
}

/// Where the content of a sparse file begins: its map may go on in more blocks.
fn past_sparse_map(block: Block<'_>, mut at: u64, source: &mut dyn Source) -> u64 {
    let mut goes_on = block.field(482, 1) != [0];
    while goes_on {
        let Ok(bytes) = bytes_at(source, at, BLOCK) else {
            break;
        };
        goes_on = bytes.get(504).is_some_and(|flag| *flag != 0);
        at += BLOCK;
    }
    at
}

/// Pax's records: `30 mtime=1350244992.023960108` and a line break, the length counting all of it.
fn records(mut bytes: &[u8]) -> Vec<(String, String)> {
    let mut records = Vec::new();
    while let Some(space) = bytes.iter().take(20).position(|byte| *byte == b' ') {
        let (length, _) = bytes.split_at(space);
        let length = std::str::from_utf8(length).ok();
        let Some((record, rest)) = length
            .and_then(|length| length.parse::<usize>().ok())
            .filter(|length| *length > space)
            .and_then(|length| bytes.split_at_checked(length))
        else {
            break;
        };
        let record = record.get(space + 1..).unwrap_or_default();
        let record = String::from_utf8_lossy(record);
        if let Some((key, value)) = record.trim_end_matches('\n').split_once('=') {
            records.push((key.to_owned(), value.to_owned()));
        }
        bytes = rest;
    }
    records
}

fn until_nul(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}
