//! A project part by part: what its configuration names, and each directory below it.
//!
//! What rules compare lies within one part: environments that extend one another, and the files that
//! say something of their neighbours. So each part can be judged and forgotten before the next, and
//! a monorepo takes no more memory than its largest projects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use holdfast_declared::Files;
use holdfast_model::{ArtefactFacts, EnvironmentFacts, EnvironmentName, Observed, UnreadableFile};
use rayon::prelude::*;

use crate::configured::Configured;
use crate::discover::{Discovered, FileKind, discover};
use crate::project::{path_in, read_config};
use crate::{Artefacts, Config, GatherOptions, Project, artefacts, found, unreadable};

/// What was read of a part, or of several.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) environments: Vec<EnvironmentFacts>,
    pub(crate) unreadable: Vec<UnreadableFile>,
    pub(crate) artefacts: Vec<ArtefactFacts>,
}

/// What is to be read of a project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The environments of the configuration; absent for everything that is there.
    names: Option<&'a [EnvironmentName]>,
    artefacts: Artefacts,
}

impl<'a> Wanted<'a> {
    pub(crate) fn of(options: &'a GatherOptions<'_>) -> Self {
        Self {
            names: options.environments.as_deref(),
            artefacts: options.artefacts,
        }
    }
}

/// Reads a project part by part, on all processors, and answers what `each` makes of the parts, in
/// the order of their directories. Only the environments of the configuration that are named, or
/// everything that is there.
pub(crate) fn each_part<T: Send>(
    project: &Project,
    wanted: Wanted<'_>,
    each: impl Fn(Gathered) -> T + Sync,
) -> Vec<T> {
    let names = wanted.names;
    let each = |mut part: Gathered| {
        match wanted.artefacts {
            Artefacts::Ignore => part.artefacts.clear(),
            Artefacts::Inspect => {
                artefacts::inspect(&project.files, &mut part.artefacts, &part.environments);
            }
        }
        each(part)
    };
    let mut first = Gathered::default();
    if let Some(config) = &project.config {
        first = configured(project, config, names);
    }
    if names.is_some() {
        return Vec::from_iter(first.into_part().map(each));
    }
    let covered = first.covered();
    let discovery = discover(&project.root);
    first.unreadable.extend(discovery.unreadable);
    let mut by_directory: BTreeMap<&str, Directory<'_>> = BTreeMap::new();
    for file in &discovery.files {
        let directory = by_directory.entry(&file.project).or_default();
        directory.files.push(file);
    }
    if wanted.artefacts == Artefacts::Inspect {
        share_models(&discovery.models, &mut by_directory, &covered);
    }
    // what lies in the directory itself belongs to the environments that it configures
    if let Some(own) = by_directory.remove("") {
        first.add(one_directory(project, "", &own, &covered));
    }
    let below = |(directory, content): (&str, Directory<'_>)| {
        let part = one_directory(project, directory, &content, &covered);
        part.into_part().map(&each)
    };
    let (first, mut parts) = rayon::join(
        || first.into_part().map(&each),
        || by_directory.into_par_iter().map(below).collect::<Vec<_>>(),
    );
    parts.insert(0, first);
    parts.into_iter().flatten().collect()
}

impl Gathered {
    pub(crate) fn add(&mut self, other: Self) {
        self.environments.extend(other.environments);
        self.unreadable.extend(other.unreadable);
        self.artefacts.extend(other.artefacts);
    }

    /// Nothing where nothing was found.
    fn into_part(self) -> Option<Self> {
        let is_empty =
            self.environments.is_empty() && self.unreadable.is_empty() && self.artefacts.is_empty();
        (!is_empty).then_some(self)
    }

    /// Files that belong to environments that are known already.
    fn covered(&self) -> BTreeSet<String> {
        let mut covered: BTreeSet<String> = BTreeSet::new();
        covered.extend(self.artefacts.iter().map(|artefact| artefact.path.clone()));
        for environment in &self.environments {
            match &environment.declared {
                Observed::Present(declared) => {
                    covered.extend(declared.files.iter().map(|file| file.path.clone()));
                }
                Observed::Unreadable { location, .. } => {
                    covered.insert(location.file.clone());
                }
                Observed::NotLookedFor | Observed::Absent { .. } => {}
            }
            // a lock of a shared part is left over: nobody writes one
            if let Some(name) = &environment.name
                && environment.locked != Observed::NotLookedFor
            {
                covered.insert(path_in(&environment.project, &name.lock_file()));
            }
        }
        covered
    }
}

