//! `holdfast audit`: the advisory and licence rules alone.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use holdfast_project::{GatherOptions, Project};
use holdfast_rules::{Policy, RuleSet, Selection};

use super::check::{picked, policy};
use super::judged::{Judged, Part, everything_was_read, outcome, some_part_was_found};
use crate::advisories::{Refresh, load};
use crate::cli::AuditOptions;
use crate::environment::Environment;
use crate::network::{Door, Network};
use crate::output::{Outcome, Output};
use crate::project;

/// Gathers what is named, judges, prints.
pub(crate) fn run(
    options: &AuditOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let path = options.path.clone().unwrap_or_else(|| PathBuf::from("."));
    let project = configured(options, &path)?;
    // nobody waits for a feed to hear of a wrong path
    fs_err::metadata(options.venv.as_ref().unwrap_or(&path)).with_context(|| {
        format!(
            "cannot look at `{}`",
            options.venv.as_ref().unwrap_or(&path).display()
        )
    })?;
    let network = Network::new(
        project.as_ref().and_then(|project| project.config.as_ref()),
        &[],
        environment,
    )?;
    let door = Door::open(&network, environment);
    let refresh = if options.offline {
        Refresh::Never
    } else {
        Refresh::WhenOld
    };
    let advisories = load(project.as_ref(), refresh, &door, environment, output)?;
    let gathered = GatherOptions {
        environments: picked(&options.environments),
        now: environment.now,
        advisories: Some(&advisories),
        installed: options.venv.clone(),
        ..GatherOptions::default()
    };
    let policy = project.as_ref().map_or_else(Policy::default, policy);
    let selection = Selection::Set(RuleSet::Audit);
    let judge = |facts| Part::judge(&facts, &selection, &policy);
    let (parts, root) = if options.venv.is_some() {
        let facts = holdfast_project::gather_installed(&gathered)?;
        (vec![judge(facts)], PathBuf::from("."))
    } else {
        (
            holdfast_project::gather_path_each(&path, &gathered, judge)?,
            holdfast_project::root_of(&path),
        )
    };
    some_part_was_found(&parts, &path)?;
    if options.venv.is_none() && !path.is_dir() {
        everything_was_read(&parts)?;
    }
    let judged = Judged {
        parts,
        selection: &selection,
        root: &root,
    };
    Ok(outcome(judged, options.fail, output))
}

/// The project whose policy and advisories count: the one named, or the one that the file lies in.
fn configured(options: &AuditOptions, path: &Path) -> Result<Option<Project>> {
    let directory = if options.venv.is_some() {
        PathBuf::from(".")
    } else {
        holdfast_project::root_of(path)
    };
    if directory.is_dir() {
        project::open(&directory).map(Some)
    } else {
        Ok(None)
    }
}
