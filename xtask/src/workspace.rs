//! Where the workspace is, its crates, and words to the person who runs a chore.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The directory of the workspace.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The directories with a `Cargo.toml` of this workspace's members, sorted.
pub(crate) fn members() -> Result<Vec<PathBuf>> {
    let mut members = vec![root().join("xtask")];
    for entry in fs_err::read_dir(root().join("crates"))? {
        let directory = entry?.path();
        if directory.join("Cargo.toml").is_file() {
            members.push(directory);
        }
    }
    members.sort();
    Ok(members)
}

/// The files below a directory with this extension, sorted; none where the directory is absent.
pub(crate) fn files(directory: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        if !directory.is_dir() {
            continue;
        }
        for entry in fs_err::read_dir(&directory)? {
            let path = entry?.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                waiting.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A path as it is shown: relative to the workspace, with forward slashes.
pub(crate) fn shown(path: &Path) -> String {
    let relative = path.strip_prefix(root()).unwrap_or(path);
    relative.to_string_lossy().replace('\\', "/")
}

/// The text of a file of the workspace.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs_err::read_to_string(path).with_context(|| format!("cannot read `{}`", shown(path)))
}

/// Says something to the person who runs the chore.
#[expect(clippy::print_stdout, reason = "the one place where chores speak")]
pub(crate) fn say(message: &str) {
    println!("{message}");
}

/// Says what went wrong, or how far a chore is.
#[expect(clippy::print_stderr, reason = "the one place where chores complain")]
pub(crate) fn complain(message: &str) {
    eprintln!("{message}");
}
