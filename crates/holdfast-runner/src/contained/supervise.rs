//! Watches over the model: its time, its memory, its processes, and whether somebody still wants
//! it. Kills all that is left when it ends.

use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, SysconfVar, getpid, sysconf};

use super::launch::Privileges;
use super::processes::{Members, Usage};
use super::{LAUNCH, SUBCOMMAND, close_inherited, socket};
use crate::plan::{Ended, How, Message, Plan, Walls, receive, send};

/// How often it is looked, at the least and at the most.
const OFTEN: Duration = Duration::from_millis(1);
const SELDOM: Duration = Duration::from_millis(20);

/// How often what is used is measured, where all processes of the machine have to be looked at.
const MEASURE_ALL: Duration = Duration::from_millis(50);

/// Reads the plan, runs the model, and tells how it ended.
pub(super) fn supervise(clock: &dyn Fn() -> Duration) -> u8 {
    close_inherited();
    let Ok(socket) = socket() else {
        return super::UNKNOWN;
    };
    let message = match receive::<Plan>(&socket) {
        Ok(Some(plan)) => match prepare(&plan) {
            Ok(members) => {
                watch(&plan, members, &socket, clock).unwrap_or_else(|error| Message::Failed {
                    what: format!("running `{}`", plan.python.display()),
                    reason: error.to_string(),
                })
            }
            Err(message) => message,
        },
        Ok(None) => return super::UNKNOWN,
        Err(error) => Message::Failed {
            what: "reading the plan".to_owned(),
            reason: error.to_string(),
        },
    };
    // where nobody listens, nobody is left to be told
    let _ = send(&socket, &message);
    0
}

/// Finds out who belongs to the run, and makes sure that nobody gets away.
#[cfg(target_os = "linux")]
fn prepare(plan: &Plan) -> Result<Members, Message> {
    use nix::sys::prctl;
    // the model has the same user, and must not read or trace this process
    let _ = prctl::set_dumpable(false);
    let _ = prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL);
    if plan.walls == Walls::All && getpid() == Pid::from_raw(1) {
        return match super::mounts::own_proc() {
            Ok(()) => Ok(Members::Everyone),
            Err(error) => Err(Message::NoProcesses {
                reason: error.to_string(),
            }),
        };
    }
    prctl::set_child_subreaper(true).map_err(|error| Message::Failed {
        what: "becoming the parent of orphans".to_owned(),
        reason: io::Error::from(error).to_string(),
    })?;
    Ok(Members::Descendants)
}

#[cfg(not(target_os = "linux"))]
fn prepare(_: &Plan) -> Result<Members, Message> {
    Ok(Members::Descendants)
}

fn watch(
    plan: &Plan,
    members: Members,
    socket: &UnixStream,
    clock: &dyn Fn() -> Duration,
) -> io::Result<Message> {
    if plan.ask {
        send(socket, &Message::Python(version(plan)?))?;
    }
    let is_wanted = Arc::new(AtomicBool::new(true));
    listen(socket.try_clone()?, Arc::clone(&is_wanted));
    let start = clock();
    let child = launch(plan, &plan.arguments)
        .stdin(Stdio::from(fs_err::File::open(&plan.inputs)?.into_file()))
        .spawn()?;
    let child = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    let mut watching = Watching {
        plan,
        members,
        page: page(),
        peak: 0,
        measured: Duration::ZERO,
    };
    let how = loop {
        let elapsed = clock().saturating_sub(start);
        if let Some(how) = ended(child)? {
            break how;
        }
        if !is_wanted.load(Ordering::Relaxed) {
            break How::Stopped;
        }
        if elapsed.as_millis() > u128::from(plan.milliseconds) {
            break How::Time;
        }
        if let Some(how) = watching.exceeded(elapsed) {
            break how;
        }
        thread::sleep((elapsed / 20).clamp(OFTEN, SELDOM));
    };
    let seconds = clock().saturating_sub(start).as_secs_f64();
    let left_behind = match how {
        How::Exited(_) | How::Killed(_) => members.running().len(),
        How::Time | How::Memory(_) | How::Processes(_) | How::Threads(_) | How::Stopped => 0,
    };
    finish(members);
    Ok(Message::Ended(told(
        how,
        seconds,
        left_behind,
        watching.peak,
    )))
}

