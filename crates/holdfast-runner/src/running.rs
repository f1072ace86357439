//! A run from its beginning to its end, as seen from outside.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

use crate::answers::{Told, read_harness, read_script, tidy_warnings, warnings_of_lines};
use crate::contained::{ENTER, SUBCOMMAND, SUPERVISE};
use crate::error::RunError;
use crate::plan::{Contained, Ended, How, Message, Plan, Walls, receive, send};
use crate::request::{Containment, RunRequest, Target};
use crate::run::Run;
use crate::scratch::Scratch;

/// How much of the end of standard error is kept, in bytes.
const TAIL: usize = 16 << 10;

/// Runs a model and waits for its end.
///
/// # Errors
/// Where there is not one prediction for each input: see [`RunError`]. An exception that a function
/// raises for one input is none.
pub fn run(request: &RunRequest) -> Result<Run, RunError> {
    if request.containment == Containment::Contained && !cfg!(target_os = "linux") {
        return Err(RunError::NoContainment);
    }
    let scratch = Scratch::new(request)?;
    let mut plan = scratch.plan(request)?;
    let mut attempt = attempt(&plan)?;
    if let Some(Message::NoProcesses { reason }) = attempt.last {
        plan.walls = Walls::WithoutProcesses;
        attempt = self::attempt(&plan)?;
        if let Some(contained) = &mut attempt.contained {
            contained.missing.push(format!(
                "no namespace of processes: its `/proc` is refused: {reason}"
            ));
            contained.missing.sort();
        }
    }
    outcome(request, attempt)
}

/// What came of an attempt.
struct Attempt {
    contained: Option<Contained>,
    python: Option<String>,
    /// The last message; none where our own process died.
    last: Option<Message>,
    output: Drained,
    errors: Drained,
}

/// What was read from a stream.
struct Drained {
    bytes: Vec<u8>,
    is_over: bool,
}

fn attempt(plan: &Plan) -> Result<Attempt, RunError> {
    let start = |source| RunError::Start {
        program: plan.holdfast.clone(),
        source,
    };
    let (ours, theirs) = UnixStream::pair().map_err(start)?;
    let (stage, plans) = match plan.walls {
        Walls::None => (SUPERVISE, 1),
        Walls::All | Walls::WithoutProcesses => (ENTER, 2),
    };
    let mut child = Command::new(&plan.holdfast)
        .args([SUBCOMMAND, stage])
        .env_clear()
        .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C ends us, and our end ends the model: it needs no signal of its own
        .process_group(0)
        .spawn()
        .map_err(start)?;
    let output = drain(child.stdout.take(), plan.output, &ours).map_err(start)?;
    let errors = drain(child.stderr.take(), plan.output, &ours).map_err(start)?;
    for _ in 0..plans {
        // where nobody reads, a message says why, or its absence does
        let _ = send(&ours, plan);
    }
    let mut attempt = Attempt {
        contained: None,
        python: None,
        last: None,
        output: Drained::nothing(),
        errors: Drained::nothing(),
    };
    while let Ok(Some(message)) = receive(&ours) {
        match message {
            Message::Contained(contained) => attempt.contained = Some(contained),
            Message::Python(python) => attempt.python = Some(python),
            last @ (Message::Refused { .. }
            | Message::NoProcesses { .. }
            | Message::Failed { .. }
            | Message::Ended(_)) => {
                attempt.last = Some(last);
                break;
            }
        }
    }
    bury(&mut child);
    attempt.output = joined(output);
    attempt.errors = joined(errors);
    Ok(attempt)
}

fn bury(child: &mut Child) {
    // it ends by itself, after its last message
    let _ = child.wait();
}

