//! Why a run gave no predictions.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a run gave no predictions.
#[derive(Debug, Error)]
pub enum RunError {
    /// Something in the request cannot be.
    #[error("{what}: {fix}")]
    Request {
        /// What is wrong, with its subject.
        what: String,
        /// How to put it right.
        fix: String,
    },
    /// A file of ours could not be written or read.
    #[error("{what}")]
    Scratch {
        /// What was to be done.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// Our own program could not be started.
    #[error("`{}` cannot be started to contain the model", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The kernel refuses a wall without which nothing is run.
    #[error(
        "the model cannot be contained: {what} is refused ({reason}). Common causes: \
         `sysctl kernel.unprivileged_userns_clone` or `user.max_user_namespaces` is 0; AppArmor's \
         `kernel.apparmor_restrict_unprivileged_userns` is 1; a container whose seccomp profile \
         forbids `unshare`. Allow it, or run a model that you trust with `--uncontained`"
    )]
    Refused {
        /// Which: `a user namespace`.
        what: String,
        /// What the kernel says.
        reason: String,
    },
    /// Containing is for Linux.
    #[error("a model can be contained on Linux alone: run one that you trust with `--uncontained`")]
    NoContainment,
    /// Running is for Unix.
    #[error("models are run on Linux, and uncontained on macOS: use one of these")]
    Elsewhere,
    /// The containment failed in a way of our own.
    #[error("{what}: {reason}")]
    Contain {
        /// What was to be done.
        what: String,
        /// What the system says.
        reason: String,
    },
    /// The module, function or model could not be loaded.
    #[error("{what} cannot be loaded: {category}: {message}{}", tail(traceback))]
    Load {
        /// What: `` module `churn.model` ``.
        what: String,
        /// The exception's class.
        category: String,
        /// What it says.
        message: String,
        /// The last lines of the traceback.
        traceback: String,
    },
    /// It took too long.
    #[error(
        "{what} was still running after {seconds} s and was stopped: make it quicker, give it fewer \
         inputs, or raise the time limit{}",
        tail(standard_error)
    )]
    Time {
        /// What ran.
        what: String,
        /// The limit.
        seconds: f64,
        /// The end of standard error.
        standard_error: String,
    },
    /// It used too much memory.
    #[error(
        "{what} held {used} bytes of memory, {limit} are allowed, and was stopped: give it fewer \
         inputs, or raise the memory limit{}",
        tail(standard_error)
    )]
    Memory {
        /// What ran.
        what: String,
        /// What was resident when it was stopped, in bytes.
        used: u64,
        /// The limit, in bytes.
        limit: u64,
        /// The end of standard error.
        standard_error: String,
    },
    /// It started too many processes or threads.
    #[error(
        "{what} ran {used} {of} at once, {limit} are allowed, and was stopped: start fewer workers, \
         or raise the process limit{}",
        tail(standard_error)
    )]
    Processes {
        /// What ran.
        what: String,
        /// `processes` or `threads`.
        of: &'static str,
        /// How many ran when it was stopped.
        used: u32,
        /// The limit.
        limit: u32,
        /// The end of standard error.
        standard_error: String,
    },
    /// It wrote too much.
    #[error(
        "{what} wrote more than {limit} bytes to {stream} and was stopped: print predictions alone, \
         or raise the output limit"
    )]
    Output {
        /// What ran.
        what: String,
        /// `standard output` or `standard error`.
        stream: &'static str,
        /// The limit, in bytes.
        limit: u64,
    },
    /// It ended with a code that is not 0.
    #[error(
        "{what} ended with exit code {code}: see what it says{}",
        tail(standard_error)
    )]
    Exited {
        /// What ran.
        what: String,
        /// The code.
        code: i32,
        /// The end of standard error.
        standard_error: String,
    },
    /// It was killed by a signal that was not ours.
    #[error(
        "{what} was killed by signal {signal}{}{}", killed_by(*signal), tail(standard_error)
    )]
    Killed {
        /// What ran.
        what: String,
        /// The signal's number.
        signal: i32,
        /// The end of standard error.
        standard_error: String,
    },
    /// It printed something that is not UTF-8.
    #[error(
        "line {line} of what {what} printed is not UTF-8: print predictions alone to standard \
         output, as JSON in UTF-8"
    )]
    NotText {
        /// What ran.
        what: String,
        /// The line, from 1.
        line: usize,
    },
    /// It printed something that is not JSON.
    #[error(
        "line {line} of what {what} printed is no JSON: `{text}`: print predictions alone to \
         standard output, everything else to standard error"
    )]
    NotJson {
        /// What ran.
        what: String,
        /// The line, from 1.
        line: usize,
        /// The beginning of the line.
        text: String,
    },
    /// It gave another number of predictions than there are inputs.
    #[error(
        "{what} gave {} for {}: give one for each, in their order{}",
        count(*found, "prediction"), count(*expected, "input"), tail(standard_error)
    )]
    Count {
        /// What ran.
        what: String,
        /// Inputs.
        expected: usize,
        /// Predictions.
        found: usize,
        /// The end of standard error.
        standard_error: String,
    },
    /// It wrote into what our harness tells us, or ended the interpreter under it.
    #[error(
        "{what} ended before it had answered all inputs, with exit code 0: it must not end the \
         interpreter (`os._exit`) nor write to file descriptors that it did not open{}",
        tail(standard_error)
    )]
    Broken {
        /// What ran.
        what: String,
        /// The end of standard error.
        standard_error: String,
    },
}

/// The last lines of a text, each on a line of its own below the message.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let skipped = lines.len().saturating_sub(12);
    let mut tail = String::new();
    for line in lines.iter().skip(skipped) {
        tail.push_str("\n  ");
        tail.push_str(line);
    }
    tail
}

/// `1 input`, `3 inputs`.
fn count(number: usize, of: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {of}{ending}")
}

fn killed_by(signal: i32) -> &'static str {
    match signal {
        4 => " (illegal instruction): a package may be built for another processor",
        6 => " (abort): a library gave up",
        7 => " (bus error): shared memory may be used up",
        9 => ": the machine may have run out of memory",
        11 => " (segmentation fault): a compiled package is broken, or does not fit the others",
        25 => " (file too large): it wrote a file beyond the limit",
        _ => "",
    }
}
