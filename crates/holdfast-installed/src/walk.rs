//! Every file below some directories, with what can be told without reading it.
//!
//! Links are not followed, so that nothing outside is read and no loop is walked.

use std::path::{Path, PathBuf};

use holdfast_model::{Location, UnreadableFile};
use rayon::prelude::*;

use crate::stat::{self, Stat};

/// Deeper than any package.
const DEEPEST: usize = 100;

/// Something that is no directory.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Relative to the environment, with forward slashes.
    pub(crate) path: String,
    pub(crate) kind: EntryKind,
    pub(crate) stat: Stat,
    /// How many names the file has.
    pub(crate) links: u64,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File,
    Link,
    /// A device, a pipe or a socket.
    Special,
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

/// Walks `directories`, which lie below `prefix`.
pub(crate) fn walk(prefix: &Path, directories: &[PathBuf]) -> Walked {
    let mut walked = directories
        .par_iter()
        .map(|directory| {
            let relative = directory.strip_prefix(prefix).unwrap_or(Path::new(""));
            let relative = crate::place::with_slashes(relative);
            walk_one(directory, &relative, 0)
        })
        .reduce(Walked::default, merged);
    walked
        .entries
        .sort_unstable_by(|left, right| left.path.cmp(&right.path));
    walked
}

/// What stands at one path; nothing where there is nothing.
pub(crate) fn look(path: &Path, relative: &str) -> std::io::Result<Option<Entry>> {
    match fs_err::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(Some(Entry {
            kind: EntryKind::Special,
            ..entry(&metadata, relative.to_owned())
        })),
        Ok(metadata) => Ok(Some(entry(&metadata, relative.to_owned()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn merged(mut left: Walked, right: Walked) -> Walked {
    left.add(right);
    left
}

fn walk_one(directory: &Path, relative: &str, depth: usize) -> Walked {
    let mut walked = Walked::default();
    if depth > DEEPEST {
        walked
            .unreadable
            .push(note(relative, "too deep".to_owned()));
        return walked;
    }
    let listing = match fs_err::read_dir(directory) {
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
        let name = item.file_name();
        let name = name.to_string_lossy();
        let path = if relative.is_empty() {
            name.into_owned()
        } else {
            format!("{relative}/{name}")
        };
        match item.file_type() {
            Ok(kind) if kind.is_dir() => below.push((item.path(), path)),
            // the entry's own metadata: a link is not followed
            Ok(_) => match item.metadata() {
                Ok(metadata) => walked.entries.push(entry(&metadata, path)),
                Err(error) => walked.unreadable.push(note(&path, error.to_string())),
            },
            Err(error) => walked.unreadable.push(note(&path, error.to_string())),
        }
    }
    let rest = below
        .par_iter()
        .map(|(directory, relative)| walk_one(directory, relative, depth + 1))
        .reduce(Walked::default, merged);
    walked.add(rest);
    walked
}

fn entry(metadata: &std::fs::Metadata, path: String) -> Entry {
    let (stat, links) = stat::of(metadata);
    let kind = if metadata.is_file() {
        EntryKind::File
    } else if metadata.is_symlink() {
        EntryKind::Link
    } else {
        EntryKind::Special
    };
    Entry {
        path,
        kind,
        stat,
        links,
    }
}

fn note(path: &str, reason: String) -> UnreadableFile {
    UnreadableFile {
        location: Location::start_of(if path.is_empty() { "." } else { path }),
        reason,
    }
}
