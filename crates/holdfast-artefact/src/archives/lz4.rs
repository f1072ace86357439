//! lz4's frames, one after another; the legacy frame too.

use std::io::{self, Read};

use holdfast_model::ArtefactFormat;
use lz4_flex::frame::FrameDecoder;

use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

use super::codecs;
use super::fields::u32_at;
use super::streams::{self, Reader, Stream};
use super::zstandard::is_behind_skipped;

const MAGIC: &[u8] = b"\x04\x22\x4d\x18";
const LEGACY: &[u8] = b"\x02\x21\x4c\x18";

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    begins(head.bytes) || is_behind_skipped(head, MAGIC)
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let format = ArtefactFormat::Lz4;
    let name = streams::name_within(inspection.name(), &[(".lz4", "")]);
    streams::read_all::<Frame<'_>>(&name, source, inspection)?;
    Ok(format)
}

fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) || bytes.starts_with(LEGACY)
}

/// Whether a frame begins here that decoders pass over.
pub(super) fn is_skipped(bytes: &[u8]) -> bool {
    matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, _, _, _, _, ..])
}

/// One frame.
struct Frame<'a>(FrameDecoder<Reader<'a>>);

impl Read for Frame<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<'a> Stream<Reader<'a>> for Frame<'a> {
    fn start(reader: Reader<'a>) -> Self {
        Self(FrameDecoder::new(reader))
    }

    fn rest(self) -> Reader<'a> {
        self.0.into_inner()
    }

    fn begins(bytes: &[u8]) -> bool {
        begins(bytes)
    }

    fn pass(reader: &mut Reader<'a>) -> io::Result<()> {
        loop {
            let bytes = streams::fill(reader)?;
            if !is_skipped(bytes) {
                return Ok(());
            }
            let length = u32_at(bytes, 4);
            codecs::skip(reader, 8 + u64::from(length))?;
        }
    }
}
