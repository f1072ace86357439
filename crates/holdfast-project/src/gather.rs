//! All facts of a project: everything is read here, and nothing is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use holdfast_declared::ProjectFiles;
use holdfast_knowledge::Advisories;
use holdfast_model::{
    ArtefactFacts, EnvironmentFacts, EnvironmentName, Facts, Freshness, Installed, Knowledge,
    Observed, PackageId, ProjectReleases,
};
use jiff::Timestamp;

use crate::discover::{Discovered, FileKind};
use crate::knowledge::look_up;
use crate::parts::{Gathered, Wanted, each_part};
use crate::{Artefacts, Project, ProjectError, found};

/// What to look at, and what is known beforehand.
#[derive(Default)]
pub struct GatherOptions<'a> {
    /// Only these environments of the configuration; absent for everything that is there.
    pub environments: Option<Vec<EnvironmentName>>,
    /// The time to judge by.
    pub now: Timestamp,
    /// Advisories to match with; absent where there are none on this machine.
    pub advisories: Option<&'a Advisories>,
    /// What the indexes have, for packages that were looked up.
    pub releases: Arc<BTreeMap<PackageId, ProjectReleases>>,
    /// Whether model files are looked at.
    pub artefacts: Artefacts,
    /// A Python environment on this machine: its directory, `site-packages` or `python`.
    pub installed: Option<PathBuf>,
}

/// The facts of a project, all at once.
///
/// With a configuration: its environments, and, unless some were asked for by name, whatever else
/// lies below the directory and belongs to none of them. Without: what is discovered. A file that
/// cannot be read is a fact; only what was asked for by name and is not there is an error.
pub fn gather(project: &Project, options: &GatherOptions<'_>) -> Result<Facts, ProjectError> {
    let names = options.environments.as_deref();
    project.check_names(names.unwrap_or_default())?;
    let mut gathered = Gathered::default();
    for part in each_part(project, Wanted::of(options), |part| part) {
        gathered.add(part);
    }
    finish(gathered, options)
}

/// What `each` makes of the facts of a project, part by part: first of what its configuration names
/// and what lies in the directory itself, then of each directory below, in their order.
///
/// Judging the parts one by one says the same as judging [`gather`]'s facts, since nothing that rules
/// compare reaches over a part; what several parts say, such as a gap that is everywhere, has to be
/// said once. Only a few parts are in memory at a time. Parts in which nothing is found are left out.
/// What is installed belongs to the project as a whole, so that with it there is one part.
pub fn gather_each<T: Send>(
    project: &Project,
    options: &GatherOptions<'_>,
    each: impl Fn(Facts) -> T + Sync,
) -> Result<Vec<T>, ProjectError> {
    if options.installed.is_some() {
        return Ok(vec![each(gather(project, options)?)]);
    }
    let names = options.environments.as_deref();
    project.check_names(names.unwrap_or_default())?;
    each_part(project, Wanted::of(options), |part| {
        finish(part, options).map(&each)
    })
    .into_iter()
    .collect()
}

/// The facts of what is at `path`: a project's directory, a lock, or a manifest.
pub fn gather_path(path: &Path, options: &GatherOptions<'_>) -> Result<Facts, ProjectError> {
    if is_directory(path)? {
        gather(&crate::open(path)?, options)
    } else {
        finish(one_file(path)?, options)
    }
}

/// [`gather_each`] for what is at `path`; a lock or a manifest is one part.
pub fn gather_path_each<T: Send>(
    path: &Path,
    options: &GatherOptions<'_>,
    each: impl Fn(Facts) -> T + Sync,
) -> Result<Vec<T>, ProjectError> {
    if is_directory(path)? {
        gather_each(&crate::open(path)?, options, each)
    } else {
        Ok(vec![each(finish(one_file(path)?, options)?)])
    }
}

/// The directory that locations in the facts of [`gather_path`] are relative to: `path` itself where
/// it is a directory, else the nearest directory above that is a project.
pub fn root_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.to_owned()
    } else {
        root_and_file(path).0
    }
}

/// The facts of a Python environment on this machine, and of nothing else.
pub fn gather_installed(options: &GatherOptions<'_>) -> Result<Facts, ProjectError> {
    finish(Gathered::default(), options)
}

fn is_directory(path: &Path) -> Result<bool, ProjectError> {
    let metadata = fs_err::metadata(path).map_err(|source| ProjectError::Unreachable {
        path: path.to_owned(),
        source,
    })?;
    Ok(metadata.is_dir())
}

