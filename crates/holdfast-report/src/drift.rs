//! How the columns of two tables differ, as `holdfast drift` shows it.

mod html;
mod picture;
mod text;
mod words;

use holdfast_model::{Drift, Evaluation};

use crate::document::{Report, document};
use crate::judged::{Judged, make_finite};

pub use html::drift_html;
pub use picture::drift_svg;
pub use text::drift_text;
pub(crate) use words::effects_in_words;

impl Report for Judged<Drift> {
    const SCHEMA: &'static str = "holdfast/drift/1";
}

/// The drift, with what the judge says of it, as JSON (`holdfast/drift/1`).
///
/// JSON has no infinity: an edge that is infinite is written as the largest number, any other number
/// that is not finite as null.
pub fn drift_json(drift: &Drift, evaluation: &Evaluation) -> String {
    let mut written = drift.clone();
    for column in &mut written.columns {
        make_finite(&mut column.histogram);
    }
    document(&Judged::new(written, evaluation))
}
