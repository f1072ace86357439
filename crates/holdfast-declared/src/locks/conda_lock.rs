//! `conda-lock.yml`: version 1.
//!
//! Every package is listed once for each platform. A version that is the same on several platforms is
//! one package here, with a file for each and the platforms as a marker.

use std::collections::HashSet;

use holdfast_model::{
    Dependency, Digest, Ecosystem, HashAlgorithm, LockFormat, LockSource, Locked, LockedPackage,
    PackageId,
};
use serde::Deserialize;

use super::collect::{self, Packages, edge, file_at, package};
use super::source::Source;
use super::tree::{self, Pairs, Text};
use super::{conda, specifier};
use crate::{ReadError, strip_credentials};

const FORMAT: &str = "lock of conda-lock";
const FIX: &str = "write it again with `conda-lock lock`";

#[derive(Deserialize)]
pub(crate) struct Lock<'a> {
    version: Option<u64>,
    #[serde(borrow)]
    pub(crate) metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    package: Option<Vec<Package<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Metadata<'a> {
    #[serde(borrow)]
    pub(crate) platforms: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) sources: Vec<Text<'a>>,
    #[serde(borrow)]
    pub(crate) channels: Vec<Channel<'a>>,
    /// By platform, of what was asked for.
    #[serde(borrow)]
    pub(crate) content_hash: Pairs<'a, Text<'a>>,
}

/// A channel as conda-lock hashes it: variables in its address stand for what is secret.
#[derive(Deserialize)]
pub(crate) struct Channel<'a> {
    #[serde(borrow, default)]
    pub(crate) url: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) used_env_vars: Vec<Text<'a>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    manager: Option<Text<'a>>,
    #[serde(borrow)]
    platform: Option<Text<'a>>,
    #[serde(borrow, default)]
    dependencies: Pairs<'a, Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow, default)]
    hash: Hashes<'a>,
    #[serde(borrow)]
    category: Option<Text<'a>>,
    #[serde(borrow)]
    source: Option<Direct<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Hashes<'a> {
    #[serde(borrow)]
    md5: Option<Text<'a>>,
    #[serde(borrow)]
    sha256: Option<Text<'a>>,
}

/// Where a package comes from that a person named by its address.
#[derive(Deserialize)]
struct Direct<'a> {
    #[serde(borrow)]
    url: Option<Text<'a>>,
}

/// Reads the file as conda-lock wrote it.
pub(crate) fn parse<'a>(source: &Source<'a>) -> Result<Lock<'a>, ReadError> {
    let lock: Lock<'a> =
        tree::yaml::from_str(source.text()).map_err(|error| source.refuse(FORMAT, &error, FIX))?;
    match lock.version {
        Some(version) if version != 1 => Err(source.reject(
            format!("version {version} of `conda-lock.yml` is not understood: expected 1"),
            "upgrade holdfast",
        )),
        None if lock.metadata.is_none() && lock.package.is_none() => Err(source.reject(
            "not a lock of conda-lock: it has none of `version`, `metadata` and `package`",
            FIX,
        )),
        _ => Ok(lock),
    }
}

/// The lock in the one shape.
pub(crate) fn locked(lock: &Lock<'_>, source: &Source<'_>) -> Locked {
    let written = lock.package.as_deref().unwrap_or_default();
    let from_pypi: HashSet<PackageId> = written
        .iter()
        .filter(|package| package.is_pip())
        .map(|package| PackageId::pypi(&package.name))
        .collect();
    let from_conda: HashSet<&str> = written
        .iter()
        .filter(|package| !package.is_pip())
        .map(|package| &*package.name)
        .collect();
    let mut packages = Packages::default();
    let mut groups = std::collections::BTreeSet::new();
    for package in written {
        let mut read = read(package, source);
        read.dependencies = package
            .dependencies
            .iter()
            .filter_map(|(name, range)| read_edge(package, name, range, &from_pypi, &from_conda))
            .collect();
        groups.extend(
            read.groups
                .iter()
                .filter(|name| *name != collect::MAIN)
                .cloned(),
        );
        packages.add(read);
    }
    let metadata = lock.metadata.as_ref();
    let platforms = metadata
        .into_iter()
        .flat_map(|metadata| &metadata.platforms);
    let everywhere = conda::markers(platforms.map(|platform| &**platform));
    Locked {
        file: source.file().to_owned(),
        format: LockFormat::CondaLock,
        created_by: "conda-lock".to_owned(),
        requires_python: None,
        environments: everywhere.iter().cloned().collect(),
        groups: collect::groups(Vec::new(), groups.into_iter().collect()),
        holdfast: None,
        packages: packages.finish(&everywhere),
    }
}

