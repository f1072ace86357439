//! `uv.lock`: version 1, all revisions.
//!
//! The format is uv's own and not written down anywhere; this follows what uv writes. One file locks
//! all members of a workspace, all their extras and groups, for all platforms.

mod conditions;
mod groups;

use std::collections::BTreeSet;

use holdfast_model::{
    Dependency, LockFormat, LockSource, Locked, LockedFile, LockedPackage, PackageId,
};
use serde::Deserialize;

use super::collect::{
    any_of, digest, edge, file, file_at, file_name, package, tidy, time, under_extra,
};
use super::source::Source;
use super::tree::{self, Pairs, Text};
use crate::{ReadError, strip_credentials};

pub(crate) use conditions::conditions;

const FORMAT: &str = "lock of uv";
const FIX: &str = "write it again with `uv lock`";

/// The newest version that is understood.
const VERSION: i64 = 1;

#[derive(Deserialize)]
pub(crate) struct Lock<'a> {
    version: Option<i64>,
    #[serde(borrow, rename = "requires-python")]
    pub(crate) requires_python: Option<Text<'a>>,
    #[serde(borrow, default, rename = "supported-markers")]
    pub(crate) supported_markers: Vec<Text<'a>>,
    #[serde(borrow, default, rename = "required-markers")]
    pub(crate) required_markers: Vec<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) options: Options<'a>,
    #[serde(borrow, default)]
    pub(crate) manifest: Manifest<'a>,
    #[serde(borrow, default, alias = "distribution")]
    pub(crate) package: Vec<Package<'a>>,
}

/// What a person may set, as far as it changes what is chosen.
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Options<'a> {
    #[serde(borrow)]
    pub(crate) resolution_mode: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) prerelease_mode: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) fork_strategy: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) exclude_newer: Option<Text<'a>>,
}

/// What was asked for beside the requirements of the members.
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Manifest<'a> {
    #[serde(borrow)]
    pub(crate) members: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) requirements: Vec<Wanted<'a>>,
    #[serde(borrow)]
    pub(crate) constraints: Vec<Wanted<'a>>,
    #[serde(borrow)]
    pub(crate) overrides: Vec<Wanted<'a>>,
    #[serde(borrow)]
    pub(crate) build_constraints: Vec<Wanted<'a>>,
    #[serde(borrow)]
    pub(crate) dependency_groups: Pairs<'a, Vec<Wanted<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Package<'a> {
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    #[serde(borrow)]
    pub(crate) version: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) source: PackageSource<'a>,
    #[serde(borrow, default)]
    resolution_markers: Vec<Text<'a>>,
    #[serde(borrow, default)]
    dependencies: Vec<Edge<'a>>,
    #[serde(borrow, default)]
    optional_dependencies: Pairs<'a, Vec<Edge<'a>>>,
    #[serde(borrow, default, alias = "dependency-groups")]
    dev_dependencies: Pairs<'a, Vec<Edge<'a>>>,
    #[serde(borrow)]
    sdist: Option<Archive<'a>>,
    #[serde(borrow, default)]
    wheels: Vec<Archive<'a>>,
    #[serde(borrow, default)]
    pub(crate) metadata: Metadata<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct PackageSource<'a> {
    #[serde(borrow)]
    registry: Option<Text<'a>>,
    #[serde(borrow)]
    git: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    subdirectory: Option<Text<'a>>,
    #[serde(borrow)]
    path: Option<Text<'a>>,
    #[serde(borrow)]
    directory: Option<Text<'a>>,
    #[serde(borrow)]
    editable: Option<Text<'a>>,
    #[serde(borrow)]
    r#virtual: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Edge<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow, default)]
    extra: Vec<Text<'a>>,
    #[serde(borrow)]
    marker: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Archive<'a> {
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    path: Option<Text<'a>>,
    #[serde(borrow)]
    filename: Option<Text<'a>>,
    #[serde(borrow)]
    hash: Option<Text<'a>>,
    size: Option<u64>,
    #[serde(borrow, rename = "upload-time")]
    upload_time: Option<Text<'a>>,
}

/// What a package that is built here asked for when it was locked.
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Metadata<'a> {
    #[serde(borrow)]
    pub(crate) requires_dist: Vec<Wanted<'a>>,
    #[serde(borrow)]
    pub(crate) requires_dev: Pairs<'a, Vec<Wanted<'a>>>,
    #[serde(borrow)]
    pub(crate) provides_extras: Vec<Text<'a>>,
}

/// A requirement as uv understood it.
#[derive(Deserialize)]
pub(crate) struct Wanted<'a> {
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) extras: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) specifier: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) marker: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) index: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) git: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) url: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) path: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) directory: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) editable: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) r#virtual: Option<Text<'a>>,
}

/// Reads the file as uv wrote it.
pub(crate) fn parse<'a>(source: &Source<'a>) -> Result<Lock<'a>, ReadError> {
    let lock: Lock<'a> = tree::toml::parse(source.text())
        .and_then(|tree| tree.deserialize())
        .map_err(|error| source.refuse(FORMAT, &error, FIX))?;
    match lock.version {
        Some(version) if version > VERSION => Err(source.reject(
            format!("version {version} of `uv.lock` is newer than {VERSION}, which is understood"),
            "upgrade holdfast",
        )),
        None if lock.package.is_empty() => Err(source.reject(
            "not a lock of uv: it has neither a version nor packages",
            FIX,
        )),
        _ => Ok(lock),
    }
}

