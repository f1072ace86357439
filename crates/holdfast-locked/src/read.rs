//! Reading a lock: strict where PEP 751 says MUST, tolerant of what other tools are known to write.
//!
//! Keys that the standard does not have are passed over. So are its informational ones for which the
//! model has no room (`vcs.requested-revision`).

mod header;
mod holdfast;
mod other;
mod package;
mod source;

use std::collections::BTreeMap;

use holdfast_model::{LockFormat, Locked, LockedPackage};

use crate::document::{self, Source, Table};
use crate::error::WRITE_AGAIN;
use crate::{LockError, LockWarning, decode, names};

/// The name that [`crate::write`] puts into `created-by`.
pub(crate) const HOLDFAST: &str = "holdfast";

/// A lock, and what was passed over while reading it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The lock.
    pub locked: Locked,
    /// What was passed over, in the order of the file.
    pub warnings: Vec<LockWarning>,
}

/// Reads the content of a `pylock.toml`; `file` is its path, for messages.
///
/// # Errors
/// Where it is no text, no TOML, no lock as PEP 751 has it, cut short, or of a version that is not
/// understood. The error tells the place and the way out.
pub fn read(bytes: &[u8], file: &str) -> Result<Locked, LockError> {
    read_noting(bytes, file).map(|reading| reading.locked)
}

/// As [`read`], and tells what it passed over: PEP 751 wants a person to hear of keys that a newer
/// minor version may have added.
pub fn read_noting(bytes: &[u8], file: &str) -> Result<Reading, LockError> {
    let text = decode::text(bytes, file)?;
    let source = Source::new(file, text);
    let document = document::parse(&source)?;
    let locked = locked(&Table::root(&source, &document), file)?;
    Ok(Reading {
        locked,
        warnings: source.take_warnings(),
    })
}

fn locked(root: &Table<'_>, file: &str) -> Result<Locked, LockError> {
    let version = header::lock_version(root)?;
    if names::is_misnamed(file) {
        return Err(LockError {
            location: root.source().location(0),
            message: "the name of a lock has no dots between `pylock.` and `.toml`".to_owned(),
            fix: Some("rename the file, for example to `pylock.train-gpu.toml`".to_owned()),
        });
    }
    let created_by = root.required_text("created-by")?;
    let holdfast = holdfast::metadata(root)?;
    if holdfast.is_none() && created_by.value == HOLDFAST {
        return Err(cut_short(root));
    }
    if !root.has("packages") {
        return Err(root.missing("packages"));
    }
    let mut packages = root
        .tables("packages", "packages")?
        .iter()
        .map(package::read)
        .collect::<Result<Vec<_>, _>>()?;
    packages.extend(other::packages(root)?);
    refuse_twins(&packages)?;
    let locked = Locked {
        file: file.to_owned(),
        format: LockFormat::Pylock,
        created_by: created_by.value.to_owned(),
        requires_python: header::requires_python(root)?,
        environments: header::texts(root, "environments")?,
        groups: header::groups(root)?,
        holdfast,
        packages,
    };
    if version == header::Minor::Unknown {
        header::warn_of_unknown_keys(root)?;
    }
    Ok(locked)
}

/// `[tool.holdfast]` is the last table of our locks and ends in a required key, so that a lock which
/// lost its end shows it.
fn cut_short(root: &Table<'_>) -> LockError {
    LockError {
        location: root.source().end(),
        message: "the lock is cut short: Holdfast wrote it, and its last table, `[tool.holdfast]`, is missing"
            .to_owned(),
        fix: Some(WRITE_AGAIN.to_owned()),
    }
}

/// The same name, version and marker twice: no installer could choose. Left behind by merges.
fn refuse_twins(packages: &[LockedPackage]) -> Result<(), LockError> {
    let mut seen = BTreeMap::new();
    for package in packages {
        let key = (&package.package, &package.version, &package.marker);
        if let Some(first) = seen.insert(key, package) {
            let version = package.version.as_deref().unwrap_or("without a version");
            return Err(LockError {
                location: package.location.clone(),
                message: format!(
                    "`{}` {version} is locked twice, first in line {}",
                    package.package, first.location.line
                ),
                fix: Some(WRITE_AGAIN.to_owned()),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
