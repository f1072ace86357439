//! Which environments a project seems to have: from the names of its files and groups, and from what
//! its requirements files include.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_declared::{Format, recognise};
use holdfast_model::{DeclaredPython, EnvironmentName, IndexKind, Purpose};

use super::Manifest;
use super::python::{PythonFound, found};

/// What is proposed.
#[derive(Debug)]
pub(super) struct Proposal {
    pub(super) environments: Vec<ProposedEnvironment>,
    pub(super) python: PythonFound,
    /// Further indexes that files name: address and place.
    pub(super) extra_indexes: Vec<(String, String)>,
    pub(super) notes: Vec<String>,
    /// Model files.
    pub(super) models: Vec<String>,
    /// The environment that most likely loads them; absent where none is more likely than others.
    pub(super) loader: Option<String>,
}

/// One environment that is proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ProposedEnvironment {
    pub(super) name: String,
    pub(super) extends: Option<String>,
    pub(super) requirements: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) extras: Vec<String>,
}

/// Names of files and groups that hold what others share, and nothing that runs by itself.
const SHARED: &[&str] = &["core", "base", "common", "shared"];

/// Names of extras that are environments of their own rather than features of a library.
const STAGES: &[&str] = &[
    "train",
    "training",
    "serve",
    "serving",
    "inference",
    "api",
    "deploy",
    "evaluate",
    "evaluation",
    "notebook",
    "notebooks",
];

/// Names of environments that load models that others wrote, the likeliest first.
const LOADERS: &[&str] = &["serve", "serving", "inference", "api", "deploy"];

/// The environments that the manifests seem to make, and who of them loads the models.
pub(super) fn of(manifests: &[Manifest], models: Vec<String>) -> Proposal {
    let mut sketch = Sketch::default();
    sketch.add_requirements_files(manifests);
    if let Some(pyproject) = manifests
        .iter()
        .find(|manifest| manifest.path == "pyproject.toml")
    {
        sketch.add_pyproject(pyproject);
    }
    let said: Vec<&DeclaredPython> = [".python-version", "runtime.txt", "pyproject.toml"]
        .iter()
        .flat_map(|name| {
            manifests
                .iter()
                .filter(move |manifest| manifest.path == *name)
        })
        .chain(manifests)
        .flat_map(|manifest| &manifest.declared.python)
        .collect();
    let extra_indexes: BTreeMap<String, String> = manifests
        .iter()
        .flat_map(|manifest| &manifest.declared.indexes)
        .filter(|index| index.kind == IndexKind::Extra)
        .map(|index| (index.url.clone(), index.location.to_string()))
        .collect();
    if sketch.environments.is_empty() {
        sketch
            .notes
            .push("no requirements were found: fill in an environment before locking".to_owned());
    }
    let loader = loader(&sketch.environments);
    Proposal {
        models,
        loader,
        environments: sketch.environments,
        python: found(&said),
        extra_indexes: extra_indexes.into_iter().collect(),
        notes: sketch.notes,
    }
}

/// The environment that loads models: one that is called so, else the only one that is locked.
fn loader(environments: &[ProposedEnvironment]) -> Option<String> {
    let is_shared = |name: &str| {
        environments
            .iter()
            .any(|other| other.extends.as_deref() == Some(name))
    };
    let locked = || environments.iter().filter(|it| !is_shared(&it.name));
    let called = LOADERS
        .iter()
        .find_map(|name| locked().find(|environment| environment.name == *name));
    let only = || Some(locked().next()?).filter(|_| locked().count() == 1);
    called.or_else(only).map(|it| it.name.clone())
}

#[derive(Default)]
struct Sketch {
    environments: Vec<ProposedEnvironment>,
    notes: Vec<String>,
}

impl Sketch {
    /// Adds an environment under a name that is still free, and answers the name.
    fn add(&mut self, wanted: &str, environment: ProposedEnvironment) -> String {
        let base = environment_name(wanted);
        let is_free = |name: &str| {
            self.environments
                .iter()
                .all(|other| !other.name.eq_ignore_ascii_case(name))
        };
        // one of them is free, since there are more than environments
        let numbered = (2..self.environments.len() + 3).map(|number| format!("{base}-{number}"));
        let name = std::iter::once(base.clone())
            .chain(numbered)
            .find(|name| is_free(name))
            .unwrap_or(base);
        self.environments.push(ProposedEnvironment {
            name: name.clone(),
            ..environment
        });
        name
    }

