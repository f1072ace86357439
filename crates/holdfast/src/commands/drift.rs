//! `holdfast drift`: two tables beside each other, or a stream.

mod compare;
mod stream;

use anyhow::Result;

use crate::cli::{DriftCommand, DriftOptions};
use crate::environment::Environment;
use crate::output::{Outcome, Output};

/// Compares, or listens.
pub(crate) fn run(
    options: &DriftOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    match &options.command {
        Some(DriftCommand::Stream(options)) => stream::run(options, environment, output),
        None => compare::run(options, environment, output),
    }
}
