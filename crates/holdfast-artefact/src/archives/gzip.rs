//! gzip (RFC 1952): members one after another.

use flate2::bufread::GzDecoder;
use holdfast_model::{ArtefactFormat, HazardKind};

use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::{self, Source};

use super::names;
use super::streams::{self, Reader, Stream};

const MAGIC: &[u8] = b"\x1f\x8b\x08";

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    head.starts_with(MAGIC)
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let format = ArtefactFormat::Gzip;
    let name = match name_in_header(source) {
        Some(name) => {
            if names::escapes(&name) {
                let path = name.clone();
                inspection.hazard(HazardKind::EscapingPath { path, of: "entry" }, 10);
            }
            name
        }
        None => streams::name_within(
            inspection.name(),
            &[(".gz", ""), (".gzip", ""), (".tgz", ".tar")],
        ),
    };
    streams::read_all::<GzDecoder<Reader<'_>>>(&name, source, inspection)?;
    Ok(format)
}

/// The name that the first member's header gives.
fn name_in_header(source: &mut dyn Source) -> Option<String> {
    let head = source::head(source, 4096).ok()?;
    let decoder = GzDecoder::new(head.as_slice());
    let name = decoder.header()?.filename()?;
    let name = String::from_utf8_lossy(name).into_owned();
    (!name.is_empty()).then_some(name)
}

impl<'a> Stream<Reader<'a>> for GzDecoder<Reader<'a>> {
    fn start(reader: Reader<'a>) -> Self {
        Self::new(reader)
    }

    fn rest(self) -> Reader<'a> {
        self.into_inner()
    }

    fn begins(bytes: &[u8]) -> bool {
        bytes.starts_with(b"\x1f\x8b")
    }
}