/// What one file says that a person names.
fn one_file(path: &Path) -> Result<Gathered, ProjectError> {
    let (root, relative) = root_and_file(path);
    let file = Discovered {
        project: String::new(),
        kind: kind_of_named(&relative).ok_or_else(|| ProjectError::UnknownFile {
            path: path.to_owned(),
        })?,
        path: relative,
    };
    let files = ProjectFiles::new(root);
    let mut found = found::environments(&files, "", &[&file], &|_| false);
    for environment in &mut found.environments {
        name_by_lock(environment);
    }
    Ok(Gathered {
        environments: found.environments,
        unreadable: found.unreadable,
        ..Gathered::default()
    })
}

/// A lock that stands alone says itself which environment it is of.
fn name_by_lock(environment: &mut EnvironmentFacts) {
    if let Observed::Present(locked) = &environment.locked
        && let Some(metadata) = &locked.holdfast
    {
        environment.name = Some(metadata.environment.clone());
        environment.extends.clone_from(&metadata.extends);
    }
}

/// Adds what is installed and what is known, and sorts.
fn finish(gathered: Gathered, options: &GatherOptions<'_>) -> Result<Facts, ProjectError> {
    let mut environments = gathered.environments;
    if let Some(path) = &options.installed {
        let installed = Observed::Present(holdfast_installed::observe(path)?);
        attach(installed, &mut environments);
    }
    environments.sort_by(|left, right| sort_key(left).cmp(&sort_key(right)));
    let mut artefacts = gathered.artefacts;
    artefacts.sort_by(|left, right| {
        let key =
            |it: &ArtefactFacts| (it.project.clone(), it.path.clone(), it.environment.clone());
        key(left).cmp(&key(right))
    });
    let mut unreadable = gathered.unreadable;
    let (knowledge, not_looked_up) = look_up(&environments, options.advisories)?;
    unreadable.extend(not_looked_up);
    unreadable.sort();
    unreadable.dedup();
    Ok(Facts {
        environments,
        artefacts,
        knowledge: Knowledge {
            releases: Arc::clone(&options.releases),
            ..knowledge
        },
        unreadable,
        ..Facts::at(options.now)
    })
}

/// What is installed is compared with the one environment that was asked for, or else stands alone.
fn attach(installed: Observed<Installed>, environments: &mut Vec<EnvironmentFacts>) {
    let parts: BTreeSet<EnvironmentName> = environments
        .iter()
        .filter_map(|environment| environment.extends.clone())
        .collect();
    let mut whole = environments.iter_mut().filter(|environment| {
        environment
            .name
            .as_ref()
            .is_none_or(|name| !parts.contains(name))
    });
    if let (Some(only), None) = (whole.next(), whole.next()) {
        only.installed = installed;
        return;
    }
    environments.push(EnvironmentFacts {
        project: String::new(),
        name: None,
        extends: None,
        declared: Observed::NotLookedFor,
        locked: Observed::NotLookedFor,
        installed,
        freshness: Freshness::NotApplicable,
    });
}

/// By project, then name; discovered ones by the file that stands for them.
fn sort_key(environment: &EnvironmentFacts) -> (&str, Option<&EnvironmentName>, &str) {
    let file = match (&environment.declared, &environment.locked) {
        (Observed::Present(declared), _) => declared.files.first().map(|file| file.path.as_str()),
        (_, Observed::Present(locked)) => Some(locked.file.as_str()),
        (Observed::Unreadable { location, .. }, _) | (_, Observed::Unreadable { location, .. }) => {
            Some(location.file.as_str())
        }
        _ => None,
    };
    (
        &environment.project,
        environment.name.as_ref(),
        file.unwrap_or_default(),
    )
}

/// The directory that locations are relative to, and the file in it: the nearest directory above
/// that is a project, so that `-r ../base.in` is inside.
fn root_and_file(path: &Path) -> (PathBuf, String) {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut relative = name.clone();
    let mut candidate = directory.clone();
    loop {
        let is_project = [".git", "holdfast.toml", "pyproject.toml"]
            .iter()
            .any(|mark| candidate.join(mark).exists());
        if is_project {
            return (candidate, relative);
        }
        // a path such as `requirements/x.in` says nothing of what is above its first directory
        match (candidate.file_name(), candidate.parent()) {
            (Some(folder), Some(parent)) => {
                relative = format!("{}/{relative}", folder.to_string_lossy());
                candidate = if parent.as_os_str().is_empty() {
                    PathBuf::from(".")
                } else {
                    parent.to_owned()
                };
            }
            _ => return (directory, name),
        }
    }
}

/// What a file that a person names is: by its name, else a requirements file by its extension.
fn kind_of_named(path: &str) -> Option<FileKind> {
    use holdfast_declared::Format;
    match crate::discover::kind_of(path) {
        Some(FileKind::Configuration) => None,
        Some(FileKind::Manifest(Format::Constraints)) | None => {
            let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
            matches!(extension, "txt" | "in" | "pip")
                .then_some(FileKind::Manifest(Format::Requirements))
        }
        known => known,
    }
}
