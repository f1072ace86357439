//! zlib (RFC 1950), which joblib compresses with unless asked otherwise.

use flate2::bufread::ZlibDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use holdfast_model::ArtefactFormat;

use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

use super::streams::{self, Reader, Stream};

/// Whether a file is of this format: its header is one, and what follows can be expanded.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    let mut start = [0; 64];
    let mut decoder = Decompress::new(true);
    let expanded = decoder.decompress(head.bytes, &mut start, FlushDecompress::None);
    is_header(head.bytes)
        && expanded.is_ok_and(|status| decoder.total_out() > 0 || status == Status::StreamEnd)
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let format = ArtefactFormat::Zlib;
    let name = streams::name_within(inspection.name(), &[(".z", ""), (".zlib", "")]);
    streams::read_all::<ZlibDecoder<Reader<'_>>>(&name, source, inspection)?;
    Ok(format)
}

/// Deflate with a window of 32 KiB and no dictionary, and a header whose check fits.
fn is_header(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, flags @ (0x01 | 0x5e | 0x9c | 0xda), ..]
        if (0x7800 + u32::from(*flags)).is_multiple_of(31))
}

impl<'a> Stream<Reader<'a>> for ZlibDecoder<Reader<'a>> {
    fn start(reader: Reader<'a>) -> Self {
        Self::new(reader)
    }

    fn rest(self) -> Reader<'a> {
        self.into_inner()
    }

    fn begins(bytes: &[u8]) -> bool {
        is_header(bytes)
    }
}
