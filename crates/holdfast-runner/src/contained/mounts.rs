//! Makes everything read only but what may be written to, in a mount namespace of its own.
//!
//! What is mounted read only can still be a door: sockets of the file system are covered, and
//! `/dev` is replaced by one that has a few harmless devices and those of GPUs.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::kernel;
use super::mountinfo::{self, Mount};
use crate::plan::Plan;

/// Devices that are there inside where they are there outside. A name that ends in `*` stands for
/// all that begin so.
const DEVICES: &[&str] = &[
    "null", "zero", "full", "random", "urandom", "nvidia*", "dri", "kfd", "dxg",
];

/// Where a step failed, and why.
pub(super) struct MountError {
    pub(super) what: String,
    pub(super) source: io::Error,
}

/// Puts the mounts of this namespace up. What could not be made read only comes back.
///
/// # Errors
/// Where any other step fails.
pub(super) fn close(plan: &Plan, sockets: &[PathBuf]) -> Result<Vec<String>, MountError> {
    bind_flags(Path::new("/"), MsFlags::MS_REC | MsFlags::MS_PRIVATE)
        .map_err(failed("making mounts private"))?;
    for place in &plan.writable {
        bind(place, place, MsFlags::MS_REC).map_err(failed(&place.display().to_string()))?;
    }
    cover(plan, sockets)?;
    devices(plan).map_err(failed("/dev"))?;
    let mounts = fs_err::read("/proc/self/mountinfo").map_err(failed("/proc/self/mountinfo"))?;
    let left = mountinfo::parse(&mounts)
        .iter()
        .filter(|mount| !stays_writable(&mount.at, plan))
        .filter_map(read_only)
        .collect();
    Ok(left)
}

/// Mounts `/proc` for the processes of this namespace alone, and lets no more than `tasks` of them
/// and their threads be there at once, where the kernel can count them by namespace.
pub(super) fn own_proc(tasks: u32) -> io::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let at = Path::new("/proc");
    let proc = |flags| mount(Some("proc"), at, Some("proc"), flags, None::<&str>);
    if proc(flags).is_err() {
        // where the one outside is read only for good, so has this to be
        proc(flags | MsFlags::MS_RDONLY)?;
        return Ok(());
    }
    if kernel::is_at_least(PID_MAX_BY_NAMESPACE) {
        let most = tasks.saturating_add(RESERVED);
        // it is looked at, too
        let _ = fs_err::write("/proc/sys/kernel/pid_max", most.to_string());
    }
    let remount = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
    bind_flags(at, flags | remount)
}

/// Before this version, `kernel.pid_max` is the whole machine's, and not ours to touch.
const PID_MAX_BY_NAMESPACE: (u32, u32) = (6, 14);
/// Numbers that are given to no process once all have been used: `RESERVED_PIDS` of the kernel.
const RESERVED: u32 = 300;

/// Sockets of the file system that somebody listens at: `connect` asks no network namespace.
pub(super) fn sockets() -> Vec<PathBuf> {
    let Ok(text) = fs_err::read("/proc/net/unix") else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| Some(PathBuf::from(line.get(line.find(" /")? + 1..)?)))
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

fn stays_writable(at: &Path, plan: &Plan) -> bool {
    at.starts_with("/dev/shm")
        || at.starts_with("/dev/pts")
        || plan.writable.iter().any(|place| at.starts_with(place))
}

/// Covers sockets with an empty file.
fn cover(plan: &Plan, sockets: &[PathBuf]) -> Result<(), MountError> {
    let nothing = plan.control.join("nothing");
    for socket in sockets {
        let is_socket =
            fs_err::symlink_metadata(socket).is_ok_and(|metadata| metadata.file_type().is_socket());
        if is_socket {
            bind(&nothing, socket, MsFlags::empty())
                .map_err(failed(&socket.display().to_string()))?;
        }
    }
    Ok(())
}

/// A `/dev` with the devices of [`DEVICES`], shared memory and terminals of its own.
fn devices(plan: &Plan) -> io::Result<()> {
    let staging = plan.control.join("dev");
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    tmpfs(&staging, flags, "mode=755,size=1m")?;
    for entry in fs_err::read_dir("/dev")?.flatten() {
        let name = entry.file_name();
        if !name.to_str().is_some_and(is_let_in) {
            continue;
        }
        let inside = staging.join(&name);
        if entry.file_type()?.is_dir() {
            fs_err::create_dir(&inside)?;
        } else {
            fs_err::File::create(&inside)?;
        }
        bind(&entry.path(), &inside, MsFlags::MS_REC)?;
    }
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
    ] {
        symlink(target, staging.join(name))?;
    }
    let shared = staging.join("shm");
    fs_err::create_dir(&shared)?;
    let size = format!("mode=1777,size={}", plan.memory);
    tmpfs(&shared, flags | MsFlags::MS_NODEV, &size)?;
    let terminals = staging.join("pts");
    fs_err::create_dir(&terminals)?;
    // a container may refuse it, and few models open a terminal
    let _ = mount(
        Some("devpts"),
        &terminals,
        Some("devpts"),
        flags,
        Some("newinstance,ptmxmode=0666,mode=620"),
    );
    bind(&staging, Path::new("/dev"), MsFlags::MS_REC)?;
    umount2(&staging, MntFlags::MNT_DETACH)?;
    Ok(())
}

fn is_let_in(name: &str) -> bool {
    DEVICES.iter().any(|device| match device.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == *device,
    })
}

/// Makes a mount read only; what could not be done comes back.
fn read_only(mount: &Mount) -> Option<String> {
    // what the kernel has locked in a user namespace has to be asked for again
    let flags = [
        ("nosuid", MsFlags::MS_NOSUID),
        ("nodev", MsFlags::MS_NODEV),
        ("noexec", MsFlags::MS_NOEXEC),
        ("noatime", MsFlags::MS_NOATIME),
        ("nodiratime", MsFlags::MS_NODIRATIME),
        ("relatime", MsFlags::MS_RELATIME),
    ]
    .into_iter()
    .filter(|(option, _)| mount.has(option))
    .fold(MsFlags::empty(), |flags, (_, flag)| flags | flag);
    let all = flags | MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
    match bind_flags(&mount.at, all) {
        Ok(()) => None,
        // what another mount hides, or what is out of this user's reach, is out of the model's too
        Err(error)
            if [Errno::ENOENT, Errno::EINVAL, Errno::ENOTDIR, Errno::EACCES]
                .iter()
                .any(|errno| error.raw_os_error() == Some(*errno as i32)) =>
        {
            None
        }
        Err(error) => Some(format!("{} stays writable: {error}", mount.at.display())),
    }
}

fn bind(from: &Path, to: &Path, more: MsFlags) -> io::Result<()> {
    mount(
        Some(from),
        to,
        None::<&str>,
        MsFlags::MS_BIND | more,
        None::<&str>,
    )?;
    Ok(())
}

fn bind_flags(at: &Path, flags: MsFlags) -> io::Result<()> {
    mount(None::<&str>, at, None::<&str>, flags, None::<&str>)?;
    Ok(())
}

fn tmpfs(at: &Path, flags: MsFlags, options: &str) -> io::Result<()> {
    mount(Some("tmpfs"), at, Some("tmpfs"), flags, Some(options))?;
    Ok(())
}

fn failed(what: &str) -> impl FnOnce(io::Error) -> MountError {
    let what = what.to_owned();
    move |source| MountError { what, source }
}
