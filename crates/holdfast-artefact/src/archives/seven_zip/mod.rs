//! 7z (7-Zip's `7zFormat.txt`).

mod folder;
mod header;
#[cfg(test)]
mod tests;

use std::io::Read;

use holdfast_model::{ArtefactFormat, HazardKind, UnreadReason};

use crate::archives::codecs::Counted;
use crate::archives::fields::{bytes_at, u32_at, u64_at};
use crate::archives::{names, streams};
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

use header::{File, Folder, Header, Streams};

const SIGNATURE: &[u8] = b"7z\xbc\xaf\x27\x1c";
/// The signature header: positions count from its end.
const START: u64 = 32;

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    head.starts_with(SIGNATURE)
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let start = bytes_at(source, 0, START).map_err(|error| inspection.io(&error, 0))?;
    if (start.len() as u64) < START {
        return Err(inspection.unread(UnreadReason::Truncated, start.len() as u64));
    }
    let (offset, length) = (u64_at(&start, 12), u64_at(&start, 20));
    let at = START.saturating_add(offset);
    if length == 0 {
        return Ok(ArtefactFormat::SevenZip);
    }
    if length > inspection.limits().header {
        let limit = format!("its header has {length} bytes");
        return Err(inspection.unread(UnreadReason::Limit(limit), at));
    }
    let bytes = bytes_at(source, at, length).map_err(|error| inspection.io(&error, at))?;
    if (bytes.len() as u64) < length {
        return Err(inspection.unread(UnreadReason::Truncated, at));
    }
    if crc32fast::hash(&bytes) != u32_at(&start, 28) {
        inspection.malformed("its header does not match its checksum", at);
    }
    let (streams, files) = plain(bytes, source, inspection)?;
    contents(&streams, &files, source, inspection);
    streams::tell_of_rest(source, at.saturating_add(length), inspection);
    Ok(ArtefactFormat::SevenZip)
}

/// The header, expanded as often as it was compressed.
fn plain(
    mut bytes: Vec<u8>,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<(Streams, Vec<File>)> {
    /// Programs compress it once.
    const MOST: usize = 4;
    for _ in 0..MOST {
        let header = header::parse(&bytes, inspection.limits().members);
        let streams = match header.map_err(|what| inspection.malformed(what, None))? {
            Header::Plain { streams, files } => return Ok((streams, files)),
            Header::Compressed(streams) => streams,
        };
        let Some((folder, place)) = placed(&streams).next() else {
            return Err(inspection.malformed("its header is in no folder", None));
        };
        if folder::is_encrypted(folder) {
            return Err(inspection.unread(UnreadReason::Encrypted, None));
        }
        if folder.size() > inspection.limits().header {
            let limit = format!("its header expands to {} bytes", folder.size());
            return Err(inspection.unread(UnreadReason::Limit(limit), None));
        }
        inspection.spend(folder.size())?;
        let mut expanded = Vec::new();
        let read = folder::decoder(folder, source, place)
            .and_then(|mut decoder| decoder.read_to_end(&mut expanded));
        read.map_err(|error| inspection.io(&error, None))?;
        bytes = expanded;
    }
    Err(inspection.malformed("its header is compressed again and again", None))
}

/// Each folder with the place of its first stream and its bytes.
fn placed(streams: &Streams) -> impl Iterator<Item = (&Folder, (u64, u64))> {
    let mut packed = streams.packed.iter();
    let mut at = START.saturating_add(streams.at);
    streams.folders.iter().map(move |folder| {
        let start = at;
        let mut first = None;
        for length in packed.by_ref().take(folder.inputs.len()) {
            first.get_or_insert(*length);
            at = at.saturating_add(*length);
        }
        (folder, (start, first.unwrap_or_default()))
    })
}

/// Looks at every file.
fn contents(
    streams: &Streams,
    files: &[File],
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) {
    for file in files.iter().filter(|file| names::escapes(&file.name)) {
        let path = file.name.clone();
        let kind = HazardKind::EscapingPath { path, of: "entry" };
        inspection.named(&file.name, |inspection| inspection.hazard(kind, None));
    }
    let mut files = files.iter().filter(|file| file.has_stream);
    for (folder, place) in placed(streams) {
        // files without a name are looked at too
        let nameless = File::default();
        let files: Vec<_> = folder
            .files
            .iter()
            .map(|(size, crc)| (files.next().unwrap_or(&nameless), *size, *crc))
            .collect();
        // what stopped the reader was told; the other folders are looked at all the same
        let _told = expand(folder, place, &files, source, inspection);
        if inspection.is_exhausted() {
            return;
        }
    }
}

/// Expands a folder, and looks at each file in it.
fn expand(
    folder: &Folder,
    place: (u64, u64),
    files: &[(&File, u64, Option<u32>)],
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<()> {
    let name = |files: &[(&File, u64, Option<u32>)]| {
        let first = files.first();
        first
            .map(|(file, ..)| file.name.clone())
            .unwrap_or_default()
    };
    if folder::is_encrypted(folder) {
        for (file, ..) in files {
            inspection.named(&file.name, |inspection| {
                inspection.unread(UnreadReason::Encrypted, None)
            });
        }
        return Ok(());
    }
    let mut decoder = match folder::decoder(folder, source, place) {
        Ok(decoder) => decoder,
        Err(error) => {
            return inspection.named(&name(files), |inspection| Err(inspection.io(&error, None)));
        }
    };
    for (file, size, crc) in files {
        let mut counted = Counted::new(Box::new((&mut decoder).take(*size)));
        let looked = inspection.decoded(&file.name, &mut counted);
        if !counted.is_whole {
            // what stopped it was told, and what follows in the folder cannot be reached
            return looked;
        }
        let what = if counted.count < *size {
            UnreadReason::Truncated
        } else if crc.is_some_and(|crc| crc != counted.crc.finalize()) {
            UnreadReason::Malformed("it does not match its checksum".to_owned())
        } else {
            continue;
        };
        inspection.named(&file.name, |inspection| inspection.unread(what, None));
    }
    Ok(())
}
