//! What was seen of an environment, brought together: counts, deviations, start-up code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use holdfast_model::{
    Contents, Deviation, DeviationKind, InstalledRecord, PackageContents, PackageId, ShadowedBy,
    SharedFiles, StartUpCode, StartUpKind,
};

use crate::examine::Examination;
use crate::files::{Claimed, Judged};
use crate::place::Place;
use crate::record::{self, Claim, Role};
use crate::search_path::{self, Place as SearchPlace};
use crate::stat_cache::StatCache;
use crate::unowned::Ownership;
use crate::walk::Walked;
use crate::{interpreter, program, start_up};

/// No more deviations than this are named.
const MOST_NAMED: usize = 2_000;

/// All that was seen, to be brought together.
pub(crate) struct Seen<'a> {
    pub(crate) place: &'a Place,
    pub(crate) directories: &'a [String],
    pub(crate) walked: &'a Walked,
    pub(crate) packages: &'a [PackageId],
    pub(crate) claims: &'a [&'a [Claim]],
    pub(crate) claimed: &'a Claimed<'a>,
    pub(crate) judged: &'a BTreeMap<&'a str, Judged>,
}

impl Seen<'_> {
    /// The files of one package, counted and hashed.
    pub(crate) fn package(
        &self,
        position: usize,
        record: Option<&Result<Vec<Claim>, String>>,
    ) -> PackageContents {
        let claims = self.claims.get(position).copied().unwrap_or_default();
        let mut files = 0;
        let mut bytes = 0;
        let mut actual = Vec::new();
        let mut recorded = Vec::new();
        for claim in claims {
            let judged = claim.path.as_deref().and_then(|path| self.judged.get(path));
            let restored = judged.and_then(|judged| judged.restored.as_ref());
            let found = judged.and_then(|judged| judged.hash.as_ref());
            if let Some(hash) = restored.or(found) {
                files += 1;
                bytes += judged.map_or(0, |judged| judged.size);
                actual.push((claim, hash.clone()));
            }
            if let Some(hash) = &claim.hash {
                recorded.push((claim, restored.unwrap_or(hash).clone()));
            }
        }
        PackageContents {
            files,
            bytes,
            digest: record::list(actual.into_iter()).digest(),
            record: match record {
                None => InstalledRecord::Absent,
                Some(Err(reason)) => InstalledRecord::Unreadable {
                    reason: reason.clone(),
                },
                Some(Ok(_)) => InstalledRecord::Read {
                    digest: record::list(recorded.into_iter()).digest(),
                    differences: Vec::new(),
                },
            },
        }
    }

    pub(crate) fn contents(
        &self,
        prefix: &Path,
        unlisted: &[String],
        cache: &StatCache,
        examination: &Examination,
    ) -> Contents {
        let owners = self.owners();
        let hashed: BTreeSet<&str> = self
            .judged
            .iter()
            .filter(|(_, judged)| judged.hash.is_some())
            .map(|(path, _)| *path)
            .collect();
        let ownership = Ownership {
            system: &self.place.system,
            prefix,
            walked_directories: self.directories,
            walked: self.walked,
            cache,
            owners: &owners,
            hashed: &hashed,
            unlisted,
        };
        let bytecode = ownership.bytecode();
        let mut known = bytecode.known;
        for (path, judged) in self.judged {
            if let Some((stat, value)) = &judged.known {
                known.push(((*path).to_owned(), *stat, value.clone()));
            }
        }
        cache.keep(known);
        let (start_up, pointed) = self.start_up(&owners);
        let mut deviations = self.deviations(&owners);
        let told = |deviation: &Deviation| {
            let source = crate::bytecode::compiled(&deviation.path).map(|compiled| compiled.source);
            let judged = source.and_then(|source| self.judged.get(source.as_str()));
            judged.is_some_and(|judged| judged.deviation.is_some())
        };
        deviations.extend(bytecode.deviations.into_iter().filter(|found| !told(found)));
        let unclaimed = ownership.unclaimed().into_iter();
        deviations.extend(unclaimed.filter(|deviation| !self.is_known(deviation)));
        deviations.sort();
        let more = deviations.len().saturating_sub(MOST_NAMED);
        deviations.truncate(MOST_NAMED);
        let minor = interpreter::minor(self.place);
        Contents {
            interpreter: program::interpreter(self.place, minor.as_deref()),
            files: hashed.len() as u64,
            bytes: self
                .judged
                .values()
                .filter(|judged| judged.hash.is_some())
                .map(|judged| judged.size)
                .sum(),
            deviations,
            more_deviations: more as u64,
            start_up,
            shared: self.shared(),
            shadows: self.shadows(pointed, examination),
            bytecode: bytecode.count,
        }
    }

    /// The first package that claims each path.
    pub(crate) fn owners(&self) -> BTreeMap<&str, PackageId> {
        self.claimed
            .iter()
            .filter_map(|(path, claims)| {
                let (package, _) = claims.first()?;
                Some((*path, self.packages.get(*package)?.clone()))
            })
            .collect()
    }

    fn deviations(&self, owners: &BTreeMap<&str, PackageId>) -> Vec<Deviation> {
        let gone = self.gone();
        let mut found = Vec::new();
        for (position, files) in &gone {
            if let (Some(package), Some(directory)) =
                (self.packages.get(*position), self.directories.first())
            {
                found.push(Deviation {
                    path: format!("{directory}/"),
                    owner: Some(package.clone()),
                    kind: DeviationKind::AllMissing { files: *files },
                });
            }
        }
        for (path, judged) in self.judged {
            let Some(kind) = judged.deviation.clone() else {
                continue;
            };
            let is_told = kind == DeviationKind::Missing
                && self.claimed.get(path).is_some_and(|claims| {
                    claims.iter().all(|(package, _)| gone.contains_key(package))
                });
            if !is_told {
                found.push(Deviation {
                    path: (*path).to_owned(),
                    owner: owners.get(path).cloned(),
                    kind,
                });
            }
        }
        for (claims, package) in self.claims.iter().zip(self.packages) {
            for claim in claims.iter().filter(|claim| claim.path.is_none()) {
                found.push(Deviation {
                    path: claim.written.clone(),
                    owner: Some(package.clone()),
                    kind: DeviationKind::Outside,
                });
            }
        }
        found
    }

    /// Packages of which nothing but their metadata is there, with the number of files they had.
    fn gone(&self) -> BTreeMap<usize, u64> {
        let mut gone = BTreeMap::new();
        for (position, claims) in self.claims.iter().enumerate() {
            let mut missing = 0;
            let is_gone = claims
                .iter()
                .filter(|claim| match &claim.role {
                    Role::Wheel(name) => !name.contains(".dist-info/"),
                    Role::Script(_) | Role::Launcher(_) | Role::Placed(_) | Role::Link => true,
                    Role::Installer | Role::Bytecode => false,
                })
                .filter_map(|claim| self.judged.get(claim.path.as_deref()?))
                .all(|judged| {
                    missing += 1;
                    judged.deviation == Some(DeviationKind::Missing)
                });
            if is_gone && missing > 1 {
                gone.insert(position, missing);
            }
        }
        gone
    }

    /// Files that every environment of a known tool has, and no `RECORD` claims.
    fn is_known(&self, deviation: &Deviation) -> bool {
        let Some((_, name)) = deviation.path.rsplit_once('/') else {
            return false;
        };
        start_up::is_known_file(name, || {
            let path = self.place.prefix.join(&deviation.path);
            self.place.system.whole_file(&path, 1 << 20).ok()
        })
    }

    fn shared(&self) -> SharedFiles {
        let mut shared = SharedFiles::default();
        for (path, judged) in self.judged {
            if judged.is_shared {
                shared.count += 1;
                shared.example.get_or_insert_with(|| (*path).to_owned());
            }
        }
        shared
    }

    /// Start-up code, and the places that `.pth` files name.
    fn start_up(&self, owners: &BTreeMap<&str, PackageId>) -> (Vec<StartUpCode>, Vec<SearchPlace>) {
        let mut code = Vec::new();
        let mut places = Vec::new();
        for (directory, site_packages) in self.directories.iter().zip(&self.place.site_packages) {
            for name in self.names_below(directory) {
                let path = if directory.is_empty() {
                    name.to_owned()
                } else {
                    format!("{directory}/{name}")
                };
                if start_up::is_customisation(name) {
                    code.push(StartUpCode {
                        owner: self.intact_owner(&path, owners),
                        path,
                        kind: StartUpKind::Customisation,
                    });
                } else if Path::new(name)
                    .extension()
                    .is_some_and(|extension| extension == "pth")
                {
                    // one that cannot be read is told as such where it is compared
                    let file = start_up::path_file(&self.place.system, &site_packages.join(name));
                    let file = file.unwrap_or_default();
                    for (number, line) in file.code {
                        if !start_up::is_known(name, &line) {
                            code.push(StartUpCode {
                                owner: self.intact_owner(&path, owners),
                                ..start_up::code_of(&path, number, &line)
                            });
                        }
                    }
                    places.extend(file.places.iter().filter_map(|line| {
                        search_path::of_path_file(line, &path, site_packages, self.place)
                    }));
                }
            }
        }
        code.extend(self.customisation_of_base());
        code.sort();
        (code, places)
    }

    /// `sitecustomize` of the interpreter itself, which all its environments run.
    fn customisation_of_base(&self) -> Vec<StartUpCode> {
        let minor = interpreter::minor(self.place);
        let own = minor
            .as_deref()
            .map(|minor| self.place.prefix.join("lib").join(format!("python{minor}")));
        let base = program::base_library(self.place, minor.as_deref());
        let mut found = Vec::new();
        for library in own.into_iter().chain(base) {
            let Ok(listing) = self.place.system.list(&library) else {
                continue;
            };
            for entry in listing.into_iter().flatten() {
                if start_up::is_customisation(&entry.name()) {
                    found.push(StartUpCode {
                        path: self.place.system.written(&entry.path).display().to_string(),
                        kind: StartUpKind::Customisation,
                        owner: None,
                    });
                }
            }
        }
        found
    }

    /// The package that claims a file, or a directory's `__init__.py`, and says what is in it.
    fn intact_owner(&self, path: &str, owners: &BTreeMap<&str, PackageId>) -> Option<PackageId> {
        [path.to_owned(), format!("{path}/__init__.py")]
            .iter()
            .find(|path| {
                self.judged
                    .get(path.as_str())
                    .is_some_and(|judged| judged.hash.is_some() && judged.deviation.is_none())
            })
            .and_then(|path| owners.get(path.as_str()).cloned())
    }

    /// The names directly below a walked directory, sorted.
    fn names_below<'s>(&'s self, directory: &str) -> BTreeSet<&'s str> {
        self.walked
            .entries
            .iter()
            .filter_map(|entry| {
                let rest = if directory.is_empty() {
                    entry.path.as_str()
                } else {
                    entry.path.strip_prefix(directory)?.strip_prefix('/')?
                };
                rest.split('/').next()
            })
            .collect()
    }

    fn shadows(
        &self,
        pointed: Vec<SearchPlace>,
        examination: &Examination,
    ) -> Vec<holdfast_model::Shadow> {
        let mut modules: BTreeMap<&str, &PackageId> = BTreeMap::new();
        for (claims, package) in self.claims.iter().zip(self.packages) {
            for claim in *claims {
                if let Role::Wheel(name) = &claim.role
                    && let Some(module) = search_path::module_of(name)
                {
                    modules.insert(module, package);
                }
            }
        }
        let mut places = pointed;
        let further = |directory: &PathBuf, by| SearchPlace {
            directory: directory.clone(),
            by,
        };
        let path = examination.python_path.iter();
        places.extend(path.map(|directory| further(directory, ShadowedBy::PythonPath)));
        let current = examination.current_directory.iter();
        places.extend(current.map(|directory| further(directory, ShadowedBy::CurrentDirectory)));
        search_path::shadows(&self.place.system, &modules, &places)
    }
}
