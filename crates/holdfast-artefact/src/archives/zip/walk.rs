//! The entries of a zip file from its front, as a reader finds them that does not look at the end.

use std::collections::BTreeMap;
use std::io::{self, Read, SeekFrom};

use holdfast_model::UnreadReason;

use crate::archives::fields::bytes_at;
use crate::inspection::{Inspection, Reading};
use crate::source::Source;

use super::directory::Directory;
use super::disagree;
use super::headers::{self, CENTRAL, DESCRIPTOR, LOCAL, Local};

/// A local header, and where its data ends.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) local: Local,
    pub(super) end: u64,
}

/// Walks from header to header up to the directory, and tells of bytes that belong to no entry.
pub(super) fn walk(
    source: &mut dyn Source,
    directory: &Directory,
    inspection: &mut Inspection<'_>,
) -> Reading<Vec<Found>> {
    let stop = directory.start;
    let listed = directory.entries.iter();
    // the places of headers, with the compressed sizes that the directory gives
    let known: BTreeMap<u64, u64> = listed
        .map(|central| (central.local, central.header.compressed))
        .collect();
    let mut found: Vec<Found> = Vec::new();
    let is_zip = is_marked(source).map_err(|error| inspection.io(&error, 0))?;
    let mut at = is_zip.unwrap_or(0);
    while at < stop {
        if found.len() as u64 >= inspection.limits().members {
            let limit = format!("it has more than {} entries", found.len());
            inspection.unread(UnreadReason::Limit(limit), at);
            break;
        }
        let step = step(source, at, stop, &known);
        match step.map_err(|error| inspection.io(&error, at))? {
            Step::Entry(entry, next) => {
                found.push(*entry);
                at = next.max(at + 1);
            }
            Step::Gap(gap) => {
                // what comes before a zip file that starts as something else was told by its reader,
                // and of one without its end anything may be left
                if gap.is_used && directory.is_found && (at > 0 || is_zip.is_some()) {
                    let what = format!("{} bytes belong to no entry", gap.next - at);
                    disagree(inspection, what, at);
                }
                at = gap.next.max(at + 1);
            }
        }
    }
    Ok(found)
}

/// Where the first header should be, where a file starts as zip files do.
fn is_marked(source: &mut dyn Source) -> io::Result<Option<u64>> {
    let start = bytes_at(source, 0, 8)?;
    // marks of an archive that was, or might have been, split
    let is_split = start.starts_with(DESCRIPTOR) || start.starts_with(b"PK00");
    Ok(if is_split && start.ends_with(LOCAL) {
        Some(4)
    } else if start.starts_with(b"PK") {
        Some(0)
    } else {
        None
    })
}

enum Step {
    Entry(Box<Found>, u64),
    Gap(Gap),
}

struct Gap {
    next: u64,
    /// Whether there is anything but noughts in it.
    is_used: bool,
}

fn step(
    source: &mut dyn Source,
    at: u64,
    stop: u64,
    known: &BTreeMap<u64, u64>,
) -> io::Result<Step> {
    let local = headers::local(source, at)?.filter(|local| local.is_signed);
    let Some(local) = local else {
        let next_known = known
            .range(at + 1..)
            .next()
            .map_or(stop, |(place, _)| *place);
        return gap(source, at, stop.min(next_known)).map(Step::Gap);
    };
    let own = (!local.header.is_open()).then_some(local.header.compressed);
    // where the two say different things, the shorter: what lies behind it is then looked at
    let length = match (known.get(&at), own) {
        (Some(listed), Some(own)) => Some(own.min(*listed)),
        (Some(listed), None) => Some(*listed),
        (None, own) => own,
    };
    let end = match length {
        Some(length) => local.data.saturating_add(length),
        None => next_signature(source, local.data, stop)?,
    };
    let end = end.min(stop);
    let next = end + descriptor_length(source, &local, end, stop)?;
    Ok(Step::Entry(Box::new(Found { local, end }), next))
}

/// How long the data descriptor at a place is; 0 where there is none. Its signature and its width
/// are not certain, so what follows tells.
fn descriptor_length(
    source: &mut dyn Source,
    local: &Local,
    end: u64,
    stop: u64,
) -> io::Result<u64> {
    let bytes = bytes_at(source, end, 28)?;
    let lengths: &[usize] = match (bytes.starts_with(DESCRIPTOR), local.header.has_descriptor()) {
        (true, _) => &[16, 24],
        (false, true) => &[12, 20],
        (false, false) => &[],
    };
    for length in lengths {
        let after = bytes.get(*length..).unwrap_or_default();
        let is_end = end.saturating_add(*length as u64) == stop;
        if is_end || after.starts_with(LOCAL) || after.starts_with(CENTRAL) {
            return Ok(*length as u64);
        }
    }
    // before bytes of nobody
    Ok(if bytes.starts_with(DESCRIPTOR) { 16 } else { 0 })
}

/// Bytes that no header covers, up to the next local header or `stop`.
fn gap(source: &mut dyn Source, at: u64, stop: u64) -> io::Result<Gap> {
    let mut is_used = false;
    let next = scan(source, at, stop, |bytes| {
        let next = bytes.windows(4).position(|window| window == LOCAL);
        let gap = bytes.get(..next.unwrap_or(bytes.len())).unwrap_or_default();
        is_used |= gap.iter().any(|byte| *byte != 0);
        next
    })?;
    Ok(Gap { next, is_used })
}

/// The place of the next signature of any kind, or `stop`.
fn next_signature(source: &mut dyn Source, at: u64, stop: u64) -> io::Result<u64> {
    scan(source, at, stop, |bytes| {
        bytes
            .windows(4)
            .position(|window| [LOCAL, CENTRAL, DESCRIPTOR].contains(&window))
    })
}

/// How much is searched at once, in bytes.
const SEARCHED: u64 = 1 << 16;

/// The first place that `find` finds in blocks that overlap by three bytes, or `stop`.
fn scan(
    source: &mut dyn Source,
    at: u64,
    stop: u64,
    mut find: impl FnMut(&[u8]) -> Option<usize>,
) -> io::Result<u64> {
    let mut place = at;
    let mut block = Vec::new();
    while place < stop {
        source.seek(SeekFrom::Start(place))?;
        block.clear();
        let wanted = SEARCHED.min(stop - place);
        source.take(wanted).read_to_end(&mut block)?;
        if let Some(found) = find(&block) {
            return Ok(place + found as u64);
        }
        if (block.len() as u64) < SEARCHED {
            break;
        }
        place += SEARCHED - 3;
    }
    Ok(stop)
}
