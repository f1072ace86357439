//! Model files: bytes → [`Artefact`].
//!
//! Everything that is told of a file is read from its bytes: nothing is loaded, imported or run.
//! Readers are total: on any bytes they end, within the memory and time of [`Limits`], and what they
//! cannot read is said in [`ArtefactContent::unread`](holdfast_model::ArtefactContent). This crate
//! does not judge: what is dangerous about an import is for the rules.

mod archives;
mod formats;
mod inspection;
mod limits;
mod pickle;
mod recognise;
mod source;

use holdfast_model::{Artefact, ArtefactFormat};

pub use limits::Limits;
pub use source::Source;

use inspection::Inspection;

/// What a file's bytes say. `path` is how the file is named in the answer, and a hint where its
/// content could be several things.
///
/// Never fails: what cannot be read, for whatever reason, is listed in the answer.
pub fn inspect(path: &str, source: &mut dyn Source, limits: &Limits) -> Artefact {
    let size = source::length(source).unwrap_or_default();
    let mut inspection = Inspection::new(limits, size);
    let format =
        recognise::inspect_any(path, source, &mut inspection).unwrap_or(ArtefactFormat::Unknown);
    Artefact {
        path: path.to_owned(),
        format,
        size,
        digest: None,
        content: inspection.finish(),
    }
}