/// Environments of the configuration: those asked for, with all that they extend.
fn configured(project: &Project, config: &Config, names: Option<&[EnvironmentName]>) -> Gathered {
    let mut wanted: BTreeSet<&EnvironmentName> = BTreeSet::new();
    for name in config.environments.keys() {
        if names.is_none_or(|names| names.contains(name)) {
            wanted.extend(config.chain(name).into_iter().map(|(name, _)| name));
        }
    }
    let configured = Configured {
        interrupted: interrupted(&project.root),
        ..Configured::of(project, config)
    };
    Gathered {
        environments: wanted
            .into_par_iter()
            .map(|name| configured.facts(name))
            .collect(),
        unreadable: Vec::new(),
        artefacts: artefacts::configured(config, "", names),
    }
}

/// What lies in a directory and belongs to its project.
#[derive(Debug, Default)]
struct Directory<'a> {
    files: Vec<&'a Discovered>,
    models: Vec<&'a str>,
}

/// Gives each model file to the nearest directory above it whose files make environments, else to
/// the project itself.
fn share_models<'a>(
    models: &'a [String],
    by_directory: &mut BTreeMap<&'a str, Directory<'a>>,
    covered: &BTreeSet<String>,
) {
    let homes: BTreeSet<&str> = by_directory
        .iter()
        .filter(|(_, content)| {
            content
                .files
                .iter()
                .any(|file| !covered.contains(&file.path))
        })
        .map(|(directory, _)| *directory)
        .collect();
    for model in models.iter().filter(|model| !covered.contains(*model)) {
        let above = std::iter::successors(Some(model.as_str()), |path| {
            path.rsplit_once('/').map(|(above, _)| above)
        });
        let home = above.skip(1).find(|above| homes.contains(above));
        let home = by_directory.entry(home.unwrap_or_default()).or_default();
        home.models.push(model);
    }
}

/// What lies in one directory below the project's, by its configuration if it has one.
fn one_directory(
    project: &Project,
    directory: &str,
    content: &Directory<'_>,
    covered: &BTreeSet<String>,
) -> Gathered {
    let files = content.files.as_slice();
    let mut gathered = Gathered::default();
    // the configuration of the directory itself was read when the project was opened
    if !directory.is_empty() && files.iter().any(|file| may_configure(file)) {
        gathered = configured_below(&project.files, &project.root, directory);
    }
    let covered_here = gathered.covered();
    let is_covered = |path: &str| covered.contains(path) || covered_here.contains(path);
    let found = found::environments(&project.files, directory, files, &is_covered);
    gathered.environments.extend(found.environments);
    gathered.unreadable.extend(found.unreadable);
    let names_some = match directory {
        "" => project
            .config
            .as_ref()
            .is_some_and(|config| !config.artefacts.is_empty()),
        _ => !gathered.artefacts.is_empty(),
    };
    if !names_some {
        let models = artefacts::found(directory, &content.models);
        gathered.artefacts.extend(models);
    }
    gathered
}

fn may_configure(file: &Discovered) -> bool {
    file.kind == FileKind::Configuration || file.path.ends_with("pyproject.toml")
}

/// The environments of a configuration further down.
fn configured_below(files: &(dyn Files + Sync), root: &Path, directory: &str) -> Gathered {
    match read_config(files, directory) {
        Ok(None) => Gathered::default(),
        Ok(Some(config)) => {
            let configured = Configured {
                files,
                directory,
                config: &config,
                interrupted: interrupted(&root.join(directory)),
            };
            Gathered {
                environments: config
                    .environments
                    .keys()
                    .map(|name| configured.facts(name))
                    .collect(),
                unreadable: Vec::new(),
                artefacts: artefacts::configured(&config, directory, None),
            }
        }
        Err(errors) => Gathered {
            environments: Vec::new(),
            unreadable: errors.iter().map(unreadable::config).collect(),
            artefacts: Vec::new(),
        },
    }
}

fn interrupted(directory: &Path) -> Option<String> {
    holdfast_locked::pending(directory).map(|_| {
        "a run of `holdfast lock` was interrupted, so that the locks may not belong together"
            .to_owned()
    })
}
