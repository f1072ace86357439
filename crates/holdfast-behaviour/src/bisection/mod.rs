//! Which of the changes between two locks is responsible for other predictions.
//!
//! Delta debugging (Zeller and Hildebrandt, 2002) over the changes, with three turns of its own:
//!
//! - A candidate is always *closed*: a package moves together with those that it needs in order to be
//!   installed at all ([`Changes`]), so nothing is tried that no resolver would have chosen. Packages
//!   that need each other are one [unit](Changes::units).
//! - Units are put into an order in which each comes after those that it needs. Every beginning of that
//!   order is closed, so the first beginning that predicts otherwise is found by halving, or, with room
//!   for several environments at once, by parting into more. Its last unit is a part of the answer; the
//!   search goes on with that unit in place until what was found suffices alone. That costs about
//!   *k · log n* environments for *k* changes of *n* that only together do it.
//! - What does not run settles nothing: another place is tried, and what cannot be told apart is told as
//!   a group.
//!
//! Nothing is run here: a [`Laboratory`] does.

mod changes;
mod order;
mod search;

use std::collections::BTreeSet;

pub use changes::{Change, Changes, Need, Subject};

use self::search::Search;

/// A set of changes by their places in [`Changes::changes`]: what is on top of the first lock.
pub type Candidate = BTreeSet<usize>;

/// Makes environments and runs the model in them.
pub trait Laboratory {
    /// What a model answers to all inputs.
    type Predictions;
    /// Why the search has to end.
    type Error;

    /// Runs the model with each of these sets of changes, if it can several at once. The inner result
    /// is an error where the environment cannot be made, or the model does not run in it.
    fn run(
        &mut self,
        candidates: &[Candidate],
    ) -> Result<Vec<Result<Self::Predictions, String>>, Self::Error>;

    /// Whether two runs predict differently, as far as that counts.
    fn differ(&self, one: &Self::Predictions, other: &Self::Predictions) -> bool;

    /// How many environments are tried at once; at least one.
    fn at_once(&self) -> usize;
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What is responsible, in the order in which it was found; each is on top of those before it.
    /// Nothing where both ends predict the same.
    pub culprits: Vec<Culprit>,
    /// Every environment that was tried between the ends, in order. Where one culprit explains all,
    /// the last has everything else, so far as it can be installed without it.
    pub trials: Vec<Trial>,
    /// Whether the second lock still predicts differently from the first with all culprits on top.
    pub remains: bool,
}

/// Changes that together are responsible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Culprit {
    /// The changes without any of which the predictions stay what they were.
    pub changes: BTreeSet<usize>,
    /// Changes that have to come along for those to be installed.
    pub carried: BTreeSet<usize>,
    /// Everything on top of the first lock with this culprit: culprits before it, too.
    pub candidate: Candidate,
    /// Why the changes could not be told apart: what the environments between them answered, or how
    /// they need each other. Empty where each is responsible.
    pub inseparable: Vec<String>,
}

/// An environment that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What was on top of the first lock.
    pub candidate: Candidate,
    /// What came of it.
    pub outcome: TrialOutcome,
}

/// What came of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrialOutcome {
    /// The model predicts as it did before.
    Same,
    /// It predicts something else.
    Different,
    /// The environment cannot be made, or the model does not run in it.
    Unresolved(String),
}

/// Finds what is responsible. The two ends are the predictions with no change and with all of them.
pub fn bisect<L: Laboratory>(
    changes: &Changes,
    ends: (&L::Predictions, &L::Predictions),
    laboratory: &mut L,
) -> Result<Found, L::Error> {
    Search::new(changes, ends, laboratory).run()
}

#[cfg(test)]
mod tests;
