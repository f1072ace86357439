//! What is asked of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A run of a model: what, on what, in which environment, and within which bounds.
#[derive(Debug, Clone, Copy)]
pub struct RunRequest<'a> {
    /// Our own program, whose hidden subcommand `contained` sets the containment up.
    pub holdfast: &'a Path,
    /// The interpreter of the environment: `.venv/bin/python`.
    pub python: &'a Path,
    /// The working directory and first place that modules are looked for; read only inside.
    pub project: &'a Path,
    /// What is run.
    pub target: &'a Target,
    /// The inputs, each a JSON text without a line break.
    pub inputs: &'a [String],
    /// The seed of Python's hashes and of the libraries' random numbers.
    pub seed: u32,
    /// What the model finds in its environment beside what is always there: see
    /// [`crate::HARDWARE_VARIABLES`].
    pub variables: &'a BTreeMap<String, String>,
    /// What it may use.
    pub limits: Limits,
    /// Whether it is contained.
    pub containment: Containment,
    /// Whether the interpreter may write bytecode into the environment.
    pub bytecode: Bytecode,
    /// Directories and files that it may write to besides the scratch directory; they exist.
    pub writable: &'a [PathBuf],
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A Python program: inputs are lines of JSON on standard input, predictions are lines of JSON
    /// on standard output, as many and in the same order.
    Script(PathBuf),
    /// A function of a module.
    Function {
        /// The module: `churn.model`.
        module: String,
        /// The function in it, which may be an attribute of something there: `model.predict`.
        function: String,
        /// How it is called.
        calls: Calls,
    },
    /// The directory of a model in MLflow's format, with the flavour `python_function`.
    Mlflow(PathBuf),
}

impl fmt::Display for Target {
    /// As messages name it: `` `predict.py` ``.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Script(path) | Self::Mlflow(path) => write!(formatter, "`{}`", path.display()),
            Self::Function {
                module, function, ..
            } => write!(formatter, "`{module}:{function}`"),
        }
    }
}

/// How a function is called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Calls {
    /// Once for each input, with the input; the seed is set anew before each call.
    #[default]
    PerInput,
    /// Once, with the list of inputs; it returns as many predictions.
    AllAtOnce,
}

/// What a run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take, loading included.
    pub time: Duration,
    /// Bytes of memory that all of its processes may hold resident together.
    pub memory: u64,
    /// Processes that may run at once. See [`Limits::threads`].
    pub processes: u32,
    /// Bytes that it may write to standard output, and also to standard error.
    pub output: u64,
}

impl Limits {
    /// Threads that may run at once, over all processes: libraries start one for each core, in each
    /// process.
    pub fn threads(&self) -> u32 {
        self.processes.saturating_mul(16).saturating_add(1024)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_mins(10),
            memory: 16 << 30,
            processes: 64,
            output: 256 << 20,
        }
    }
}

/// Whether a run is contained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Containment {
    /// No network, nothing written outside of the scratch directory; an error where the kernel
    /// refuses.
    #[default]
    Contained,
    /// As any other program of this user, within the same limits.
    Uncontained,
}

/// Whether the interpreter may write bytecode into the environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Bytecode {
    /// The environment is read only, and no bytecode is written.
    #[default]
    Leave,
    /// The environment may be written to: later starts are quicker.
    Write,
}