/// Reads a stream to its end. Beyond the limit, nothing is kept and the run is stopped.
fn drain(
    stream: Option<impl Read + Send + 'static>,
    limit: u64,
    socket: &UnixStream,
) -> std::io::Result<JoinHandle<Drained>> {
    let socket = socket.try_clone()?;
    Ok(thread::spawn(move || {
        let mut drained = Drained::nothing();
        let Some(mut stream) = stream else {
            return drained;
        };
        let _ = stream.by_ref().take(limit).read_to_end(&mut drained.bytes);
        let more = std::io::copy(&mut stream.by_ref().take(1), &mut std::io::sink());
        if more.is_ok_and(|more| more > 0) {
            drained.is_over = true;
            let _ = socket.shutdown(std::net::Shutdown::Write);
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
        drained
    }))
}

fn joined(thread: JoinHandle<Drained>) -> Drained {
    thread.join().unwrap_or_else(|_| Drained::nothing())
}

impl Drained {
    fn nothing() -> Self {
        Self {
            bytes: Vec::new(),
            is_over: false,
        }
    }
}

/// Makes predictions, or the error that tells most, of what came.
fn outcome(request: &RunRequest, attempt: Attempt) -> Result<Run, RunError> {
    let what = request.target.to_string();
    let ended = ended(&what, attempt.last)?;
    for (stream, drained) in [
        ("standard output", &attempt.output),
        ("standard error", &attempt.errors),
    ] {
        if drained.is_over {
            return Err(RunError::Output {
                what,
                stream,
                limit: request.limits.output,
            });
        }
    }
    let whole = String::from_utf8_lossy(&attempt.errors.bytes).into_owned();
    let standard_error = tail(&whole);
    let printed = &attempt.output.bytes;
    let told = match &request.target {
        Target::Script(_) => {
            stopped(request, &ended, &standard_error)?;
            Told::of_script(read_script(&what, printed)?, attempt.python, &whole)
        }
        Target::Function { .. } | Target::Mlflow(_) => {
            let told = read_harness(&what, printed);
            if let Ok(told) = &told
                && let Some(broken) = &told.broken
            {
                return Err(broken.error());
            }
            stopped(request, &ended, &standard_error)?;
            told?
        }
    };
    let expected = request.inputs.len();
    let found = told.predictions.len();
    let Some(summary) = told.summary else {
        return Err(RunError::Broken {
            what,
            standard_error,
        });
    };
    if found != expected {
        return Err(RunError::Count {
            what,
            expected,
            found,
            standard_error,
        });
    }
    Ok(Run {
        predictions: told.predictions,
        number_types: summary.number_types,
        warnings: tidy_warnings(summary.warnings),
        python: told.python.unwrap_or_default(),
        seconds: ended.seconds,
        processor_seconds: ended.processor_seconds,
        memory: ended.memory,
        standard_error,
        left_behind: ended.left_behind,
        contained: attempt.contained,
    })
}

/// How the run ended, where it did run.
fn ended(what: &str, last: Option<Message>) -> Result<Ended, RunError> {
    Err(match last {
        Some(Message::Ended(ended)) => return Ok(ended),
        Some(Message::Refused { what, reason }) => RunError::Refused { what, reason },
        Some(Message::Failed { what, reason }) => RunError::Contain { what, reason },
        Some(Message::NoProcesses { reason }) => RunError::Contain {
            what: "containing the model".to_owned(),
            reason,
        },
        Some(Message::Contained(_) | Message::Python(_)) | None => RunError::Contain {
            what: format!("running {what}"),
            reason: "the process that watched it is gone, and the machine may have run out of \
                     memory"
                .to_owned(),
        },
    })
}

/// The error, where it did not end by itself with exit code 0.
fn stopped(request: &RunRequest, ended: &Ended, standard_error: &str) -> Result<(), RunError> {
    let what = request.target.to_string();
    let standard_error = standard_error.to_owned();
    let limits = &request.limits;
    let processes = |of, used, limit| RunError::Processes {
        what: request.target.to_string(),
        of,
        used,
        limit,
        standard_error: standard_error.clone(),
    };
    Err(match ended.how {
        How::Exited(0) => return Ok(()),
        How::Exited(code) => RunError::Exited {
            what,
            code,
            standard_error,
        },
        How::Killed(signal) => RunError::Killed {
            what,
            signal,
            standard_error,
        },
        How::Time => RunError::Time {
            what,
            seconds: limits.time.as_secs_f64(),
            standard_error,
        },
        How::Memory(used) => RunError::Memory {
            what,
            used,
            limit: limits.memory,
            standard_error,
        },
        How::Processes(used) => processes("processes", used, limits.processes),
        How::Threads(used) => processes("threads", used, limits.threads()),
        How::Stopped => RunError::Contain {
            what: format!("running {what}"),
            reason: "it was stopped".to_owned(),
        },
    })
}

impl Told {
    fn of_script(
        predictions: Vec<crate::run::Prediction>,
        python: Option<String>,
        standard_error: &str,
    ) -> Self {
        Self {
            python,
            predictions,
            summary: Some(crate::answers::Summary {
                warnings: warnings_of_lines(standard_error),
                ..Default::default()
            }),
            broken: None,
        }
    }
}

/// The end of a text.
fn tail(text: &str) -> String {
    let mut start = text.len().saturating_sub(TAIL);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..).unwrap_or_default().to_owned()
}
