//! Which environment a model runs in: the project's, where it is what is locked, else one that is
//! made for the run.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use holdfast_model::{EnvironmentName, Locked, Severity};
use holdfast_project::Project;
use holdfast_rules::{RuleSet, Selection, evaluate};
use holdfast_sources::Reach;

use super::workshop::{Made, Workshop};
use crate::cli::RunOptions;
use crate::environment::Environment;
use crate::place::Place;
use crate::progress::Progress;
use crate::project;
use crate::solver::explained;
use crate::verifying::{Remember, Target, look, targets};

/// Where a model is to run.
pub(crate) enum Where {
    /// In an environment of the project.
    Environment {
        /// Which.
        name: EnvironmentName,
        /// Its place, where a person says it.
        venv: Option<PathBuf>,
    },
    /// In one that is made from a lock.
    Lock(PathBuf),
}

/// An environment in which a model can run.
pub(crate) struct Ready {
    /// The environment of the project that it is.
    pub(crate) name: Option<EnvironmentName>,
    /// The lock, read.
    pub(crate) locked: Locked,
    /// The lock's file.
    pub(crate) lock: PathBuf,
    /// The interpreter.
    pub(crate) python: PathBuf,
    /// The environment, where it was made for this run and may be written to.
    pub(crate) made: Option<Made>,
    /// Keeps what was made until the run is over.
    _workshop: Option<Workshop>,
}

/// What is needed to find one.
pub(crate) struct Surroundings<'a> {
    pub(crate) project: &'a Project,
    pub(crate) run: &'a RunOptions,
    pub(crate) environment: &'a Environment,
    pub(crate) progress: &'a Progress,
    /// The interpreter, where a lock does not tell it.
    pub(crate) python: &'a str,
}

/// Finds or makes the environment.
pub(crate) fn ready(wanted: Where, surroundings: &Surroundings<'_>) -> Result<Ready> {
    match wanted {
        Where::Lock(lock) => {
            let locked = read(&lock)?;
            make(None, locked, lock, surroundings)
        }
        Where::Environment { name, venv } => {
            let mut target = target(&name, venv.clone(), surroundings)?;
            let locked = target.locked(surroundings.project)?.clone();
            let lock = surroundings.project.root.join(&locked.file);
            if target.place.path.join("pyvenv.cfg").is_file() {
                must_be_what_is_locked(&mut target, &name, surroundings)?;
                let python = project::canonical(&target.place.path).join("bin/python");
                return Ok(Ready {
                    name: Some(name),
                    locked,
                    lock,
                    python,
                    made: None,
                    _workshop: None,
                });
            }
            if let Some(venv) = venv {
                bail!(
                    "`{}` is no virtual environment: make it with `holdfast sync -e {name} --venv {}`",
                    venv.display(),
                    venv.display()
                );
            }
            make(Some(name), locked, lock, surroundings)
        }
    }
}

/// A lock that Holdfast can install from.
pub(crate) fn read(lock: &Path) -> Result<Locked> {
    let shown = lock.display().to_string();
    let bytes = fs_err::read(lock).with_context(|| format!("cannot read the lock `{shown}`"))?;
    holdfast_locked::read(&bytes, &shown).with_context(|| {
        format!("`{shown}` is no `pylock.toml`: a lock of another tool is made one with `holdfast import`")
    })
}

fn make(
    name: Option<EnvironmentName>,
    locked: Locked,
    lock: PathBuf,
    surroundings: &Surroundings<'_>,
) -> Result<Ready> {
    let Surroundings {
        project,
        run,
        environment,
        progress,
        python,
    } = surroundings;
    if locked.holdfast.is_none() && python.is_empty() {
        bail!(
            "`{}` does not say which Python it is for: make the environment, and name it with `--venv`",
            lock.display()
        );
    }
    let reach = reach(run);
    let workshop = Workshop::open(project, reach, environment, progress)?;
    progress.say(format!(
        "making an environment of {} packages",
        locked.packages.len()
    ));
    let made = workshop
        .make("environment", &locked, python)
        .map_err(explained)?;
    Ok(Ready {
        name,
        locked,
        lock,
        python: made.python(),
        made: Some(made),
        _workshop: Some(workshop),
    })
}

/// Whether environments may be made with the network's help.
pub(crate) fn reach(run: &RunOptions) -> Reach {
    if run.offline {
        Reach::Offline
    } else {
        Reach::Online
    }
}

fn target(
    name: &EnvironmentName,
    venv: Option<PathBuf>,
    surroundings: &Surroundings<'_>,
) -> Result<Target> {
    let config = project::configuration(surroundings.project)?;
    let targets = targets(
        surroundings.project,
        config,
        std::slice::from_ref(name),
        venv.map(Place::here),
        surroundings.environment,
    )?;
    targets
        .into_iter()
        .next()
        .with_context(|| format!("environment `{name}` is not configured"))
}

/// What a model answers in an environment that is not what is locked says nothing of the lock.
fn must_be_what_is_locked(
    target: &mut Target,
    name: &EnvironmentName,
    surroundings: &Surroundings<'_>,
) -> Result<()> {
    surroundings.progress.say("verifying the environment");
    let root = &surroundings.project.root;
    look(target, root, Remember::Yes, surroundings.environment)?;
    let config = project::configuration(surroundings.project)?;
    let selection = Selection::Set(RuleSet::Verify);
    let evaluation = evaluate(&selection, &target.facts, &config.policy);
    if let Some(first) = evaluation.at_least(Severity::Warning).next() {
        let count = evaluation.at_least(Severity::Warning).count();
        bail!(
            "`{}` is not what is locked: {}{}: run `holdfast sync -e {name}`",
            target.place.path.display(),
            first.message,
            match count {
                1 => String::new(),
                more => format!(", and {} more", more - 1),
            }
        );
    }
    Ok(())
}
