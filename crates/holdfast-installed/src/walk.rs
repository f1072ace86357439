//! Every file below some directories, with what can be told without reading it.
//!
//! Links are not followed, so that nothing outside is read and no loop is walked.

use std::path::Path;

use holdfast_model::{Location, UnreadableFile};
use rayon::prelude::*;

use crate::place::{Place, with_slashes};
use crate::root::{Kind, Root, Standing};
use crate::stat::Stat;

/// Deeper than any package.
const DEEPEST: usize = 100;

/// Something in an environment.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Relative to the environment, with forward slashes.
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) stat: Stat,
    /// How many names the file has.
    pub(crate) links: u64,
}

/// What was walked.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// Sorted by path.
    pub(crate) entries: Vec<Entry>,
    pub(crate) unreadable: Vec<UnreadableFile>,
}

impl Walked {
    /// The entry at a path.
    pub(crate) fn get(&self, path: &str) -> Option<&Entry> {
        let position = self.position(path)?;
        self.entries.get(position)
    }

    /// Where the entry of a path is.
    pub(crate) fn position(&self, path: &str) -> Option<usize> {
        self.entries
            .binary_search_by(|entry| entry.path.as_str().cmp(path))
            .ok()
    }

    fn add(&mut self, mut other: Self) {
        self.entries.append(&mut other.entries);
        self.unreadable.append(&mut other.unreadable);
    }
}

/// Walks the directories of packages.
pub(crate) fn walk(place: &Place) -> Walked {
    let mut walked = place
        .site_packages
        .par_iter()
        .map(|directory| {
            let relative = directory.strip_prefix(&place.prefix);
            let relative = with_slashes(relative.unwrap_or(Path::new("")));
            walk_one(&place.system, directory, &relative, 0)
        })
        .reduce(Walked::default, merged);
    walked
        .entries
        .sort_unstable_by(|left, right| left.path.cmp(&right.path));
    walked
}

/// What stands at one path; nothing where there is nothing.
pub(crate) fn look(system: &Root, path: &Path, relative: &str) -> std::io::Result<Option<Entry>> {
    let standing = system.look(path)?;
    Ok(standing.map(|standing| entry(standing, relative.to_owned())))
}

fn merged(mut left: Walked, right: Walked) -> Walked {
    left.add(right);
    left
}

fn walk_one(system: &Root, directory: &Path, relative: &str, depth: usize) -> Walked {
    let mut walked = Walked::default();
    if depth > DEEPEST {
        walked
            .unreadable
            .push(note(relative, "too deep".to_owned()));
        return walked;
    }
    let listing = match system.list(directory) {
        Ok(listing) => listing,
        Err(error) => {
            walked.unreadable.push(note(relative, error.to_string()));
            return walked;
        }
    };
    let mut below = Vec::new();
    for item in listing {
        let item = match item {
            Ok(item) => item,
            Err(error) => {
                walked.unreadable.push(note(relative, error.to_string()));
                continue;
            }
        };
        let name = item.name();
        let path = if relative.is_empty() {
            name
        } else {
            format!("{relative}/{name}")
        };
        match &item.kind {
            Ok(Kind::Directory) => below.push((item.path, path)),
            // the entry's own: a link is not followed
            Ok(Kind::File | Kind::Link | Kind::Special) => match item.standing() {
                Ok(standing) => walked.entries.push(entry(standing, path)),
                Err(error) => walked.unreadable.push(note(&path, error.to_string())),
            },
            Err(error) => walked.unreadable.push(note(&path, error.to_string())),
        }
    }
    let rest = below
        .par_iter()
        .map(|(directory, relative)| walk_one(system, directory, relative, depth + 1))
        .reduce(Walked::default, merged);
    walked.add(rest);
    walked
}

fn entry(standing: Standing, path: String) -> Entry {
    Entry {
        path,
        kind: standing.kind,
        stat: standing.stat,
        links: standing.links,
    }
}

fn note(path: &str, reason: String) -> UnreadableFile {
    UnreadableFile {
        location: Location::start_of(if path.is_empty() { "." } else { path }),
        reason,
    }
}
