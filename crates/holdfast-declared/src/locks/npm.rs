//! `package-lock.json` and `npm-shrinkwrap.json`: lockfile versions 1, 2 and 3.
//!
//! Version 1 nests packages under the one in whose `node_modules` they lie; 3 lists them by their
//! paths; 2 has both, and the list counts. The same version of a package at several places is one
//! package here. Edges go where Node would find the package: in the nearest `node_modules` upwards.

mod integrity;
pub(crate) mod v1;
pub(crate) mod v3;

use holdfast_model::{LockFormat, LockSource, Locked, LockedFile};
use serde::Deserialize;

use super::collect::file_at;
use super::source::Source;
use super::tree::{Pairs, TreeError};
use crate::{ReadError, strip_credentials};

const FORMAT: &str = "lock of npm";
const FIX: &str = "write it again with `npm install --package-lock-only`";

/// The newest version that is understood.
const VERSION: u64 = 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub(crate) struct Lock<'a> {
    pub(crate) lockfile_version: Option<u64>,
    #[serde(borrow)]
    pub(crate) packages: Option<Pairs<'a, v3::Entry<'a>>>,
    #[serde(borrow, default)]
    pub(crate) dependencies: Pairs<'a, v1::Entry<'a>>,
}

/// Reads the file as npm wrote it.
pub(crate) fn parse<'a>(source: &Source<'a>) -> Result<Lock<'a>, ReadError> {
    let lock: Lock<'a> = serde_json::from_str(source.text())
        .map_err(|error| source.refuse(FORMAT, &TreeError::json(source.text(), &error), FIX))?;
    match lock.lockfile_version {
        Some(version) if version > VERSION => Err(source.reject(
            format!("version {version} of `package-lock.json` is newer than {VERSION}, which is understood"),
            "upgrade holdfast",
        )),
        None if lock.packages.is_none() && lock.dependencies.is_empty() => Err(source.reject(
            "not a lock of npm: it has none of `lockfileVersion`, `packages` and `dependencies`",
            FIX,
        )),
        _ => Ok(lock),
    }
}

/// The lock in the one shape.
pub(crate) fn locked(lock: &Lock<'_>, source: &Source<'_>) -> Locked {
    let packages = match &lock.packages {
        Some(entries) => v3::packages(entries, source),
        None => v1::packages(&lock.dependencies, source),
    };
    Locked {
        file: source.file().to_owned(),
        format: LockFormat::Npm,
        created_by: "npm".to_owned(),
        requires_python: None,
        environments: Vec::new(),
        groups: holdfast_model::LockGroups::default(),
        holdfast: None,
        packages,
    }
}

/// Why a package is installed, as npm marks it.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the format")]
pub(crate) struct Flags {
    dev: bool,
    optional: bool,
    dev_optional: bool,
    peer: bool,
}

impl Flags {
    fn groups(self) -> Vec<String> {
        let named = [
            (self.dev || self.dev_optional, "dev"),
            (self.optional || self.dev_optional, "optional"),
            (self.peer, "peer"),
        ];
        let groups: Vec<String> = named
            .into_iter()
            .filter(|(set, _)| *set)
            .map(|(_, name)| name.to_owned())
            .collect();
        if groups.is_empty() {
            vec![super::collect::MAIN.to_owned()]
        } else {
            groups
        }
    }
}

/// Where a package comes from, by the text that npm keeps: an address, a path or a repository.
enum Kind {
    Registry,
    Archive,
    Git,
    File,
}

fn kind_of(address: &str) -> Kind {
    const GIT: &[&str] = &["git+", "git:", "github:", "gitlab:", "bitbucket:", "gist:"];
    if GIT.iter().any(|prefix| address.starts_with(prefix)) {
        Kind::Git
    } else if address.starts_with("file:") {
        Kind::File
    } else if address.starts_with("http:") || address.starts_with("https:") {
        Kind::Archive
    } else {
        Kind::Registry
    }
}

/// The source that an address names; nothing for what comes from a registry.
fn source_of(address: &str) -> Option<LockSource> {
    match kind_of(address) {
        Kind::Git => {
            let (repository, commit) = match address.split_once('#') {
                Some((repository, commit)) => (repository, Some(commit.to_owned())),
                None => (address, None),
            };
            Some(LockSource::Vcs {
                system: "git".to_owned(),
                url: strip_credentials(&hosted(repository)),
                commit,
            })
        }
        Kind::File => {
            let path = address.strip_prefix("file:").unwrap_or(address);
            Some(if is_archive(path) {
                LockSource::Archive {
                    url: path.to_owned(),
                }
            } else {
                LockSource::Directory {
                    path: path.to_owned(),
                    editable: true,
                }
            })
        }
        Kind::Archive => Some(LockSource::Archive {
            url: strip_credentials(address),
        }),
        Kind::Registry => None,
    }
}

/// `github:owner/name` in full.
fn hosted(repository: &str) -> String {
    let hosts = [
        ("github:", "https://github.com/"),
        ("gitlab:", "https://gitlab.com/"),
        ("bitbucket:", "https://bitbucket.org/"),
        ("gist:", "https://gist.github.com/"),
    ];
    for (prefix, host) in hosts {
        if let Some(path) = repository.strip_prefix(prefix) {
            return format!("{host}{path}");
        }
    }
    repository
        .strip_prefix("git+")
        .unwrap_or(repository)
        .to_owned()
}

fn is_archive(path: &str) -> bool {
    [".tgz", ".tar.gz", ".tar"]
        .iter()
        .any(|extension| path.ends_with(extension))
}

/// The registry that an archive's address belongs to: what stands before `/name/-/`.
fn registry_of(resolved: &str, name: &str) -> Option<String> {
    let (before, _) = resolved.split_once("/-/")?;
    let registry = before.strip_suffix(name)?;
    let registry = registry.strip_suffix('/')?;
    Some(strip_credentials(&format!("{registry}/")))
}

/// The archive of a package, with its hashes.
fn archive(resolved: Option<&str>, integrity: Option<&str>) -> Option<LockedFile> {
    let address = resolved.filter(|address| matches!(kind_of(address), Kind::Archive));
    let hashes = integrity.map(integrity::digests).unwrap_or_default();
    if address.is_none() && hashes.is_empty() {
        return None;
    }
    let mut file = match address {
        Some(url) => file_at(url),
        None => super::collect::file(""),
    };
    file.hashes = hashes;
    Some(file)
}
