//! `holdfast list`: what is declared, locked or installed.

use anyhow::{Result, bail};
use holdfast_project::GatherOptions;
use holdfast_report::{inventory_json, inventory_table};

use super::check::picked;
use super::judged::{something_was_found, unreadable};
use crate::cli::ListOptions;
use crate::environment::Environment;
use crate::output::{Exit, Outcome, Output, say};

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
    let unreadable = unreadable(&facts);
    if let Some(first) = unreadable.first()
        && inventory.components.is_empty()
    {
        bail!("{first}");
    }
    let text = output.text_or_json(
        |style| inventory_table(&inventory, style),
        || inventory_json(&inventory),
    )?;
    for file in &unreadable {
        say(&format!("error: not listed: {file}"));
    }
    let exit = if unreadable.is_empty() {
        Exit::Clean
    } else {
        Exit::Incomplete
    };
    Ok(Outcome::new(text, exit))
}
