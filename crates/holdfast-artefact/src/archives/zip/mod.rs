//! zip (PKWARE's APPNOTE.TXT), and the formats that are zip files: torch, Keras, NumPy's archives.
//!
//! A zip file describes its entries twice: in front of each, and in a directory at its end. Loaders
//! and scanners go by one or the other, so both are read, every entry of either is looked at, and
//! what they say differently is told.

mod directory;
mod entry;
mod headers;
mod role;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::HashMap;

use holdfast_model::{ArtefactFormat, HazardKind, UnreadReason};

use crate::archives::names;
use crate::inspection::{Inspection, Reading, Stopped};
use crate::recognise::Head;
use crate::source::{self, Section, Source};

use directory::Directory;
use entry::View;
use headers::{Central, FLAGS_REFUSED, LOCAL, Local};
use role::Role;
use walk::Found;

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    let is_split = head.starts_with(headers::DESCRIPTOR) || head.starts_with(b"PK00");
    head.starts_with(LOCAL) || head.starts_with(b"PK\x05\x06") || (is_split && head.has(4, LOCAL))
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let size = source::length(source).map_err(|error| inspection.io(&error, None))?;
    let directory = directory::read(source, size, inspection)?;
    directory::tell_of_names(&directory.entries, inspection);
    let found = walk::walk(source, &directory, inspection)?;
    if found.is_empty() && !directory.is_found {
        return Err(Stopped);
    }
    let entries = pair(directory, found, source, inspection);
    tell_of_overlaps(&entries, inspection);
    let role = Role::of(entries.iter().map(|entry| entry.name.as_str()));
    for entry in &entries {
        // what stopped the reader was told; the other entries are looked at all the same
        let _told = look(entry, &role, source, inspection);
        if inspection.is_exhausted() {
            break;
        }
    }
    Ok(role.format)
}

/// Whether a file ends as a zip file does, whatever it starts with.
pub(crate) fn ends_as_one(source: &mut dyn Source) -> bool {
    let Ok(size) = source::length(source) else {
        return false;
    };
    headers::ends(source, size).is_ok_and(|ends| {
        let mut ends = ends.iter();
        ends.any(|end| end.stop >= size && end.is_plausible(source))
    })
}

/// An entry, as its headers describe it.
#[derive(Debug)]
struct Entry {
    name: String,
    /// The ways to read it: one, where its headers agree.
    views: Vec<View>,
    flags: u16,
    mode: u32,
    /// Where it starts and ends.
    range: (u64, u64),
    /// What its headers say differently.
    differences: Vec<String>,
}

/// Brings the two descriptions of each entry together.
fn pair(
    directory: Directory,
    found: Vec<Found>,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let has_directory = directory.is_found;
    let mut by_place: HashMap<u64, (Found, bool)> = found
        .into_iter()
        .map(|found| (found.local.at, (found, false)))
        .collect();
    for central in directory.entries {
        let local = if let Some((found, is_used)) = by_place.get_mut(&central.local) {
            *is_used = true;
            Ok(Some(found.local.clone()))
        } else {
            headers::local(source, central.local)
        };
        match local {
            Ok(Some(local)) => entries.push(of_both(&local, central)),
            Ok(None) => {
                inspection.named(&central.header.text(), |inspection| {
                    inspection.unread(UnreadReason::Truncated, None)
                });
            }
            Err(error) => {
                inspection.io(&error, central.local);
            }
        }
    }
    let mut others: Vec<Found> = by_place
        .into_values()
        .filter_map(|(found, is_used)| (!is_used).then_some(found))
        .collect();
    others.sort_by_key(|found| found.local.at);
    for found in others {
        entries.push(of_one(found, has_directory));
    }
    entries
}

