//! The central directory, found from a file's end: what most readers of zip files go by.

use std::collections::HashSet;
use std::io::{BufReader, Read};

use holdfast_model::{HazardKind, UnreadReason};

use crate::inspection::{Inspection, Reading};
use crate::source::{Section, Source};

use super::disagree;
use super::headers::{self, CENTRAL_LENGTH, Central, End};

/// What the end of a file says is in it.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) entries: Vec<Central>,
    /// Where the entries end and the directory starts; the file's size where there is none.
    pub(super) start: u64,
    /// Whether there is one.
    pub(super) is_found: bool,
}

/// Reads the central directory, or both where the record at the end can be read in two ways; tells
/// where the records at the end contradict one another.
pub(super) fn read(
    source: &mut dyn Source,
    size: u64,
    inspection: &mut Inspection<'_>,
) -> Reading<Directory> {
    let ends = match headers::ends(source, size) {
        Ok(ends) => ends,
        Err(error) => return Err(inspection.io(&error, None)),
    };
    let Some(position) = ends.iter().position(|end| end.is_plausible(source)) else {
        inspection.unread(
            UnreadReason::Malformed("it has no central directory: it ends too early".to_owned()),
            size,
        );
        return Ok(Directory {
            entries: Vec::new(),
            start: size,
            is_found: false,
        });
    };
    let (before, rest) = ends.split_at(position);
    let mut directory = Directory {
        entries: Vec::new(),
        start: size,
        is_found: true,
    };
    if let Some((end, earlier)) = rest.split_first() {
        tell_of_end(end, size, inspection);
        add(end, source, &mut directory, inspection)?;
        // another record whose comment holds this one: readers that search from elsewhere find it
        for other in earlier {
            if other.stop == size && other.is_plausible(source) {
                disagree(
                    inspection,
                    "it has two ends, one in the comment of the other",
                    other.start,
                );
                add(other, source, &mut directory, inspection)?;
            }
        }
        if !before.is_empty() {
            let what = "its comment holds the signature of an end that leads nowhere";
            disagree(inspection, what, end.start);
        }
    }
    Ok(directory)
}

fn tell_of_end(end: &End, size: u64, inspection: &mut Inspection<'_>) {
    if end.differs {
        let what = "its zip64 record and the old one at its end differ";
        disagree(inspection, what, end.start);
    }
    if end.stop < size {
        let what = format!("{} bytes follow its end", size - end.stop);
        disagree(inspection, what, end.stop);
    } else if end.stop > size {
        disagree(inspection, "its comment is longer than the file", end.start);
    }
}

/// Adds what one record leads to.
fn add(
    end: &End,
    source: &mut dyn Source,
    directory: &mut Directory,
    inspection: &mut Inspection<'_>,
) -> Reading<()> {
    let mut places = Vec::new();
    if let Some(adjacent) = end.adjacent() {
        places.push((adjacent, adjacent.saturating_sub(end.directory_offset)));
    }
    let is_new = places.iter().all(|(at, _)| *at != end.directory_offset);
    if is_new && end.directory_offset < end.start && end.directory_size > 0 {
        places.push((end.directory_offset, 0));
    }
    let mut found = 0;
    for (at, shift) in places {
        let mut entries = entries(end, (at, shift), source, inspection)?;
        if entries.is_empty() && end.directory_size > 0 {
            continue;
        }
        found += 1;
        directory.start = directory.start.min(at);
        // a count of 16 bits starts anew after 65,535
        let mask = if end.is_wide { u64::MAX } else { 0xFFFF };
        if entries.len() as u64 & mask != end.entries & mask {
            let what = format!(
                "it says that it has {} entries, and lists {}",
                end.entries,
                entries.len()
            );
            disagree(inspection, what, end.start);
        }
        if !directory.entries.is_empty() {
            let known: HashSet<&Central> = directory.entries.iter().collect();
            entries.retain(|entry| !known.contains(entry));
        }
        directory.entries.append(&mut entries);
    }
    if found > 1 {
        let what = "it has two central directories, one where its end says and one before its end";
        disagree(inspection, what, end.start);
    }
    Ok(())
}

