//! `[tool.holdfast]`: what Holdfast adds to the standard.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use holdfast_model::{
    Digest, Exemption, HashAlgorithm, LockMetadata, LockedArtefact, PackageId, PassedOver,
};

use super::header::texts;
use crate::document::{Table, Text};
use crate::{LockError, names};

/// The version of `[tool.holdfast]` that this version of Holdfast writes, and the newest it reads.
pub(crate) const VERSION: u32 = 1;

/// Reads `[tool.holdfast]`, where there is one.
pub(super) fn metadata(root: &Table<'_>) -> Result<Option<LockMetadata>, LockError> {
    let Some(table) = table(root)? else {
        return Ok(None);
    };
    let version = version(&table)?;
    Ok(Some(LockMetadata {
        version,
        environment: required(&table, "environment")?,
        extends: parsed(table.text("extends")?, &table, "extends")?,
        python: table.required_text("python")?.value.to_owned(),
        implementation: table.required_text("implementation")?.value.to_owned(),
        platforms: {
            let mut platforms = table
                .texts("platforms")?
                .into_iter()
                .map(|text| parse(text, &table, "platforms"))
                .collect::<Result<Vec<_>, _>>()?;
            platforms.sort();
            platforms
        },
        declarations: required(&table, "declarations")?,
        cutoff: table.timestamp("cutoff")?,
        advisories: parsed(table.text("advisories")?, &table, "advisories")?,
        uv: table.required_text("uv")?.value.to_owned(),
        passed_over: passed_over(&table)?,
        exemptions: exemptions(&table)?,
        artefacts: artefacts(&table)?,
    }))
}

/// `[tool.holdfast]` itself.
pub(super) fn table<'t>(root: &Table<'t>) -> Result<Option<Table<'t>>, LockError> {
    match root.table("tool", "tool")? {
        Some(tool) => tool.table("holdfast", "tool.holdfast"),
        None => Ok(None),
    }
}

fn version(table: &Table<'_>) -> Result<u32, LockError> {
    let written = table
        .count("version")?
        .ok_or_else(|| table.missing("version"))?;
    match u32::try_from(written) {
        Ok(version) if (1..=VERSION).contains(&version) => Ok(version),
        _ => Err(LockError {
            location: table.source().location(table.start_of("version")),
            message: format!(
                "version {written} of `[tool.holdfast]` is not understood, only up to {VERSION}"
            ),
            fix: Some("upgrade holdfast: a newer version wrote this lock".to_owned()),
        }),
    }
}

fn passed_over(table: &Table<'_>) -> Result<Vec<PassedOver>, LockError> {
    let mut all = table
        .tables("passed-over", "tool.holdfast.passed-over")?
        .iter()
        .map(|entry| {
            Ok(PassedOver {
                package: package(entry, "package")?,
                version: entry.required_text("version")?.value.to_owned(),
                reason: entry.required_text("reason")?.value.to_owned(),
                took: entry.text("took")?.map(|text| text.value.to_owned()),
                way_out: entry.text("way-out")?.map(|text| text.value.to_owned()),
            })
        })
        .collect::<Result<Vec<_>, LockError>>()?;
    all.sort();
    Ok(all)
}

fn exemptions(table: &Table<'_>) -> Result<Vec<Exemption>, LockError> {
    let mut all = table
        .tables("exemptions", "tool.holdfast.exemptions")?
        .iter()
        .map(|entry| {
            Ok(Exemption {
                package: package(entry, "package")?,
                version: entry.required_text("version")?.value.to_owned(),
                rule: entry.required_text("rule")?.value.to_owned(),
                reason: entry.required_text("reason")?.value.to_owned(),
            })
        })
        .collect::<Result<Vec<_>, LockError>>()?;
    all.sort();
    Ok(all)
}

fn artefacts(table: &Table<'_>) -> Result<Vec<LockedArtefact>, LockError> {
    let mut all = table
        .tables("artefacts", "tool.holdfast.artefacts")?
        .iter()
        .map(|entry| {
            let hashes = entry
                .table("hashes", "tool.holdfast.artefacts.hashes")?
                .ok_or_else(|| entry.missing("hashes"))?;
            let hex = hashes.required_text("sha256")?;
            Ok(LockedArtefact {
                path: entry.required_text("path")?.value.to_owned(),
                size: entry.count("size")?.ok_or_else(|| entry.missing("size"))?,
                digest: Digest::new(HashAlgorithm::Sha256, hex.value)
                    .map_err(|error| table.source().error(hex.start, error.to_string()))?,
            })
        })
        .collect::<Result<Vec<_>, LockError>>()?;
    all.sort();
    Ok(all)
}

/// The package that a key names: by its name on PyPI, or by its package URL.
pub(super) fn package(entry: &Table<'_>, key: &str) -> Result<PackageId, LockError> {
    let written = entry.required_text(key)?;
    names::parse_package(written.value).ok_or_else(|| {
        let name = entry.name_of(key);
        let message = format!("{name} names no package: `{}`", written.value);
        entry.source().error(written.start, message)
    })
}

fn required<T>(table: &Table<'_>, key: &str) -> Result<T, LockError>
where
    T: FromStr,
    T::Err: Display,
{
    parse(table.required_text(key)?, table, key)
}

fn parsed<T>(text: Option<Text<'_>>, table: &Table<'_>, key: &str) -> Result<Option<T>, LockError>
where
    T: FromStr,
    T::Err: Display,
{
    text.map(|text| parse(text, table, key)).transpose()
}

fn parse<T>(text: Text<'_>, table: &Table<'_>, key: &str) -> Result<T, LockError>
where
    T: FromStr,
    T::Err: Display,
{
    text.value.parse().map_err(|error: T::Err| {
        let name = table.name_of(key);
        table.source().error(text.start, format!("{name}: {error}"))
    })
}

/// What `[packages.tool.holdfast]` says of one package.
#[derive(Debug, Default)]
pub(super) struct PackageAdditions {
    pub(super) licence: Option<String>,
    pub(super) direct: Option<bool>,
    /// Absent where the marker tells the groups.
    pub(super) groups: Option<Vec<String>>,
    /// The edges of which more is known than name and version.
    pub(super) requires: Vec<holdfast_model::Dependency>,
    /// Digests over what is in the files, by their names.
    pub(super) contents: BTreeMap<String, Digest>,
}

/// Reads `[packages.tool.holdfast]`.
pub(super) fn additions(package: &Table<'_>) -> Result<PackageAdditions, LockError> {
    let Some(tool) = package.table("tool", "packages.tool")? else {
        return Ok(PackageAdditions::default());
    };
    let Some(table) = tool.table("holdfast", "packages.tool.holdfast")? else {
        return Ok(PackageAdditions::default());
    };
    Ok(PackageAdditions {
        licence: table.text("licence")?.map(|text| text.value.to_owned()),
        direct: table.boolean("direct")?,
        groups: if table.has("groups") {
            Some(texts(&table, "groups")?)
        } else {
            None
        },
        requires: table
            .tables("requires", "packages.tool.holdfast.requires")?
            .iter()
            .map(super::package::dependency)
            .collect::<Result<_, _>>()?,
        contents: table
            .tables("contents", "packages.tool.holdfast.contents")?
            .iter()
            .map(|entry| {
                let file = entry.required_text("file")?.value.to_owned();
                Ok((file, required(entry, "digest")?))
            })
            .collect::<Result<_, LockError>>()?,
    })
}
