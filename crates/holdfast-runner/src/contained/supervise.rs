//! Watches over the model: its time, its memory, its processes, and whether somebody still wants
//! it. Kills all that is left when it ends.

use std::ffi::OsString;
use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

use super::launch::Bounds;
use super::processes::{Members, Usage};
use super::{LAUNCH, SUBCOMMAND, close_inherited, priority, socket};
use crate::plan::{Ended, How, Message, Plan, Walls, receive, send};

/// How often it is looked, at the least and at the most.
const OFTEN: Duration = Duration::from_millis(1);
const SELDOM: Duration = Duration::from_millis(10);

/// How often what is used is measured, where all processes of the machine have to be looked at.
const MEASURE_ALL: Duration = Duration::from_millis(50);

/// Reads the plan, runs the model, and tells how it ended. `arguments` have the model's priority,
/// where it is not the present one.
pub(super) fn supervise(arguments: &[OsString], clock: &dyn Fn() -> Duration) -> u8 {
    close_inherited();
    let nice = arguments
        .first()
        .and_then(|nice| nice.to_str()?.parse().ok())
        .unwrap_or_else(priority::get);
    priority::raise();
    let Ok(socket) = socket() else {
        return super::UNKNOWN;
    };
    let message = match receive::<Plan>(&socket) {
        Ok(Some(plan)) => match prepare(&plan) {
            Ok(members) => {
                let supervised = Supervised {
                    plan: &plan,
                    members,
                    nice,
                    peak: 0,
                    measured: Duration::ZERO,
                };
                supervised.watch(&socket, clock)
            }
            Err(message) => message,
        },
        Ok(None) => return super::UNKNOWN,
        Err(error) => failed("reading the plan", &error),
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
    if plan.walls == Walls::All && getpid() == Pid::from_raw(1) {
        super::mounts::own_proc(plan.threads).map_err(|error| Message::NoProcesses {
            reason: error.to_string(),
        })?;
        // with this process, the whole namespace goes; elsewhere it has to live to kill
        let _ = prctl::set_pdeathsig(Signal::SIGKILL);
        return Ok(Members::Everyone);
    }
    prctl::set_child_subreaper(true)
        .map_err(|error| failed("becoming the parent of orphans", &error.into()))?;
    Ok(Members::Descendants)
}

#[cfg(not(target_os = "linux"))]
fn prepare(_: &Plan) -> Result<Members, Message> {
    Ok(Members::Descendants)
}

fn failed(what: &str, error: &io::Error) -> Message {
    Message::Failed {
        what: what.to_owned(),
        reason: error.to_string(),
    }
}

/// A run that is watched.
struct Supervised<'a> {
    plan: &'a Plan,
    members: Members,
    /// The model's priority.
    nice: i32,
    /// The most memory that was seen, in bytes.
    peak: u64,
    /// When it was last measured, since the start.
    measured: Duration,
}

impl Supervised<'_> {
    /// Runs the model; nothing is left of it afterwards.
    fn watch(mut self, socket: &UnixStream, clock: &dyn Fn() -> Duration) -> Message {
        let ended = self.start(socket).and_then(|(child, is_wanted)| {
            let start = clock();
            let how = self.wait(child, &is_wanted, &|| clock().saturating_sub(start))?;
            if !matches!(how, How::Exited(_) | How::Killed(_)) {
                // where processes cannot be listed, at least this one goes
                let _ = kill(child, Signal::SIGKILL);
            }
            Ok((how, clock().saturating_sub(start).as_secs_f64()))
        });
        let left_behind = match ended {
            Ok((How::Exited(_) | How::Killed(_), _)) => self.members.running().len(),
            Ok(_) | Err(_) => 0,
        };
        self.members.kill();
        // each that was killed is waited for, so that what they used is counted
        while !matches!(waitpid(None, None), Err(Errno::ECHILD)) {}
        match ended {
            Ok((how, seconds)) => Message::Ended(told(how, seconds, left_behind, self.peak)),
            Err(error) => failed(&format!("running `{}`", self.plan.python.display()), &error),
        }
    }

    fn start(&self, socket: &UnixStream) -> io::Result<(Pid, Arc<AtomicBool>)> {
        if self.plan.ask {
            send(socket, &Message::Python(self.version()?))?;
        }
        let is_wanted = Arc::new(AtomicBool::new(true));
        listen(socket.try_clone()?, Arc::clone(&is_wanted));
        let inputs = fs_err::File::open(&self.plan.inputs)?.into_file();
        let child = self
            .launch(&self.plan.arguments)?
            .stdin(Stdio::from(inputs))
            .spawn()?;
        let child = i32::try_from(child.id()).map_err(io::Error::other)?;
        Ok((Pid::from_raw(child), is_wanted))
    }

    /// Waits until it ends, or has to.
    fn wait(
        &mut self,
        child: Pid,
        is_wanted: &AtomicBool,
        elapsed: &dyn Fn() -> Duration,
    ) -> io::Result<How> {
        loop {
            let elapsed = elapsed();
            if let Some(how) = ended(child)? {
                return Ok(how);
            }
            if !is_wanted.load(Ordering::Relaxed) {
                return Ok(How::Stopped);
            }
            if elapsed.as_millis() > u128::from(self.plan.milliseconds) {
                return Ok(How::Time);
            }
            if let Some(how) = self.exceeded(elapsed) {
                return Ok(how);
            }
            thread::sleep((elapsed / 20).clamp(OFTEN, SELDOM));
        }
    }

    /// Which limit is exceeded.
    fn exceeded(&mut self, elapsed: Duration) -> Option<How> {
        let plan = self.plan;
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
        } = self.members.usage(plan.memory, plan.processes);
        self.peak = self.peak.max(memory);
        if processes > plan.processes {
            return Some(How::Processes(processes));
        }
        if memory > plan.memory {
            return Some(How::Memory(memory));
        }
        (threads > plan.threads).then_some(How::Threads(threads))
    }

    /// The interpreter, by way of [`LAUNCH`].
    fn launch(&self, arguments: &[PathBuf]) -> io::Result<Command> {
        let plan = self.plan;
        let bounds = Bounds {
            drop_privileges: plan.walls != Walls::None,
            file: plan.file,
            tasks: self.tasks(),
            nice: self.nice,
        };
        let mut command = Command::new(&plan.holdfast);
        command
            .args([SUBCOMMAND, LAUNCH, &serde_json::to_string(&bounds)?])
            .arg(&plan.python)
            .args(arguments)
            .env_clear()
            .envs(&plan.variables)
            .current_dir(&plan.project);
        Ok(command)
    }

    /// The kernel counts a user's threads by user namespace since Linux 5.14; before that, those of
    /// the whole machine would count.
    #[cfg(target_os = "linux")]
    fn tasks(&self) -> Option<u32> {
        let is_counted = self.plan.walls != Walls::None && super::kernel::is_at_least((5, 14));
        is_counted.then_some(self.plan.threads)
    }

    #[cfg(not(target_os = "linux"))]
    fn tasks(&self) -> Option<u32> {
        None
    }

    /// The interpreter's version, as it says itself.
    fn version(&self) -> io::Result<String> {
        let question = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
        let arguments = ["-I", "-S", "-c", question].map(PathBuf::from);
        let answer = self
            .launch(&arguments)?
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

/// Notes when the other end of the socket closes.
fn listen(mut socket: UnixStream, is_wanted: Arc<AtomicBool>) {
    thread::spawn(move || {
        // nothing comes any more; whatever ends the reading ends the run
        let _ = socket.read(&mut [0]);
        is_wanted.store(false, Ordering::Relaxed);
    });
}
