//! What scipy and statsmodels answer, for the tests of drift statistics. They are large, so no test
//! installs them: whoever adds a statistic runs this chore, and commits the values.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::program;
use crate::workspace;

const WRITE: &str = include_str!("drift_reference/write.py");
const FILE: &str = "crates/holdfast-behaviour/tests/drift-reference.json";

/// Has `python`, which has scipy and statsmodels, compute the values, and writes them.
pub(crate) fn run(python: &Path) -> Result<()> {
    let mut compute = Command::new(python);
    compute.args(["-W", "ignore", "-c", WRITE]);
    let values = program::output(&mut compute)?;
    let parsed: serde_json::Value =
        serde_json::from_str(&values).context("the values are no JSON")?;
    fs_err::write(workspace::root().join(FILE), &values)?;
    let versions = parsed.get("versions").cloned().unwrap_or_default();
    workspace::say(&format!("{FILE} written: {versions}"));
    Ok(())
}
