//! The options of `holdfast golden`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};
use holdfast_model::EnvironmentName;

use super::FailOptions;

/// What to do with what a model answers.
#[derive(Debug, Subcommand)]
pub(crate) enum GoldenCommand {
    /// Run a model on inputs and keep what it answers, with all that the answers depend on.
    Record(RecordOptions),
    /// Run it again, here or under another lock, and compare what it answers.
    Compare(CompareOptions),
    /// Find which of the packages that differ between two locks change what it answers.
    Bisect(BisectOptions),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("model").required(true).args(["script", "function", "mlflow"]))]
pub(crate) struct RecordOptions {
    /// The project's directory, which the model finds as its working directory.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
    /// The environment, where the project has several.
    #[arg(long = "environment", short = 'e', value_name = "ENV")]
    pub(crate) environment: Option<EnvironmentName>,
    /// A script: inputs come as JSON lines on standard input, and it prints a line of JSON for each.
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
    /// A function of Python, which is called with each input.
    #[arg(long, value_name = "MODULE:FUNCTION")]
    pub(crate) function: Option<String>,
    /// Call the function once, with the list of all inputs.
    #[arg(long, requires = "function")]
    pub(crate) at_once: bool,
    /// A model of MLflow: the folder that has its `MLmodel`.
    #[arg(long, value_name = "DIR")]
    pub(crate) mlflow: Option<PathBuf>,
    /// The inputs: CSV, JSON lines, or Parquet where this build has it.
    #[arg(long, value_name = "FILE")]
    pub(crate) inputs: PathBuf,
    /// What random numbers are seeded with.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u32,
    /// The virtual environment; without it `.venv`, or `.venv-ENV` where there are several. Where
    /// there is none, one is made from the lock for this run.
    #[arg(long, value_name = "VENV")]
    pub(crate) venv: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: RunOptions,
}

#[derive(Debug, Args)]
pub(crate) struct CompareOptions {
    /// The project's directory.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
    /// The environment to run in; without it, the one of the recording.
    #[arg(
        long = "environment",
        short = 'e',
        value_name = "ENV",
        conflicts_with = "lock"
    )]
    pub(crate) environment: Option<EnvironmentName>,
    /// Run in an environment that is made from this lock.
    #[arg(long, value_name = "FILE", conflicts_with = "venv")]
    pub(crate) lock: Option<PathBuf>,
    /// The golden set; without it, `golden.jsonl` of the project.
    #[arg(long, value_name = "FILE")]
    pub(crate) golden: Option<PathBuf>,
    /// The virtual environment, as for `record`.
    #[arg(long, value_name = "VENV")]
    pub(crate) venv: Option<PathBuf>,
    /// Write a page with pictures for a reviewer to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the pictures alone to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: RunOptions,
    #[command(flatten)]
    pub(crate) fail: FailOptions,
}

#[derive(Debug, Args)]
pub(crate) struct BisectOptions {
    /// The project's directory.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
    /// The lock under which the model answers as it should.
    #[arg(long, value_name = "LOCK")]
    pub(crate) from: PathBuf,
    /// The lock under which it does not.
    #[arg(long, value_name = "LOCK")]
    pub(crate) to: PathBuf,
    /// The golden set; without it, `golden.jsonl` of the project.
    #[arg(long, value_name = "FILE")]
    pub(crate) golden: Option<PathBuf>,
    /// How many environments are tried at once; without it, as many as there are cores, and memory
    /// for the model.
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) jobs: Option<u8>,
    /// Write a page for a reviewer to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: RunOptions,
}

/// How a model is run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Running the model")]
pub(crate) struct RunOptions {
    /// Run it with this user's network and files, for a model that you trust.
    #[arg(long)]
    pub(crate) uncontained: bool,
    /// Let it have this variable; may be given several times. It is written into the golden set, so
    /// it is no place for secrets.
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) variables: Vec<(String, String)>,
    /// How long it may run: `90s`, `10m`.
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(crate) time_limit: Duration,
    /// How much memory it may use: `500MB`, `16GB`.
    #[arg(long, value_name = "SIZE", default_value = "16GB", value_parser = size)]
    pub(crate) memory_limit: u64,
    /// How many processes it may have at once.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) process_limit: u32,
    /// Use no network to make environments, only what is cached.
    #[arg(long)]
    pub(crate) offline: bool,
}

fn variable(text: &str) -> Result<(String, String), String> {
    let wrong = || format!("`{text}` is no variable: write `NAME=VALUE`");
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if name.is_empty() || !is_name {
        return Err(wrong());
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write `90s`, `10m` or `2h`");
    let (number, seconds) = unit(text, &[("s", 1), ("m", 60), ("h", 3600)]).ok_or_else(wrong)?;
    let duration = number.checked_mul(seconds).map(Duration::from_secs);
    duration
        .filter(|duration| !duration.is_zero())
        .ok_or_else(wrong)
}

fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size: write `500MB` or `16GB`");
    let units = [
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("B", 1),
    ];
    let (number, unit) = unit(text, &units).ok_or_else(wrong)?;
    number
        .checked_mul(unit)
        .filter(|size| *size > 0)
        .ok_or_else(wrong)
}

/// A whole number and the factor of the unit behind it.
fn unit(text: &str, units: &[(&str, u64)]) -> Option<(u64, u64)> {
    let text = text.trim();
    units.iter().find_map(|(name, factor)| {
        let number = text.strip_suffix(name)?.trim_end();
        Some((number.parse().ok()?, *factor))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_have_units() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("10 m"), Ok(Duration::from_mins(10)));
        for wrong in ["", "10", "0s", "-1s", "1d", "99999999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!(size("500MB"), Ok(500_000_000));
        assert_eq!(size("16 GiB"), Ok(16 << 30));
        assert_eq!(size("7B"), Ok(7));
        for wrong in ["", "16", "0GB", "99999999999999999GB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_variable_has_a_name_and_a_value() {
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(variable("A_1=b=c"), pair("A_1", "b=c"));
        assert_eq!(variable("A="), pair("A", ""));
        for wrong in ["A", "=b", "A B=c"] {
            assert!(variable(wrong).is_err(), "{wrong}");
        }
    }
}
