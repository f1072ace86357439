//! Why a lock cannot be read, and what is odd about one that can.

use holdfast_model::Location;

/// A lock that cannot be read: where, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {message}")]
pub struct LockError {
    /// The place in the lock.
    pub location: Location,
    /// What is wrong, in one line.
    pub message: String,
    /// How to mend it.
    pub fix: Option<String>,
}

/// Something in a lock that was passed over without harm, and that a person should hear of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockWarning {
    /// The place in the lock.
    pub location: Location,
    /// What was passed over, in one line.
    pub message: String,
}

/// What mends most broken locks.
pub(crate) const WRITE_AGAIN: &str = "restore the lock from version control, or write it again with `holdfast lock` or the tool that made it";
