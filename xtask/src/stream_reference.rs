//! What river's detectors signal, written down for the tests of `holdfast-behaviour`. river is no part
//! of any test run: whoever touches the detectors runs this chore, and looks at the difference.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{program, workspace};

const WRITE: &str = include_str!("stream_reference/write.py");
const REFERENCE: &str = "crates/holdfast-behaviour/tests/stream-reference.json";

/// Has `python`, which has river, write what its detectors signal.
pub(crate) fn run(python: &Path) -> Result<()> {
    let reference = program::output(Command::new(python).args(["-c", WRITE]))?;
    fs_err::write(workspace::root().join(REFERENCE), reference)?;
    workspace::say(&format!("{REFERENCE} written"));
    Ok(())
}
