//! `holdfast list`: what is declared, locked or installed.

use anyhow::Result;
use holdfast_project::GatherOptions;
use holdfast_report::{inventory_json, inventory_table};

use super::check::picked;
use super::judged::something_was_found;
use crate::cli::ListOptions;
use crate::environment::Environment;
use crate::output::{Outcome, Output};

/// Gathers and prints.
pub(crate) fn run(
    options: &ListOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let mut gathered = GatherOptions {
        environments: picked(&options.environments),
        now: environment.now,
        ..GatherOptions::default()
    };
    let facts = if options.path.join("pyvenv.cfg").is_file() {
        gathered.installed = Some(options.path.clone());
        holdfast_project::gather_installed(&gathered)?
    } else {
        holdfast_project::gather_path(&options.path, &gathered)?
    };
    something_was_found(&facts, &options.path)?;
    let inventory = holdfast_project::inventory(&facts);
    let text = output.text_or_json(
        |style| inventory_table(&inventory, style),
        || inventory_json(&inventory),
    )?;
    Ok(Outcome::clean(text))
}
