//! Environments of projects that never heard of Holdfast, put together from the files found.
//!
//! Which file is the lock of which manifest is told by names and by what the files say of one
//! another; see `docs/how-it-finds-files.md`.

mod pairs;
mod piece;

use holdfast_declared::{Files, LockInputs};
use holdfast_model::{
    Declared, DeclaredPython, Ecosystem, EnvironmentFacts, Freshness, Location, Locked, Observed,
    UnreadableFile,
};

use crate::configured::{digest_of_files, python_version_file};
use crate::discover::Discovered;
use crate::project::path_in;
use pairs::{Plan, plan};
use piece::Piece;

/// What the files of one project amount to.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) environments: Vec<EnvironmentFacts>,
    pub(crate) unreadable: Vec<UnreadableFile>,
}

/// Reads the files of one project and puts environments together from them.
///
/// `is_covered` tells of files that belong to an environment that the configuration names: they make
/// no environment of their own.
pub(crate) fn environments(
    files: &dyn Files,
    project: &str,
    discovered: &[&Discovered],
    is_covered: &dyn Fn(&str) -> bool,
) -> Found {
    let list: Vec<Piece> = discovered
        .iter()
        .filter_map(|file| piece::read(files, file))
        .collect();
    let unreadable = list.iter().filter_map(|piece| piece.unreadable.clone());
    let unreadable = unreadable.collect();
    let settings = Settings::of(files, project, &list);
    let mut plans = plan(&list);
    plans.retain(|plan| {
        let mut of_plan = plan.manifests.iter().chain(&plan.lock);
        !of_plan.all(|position| list.get(*position).is_some_and(|it| is_covered(&it.path)))
    });
    let mut pieces = Pieces::new(list, &plans);
    Found {
        environments: plans
            .iter()
            .map(|plan| facts(files, project, plan, (&mut pieces, &settings)))
            .collect(),
        unreadable,
    }
}

/// The files of a project while environments are made of them. What a file says is handed over to
/// the last environment that it is part of, and copied for those before: it may be large.
struct Pieces(Vec<Shared>);

struct Shared {
    piece: Piece,
    /// How many environments still want what it declares.
    as_manifest: usize,
    /// How many still want what it locks.
    as_lock: usize,
}

impl Pieces {
    fn new(list: Vec<Piece>, plans: &[Plan]) -> Self {
        let mut shared: Vec<Shared> = list
            .into_iter()
            .map(|piece| Shared {
                piece,
                as_manifest: 0,
                as_lock: 0,
            })
            .collect();
        for plan in plans {
            for manifest in &plan.manifests {
                if let Some(shared) = shared.get_mut(*manifest) {
                    shared.as_manifest += 1;
                }
            }
            if let Some(shared) = plan.lock.and_then(|lock| shared.get_mut(lock)) {
                shared.as_lock += 1;
            }
        }
        Self(shared)
    }

    fn is_setting(&self, position: usize) -> bool {
        let shared = self.0.get(position);
        shared.is_some_and(|shared| shared.piece.is_setting())
    }

    fn declared(&mut self, position: usize) -> Observed<Declared> {
        match self.0.get_mut(position) {
            Some(shared) => hand_over(&mut shared.piece.declared, &mut shared.as_manifest),
            None => Observed::NotLookedFor,
        }
    }

    /// What a lock says of its declarations; environments that share a lock share this.
    fn lock_inputs(&self, position: usize) -> Option<LockInputs> {
        self.0.get(position)?.piece.lock_inputs.clone()
    }

    fn locked(&mut self, position: usize) -> Observed<Locked> {
        match self.0.get_mut(position) {
            Some(shared) => match shared.piece.broken_lock() {
                Some(broken) => broken,
                None => hand_over(&mut shared.piece.locked, &mut shared.as_lock),
            },
            None => Observed::NotLookedFor,
        }
    }
}

fn hand_over<T: Clone>(observed: &mut Observed<T>, uses: &mut usize) -> Observed<T> {
    *uses = uses.saturating_sub(1);
    if *uses == 0 && observed.present().is_some() {
        std::mem::replace(observed, Observed::NotLookedFor)
    } else {
        observed.clone()
    }
}

/// What files of the project say for all of its environments.
struct Settings {
    declared: Declared,
    /// What `pyproject.toml` says of the interpreter, for what says nothing itself.
    python_of_pyproject: Vec<DeclaredPython>,
}

