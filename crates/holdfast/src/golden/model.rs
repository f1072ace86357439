//! What is run, and what it answers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use holdfast_behaviour::Value;
use holdfast_behaviour::golden::{CallsRecord, GoldenSet, ModelRecord, Prediction};
use holdfast_model::RaisedWarning;
use holdfast_runner::{
    Bytecode, Calls, Contained, Containment, Limits, RunError, RunRequest, Target,
    is_hardware_variable,
};

use super::files::in_project;
use crate::cli::{RecordOptions, RunOptions};
use crate::environment;
use crate::project;

/// A model with its inputs, ready to be run in any environment.
pub(crate) struct Model {
    program: PathBuf,
    project: PathBuf,
    target: Target,
    inputs: Vec<String>,
    seed: u32,
    variables: BTreeMap<String, String>,
    limits: Limits,
    containment: Containment,
}

/// What a model answered, and how the run went.
#[derive(Debug, Clone)]
pub(crate) struct Answers {
    pub(crate) predictions: Vec<Prediction>,
    /// The width of floats, by path.
    pub(crate) types: BTreeMap<String, String>,
    pub(crate) warnings: Vec<RaisedWarning>,
    pub(crate) python: String,
    pub(crate) seconds: f64,
    pub(crate) memory: Option<u64>,
    /// What was in force.
    pub(crate) contained: Vec<String>,
    /// What a person should know of the run, each in one line.
    pub(crate) notes: Vec<String>,
}

/// How much a model may print, in bytes.
const OUTPUT: u64 = 1 << 30;

impl Model {
    /// What a person asks for.
    pub(crate) fn asked(
        options: &RecordOptions,
        record: &ModelRecord,
        inputs: &[Value],
    ) -> Result<Self> {
        Self::new(
            &options.directory,
            record,
            inputs.iter(),
            options.seed,
            &options.run,
        )
    }

    /// What a golden set was recorded with.
    pub(crate) fn recorded(root: &Path, golden: &GoldenSet, run: &RunOptions) -> Result<Self> {
        let inputs = golden.records.iter().map(|record| &record.input);
        let seed = u32::try_from(golden.origin.seed)
            .context("the golden set's seed is beyond 32 bits: record it again")?;
        let mut model = Self::new(root, &golden.origin.model, inputs, seed, run)?;
        for (name, value) in &golden.origin.variables {
            // how the hardware is used is this machine's matter
            if !is_hardware_variable(name) && !model.variables.contains_key(name) {
                model.variables.insert(name.clone(), value.clone());
            }
        }
        Ok(model)
    }

