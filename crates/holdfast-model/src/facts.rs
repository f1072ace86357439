//! Everything that rules judge, gathered before they do.

use jiff::Timestamp;

use crate::{
    Artefact, Comparison, Declared, Drift, EnvironmentName, Installed, Knowledge, Location, Locked,
};

/// Everything that is known when rules are evaluated. Rules are pure functions of this.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The time to judge by.
    pub now: Timestamp,
    /// The environments, sorted by project and name.
    pub environments: Vec<EnvironmentFacts>,
    /// The model files, sorted by project and path.
    pub artefacts: Vec<ArtefactFacts>,
    /// What is known about their components.
    pub knowledge: Knowledge,
    /// Files that look as if they belonged to an environment and could not be read.
    pub unreadable: Vec<UnreadableFile>,
    /// Golden sets that were replayed.
    pub comparisons: Vec<Comparison>,
    /// Tables of data that were compared.
    pub drifts: Vec<Drift>,
}

impl Facts {
    /// Nothing, at a time.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            environments: Vec::new(),
            artefacts: Vec::new(),
            knowledge: Knowledge::default(),
            unreadable: Vec::new(),
            comparisons: Vec::new(),
            drifts: Vec::new(),
        }
    }
}

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadableFile {
    /// Where it is, as exactly as is known.
    pub location: Location,
    /// Why it could not be read.
    pub reason: String,
}

/// One environment in the states in which it was looked at.
#[derive(Debug, Clone)]
pub struct EnvironmentFacts {
    /// The project's directory, relative to the directory that was checked; empty where it is that.
    pub project: String,
    /// The name; absent where a project was only discovered, without configuration.
    pub name: Option<EnvironmentName>,
    /// The environment that it extends.
    pub extends: Option<EnvironmentName>,
    /// What people wrote.
    pub declared: Observed<Declared>,
    /// Its lock.
    pub locked: Observed<Locked>,
    /// What is on this machine.
    pub installed: Observed<Installed>,
    /// Whether the lock is what the declaration asks for.
    pub freshness: Freshness,
}

/// A model file, and what it belongs to.
#[derive(Debug, Clone)]
pub struct ArtefactFacts {
    /// The project's directory, relative to the directory that was checked; empty where it is that.
    pub project: String,
    /// The file's path, relative to the directory that was checked.
    pub path: String,
    /// What its bytes say.
    pub artefact: Observed<Artefact>,
    /// Where the configuration names it; absent where it was found.
    pub declared: Option<Location>,
    /// The environment that loads it; absent where nobody said, and any of the project's may.
    pub environment: Option<EnvironmentName>,
}

/// Something that may be there.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed<T> {
    /// It was not looked for.
    NotLookedFor,
    /// It should be at this place and is not.
    Absent {
        /// Where it was expected.
        expected: Location,
    },
    /// It is there and cannot be read.
    Unreadable {
        /// Where reading failed.
        location: Location,
        /// Why.
        reason: String,
    },
    /// Here it is.
    Present(T),
}

impl<T> Observed<T> {
    /// The thing, where it is there and could be read.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(thing) => Some(thing),
            Self::NotLookedFor | Self::Absent { .. } | Self::Unreadable { .. } => None,
        }
    }
}

/// Whether a lock is what its declaration asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freshness {
    /// There is no lock, or no declaration, to compare.
    NotApplicable,
    /// It is.
    Fresh,
    /// It is not.
    Stale(Vec<Staleness>),
    /// It cannot be told.
    Unknown {
        /// Why not, and what would help.
        reason: String,
    },
}

/// One respect in which a lock is stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staleness {
    /// What differs, in one line.
    pub message: String,
    /// The requirement that is not met, or the lock.
    pub location: Location,
}
