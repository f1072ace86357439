//! `holdfast golden`: what a model answers, recorded, compared and bisected.

mod bisect;
mod compare;
mod record;
mod told;

use anyhow::Result;

use crate::cli::GoldenCommand;
use crate::environment::Environment;
use crate::output::{Outcome, Output};
use crate::progress::{Progress, Shown};

/// Records, compares or bisects.
pub(crate) fn run(
    command: &GoldenCommand,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    match command {
        GoldenCommand::Record(options) => record::run(options, environment, output),
        GoldenCommand::Compare(options) => compare::run(options, environment, output),
        GoldenCommand::Bisect(options) => bisect::run(options, environment, output),
    }
}

fn progress(output: &Output) -> Progress {
    Progress::new(if output.shows_progress() {
        Shown::Yes
    } else {
        Shown::No
    })
}
