//! `pdm.lock`: lock versions up to 4.
//!
//! A package with extras has an entry of its own for them, which depends on the plain one; both are
//! one package here. Since 4.2 files stand under their package, before in `[metadata.files]` under
//! `name version`.

use std::collections::{BTreeSet, HashMap};

use holdfast_model::{LockFormat, LockSource, Locked, LockedFile, LockedPackage, PackageId};
use serde::Deserialize;

use super::collect::{self, MAIN, Packages, digest, file, file_at, package, under_extra};
use super::source::Source;
use super::specifier;
use super::tree::{self, Pairs, Text};
use crate::{ReadError, strip_credentials};

const FORMAT: &str = "lock of PDM";
/// Extras of one entry whose edges are told apart.
const EXTRAS: usize = 16;

const FIX: &str = "write it again with `pdm lock`";

#[derive(Deserialize)]
pub(crate) struct Lock<'a> {
    #[serde(borrow, default)]
    package: Vec<Package<'a>>,
    #[serde(borrow)]
    pub(crate) metadata: Option<Metadata<'a>>,
}

#[derive(Deserialize)]
pub(crate) struct Metadata<'a> {
    #[serde(borrow, default)]
    pub(crate) groups: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) lock_version: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) content_hash: Option<Text<'a>>,
    #[serde(borrow, default)]
    strategy: Vec<Text<'a>>,
    #[serde(borrow, default)]
    targets: Vec<Target<'a>>,
    #[serde(borrow, default)]
    files: Pairs<'a, Vec<File<'a>>>,
}

/// A kind of machine that the lock is for.
#[derive(Deserialize)]
struct Target<'a> {
    #[serde(borrow)]
    requires_python: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow, default)]
    extras: Vec<Text<'a>>,
    #[serde(borrow)]
    requires_python: Option<Text<'a>>,
    #[serde(borrow, default)]
    groups: Vec<Text<'a>>,
    #[serde(borrow)]
    marker: Option<Text<'a>>,
    #[serde(borrow, default)]
    dependencies: Vec<Text<'a>>,
    #[serde(borrow, default)]
    files: Vec<File<'a>>,
    #[serde(borrow)]
    git: Option<Text<'a>>,
    #[serde(borrow)]
    hg: Option<Text<'a>>,
    #[serde(borrow)]
    svn: Option<Text<'a>>,
    #[serde(borrow)]
    bzr: Option<Text<'a>>,
    #[serde(borrow)]
    revision: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    path: Option<Text<'a>>,
    #[serde(borrow)]
    subdirectory: Option<Text<'a>>,
    #[serde(default)]
    editable: bool,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    file: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    hash: Option<Text<'a>>,
}

/// Reads the file as PDM wrote it.
pub(crate) fn parse<'a>(source: &Source<'a>) -> Result<Lock<'a>, ReadError> {
    let lock: Lock<'a> = tree::toml::parse(source.text())
        .and_then(|tree| tree.deserialize())
        .map_err(|error| source.refuse(FORMAT, &error, FIX))?;
    if lock.metadata.is_none() && lock.package.is_empty() {
        return Err(source.reject(
            "not a lock of PDM: it has neither `[metadata]` nor packages",
            FIX,
        ));
    }
    let version = lock
        .metadata
        .as_ref()
        .and_then(|it| it.lock_version.as_ref());
    let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    if let Some(version) = version
        && major.is_none_or(|major| major > 4)
    {
        let message = format!(
            "version `{}` of `pdm.lock` is not understood: expected 4",
            &**version
        );
        return Err(ReadError::new(source.of(version), message).with_fix("upgrade holdfast"));
    }
    Ok(lock)
}

/// Whether the lock says itself when each package is installed.
pub(crate) fn tells_markers(lock: &Lock<'_>) -> bool {
    let metadata = lock.metadata.iter();
    metadata
        .flat_map(|metadata| &metadata.strategy)
        .any(|strategy| &**strategy == "inherit_metadata")
}

