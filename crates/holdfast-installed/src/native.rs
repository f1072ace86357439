//! What the shared libraries of installed packages need, and whether the machine has it.
//!
//! A library counts only where it would be loaded: an extension module of this interpreter and all
//! that it needs; and of libraries that a package loads by name, one of each set of variants.

mod scope;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use holdfast_model::{
    Accelerators, InstalledPackage, Libraries, Loading, Location, Native, Need, PackageId,
    UnmetNeed, UnreadableFile,
};
use rayon::prelude::*;

use crate::elf::Elf;
use crate::loader::Loader;
use crate::root::{Kind, Root};
use crate::walk::Walked;
use scope::Scope;

/// No more needs than this are named.
const MOST_NAMED: usize = 500;

/// Packages that load a library of the system by name, which no file says.
const SILENT: &[(&str, &str)] = &[
    ("cairocffi", "libcairo.so.2"),
    ("python-magic", "libmagic.so.1"),
    ("pyzbar", "libzbar.so.0"),
    ("sounddevice", "libportaudio.so.2"),
    ("weasyprint", "libpango-1.0.so.0"),
];

/// How to look at the native layer of an environment.
#[derive(Debug, Clone)]
pub struct NativeExamination {
    /// The directories in `LD_LIBRARY_PATH`.
    pub library_path: Vec<PathBuf>,
    /// What [`crate::accelerators`] saw, where the environment runs on this machine.
    pub accelerators: Option<Accelerators>,
}

/// An environment whose files were walked.
pub(crate) struct Environment<'a> {
    /// Its directory, without links.
    pub(crate) prefix: &'a Path,
    pub(crate) walked: &'a Walked,
    /// The package that claims a path.
    pub(crate) owners: &'a BTreeMap<&'a str, PackageId>,
    pub(crate) packages: &'a [InstalledPackage],
    /// Its interpreter.
    pub(crate) executable: Option<&'a Path>,
    /// The version of its interpreter: `3.11`.
    pub(crate) minor: Option<&'a str>,
}

/// Looks at the native layer of an environment on a file system.
pub(crate) fn look(
    environment: &Environment<'_>,
    root: &Root,
    examination: &NativeExamination,
) -> Native {
    Native {
        libraries: libraries(environment, root, &examination.library_path),
        accelerators: examination.accelerators.clone(),
    }
}

fn libraries(environment: &Environment<'_>, root: &Root, library_path: &[PathBuf]) -> Libraries {
    let (own, unreadable) = read_all(environment, root);
    let loader = Loader::new(root);
    for library in &own {
        loader.know(library.path.clone(), Arc::clone(&library.elf));
    }
    let mut scope = Scope::new(environment, root, &loader, library_path);
    scope.add(&own);
    let mut modules: Vec<&Own> = Vec::new();
    let mut others: Vec<&Own> = Vec::new();
    for library in own.iter().filter(|own| scope.is_of_machine(&own.elf)) {
        match module(&library.relative, environment.minor) {
            Module::Ours => modules.push(library),
            Module::Other => {}
            Module::None => others.push(library),
        }
    }
    for library in &modules {
        scope.load(&library.path);
    }
    let imported: BTreeSet<PathBuf> = scope.loaded.keys().cloned().collect();
    let mut named = Named::default();
    for path in &imported {
        named.add(&scope, path, Loading::Import);
    }
    let has_modules: BTreeSet<&PackageId> = modules
        .iter()
        .filter_map(|library| environment.owners.get(library.relative.as_str()))
        .collect();
    others.retain(|library| !imported.contains(&library.path));
    for group in groups(&others, environment) {
        let owner = group
            .first()
            .and_then(|first| environment.owners.get(first.relative.as_str()));
        let is_main = owner.is_some_and(|owner| !has_modules.contains(owner));
        let loading = if is_main {
            Loading::Main
        } else {
            Loading::OnDemand
        };
        let closures: Vec<BTreeSet<PathBuf>> = group
            .iter()
            .map(|library| scope.closure(&library.path))
            .collect();
        let best = closures
            .into_iter()
            .min_by_key(|closure| scope.count(closure));
        for path in best.into_iter().flatten() {
            if !imported.contains(&path) {
                named.add(&scope, &path, loading);
            }
        }
    }
    let mut unmet = named.needs();
    unmet.extend(scope.silent(environment.packages));
    unmet.sort();
    let more = unmet.len().saturating_sub(MOST_NAMED);
    unmet.truncate(MOST_NAMED);
    Libraries {
        count: own.len() as u64,
        unmet,
        more_unmet: more as u64,
        unreadable,
    }
}

/// A library of the environment.
struct Own {
    path: PathBuf,
    relative: String,
    elf: Arc<Elf>,
}

