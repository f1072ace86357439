//! `holdfast golden compare`: a golden set replayed, and compared with what was recorded.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use holdfast_behaviour::comparison::{Measure, compare, compare_warnings};
use holdfast_behaviour::golden::{FileRecord, GoldenSet};
use holdfast_model::{Comparison, Evaluation, Facts, ReplaySide};
use holdfast_project::Project;
use holdfast_report::{
    comparison_html, comparison_json, comparison_svg, comparison_text, evaluation_sarif,
    evaluation_text,
};
use holdfast_rules::{Policy, RuleSet, Selection, evaluate};

use super::progress;
use crate::cli::{CompareOptions, Format};
use crate::commands::check::policy;
use crate::commands::explain::rules;
use crate::commands::judged::exit;
use crate::environment::Environment;
use crate::golden::{self, Answers, Model, Ready, Surroundings, Where};
use crate::output::{Outcome, Output};
use crate::project;

/// Replays, compares, judges, prints.
pub(crate) fn run(
    options: &CompareOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let project = project::open(&options.directory)?;
    let file = golden::set_path(options.golden.as_deref(), &project.root);
    let golden = golden::load(&file)?;
    let progress = progress(output);
    let surroundings = Surroundings {
        project: &project,
        run: &options.run,
        environment,
        progress: &progress,
        python: &golden.origin.python,
    };
    let ready = golden::ready(wanted(options, &golden)?, &surroundings)?;
    progress.say(format!(
        "running the model on {} inputs",
        golden.records.len()
    ));
    let model = Model::recorded(&project.root, &golden, &options.run)?;
    let made = ready.made.as_ref().map(|made| made.directory.as_path());
    let answers = model.run(&ready.python, made)?;
    progress.finish();
    for note in &answers.notes {
        output.note(note);
    }
    let policy = policy(&project);
    let mut comparison = compared(&golden, &answers, &policy);
    comparison.golden = file.display().to_string();
    comparison.before = before(&golden);
    comparison.after = after(&ready, &answers)?;
    comparison.other_artefacts = other_artefacts(&golden.origin.artefacts, &project)?;
    let facts = Facts {
        comparisons: vec![comparison.clone()],
        ..Facts::at(environment.now)
    };
    let evaluation = evaluate(&Selection::Set(RuleSet::Golden), &facts, &policy);
    keep_pages(options, &comparison, &evaluation)?;
    Ok(told(&comparison, &evaluation, options, output))
}

fn wanted(options: &CompareOptions, golden: &GoldenSet) -> Result<Where> {
    if let Some(lock) = &options.lock {
        return Ok(Where::Lock(lock.clone()));
    }
    let name = match (&options.environment, &golden.origin.environment) {
        (Some(name), _) => name.clone(),
        (None, Some(recorded)) => recorded
            .parse()
            .with_context(|| format!("the golden set names an environment `{recorded}`"))?,
        (None, None) => anyhow::bail!("say with `-e` or `--lock` what to compare with"),
    };
    Ok(Where::Environment {
        name,
        venv: options.venv.clone(),
    })
}

/// What was recorded beside what is answered, by what the policy counts as equal.
pub(super) fn compared(golden: &GoldenSet, answers: &Answers, policy: &Policy) -> Comparison {
    let measure = measure(policy);
    let mut types: BTreeMap<String, String> = answers.types.clone();
    types.extend(golden.origin.types.clone());
    let mut comparison = compare(golden.predictions(), &answers.predictions, &types, &measure);
    (comparison.raised, comparison.gone) =
        compare_warnings(&golden.run.warnings, &answers.warnings);
    comparison
}

/// What the policy counts as equal.
pub(super) fn measure(policy: &Policy) -> Measure {
    Measure {
        tolerance: policy.predictions.tolerance,
        threshold: policy.predictions.threshold,
    }
}

fn before(golden: &GoldenSet) -> ReplaySide {
    let environment = golden.origin.environment.as_ref();
    ReplaySide {
        environment: environment.and_then(|name| name.parse().ok()),
        lock: Some(golden.origin.lock.path.clone()),
        lock_digest: Some(golden.origin.lock.digest.clone()),
        python: Some(golden.origin.python.clone()),
        machine: Some(golden.run.machine.in_words()),
        seconds: Some(golden.run.seconds),
        memory: golden.run.memory,
    }
}

fn after(ready: &Ready, answers: &Answers) -> Result<ReplaySide> {
    Ok(ReplaySide {
        environment: ready.name.clone(),
        lock: Some(ready.locked.file.clone()),
        lock_digest: Some(golden::digest_of(&ready.lock)?.1),
        python: Some(answers.python.clone()),
        machine: Some(golden::machine().in_words()),
        seconds: Some(answers.seconds),
        memory: answers.memory,
    })
}

/// The files of the recording that are others now, or gone.
pub(super) fn other_artefacts(recorded: &[FileRecord], project: &Project) -> Result<Vec<String>> {
    let mut others = Vec::new();
    for record in recorded {
        let place = project.root.join(&record.path);
        let is_same = place.is_file() && golden::digest_of(&place)?.1 == record.digest;
        if !is_same {
            others.push(record.path.clone());
        }
    }
    Ok(others)
}

fn keep_pages(
    options: &CompareOptions,
    comparison: &Comparison,
    evaluation: &Evaluation,
) -> Result<()> {
    if let Some(file) = &options.html {
        write(file, &comparison_html(comparison, evaluation))?;
    }
    if let Some(file) = &options.svg {
        write(file, &comparison_svg(comparison))?;
    }
    Ok(())
}

/// Writes a page beside the result.
pub(super) fn write(file: &Path, text: &str) -> Result<()> {
    fs_err::write(file, text).context("cannot write the page")
}

fn told(
    comparison: &Comparison,
    evaluation: &Evaluation,
    options: &CompareOptions,
    output: &Output,
) -> Outcome {
    let text = match output.format {
        Format::Json => comparison_json(comparison, evaluation),
        Format::Sarif => evaluation_sarif(evaluation, &rules()),
        Format::Text => {
            let looked_at = holdfast_report::LookedAt {
                rules: 1,
                files: 1,
                ..holdfast_report::LookedAt::default()
            };
            let judged = evaluation_text(evaluation, &looked_at, None, &output.style);
            format!("{}\n{judged}", comparison_text(comparison, &output.style))
        }
    };
    Outcome::new(text, exit(evaluation, options.fail))
}
