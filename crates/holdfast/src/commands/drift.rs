//! `holdfast drift`: two tables beside each other, or a stream.

mod stream;

use anyhow::{Result, bail};

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
        None => compare(options),
    }
}

fn compare(options: &DriftOptions) -> Result<Outcome> {
    let DriftOptions {
        reference,
        current,
        columns,
        ..
    } = options;
    bail!("comparing {reference:?} with {current:?} ({columns:?}) is not built yet")
}
