//! What `holdfast model` says of files that a real torch wrote. Its wheels are gigabytes, so no test
//! installs it: whoever touches the readers runs this chore, and commits the table.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::program::{self, Profile};
use crate::workspace;

const WRITE: &str = include_str!("torch_samples/write.py");
const PAGE: &str = "docs/formats/torch-samples.md";

/// Has `python`, which has torch, write samples; looks at them, and writes the table.
pub(crate) fn run(python: &Path) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut write = Command::new(python);
    write.args(["-c", WRITE]).current_dir(directory.path());
    let version = program::output(&mut write)?;
    let holdfast = program::build("holdfast", Profile::Debug)?;
    let model = |command: &[&str]| -> Result<Value> {
        let mut run = Command::new(&holdfast);
        run.arg("model")
            .args(command)
            .args([".", "--format", "json"])
            .current_dir(directory.path());
        let output = run.output().context("cannot run `holdfast model`")?;
        serde_json::from_slice(&output.stdout).context("`holdfast model` answers no JSON")
    };
    let inspected = model(&["inspect", "--no-hash"])?;
    let scanned = model(&["scan"])?;
    let page = page(version.trim(), &inspected, &scanned)?;
    fs_err::write(workspace::root().join(PAGE), page)?;
    workspace::say(&format!("{PAGE} written"));
    Ok(())
}

fn page(version: &str, inspected: &Value, scanned: &Value) -> Result<String> {
    let mut page = format!(
        "# Files that torch {version} wrote\n\nMade by `cargo xtask torch-samples --python PYTHON`, which has torch write one file of each kind and has `holdfast model` look at them.\n\n| file | format | tensors | imports | findings |\n|---|---|---|---|---|\n"
    );
    let artefacts = list(inspected, "artefacts");
    let findings = list(scanned, "findings");
    for artefact in artefacts {
        let path = text(artefact, "path");
        let types: Vec<String> = artefact
            .pointer("/tensors/types")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(element, count)| format!("{count} {element}"))
            .collect();
        let found: Vec<&str> = findings
            .iter()
            .filter(|finding| text(finding, "subject") == path)
            .map(|finding| text(finding, "message"))
            .collect();
        let found = if found.is_empty() {
            "none".to_owned()
        } else {
            found.join("; ")
        };
        writeln!(
            page,
            "| `{path}` | `{}` | {} | {} | {found} |",
            text(artefact, "format"),
            types.join(", "),
            list(artefact, "globals").len(),
        )?;
    }
    page.push_str("\nWhich torch wrote a file is not in it: `version`, where there is one, is the format's.\n");
    Ok(page)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let list = value.get(key).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
