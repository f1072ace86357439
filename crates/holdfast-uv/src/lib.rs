//! The uv program as Holdfast's solver: found or fetched, driven, its files read.
//!
//! This is the only room that knows uv's options and file formats. A [`SolveRequest`] becomes a
//! project that uv can lock, with one dependency group per environment, so that all environments are
//! solved jointly; uv's answer becomes a [`Solution`], which splits into one lock per environment.
//!
//! It does not judge what uv chose, and it does not fetch anything itself: the caller brings the
//! bytes of uv's wheel where no uv is at hand.

mod configuration;
mod install;
mod interpreter;
mod lockfile;
mod markers;
mod pinned;
mod program;
mod request;
mod run;
mod said;
mod solution;
mod synthesise;

pub use configuration::{UvConfiguration, read_configuration};
pub use install::{InstallCache, InstallRequest};
pub use markers::{Machines, MarkerError};
pub use pinned::{PINNED_VERSION, PinnedWheel, pinned_wheel};
pub use program::{FindError, Search, TESTED, Uv, find, install};
pub use request::{
    IndexRole, Network, Preference, SolveEnvironment, SolveIndex, SolveRequest, SolveSource,
};
pub use run::{Answer, Solved, UvError, Yanked};
pub use solution::{Solution, SolutionError, SolvedEnvironment, WithoutFiles};
pub use synthesise::pep508;
