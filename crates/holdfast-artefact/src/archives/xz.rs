//! xz: streams one after another.

use holdfast_model::ArtefactFormat;

use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

use super::{codecs, streams};

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    head.starts_with(b"\xfd7zXZ\0")
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let format = ArtefactFormat::Xz;
    let name = streams::name_within(inspection.name(), &[(".xz", ""), (".txz", ".tar")]);
    let reader = streams::from_start(source, inspection)?;
    streams::read_with(&name, Ok(codecs::xz(reader)), inspection)?;
    Ok(format)
}
