//! One entry of `[[packages]]`.

use std::collections::BTreeSet;
use std::path::Path;

use holdfast_model::{Dependency, Ecosystem, LockSource, LockedFile, LockedPackage};
use pep440_rs::Version;

use super::text::{Inline, Writer, toml_time};
use crate::{address, credentials, groups, names};

/// What packages are sorted by: name, version (as PEP 440 orders them), marker. Where those are the
/// same, by all else, so that the order never depends on where packages came from.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    name: String,
    version: Option<Version>,
    written: Option<String>,
    marker: Option<String>,
    source: LockSource,
}

impl Order {
    pub(super) fn of(package: &LockedPackage) -> Self {
        let written = package.version.clone();
        Self {
            name: package.package.name().to_owned(),
            version: written.as_deref().and_then(|version| version.parse().ok()),
            written,
            marker: package.marker.clone(),
            source: package.source.clone(),
        }
    }
}

/// Writes one package.
pub(super) fn write(writer: &mut Writer, package: &LockedPackage) {
    writer.header("[[packages]]");
    writer.text("name", package.package.name());
    let is_tree = matches!(package.source, LockSource::Directory { .. });
    if let Some(version) = package.version.as_deref().filter(|_| !is_tree) {
        writer.text("version", version);
    }
    if let Some(marker) = &package.marker {
        writer.text("marker", marker);
    }
    if let Some(requires_python) = &package.requires_python {
        writer.text("requires-python", requires_python);
    }
    let edges = Edges::of(&package.dependencies);
    writer.tables("dependencies", edges.targets, |inline, edge| {
        inline.text("name", edge.package.name());
        inline.optional("version", edge.version.as_deref());
    });
    source(writer, package);
    attestations(writer, package);
    additions(writer, package, &edges.described);
}

/// Writes a package of another ecosystem than PyPI, all in one table of ours.
pub(super) fn write_other(writer: &mut Writer, package: &LockedPackage) {
    writer.header("[[tool.holdfast.packages]]");
    writer.text("package", &names::package_text(&package.package));
    if let Some(version) = &package.version {
        writer.text("version", version);
    }
    if let Some(marker) = &package.marker {
        writer.text("marker", marker);
    }
    if let Some(requires_python) = &package.requires_python {
        writer.text("requires-python", requires_python);
    }
    let mut edges: Vec<_> = package.dependencies.iter().collect();
    edges.sort();
    edges.dedup();
    writer.tables("dependencies", edges, described_edge);
    if let LockSource::Registry { index } = &package.source {
        if let Some(index) = index {
            writer.text("index", &credentials::strip(index));
        }
        writer.tables("files", sorted(&package.files), file);
    } else {
        source(writer, package);
    }
    attestations(writer, package);
    facts(writer, package);
    if groups_differ(package) {
        writer.texts("groups", &package.groups);
    }
}

/// The edges twice: for the standard, which tells only which entry is meant, and for what Holdfast
/// keeps besides.
struct Edges<'p> {
    /// Each entry that is depended on, once.
    targets: Vec<&'p Dependency>,
    /// The edges to every entry of which more is known than that.
    described: Vec<&'p Dependency>,
}

impl<'p> Edges<'p> {
    fn of(dependencies: &'p [Dependency]) -> Self {
        let target = |edge: &&'p Dependency| (&edge.package, &edge.version);
        // the standard knows no other
        let is_pypi = |edge: &&Dependency| edge.package.ecosystem() == Ecosystem::Pypi;
        let mut targets: Vec<_> = dependencies.iter().collect();
        targets.sort();
        targets.dedup();
        let with_more: BTreeSet<_> = targets
            .iter()
            .filter(|edge| edge.marker.is_some() || edge.specifier.is_some() || !is_pypi(edge))
            .map(target)
            .collect();
        let described = targets
            .iter()
            .filter(|edge| with_more.contains(&target(edge)))
            .copied()
            .collect();
        targets.dedup_by_key(|edge| target(edge));
        targets.retain(is_pypi);
        Self { targets, described }
    }
}

fn source(writer: &mut Writer, package: &LockedPackage) {
    match &package.source {
        LockSource::Registry { index } => {
            if let Some(index) = index {
                writer.text("index", &credentials::strip(index));
            }
            let files = sorted(&package.files);
            if let Some(sdist) = sdist(&files) {
                writer.table("sdist", |inline| file(inline, sdist));
            }
            let wheels = files.into_iter().filter(|file| file.is_wheel());
            writer.tables("wheels", wheels, file);
        }
        LockSource::Archive { url } => writer.table("archive", |inline| {
            let (url, subdirectory) = address::split_subdirectory(&credentials::strip(url));
            location(inline, &url);
            if let Some(file) = package.files.first() {
                contents(inline, file);
            }
            inline.optional("subdirectory", subdirectory.as_deref());
        }),
        LockSource::Vcs {
            system,
            url,
            commit,
        } => writer.table("vcs", |inline| {
            inline.text("type", system);
            let (url, subdirectory) = address::split_subdirectory(&credentials::strip(url));
            location(inline, &url);
            inline.optional("commit-id", commit.as_deref());
            inline.optional("subdirectory", subdirectory.as_deref());
        }),
        LockSource::Directory { path, editable } => writer.table("directory", |inline| {
            inline.text("path", path);
            if *editable {
                inline.bare("editable", true);
            }
        }),
    }
}