/// Reads all libraries of the environment.
fn read_all(environment: &Environment<'_>, root: &Root) -> (Vec<Own>, Vec<UnreadableFile>) {
    let read: Vec<(&String, Result<Option<Elf>, String>)> = environment
        .walked
        .entries
        .par_iter()
        .filter(|entry| entry.kind == Kind::File && is_library(&entry.path))
        .map(|entry| {
            let read = root.library(&environment.prefix.join(&entry.path));
            (&entry.path, read)
        })
        .collect();
    let mut own = Vec::new();
    let mut unreadable = Vec::new();
    for (relative, read) in read {
        match read {
            Ok(Some(elf)) => own.push(Own {
                path: environment.prefix.join(relative),
                relative: relative.clone(),
                elf: Arc::new(elf),
            }),
            // scripts of the linker have such names as well
            Ok(None) => {}
            Err(reason) => unreadable.push(UnreadableFile {
                location: Location::start_of(relative.as_str()),
                reason,
            }),
        }
    }
    (own, unreadable)
}

/// `x.so`, `libx.so.1`, `x.cpython-311-x86_64-linux-gnu.so`.
pub(crate) fn is_library(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.find(".so").is_some_and(|position| {
        let rest = name.get(position + 3..).unwrap_or_default();
        let is_number = |byte: u8| byte.is_ascii_digit() || byte == b'.';
        rest.is_empty() || (rest.starts_with('.') && rest.bytes().all(is_number))
    }) || name.strip_suffix(".so").is_some()
}

/// Whether a library is an extension module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Module {
    /// One of this interpreter.
    Ours,
    /// One of another version, which is never loaded.
    Other,
    /// It is none.
    None,
}

fn module(path: &str, minor: Option<&str>) -> Module {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.ends_with(".abi3.so") || name.contains(".pypy") {
        return Module::Ours;
    }
    let Some((_, tag)) = name.split_once(".cpython-") else {
        return Module::None;
    };
    let Some(minor) = minor else {
        return Module::Ours;
    };
    let wanted = minor.replace('.', "");
    let is_ours = tag.strip_prefix(&wanted).is_some_and(|rest| {
        let rest = rest.trim_start_matches(['t', 'd', 'm']);
        rest.starts_with(['-', '.'])
    });
    if is_ours { Module::Ours } else { Module::Other }
}

/// Sets of libraries of which a package loads one: those in one directory whose names begin with the
/// same word. What another of them needs is loaded with that.
fn groups<'o>(others: &[&'o Own], environment: &Environment<'_>) -> Vec<Vec<&'o Own>> {
    let needed: BTreeSet<&String> = others
        .iter()
        .flat_map(|library| &library.elf.needed)
        .collect();
    let mut groups: BTreeMap<_, Vec<&Own>> = BTreeMap::new();
    for library in others {
        let (directory, name) = library
            .relative
            .rsplit_once('/')
            .unwrap_or(("", &library.relative));
        let known = library.elf.name.as_ref();
        if known.is_some_and(|known| needed.contains(known)) || needed.contains(&name.to_owned()) {
            continue;
        }
        let owner = environment.owners.get(library.relative.as_str());
        groups
            .entry((owner, directory, first_word(name)))
            .or_default()
            .push(library);
    }
    groups.into_values().collect()
}

/// `bitsandbytes` of `libbitsandbytes_cuda118.so`.
fn first_word(name: &str) -> &str {
    let name = name.strip_prefix("lib").unwrap_or(name);
    let name = name.trim_start_matches(['_', '-', '.']);
    name.split(['_', '-', '.']).next().unwrap_or(name)
}

/// Needs that were met by nothing, each once for a package.
#[derive(Default)]
struct Named {
    needs: BTreeMap<(Option<PackageId>, Need, Loading), BTreeSet<String>>,
}

impl Named {
    fn add(&mut self, scope: &Scope<'_>, path: &Path, loading: Loading) {
        let (Some(loaded), Some((relative, owner))) = (scope.loaded.get(path), scope.own.get(path))
        else {
            return;
        };
        for need in &loaded.unmet {
            self.needs
                .entry((owner.clone(), need.clone(), loading))
                .or_default()
                .insert(relative.clone());
        }
    }

    fn needs(mut self) -> Vec<UnmetNeed> {
        // what fails an import is not said of a plugin once more
        let imported: BTreeSet<(Option<PackageId>, Need)> = self
            .needs
            .keys()
            .filter(|(_, _, loading)| *loading == Loading::Import)
            .map(|(owner, need, _)| (owner.clone(), need.clone()))
            .collect();
        self.needs.retain(|(owner, need, loading), _| {
            *loading == Loading::Import || !imported.contains(&(owner.clone(), need.clone()))
        });
        let mut needs: Vec<UnmetNeed> = self
            .needs
            .into_iter()
            .filter_map(|((owner, need, loading), files)| {
                Some(UnmetNeed {
                    files: files.len() as u64,
                    file: files.into_iter().next()?,
                    owner,
                    need,
                    loading,
                })
            })
            .collect();
        needs.sort();
        needs
    }
}

#[cfg(test)]
pub(crate) mod tests;
