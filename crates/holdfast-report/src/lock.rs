//! What a run of `holdfast lock` did.

mod json;
mod text;

use std::time::Duration;

use holdfast_model::{EnvironmentName, Exemption, PackageId, PassedOver, Platform};

pub use json::{LockReport, lock_json};
pub use text::lock_text;

/// What a run of `holdfast lock` did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LockSummary {
    /// The environments, in the order in which they are to be shown.
    pub environments: Vec<EnvironmentLine>,
    /// What several environments share; absent where only one was locked.
    pub core: Option<CoreLine>,
    /// What was passed over, and why; sorted by package and version.
    pub passed_over: Vec<PassedOver>,
    /// What was let through, and why; sorted.
    pub exemptions: Vec<Exemption>,
    /// What is locked at another version than before; sorted by package. Empty where there was no
    /// lock before.
    pub changes: Vec<LockChange>,
    /// What else is to be known, a sentence each: that the feed did not answer.
    pub notes: Vec<String>,
    /// How long it took.
    pub timings: Timings,
}

/// One environment of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentLine {
    /// Its name.
    pub name: EnvironmentName,
    /// The interpreter, to the patch.
    pub python: String,
    /// The machines that it is for.
    pub platforms: Vec<Platform>,
    /// How many packages it has.
    pub packages: usize,
    /// What is downloaded for one machine, where every size is known.
    pub bytes: Option<u64>,
    /// What became of its lock.
    pub state: LockState,
}

/// What became of a lock.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum LockState {
    /// It was written.
    Written,
    /// It is what it should be, and was not touched.
    Unchanged,
    /// It would be written if this was no dry run.
    WouldWrite,
    /// It was not asked for, and stays as it is.
    Kept,
}

/// What several environments share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreLine {
    /// How many packages are in all of them, at equal versions.
    pub count: usize,
    /// The environments.
    pub environments: Vec<EnvironmentName>,
}

/// A package that is locked at another version than before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockChange {
    /// The environment.
    pub environment: EnvironmentName,
    /// The package.
    pub package: PackageId,
    /// Its version before; absent where it was not there.
    pub from: Option<String>,
    /// Its version now; absent where it is not there any more.
    pub to: Option<String>,
    /// Why, in one line; empty where the declaration asks for it.
    pub reason: String,
}

/// How long a run took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// All of it.
    pub total: Duration,
    /// What the solver took of it.
    pub solver: Duration,
}
