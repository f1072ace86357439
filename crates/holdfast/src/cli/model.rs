//! The options of `holdfast model`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::FailOptions;

/// What to do with model files. No project is needed, and nothing is loaded.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// Tell what a model file is, what wrote it, and what loading it would import.
    Inspect(InspectOptions),
    /// Judge whether loading model files does what it should not.
    Scan(ScanOptions),
}

#[derive(Debug, Args)]
pub(crate) struct InspectOptions {
    /// The file, or a directory of them; `-` reads standard input.
    #[arg(value_name = "FILE|DIR")]
    pub(crate) path: PathBuf,
    /// Do not hash the files: large ones are then told of without being read whole.
    #[arg(long)]
    pub(crate) no_hash: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ScanOptions {
    /// The file, or a directory of them; `-` reads standard input.
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) fail: FailOptions,
}
