//! Pickles (protocols 0 to 5), joblib's among them.

use holdfast_model::{ArtefactFormat, UnreadReason};

use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

/// Whether a file is a pickle for certain.
pub(crate) fn recognises(_head: &Head<'_>) -> bool {
    false
}

/// Reads one.
pub(crate) fn read(
    _source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    Err(inspection.unread(UnreadReason::Unsupported("not read yet".to_owned()), None))
}

/// Reads a file that nothing else recognised as a pickle without a mark (protocols 0 and 1), where
/// it is one.
pub(crate) fn guess(
    _head: &Head<'_>,
    _source: &mut dyn Source,
    _inspection: &mut Inspection<'_>,
) -> Option<ArtefactFormat> {
    None
}
