//! NumPy's npy files.

use holdfast_model::{ArtefactFormat, UnreadReason};

use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

/// Whether a file is of this format.
pub(crate) fn recognises(_head: &Head<'_>) -> bool {
    false
}

/// Reads one.
pub(crate) fn read(
    _source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let _ = ArtefactFormat::Numpy;
    Err(inspection.unread(UnreadReason::Unsupported("not read yet".to_owned()), None))
}
