//! bzip2: streams one after another.

use bzip2::bufread::BzDecoder;
use holdfast_model::ArtefactFormat;

use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

use super::streams::{self, Reader, Stream};

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    is_start(head.bytes)
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let format = ArtefactFormat::Bzip2;
    let name = streams::name_within(inspection.name(), &[(".bz2", ""), (".tbz2", ".tar")]);
    streams::read_all::<BzDecoder<Reader<'_>>>(&name, source, inspection)?;
    Ok(format)
}

/// The header, and the mark of a block or of the stream's end.
fn is_start(bytes: &[u8]) -> bool {
    let Some((header, rest)) = bytes.split_first_chunk::<4>() else {
        return false;
    };
    let is_marked = rest.starts_with(b"\x31\x41\x59\x26\x53\x59")
        || rest.starts_with(b"\x17\x72\x45\x38\x50\x90");
    matches!(header, [b'B', b'Z', b'h', b'1'..=b'9']) && is_marked
}

impl<'a> Stream<Reader<'a>> for BzDecoder<Reader<'a>> {
    fn start(reader: Reader<'a>) -> Self {
        Self::new(reader)
    }

    fn rest(self) -> Reader<'a> {
        self.into_inner()
    }

    fn begins(bytes: &[u8]) -> bool {
        bytes.starts_with(b"BZh")
    }
}
