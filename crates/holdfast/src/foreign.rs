//! A lock of any tool with what tells when its packages are installed, for the commands that make
//! another file of it.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use holdfast_declared::{Conditions, ProjectFiles, conditions};
use holdfast_model::{
    Declared, EnvironmentFacts, EnvironmentName, Facts, Freshness, LockFormat, LockSource, Locked,
    LockedPackage, Observed,
};
use holdfast_project::{GatherOptions, gather_path, root_of};

use crate::environment::Environment;

/// A lock, found and read.
pub(crate) struct Found {
    /// What it locks.
    pub(crate) locked: Locked,
    /// What its manifest declares, where that was found.
    pub(crate) declared: Option<Declared>,
    /// Whether it is what its manifest asks for.
    pub(crate) freshness: Freshness,
    /// The environment that it is of, where it tells.
    pub(crate) environment: Option<EnvironmentName>,
    /// When its packages are installed.
    pub(crate) conditions: Conditions,
    /// The directory that its path is relative to.
    pub(crate) root: PathBuf,
}

impl Found {
    /// Whether the lock names a package without a version or a file of it, because its manifest wants
    /// it on some machines alone: pipenv does not lock what is for others than its own.
    pub(crate) fn only_names(&self, package: &LockedPackage) -> bool {
        let asked = self.declared.iter().flat_map(|it| &it.requirements);
        let mut asked = asked.filter(|it| it.package == package.package).peekable();
        package.version.is_none()
            && package.files.is_empty()
            && matches!(package.source, LockSource::Registry { .. })
            && asked.peek().is_some()
            && asked.all(|it| it.marker.is_some())
    }
}

/// Which locks are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Those of other tools.
    Foreign,
    /// Any; Holdfast's own before others.
    Any,
}

/// The one lock that a path means: the file, or the only one in the directory.
pub(crate) fn find(
    path: &Path,
    kind: Kind,
    name: Option<&EnvironmentName>,
    environment: &Environment,
) -> Result<Found> {
    let options = GatherOptions {
        now: environment.now,
        ..GatherOptions::default()
    };
    let facts = gather_path(path, &options)?;
    let chosen = choose(facts, path, kind, name)?;
    let EnvironmentFacts {
        name,
        mut declared,
        locked,
        mut freshness,
        ..
    } = chosen;
    let locked = match locked {
        Observed::Present(locked) => locked,
        Observed::Unreadable { location, reason } => bail!("{location}: {reason}"),
        Observed::Absent { .. } | Observed::NotLookedFor => {
            bail!("`{}` has no lock", path.display())
        }
    };
    if path.is_file()
        && let Some(beside) = beside(path, &options)
    {
        declared = beside.declared;
        freshness = beside.freshness;
    }
    let declared = match declared {
        Observed::Present(declared) => Some(declared),
        Observed::Absent { .. } | Observed::NotLookedFor | Observed::Unreadable { .. } => None,
    };
    let root = root_of(path);
    let files = ProjectFiles::new(&root);
    Ok(Found {
        conditions: conditions(&files, &locked, declared.as_ref())?,
        locked,
        declared,
        freshness,
        environment: name,
        root,
    })
}

/// What the directory of a lock tells of it: its manifest, and whether the lock is what that asks for.
fn beside(path: &Path, options: &GatherOptions<'_>) -> Option<EnvironmentFacts> {
    let file = path.file_name()?.to_str()?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // whatever is wrong there is not the lock's
    let facts = gather_path(directory, options).ok()?;
    let is_it = |facts: &EnvironmentFacts| {
        let locked = facts.locked.present();
        locked.is_some_and(|locked| locked.file == file)
    };
    facts.environments.into_iter().find(is_it)
}

/// The facts of the one lock that is meant.
fn choose(
    facts: Facts,
    path: &Path,
    kind: Kind,
    name: Option<&EnvironmentName>,
) -> Result<EnvironmentFacts> {
    let unreadable = facts.unreadable;
    let is_wanted = |facts: &EnvironmentFacts| match &facts.locked {
        Observed::Present(locked) => kind == Kind::Any || locked.holdfast.is_none(),
        Observed::Unreadable { .. } => true,
        Observed::Absent { .. } | Observed::NotLookedFor => false,
    };
    let mut all: Vec<EnvironmentFacts> = facts.environments;
    let own = all.iter().any(is_own);
    all.retain(is_wanted);
    if let (Kind::Any, Some(name)) = (kind, name) {
        all.retain(|facts| facts.name.as_ref() == Some(name));
        if all.is_empty() {
            bail!("`{}` has no lock of environment `{name}`", path.display());
        }
    }
    let below: Vec<String> = all
        .iter()
        .filter(|it| !it.project.is_empty())
        .map(file)
        .collect();
    all.retain(|facts| facts.project.is_empty());
    if kind == Kind::Any && all.iter().any(is_own) {
        all.retain(is_own);
    }
    // a requirements file that pins everything is a lock where there is no other
    if all.iter().any(|facts| !is_requirements(facts)) {
        all.retain(|facts| !is_requirements(facts));
    }
    if all.len() > 1 {
        let files: Vec<String> = all.iter().map(file).collect();
        let how = match kind {
            Kind::Foreign => "name the one to import",
            Kind::Any => "name one, or pick its environment with `-e`",
        };
        bail!(
            "`{}` has several locks: {}; {how}",
            path.display(),
            files.join(", ")
        );
    }
    if let Some(only) = all.pop() {
        return Ok(only);
    }
    if let Some(unreadable) = unreadable.first() {
        bail!("{}: {}", unreadable.location, unreadable.reason);
    }
    if !below.is_empty() {
        bail!(
            "`{}` has no lock itself; name one of those below it: {}",
            path.display(),
            below.join(", ")
        );
    }
    Err(no_lock(path, kind, own))
}

/// There is nothing of the kind, and nothing that explains it.
fn no_lock(path: &Path, kind: Kind, own: bool) -> anyhow::Error {
    let path_is_file = path.is_file();
    let path = path.display();
    match kind {
        Kind::Foreign if own && path_is_file => {
            anyhow!("`{path}` is a lock of Holdfast already: nothing is there to import")
        }
        Kind::Foreign if own => {
            anyhow!("`{path}` has only locks of Holdfast, and nothing to import")
        }
        Kind::Foreign | Kind::Any if path_is_file => anyhow!(
            "`{path}` locks nothing: name a lock, or a requirements file in which every line is pinned"
        ),
        Kind::Foreign => anyhow!("`{path}` has no lock of another tool; name the file"),
        Kind::Any => anyhow!("`{path}` has no lock: make one with `holdfast lock`, or name a lock"),
    }
}

fn is_own(facts: &EnvironmentFacts) -> bool {
    let locked = facts.locked.present();
    locked.is_some_and(|locked| locked.holdfast.is_some())
}

fn is_requirements(facts: &EnvironmentFacts) -> bool {
    let locked = facts.locked.present();
    locked.is_some_and(|locked| locked.format == LockFormat::Requirements)
}

/// The lock's file.
fn file(facts: &EnvironmentFacts) -> String {
    match &facts.locked {
        Observed::Present(locked) => locked.file.clone(),
        Observed::Unreadable { location, .. } => location.file.clone(),
        Observed::Absent { .. } | Observed::NotLookedFor => String::new(),
    }
}
