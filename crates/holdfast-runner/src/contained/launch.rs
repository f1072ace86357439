//! Gives up what the model must not have, and becomes the interpreter.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::priority;

/// The exit code where the interpreter cannot be started, as shells have it.
pub(super) const NOT_STARTED: u8 = 127;

/// What a program keeps of its privileges, and what it may use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Bounds {
    /// Whether it gives up its capabilities for good.
    pub(super) drop_privileges: bool,
    /// The largest file that it may write, in bytes.
    pub(super) file: u64,
    /// Threads that its user may have in this namespace; nothing where others would count.
    pub(super) tasks: Option<u32>,
    /// Its priority: setpriority(2).
    pub(super) nice: i32,
}

/// Becomes the program that `arguments` name: [`Bounds`] as JSON, the program, its arguments.
pub(super) fn launch(arguments: &[OsString]) -> u8 {
    let error = match arguments {
        [bounds, program, rest @ ..] => match prepare(bounds) {
            Ok(()) => Command::new(program).args(rest).exec(),
            Err(error) => error,
        },
        _ => io::Error::from(io::ErrorKind::InvalidInput),
    };
    // this is the model's standard error, of which the caller shows the end
    let _ = io::Write::write_all(
        &mut io::stderr(),
        format!("the interpreter cannot be started: {error}\n").as_bytes(),
    );
    NOT_STARTED
}

fn prepare(bounds: &OsStr) -> io::Result<()> {
    let bounds: Bounds = serde_json::from_slice(bounds.as_encoded_bytes())?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    lower(Resource::RLIMIT_FSIZE, bounds.file)?;
    priority::set(bounds.nice)?;
    #[cfg(target_os = "linux")]
    {
        nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
        if let Some(tasks) = bounds.tasks {
            lower(Resource::RLIMIT_NPROC, u64::from(tasks))?;
        }
        if bounds.drop_privileges {
            give_up()?;
        }
    }
    Ok(())
}

/// Lowers a limit for good; one that is lower already stays.
fn lower(resource: Resource, to: u64) -> io::Result<()> {
    let (_, most) = getrlimit(resource)?;
    let to = to.min(most);
    setrlimit(resource, to, to)?;
    Ok(())
}

/// Gives up all capabilities for good: those of the user namespace could undo every mount.
#[cfg(target_os = "linux")]
fn give_up() -> io::Result<()> {
    use rustix::thread::{
        CapabilitySet, CapabilitySets, clear_ambient_capability_set,
        remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
    };
    set_no_new_privs(true)?;
    clear_ambient_capability_set()?;
    for capability in CapabilitySet::all().iter() {
        match remove_capability_from_bounding_set(capability) {
            // a capability that this kernel does not know yet
            Ok(()) | Err(rustix::io::Errno::INVAL) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let none = CapabilitySet::empty();
    set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )?;
    Ok(())
}
