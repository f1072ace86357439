//! conda-lock, judged by what it satisfies.
//!
//! Its own hash covers the virtual packages that a machine was said to have and the options of the
//! command line, so that another hash does not mean other requirements; conda-lock's authors advise
//! against it as well.

use holdfast_model::{Freshness, Purpose, Staleness};

use super::satisfied::{self, Held};
use super::{Comparison, unknown, unreadable, verdict};
use crate::locks::conda_lock::Lock;

/// The manifest where the lock names none.
const MANIFESTS: [&str; 2] = ["environment.yml", "environment.yaml"];

/// Packages that conda adds to whatever has Python, and Python, which is declared as the interpreter.
const ADDED: [&str; 4] = ["pip", "setuptools", "wheel", "python"];

/// What a `conda-lock.yml` says of its manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inputs {
    /// The manifests, relative to the lock.
    sources: Vec<String>,
}

impl Inputs {
    pub(crate) fn of(lock: &Lock<'_>) -> Self {
        let metadata = lock.metadata.as_ref();
        let sources = metadata.into_iter().flat_map(|metadata| &metadata.sources);
        Self {
            sources: sources.map(crate::locks::tree::Text::to_text).collect(),
        }
    }
}

/// Manifests that are read at most.
const SOURCES: usize = 32;

pub(super) fn freshness(comparison: &Comparison<'_>, inputs: &Inputs) -> Freshness {
    let defaults = MANIFESTS.map(str::to_owned);
    let sources = match inputs.sources.as_slice() {
        [] => &defaults,
        sources => sources,
    };
    let held = Held::new(comparison.locked);
    let mut declared = holdfast_model::Declared::default();
    let mut differences = Vec::new();
    let mut all_of_conda = true;
    for source in sources.iter().take(SOURCES) {
        let Some(path) = crate::join(&comparison.locked.file, source) else {
            all_of_conda = false;
            continue;
        };
        if !comparison.files.exists(&path) {
            all_of_conda = all_of_conda && inputs.sources.is_empty();
            continue;
        }
        let Some(format) = crate::recognise(&path) else {
            return unknown(format!(
                "`{path}`, of which the lock was made, is of no format that is read"
            ));
        };
        let part = match crate::read(comparison.files, &path, format) {
            Ok(reading) => reading.declared.unwrap_or_default(),
            Err(error) => return unreadable(&error),
        };
        // what other manifests call by PyPI's names, conda-lock looks up under conda's
        let is_environment = [".yml", ".yaml"]
            .iter()
            .any(|ending| path.ends_with(ending));
        all_of_conda &= is_environment;
        let unmet = satisfied::unmet(&part, &held, |purpose| *purpose != Purpose::Build);
        if is_environment {
            differences.extend(unmet);
            differences.extend(satisfied::interpreter(&part, &held));
        }
        declared.merge(part);
    }
    if declared.files.is_empty() {
        return Freshness::NotApplicable;
    }
    if all_of_conda && sources.len() <= SOURCES {
        differences.extend(not_asked_for(&declared, comparison));
    }
    verdict(differences)
}

fn not_asked_for(
    declared: &holdfast_model::Declared,
    comparison: &Comparison<'_>,
) -> Vec<Staleness> {
    let mut found = satisfied::not_asked_for(declared, comparison.locked);
    found.retain(|staleness| {
        !ADDED
            .iter()
            .any(|name| staleness.message.starts_with(&format!("`{name}` ")))
    });
    found
}
