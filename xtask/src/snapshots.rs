//! Snapshots that no test reads any more.
//!
//! insta appends the path of each snapshot that a test reads to the file that the variable
//! `INSTA_SNAPSHOT_REFERENCES_FILE` names. After a whole test run, what is not listed there is an
//! orphan.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::workspace;

/// Fails where there is an orphan, or a snapshot that nobody has accepted yet.
pub(crate) fn run(references: &Path) -> Result<()> {
    let read: BTreeSet<PathBuf> = workspace::read(references)?
        .lines()
        .filter_map(|line| fs_err::canonicalize(line).ok())
        .collect();
    let mut wrong = Vec::new();
    let mut count = 0_usize;
    for member in workspace::members()? {
        for pending in workspace::files(&member, "new")? {
            wrong.push(format!(
                "{} waits to be accepted",
                workspace::shown(&pending)
            ));
        }
        for snapshot in workspace::files(&member, "snap")? {
            count += 1;
            if !read.contains(&fs_err::canonicalize(&snapshot)?) {
                wrong.push(format!(
                    "{} is read by no test",
                    workspace::shown(&snapshot)
                ));
            }
        }
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    workspace::say(&format!("{count} snapshots, each read by a test"));
    Ok(())
}