fn sorted(files: &[LockedFile]) -> Vec<&LockedFile> {
    let mut files: Vec<&LockedFile> = files.iter().collect();
    files.sort_by(|left, right| (&left.name, &left.url).cmp(&(&right.name, &right.url)));
    files
}

/// The one source archive that the standard admits.
fn sdist<'p>(files: &[&'p LockedFile]) -> Option<&'p LockedFile> {
    let extension = |file: &LockedFile| {
        let extension = Path::new(&file.name).extension();
        extension.and_then(|extension| extension.to_str().map(str::to_owned))
    };
    files
        .iter()
        .filter(|file| !file.is_wheel())
        .min_by_key(|file| match extension(file).as_deref() {
            Some("gz") => 0,
            Some("zip") => 1,
            _ => 2,
        })
        .copied()
}

/// A wheel or source archive. Its name is written only where its address does not end in it.
fn file(inline: &mut Inline<'_>, file: &LockedFile) {
    match &file.url {
        None => inline.text("name", &file.name),
        Some(url) => {
            let url = credentials::strip(url);
            if address::file_name(&url) != file.name {
                inline.text("name", &file.name);
            }
            location(inline, &url);
        }
    }
    contents(inline, file);
}

fn location(inline: &mut Inline<'_>, address: &str) {
    let key = if address::is_url(address) {
        "url"
    } else {
        "path"
    };
    inline.text(key, address);
}

fn contents(inline: &mut Inline<'_>, file: &LockedFile) {
    if let Some(time) = toml_time(file.upload_time) {
        inline.bare("upload-time", time);
    }
    if let Some(size) = file.size.and_then(|size| i64::try_from(size).ok()) {
        inline.bare("size", size);
    }
    let mut hashes: Vec<_> = file.hashes.iter().collect();
    hashes.sort();
    hashes.dedup_by_key(|digest| digest.algorithm());
    if hashes.is_empty() {
        return;
    }
    inline.table("hashes", |inline| {
        for digest in hashes {
            inline.text(digest.algorithm().as_str(), digest.hex());
        }
    });
}

fn attestations(writer: &mut Writer, package: &LockedPackage) {
    let key = "attestation-identities";
    writer.tables(key, &package.attestations, |inline, identity| {
        inline.text("kind", &identity.kind);
        for (key, claim) in identity.claims.iter().filter(|(key, _)| *key != "kind") {
            inline.text(key, claim);
        }
    });
}

fn additions(writer: &mut Writer, package: &LockedPackage, described: &[&Dependency]) {
    let groups_differ = groups_differ(package);
    let is_empty = package.licence.is_none()
        && package.direct.is_none()
        && !groups_differ
        && package.files.iter().all(|file| file.contents.is_none())
        && described.is_empty();
    if is_empty {
        return;
    }
    writer.header("[packages.tool.holdfast]");
    facts(writer, package);
    if groups_differ {
        writer.texts("groups", &package.groups);
    }
    writer.tables("requires", described, |inline, edge| {
        described_edge(inline, edge);
    });
    let files = sorted(&package.files);
    let told = files
        .into_iter()
        .filter(|file| file.is_wheel())
        .filter_map(|file| Some((&file.name, file.contents.as_ref()?)));
    writer.tables("contents", told, |inline, (name, digest)| {
        inline.text("file", name);
        inline.text("digest", &digest.to_string());
    });
}

fn facts(writer: &mut Writer, package: &LockedPackage) {
    if let Some(licence) = &package.licence {
        writer.text("licence", licence);
    }
    if let Some(direct) = package.direct {
        writer.bare("direct", direct);
    }
}

/// Whether the groups are others than the marker tells.
fn groups_differ(package: &LockedPackage) -> bool {
    let told = package.marker.as_deref().map(groups::of_marker);
    package.groups != told.unwrap_or_default()
}

/// All that is known of an edge.
fn described_edge(inline: &mut Inline<'_>, edge: &Dependency) {
    inline.text("name", &names::package_text(&edge.package));
    inline.optional("version", edge.version.as_deref());
    inline.optional("specifier", edge.specifier.as_deref());
    inline.optional("marker", edge.marker.as_deref());
}
