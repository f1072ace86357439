//! What the processes of a run tell each other: messages of JSON, each after its length in eight
//! bytes, over a socket.
//!
//! [`Plan`] goes from [`crate::run()`] to the hidden subcommand, [`Message`] comes back.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::request::{Containment, Limits};

/// The longest message, in bytes: variables and paths are all that can be long in it.
const LONGEST: u64 = 64 << 20;

/// All that is needed to run a program within its bounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Our own program.
    pub(crate) holdfast: PathBuf,
    /// The interpreter.
    pub(crate) python: PathBuf,
    /// Its arguments.
    pub(crate) arguments: Vec<PathBuf>,
    /// The working directory.
    pub(crate) project: PathBuf,
    /// The file that is standard input.
    pub(crate) inputs: PathBuf,
    /// A directory of ours, of which nothing is visible as writable.
    pub(crate) control: PathBuf,
    /// What may be written to, the scratch directory among them.
    pub(crate) writable: Vec<PathBuf>,
    /// The whole environment of the program.
    pub(crate) variables: BTreeMap<String, String>,
    /// Whether the interpreter is asked for its version first.
    pub(crate) ask: bool,
    pub(crate) milliseconds: u64,
    pub(crate) memory: u64,
    pub(crate) processes: u32,
    /// The most threads.
    pub(crate) threads: u32,
    /// Bytes that may come from each of its two streams.
    pub(crate) output: u64,
    /// The largest file that may be written, in bytes.
    pub(crate) file: u64,
    pub(crate) walls: Walls,
}

impl Plan {
    /// Puts the limits in.
    pub(crate) fn limit(&mut self, limits: &Limits) {
        self.milliseconds = u64::try_from(limits.time.as_millis()).unwrap_or(u64::MAX);
        self.memory = limits.memory;
        self.processes = limits.processes;
        self.threads = limits.threads();
        self.output = limits.output;
    }
}

/// What is to be put between the program and the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Walls {
    /// Nothing.
    None,
    /// All but a namespace of processes, whose `/proc` this kernel refuses.
    WithoutProcesses,
    /// All that the kernel allows.
    All,
}

impl From<Containment> for Walls {
    fn from(containment: Containment) -> Self {
        match containment {
            Containment::Contained => Self::All,
            Containment::Uncontained => Self::None,
        }
    }
}

/// What was in force during a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each wall stands or does not, whatever the others do"
)]
pub struct Contained {
    /// A network of its own, in which nothing else is; always true.
    pub network: bool,
    /// Whether everything but what may be written to was read only.
    pub read_only: bool,
    /// Whether it saw only its own processes, and none can have outlived it.
    pub processes: bool,
    /// Whether it had shared memory and message queues (System V) of its own.
    pub shared_memory: bool,
    /// What is missing and why, as the kernel said it; sorted. Empty where all was in force.
    pub missing: Vec<String>,
}

/// What comes back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Message {
    /// The walls that stand.
    Contained(Contained),
    /// A wall that has to stand, and what the kernel says.
    Refused { what: String, reason: String },
    /// There can be no namespace of processes; another attempt is needed.
    NoProcesses { reason: String },
    /// Something of ours failed.
    Failed { what: String, reason: String },
    /// The interpreter's version.
    Python(String),
    /// The run is over.
    Ended(Ended),
}

/// How a run ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) how: How,
    pub(crate) seconds: f64,
    pub(crate) processor_seconds: f64,
    pub(crate) memory: Option<u64>,
    pub(crate) left_behind: u32,
}

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// By itself.
    Exited(i32),
    /// By a signal that was not ours.
    Killed(i32),
    /// The time was up.
    Time,
    /// So many bytes were resident.
    Memory(u64),
    /// So many processes ran.
    Processes(u32),
    /// So many threads ran.
    Threads(u32),
    /// Whoever asked for the run is gone, or wants no more of it.
    Stopped,
}

/// Sends a message.
pub(crate) fn send<T: Serialize>(mut to: impl Write, message: &T) -> io::Result<()> {
    let text = serde_json::to_vec(message)?;
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&text)?;
    to.flush()
}

/// Receives a message; nothing where the other side has closed.
pub(crate) fn receive<T: DeserializeOwned>(mut from: impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 8];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u64::from_le_bytes(length);
    if length > LONGEST {
        return Err(io::Error::other(
            "a message between our processes is too long",
        ));
    }
    let mut text = Vec::new();
    from.take(length).read_to_end(&mut text)?;
    Ok(Some(serde_json::from_slice(&text)?))
}
