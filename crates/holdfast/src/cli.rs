//! The command line: names, options and their help.

mod drift;
mod exchange;
mod golden;
mod model;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use holdfast_model::{EnvironmentName, Severity};

pub(crate) use drift::{
    DriftCommand, DriftOptions, StreamDetector, StreamDirection, StreamFailOn, StreamOptions,
};
pub(crate) use exchange::{ExportFormat, ExportOptions, ImportOptions};
pub(crate) use golden::{BisectOptions, CompareOptions, GoldenCommand, RecordOptions, RunOptions};
pub(crate) use model::{InspectOptions, ModelCommand, ScanOptions};

/// Keeps the environment of an AI model exactly what it was when the model was trusted.
#[derive(Debug, Parser)]
#[command(
    name = "holdfast",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// How to print the result.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Write the result to this file instead of standard output.
    #[arg(long, short, global = true, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Say nothing but the result and errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = ColourChoice::Auto, value_name = "WHEN")]
    pub(crate) color: ColourChoice,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs; see the schema that each document names.
    Json,
    /// For code scanning (SARIF 2.1.0); `check`, `audit`, `verify`, `sync`, `lock --check`,
    /// `model scan`, `golden compare` and `drift` only.
    Sarif,
}

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What makes a run fail (exit 1).
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Failing")]
pub(crate) struct FailOptions {
    /// Exit 1 when there is a finding of at least this severity.
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    pub(crate) fail_on: FailOn,
    /// Exit 1 also when something could not be looked at.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// The least severity that fails a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Errors.
    Error,
    /// Warnings and errors.
    Warning,
    /// Any finding.
    Note,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Note => Self::Note,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look at a project and write a commented holdfast.toml.
    Init(InitOptions),
    /// Lock the environments of a project, jointly and under its policy.
    Lock(LockOptions),
    /// Make a virtual environment equal to its lock, to the byte, and verify it.
    Sync(SyncOptions),
    /// Compare what is installed with its lock, to the byte; nothing that is found is run.
    Verify(VerifyOptions),
    /// Write what is installed as an artefact, to be kept and compared, locked or not.
    Capture(CaptureOptions),
    /// Judge everything that is there by every rule; needs no configuration and no network.
    Check(CheckOptions),
    /// Judge by advisories and licences alone: a project, a lock, a requirements file or a venv.
    Audit(AuditOptions),
    /// Model files: what wrote them, and whether loading them is safe; nothing is loaded.
    #[command(subcommand)]
    Model(ModelCommand),
    /// Tell whether data has moved: two tables beside each other, or a stream.
    Drift(DriftOptions),
    /// What a model answers: recorded, compared after an upgrade, and bisected.
    #[command(subcommand)]
    Golden(GoldenCommand),
    /// The advisory data on this machine.
    #[command(subcommand)]
    Advisories(AdvisoriesCommand),
    /// Show the dependency tree of a lock.
    Tree(TreeOptions),
    /// Show why a package is in a lock: every path from a requirement to it.
    Why(WhyOptions),
    /// Compare two locks, two captures, or one with the other.
    Diff(DiffOptions),
    /// Show what could move, and what holds it.
    Outdated(OutdatedOptions),
    /// Make a lock of one of another tool, versions unchanged.
    Import(ImportOptions),
    /// Write a lock in the format of another installer.
    Export(ExportOptions),
    /// List what is declared, locked or installed.
    List(ListOptions),
    /// Show a rule's page, or the catalogue of rules.
    Explain(ExplainOptions),
    /// The cache on this machine.
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Contain a model: `golden` starts this, and it is of no use to people.
    #[command(hide = true)]
    Contained {
        /// Which step, and what it needs.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

/// A project directory and some of its environments.
#[derive(Debug, Args)]
pub(crate) struct ProjectOptions {
    /// The project's directory.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
    /// Only this environment; may be given several times.
    #[arg(long = "environment", short = 'e', value_name = "ENV")]
    pub(crate) environments: Vec<EnvironmentName>,
}

#[derive(Debug, Args)]
pub(crate) struct InitOptions {
    /// The project's directory.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct LockOptions {
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    /// Write nothing; exit 1 when a lock is missing or stale.
    #[arg(long, conflicts_with_all = ["dry_run", "upgrade", "upgrade_package", "upgrade_python"])]
    pub(crate) check: bool,
    /// Use no network, only what is cached.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Write nothing; print what would be written.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Let every package move to its newest admissible version.
    #[arg(long)]
    pub(crate) upgrade: bool,
    /// Let this package move; may be given several times.
    #[arg(long, value_name = "PKG")]
    pub(crate) upgrade_package: Vec<String>,
    /// Lock the patch of the interpreter at hand instead of the locked one.
    #[arg(long)]
    pub(crate) upgrade_python: bool,
    /// Let an advisory pass, by its id or an alias; recorded in the lock. May be given several times.
    #[arg(long, value_name = "ID")]
    pub(crate) allow: Vec<String>,
    #[command(flatten)]
    pub(crate) fail: FailOptions,
}

#[derive(Debug, Args)]
pub(crate) struct SyncOptions {
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    /// The virtual environment; without it `.venv`, or `.venv-ENV` where there are several.
    #[arg(long, value_name = "VENV")]
    pub(crate) venv: Option<PathBuf>,
    /// Use no network, only what is cached.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Read every file again, whatever was read before.
    #[arg(long)]
    pub(crate) no_cache: bool,
    #[command(flatten)]
    pub(crate) fail: FailOptions,
}

/// Where an environment is.
#[derive(Debug, Args)]
pub(crate) struct PlaceOptions {
    /// The virtual environment; without it `.venv`, or `.venv-ENV` where there are several. With
    /// `--root` or `--image` its path in there, which only has to be said where there are several.
    #[arg(long, value_name = "VENV", conflicts_with = "python")]
    pub(crate) venv: Option<PathBuf>,
    /// The interpreter of the environment, which is not run.
    #[arg(long, value_name = "EXE", conflicts_with_all = ["root", "image"])]
    pub(crate) python: Option<PathBuf>,
    /// An unpacked file system that has the environment; nothing outside of it is read.
    #[arg(long, value_name = "ROOT", conflicts_with = "image")]
    pub(crate) root: Option<PathBuf>,
    /// A container image that has the environment: an OCI layout, or an archive that `docker save`
    /// wrote. It is read layer by layer and not unpacked.
    #[arg(long, value_name = "FILE")]
    pub(crate) image: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyOptions {
    /// The project's directory, or a lock.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Only this environment; may be given several times.
    #[arg(long = "environment", short = 'e', value_name = "ENV")]
    pub(crate) environments: Vec<EnvironmentName>,
    #[command(flatten)]
    pub(crate) place: PlaceOptions,
    /// Read every file again, whatever was read before.
    #[arg(long)]
    pub(crate) no_cache: bool,
    #[command(flatten)]
    pub(crate) fail: FailOptions,
}

#[derive(Debug, Args)]
pub(crate) struct CaptureOptions {
    /// The project's directory.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
    /// Which environment, where the project has several.
    #[arg(long = "environment", short = 'e', value_name = "ENV")]
    pub(crate) environment: Option<EnvironmentName>,
    #[command(flatten)]
    pub(crate) place: PlaceOptions,
    /// Read every file again, whatever was read before.
    #[arg(long)]
    pub(crate) no_cache: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    /// Ask package indexes about yanked releases and missing licences.
    #[arg(long)]
    pub(crate) online: bool,
    #[command(flatten)]
    pub(crate) fail: FailOptions,
}

#[derive(Debug, Args)]
pub(crate) struct AuditOptions {
    /// A project, a lock or a requirements file.
    #[arg(value_name = "PATH", conflicts_with = "venv")]
    pub(crate) path: Option<PathBuf>,
    /// A virtual environment, locked or not.
    #[arg(long, value_name = "VENV")]
    pub(crate) venv: Option<PathBuf>,
    /// Only this environment; may be given several times.
    #[arg(long = "environment", short = 'e', value_name = "ENV")]
    pub(crate) environments: Vec<EnvironmentName>,
    /// Use no network, only what is cached.
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) fail: FailOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdvisoriesCommand {
    /// Take OSV records (JSON or YAML) from a directory, zip, tar or tar.zst, or an address of one.
    Import {
        /// Where the records are.
        #[arg(value_name = "PATH|URL")]
        source: String,
    },
    /// Fetch the OSV export.
    Update {
        /// Address of the export, instead of the configured one.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// The project whose configuration names the address.
        #[arg(value_name = "DIR", default_value = ".")]
        directory: PathBuf,
    },
    /// Tell the data's age and counts.
    Status,
}

#[derive(Debug, Args)]
pub(crate) struct TreeOptions {
    /// A project or a lock.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Only this environment; may be given several times.
    #[arg(long = "environment", short = 'e', value_name = "ENV")]
    pub(crate) environments: Vec<EnvironmentName>,
}

#[derive(Debug, Args)]
pub(crate) struct WhyOptions {
    /// The package.
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: String,
    /// A project or a lock.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Only this environment; may be given several times.
    #[arg(long = "environment", short = 'e', value_name = "ENV")]
    pub(crate) environments: Vec<EnvironmentName>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffOptions {
    /// The lock or capture before: a file, or `REV:PATH` in git.
    #[arg(value_name = "A")]
    pub(crate) before: String,
    /// The lock or capture after: a file, or `REV:PATH` in git.
    #[arg(value_name = "B")]
    pub(crate) after: String,
}

#[derive(Debug, Args)]
pub(crate) struct OutdatedOptions {
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    /// Use no network, only what is cached.
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListOptions {
    /// A project, a lock, a requirements file or a virtual environment.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Only this environment; may be given several times.
    #[arg(long = "environment", short = 'e', value_name = "ENV")]
    pub(crate) environments: Vec<EnvironmentName>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainOptions {
    /// The rule's name; with none, the catalogue is shown.
    #[arg(value_name = "RULE")]
    pub(crate) rule: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Print the cache's directory.
    Dir,
    /// Remove what Holdfast cached; advisory data that was imported included.
    Clean,
}
