//! Files that no package claims, and compiled files that belong to none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use holdfast_model::{Deviation, DeviationKind, PackageId, is_installers_own};
use rayon::prelude::*;

use crate::bytecode::{self, Compiled};
use crate::root::{Kind, Root};
use crate::stat::Stat;
use crate::stat_cache::{Known, StatCache};
use crate::walk::{Entry, Walked};

/// A source is not larger.
const LARGEST_SOURCE: u64 = 64 << 20;

/// What there is, and who claims it.
pub(crate) struct Ownership<'a> {
    pub(crate) system: &'a Root,
    pub(crate) prefix: &'a Path,
    /// The directories that were walked, relative to the prefix.
    pub(crate) walked_directories: &'a [String],
    pub(crate) walked: &'a Walked,
    pub(crate) cache: &'a StatCache,
    /// The package that claims a path.
    pub(crate) owners: &'a BTreeMap<&'a str, PackageId>,
    /// Paths whose content was compared with a hash.
    pub(crate) hashed: &'a BTreeSet<&'a str>,
    /// Metadata directories of packages that have no list of files.
    pub(crate) unlisted: &'a [String],
}

/// What looking at compiled files came to.
#[derive(Debug, Default)]
pub(crate) struct Bytecode {
    pub(crate) deviations: Vec<Deviation>,
    /// Compiled files that belong to a source.
    pub(crate) count: u64,
    /// Headers that were read.
    pub(crate) known: Vec<(String, Stat, Known)>,
}

impl Ownership<'_> {
    /// Compares compiled files with their sources.
    pub(crate) fn bytecode(&self) -> Bytecode {
        let judged: Vec<(&Entry, Option<String>, Option<Known>)> = self
            .walked
            .entries
            .par_iter()
            .filter_map(|entry| {
                let (compiled, source) = self.compiled(entry)?;
                let (problem, known) = self.judge(entry, &compiled, source);
                Some((entry, problem, known))
            })
            .collect();
        let mut bytecode = Bytecode::default();
        for (entry, problem, known) in judged {
            bytecode.count += 1;
            if let Some(known) = known {
                let line = (entry.path.clone(), entry.stat, known);
                bytecode.known.push(line);
            }
            if let Some(reason) = problem {
                let source = bytecode::compiled(&entry.path).map(|compiled| compiled.source);
                bytecode.deviations.push(Deviation {
                    path: entry.path.clone(),
                    owner: source.and_then(|source| self.owners.get(source.as_str()).cloned()),
                    kind: DeviationKind::ForeignBytecode { reason },
                });
            }
        }
        bytecode
    }

    /// The source of a compiled file whose content was not compared, where that is a claimed file.
    fn compiled<'e>(&self, entry: &'e Entry) -> Option<(Compiled<'e>, &Entry)> {
        if entry.kind != Kind::File || self.hashed.contains(entry.path.as_str()) {
            return None;
        }
        let compiled = bytecode::compiled(&entry.path)?;
        let source = self.walked.get(&compiled.source)?;
        (source.kind == Kind::File && self.owners.contains_key(source.path.as_str()))
            .then_some((compiled, source))
    }

    fn judge(
        &self,
        entry: &Entry,
        compiled: &Compiled<'_>,
        source: &Entry,
    ) -> (Option<String>, Option<Known>) {
        let cached = match self.cache.get(&entry.path, &entry.stat) {
            Some(Known::Header(header)) => Some(header.clone()),
            Some(Known::Sha256(_)) | None => None,
        };
        let header = match cached {
            Some(header) => header,
            None => match self
                .system
                .head(&self.prefix.join(&entry.path), bytecode::HEADER as u64)
            {
                Ok(header) => header,
                Err(error) => return (Some(format!("it cannot be read: {error}")), None),
            },
        };
        let text = || {
            let path = self.prefix.join(&source.path);
            self.system.whole_file(&path, LARGEST_SOURCE)
        };
        let problem = bytecode::mismatch(&header, compiled.tag, &source.stat, text);
        (problem, Some(Known::Header(header)))
    }

    /// Files that no package claims. A directory in which there is nothing else is named once.
    pub(crate) fn unclaimed(&self) -> Vec<Deviation> {
        let (claimed, unclaimed): (Vec<&Entry>, Vec<&Entry>) = self
            .walked
            .entries
            .iter()
            .partition(|entry| self.is_accounted_for(entry));
        let mut kept: BTreeSet<&str> = BTreeSet::new();
        kept.extend(self.walked_directories.iter().map(String::as_str));
        for entry in claimed {
            for directory in directories_of(&entry.path) {
                if !kept.insert(directory) {
                    break;
                }
            }
        }
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for entry in unclaimed {
            let topmost = directories_of(&entry.path)
                .take_while(|directory| !kept.contains(directory))
                .last();
            let path = match topmost {
                Some(directory) => format!("{directory}/"),
                None => entry.path.clone(),
            };
            *found.entry(path).or_default() += 1;
        }
        found
            .into_iter()
            .map(|(path, files)| Deviation {
                path,
                owner: None,
                kind: DeviationKind::Unowned { files },
            })
            .collect()
    }

    fn is_accounted_for(&self, entry: &Entry) -> bool {
        let path = entry.path.as_str();
        let owns = |path: &str| self.owners.contains_key(path);
        // a compiled file belongs to its source, even where that is gone
        if owns(path) || bytecode::compiled(path).is_some_and(|compiled| owns(&compiled.source)) {
            return true;
        }
        if let Some((directory, name)) = path.rsplit_once('/')
            && directory.ends_with(".dist-info")
            && is_installers_own(name)
        {
            return true;
        }
        // nobody can tell which files an old kind of package has; its metadata are its own
        self.unlisted.iter().any(|directory| {
            path.strip_prefix(directory.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// The directories above a path, the nearest first.
fn directories_of(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = path;
    std::iter::from_fn(move || {
        let (directory, _) = rest.rsplit_once('/')?;
        rest = directory;
        Some(directory)
    })
}
