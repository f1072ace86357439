//! Files that are made from the code, and committed: schemas, the rules' pages, the help and the
//! examples in the commands' pages.

mod blocks;
mod commands;
mod rules;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::workspace;

/// What becomes of files that are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They are written.
    Write,
    /// They are reported, and the chore fails.
    Check,
}

/// Files, by their place in the workspace.
pub(crate) type Files = BTreeMap<PathBuf, String>;

/// Writes or checks every generated file.
pub(crate) fn run(mode: Mode) -> Result<()> {
    let docs = workspace::root().join("docs");
    let mut wanted = schemas(&docs.join("schemas"))?;
    wanted.extend(rules::pages(&docs.join("rules")));
    let mut there = workspace::files(&docs.join("schemas"), "json")?;
    there.extend(workspace::files(&docs.join("rules"), "md")?);
    wanted.extend(commands::pages(&docs.join("commands"))?);

    let mut wrong = Vec::new();
    for (path, text) in &wanted {
        if fs_err::read_to_string(path).is_ok_and(|found| found == *text) {
            continue;
        }
        wrong.push(format!("{} is not up to date", workspace::shown(path)));
        if mode == Mode::Write {
            put(path, text)?;
        }
    }
    for path in there.iter().filter(|path| !wanted.contains_key(*path)) {
        wrong.push(format!("{} belongs to nothing", workspace::shown(path)));
        if mode == Mode::Write {
            fs_err::remove_file(path)?;
        }
    }
    match mode {
        Mode::Check if !wrong.is_empty() => bail!(
            "{}\n`cargo xtask generate` writes them anew",
            wrong.join("\n")
        ),
        Mode::Check => {}
        Mode::Write => {
            for line in &wrong {
                workspace::say(&line.replace(" is not up to date", " written"));
            }
        }
    }
    workspace::say(&format!("{} generated files are up to date", wanted.len()));
    Ok(())
}

fn schemas(directory: &Path) -> Result<Files> {
    let mut files: Files = holdfast_report::schemas()
        .into_iter()
        .map(|(name, text)| (directory.join(name), text))
        .collect();
    let mut config = serde_json::to_string_pretty(&holdfast_project::config_schema())?;
    config.push('\n');
    files.insert(directory.join("holdfast-toml.schema.json"), config);
    Ok(files)
}

fn put(path: &Path, text: &str) -> Result<()> {
    if let Some(directory) = path.parent() {
        fs_err::create_dir_all(directory)?;
    }
    fs_err::write(path, text)?;
    Ok(())
}
