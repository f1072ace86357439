//! The lock: `pylock.toml` (PEP 751) with `[tool.holdfast]`, read, written, saved and compared.
//!
//! [`read()`] takes the lock of any tool that keeps to the standard and says where one does not;
//! [`write()`] gives the same bytes for the same lock; [`save()`] puts a set of locks into a directory so
//! that a kill leaves each of them whole. [`Graph`], [`diff()`] and [`freshness()`] answer what people
//! ask of a lock, and work on locks of any format; [`import`] makes ours of one of another tool.
//!
//! This crate does not touch the network and does not judge: what a difference means is for the
//! rules to say.

mod address;
mod credentials;
mod decode;
pub mod diff;
mod document;
mod error;
mod freshness;
pub mod graph;
mod groups;
pub mod import;
mod names;
#[cfg(test)]
mod oracle;
mod read;
mod save;
#[cfg(test)]
mod testing;
mod tree;
mod write;

pub use diff::{ArtefactChange, LockDiff, diff};
pub use error::{LockError, LockWarning};
pub use freshness::{freshness, unsatisfied};
pub use graph::Graph;
pub use names::is_lock_file_name;
pub use read::{Reading, read, read_noting};
pub use save::{Pending, PendingLock, PendingState, SaveError, Saved, pending, save};
pub use write::write;