    /// An environment for each requirements file that no other includes, and a shared part for each
    /// that others do.
    fn add_requirements_files(&mut self, manifests: &[Manifest]) {
        let sources = sources(manifests);
        let mut includers: BTreeMap<&str, usize> = BTreeMap::new();
        for source in &sources {
            for file in included(source) {
                *includers.entry(file).or_default() += 1;
            }
        }
        let is_shared_by_name = |source: &Manifest| SHARED.contains(&label(&source.path).as_str());
        let (parts, wholes): (Vec<&Manifest>, Vec<&Manifest>) =
            sources.iter().partition(|source| {
                includers.contains_key(source.path.as_str())
                    || sources.len() > 1 && is_shared_by_name(source)
            });
        // what includes least comes first, so that a part can extend another
        let mut names: Vec<(&str, String)> = Vec::new();
        let mut parts = parts;
        parts.sort_by_key(|part| included(part).count());
        for part in parts {
            let label = label(&part.path);
            let is_whole = !SHARED.contains(&label.as_str());
            let name = if is_whole { "core" } else { &label };
            let extends = nearest_part(part, &names);
            let name = self.add(name, from_file(part, extends));
            if is_whole {
                // locked for itself too: what extends it adds nothing
                self.add(
                    &label,
                    ProposedEnvironment {
                        extends: Some(name.clone()),
                        ..ProposedEnvironment::default()
                    },
                );
            }
            names.push((&part.path, name));
        }
        // installed beside a part that it does not include, as its name says
        let by_name = match names.as_slice() {
            [(path, name)] if !includers.contains_key(path) => Some(name.clone()),
            _ => None,
        };
        for whole in wholes {
            let extends = nearest_part(whole, &names).or_else(|| by_name.clone());
            self.add(&label(&whole.path), from_file(whole, extends));
        }
    }

    /// Groups and stages of pyproject.toml, with its own dependencies as what they share.
    fn add_pyproject(&mut self, pyproject: &Manifest) {
        let parts = PyprojectParts::of(pyproject);
        if !parts.features.is_empty() {
            let features: Vec<String> = parts
                .features
                .iter()
                .map(|extra| format!("`{extra}`"))
                .collect();
            self.notes.push(format!(
                "no environment has these extras of pyproject.toml: {}; add `extras = […]` where they are wanted",
                features.join(", ")
            ));
        }
        let shared = ProposedEnvironment {
            requirements: parts.project.clone(),
            groups: parts.shared_group.iter().map(ToString::to_string).collect(),
            ..ProposedEnvironment::default()
        };
        let shares_something = shared != ProposedEnvironment::default();
        if parts.groups.is_empty() && parts.stages.is_empty() {
            if shares_something {
                self.add("main", shared);
            }
            return;
        }
        let core = shares_something.then(|| self.add(parts.shared_group.unwrap_or("core"), shared));
        let extending = |groups: &[&str], extras: &[&str]| ProposedEnvironment {
            extends: core.clone(),
            groups: groups.iter().map(ToString::to_string).collect(),
            extras: extras.iter().map(ToString::to_string).collect(),
            ..ProposedEnvironment::default()
        };
        let has_stage =
            !parts.stages.is_empty() || parts.groups.iter().any(|group| STAGES.contains(group));
        if !has_stage && !parts.project.is_empty() {
            // groups such as `dev` and `test` add to what is deployed
            self.add("main", extending(&[], &[]));
        }
        for group in &parts.groups {
            self.add(group, extending(&[group], &[]));
        }
        for extra in &parts.stages {
            self.add(extra, extending(&[], &[extra]));
        }
    }
}

