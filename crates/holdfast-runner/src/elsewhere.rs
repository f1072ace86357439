//! Where the system is not Unix: nothing is run.

use crate::error::RunError;
use crate::request::RunRequest;
use crate::run::Run;

/// Answers that models are not run here.
///
/// # Errors
/// Always.
pub fn run(_: &RunRequest) -> Result<Run, RunError> {
    Err(RunError::Elsewhere)
}
