//! `holdfast golden bisect`: which of the packages that differ between two locks change what a model
//! answers.

use std::path::Path;
use std::thread::available_parallelism;

use anyhow::{Context as _, Result, anyhow, bail};
use holdfast_behaviour::bisection::{Candidate, Changes, Found, bisect};
use holdfast_behaviour::comparison::compare;
use holdfast_behaviour::golden::GoldenSet;
use holdfast_model::Locked;
use holdfast_report::{
    BisectedLock, Bisection, BisectionVerdict, bisection_html, bisection_json, bisection_text,
};

use super::compare::{measure, other_artefacts, write};
use super::progress;
use super::told;
use crate::cli::BisectOptions;
use crate::commands::check::policy;
use crate::environment::Environment;
use crate::golden::{self, Answers, Bench, Laboratory, Model, Workshop};
use crate::output::{Exit, Outcome, Output};
use crate::progress::Progress;
use crate::project;

/// Runs the model under both locks, and between them until it is known what makes the difference.
pub(crate) fn run(
    options: &BisectOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let project = project::open(&options.directory)?;
    let file = golden::set_path(options.golden.as_deref(), &project.root);
    let golden = golden::load(&file)?;
    let (before, after) = (golden::read(&options.from)?, golden::read(&options.to)?);
    let changes = Changes::between(&before, &after);
    for path in other_artefacts(&golden.origin.artefacts, &project)? {
        output.note(&format!(
            "`{path}` is not the file that the predictions were recorded with"
        ));
    }
    let progress = progress(output);
    let reach = golden::reach(&options.run);
    let workshop = Workshop::open(&project, reach, environment, &progress)?;
    let model = Model::recorded(&project.root, &golden, &options.run)?;
    let bench = Bench {
        workshop: &workshop,
        model: &model,
        before: &before,
        after: &after,
        changes: &changes,
        measure: measure(&policy(&project)),
        types: &golden.origin.types,
        python: &golden.origin.python,
        environment,
    };
    let start = environment.elapsed();
    let searched = search(bench, options.jobs, &golden, &progress)?;
    progress.finish();
    let mut bisection = told::bisection(&searched, &bench)?;
    bisection.golden = file.display().to_string();
    bisection.from = told_lock(&options.from, &before)?;
    bisection.to = told_lock(&options.to, &after)?;
    bisection.seconds = Some(environment.elapsed().saturating_sub(start).as_secs_f64());
    if let Some(page) = &options.html {
        write(page, &bisection_html(&bisection))?;
    }
    answered(&bisection, output)
}

/// What a search went through, and what it found.
pub(super) struct Searched<'a> {
    pub(super) laboratory: Laboratory<'a>,
    /// What the model answers under each of the two locks.
    pub(super) ends: (Answers, Answers),
    pub(super) inputs: u64,
    pub(super) verdict: BisectionVerdict,
    /// How predictions that should be the same are not.
    pub(super) disagreement: Option<holdfast_model::Comparison>,
    pub(super) found: Found,
}

fn search<'a>(
    bench: Bench<'a>,
    jobs: Option<u8>,
    golden: &GoldenSet,
    progress: &'a Progress,
) -> Result<Searched<'a>> {
    let cores = available_parallelism().map_or(1, usize::from);
    let jobs = jobs.map_or(cores, usize::from);
    let mut laboratory = Laboratory::new(bench, jobs, progress);
    let ends = (Candidate::new(), bench.changes.all());
    laboratory.try_all(&[ends.0.clone(), ends.1.clone()])?;
    let before = end(&laboratory, &ends.0, bench.before)?;
    let after = end(&laboratory, &ends.1, bench.after)?;
    laboratory.limit(at_once(jobs, &[&before, &after]));
    let mut searched = Searched {
        inputs: golden.records.len() as u64,
        verdict: BisectionVerdict::None,
        disagreement: None,
        found: Found::default(),
        ends: (before, after),
        laboratory,
    };
    let (before, after) = &searched.ends;
    let difference = bench.compare(before, after);
    let recorded = compare(
        golden.predictions(),
        &before.predictions,
        bench.types,
        &bench.measure,
    );
    let is_reproduced = recorded.changed == 0;
    if difference.changed == 0 && is_reproduced {
        return Ok(searched);
    }
    // what differs from one run to the next is no package's doing
    let doubtful = if is_reproduced { &ends.1 } else { &ends.0 };
    let first = if is_reproduced { after } else { before };
    let again = searched.laboratory.again(doubtful)?;
    let again = again.map_err(|reason| anyhow!("the model runs once and not again: {reason}"))?;
    let between_runs = bench.compare(first, &again);
    if between_runs.changed > 0 {
        searched.verdict = BisectionVerdict::Unstable;
        searched.disagreement = Some(between_runs);
        return Ok(searched);
    }
    if !is_reproduced {
        searched.verdict = BisectionVerdict::NotReproducible;
        searched.disagreement = Some(recorded);
    }
    if difference.changed > 0 {
        let found = bisect(bench.changes, (before, after), &mut searched.laboratory)?;
        let inseparable = found
            .culprits
            .iter()
            .any(|culprit| !culprit.inseparable.is_empty());
        // who makes the two locks differ is known even where the recording does not come back, and
        // is told beside that
        if is_reproduced {
            searched.verdict = if inseparable {
                BisectionVerdict::Inseparable
            } else {
                BisectionVerdict::Culprits
            };
        }
        searched.found = found;
    }
    Ok(searched)
}

/// What the model answers under one of the locks; without that there is nothing to search for.
fn end(laboratory: &Laboratory<'_>, candidate: &Candidate, locked: &Locked) -> Result<Answers> {
    let measured = laboratory
        .measured(candidate)
        .context("an end of the search was not tried")?;
    match &measured.answers {
        Ok(answers) => Ok(answers.clone()),
        Err(reason) => bail!("the model does not run under `{}`: {reason}", locked.file),
    }
}

/// As many as were asked for, and as memory has room for with what the model took.
fn at_once(jobs: usize, ends: &[&Answers]) -> usize {
    let taken = ends.iter().filter_map(|answers| answers.memory).max();
    match (taken, golden::available_memory()) {
        (Some(taken), Some(available)) if taken > 0 => {
            // a quarter more than it took, since nobody knows what other versions take
            let room = available / (taken + taken / 4);
            jobs.min(usize::try_from(room).unwrap_or(jobs)).max(1)
        }
        _ => jobs,
    }
}

fn told_lock(path: &Path, locked: &Locked) -> Result<BisectedLock> {
    Ok(BisectedLock {
        lock: path.display().to_string(),
        digest: golden::digest_of(path)?.1,
        python: locked
            .holdfast
            .as_ref()
            .map(|metadata| metadata.python.clone()),
    })
}

fn answered(bisection: &Bisection, output: &Output) -> Result<Outcome> {
    let text = output.text_or_json(
        |style| bisection_text(bisection, style),
        || bisection_json(bisection),
    )?;
    let exit = match bisection.verdict {
        BisectionVerdict::Culprits | BisectionVerdict::None | BisectionVerdict::Inseparable => {
            Exit::Clean
        }
        BisectionVerdict::NotReproducible | BisectionVerdict::Unstable => Exit::Incomplete,
    };
    Ok(Outcome::new(text, exit))
}
