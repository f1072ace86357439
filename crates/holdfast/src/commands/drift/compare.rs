//! `holdfast drift`: two tables, column by column.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use holdfast_behaviour::drift;
use holdfast_behaviour::table::{self, Source, Table, TableFormat, TableOptions};
use holdfast_model::{Drift, Evaluation, Facts};
use holdfast_report::{
    LookedAt, drift_html, drift_json, drift_svg, drift_text, evaluation_sarif, evaluation_text,
};
use holdfast_rules::{DriftPolicy, Policy, RuleSet, Selection, evaluate};

use super::super::explain::rules;
use super::super::judged::exit;
use crate::cli::{DriftOptions, Format};
use crate::environment::Environment;
use crate::output::{Outcome, Output};
use crate::project;

/// Reads both, compares, judges, prints.
pub(super) fn run(
    options: &DriftOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let (Some(reference), Some(current)) = (&options.reference, &options.current) else {
        anyhow::bail!("name two tables with `--reference` and `--current`");
    };
    let mut policy = project::policy_near(current)?;
    if let Some(correction) = options.correction {
        policy.drift.correction = correction.into();
    }
    let wanted = wanted(options, &policy.drift);
    let reference = Named::read(reference, &wanted, output)?;
    let current = Named::read(current, &wanted, output)?;
    let drift = compare(&reference, &current, policy.drift.correction)?;
    let (drift, evaluation) = judge(drift, &policy, environment);
    if let Some(file) = &options.html {
        let page = drift_html(&drift, &evaluation);
        fs_err::write(file, page).context("cannot write the page")?;
    }
    if let Some(file) = &options.svg {
        let picture = drift_svg(&drift);
        fs_err::write(file, picture).context("cannot write the picture")?;
    }
    let text = text(&drift, &evaluation, output);
    Ok(Outcome::new(text, exit(&evaluation, options.fail)))
}

fn wanted(options: &DriftOptions, policy: &DriftPolicy) -> TableOptions {
    TableOptions {
        columns: options.columns.clone(),
        ignored: policy.ignored.clone(),
        categorical: policy.categorical.clone(),
        ..TableOptions::default()
    }
}

/// A table and its path as it was given.
struct Named {
    name: String,
    table: Table,
}

impl Named {
    fn read(path: &Path, options: &TableOptions, output: &Output) -> Result<Self> {
        // locations have forward slashes
        let name = path.display().to_string().replace('\\', "/");
        let source = Source::file(path).named(&name);
        let table = table::read(&source, TableFormat::of(&name)?, options)?;
        for note in &table.notes {
            output.note(&format!("{name}: {note}"));
        }
        Ok(Self { name, table })
    }
}

fn compare(
    reference: &Named,
    current: &Named,
    correction: holdfast_model::Correction,
) -> Result<Drift> {
    let options = drift::DriftOptions {
        correction,
        reference: reference.name.clone(),
        current: current.name.clone(),
        ..drift::DriftOptions::default()
    };
    let drift = drift::compare(&reference.table, &current.table, &options)?;
    // nothing compared is not nothing found
    ensure!(
        !drift.columns.is_empty(),
        "no column of `{}` and `{}` can be compared{}",
        reference.name,
        current.name,
        reasons(&drift)
    );
    Ok(drift)
}

/// Why columns could not be compared, the first few.
fn reasons(drift: &Drift) -> String {
    const SHOWN: usize = 3;
    let reasons = drift.left_out.iter().take(SHOWN);
    let reasons: Vec<String> = reasons
        .map(|column| format!("`{}`: {}", column.column, column.reason))
        .collect();
    match drift.left_out.len().saturating_sub(SHOWN) {
        _ if reasons.is_empty() => ": they have none".to_owned(),
        0 => format!(": {}", reasons.join("; ")),
        more => format!(": {}; and {more} more", reasons.join("; ")),
    }
}

fn judge(drift: Drift, policy: &Policy, environment: &Environment) -> (Drift, Evaluation) {
    let mut facts = Facts {
        drifts: vec![drift],
        ..Facts::at(environment.now)
    };
    let evaluation = evaluate(&Selection::Set(RuleSet::Drift), &facts, policy);
    (facts.drifts.remove(0), evaluation)
}

fn text(drift: &Drift, evaluation: &Evaluation, output: &Output) -> String {
    match output.format {
        Format::Json => drift_json(drift, evaluation),
        Format::Sarif => evaluation_sarif(evaluation, &rules()),
        Format::Text => {
            let looked_at = LookedAt {
                rules: 1,
                files: 2,
                ..LookedAt::default()
            };
            let judged = evaluation_text(evaluation, &looked_at, None, &output.style);
            format!(
                "{}
{judged}",
                drift_text(drift, evaluation, &output.style)
            )
        }
    }
}
