//! One interpreter and what it loads: whether each library finds what it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use holdfast_model::{InstalledPackage, Loading, Need, PackageId, UnmetNeed};

use super::{Environment, Own, SILENT};
use crate::elf::{Elf, Kind};
use crate::loader::{Loader, directories};
use crate::root::Root;

/// What becomes of libraries that are loaded into one interpreter.
pub(super) struct Scope<'a> {
    root: &'a Root,
    loader: &'a Loader<'a>,
    prefix: &'a Path,
    library_path: &'a [PathBuf],
    kind: Option<Kind>,
    /// The search path of the interpreter, which holds for all that it loads.
    inherited: Vec<PathBuf>,
    /// What the interpreter loads, by name.
    process: BTreeMap<String, Arc<Elf>>,
    /// Names by which libraries of the environment are known: packages load those of others first.
    names: BTreeSet<String>,
    pub(super) own: BTreeMap<PathBuf, (String, Option<PackageId>)>,
    owners: &'a BTreeMap<&'a str, PackageId>,
    /// Libraries of the environment: what each needs in vain, and which others it loads.
    pub(super) loaded: BTreeMap<PathBuf, Loaded>,
}

#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) unmet: Vec<Need>,
    needs: Vec<PathBuf>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        environment: &Environment<'a>,
        root: &'a Root,
        loader: &'a Loader<'a>,
        library_path: &'a [PathBuf],
    ) -> Self {
        let mut scope = Self {
            root,
            loader,
            prefix: environment.prefix,
            library_path,
            kind: None,
            inherited: Vec::new(),
            process: BTreeMap::new(),
            names: BTreeSet::new(),
            own: BTreeMap::new(),
            owners: environment.owners,
            loaded: BTreeMap::new(),
        };
        if let Some(path) = environment.executable
            && let Some(elf) = loader.library(path)
        {
            scope.kind = Some(elf.kind);
            let origin = scope.origin(path);
            scope.inherited = directories(&elf.rpath, &origin);
            let own: Vec<PathBuf> = directories(&elf.runpath, &origin);
            for name in &elf.needed {
                let places = scope.inherited.iter().chain(&own).chain(loader.system());
                if let Some(found) = loader.find(name, elf.kind, places) {
                    scope.process.insert(name.clone(), found.elf);
                }
            }
        }
        scope
    }

    pub(super) fn add(&mut self, own: &[Own]) {
        let mut kinds: Vec<(usize, Kind)> = Vec::new();
        for library in own {
            let name = library.relative.rsplit('/').next().unwrap_or_default();
            self.names.insert(name.to_owned());
            self.names.extend(library.elf.name.clone());
            let owner = self.owners.get(library.relative.as_str()).cloned();
            let known = (library.relative.clone(), owner);
            self.own.insert(library.path.clone(), known);
            match kinds.iter_mut().find(|(_, kind)| *kind == library.elf.kind) {
                Some((count, _)) => *count += 1,
                None => kinds.push((1, library.elf.kind)),
            }
        }
        let most = kinds.into_iter().max_by_key(|(count, _)| *count);
        self.kind = self.kind.or(most.map(|(_, kind)| kind));
    }

    pub(super) fn is_of_machine(&self, elf: &Elf) -> bool {
        self.kind == Some(elf.kind)
    }

    /// The directory of a library, as the system inside sees it.
    fn origin(&self, path: &Path) -> PathBuf {
        let directory = path.parent().unwrap_or(self.prefix);
        self.root
            .inside(directory)
            .unwrap_or_else(|| directory.to_owned())
    }

    /// Loads a library of the environment and all that it needs.
    pub(super) fn load(&mut self, path: &Path) {
        let mut waiting = vec![(path.to_owned(), self.inherited.clone())];
        while let Some((path, inherited)) = waiting.pop() {
            if self.loaded.contains_key(&path) {
                continue;
            }
            let Some(elf) = self.loader.library(&path) else {
                continue;
            };
            let (loaded, handed_on) = self.load_one(&path, &elf, inherited);
            for needed in &loaded.needs {
                waiting.push((needed.clone(), handed_on.clone()));
            }
            self.loaded.insert(path, loaded);
        }
    }

    fn load_one(&self, path: &Path, elf: &Elf, inherited: Vec<PathBuf>) -> (Loaded, Vec<PathBuf>) {
        let origin = self.origin(path);
        let runpath = directories(&elf.runpath, &origin);
        let mut handed_on = inherited;
        if elf.runpath.is_empty() {
            for directory in directories(&elf.rpath, &origin).into_iter().rev() {
                if !handed_on.contains(&directory) {
                    handed_on.insert(0, directory);
                }
            }
        }
        let before: &[PathBuf] = if elf.runpath.is_empty() {
            &handed_on
        } else {
            &[]
        };
        let system: &[PathBuf] = if elf.no_default {
            &[]
        } else {
            self.loader.system()
        };
        let mut loaded = Loaded::default();
        let mut found_as: BTreeMap<&str, (Arc<Elf>, String)> = BTreeMap::new();
        for name in &elf.needed {
            if let Some(process) = self.process.get(name) {
                let found = (Arc::clone(process), name.clone());
                found_as.insert(name, found);
                continue;
            }
            let places = before
                .iter()
                .chain(self.library_path)
                .chain(&runpath)
                .chain(system);
            if let Some(found) = self.loader.find(name, elf.kind, places) {
                let shown = self.shown(&found.path);
                if self.own.contains_key(&found.path) {
                    loaded.needs.push(found.path);
                }
                found_as.insert(name, (found.elf, shown));
            } else if !self.names.contains(name) {
                loaded.unmet.push(Need::Library { name: name.clone() });
            }
        }
        for (name, version) in &elf.versions {
            if let Some((library, found)) = found_as.get(name.as_str())
                && !library.defines.is_empty()
                && !library.defines.contains(version)
            {
                loaded.unmet.push(Need::Version {
                    name: name.clone(),
                    version: version.clone(),
                    found: found.clone(),
                });
            }
        }
        (loaded, handed_on)
    }

    /// What packages load without saying so. Where no library tells the kind of machine, nothing
    /// can be searched for.
    pub(super) fn silent(&self, packages: &[InstalledPackage]) -> Vec<UnmetNeed> {
        let Some(kind) = self.kind else {
            return Vec::new();
        };
        let places = || self.library_path.iter().chain(self.loader.system());
        packages
            .iter()
            .filter_map(|package| {
                let (_, name) = SILENT
                    .iter()
                    .find(|(known, _)| *known == package.package.name())?;
                let is_there =
                    self.names.contains(*name) || self.loader.find(name, kind, places()).is_some();
                (!is_there).then(|| UnmetNeed {
                    file: package.path.clone(),
                    owner: Some(package.package.clone()),
                    need: Need::Library {
                        name: (*name).to_owned(),
                    },
                    loading: Loading::Main,
                    files: 1,
                })
            })
            .collect()
    }

    /// A path as people know it: within the environment, else within the file system.
    fn shown(&self, path: &Path) -> String {
        if let Some((relative, _)) = self.own.get(path) {
            return relative.clone();
        }
        let inside = self.root.inside(path);
        inside.as_deref().unwrap_or(path).display().to_string()
    }

    /// A library and all of the environment that it needs, loaded.
    pub(super) fn closure(&mut self, path: &Path) -> BTreeSet<PathBuf> {
        self.load(path);
        let mut closure = BTreeSet::new();
        let mut waiting = vec![path.to_owned()];
        while let Some(path) = waiting.pop() {
            if let Some(loaded) = self.loaded.get(&path) {
                waiting.extend(
                    loaded
                        .needs
                        .iter()
                        .filter(|needed| !closure.contains(*needed))
                        .cloned(),
                );
            }
            closure.insert(path);
        }
        closure
    }

    /// How much libraries need in vain.
    pub(super) fn count(&self, paths: &BTreeSet<PathBuf>) -> usize {
        paths
            .iter()
            .filter_map(|path| self.loaded.get(path))
            .map(|loaded| loaded.unmet.len())
            .sum()
    }
}
