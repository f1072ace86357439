//! Environments between two locks, in which the model is run to find out what changed it.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_behaviour::bisection::{self, Candidate, Changes, Subject};
use holdfast_behaviour::comparison::{Measure, compare};
use holdfast_model::{Comparison, Locked, PackageId};
use holdfast_runner::RunError;
use holdfast_uv::UvError;

use super::model::{Answers, Model};
use super::workshop::{Made, Workshop};
use crate::environment::Environment;
use crate::progress::Progress;

/// Runs a model in environments between two locks.
///
/// Each of its places is an environment that stays from one candidate to the next: only the packages
/// in which the two differ are exchanged.
pub(crate) struct Laboratory<'a> {
    bench: Bench<'a>,
    places: Vec<Place>,
    at_once: usize,
    measured: BTreeMap<Candidate, Measured>,
    /// What packages of the two locks themselves ask for and do not find.
    known: BTreeSet<String>,
    progress: &'a Progress,
}

/// All that is needed to make and try one environment.
#[derive(Clone, Copy)]
pub(crate) struct Bench<'a> {
    pub(crate) workshop: &'a Workshop,
    pub(crate) model: &'a Model,
    pub(crate) before: &'a Locked,
    pub(crate) after: &'a Locked,
    pub(crate) changes: &'a Changes,
    pub(crate) measure: Measure,
    pub(crate) types: &'a BTreeMap<String, String>,
    /// The interpreter where locks do not tell it.
    pub(crate) python: &'a str,
    /// Tells the time.
    pub(crate) environment: &'a Environment,
}

/// An environment that is there, and what is on top of the first lock in it.
struct Place {
    name: String,
    made: Option<Made>,
    holds: Candidate,
}

/// How long an environment took, and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) install: f64,
    pub(crate) run: Option<f64>,
    pub(crate) answers: Result<Answers, String>,
    /// What packages ask for and do not find, where that was looked at.
    conflicts: Vec<String>,
}

/// Why the search has to end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LaboratoryError {
    /// The model cannot be run at all, in whatever environment.
    #[error(transparent)]
    Run(#[from] RunError),
    /// uv cannot be run, or the cache not written to.
    #[error(transparent)]
    Install(#[from] UvError),
}

impl<'a> Laboratory<'a> {
    /// One with room for so many environments at once.
    pub(crate) fn new(bench: Bench<'a>, at_once: usize, progress: &'a Progress) -> Self {
        Self {
            bench,
            places: (0..at_once.max(1)).map(Place::new).collect(),
            at_once: at_once.max(1),
            measured: BTreeMap::new(),
            known: BTreeSet::new(),
            progress,
        }
    }

    /// From now on, so many at once, at most as many as there is room for.
    pub(crate) fn limit(&mut self, at_once: usize) {
        self.at_once = at_once.clamp(1, self.places.len());
    }

    /// What is known of an environment.
    pub(crate) fn measured(&self, candidate: &Candidate) -> Option<&Measured> {
        self.measured.get(candidate)
    }

    /// Tries these, where that is not known, as many at once as there is room for.
    pub(crate) fn try_all(&mut self, candidates: &[Candidate]) -> Result<(), LaboratoryError> {
        let unknown: Vec<&Candidate> = candidates
            .iter()
            .filter(|candidate| !self.measured.contains_key(*candidate))
            .collect();
        for wave in unknown.chunks(self.at_once) {
            self.progress.say(match wave {
                [one] => format!("trying {}", self.bench.named(one)),
                several => format!("trying {} environments", several.len()),
            });
            let (bench, known) = (self.bench, &self.known);
            let taken = take(&mut self.places, wave);
            let tried: Vec<Result<Measured, LaboratoryError>> = std::thread::scope(|scope| {
                let running: Vec<_> = taken
                    .into_iter()
                    .zip(wave)
                    .map(|(place, candidate)| {
                        scope.spawn(move || bench.measure(place, candidate, known))
                    })
                    .collect();
                running
                    .into_iter()
                    .map(|thread| {
                        thread
                            .join()
                            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                    })
                    .collect()
            });
            for (candidate, measured) in wave.iter().zip(tried) {
                let measured = measured?;
                if !bench.is_between(candidate) {
                    self.known.extend(measured.conflicts.iter().cloned());
                }
                self.measured.insert((*candidate).clone(), measured);
            }
        }
        Ok(())
    }

    /// Runs the model once more in an environment that was tried.
    pub(crate) fn again(
        &mut self,
        candidate: &Candidate,
    ) -> Result<Result<Answers, String>, LaboratoryError> {
        let bench = self.bench;
        match take(&mut self.places, &[candidate]).into_iter().next() {
            Some(place) => Ok(bench.measure(place, candidate, &self.known)?.answers),
            None => Ok(Err("there is no room for an environment".to_owned())),
        }
    }
}

impl bisection::Laboratory for Laboratory<'_> {
    type Predictions = Answers;
    type Error = LaboratoryError;

    fn run(
        &mut self,
        candidates: &[Candidate],
    ) -> Result<Vec<Result<Answers, String>>, LaboratoryError> {
        self.try_all(candidates)?;
        Ok(candidates
            .iter()
            .map(|candidate| match self.measured.get(candidate) {
                Some(measured) => measured.answers.clone(),
                None => Err("it was not tried".to_owned()),
            })
            .collect())
    }

    fn differ(&self, one: &Answers, other: &Answers) -> bool {
        self.bench.compare(one, other).changed > 0
    }

    fn at_once(&self) -> usize {
        self.at_once
    }
}

