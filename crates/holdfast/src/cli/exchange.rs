//! Options of the commands that exchange locks with other tools.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use holdfast_model::EnvironmentName;

#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
    /// A lock of another tool, or a directory that has one.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// The environment to make the lock of; by default that of the configuration, else `default`.
    #[arg(long = "environment", short = 'e', value_name = "ENV")]
    pub(crate) environment: Option<EnvironmentName>,
    /// Take this group, extra or environment of the lock besides what is always installed, and leave
    /// the others out; may be given several times.
    #[arg(long = "group", value_name = "NAME")]
    pub(crate) groups: Vec<String>,
    /// Use no network, only what is cached.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Write nothing; print what would be written.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportOptions {
    /// A lock of any tool, or a project.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Which environment's lock.
    #[arg(long = "environment", short = 'e', value_name = "ENV")]
    pub(crate) environment: Option<EnvironmentName>,
    /// What to write.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) to: ExportFormat,
    /// Take this group or extra of the lock as well; may be given several times.
    #[arg(long = "group", value_name = "NAME")]
    pub(crate) groups: Vec<String>,
    /// Leave hashes out of requirements, so that repositories and directories can be among them.
    #[arg(long)]
    pub(crate) no_hashes: bool,
}

/// The formats of other installers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// requirements.txt with hashes, for pip and uv.
    Requirements,
    /// constraints.txt: versions, asking for nothing.
    Constraints,
    /// environment.yml, for conda, mamba and micromamba.
    Conda,
}
