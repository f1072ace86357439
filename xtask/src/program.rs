//! Programs that chores run.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::workspace;

/// How a program is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As tests are.
    Debug,
    /// As it is shipped.
    Release,
}

/// Builds a program of this workspace and answers where it is.
pub(crate) fn build(package: &str, profile: Profile) -> Result<PathBuf> {
    let mut command = cargo();
    command
        .args([
            "build",
            "--quiet",
            "--message-format=json",
            "--package",
            package,
        ])
        .args((profile == Profile::Release).then_some("--release"));
    let output = output(&mut command)?;
    for line in output.lines().rev() {
        let message: serde_json::Value =
            serde_json::from_str(line).context("cargo's messages are no JSON")?;
        if let Some(executable) = message.get("executable").and_then(|path| path.as_str()) {
            return Ok(PathBuf::from(executable));
        }
    }
    bail!("cargo built no program of `{package}`")
}

/// Builds an example of a crate as a release, and says where it is.
pub(crate) fn example(package: &str, name: &str) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--quiet", "--release", "--message-format=json"]);
    build.args(["--package", package, "--example", name]);
    let messages = output(&mut build)?;
    let executable = |line: &str| -> Option<PathBuf> {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    };
    let found = messages.lines().rev().find_map(executable);
    found.with_context(|| format!("cargo built no example `{name}`"))
}

/// cargo, in the directory of the workspace.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    command.current_dir(workspace::root());
    command
}

/// What a program prints; an error with what it complained about where it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {}", name(command)))?;
    ensure!(
        output.status.success(),
        "{} failed ({}):\n{}",
        name(command),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).with_context(|| format!("{} printed no text", name(command)))
}

/// A command line, as it is shown.
pub(crate) fn name(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    format!("`{}`", words.join(" "))
}