/// The lock in the one shape.
pub(crate) fn locked(lock: &Lock<'_>, source: &Source<'_>) -> Locked {
    let selection = groups::Selection::new(lock);
    let mut packages = Vec::with_capacity(lock.package.len());
    for (position, package) in lock.package.iter().enumerate() {
        if package.is_root() {
            continue;
        }
        let mut read = read_package(package, source);
        read.direct = selection.direct(position);
        read.groups = selection.groups(position);
        packages.push(read);
    }
    Locked {
        file: source.file().to_owned(),
        format: LockFormat::Uv,
        created_by: "uv".to_owned(),
        requires_python: lock.requires_python.as_ref().map(Text::to_text),
        environments: lock.supported_markers.iter().map(Text::to_text).collect(),
        groups: groups::Selection::offered(lock),
        holdfast: None,
        packages,
    }
}

impl Package<'_> {
    /// The directory of a package that is built here, relative to the lock.
    pub(crate) fn directory(&self) -> Option<&str> {
        let source = &self.source;
        [&source.editable, &source.r#virtual, &source.directory]
            .into_iter()
            .flatten()
            .map(|path| &**path)
            .next()
    }

    /// Whether it depends on anything, whatever the selection.
    pub(crate) fn has_edges(&self) -> bool {
        !self.dependencies.is_empty()
            || !self.optional_dependencies.is_empty()
            || !self.dev_dependencies.is_empty()
    }

    /// Whether this is the project whose lock it is: not something that it depends on.
    pub(crate) fn is_root(&self) -> bool {
        self.directory() == Some(".")
    }
}

fn read_package(written: &Package<'_>, source: &Source<'_>) -> LockedPackage {
    let mut read = package(PackageId::pypi(&written.name), source.of(&written.name));
    read.version = written.version.as_ref().map(Text::to_text);
    read.source = read_source(&written.source);
    if !written.resolution_markers.is_empty() {
        let markers: BTreeSet<String> = written
            .resolution_markers
            .iter()
            .map(Text::to_text)
            .collect();
        read.marker = Some(any_of(&markers));
    }
    let archives = written.wheels.iter().chain(written.sdist.as_ref());
    read.files = archives.map(read_file).collect();
    // the one archive at an address or path is named by the source
    let only = written.source.url.as_ref().or(written.source.path.as_ref());
    if let ([file], Some(address)) = (read.files.as_mut_slice(), only)
        && file.name.is_empty()
    {
        file.name = file_name(address);
        file.url = written
            .source
            .url
            .as_ref()
            .map(|url| strip_credentials(url));
    }
    read.dependencies = written
        .dependencies
        .iter()
        .map(|edge| read_edge(edge, None))
        .collect();
    for (extra, edges) in written.optional_dependencies.iter() {
        let edges = edges.iter().map(|edge| read_edge(edge, Some(extra)));
        read.dependencies.extend(edges);
    }
    tidy(&mut read);
    read
}

fn read_source(source: &PackageSource<'_>) -> LockSource {
    if let Some(git) = &source.git {
        return read_git(git);
    }
    if let Some(url) = source.url.as_ref().or(source.path.as_ref()) {
        let mut url = strip_credentials(url);
        if let Some(subdirectory) = &source.subdirectory {
            url = format!("{url}#subdirectory={}", &**subdirectory);
        }
        return LockSource::Archive { url };
    }
    for (path, editable) in [
        (&source.editable, true),
        (&source.directory, false),
        (&source.r#virtual, false),
    ] {
        if let Some(path) = path {
            return LockSource::Directory {
                path: path.to_text(),
                editable,
            };
        }
    }
    LockSource::Registry {
        index: source
            .registry
            .as_ref()
            .map(|index| strip_credentials(index)),
    }
}

/// `https://host/repository?subdirectory=x&rev=main#commit`.
fn read_git(address: &str) -> LockSource {
    let (address, commit) = match address.split_once('#') {
        Some((address, commit)) => (address, Some(commit.to_owned())),
        None => (address, None),
    };
    let (repository, query) = address.split_once('?').unwrap_or((address, ""));
    let mut url = strip_credentials(repository);
    let subdirectory = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("subdirectory="));
    if let Some(subdirectory) = subdirectory {
        url = format!("{url}#subdirectory={subdirectory}");
    }
    LockSource::Vcs {
        system: "git".to_owned(),
        url,
        commit,
    }
}

fn read_file(archive: &Archive<'_>) -> LockedFile {
    let mut read = match (&archive.url, &archive.path) {
        (Some(url), _) => file_at(url),
        (None, Some(path)) => file(file_name(path)),
        (None, None) => file(""),
    };
    if let Some(name) = &archive.filename {
        read.name = name.to_text();
    }
    read.size = archive.size;
    read.upload_time = time(archive.upload_time.as_ref());
    read.hashes = archive
        .hash
        .as_deref()
        .and_then(digest)
        .into_iter()
        .collect();
    read
}

fn read_edge(written: &Edge<'_>, extra: Option<&Text<'_>>) -> Dependency {
    let mut read = edge(PackageId::pypi(&written.name));
    read.version = written.version.as_ref().map(Text::to_text);
    read.marker = match extra {
        Some(extra) => under_extra(written.marker.as_deref(), extra),
        None => written.marker.as_ref().map(Text::to_text),
    };
    read
}
