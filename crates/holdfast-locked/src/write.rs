//! Writing a lock: the same bytes for the same lock, whatever made it.
//!
//! Text is put together by hand: a lock of hundreds of packages takes less than a millisecond, and
//! nobody else decides what a line looks like. The layout is that of uv and of the standard's
//! example: one table per package, one line per file and per edge, so that a changed file is one
//! changed line.
//!
//! `[tool.holdfast]` comes last and ends in a key that must be there: a lock which lost its end is
//! told from a whole one.

mod package;
mod text;

use holdfast_model::{Ecosystem, LockMetadata, Locked, LockedPackage};

use self::text::Writer;
use crate::{credentials, names};

/// The lock as text: valid TOML and, provided that each package has a source and each file a hash,
/// a valid lock of PEP 751.
///
/// Packages are sorted by name, version and marker, everything else as the model says. Addresses
/// lose their credentials. Packages of other ecosystems than PyPI, which no installer of Python may
/// see, go under `[tool.holdfast]`: a lock that has some needs [`Locked::holdfast`]. Of several source archives the standard admits one: the first `.tar.gz`,
/// else the first of another format. A directory keeps no version, as the standard demands.
pub fn write(locked: &Locked) -> String {
    let mut packages: Vec<&LockedPackage> = locked.packages.iter().collect();
    packages.sort_by_cached_key(|package| package::Order::of(package));
    let (packages, others): (Vec<_>, Vec<_>) = packages
        .into_iter()
        .partition(|package| package.package.ecosystem() == Ecosystem::Pypi);
    let mut writer = Writer::with_capacity(1024 + packages.len() * 1024);
    writer.text("lock-version", "1.0");
    if !locked.environments.is_empty() {
        writer.texts("environments", &locked.environments);
    }
    if let Some(requires_python) = &locked.requires_python {
        writer.text("requires-python", requires_python);
    }
    for (key, groups) in [
        ("extras", &locked.groups.extras),
        ("dependency-groups", &locked.groups.dependency_groups),
        ("default-groups", &locked.groups.default_groups),
    ] {
        if !groups.is_empty() {
            writer.texts(key, groups);
        }
    }
    writer.text("created-by", &locked.created_by);
    if packages.is_empty() {
        writer.texts("packages", &[]);
    }
    for package in packages {
        package::write(&mut writer, package);
    }
    for package in others {
        package::write_other(&mut writer, package);
    }
    if let Some(metadata) = &locked.holdfast {
        holdfast(&mut writer, metadata);
    }
    writer.finish()
}

fn holdfast(writer: &mut Writer, metadata: &LockMetadata) {
    let mut passed_over: Vec<_> = metadata.passed_over.iter().collect();
    passed_over.sort();
    for entry in passed_over {
        writer.header("[[tool.holdfast.passed-over]]");
        writer.text("package", &names::package_text(&entry.package));
        writer.text("version", &entry.version);
        writer.text("reason", &credentials::strip(&entry.reason));
        if let Some(took) = &entry.took {
            writer.text("took", took);
        }
        if let Some(way_out) = &entry.way_out {
            writer.text("way-out", &credentials::strip(way_out));
        }
    }
    let mut exemptions: Vec<_> = metadata.exemptions.iter().collect();
    exemptions.sort();
    for entry in exemptions {
        writer.header("[[tool.holdfast.exemptions]]");
        writer.text("package", &names::package_text(&entry.package));
        writer.text("version", &entry.version);
        writer.text("rule", &entry.rule);
        writer.text("reason", &credentials::strip(&entry.reason));
    }
    let mut artefacts: Vec<_> = metadata.artefacts.iter().collect();
    artefacts.sort();
    for artefact in artefacts {
        writer.header("[[tool.holdfast.artefacts]]");
        writer.text("path", &artefact.path);
        writer.bare("size", artefact.size);
        writer.table("hashes", |inline| {
            inline.text(artefact.digest.algorithm().as_str(), artefact.digest.hex());
        });
    }
    writer.header("[tool.holdfast]");
    writer.bare("version", metadata.version);
    writer.text("environment", metadata.environment.as_str());
    if let Some(extends) = &metadata.extends {
        writer.text("extends", extends.as_str());
    }
    writer.text("python", &metadata.python);
    writer.text("implementation", &metadata.implementation);
    let mut platforms = metadata.platforms.clone();
    platforms.sort();
    let platforms: Vec<_> = platforms.iter().map(ToString::to_string).collect();
    writer.texts("platforms", &platforms);
    writer.text("declarations", &metadata.declarations.to_string());
    if let Some(cutoff) = text::toml_time(metadata.cutoff) {
        writer.bare("cutoff", cutoff);
    }
    if let Some(advisories) = &metadata.advisories {
        writer.text("advisories", &advisories.to_string());
    }
    writer.text("uv", &metadata.uv);
}

#[cfg(test)]
mod tests;
