//! Declared to locked: the loop between the solver and the rules.
//!
//! All environments that share a Python minor version are solved jointly; the rules judge the
//! solution; what they refuse goes back to the solver as ranges, with its reason kept; until nothing
//! blocking is left. Then each environment becomes a lock of its own.
//!
//! The loop holds no rules, does no I/O of its own and reads no clock: the [`Solver`], the
//! [`Packages`] and the advisories are handed in.

mod admissible;
mod changes;
mod collaborators;
mod conflict;
mod contents;
mod core;
mod enrich;
mod facts;
mod joint;
mod lock;
mod metadata;
mod passed_over;
mod probe;
mod refused;
mod request;

pub use crate::core::SharedCore;
pub use changes::{Change, ChangeCause};
pub use collaborators::{Advisories, Details, Listener, Packages, Silent, Solver, Stage};
pub use conflict::{
    Chain, Conflict, KeptPackage, RefusedPackage, SourceArchive, TooYoung, UnknownPackage,
};
pub use lock::{LockError, LockOutcome, LockState, LockedEnvironment, With, lock};
pub use passed_over::{not_installable, too_young};
pub use request::{
    Before, IndexRouting, LockEnvironment, LockRequest, LockRole, NamedIndex, Upgrade,
    UpgradePackages, UpgradePython,
};
