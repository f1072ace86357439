//! Makes the namespaces, and starts the supervisor in them.

use std::io;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, configure_capability_in_ambient_set,
    set_capabilities,
};

use super::{SUBCOMMAND, SUPERVISE, close_inherited, loopback, mounts, priority, socket};
use crate::plan::{Contained, Message, Plan, Walls, receive, send};

/// What the supervisor needs: to mount `/proc`, and to see and kill whatever the model starts.
const SUPERVISOR: CapabilitySet = CapabilitySet::SYS_ADMIN
    .union(CapabilitySet::SYS_PTRACE)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETPCAP);

/// Reads the plan, makes the namespaces, starts the supervisor and waits for it.
pub(super) fn enter() -> u8 {
    close_inherited();
    let Ok(socket) = socket() else {
        return super::UNKNOWN;
    };
    let plan = match receive::<Plan>(&socket) {
        Ok(Some(plan)) => plan,
        Ok(None) => return super::UNKNOWN,
        Err(error) => return tell(&socket, &failed("reading the plan", &error)),
    };
    let nice = priority::get();
    priority::raise();
    let contained = match close(&plan) {
        Ok(contained) => contained,
        Err(message) => return tell(&socket, &message),
    };
    if send(&socket, &Message::Contained(contained)).is_err() {
        return super::UNKNOWN;
    }
    match supervise(&plan, nice) {
        Ok(code) => code,
        Err(error) => tell(&socket, &failed("starting the supervisor", &error)),
    }
}

fn tell(socket: &UnixStream, message: &Message) -> u8 {
    // where nobody listens, nobody is left to be told
    let _ = send(socket, message);
    1
}

/// Puts the walls up. User and network namespaces have to be there; the rest is told.
fn close(plan: &Plan) -> Result<Contained, Message> {
    let sockets = mounts::sockets();
    let (user, group) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER).map_err(|error| refused("a user namespace", error))?;
    unshare(CloneFlags::CLONE_NEWNET).map_err(|error| refused("a network namespace", error))?;
    for (file, text) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{user} {user} 1")),
        ("gid_map", format!("{group} {group} 1")),
    ] {
        fs_err::write(format!("/proc/self/{file}"), text)
            .map_err(|error| refused(&format!("writing `{file}` of a user namespace"), error))?;
    }
    loopback::up().map_err(|error| refused("setting `lo` up", error))?;
    let mut contained = Contained {
        network: true,
        ..Contained::default()
    };
    contained.shared_memory = is_there(
        unshare(CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWUTS),
        "no namespace of shared memory",
        &mut contained.missing,
    );
    contained.read_only = files(plan, &sockets, &mut contained.missing);
    match plan.walls {
        // without mounts of its own, `/proc` would be of other processes
        Walls::All if contained.read_only => {
            contained.processes = is_there(
                unshare(CloneFlags::CLONE_NEWPID),
                "no namespace of processes",
                &mut contained.missing,
            );
        }
        Walls::All => contained
            .missing
            .push("no namespace of processes: it needs mounts of its own".to_owned()),
        Walls::None | Walls::WithoutProcesses => {}
    }
    contained.missing.sort();
    Ok(contained)
}

/// Whether everything is read only but what may be written to.
fn files(plan: &Plan, sockets: &[std::path::PathBuf], missing: &mut Vec<String>) -> bool {
    if !is_there(
        unshare(CloneFlags::CLONE_NEWNS),
        "no namespace of mounts",
        missing,
    ) {
        return false;
    }
    // no namespaces below this one: they are a large part of the kernel's attack surface, and it
    // is no loss where that cannot be forbidden
    let _ = fs_err::write("/proc/sys/user/max_user_namespaces", "0");
    match mounts::close(plan, sockets) {
        Ok(left) => {
            missing.extend(left);
            true
        }
        Err(error) => {
            missing.push(format!("not read only: {}: {}", error.what, error.source));
            false
        }
    }
}

fn is_there(done: nix::Result<()>, otherwise: &str, missing: &mut Vec<String>) -> bool {
    match done {
        Ok(()) => true,
        Err(error) => {
            missing.push(format!("{otherwise}: {}", io::Error::from(error)));
            false
        }
    }
}

/// Starts the supervisor, which is the first process of a namespace of processes, and waits. The
/// model will have the priority `nice`.
fn supervise(plan: &Plan, nice: i32) -> io::Result<u8> {
    keep_for_supervisor()?;
    let status = Command::new(&plan.holdfast)
        .args([SUBCOMMAND, SUPERVISE])
        .arg(nice.to_string())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::inherit())
        .status()?;
    if let Some(signal) = status.signal() {
        return Err(io::Error::other(format!(
            "it was killed by signal {signal}; the machine may have run out of memory"
        )));
    }
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1))
}

/// Capabilities survive `exec` of a user who is not root in the ambient set alone:
/// capabilities(7).
fn keep_for_supervisor() -> io::Result<()> {
    let now = capabilities(None)?;
    set_capabilities(
        None,
        CapabilitySets {
            inheritable: SUPERVISOR,
            ..now
        },
    )?;
    for capability in SUPERVISOR.iter() {
        configure_capability_in_ambient_set(capability, true)?;
    }
    Ok(())
}

fn refused(what: &str, error: impl Into<io::Error>) -> Message {
    Message::Refused {
        what: what.to_owned(),
        reason: error.into().to_string(),
    }
}

fn failed(what: &str, error: &io::Error) -> Message {
    Message::Failed {
        what: what.to_owned(),
        reason: error.to_string(),
    }
}
