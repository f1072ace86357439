//! conda-lock: by its hash of what was asked for, and where that proves nothing by what the lock
//! satisfies and what nothing in it leads to.
//!
//! The hash covers the virtual packages that a machine was said to have, which an option may have
//! named: a hash that comes out proves that nothing changed, one that does not come out proves
//! nothing by itself.

mod content_hash;
mod proof;
mod requested;
#[cfg(test)]
mod tests;
mod virtual_packages;

use holdfast_model::{Declared, Freshness, Purpose};

use self::content_hash::Channel;
use self::proof::{Proof, Recorded, Source, prove};
use super::reach::{self, Roots};
use super::satisfied::{self, Held};
use super::{Comparison, unknown, unreadable, verdict};
use crate::ReadError;
use crate::locks::conda_lock::Lock;
use crate::locks::tree::Text;

/// The manifest where the lock names none.
const MANIFESTS: [&str; 2] = ["environment.yml", "environment.yaml"];

/// Where conda-lock looks for virtual packages that it is to assume.
const VIRTUAL_PACKAGES: [&str; 2] = ["virtual-packages.yml", "virtual-packages.yaml"];

/// What a `conda-lock.yml` says of its manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inputs {
    /// The manifests, relative to the lock.
    sources: Vec<String>,
    recorded: Recorded,
}

impl Inputs {
    pub(crate) fn of(lock: &Lock<'_>) -> Self {
        let Some(metadata) = lock.metadata.as_ref() else {
            return Self {
                sources: Vec::new(),
                recorded: Recorded::default(),
            };
        };
        let hashes = metadata.content_hash.iter();
        let channels = metadata.channels.iter().map(|channel| Channel {
            url: channel.url.to_text(),
            variables: channel.used_env_vars.iter().map(Text::to_text).collect(),
        });
        Self {
            sources: metadata.sources.iter().map(Text::to_text).collect(),
            recorded: Recorded {
                channels: channels.collect(),
                hashes: hashes
                    .map(|(platform, hash)| (platform.to_text(), hash.to_text()))
                    .collect(),
            },
        }
    }
}

/// Manifests that are read at most.
const SOURCES: usize = 32;

pub(super) fn freshness(comparison: &Comparison<'_>, inputs: &Inputs) -> Freshness {
    let manifests = match Manifests::find(comparison, inputs) {
        Ok(manifests) => manifests,
        Err(Obstacle::Unreadable(error)) => return unreadable(&error),
        Err(Obstacle::UnknownFormat(path)) => {
            return unknown(format!(
                "`{path}`, of which the lock was made, is of no format that is read"
            ));
        }
    };
    if manifests.declared.files.is_empty() {
        return Freshness::NotApplicable;
    }
    let proof = match &manifests.environments {
        Some(sources) if !inputs.recorded.hashes.is_empty() => {
            let virtual_packages = VIRTUAL_PACKAGES
                .iter()
                .find_map(|name| comparison.manifest(name)?.ok());
            let text = virtual_packages.as_ref().map(|file| file.text.as_str());
            Some(prove(&inputs.recorded, sources, text, comparison.locked))
        }
        _ => None,
    };
    if proof == Some(Proof::Same) {
        return Freshness::Fresh;
    }
    let mut differences = manifests.differences;
    // what is not read may ask for anything
    if manifests.environments.is_some() && manifests.declared.unread.is_empty() {
        let roots = Roots::of(&manifests.declared);
        differences.extend(reach::left_over(&roots, comparison.locked));
    }
    match proof {
        Some(Proof::Changed(changed)) if differences.is_empty() => verdict(changed),
        Some(Proof::None) if differences.is_empty() => unknown(
            "everything that is asked for is locked, but conda-lock's hash of it does not come out: \
             a range has changed, or the lock was made with options that no file names \
             (`conda-lock lock --check-input-hash` with those options tells)",
        ),
        _ => verdict(differences),
    }
}

/// Why manifests cannot be compared.
enum Obstacle {
    Unreadable(ReadError),
    UnknownFormat(String),
}

/// What the lock was made from.
struct Manifests {
    declared: Declared,
    /// What is asked for and not met.
    differences: Vec<holdfast_model::Staleness>,
    /// The texts, where all manifests are there and environments of conda.
    environments: Option<Vec<Source>>,
}

impl Manifests {
    fn find(comparison: &Comparison<'_>, inputs: &Inputs) -> Result<Self, Obstacle> {
        let defaults = MANIFESTS.map(str::to_owned);
        let named = !inputs.sources.is_empty();
        let names = if named {
            inputs.sources.as_slice()
        } else {
            &defaults
        };
        let held = Held::new(comparison.locked);
        let mut declared = Declared::default();
        let mut differences = Vec::new();
        let mut sources = Vec::new();
        let mut complete = names.len() <= SOURCES;
        for name in names.iter().take(SOURCES) {
            let manifest = match comparison.manifest(name) {
                None => {
                    complete &= !named;
                    continue;
                }
                Some(manifest) => manifest.map_err(Obstacle::Unreadable)?,
            };
            let path = manifest.path;
            let Some(format) = crate::recognise(&path) else {
                return Err(Obstacle::UnknownFormat(path));
            };
            let part = crate::read(comparison.files, &path, format)
                .map_err(Obstacle::Unreadable)?
                .declared
                .unwrap_or_default();
            // what other manifests call by PyPI's names, conda-lock looks up under conda's
            let is_environment = [".yml", ".yaml"]
                .iter()
                .any(|ending| path.ends_with(ending));
            if is_environment {
                let counts = |purpose: &Purpose| *purpose != Purpose::Build;
                differences.extend(satisfied::unmet(&part, &held, counts));
                differences.extend(satisfied::interpreter(&part, &held));
                sources.push(Source {
                    path,
                    text: manifest.text,
                });
            } else {
                complete = false;
            }
            declared.merge(part);
        }
        Ok(Self {
            declared,
            differences,
            environments: complete.then_some(sources),
        })
    }
}
