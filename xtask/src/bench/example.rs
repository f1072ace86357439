//! A copy of `examples/churn`, locked, with everything cached that a lock needs.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::advisories::{self, Source};
use super::measure::run;
use super::setting::Setting;
use crate::workspace;

/// The example, ready to be measured.
#[derive(Debug)]
pub(super) struct Example {
    /// The copy.
    pub(super) project: PathBuf,
    /// The cache that makes it warm.
    pub(super) cache: PathBuf,
    /// The advisory records in that cache.
    pub(super) advisories: Source,
}

/// Copies the example and locks it once, with the network.
pub(super) fn prepare(setting: &Setting) -> Result<Example> {
    let project = setting.emptied("example")?;
    copy(&workspace::root().join("examples/churn"), &project)?;
    let cache = setting.directory("example-cache")?;
    let advisories = advisories::largest_known(setting)?;
    advisories.import(setting, &cache)?;
    let mut lock = setting.holdfast(&cache);
    lock.arg("lock").arg(&project);
    run(lock)?;
    Ok(Example {
        project,
        cache,
        advisories,
    })
}

/// Removes every lock of a project.
pub(super) fn without_locks(project: &Path) -> Result<()> {
    for entry in fs_err::read_dir(project)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("pylock.") || name == "uv.lock" {
            fs_err::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Copies a directory, without locks.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs_err::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else if !entry.file_name().to_string_lossy().starts_with("pylock.") {
            fs_err::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
