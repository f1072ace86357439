//! The supervisor's priority over the model: setpriority(2).
//!
//! A model that starts ever more processes leaves ever less of the processors to whoever counts
//! them. Root can put itself first; of others the kernel itself keeps the count (`RLIMIT_NPROC`),
//! which does not hold for root.

use std::io;

/// The present priority.
pub(super) fn get() -> i32 {
    rustix::process::getpriority_process(None).unwrap_or(0)
}

/// Before all others, where this user may.
pub(super) fn raise() {
    // most users may not
    let _ = rustix::process::setpriority_process(None, -20);
}

/// Sets it back for the model.
pub(super) fn set(nice: i32) -> io::Result<()> {
    if get() == nice {
        return Ok(());
    }
    rustix::process::setpriority_process(None, nice)?;
    Ok(())
}
