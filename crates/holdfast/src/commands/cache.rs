//! `holdfast cache`: where the cache is, and removing it.

use std::path::Path;

use anyhow::{Context as _, Result};
use holdfast_report::human;
use holdfast_sources::{Cache, Cleaned};

use crate::cli::CacheCommand;
use crate::environment::Environment;
use crate::output::{Outcome, Output};

/// Prints the directory, or removes what is in it.
pub(crate) fn run(
    command: &CacheCommand,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let directory = environment.cache();
    match command {
        CacheCommand::Dir => Ok(Outcome::clean(output.text_or_json(
            |_| format!("{}\n", directory.display()),
            || {
                format!(
                    "{}\n",
                    serde_json::json!({"schema": "holdfast/cache/1", "directory": directory})
                )
            },
        )?)),
        CacheCommand::Clean => {
            let cleaned = clean(directory)
                .with_context(|| format!("cannot clean `{}`", directory.display()))?;
            Ok(Outcome::clean(output.text_or_json(
                |_| {
                    format!(
                        "removed {} ({}) from {}\n",
                        human::count(
                            usize::try_from(cleaned.files).unwrap_or(usize::MAX),
                            "file",
                            "files"
                        ),
                        human::bytes(cleaned.bytes),
                        directory.display()
                    )
                },
                || {
                    format!(
                        "{}\n",
                        serde_json::json!({
                            "schema": "holdfast/cache/1",
                            "directory": directory,
                            "removed": {"files": cleaned.files, "bytes": cleaned.bytes},
                        })
                    )
                },
            )?))
        }
    }
}

/// What other rooms than the network keep in the cache.
const FOLDERS: [&str; 6] = ["advisories", "golden", "installed", "locks", "solve", "uv"];

/// Removes what is ours, and nothing else that somebody may have put there.
fn clean(directory: &Path) -> std::io::Result<Cleaned> {
    let mut cleaned = Cache::new(directory.to_owned()).clean()?;
    for folder in FOLDERS.map(|folder| directory.join(folder)) {
        if folder.is_dir() {
            count(&folder, &mut cleaned)?;
            fs_err::remove_dir_all(&folder)?;
        }
    }
    Ok(cleaned)
}

fn count(folder: &Path, cleaned: &mut Cleaned) -> std::io::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            count(&entry.path(), cleaned)?;
        } else {
            cleaned.files += 1;
            cleaned.bytes += metadata.len();
        }
    }
    Ok(())
}