/// An entry of the directory with its own header.
fn of_both(local: &Local, central: Central) -> Entry {
    let name = central.header.text();
    let mut differences = Vec::new();
    let view = View {
        data: local.data,
        header: central.header,
    };
    let mut flags = view.header.flags;
    let end = local.data.saturating_add(view.header.compressed);
    let mut views = Vec::new();
    if local.is_signed {
        flags |= local.header.flags;
        differences = directory::compare(&local.header, &view.header);
        let mut own = local.header.clone();
        if own.is_open() {
            own.compressed = view.header.compressed;
            own.size = view.header.size;
            own.crc = view.header.crc;
        }
        let own = View {
            data: local.data,
            header: own,
        };
        if !differences.is_empty() && !own.expands_as(&view) {
            views.push(own);
        }
    } else {
        differences.push("the central directory lists it, and it has no header".to_owned());
    }
    views.insert(0, view);
    Entry {
        name,
        views,
        flags,
        mode: central.mode,
        range: (local.at, end),
        differences,
    }
}

/// An entry that only its own header describes.
fn of_one(found: Found, has_directory: bool) -> Entry {
    let mut header = found.local.header;
    let mut differences = Vec::new();
    if has_directory {
        differences.push("the central directory does not list it".to_owned());
    }
    if header.is_open() {
        header.compressed = found.end.saturating_sub(found.local.data);
        header.size = header.compressed;
    }
    Entry {
        name: header.text(),
        flags: header.flags,
        range: (found.local.at, found.end),
        views: vec![View {
            data: found.local.data,
            header,
        }],
        mode: 0,
        differences,
    }
}

/// Tells where the bytes of two entries are the same: one archive in another, or a bomb.
fn tell_of_overlaps(entries: &[Entry], inspection: &mut Inspection<'_>) {
    let mut ranges: Vec<(u64, u64)> = entries.iter().map(|entry| entry.range).collect();
    ranges.sort_unstable();
    let overlaps = ranges.windows(2).find_map(|pair| match pair {
        [(_, end), (start, _)] if start < end => Some(*start),
        _ => None,
    });
    if let Some(at) = overlaps {
        disagree(inspection, "entries overlap", at);
    }
}

fn look(
    entry: &Entry,
    role: &Role,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<()> {
    inspection.named(&entry.name, |inspection| {
        for what in &entry.differences {
            disagree(inspection, what.clone(), None);
        }
        if names::escapes(&entry.name) {
            let kind = HazardKind::EscapingPath {
                path: entry.name.clone(),
                of: "entry",
            };
            inspection.hazard(kind, None);
        }
    });
    for view in &entry.views {
        let header = &view.header;
        if header.text().ends_with('/') && header.size == 0 && header.compressed == 0 {
            continue;
        }
        if let Some(path) = entry::escaping_link(view, entry.mode, source) {
            let kind = HazardKind::EscapingPath { path, of: "link" };
            inspection.named(&entry.name, |inspection| inspection.hazard(kind, None));
        }
        if role.is_storage(&entry.name) && role.is_storage(&view.name()) {
            entry::sniff(view, source, inspection)?;
            continue;
        }
        if let Some(key) = role.note(&view.name()) {
            note(key, view, source, inspection);
        }
        let is_flagged = entry.flags & FLAGS_REFUSED != 0;
        entry::look(view, is_flagged, source, inspection)?;
    }
    Ok(())
}

/// Keeps what torch notes of a file in an entry of its own.
fn note(key: &str, view: &View, source: &mut dyn Source, inspection: &mut Inspection<'_>) {
    /// The longest such note.
    const LONGEST: u64 = 256;
    if view.header.method != 0 || view.header.compressed > LONGEST {
        return;
    }
    let bytes = Section::new(source, view.data, view.header.compressed)
        .and_then(|mut section| source::head(&mut section, LONGEST));
    if let Ok(bytes) = bytes
        && let Ok(text) = std::str::from_utf8(&bytes)
    {
        inspection.metadata(key, text.trim());
    }
}

/// Tells that the file describes itself in two ways.
fn disagree(inspection: &mut Inspection<'_>, what: impl Into<String>, at: impl Into<Option<u64>>) {
    inspection.hazard(HazardKind::Disagreement { what: what.into() }, at);
}
