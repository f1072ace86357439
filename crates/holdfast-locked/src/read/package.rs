//! One entry of `[[packages]]`.

use std::collections::BTreeMap;

use holdfast_model::{AttestationIdentity, Dependency, LockedPackage, PackageId};
use pep440_rs::Version;

use super::{holdfast, source};
use crate::document::{Table, Text};
use crate::{LockError, groups, names};

/// Reads one package.
pub(super) fn read(table: &Table<'_>) -> Result<LockedPackage, LockError> {
    let name = table.required_text("name")?;
    let package = package_id(table, name)?;
    let version = version(table)?;
    let marker = owned(table.text("marker")?);
    let source::Contents { source, mut files } = source::read(table, &package, version.as_deref())?;
    files.sort_by(|left, right| (&left.name, &left.url).cmp(&(&right.name, &right.url)));
    let additions = holdfast::additions(table)?;
    for file in files.iter_mut().filter(|file| file.is_wheel()) {
        file.contents = additions.contents.get(&file.name).cloned();
    }
    let groups = additions
        .groups
        .unwrap_or_else(|| marker.as_deref().map(groups::of_marker).unwrap_or_default());
    Ok(LockedPackage {
        package,
        version,
        marker,
        requires_python: owned(table.text("requires-python")?),
        source,
        files,
        dependencies: dependencies(table, additions.requires)?,
        direct: additions.direct,
        licence: additions.licence,
        groups,
        attestations: attestations(table)?,
        location: table.source().location(name.start),
    })
}

/// A name, which PEP 508 makes of letters, digits, `-`, `_` and `.`. One that is not normalised is
/// taken all the same: whoever wrote it meant the package.
fn package_id(table: &Table<'_>, name: Text<'_>) -> Result<PackageId, LockError> {
    if names::is_pypi_name(name.value) {
        return Ok(PackageId::pypi(name.value));
    }
    let message = format!(
        "{} names no package: `{}`",
        table.name_of("name"),
        name.value
    );
    Err(table.source().error(name.start, message))
}

fn version(table: &Table<'_>) -> Result<Option<String>, LockError> {
    let Some(written) = table.text("version")? else {
        return Ok(None);
    };
    if written.value.parse::<Version>().is_err() {
        let message = format!(
            "{} is no version (PEP 440): `{}`",
            table.name_of("version"),
            written.value
        );
        return Err(table.source().error(written.start, message));
    }
    Ok(Some(written.value.to_owned()))
}

/// The edges: those of the standard, with what `[packages.tool.holdfast]` adds to them.
fn dependencies(
    table: &Table<'_>,
    mut known: Vec<Dependency>,
) -> Result<Vec<Dependency>, LockError> {
    known.sort();
    known.dedup();
    let described = |edge: &Dependency| {
        let position = known.partition_point(|other| {
            (&other.package, &other.version) < (&edge.package, &edge.version)
        });
        known
            .get(position)
            .is_some_and(|other| (&other.package, &other.version) == (&edge.package, &edge.version))
    };
    let mut edges = table
        .tables("dependencies", "packages.dependencies")?
        .iter()
        .map(dependency)
        .filter(|edge| !edge.as_ref().is_ok_and(described))
        .collect::<Result<Vec<_>, _>>()?;
    edges.append(&mut known);
    edges.sort();
    edges.dedup();
    Ok(edges)
}

/// Reads one edge.
pub(super) fn dependency(table: &Table<'_>) -> Result<Dependency, LockError> {
    Ok(Dependency {
        package: holdfast::package(table, "name")?,
        version: owned(table.text("version")?),
        marker: owned(table.text("marker")?),
        specifier: owned(table.text("specifier")?),
    })
}

/// Who published the files.
pub(super) fn attestations(table: &Table<'_>) -> Result<Vec<AttestationIdentity>, LockError> {
    let path = "packages.attestation-identities";
    table
        .tables("attestation-identities", path)?
        .iter()
        .map(|identity| {
            let mut claims = BTreeMap::new();
            for key in identity.keys().filter(|key| key.value != "kind") {
                // what a publisher claims is text; anything else is for a later standard to say
                if let Ok(Some(claim)) = identity.text(key.value) {
                    claims.insert(key.value.to_owned(), claim.value.to_owned());
                }
            }
            Ok(AttestationIdentity {
                kind: identity.required_text("kind")?.value.to_owned(),
                claims,
            })
        })
        .collect()
}

/// A text of its own.
pub(super) fn owned(text: Option<Text<'_>>) -> Option<String> {
    text.map(|text| text.value.to_owned())
}
