//! Gives up what the model must not have, and becomes the interpreter.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// The exit code where the interpreter cannot be started, as shells have it.
pub(super) const NOT_STARTED: u8 = 127;

/// How much of its privileges a program keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Privileges {
    Keep,
    Drop,
}

impl Privileges {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Drop => "drop",
        }
    }
}

/// Becomes the program that `arguments` name: `keep` or `drop`, the largest file in bytes, the
/// program, its arguments.
pub(super) fn launch(arguments: &[OsString]) -> u8 {
    let error = match arguments {
        [privileges, file, program, rest @ ..] => {
            let file = file.to_str().and_then(|file| file.parse().ok());
            prepare(privileges == Privileges::Drop.as_str(), file)
                .map_or_else(|error| error, |()| Command::new(program).args(rest).exec())
        }
        _ => io::Error::from(io::ErrorKind::InvalidInput),
    };
    // this is the model's standard error, of which the caller shows the end
    let _ = io::Write::write_all(
        &mut io::stderr(),
        format!("the interpreter cannot be started: {error}\n").as_bytes(),
    );
    NOT_STARTED
}

fn prepare(drop_privileges: bool, file: Option<u64>) -> io::Result<()> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    if let Some(file) = file {
        let (_, most) = getrlimit(Resource::RLIMIT_FSIZE)?;
        let file = file.min(most);
        setrlimit(Resource::RLIMIT_FSIZE, file, file)?;
    }
    #[cfg(target_os = "linux")]
    {
        nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
        if drop_privileges {
            give_up()?;
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = drop_privileges;
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