/// The lock in the one shape.
pub(crate) fn locked(lock: &Lock<'_>, source: &Source<'_>) -> Locked {
    let metadata = lock.metadata.as_ref();
    let mut old_files: HashMap<&str, &[File<'_>]> = HashMap::new();
    for (key, files) in metadata.into_iter().flat_map(|it| it.files.iter()) {
        // `name version`, and `name[extra] version` for the same files again
        old_files.insert(key, files);
    }
    let mut packages = Packages::default();
    for written in &lock.package {
        packages.add(read(written, &mut old_files, source));
    }
    let requires_python: BTreeSet<String> = metadata
        .into_iter()
        .flat_map(|metadata| &metadata.targets)
        .filter_map(|target| target.requires_python.as_ref())
        .map(Text::to_text)
        .collect();
    let groups = metadata
        .into_iter()
        .flat_map(|metadata| &metadata.groups)
        .filter(|group| &***group != "default")
        .map(Text::to_text)
        .collect();
    let python = match requires_python.len() {
        1 => requires_python.into_iter().next(),
        _ => None,
    };
    Locked {
        file: source.file().to_owned(),
        format: LockFormat::Pdm,
        created_by: "pdm".to_owned(),
        requires_python: python,
        environments: Vec::new(),
        groups: collect::groups(Vec::new(), groups),
        holdfast: None,
        packages: packages.finish(&BTreeSet::new()),
    }
}

fn read(
    written: &Package<'_>,
    old_files: &mut HashMap<&str, &[File<'_>]>,
    source: &Source<'_>,
) -> LockedPackage {
    let mut read = package(PackageId::pypi(&written.name), source.of(&written.name));
    read.version = written.version.as_ref().map(Text::to_text);
    read.requires_python = written
        .requires_python
        .as_ref()
        .filter(|python| !python.is_empty())
        .map(Text::to_text);
    read.marker = written.marker.as_ref().map(Text::to_text);
    read.source = read_source(written);
    read.groups = written
        .groups
        .iter()
        .filter_map(|group| match &**group {
            "default" => Some(MAIN.to_owned()),
            group => collect::name(group),
        })
        .collect();
    let key = format!(
        "{} {}",
        &*written.name,
        written.version.as_deref().unwrap_or_default()
    );
    // taken, not shared: entries of one version are put together
    let listed = old_files.remove(key.as_str()).unwrap_or_default();
    read.files = written.files.iter().chain(listed).map(read_file).collect();
    for text in &written.dependencies {
        let Some(edge) = specifier::dependency(text) else {
            continue;
        };
        if written.extras.is_empty() {
            read.dependencies.push(edge);
            continue;
        }
        // the entry with the extras depends on the plain one: they are one here
        if edge.package == read.package {
            continue;
        }
        for extra in written.extras.iter().take(EXTRAS) {
            let mut edge = edge.clone();
            edge.marker = under_extra(edge.marker.as_deref(), extra);
            read.dependencies.push(edge);
        }
    }
    read
}

fn read_source(written: &Package<'_>) -> LockSource {
    let subdirectory = |url: &str| match &written.subdirectory {
        Some(subdirectory) => format!(
            "{}#subdirectory={}",
            strip_credentials(url),
            &**subdirectory
        ),
        None => strip_credentials(url),
    };
    for (system, repository) in [
        ("git", &written.git),
        ("hg", &written.hg),
        ("svn", &written.svn),
        ("bzr", &written.bzr),
    ] {
        if let Some(repository) = repository {
            return LockSource::Vcs {
                system: system.to_owned(),
                url: subdirectory(repository),
                commit: written.revision.as_ref().map(Text::to_text),
            };
        }
    }
    if let Some(url) = &written.url {
        return LockSource::Archive {
            url: subdirectory(url),
        };
    }
    match &written.path {
        Some(path) if is_archive(path) => LockSource::Archive {
            url: path.to_text(),
        },
        Some(path) => LockSource::Directory {
            path: path.to_text(),
            editable: written.editable,
        },
        None => LockSource::Registry { index: None },
    }
}

fn is_archive(path: &str) -> bool {
    [".whl", ".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz"]
        .iter()
        .any(|extension| path.ends_with(extension))
}

fn read_file(written: &File<'_>) -> LockedFile {
    let mut read = match (&written.url, &written.file) {
        (Some(url), _) => file_at(url),
        (None, name) => file(name.as_deref().unwrap_or_default()),
    };
    read.hashes = written
        .hash
        .as_deref()
        .and_then(digest)
        .into_iter()
        .collect();
    read
}
