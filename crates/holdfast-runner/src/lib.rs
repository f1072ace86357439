//! Runs a model of the user's in a Python environment, contained: without a network, with nothing
//! writable but a scratch directory, within limits of time, memory, processes and output.
//!
//! This is the only room that runs code that it found. It judges nothing, and it reads neither
//! environment variables nor the clock: the binary's hidden subcommand lends it one.
//!
//! # How
//! [`run()`] writes inputs and harness into a temporary directory and starts our own program as
//! `holdfast contained enter`, which makes the namespaces; that starts `contained supervise` in
//! them, which watches; and that starts `contained launch`, which gives up all privileges and
//! becomes the interpreter. All three are [`contained_main`]. They are processes of their own since
//! a namespace is entered by a process without threads, and since safe Rust cannot fork.

mod answers;
mod contained;
mod error;
mod plan;
mod request;
mod run;
#[cfg_attr(not(unix), path = "elsewhere.rs")]
mod running;
#[cfg(unix)]
mod scratch;
mod variables;

pub use contained::contained_main;
pub use error::RunError;
pub use request::{Bytecode, Calls, Containment, Limits, RunRequest, Target};
pub use run::{Contained, Prediction, Run};
pub use running::run;
pub use variables::{HARDWARE_VARIABLES, is_hardware_variable};
