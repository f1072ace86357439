//! What the judge answered, as text, JSON and SARIF.

mod excerpt;
mod gaps;
mod sarif;
mod text;

use holdfast_model::Evaluation;

pub use sarif::evaluation_sarif;
pub use text::evaluation_text;

/// Gives the text of a file that a finding points at, by its path relative to the directory that
/// was checked. `None` leaves the excerpt out.
pub type Sources<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What an evaluation looked at; a clean result says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LookedAt {
    /// How many rules.
    pub rules: usize,
    /// How many files.
    pub files: usize,
    /// How many environments.
    pub environments: usize,
    /// How many packages, over all environments.
    pub packages: usize,
}

/// The evaluation as JSON (`holdfast/evaluation/1`).
pub fn evaluation_json(evaluation: &Evaluation) -> String {
    crate::document::json(evaluation)
}
