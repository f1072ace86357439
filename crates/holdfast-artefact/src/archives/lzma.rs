//! lzma alone, the format before xz: it has no signature.

use std::io::{ErrorKind, Read};

use holdfast_model::ArtefactFormat;

use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

use super::{codecs, streams};

/// Whether a file is of this format: its header could be one, and what follows can be expanded.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    if !codecs::is_lzma_alone(head.bytes, head.size) {
        return false;
    }
    let mut start = [0; 64];
    match codecs::lzma_alone(head.bytes).and_then(|mut decoder| decoder.read(&mut start)) {
        Ok(_) => true,
        // the head is not all of it; a dictionary that is too large is told when it is read
        Err(error) => matches!(
            error.kind(),
            ErrorKind::UnexpectedEof | ErrorKind::OutOfMemory
        ),
    }
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let format = ArtefactFormat::Lzma;
    let name = streams::name_within(inspection.name(), &[(".lzma", "")]);
    let reader = streams::from_start(source, inspection)?;
    streams::read_with(&name, codecs::lzma_alone(reader), inspection)?;
    Ok(format)
}
