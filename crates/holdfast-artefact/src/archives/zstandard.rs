//! Zstandard (RFC 8878): frames one after another.

use holdfast_model::ArtefactFormat;

use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

use super::fields::u32_at;
use super::{codecs, lz4, streams};

const MAGIC: &[u8] = b"\x28\xb5\x2f\xfd";

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    head.starts_with(MAGIC) || is_behind_skipped(head, MAGIC)
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let format = ArtefactFormat::Zstandard;
    let name = streams::name_within(inspection.name(), &[(".zst", ""), (".zstd", "")]);
    let reader = streams::from_start(source, inspection)?;
    streams::read_with(&name, Ok(codecs::zstandard(reader)), inspection)?;
    Ok(format)
}

/// Whether a file starts with frames to be skipped, which lz4 has as well, and then with this.
pub(super) fn is_behind_skipped(head: &Head<'_>, magic: &[u8]) -> bool {
    let mut at = 0;
    while let Some(frame) = head.bytes.get(at..)
        && lz4::is_skipped(frame)
    {
        at += 8 + usize::try_from(u32_at(frame, 4)).unwrap_or(usize::MAX - 8 - at);
        if head.has(at, magic) {
            return true;
        }
    }
    false
}
