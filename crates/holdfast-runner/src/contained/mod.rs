//! The hidden subcommand: the processes between `holdfast` and the model.
//!
//! `enter` makes the namespaces and starts `supervise` in them; `supervise` watches, and starts
//! `launch`, which becomes the interpreter. Nothing here prints: standard output and standard error
//! are the model's, and standard input is a socket to [`crate::run()`], over which plans come and
//! messages go. Where the other end of that socket closes, everything ends.

#[cfg(target_os = "linux")]
mod enter;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(unix)]
mod launch;
#[cfg(target_os = "linux")]
mod loopback;
#[cfg(target_os = "linux")]
mod mountinfo;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(unix)]
mod priority;
#[cfg(unix)]
mod processes;
#[cfg(unix)]
mod supervise;

use std::ffi::OsString;
use std::time::Duration;

/// The hidden subcommand's name, which comes before [`ENTER`] and the like.
pub(crate) const SUBCOMMAND: &str = "contained";
/// Makes namespaces and starts [`SUPERVISE`] in them.
pub(crate) const ENTER: &str = "enter";
/// Watches over the model.
pub(crate) const SUPERVISE: &str = "supervise";
/// Becomes the model.
pub(crate) const LAUNCH: &str = "launch";

/// What the hidden subcommand does: `arguments` are those behind its name, `clock` tells the time
/// since some moment and never goes back. Its answer is an exit code.
///
/// It has to be called before the process starts a thread, and is of no use but to [`crate::run()`].
pub fn contained_main(arguments: &[OsString], clock: &dyn Fn() -> Duration) -> u8 {
    let Some((stage, rest)) = arguments.split_first() else {
        return UNKNOWN;
    };
    match stage.to_str() {
        #[cfg(target_os = "linux")]
        Some(ENTER) => enter::enter(),
        #[cfg(unix)]
        Some(SUPERVISE) => supervise::supervise(rest, clock),
        #[cfg(unix)]
        Some(LAUNCH) => launch::launch(rest),
        _ => {
            let _ = (rest, clock);
            UNKNOWN
        }
    }
}

/// The exit code where it is called by somebody else.
const UNKNOWN: u8 = 2;

/// Standard input, which is the socket to [`crate::run()`].
#[cfg(unix)]
fn socket() -> std::io::Result<std::os::unix::net::UnixStream> {
    use std::os::fd::AsFd as _;
    let owned = std::io::stdin().as_fd().try_clone_to_owned()?;
    Ok(owned.into())
}

/// Closes what a careless caller left open: whoever holds a socket has a network.
///
/// File descriptors 0 to 2 stay, and nothing of ours is open yet.
#[cfg(unix)]
fn close_inherited() {
    let directory = if cfg!(target_os = "linux") {
        "/proc/self/fd"
    } else {
        "/dev/fd"
    };
    let Ok(entries) = fs_err::read_dir(directory) else {
        return;
    };
    let open: Vec<i32> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|descriptor| *descriptor > 2)
        .collect();
    for descriptor in open {
        // the directory's own is closed by now, and says so
        let _ = nix::unistd::close(descriptor);
    }
}
