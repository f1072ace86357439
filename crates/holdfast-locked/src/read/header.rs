//! What a lock says of itself before its packages.

use holdfast_model::LockGroups;
use pep440_rs::VersionSpecifier;

use crate::LockError;
use crate::document::{Table, Text};

/// How well the minor version of the format is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Minor {
    /// 1.0.
    Known,
    /// Newer: keys that are not understood may have been added.
    Unknown,
}

/// Reads `lock-version`; an unknown major version is an error, as the standard demands.
pub(super) fn lock_version(root: &Table<'_>) -> Result<Minor, LockError> {
    let written = root.required_text("lock-version")?;
    let mut parts = written.value.split('.').map(str::parse::<u32>);
    let (major, minor) = match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), None, None) => (major, 0),
        (Some(Ok(major)), Some(Ok(minor)), None) => (major, minor),
        _ => {
            let message = format!("`lock-version` is no version: `{}`", written.value);
            return Err(root.source().error(written.start, message));
        }
    };
    if major != 1 {
        return Err(LockError {
            location: root.source().location(written.start),
            message: format!(
                "version `{}` of `pylock.toml` is not understood, only 1.0",
                written.value
            ),
            fix: Some("upgrade holdfast, or write the lock again in version 1.0".to_owned()),
        });
    }
    if minor == 0 {
        return Ok(Minor::Known);
    }
    root.source().warn(
        written.start,
        format!(
            "version `{}` of `pylock.toml` is read as 1.0",
            written.value
        ),
    );
    Ok(Minor::Unknown)
}

/// Reads `requires-python`, which must be a PEP 440 range. An empty one, as PDM writes it, says
/// nothing.
pub(super) fn requires_python(root: &Table<'_>) -> Result<Option<String>, LockError> {
    let Some(written) = root.text("requires-python")? else {
        return Ok(None);
    };
    let parts = written.value.split(',').map(str::trim);
    for part in parts.filter(|part| !part.is_empty()) {
        if let Err(error) = part.parse::<VersionSpecifier>() {
            let problem = error.to_string();
            let message = format!(
                "`requires-python` is no range of versions: {}",
                problem.lines().next().unwrap_or_default()
            );
            return Err(root.source().error(written.start, message));
        }
    }
    Ok(Some(written.value.to_owned()))
}

/// The extras and groups that the lock offers.
pub(super) fn groups(root: &Table<'_>) -> Result<LockGroups, LockError> {
    Ok(LockGroups {
        extras: texts(root, "extras")?,
        dependency_groups: texts(root, "dependency-groups")?,
        default_groups: texts(root, "default-groups")?,
    })
}

/// An array of texts.
pub(super) fn texts(table: &Table<'_>, key: &str) -> Result<Vec<String>, LockError> {
    Ok(table
        .texts(key)?
        .into_iter()
        .map(|text| text.value.to_owned())
        .collect())
}

/// Tables of the standard and their keys in version 1.0; what is below `tool` belongs to tools.
const KNOWN: [(&str, &[&str]); 7] = [
    (
        "",
        &[
            "lock-version",
            "environments",
            "requires-python",
            "extras",
            "dependency-groups",
            "default-groups",
            "created-by",
            "packages",
            "tool",
        ],
    ),
    (
        "packages",
        &[
            "name",
            "version",
            "marker",
            "requires-python",
            "dependencies",
            "vcs",
            "directory",
            "archive",
            "index",
            "sdist",
            "wheels",
            "attestation-identities",
            "tool",
        ],
    ),
    (
        "vcs",
        &[
            "type",
            "url",
            "path",
            "requested-revision",
            "commit-id",
            "subdirectory",
        ],
    ),
    ("directory", &["path", "editable", "subdirectory"]),
    (
        "archive",
        &[
            "url",
            "path",
            "size",
            "upload-time",
            "hashes",
            "subdirectory",
        ],
    ),
    ("sdist", FILE),
    ("wheels", FILE),
];

const FILE: &[&str] = &["name", "upload-time", "url", "path", "size", "hashes"];

/// Tells of the keys that version 1.0 does not have.
pub(super) fn warn_of_unknown_keys(root: &Table<'_>) -> Result<(), LockError> {
    warn_in(root, "");
    for package in root.tables("packages", "packages")? {
        warn_in(&package, "packages");
        for (key, path) in [
            ("vcs", "packages.vcs"),
            ("directory", "packages.directory"),
            ("archive", "packages.archive"),
            ("sdist", "packages.sdist"),
        ] {
            if let Some(table) = package.table(key, path)? {
                warn_in(&table, key);
            }
        }
        for wheel in package.tables("wheels", "packages.wheels")? {
            warn_in(&wheel, "wheels");
        }
    }
    Ok(())
}

fn warn_in(table: &Table<'_>, which: &str) {
    let known = KNOWN
        .iter()
        .find(|(name, _)| *name == which)
        .map_or(&[][..], |(_, keys)| keys);
    for Text { value, start } in table.keys() {
        if !known.contains(&value) {
            let name = table.name_of(value);
            table
                .source()
                .warn(start, format!("{name} is not known and was passed over"));
        }
    }
}
