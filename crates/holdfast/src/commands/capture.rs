//! `holdfast capture`: what is installed, written as an artefact.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, bail};
use holdfast_installed::{Surroundings, capture};
use holdfast_model::Capture;
use holdfast_report::{capture_json, capture_lines};

use crate::cli::{CaptureOptions, Format};
use crate::environment::{self, Environment};
use crate::output::{Outcome, Output};
use crate::place::{Place, System};
use crate::project;
use crate::verifying::{Remember, below, default_place, seen};

/// Looks at every file, and writes down what is there; nothing is judged.
pub(crate) fn run(
    options: &CaptureOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    if output.format == Format::Sarif {
        bail!("a capture is JSON: leave `--format` out");
    }
    let place = place(options)?;
    let remember = if options.no_cache {
        Remember::No
    } else {
        Remember::Yes
    };
    let installed = seen(&place, &options.directory, remember, environment)?;
    let captured = capture(
        &installed,
        Surroundings {
            holdfast: env!("CARGO_PKG_VERSION").to_owned(),
            captured: environment.now,
            system: place.surroundings(),
            variables: match place.system {
                System::Machine => variables(),
                // those of this machine are not those of another system
                System::Root(_) | System::Image(..) => BTreeMap::new(),
            },
        },
    );
    for line in capture_lines(&captured) {
        output.note(&line);
    }
    Ok(Outcome::clean(capture_json(&captured)))
}

/// The environment that was named, or that of the project.
fn place(options: &CaptureOptions) -> Result<Place> {
    if let Some(place) = Place::named(&options.place)? {
        return Ok(place);
    }
    here(options).map(Place::here)
}

/// The environment of the project.
fn here(options: &CaptureOptions) -> Result<PathBuf> {
    let project = project::open(&options.directory)?;
    let picked: Vec<_> = options.environment.iter().cloned().collect();
    let Some(config) = &project.config else {
        if let [name, ..] = picked.as_slice() {
            bail!(
                "`{}` configures no environment `{name}`: name its directory with `--venv`",
                options.directory.display()
            );
        }
        return Ok(below(&project.root, ".venv"));
    };
    match project::picked(config, &picked)?.as_slice() {
        [] => Ok(below(&project.root, ".venv")),
        [name] => Ok(default_place(&project, config, name)),
        [first, second, ..] => bail!(
            "there are several environments: say with `-e` whether it is `{first}` or `{second}`, or name its directory with `--venv`"
        ),
    }
}

/// The variables that are captured, where they are set.
fn variables() -> BTreeMap<String, String> {
    Capture::VARIABLES
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), environment::text(name)?)))
        .collect()
}
