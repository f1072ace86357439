//! `holdfast golden record`: what a model answers, kept with all that the answers depend on.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use holdfast_behaviour::Value;
use holdfast_behaviour::golden::{
    GoldenSet, InputRecord, LockRecord, ModelRecord, Origin, Prediction, Record, RunRecord,
    WarningRecord, write,
};
use holdfast_behaviour::table::{Source, TableFormat, TableOptions, records};
use holdfast_model::EnvironmentName;
use holdfast_project::Project;
use holdfast_report::{Recording, recording_json, recording_text};

use super::progress;
use crate::cli::RecordOptions;
use crate::environment::Environment;
use crate::golden::{self, Answers, Model, Ready, Surroundings, Where};
use crate::output::{Destination, Outcome, Output};
use crate::project;

/// Runs the model, and writes what it answers.
pub(crate) fn run(
    options: &RecordOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let project = project::open(&options.directory)?;
    let name = name(options.environment.as_ref(), &project)?;
    let model = golden::named(options)?;
    let inputs = inputs(&options.inputs)?;
    let progress = progress(output);
    let surroundings = Surroundings {
        project: &project,
        run: &options.run,
        environment,
        progress: &progress,
        python: "",
    };
    let wanted = Where::Environment {
        name: name.clone(),
        venv: options.venv.clone(),
    };
    let ready = golden::ready(wanted, &surroundings)?;
    progress.say(format!("running the model on {} inputs", inputs.len()));
    let runnable = Model::asked(options, &model, &inputs)?;
    let made = ready.made.as_ref().map(|made| made.directory.as_path());
    let answers = runnable.run(&ready.python, made)?;
    progress.finish();
    let asked = Asked {
        options,
        project: &project,
        name: &name,
        model,
        variables: runnable.variables().clone(),
    };
    let golden = asked.golden(inputs, answers.clone(), &ready, environment)?;
    for note in &answers.notes {
        output.note(note);
    }
    told(&golden, output)
}

/// The environment that was named, or the only one that there is.
fn name(named: Option<&EnvironmentName>, project: &Project) -> Result<EnvironmentName> {
    let config = project::configuration(project)?;
    let picked: Vec<EnvironmentName> = named.cloned().into_iter().collect();
    match project::picked(config, &picked)?.as_slice() {
        [name] => Ok(name.clone()),
        [first, second, ..] => {
            bail!(
                "there are several environments: say with `-e` whether it is `{first}` or `{second}`"
            )
        }
        [] => bail!("{} configures no environment that has a lock", config.file),
    }
}

fn inputs(path: &Path) -> Result<Vec<Value>> {
    let shown = path.display().to_string();
    let format = TableFormat::of(&shown)?;
    let inputs = records(&Source::file(path), format, &TableOptions::default())?;
    ensure!(
        !inputs.is_empty(),
        "`{shown}` has no rows: give some that stand for those of production"
    );
    Ok(inputs)
}

/// What was asked for, and of what.
struct Asked<'a> {
    options: &'a RecordOptions,
    project: &'a Project,
    name: &'a EnvironmentName,
    model: ModelRecord,
    variables: std::collections::BTreeMap<String, String>,
}

impl Asked<'_> {
    fn golden(
        self,
        inputs: Vec<Value>,
        answers: Answers,
        ready: &Ready,
        environment: &Environment,
    ) -> Result<GoldenSet> {
        let (_, digest) = golden::digest_of(&self.options.inputs)?;
        let lock = ready.locked.holdfast.as_ref();
        let artefacts = golden::records(self.project, self.name, lock, &self.model, environment)?;
        let origin = Origin {
            environment: Some(self.name.to_string()),
            lock: LockRecord {
                path: ready.locked.file.clone(),
                digest: golden::digest_of(&ready.lock)?.1,
            },
            python: answers.python,
            model: self.model,
            inputs: InputRecord {
                path: self.options.inputs.display().to_string(),
                digest,
                count: inputs.len() as u64,
            },
            artefacts,
            seed: u64::from(self.options.seed),
            variables: self.variables,
            types: answers.types,
        };
        let warnings = answers.warnings.into_iter().map(|warning| WarningRecord {
            category: warning.category,
            message: warning.message,
        });
        let records = inputs.into_iter().zip(answers.predictions);
        Ok(GoldenSet {
            origin,
            run: RunRecord {
                recorded: environment.now.to_string(),
                holdfast: env!("CARGO_PKG_VERSION").to_owned(),
                machine: golden::machine(),
                contained: answers.contained,
                seconds: answers.seconds,
                memory: answers.memory,
                warnings: warnings.collect(),
            },
            records: records
                .map(|(input, prediction)| Record { input, prediction })
                .collect(),
        })
    }
}

/// Writes the set to the file that was named, and says what is in it; without one, prints the set.
fn told(golden: &GoldenSet, output: &Output) -> Result<Outcome> {
    let Some(file) = output.file() else {
        return Ok(Outcome::clean(write(golden)));
    };
    golden::save(golden, file)?;
    let recording = recording(golden, file);
    let text = output.text_or_json(
        |style| recording_text(&recording, style),
        || recording_json(&recording),
    )?;
    Ok(Outcome {
        destination: Destination::Terminal,
        ..Outcome::clean(text)
    })
}

fn recording(golden: &GoldenSet, file: &Path) -> Recording {
    let failed = golden
        .records
        .iter()
        .filter(|record| matches!(record.prediction, Prediction::Failed { .. }));
    Recording {
        golden: file.display().to_string(),
        environment: golden.origin.environment.clone(),
        lock: golden.origin.lock.path.clone(),
        lock_digest: golden.origin.lock.digest.clone(),
        python: golden.origin.python.clone(),
        inputs: golden.records.len() as u64,
        failed: failed.count() as u64,
        artefacts: golden
            .origin
            .artefacts
            .iter()
            .map(|artefact| artefact.path.clone())
            .collect(),
        warnings: golden.run.warnings.len() as u64,
        contained: golden.run.contained.clone(),
        seconds: golden.run.seconds,
        memory: golden.run.memory,
    }
}