impl Package<'_> {
    fn is_pip(&self) -> bool {
        self.manager.as_deref() == Some("pip")
    }
}

fn read(written: &Package<'_>, source: &Source<'_>) -> LockedPackage {
    let ecosystem = if written.is_pip() {
        Ecosystem::Pypi
    } else {
        Ecosystem::Conda
    };
    let mut read = package(
        PackageId::new(ecosystem, &written.name),
        source.of(&written.name),
    );
    read.version = written.version.as_ref().map(Text::to_text);
    read.marker = written.platform.as_deref().and_then(conda::marker);
    read.groups = written
        .category
        .as_deref()
        .and_then(collect::name)
        .into_iter()
        .collect();
    let Some(url) = written.url.as_deref() else {
        return read;
    };
    read.source = match ecosystem {
        Ecosystem::Conda => conda::channel(url),
        Ecosystem::Pypi | Ecosystem::Npm | Ecosystem::Deb | Ecosystem::Generic => {
            pip_source(written, url)
        }
    };
    if matches!(read.source, LockSource::Vcs { .. }) {
        return read;
    }
    let mut file = match ecosystem {
        Ecosystem::Conda => conda::file(url),
        Ecosystem::Pypi | Ecosystem::Npm | Ecosystem::Deb | Ecosystem::Generic => file_at(url),
    };
    file.hashes = hashes(written.hash.md5.as_ref(), written.hash.sha256.as_ref());
    read.files.push(file);
    read
}

/// The digests of a conda package.
pub(super) fn hashes(md5: Option<&Text<'_>>, sha256: Option<&Text<'_>>) -> Vec<Digest> {
    [(HashAlgorithm::Md5, md5), (HashAlgorithm::Sha256, sha256)]
        .into_iter()
        .filter_map(|(algorithm, hex)| Digest::new(algorithm, hex?).ok())
        .collect()
}

fn pip_source(written: &Package<'_>, url: &str) -> LockSource {
    if let Some(repository) = url.strip_prefix("git+") {
        let end = repository.find('#').unwrap_or(repository.len());
        let (address, fragment) = repository.split_at_checked(end).unwrap_or((repository, ""));
        // an `@` before the path is the user's
        let path = address.find("://").map_or(0, |scheme| scheme + 3);
        let at = address
            .rfind('@')
            .filter(|at| address.get(path..*at).is_some_and(|it| it.contains('/')));
        let (repository, commit) = match at {
            Some(at) => (
                address.get(..at).unwrap_or(address),
                address.get(at + 1..).map(str::to_owned),
            ),
            None => (address, None),
        };
        return LockSource::Vcs {
            system: "git".to_owned(),
            url: format!("{}{fragment}", strip_credentials(repository)),
            commit,
        };
    }
    match &written.source {
        Some(direct) => LockSource::Archive {
            url: strip_credentials(direct.url.as_deref().unwrap_or(url)),
        },
        None => LockSource::Registry { index: None },
    }
}

fn read_edge(
    package: &Package<'_>,
    target: &str,
    range: &str,
    from_pypi: &HashSet<PackageId>,
    from_conda: &HashSet<&str>,
) -> Option<Dependency> {
    let id = PackageId::pypi(target);
    // what pip installs may need what conda installed, such as `python`
    let by_conda = !package.is_pip() || (!from_pypi.contains(&id) && from_conda.contains(target));
    if by_conda {
        return conda::dependency(target, range);
    }
    let mut edge = edge(id);
    let parts = specifier::divide(&format!("x{range}"))
        .map(|parts| (parts.specifier.to_owned(), parts.marker.map(str::to_owned)));
    if let Some((specifier, marker)) = parts {
        edge.specifier = Some(specifier).filter(|it| !matches!(it.as_str(), "" | "*"));
        edge.marker = marker;
    }
    Some(edge)
}