impl Settings {
    fn of(files: &dyn Files, project: &str, pieces: &[Piece]) -> Self {
        let mut declared = Declared::default();
        for piece in pieces.iter().filter(|piece| piece.is_setting()) {
            if let Observed::Present(part) = &piece.declared {
                declared.merge(part.clone());
            }
        }
        if declared.python.is_empty() {
            declared.python = python_version_file(files, project);
        }
        let python_of_pyproject = pieces
            .iter()
            .filter(|piece| piece.name() == "pyproject.toml")
            .filter_map(|piece| piece.declared.present())
            .flat_map(|declared| declared.python.clone())
            .collect();
        Self {
            declared,
            python_of_pyproject,
        }
    }

    /// Adds them to what an environment of Python packages declares.
    fn add_to(&self, declared: &mut Declared) {
        let is_python = declared.requirements.is_empty()
            || declared
                .requirements
                .iter()
                .any(|requirement| requirement.package.ecosystem() == Ecosystem::Pypi);
        if !is_python {
            return;
        }
        declared.merge(self.declared.clone());
        if declared.python.is_empty() {
            declared.python.clone_from(&self.python_of_pyproject);
        }
    }
}

fn facts(
    files: &dyn Files,
    project: &str,
    plan: &Plan,
    (pieces, settings): (&mut Pieces, &Settings),
) -> EnvironmentFacts {
    let inputs = plan.lock.and_then(|lock| pieces.lock_inputs(lock));
    let locked = match plan.lock {
        Some(lock) => pieces.locked(lock),
        None => Observed::Absent {
            expected: Location::start_of(path_in(project, "pylock.toml")),
        },
    };
    let mut declared = merged(&plan.manifests, pieces);
    // a file is always what it itself says
    let freshness = if plan.is_its_own_lock() {
        Freshness::NotApplicable
    } else {
        freshness(files, &declared, (&locked, inputs.as_ref()))
    };
    let mut manifests = plan.manifests.iter();
    let is_more_than_settings = !manifests.all(|manifest| pieces.is_setting(*manifest));
    if let Observed::Present(declared) = &mut declared
        && is_more_than_settings
    {
        settings.add_to(declared);
    }
    EnvironmentFacts {
        project: project.to_owned(),
        name: None,
        extends: None,
        declared,
        locked,
        installed: Observed::NotLookedFor,
        freshness,
    }
}

/// Whether a lock is what is declared: by the means of the tool that wrote it where it has some, by
/// what it satisfies otherwise.
fn freshness(
    files: &dyn Files,
    declared: &Observed<Declared>,
    (locked, inputs): (&Observed<Locked>, Option<&LockInputs>),
) -> Freshness {
    let (Some(locked), false) = (
        locked.present(),
        matches!(declared, Observed::Unreadable { .. }),
    ) else {
        return Freshness::NotApplicable;
    };
    if let Some(inputs) = inputs {
        // a manifest that declares nothing any more is one as well
        let own = holdfast_declared::freshness(files, locked, inputs);
        if own != Freshness::NotApplicable {
            return own;
        }
    }
    let Some(declared) = declared.present() else {
        return Freshness::NotApplicable;
    };
    match &locked.holdfast {
        None => holdfast_locked::freshness(locked, &digest_of_files(declared), declared),
        // its digest is of a configuration's settings as well, and there is no configuration
        Some(metadata) => Freshness::Unknown {
            reason: format!(
                "`{}` is the lock of environment `{}`, which no configuration names; remove it, or restore `holdfast.toml`",
                locked.file, metadata.environment
            ),
        },
    }
}

/// What several manifests declare together; what is wrong with the first that cannot be read.
fn merged(manifests: &[usize], pieces: &mut Pieces) -> Observed<Declared> {
    let mut all: Option<Declared> = None;
    for manifest in manifests {
        match (pieces.declared(*manifest), &mut all) {
            (Observed::Present(declared), None) => all = Some(declared),
            (Observed::Present(declared), Some(all)) => all.merge(declared),
            (unreadable @ Observed::Unreadable { .. }, _) => return unreadable,
            (Observed::NotLookedFor | Observed::Absent { .. }, _) => {}
        }
    }
    all.map_or(Observed::NotLookedFor, Observed::Present)
}

#[cfg(test)]
mod tests;
