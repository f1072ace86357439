//! `holdfast check`: every rule over what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;
use holdfast_model::{Declared, Facts, Observed, PackageId, ProjectReleases};
use holdfast_project::{Artefacts, GatherOptions, Project};
use holdfast_rules::{Policy, Selection};
use holdfast_sources::Reach;

use super::judged::{Judged, Part, outcome, some_part_was_found};
use crate::advisories::{Refresh, load};
use crate::cli::CheckOptions;
use crate::environment::Environment;
use crate::network::{Door, Network, releases};
use crate::output::{Outcome, Output};
use crate::project;

/// Gathers, judges, prints.
pub(crate) fn run(
    options: &CheckOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let project = project::open(&options.project.directory)?;
    let network = Network::new(project.config.as_ref(), &[], environment)?;
    let door = Door::open(&network, environment);
    let refresh = if options.online {
        Refresh::WhenOld
    } else {
        Refresh::Never
    };
    let advisories = load(Some(&project), refresh, &door, environment, output)?;
    let mut gathered = GatherOptions {
        environments: picked(&options.project.environments),
        advisories: Some(&advisories),
        artefacts: Artefacts::Inspect,
        now: environment.now,
        ..GatherOptions::default()
    };
    if options.online {
        gathered.releases = Arc::new(online(&project, &gathered, &door, (environment, output))?);
    }
    let policy = policy(&project);
    let selection = Selection::All;
    let parts = holdfast_project::gather_each(&project, &gathered, |facts| {
        Part::judge(&facts, &selection, &policy)
    })?;
    some_part_was_found(&parts, &project.root)?;
    let judged = Judged {
        parts,
        selection: &selection,
        root: &project.root,
    };
    Ok(outcome(judged, options.fail, output))
}

pub(crate) fn picked<T: Clone>(names: &[T]) -> Option<Vec<T>> {
    (!names.is_empty()).then(|| names.to_vec())
}

/// What the project wants; the defaults where it says nothing.
pub(crate) fn policy(project: &Project) -> Policy {
    project
        .config
        .as_ref()
        .map(|config| config.policy.clone())
        .unwrap_or_default()
}

/// What the indexes have of every package that is locked. Reads the project once more for it, since
/// all its facts together may be too many to keep.
fn online(
    project: &Project,
    gathered: &GatherOptions<'_>,
    door: &Door,
    (environment, output): (&Environment, &Output),
) -> Result<BTreeMap<PackageId, ProjectReleases>> {
    let options = GatherOptions {
        environments: gathered.environments.clone(),
        now: gathered.now,
        ..GatherOptions::default()
    };
    let parts = holdfast_project::gather_each(project, &options, wanted)?;
    let (indexes, locked): (Vec<Declared>, Vec<BTreeSet<PackageId>>) = parts.into_iter().unzip();
    let locked: BTreeSet<PackageId> = locked.into_iter().flatten().collect();
    let indexes: Vec<&Declared> = indexes.iter().collect();
    let network = Network::new(project.config.as_ref(), &indexes, environment)?;
    let client = door.client(&network.routing, Reach::Online, environment);
    Ok(releases(
        &client,
        &locked.into_iter().collect::<Vec<_>>(),
        output,
    ))
}

/// The indexes that are declared, and the packages that are locked.
fn wanted(facts: Facts) -> (Declared, BTreeSet<PackageId>) {
    let mut declared = Declared::default();
    let mut packages = BTreeSet::new();
    for environment in facts.environments {
        if let Observed::Present(all) = environment.declared {
            declared.indexes.extend(all.indexes);
        }
        if let Observed::Present(locked) = environment.locked {
            packages.extend(locked.packages.into_iter().map(|package| package.package));
        }
    }
    (declared, packages)
}
