//! `[[tool.holdfast.packages]]`: packages of other ecosystems than PyPI.

use holdfast_model::{Dependency, LockedPackage};

use super::header::texts;
use super::{holdfast, package, source};
use crate::document::Table;
use crate::{LockError, groups};

/// Reads the packages of other ecosystems, where there are some.
pub(super) fn packages(root: &Table<'_>) -> Result<Vec<LockedPackage>, LockError> {
    let Some(table) = holdfast::table(root)? else {
        return Ok(Vec::new());
    };
    table
        .tables("packages", "tool.holdfast.packages")?
        .iter()
        .map(read)
        .collect()
}

fn read(table: &Table<'_>) -> Result<LockedPackage, LockError> {
    let id = holdfast::package(table, "package")?;
    let marker = package::owned(table.text("marker")?);
    let source::Contents { source, mut files } = source::read_other(table)?;
    files.sort_by(|left, right| (&left.name, &left.url).cmp(&(&right.name, &right.url)));
    Ok(LockedPackage {
        package: id,
        version: package::owned(table.text("version")?),
        requires_python: package::owned(table.text("requires-python")?),
        source,
        files,
        dependencies: dependencies(table)?,
        direct: table.boolean("direct")?,
        licence: package::owned(table.text("licence")?),
        groups: if table.has("groups") {
            texts(table, "groups")?
        } else {
            marker.as_deref().map(groups::of_marker).unwrap_or_default()
        },
        marker,
        attestations: package::attestations(table)?,
        location: table.source().location(table.start_of("package")),
    })
}

fn dependencies(table: &Table<'_>) -> Result<Vec<Dependency>, LockError> {
    let mut edges = table
        .tables("dependencies", "tool.holdfast.packages.dependencies")?
        .iter()
        .map(package::dependency)
        .collect::<Result<Vec<_>, _>>()?;
    edges.sort();
    edges.dedup();
    Ok(edges)
}