impl Place {
    fn new(number: usize) -> Self {
        Self {
            name: format!("environment-{}", number + 1),
            made: None,
            holds: Candidate::new(),
        }
    }
}

/// A place for each of these: the one in which the least has to be exchanged.
fn take<'p>(places: &'p mut [Place], wave: &[&Candidate]) -> Vec<&'p mut Place> {
    let mut free: Vec<&mut Place> = places.iter_mut().collect();
    let mut taken = Vec::new();
    for candidate in wave {
        let nearest = free
            .iter()
            .enumerate()
            .min_by_key(|(_, place)| match place.made {
                Some(_) => place.holds.symmetric_difference(candidate).count(),
                None => usize::MAX,
            })
            .map(|(position, _)| position);
        if let Some(position) = nearest {
            taken.push(free.swap_remove(position));
        }
    }
    taken
}

impl Bench<'_> {
    /// How two runs differ.
    pub(crate) fn compare(&self, one: &Answers, other: &Answers) -> Comparison {
        compare(
            &one.predictions,
            &other.predictions,
            self.types,
            &self.measure,
        )
    }

    /// Names of what is on top of the first lock.
    fn named(&self, candidate: &Candidate) -> String {
        let names: Vec<String> = candidate
            .iter()
            .filter_map(|place| self.changes.changes.get(*place))
            .map(|change| change.subject.to_string())
            .collect();
        if names.is_empty() {
            "the first lock".to_owned()
        } else {
            names.join(", ")
        }
    }

    fn measure(
        &self,
        place: &mut Place,
        candidate: &Candidate,
        known: &BTreeSet<String>,
    ) -> Result<Measured, LaboratoryError> {
        let start = self.environment.elapsed();
        let made = self.install(place, candidate)?;
        let installed = self.environment.elapsed();
        let install = installed.saturating_sub(start).as_secs_f64();
        let not_run = |reason: String| Measured {
            install,
            run: None,
            answers: Err(reason),
            conflicts: Vec::new(),
        };
        let made = match made {
            Ok(made) => made,
            Err(reason) => return Ok(not_run(reason)),
        };
        let conflicts = self.workshop.conflicts(&made)?;
        // the two locks are what they are, whatever their packages say of each other
        if self.is_between(candidate)
            && let Some(conflict) = conflicts.iter().find(|it| !known.contains(*it))
        {
            return Ok(not_run(format!("no resolver would choose it: {conflict}")));
        }
        let answers = match self.model.run(&made.python(), Some(&made.directory)) {
            Ok(answers) => Ok(answers),
            Err(error) if is_of_the_machine(&error) => return Err(error.into()),
            Err(error) => Err(one_line(&error.to_string())),
        };
        let run = self.environment.elapsed().saturating_sub(installed);
        Ok(Measured {
            install,
            run: Some(run.as_secs_f64()),
            answers,
            conflicts,
        })
    }

    /// Makes the environment, or exchanges what differs; the inner error says why it cannot be.
    fn install(
        &self,
        place: &mut Place,
        candidate: &Candidate,
    ) -> Result<Result<Made, String>, LaboratoryError> {
        let locked = self.mixed(candidate);
        let fits = place
            .made
            .take()
            .filter(|made| Workshop::has_interpreter(made, &locked, self.python));
        let done = match fits {
            Some(made) => {
                let again = self.again(&place.holds, candidate);
                self.workshop.fill(&made, &locked, &again).map(|()| made)
            }
            None => self.workshop.make(&place.name, &locked, self.python),
        };
        let made = match done {
            Ok(made) => made,
            Err(error) => return explained(error).map(Err),
        };
        place.made = Some(made.clone());
        place.holds.clone_from(candidate);
        Ok(Ok(made))
    }

    fn is_between(&self, candidate: &Candidate) -> bool {
        !candidate.is_empty() && candidate.len() < self.changes.changes.len()
    }

    /// Packages that differ between two candidates by their files alone, which versions do not tell.
    fn again(&self, held: &Candidate, candidate: &Candidate) -> BTreeSet<PackageId> {
        held.symmetric_difference(candidate)
            .filter_map(|place| self.changes.changes.get(*place))
            .filter(|change| change.before == change.after)
            .filter_map(|change| match &change.subject {
                Subject::Package(package) => Some(package.clone()),
                Subject::Interpreter => None,
            })
            .collect()
    }

    /// The first lock with these changes.
    fn mixed(&self, candidate: &Candidate) -> Locked {
        let moved: BTreeSet<&Subject> = candidate
            .iter()
            .filter_map(|place| self.changes.changes.get(*place))
            .map(|change| &change.subject)
            .collect();
        let is_moved = |package: &PackageId| moved.contains(&Subject::Package(package.clone()));
        let mut locked = self.before.clone();
        locked
            .packages
            .retain(|package| !is_moved(&package.package));
        let after = self.after.packages.iter();
        locked
            .packages
            .extend(after.filter(|package| is_moved(&package.package)).cloned());
        if moved.contains(&Subject::Interpreter) {
            locked
                .requires_python
                .clone_from(&self.after.requires_python);
            locked.environments.clone_from(&self.after.environments);
            locked.holdfast.clone_from(&self.after.holdfast);
        }
        locked
    }
}

