//! `holdfast model`: what is in model files, and whether loading them is safe. Nothing is loaded.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use holdfast_model::{ArtefactFacts, Facts, Observed};
use holdfast_project::{Hashing, model_files, model_stream};
use holdfast_report::{Inspection, Inspections, NotInspected, inspection_json, inspection_text};
use holdfast_rules::{RuleSet, Selection};

use super::judged::{Judged, Part, outcome};
use crate::cli::{InspectOptions, ModelCommand, ScanOptions};
use crate::environment::Environment;
use crate::output::{Exit, Outcome, Output};
use crate::project;

/// Inspects or scans.
pub(crate) fn run(
    command: &ModelCommand,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    match command {
        ModelCommand::Inspect(options) => inspect(options, output),
        ModelCommand::Scan(options) => scan(options, environment, output),
    }
}

fn inspect(options: &InspectOptions, output: &Output) -> Result<Outcome> {
    let hashing = if options.no_hash {
        Hashing::Skipped
    } else {
        Hashing::Sha256
    };
    let files = look(&options.path, hashing)?;
    let inspections = inspections(&files);
    let text = output.text_or_json(
        |style| inspection_text(&inspections, style),
        || inspection_json(&inspections),
    )?;
    let exit = if inspections.unreadable.is_empty() {
        Exit::Clean
    } else {
        Exit::Incomplete
    };
    Ok(Outcome::new(text, exit))
}

fn inspections(files: &[ArtefactFacts]) -> Inspections {
    let mut inspections = Inspections {
        artefacts: Vec::new(),
        unreadable: Vec::new(),
    };
    for file in files {
        match &file.artefact {
            Observed::Present(artefact) => inspections.artefacts.push(Inspection::from(artefact)),
            Observed::Unreadable { reason, .. } => inspections.unreadable.push(NotInspected {
                path: file.path.clone(),
                reason: reason.clone(),
            }),
            Observed::Absent { .. } | Observed::NotLookedFor => {}
        }
    }
    inspections
}

fn scan(options: &ScanOptions, environment: &Environment, output: &Output) -> Result<Outcome> {
    let facts = Facts {
        artefacts: look(&options.path, Hashing::Skipped)?,
        ..Facts::at(environment.now)
    };
    let selection = Selection::Set(RuleSet::Scan);
    let policy = project::policy_near(&options.path)?;
    let judged = Judged {
        parts: vec![Part::judge(&facts, &selection, &policy)],
        selection: &selection,
        root: Path::new(""),
    };
    Ok(outcome(judged, options.fail, output))
}

fn look(path: &Path, hashing: Hashing) -> Result<Vec<ArtefactFacts>> {
    if path == Path::new("-") {
        let input = model_stream(std::io::stdin().lock(), hashing);
        return Ok(vec![input.context("cannot read standard input")?]);
    }
    let files = model_files(path, hashing)?;
    ensure!(
        !files.is_empty(),
        "`{}` has no files: name a model file, or a directory of them",
        path.display()
    );
    Ok(files)
}
