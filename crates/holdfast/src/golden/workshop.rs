//! Environments that are made for a run from a lock, and thrown away after it.
//!
//! They lie in the cache and are copies: an environment in which a model runs shares no file with
//! uv's cache, nor with another environment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use holdfast_model::{Locked, PackageId};
use holdfast_project::Project;
use holdfast_sources::Reach;
use holdfast_uv::{
    InstallCache, InstallRequest, Network as SolverNetwork, SolveIndex, Uv, UvError,
};
use tempfile::TempDir;

use crate::environment::Environment;
use crate::network::{Door, Network};
use crate::progress::Progress;
use crate::solver::uv;

/// Makes environments.
pub(crate) struct Workshop {
    uv: Uv,
    network: Network,
    indexes: Vec<SolveIndex>,
    reach: SolverNetwork,
    allow_build: Vec<PackageId>,
    directory: TempDir,
    /// Keeps others from taking the directory for one that was left behind.
    _in_use: fs_err::File,
}

/// An environment that was made.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// Its directory.
    pub(crate) directory: PathBuf,
    /// The interpreter that it was made with: `cpython@3.11.7`.
    interpreter: String,
}

impl Made {
    /// Its interpreter.
    pub(crate) fn python(&self) -> PathBuf {
        self.directory.join("bin").join("python")
    }
}

impl Workshop {
    /// Finds uv, and a place in the cache.
    pub(crate) fn open(
        project: &Project,
        reach: Reach,
        environment: &Environment,
        progress: &Progress,
    ) -> Result<Self> {
        let network = Network::new(project.config.as_ref(), &[], environment)?;
        let indexes = network.solver.indexes();
        let door = Door::open(&network, environment);
        let uv = uv(&door, &network, reach, environment, progress)?;
        let place = environment.cache().join("golden");
        fs_err::create_dir_all(&place)?;
        let in_use = in_use(&place)?;
        let directory = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(&place)
            .with_context(|| format!("cannot make a directory in `{}`", place.display()))?;
        let allow_build = project
            .config
            .as_ref()
            .map_or_else(Vec::new, |config| config.policy.allow_build.clone());
        Ok(Self {
            uv,
            network,
            indexes,
            reach: match reach {
                Reach::Offline => SolverNetwork::Offline,
                Reach::Online => SolverNetwork::Allowed,
            },
            allow_build,
            directory,
            _in_use: in_use,
        })
    }

    /// Makes an environment that has what a lock has. `python` is the interpreter where the lock does
    /// not tell it.
    pub(crate) fn make(&self, name: &str, locked: &Locked, python: &str) -> Result<Made, UvError> {
        let made = Made {
            directory: self.directory.path().join(name),
            interpreter: interpreter(locked, python),
        };
        let variables = &self.network.variables;
        self.uv
            .make_environment(&made.directory, &made.interpreter, self.reach, variables)?;
        self.fill(&made, locked, &BTreeSet::new())?;
        Ok(made)
    }

    /// Exchanges what differs from a lock; `again` are packages of the same version to be installed
    /// again. The interpreter must be the one that the environment was made with.
    pub(crate) fn fill(
        &self,
        made: &Made,
        locked: &Locked,
        again: &BTreeSet<PackageId>,
    ) -> Result<(), UvError> {
        let file = self.keep(&made.directory, locked)?;
        let packages = locked
            .packages
            .iter()
            .map(|package| package.package.clone())
            .collect();
        self.uv.install(&InstallRequest {
            lock: &file,
            environment: &made.directory,
            again,
            packages: &packages,
            allow_build: &self.allow_build,
            indexes: &self.indexes,
            network: self.reach,
            cache: InstallCache::Use,
            variables: &self.network.variables,
        })
    }

    /// Whether an environment has the interpreter of a lock.
    pub(crate) fn has_interpreter(made: &Made, locked: &Locked, python: &str) -> bool {
        made.interpreter == interpreter(locked, python)
    }

    /// What the packages of an environment ask for and do not find.
    pub(crate) fn conflicts(&self, made: &Made) -> Result<Vec<String>, UvError> {
        self.uv.conflicts(&made.directory, &self.network.variables)
    }

    /// The lock as a file beside the environment, under a name that installers take.
    fn keep(&self, environment: &Path, locked: &Locked) -> Result<PathBuf, UvError> {
        let name = environment.file_name().unwrap_or_default();
        let file = self
            .directory
            .path()
            .join(format!("pylock.{}.toml", name.to_string_lossy()));
        fs_err::write(&file, holdfast_locked::write(locked)).map_err(|source| {
            UvError::Scratch {
                directory: self.directory.path().display().to_string(),
                source,
            }
        })?;
        Ok(file)
    }
}

/// How the directories begin in which environments are made.
const PREFIX: &str = "environments-";

/// A shared lock on what lies in `place`. Where nobody else has one, environments that are there were
/// left behind by runs that were killed, and are removed.
fn in_use(place: &Path) -> Result<fs_err::File> {
    let path = place.join("in-use");
    let file = fs_err::File::create(&path)?;
    if file.try_lock().is_ok() {
        for entry in fs_err::read_dir(place)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                // what cannot be removed is in nobody's way
                let _ = fs_err::remove_dir_all(entry.path());
            }
        }
        file.unlock()?;
    }
    // on a file system without locks nothing is taken for left behind
    let _ = file.lock_shared();
    Ok(file)
}

/// `cpython@3.11.7`, so that another implementation on the way is not taken.
fn interpreter(locked: &Locked, python: &str) -> String {
    match &locked.holdfast {
        Some(metadata) => format!("{}@{}", metadata.implementation, metadata.python),
        None => format!("cpython@{python}"),
    }
}
