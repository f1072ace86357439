//! Recorded predictions beside new ones, as `holdfast golden compare` shows them.

mod html;
mod picture;
mod text;
mod words;

use holdfast_model::{Comparison, Evaluation, Tolerance};

use crate::document::{Report, document};
use crate::judged::{Judged, finite, make_finite};

pub use html::comparison_html;
pub use picture::comparison_svg;
pub use text::comparison_text;
pub(crate) use words::part;

impl Report for Judged<Comparison> {
    const SCHEMA: &'static str = "holdfast/comparison/1";
}

/// The comparison, with what the judge says of it, as JSON (`holdfast/comparison/1`).
///
/// JSON has no infinity: an edge or tolerance that is infinite is written as the largest number, any
/// other number that is not finite as null.
pub fn comparison_json(comparison: &Comparison, evaluation: &Evaluation) -> String {
    let mut written = comparison.clone();
    let tolerance = comparison.tolerance;
    written.tolerance = Tolerance {
        absolute: finite(tolerance.absolute),
        relative: finite(tolerance.relative),
        ulps: tolerance.ulps,
    };
    written.threshold = finite(comparison.threshold);
    let histograms = written.fields.iter_mut();
    for histogram in histograms.filter_map(|field| field.histogram.as_mut()) {
        make_finite(histogram);
    }
    document(&Judged::new(written, evaluation))
}
