//! The file system of an image: layers, one put over another.

use std::collections::BTreeMap;
use std::path::Path;

use holdfast_model::{Digest, UnreadableFile};

use super::layer::{self, Changes};
use crate::elf::Elf;
use crate::versions::Versions;

/// The root, which no layer has to bring.
static ROOT: Entry = Entry::Directory;

/// All that is in an image.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Everything but the root, by its path without a leading slash.
    entries: BTreeMap<String, Entry>,
    /// Parts that were passed over, by their paths.
    pub(super) problems: Vec<UnreadableFile>,
}

/// Something in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Directory,
    File(File),
    /// A symbolic link, with its target as written.
    Link(String),
    /// A device or a pipe.
    Special,
}

/// A file in an image, and what was kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Bytes.
    pub(crate) size: u64,
    /// When its content was changed, in seconds since 1970, as the layer tells.
    pub(crate) modified: i64,
    /// SHA-256 of its content.
    pub(crate) hash: Digest,
    /// Its first bytes, at most 16.
    pub(super) head: Vec<u8>,
    /// All of it, where it is one of the few whose content says something of the others.
    pub(super) content: Option<Vec<u8>>,
    /// What it says as a shared library or program, or why that cannot be read.
    pub(crate) elf: Result<Option<Box<Elf>>, String>,
    /// The versions that it names, where it is an interpreter or the library of one.
    pub(crate) versions: Option<Versions>,
}

impl File {
    /// The first bytes: all of them where there are no more than `limit`; nothing where so many were
    /// not kept.
    pub(crate) fn start(&self, limit: u64) -> Option<Vec<u8>> {
        let kept = self.content.as_ref().unwrap_or(&self.head);
        let wanted = usize::try_from(limit.min(self.size)).ok()?;
        kept.get(..wanted).map(<[u8]>::to_vec)
    }
}

impl Tree {
    /// What stands at a path, with or without a leading slash; no link is followed.
    pub(crate) fn entry(&self, path: &Path) -> Option<&Entry> {
        let path = path.to_string_lossy();
        match path.trim_start_matches('/') {
            "" => Some(&ROOT),
            path => self.entries.get(path),
        }
    }

    /// What is directly in a directory, sorted by name.
    pub(crate) fn names(&self, directory: &Path) -> Vec<(&str, &Entry)> {
        let directory = directory.to_string_lossy();
        let mut start = directory.trim_start_matches('/').to_owned();
        if !start.is_empty() {
            start.push('/');
        }
        let mut names = Vec::new();
        let mut from = start.clone();
        'next: loop {
            for (path, entry) in self.entries.range(from.clone()..) {
                let Some(rest) = path.strip_prefix(&start) else {
                    break 'next;
                };
                match rest.split_once('/') {
                    None => names.push((rest, entry)),
                    // all of a directory is passed over at once: `0` comes after `/`
                    Some((name, _)) => {
                        from = format!("{start}{name}0");
                        continue 'next;
                    }
                }
            }
            break;
        }
        names
    }

    /// Everything in it, sorted by path; paths have no leading slash.
    #[cfg(test)]
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries
            .iter()
            .map(|(path, entry)| (path.as_str(), entry))
    }

    /// Puts a layer over what is there: first what it removes, then what it brings.
    pub(super) fn apply(&mut self, changes: Changes) {
        for directory in &changes.emptied {
            self.remove_below(directory);
        }
        for path in &changes.removed {
            self.remove_below(path);
            self.entries.remove(path);
        }
        for (path, entry) in changes.entries {
            self.insert(path, entry);
        }
        for (path, target) in changes.hard_links {
            match self.entries.get(&target) {
                Some(Entry::File(file)) => {
                    let file = Entry::File(file.clone());
                    self.insert(path, file);
                }
                Some(Entry::Directory | Entry::Link(_) | Entry::Special) | None => {
                    let reason = format!("a hard link to `{target}`, which is no file");
                    self.problems.push(layer::problem(&path, reason));
                }
            }
        }
        self.problems.extend(changes.problems);
    }

    fn insert(&mut self, path: String, entry: Entry) {
        for (position, _) in path.match_indices('/') {
            let parent = path.get(..position).unwrap_or_default();
            match self.entries.get(parent) {
                Some(Entry::Directory) => {}
                Some(Entry::File(_) | Entry::Link(_) | Entry::Special) | None => {
                    self.entries.insert(parent.to_owned(), Entry::Directory);
                }
            }
        }
        if entry != Entry::Directory {
            self.remove_below(&path);
        }
        self.entries.insert(path, entry);
    }

    fn remove_below(&mut self, directory: &str) {
        let start = if directory.is_empty() {
            String::new()
        } else {
            format!("{directory}/")
        };
        let below: Vec<String> = self
            .entries
            .range(start.clone()..)
            .take_while(|(path, _)| path.starts_with(&start))
            .map(|(path, _)| path.clone())
            .collect();
        for path in below {
            self.entries.remove(&path);
        }
    }
}
