//! The options of `holdfast drift`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use holdfast_model::Correction;

use super::FailOptions;

/// Two tables, or a stream.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct DriftOptions {
    #[command(subcommand)]
    pub(crate) command: Option<DriftCommand>,
    /// The data that the model knows: CSV, JSON lines or Parquet, by the ending of its name.
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) reference: Option<PathBuf>,
    /// The data that it gets now, likewise.
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) current: Option<PathBuf>,
    /// Only these columns, by name; may be given several times.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// How p-values are corrected for their number, instead of what the project says.
    #[arg(long, value_enum, value_name = "METHOD")]
    pub(crate) correction: Option<DriftCorrection>,
    /// Write a page for a browser, with pictures, to this file too.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the pictures alone to this file too.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) fail: FailOptions,
}

/// How p-values are corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DriftCorrection {
    /// The share of false alarms among the alarms is bounded.
    BenjaminiHochberg,
    /// The chance of any false alarm is bounded.
    Holm,
    /// The same, by the number of tests alone.
    Bonferroni,
    /// Not at all.
    None,
}

impl From<DriftCorrection> for Correction {
    fn from(correction: DriftCorrection) -> Self {
        match correction {
            DriftCorrection::BenjaminiHochberg => Self::BenjaminiHochberg,
            DriftCorrection::Holm => Self::Holm,
            DriftCorrection::Bonferroni => Self::Bonferroni,
            DriftCorrection::None => Self::None,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum DriftCommand {
    /// Tell where values that come one by one begin to be others than before.
    Stream(StreamOptions),
}

#[derive(Debug, Args)]
pub(crate) struct StreamOptions {
    /// The values: one number for each line, JSON lines, or CSV with a heading; without it, or with
    /// `-`, standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// What looks at the values.
    #[arg(long, value_enum, default_value_t = StreamDetector::Adwin)]
    pub(crate) detector: StreamDetector,
    /// Which value of a line: a key of JSON objects; of CSV a name, or a number from 1.
    #[arg(long, value_name = "NAME|N")]
    pub(crate) column: Option<String>,
    /// Wait for more at the end of the file, until Ctrl-C.
    #[arg(long, requires = "file")]
    pub(crate) follow: bool,
    /// Go on from this file where it is there, and save there how far it went.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Pass over lines without a value, counting them, instead of stopping there.
    #[arg(long)]
    pub(crate) skip_invalid: bool,
    /// Exit 1 when this was signalled in this run.
    #[arg(long, value_enum, default_value_t = StreamFailOn::Drift, value_name = "SIGNAL")]
    pub(crate) fail_on: StreamFailOn,
    #[command(flatten)]
    pub(crate) parameters: ParameterOptions,
}

/// What detectors are asked for; each has some of these.
#[derive(Debug, Args)]
#[command(next_help_heading = "Detectors")]
pub(crate) struct ParameterOptions {
    /// page-hinkley: the change that is let pass (default 0.005); adwin: the chance of a false alarm (default 0.002).
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) delta: Option<f64>,
    /// page-hinkley: what the sum of deviations has to exceed (default 50).
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) threshold: Option<f64>,
    /// page-hinkley: what the sum keeps of itself at each value (default 0.9999).
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) forgetting: Option<f64>,
    /// page-hinkley: which changes of the mean count (default both).
    #[arg(long, value_enum)]
    pub(crate) direction: Option<StreamDirection>,
    /// page-hinkley, ddm, eddm: so many values are seen first; of eddm also so many errors (default 30).
    #[arg(long, value_name = "COUNT")]
    pub(crate) minimum: Option<u64>,
    /// adwin: the window is looked at after so many values each (default 32).
    #[arg(long, value_name = "COUNT")]
    pub(crate) clock: Option<u64>,
    /// adwin: so many buckets of each size (default 5).
    #[arg(long, value_name = "COUNT")]
    pub(crate) buckets: Option<u64>,
    /// adwin: so many values at least on both sides of a cut (default 5).
    #[arg(long, value_name = "COUNT")]
    pub(crate) minimum_window: Option<u64>,
    /// adwin: the window is looked at when it has more values than this (default 10).
    #[arg(long, value_name = "COUNT")]
    pub(crate) grace: Option<u64>,
    /// ddm: it warns so many deviations above the least rate of errors (default 2); eddm: below this share of
    /// the greatest distance between errors (default 0.95).
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) warning: Option<f64>,
    /// ddm, eddm: the same for a drift [3; 0.9].
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) drift: Option<f64>,
}

/// What looks at the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StreamDetector {
    /// The sum of deviations from the mean: quick, for numbers of a known size.
    PageHinkley,
    /// A window that is cut where its parts differ: for numbers of any size.
    Adwin,
    /// The rate of errors, of 0 (right) and 1 (wrong): for sudden drift.
    Ddm,
    /// The distance between errors, of 0 and 1: for gradual drift.
    Eddm,
}

/// Which changes of the mean count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StreamDirection {
    /// To greater values.
    Up,
    /// To lesser values.
    Down,
    /// All.
    Both,
}

/// What fails a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StreamFailOn {
    /// Drift.
    Drift,
    /// Drift and warnings.
    Warning,
    /// Nothing.
    Never,
}
