//! A project with a model in a temporary directory, and runs of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use holdfast_runner::{
    Bytecode, Calls, Contained, Containment, Limits, Prediction, Run, RunError, RunRequest, Target,
    run,
};

/// A project that is run.
pub(crate) struct Project {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) python: PathBuf,
    pub(crate) limits: Limits,
    pub(crate) containment: Containment,
    pub(crate) bytecode: Bytecode,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) writable: Vec<PathBuf>,
}

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        Self {
            directory,
            python: python(),
            limits: Limits {
                time: Duration::from_secs(20),
                ..Limits::default()
            },
            containment: Containment::Contained,
            bytecode: Bytecode::Leave,
            variables: BTreeMap::new(),
            writable: Vec::new(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn run(&self, target: &Target, inputs: &[&str]) -> Result<Run, RunError> {
        let inputs: Vec<String> = inputs.iter().map(|&input| input.to_owned()).collect();
        run(&RunRequest {
            holdfast: Path::new(env!("CARGO_BIN_EXE_holdfast-runner-contained")),
            python: &self.python,
            project: self.path(),
            target,
            inputs: &inputs,
            seed: 7,
            variables: &self.variables,
            limits: self.limits,
            containment: self.containment,
            bytecode: self.bytecode,
            writable: &self.writable,
        })
    }

    /// `predict.py`.
    pub(crate) fn script(&self, inputs: &[&str]) -> Result<Run, RunError> {
        self.run(&Target::Script("predict.py".into()), inputs)
    }

    /// `model:predict`, called for each input.
    pub(crate) fn function(&self, inputs: &[&str]) -> Result<Run, RunError> {
        self.run(&function("model", "predict", Calls::PerInput), inputs)
    }
}

pub(crate) fn function(module: &str, function: &str, calls: Calls) -> Target {
    Target::Function {
        module: module.to_owned(),
        function: function.to_owned(),
        calls,
    }
}

/// The values; an exception is `Category: message`.
pub(crate) fn values(run: &Run) -> Vec<String> {
    run.predictions
        .iter()
        .map(|prediction| match prediction {
            Prediction::Value(text) => text.clone(),
            Prediction::Failed { category, message } => format!("{category}: {message}"),
        })
        .collect()
}

/// The interpreter of this machine, not a shim of a version manager.
pub(crate) fn python() -> PathBuf {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON
        .get_or_init(|| {
            let output = Command::new("python3")
                .args(["-c", "import sys; print(sys.executable)"])
                .output()
                .expect("`python3` runs");
            String::from_utf8(output.stdout).unwrap().trim().into()
        })
        .clone()
}

/// Whether this kernel lets a model be contained. Where not, the test is skipped and says so.
///
/// # Panics
/// With `CI=true`, where a skipped check would pass for a clean one.
pub(crate) fn can_contain() -> bool {
    walls()
        .as_ref()
        .map_or_else(|refused| skip(refused), |_| true)
}

/// The same for a namespace of processes, which many containers refuse.
pub(crate) fn can_hide_processes() -> bool {
    match walls() {
        Ok(contained) if contained.processes => true,
        Ok(contained) => skip(&contained.missing.join("; ")),
        Err(refused) => skip(refused),
    }
}

/// What is in force here, or why nothing is.
fn walls() -> &'static Result<Contained, String> {
    static WALLS: OnceLock<Result<Contained, String>> = OnceLock::new();
    WALLS.get_or_init(|| match Project::new(&[("predict.py", "")]).script(&[]) {
        Err(error @ RunError::Refused { .. }) => Err(error.to_string()),
        run => Ok(run.unwrap().contained.unwrap()),
    })
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skip(reason: &str) -> bool {
    #[expect(clippy::disallowed_methods, reason = "tests read the environment")]
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!ci, "with CI=true nothing is skipped: {reason}");
    eprintln!("skipped: {reason}");
    false
}
