//! `holdfast completions`: a completion script for a shell.

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::output::Outcome;

/// Writes the script.
pub(crate) fn run(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "holdfast", &mut script);
    Outcome::clean(String::from_utf8_lossy(&script).into_owned())
}