    fn new<'v>(
        root: &Path,
        record: &ModelRecord,
        inputs: impl Iterator<Item = &'v Value>,
        seed: u32,
        run: &RunOptions,
    ) -> Result<Self> {
        let project = project::canonical(root);
        Ok(Self {
            program: environment::program()?,
            target: target(record, &project),
            project,
            inputs: inputs.map(ToString::to_string).collect(),
            seed,
            variables: variables(run),
            limits: Limits {
                time: run.time_limit,
                memory: run.memory_limit,
                processes: run.process_limit,
                output: OUTPUT,
            },
            containment: if run.uncontained {
                Containment::Uncontained
            } else {
                Containment::Contained
            },
        })
    }

    /// What the model finds in its environment, beside what every run sets.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Runs it with an interpreter. `owned` is the environment where it is ours to be written to.
    pub(crate) fn run(&self, python: &Path, owned: Option<&Path>) -> Result<Answers, RunError> {
        let writable: Vec<PathBuf> = owned.iter().map(|it| (*it).to_owned()).collect();
        let run = holdfast_runner::run(&RunRequest {
            holdfast: &self.program,
            python,
            project: &self.project,
            target: &self.target,
            inputs: &self.inputs,
            seed: self.seed,
            variables: &self.variables,
            limits: self.limits,
            containment: self.containment,
            bytecode: if owned.is_some() {
                Bytecode::Write
            } else {
                Bytecode::Leave
            },
            writable: &writable,
        })?;
        let mut predictions = Vec::with_capacity(run.predictions.len());
        for (position, prediction) in run.predictions.iter().enumerate() {
            predictions.push(self.prediction(prediction, position + 1)?);
        }
        let mut notes = Vec::new();
        if run.left_behind > 0 {
            notes.push(format!(
                "{} left {} processes running, which were ended",
                self.target, run.left_behind
            ));
        }
        Ok(Answers {
            predictions,
            types: run.number_types,
            warnings: run.warnings,
            python: run.python,
            seconds: run.seconds,
            memory: run.memory,
            contained: in_words(run.contained.as_ref(), &mut notes),
            notes,
        })
    }

    fn prediction(
        &self,
        prediction: &holdfast_runner::Prediction,
        line: usize,
    ) -> Result<Prediction, RunError> {
        Ok(match prediction {
            holdfast_runner::Prediction::Value(text) => {
                Prediction::Value(Value::parse(text).map_err(|error| RunError::NotJson {
                    what: self.target.to_string(),
                    line,
                    text: format!("{} ({error})", text.chars().take(60).collect::<String>()),
                })?)
            }
            holdfast_runner::Prediction::Failed { category, message } => Prediction::Failed {
                category: category.clone(),
                message: message.clone(),
            },
        })
    }
}

/// The walls that stood, in a few words each; what was missing is noted.
fn in_words(contained: Option<&Contained>, notes: &mut Vec<String>) -> Vec<String> {
    let Some(contained) = contained else {
        return vec!["uncontained".to_owned()];
    };
    notes.extend(
        contained
            .missing
            .iter()
            .map(|missing| format!("the model was not contained in every way: {missing}")),
    );
    [
        (contained.network, "no network"),
        (contained.read_only, "read only"),
        (contained.processes, "own processes"),
        (contained.shared_memory, "own shared memory"),
    ]
    .into_iter()
    .filter(|(stood, _)| *stood)
    .map(|(_, words)| words.to_owned())
    .collect()
}

fn target(record: &ModelRecord, project: &Path) -> Target {
    match record {
        ModelRecord::Script { path } => Target::Script(project.join(path)),
        ModelRecord::Function {
            module,
            function,
            calls,
        } => Target::Function {
            module: module.clone(),
            function: function.clone(),
            calls: match calls {
                CallsRecord::PerInput => Calls::PerInput,
                CallsRecord::AllAtOnce => Calls::AllAtOnce,
            },
        },
        ModelRecord::Mlflow { path } => Target::Mlflow(project.join(path)),
    }
}

/// What the options name, with paths relative to the project.
pub(crate) fn named(options: &RecordOptions) -> Result<ModelRecord> {
    let root = &options.directory;
    if let Some(script) = &options.script {
        let path = in_project(root, script)?;
        return Ok(ModelRecord::Script { path });
    }
    if let Some(folder) = &options.mlflow {
        let path = in_project(root, folder)?;
        return Ok(ModelRecord::Mlflow { path });
    }
    let function = options.function.as_deref().unwrap_or_default();
    let parts = function.split_once(':');
    let Some((module, function)) =
        parts.filter(|(module, name)| !module.is_empty() && !name.is_empty())
    else {
        bail!(
            "`{function}` names no function: write `module:function`, as in `churn.predict:predict`"
        );
    };
    Ok(ModelRecord::Function {
        module: module.to_owned(),
        function: function.to_owned(),
        calls: if options.at_once {
            CallsRecord::AllAtOnce
        } else {
            CallsRecord::PerInput
        },
    })
}

/// The variables that say how this machine's hardware is used, with those that were asked for.
fn variables(run: &RunOptions) -> BTreeMap<String, String> {
    let mut variables = environment::matching(is_hardware_variable);
    variables.extend(run.variables.iter().cloned());
    variables
}