/// What a pyproject.toml is made of, names sorted.
struct PyprojectParts<'a> {
    /// `pyproject.toml`, where the project has dependencies of its own.
    project: Vec<String>,
    /// The group that others share.
    shared_group: Option<&'a str>,
    /// The other groups.
    groups: Vec<&'a str>,
    /// Extras that are environments.
    stages: Vec<&'a str>,
    /// Extras that are features of a library.
    features: Vec<&'a str>,
}

impl<'a> PyprojectParts<'a> {
    fn of(pyproject: &'a Manifest) -> Self {
        let mut has_project = false;
        let mut groups: BTreeSet<&str> = BTreeSet::new();
        let mut extras: BTreeSet<&str> = BTreeSet::new();
        for requirement in &pyproject.declared.requirements {
            match &requirement.purpose {
                Purpose::Runtime => has_project = true,
                Purpose::Group(name) => {
                    groups.insert(name);
                }
                Purpose::Extra(name) => {
                    extras.insert(name);
                }
                Purpose::Build => {}
            }
        }
        let shared_group = groups.iter().copied().find(|group| SHARED.contains(group));
        let (stages, features) = extras.into_iter().partition(|extra| STAGES.contains(extra));
        Self {
            project: has_project
                .then(|| pyproject.path.clone())
                .into_iter()
                .collect(),
            shared_group,
            groups: groups
                .into_iter()
                .filter(|group| Some(*group) != shared_group)
                .collect(),
            stages,
            features,
        }
    }
}

fn from_file(manifest: &Manifest, extends: Option<String>) -> ProposedEnvironment {
    ProposedEnvironment {
        extends,
        requirements: vec![manifest.path.clone()],
        ..ProposedEnvironment::default()
    }
}

/// The requirements files that people wrote: an input rather than what was compiled from it, and
/// nothing that is empty.
fn sources(manifests: &[Manifest]) -> Vec<&Manifest> {
    let paths: BTreeSet<&str> = manifests
        .iter()
        .map(|manifest| manifest.path.as_str())
        .collect();
    manifests
        .iter()
        .filter(|manifest| recognise(&manifest.path) == Some(Format::Requirements))
        .filter(|manifest| !manifest.declared.requirements.is_empty())
        .filter(|manifest| manifest.path.rsplit('.').next() != Some("lock"))
        .filter(|manifest| {
            let input = manifest
                .path
                .strip_suffix(".txt")
                .map(|stem| format!("{stem}.in"));
            input.is_none_or(|input| !paths.contains(input.as_str()))
        })
        .collect()
}

/// Requirements files that a file includes, itself excepted.
fn included(manifest: &Manifest) -> impl Iterator<Item = &str> {
    manifest
        .declared
        .files
        .iter()
        .filter(|file| file.format == Format::Requirements.name())
        .map(|file| file.path.as_str())
        .filter(|path| *path != manifest.path)
}

/// The name of the largest shared part among the files that a file includes; `names` has the larger
/// ones last.
fn nearest_part(manifest: &Manifest, names: &[(&str, String)]) -> Option<String> {
    let (_, name) = names
        .iter()
        .rfind(|(part, _)| included(manifest).any(|path| path == *part))?;
    Some(name.clone())
}

/// What a file is for, by its name: `train` of `requirements-train.in` and `requirements/train.txt`.
fn label(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name
        .rsplit_once('.')
        .map_or(name, |(stem, _)| stem)
        .to_ascii_lowercase();
    let words: Vec<&str> = stem
        .split(['-', '_', '.'])
        .filter(|word| {
            !word.is_empty() && !matches!(*word, "requirements" | "requirement" | "reqs" | "req")
        })
        .collect();
    if words.is_empty() {
        "main".to_owned()
    } else {
        words.join("-")
    }
}

/// The nearest text that can name an environment.
fn environment_name(wanted: &str) -> String {
    let plain: String = wanted
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '_' {
                letter
            } else {
                '-'
            }
        })
        .take(48)
        .collect();
    let plain = plain
        .trim_start_matches(['-', '_'])
        .trim_end_matches(['-', '_']);
    if plain.parse::<EnvironmentName>().is_ok() {
        plain.to_owned()
    } else {
        "main".to_owned()
    }
}