fn told(how: How, seconds: f64, left_behind: usize, peak: u64) -> Ended {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok();
    // of the largest process, exactly; the sum over all was looked at now and then
    let largest = usage.map_or(0, |usage| {
        u64::try_from(usage.max_rss())
            .unwrap_or(0)
            .saturating_mul(RSS_UNIT)
    });
    let peak = peak.max(largest);
    Ended {
        how,
        seconds,
        processor_seconds: usage.map_or(0.0, |usage| {
            [usage.user_time(), usage.system_time()]
                .iter()
                .map(|time| {
                    let micro = u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec());
                    Duration::from_micros(micro.unwrap_or(0)).as_secs_f64()
                })
                .sum()
        }),
        memory: (peak > 0).then_some(peak),
        left_behind: u32::try_from(left_behind).unwrap_or(u32::MAX),
    }
}

/// The unit in which the system tells the largest resident size: getrusage(2).
const RSS_UNIT: u64 = if cfg!(target_os = "linux") { 1024 } else { 1 };

struct Watching<'a> {
    plan: &'a Plan,
    members: Members,
    page: u64,
    peak: u64,
    /// When it was last measured, since the start.
    measured: Duration,
}

impl Watching<'_> {
    /// Which limit is exceeded.
    fn exceeded(&mut self, elapsed: Duration) -> Option<How> {
        if self.members == Members::Descendants
            && elapsed.saturating_sub(self.measured) < MEASURE_ALL
        {
            return None;
        }
        self.measured = elapsed;
        let Usage {
            processes,
            threads,
            memory,
        } = self.members.usage(self.page, self.plan.memory);
        self.peak = self.peak.max(memory);
        if memory > self.plan.memory {
            return Some(How::Memory(memory));
        }
        if processes > self.plan.processes {
            return Some(How::Processes(processes));
        }
        (threads > self.plan.threads).then_some(How::Threads(threads))
    }
}

/// Whether the model has ended. Orphans that came to this process are buried on the way.
fn ended(child: Pid) -> io::Result<Option<How>> {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(process, code)) if process == child => {
                return Ok(Some(How::Exited(code)));
            }
            Ok(WaitStatus::Signaled(process, signal, _)) if process == child => {
                return Ok(Some(How::Killed(signal as i32)));
            }
            Ok(WaitStatus::StillAlive) => return Ok(None),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Kills and buries all that is left.
fn finish(members: Members) {
    members.kill();
    while !matches!(waitpid(None, None), Err(Errno::ECHILD)) {}
}

/// Notes when the other end of the socket closes.
fn listen(mut socket: UnixStream, is_wanted: Arc<AtomicBool>) {
    thread::spawn(move || {
        // nothing comes any more; whatever ends the reading ends the run
        let _ = socket.read(&mut [0]);
        is_wanted.store(false, Ordering::Relaxed);
    });
}

/// The interpreter, by way of [`LAUNCH`].
fn launch(plan: &Plan, arguments: &[std::path::PathBuf]) -> Command {
    let privileges = match plan.walls {
        Walls::None => Privileges::Keep,
        Walls::All | Walls::WithoutProcesses => Privileges::Drop,
    };
    let mut command = Command::new(&plan.holdfast);
    command
        .args([SUBCOMMAND, LAUNCH, privileges.as_str()])
        .arg(plan.file.to_string())
        .arg(&plan.python)
        .args(arguments)
        .env_clear()
        .envs(&plan.variables)
        .current_dir(&plan.project);
    command
}

/// The interpreter's version, as it says itself.
fn version(plan: &Plan) -> io::Result<String> {
    let question = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
    let answer = launch(
        plan,
        &["-I".into(), "-S".into(), "-c".into(), question.into()],
    )
    .stdin(Stdio::null())
    .stderr(Stdio::piped())
    .output()?;
    if answer.status.success() {
        return Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
    Err(io::Error::other(match answer.status.signal() {
        Some(signal) => format!("it was killed by signal {signal}"),
        None => said,
    }))
}

/// Bytes of a page of memory.
fn page() -> u64 {
    sysconf(SysconfVar::PAGE_SIZE)
        .ok()
        .flatten()
        .and_then(|size| u64::try_from(size).ok())
        .unwrap_or(4096)
}
