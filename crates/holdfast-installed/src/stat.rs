//! What a file system tells of a file without reading it.

use std::fs::Metadata;

use serde::{Deserialize, Serialize};

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stat {
    /// Bytes.
    pub(crate) size: u64,
    /// When its content was changed, in nanoseconds since 1970; programs may set it.
    pub(crate) modified: i64,
    /// When anything of it was changed; programs may not set it.
    pub(crate) changed: i64,
    /// Its number on its device.
    pub(crate) inode: u64,
    /// The device.
    pub(crate) device: u64,
}

/// The state, and how many names the file has.
#[cfg(unix)]
pub(crate) fn of(metadata: &Metadata) -> (Stat, u64) {
    use std::os::unix::fs::MetadataExt as _;
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000) + rest;
    let stat = Stat {
        size: metadata.size(),
        modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        inode: metadata.ino(),
        device: metadata.dev(),
    };
    (stat, metadata.nlink())
}

/// The state, and how many names the file has; this system does not tell all of it.
#[cfg(not(unix))]
pub(crate) fn of(metadata: &Metadata) -> (Stat, u64) {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_nanos()).ok())
        .unwrap_or_default();
    let stat = Stat {
        size: metadata.len(),
        modified,
        ..Stat::default()
    };
    (stat, 1)
}

impl Stat {
    /// Seconds since 1970 at which the content was changed, as compiled files keep them.
    pub(crate) fn modified_seconds(&self) -> i64 {
        self.modified.div_euclid(1_000_000_000)
    }
}