/// Whether an error would come in every environment.
fn is_of_the_machine(error: &RunError) -> bool {
    match error {
        RunError::Request { .. }
        | RunError::Scratch { .. }
        | RunError::Start { .. }
        | RunError::Refused { .. }
        | RunError::NoContainment
        | RunError::Elsewhere
        | RunError::Contain { .. } => true,
        RunError::Load { .. }
        | RunError::Time { .. }
        | RunError::Memory { .. }
        | RunError::Processes { .. }
        | RunError::Output { .. }
        | RunError::Exited { .. }
        | RunError::Killed { .. }
        | RunError::NotText { .. }
        | RunError::NotJson { .. }
        | RunError::Count { .. }
        | RunError::Broken { .. } => false,
    }
}

/// What uv says of an environment that it cannot make; an error where it cannot make any.
fn explained(error: UvError) -> Result<String, LaboratoryError> {
    match error {
        UvError::Start { .. } | UvError::Scratch { .. } => Err(error.into()),
        UvError::NoInterpreter { .. }
        | UvError::NotCached { .. }
        | UvError::Build { .. }
        | UvError::Index { .. }
        | UvError::Failed { .. }
        | UvError::Solution(_) => Ok(one_line(&error.to_string())),
    }
}

/// The first line, and the last, which of a traceback says what happened.
fn one_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    match lines.next_back() {
        Some(last) if !first.contains(last) => format!("{first} … {last}"),
        Some(_) | None => first.to_owned(),
    }
}