/// The headers from `at` to the record at the end, as long as they follow one another.
fn entries(
    end: &End,
    (at, shift): (u64, u64),
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<Vec<Central>> {
    let limits = inspection.limits();
    let section = Section::new(source, at, end.start.saturating_sub(at));
    let section = section.map_err(|error| inspection.io(&error, at))?;
    let mut reader = BufReader::with_capacity(1 << 16, section);
    let mut entries = Vec::new();
    let mut kept = 0_u64;
    loop {
        let mut bytes = Vec::new();
        let read = reader.by_ref().take(CENTRAL_LENGTH).read_to_end(&mut bytes);
        read.map_err(|error| inspection.io(&error, at))?;
        let rest = headers::central_length(&bytes).saturating_sub(CENTRAL_LENGTH);
        if (bytes.len() as u64) < CENTRAL_LENGTH || !bytes.starts_with(headers::CENTRAL) {
            return Ok(entries);
        }
        let read = reader.by_ref().take(rest).read_to_end(&mut bytes);
        read.map_err(|error| inspection.io(&error, at))?;
        if bytes.len() as u64 != CENTRAL_LENGTH + rest {
            inspection.unread(UnreadReason::Truncated, at);
        }
        let Some((central, _)) = headers::central(&bytes, shift) else {
            return Ok(entries);
        };
        kept += central.header.name.len() as u64;
        if entries.len() as u64 >= limits.members || kept > limits.header {
            let limit = format!("it lists more than {} entries", entries.len());
            inspection.unread(UnreadReason::Limit(limit), at);
            return Ok(entries);
        }
        entries.push(central);
    }
}

/// What two headers of one entry say differently, as far as it changes what is loaded.
pub(super) fn compare(local: &headers::Header, central: &headers::Header) -> Vec<String> {
    let mut differences = Vec::new();
    if local.name != central.name {
        differences.push(format!(
            "it is `{}` in its own header, and `{}` in the central directory",
            local.text(),
            central.text()
        ));
    }
    if local.method != central.method {
        differences.push(format!(
            "its own header says method {}, the central directory method {}",
            local.method, central.method
        ));
    }
    if (local.flags ^ central.flags) & headers::FLAGS_REFUSED != 0 {
        differences.push(format!(
            "its own header has the flags {:#x}, the central directory {:#x}",
            local.flags, central.flags
        ));
    }
    let is_later = local.has_descriptor();
    let mut number = |what: &str, local: u64, central: u64| {
        // what follows the data is left at nought, or at zip64's mark, before it
        let is_open = is_later && (local == 0 || local == u64::from(u32::MAX));
        if local != central && !is_open {
            differences.push(format!(
                "its own header says {what} {local}, the central directory {central}"
            ));
        }
    };
    number("size", local.size, central.size);
    number("compressed size", local.compressed, central.compressed);
    number("CRC", u64::from(local.crc), u64::from(central.crc));
    differences
}

/// Tells what is wrong within the list: names twice, with a NUL, or in two ways.
pub(super) fn tell_of_names(entries: &[Central], inspection: &mut Inspection<'_>) {
    let mut seen = HashSet::new();
    for entry in entries {
        let name = &entry.header.name;
        if !seen.insert(name) {
            let what = format!("it lists `{}` twice", entry.header.text());
            disagree(inspection, what, None);
        }
        if name.contains(&0) {
            let what = format!("the name `{}` holds a NUL", entry.header.text());
            disagree(inspection, what.replace('\0', "\\0"), None);
        }
        if let Some(other) = &entry.other_name
            && name.is_ascii()
            && other != name
        {
            let kind = HazardKind::Disagreement {
                what: format!(
                    "`{}` has another name in an extra field: `{}`",
                    entry.header.text(),
                    String::from_utf8_lossy(other)
                ),
            };
            inspection.hazard(kind, None);
        }
    }
}
