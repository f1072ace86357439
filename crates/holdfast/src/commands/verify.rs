//! `holdfast verify`: what is installed, compared with its lock to the byte.

use anyhow::{Result, bail};
use holdfast_project::GatherOptions;
use holdfast_rules::{RuleSet, Selection};

use super::check::policy;
use super::judged::{Judged, Part, outcome};
use crate::cli::VerifyOptions;
use crate::environment::Environment;
use crate::output::{Outcome, Output};
use crate::place::Place;
use crate::project;
use crate::verifying::{Remember, Target, below, look, miss, targets};

/// Looks at every file, judges, prints.
pub(crate) fn run(
    options: &VerifyOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let root = holdfast_project::root_of(&options.path);
    let project = project::open(&root)?;
    let place = Place::named(&options.place)?;
    let place_is_open = place.is_none() && options.environments.is_empty();
    let configured = project
        .config
        .as_ref()
        .filter(|config| options.path.is_dir() && !config.environments.is_empty());
    let mut targets = match configured {
        Some(config) => targets(&project, config, &options.environments, place, environment)?,
        None => vec![without_configuration(options, place, environment)?],
    };
    let remember = if options.no_cache {
        Remember::No
    } else {
        Remember::Yes
    };
    let policy = policy(&project);
    let selection = Selection::Set(RuleSet::Verify);
    let mut parts = Vec::new();
    // what was never made does not keep the others from being verified, unless it was asked for
    let several = place_is_open && targets.len() > 1 && targets.iter().any(is_there);
    for target in &mut targets {
        if several && !is_there(target) {
            miss(target);
        } else {
            look(target, &root, remember, environment)?;
        }
        parts.push(Part::judge(&target.facts, &selection, &policy));
    }
    let judged = Judged {
        parts,
        selection: &selection,
        root: &root,
    };
    Ok(outcome(judged, options.fail, output))
}

fn is_there(target: &Target) -> bool {
    target.place.path.exists()
}

/// The one lock that is there, or named.
fn without_configuration(
    options: &VerifyOptions,
    place: Option<Place>,
    environment: &Environment,
) -> Result<Target> {
    if let [name, ..] = options.environments.as_slice() {
        bail!(
            "`{}` configures no environment `{name}`: name its lock instead",
            options.path.display()
        );
    }
    let gathered = GatherOptions {
        now: environment.now,
        ..GatherOptions::default()
    };
    let mut facts = holdfast_project::gather_path(&options.path, &gathered)?;
    facts
        .environments
        .retain(|facts| facts.locked != holdfast_model::Observed::NotLookedFor);
    if facts.environments.len() > 1 {
        bail!(
            "`{}` has {} locks: name the one that the environment was made from",
            options.path.display(),
            facts.environments.len()
        );
    }
    Ok(Target {
        name: None,
        facts,
        place: place.unwrap_or_else(|| {
            Place::here(below(&holdfast_project::root_of(&options.path), ".venv"))
        }),
    })
}
