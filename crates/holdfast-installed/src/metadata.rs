//! One installed package, from its metadata directory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use holdfast_model::{CoreMetadata, InstalledOrigin, InstalledPackage, PackageId};

use crate::marker::{PythonVersions, may_hold, parse_requirement};
use crate::place::Place;
use crate::root::Root;

/// Headers come first; no package's headers are nearly as long as this.
const LIMIT: u64 = 4 * 1024 * 1024;

/// The package whose metadata `entry` of `site-packages` is, or why that cannot be read; nothing
/// where it is no package's metadata.
pub(crate) fn read(
    entry: &Path,
    place: &Place,
    python: Option<&PythonVersions>,
) -> Option<Result<InstalledPackage, String>> {
    let kind = Kind::of(entry, &place.system)?;
    Some(read_as(&kind, entry, place, python))
}

/// The ways in which Python's installers leave metadata.
enum Kind {
    /// `name-1.0.dist-info/` (PEP 376, PEP 627).
    DistInfo,
    /// `name.egg-info/` of setuptools, `name.egg-info` of distutils, `name.egg/` of `easy_install`.
    Legacy {
        /// The headers.
        headers: PathBuf,
        /// What it needs, in setuptools' own notation.
        requires: Option<PathBuf>,
    },
    /// `name.egg-link` of `setup.py develop`.
    Link,
    /// `~ame-1.0.dist-info`, which pip leaves when it is interrupted.
    LeftOver,
}

impl Kind {
    fn of(entry: &Path, system: &Root) -> Option<Self> {
        let extension = entry.extension()?.to_str()?;
        let within = |directory: &Path| Self::Legacy {
            headers: directory.join("PKG-INFO"),
            requires: Some(directory.join("requires.txt")),
        };
        let kind = match extension {
            "dist-info" => Self::DistInfo,
            "egg-info" if system.is_dir(entry) => within(entry),
            "egg-info" => Self::Legacy {
                headers: entry.to_owned(),
                requires: None,
            },
            "egg" if system.is_dir(entry) => within(&entry.join("EGG-INFO")),
            "egg-link" => Self::Link,
            _ => return None,
        };
        let is_left_over = entry
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"~"));
        Some(if is_left_over { Self::LeftOver } else { kind })
    }
}

fn read_as(
    kind: &Kind,
    entry: &Path,
    place: &Place,
    python: Option<&PythonVersions>,
) -> Result<InstalledPackage, String> {
    let (metadata, direct, dependencies) = match kind {
        Kind::DistInfo => {
            let text = |name: &str| text(&entry.join(name), place);
            return dist_info(&place.relative(entry), text, python);
        }
        Kind::Legacy {
            headers: path,
            requires,
        } => {
            let metadata = headers(path, place)?;
            let mut requirements = metadata.requires_dist.clone();
            if let Some(path) = requires.as_ref().filter(|path| place.system.is_file(path)) {
                requirements.extend(unconditional_requires(&text(path, place)?));
            }
            (metadata, None, dependencies(&requirements, python))
        }
        Kind::Link => {
            return Err(
                "a package in development, whose metadata lies in its own directory; install it with `pip install -e`"
                    .to_owned(),
            );
        }
        Kind::LeftOver => {
            return Err(
                "left over from an interrupted installation, and ignored by Python; delete it"
                    .to_owned(),
            );
        }
    };
    Ok(InstalledPackage {
        package: PackageId::pypi(&metadata.name),
        version: metadata.version.clone(),
        licence: metadata.licence(),
        direct,
        dependencies,
        path: place.relative(entry),
        origin: None,
        contents: None,
    })
}

/// The package of a `.dist-info` directory, from the texts in it by their names.
fn dist_info(
    path: &str,
    text: impl Fn(&str) -> Result<String, String>,
    python: Option<&PythonVersions>,
) -> Result<InstalledPackage, String> {
    let metadata = CoreMetadata::parse(&text("METADATA")?).map_err(|error| error.to_string())?;
    Ok(InstalledPackage {
        package: PackageId::pypi(&metadata.name),
        version: metadata.version.clone(),
        licence: metadata.licence(),
        direct: requested(&text),
        dependencies: dependencies(&metadata.requires_dist, python),
        path: path.to_owned(),
        origin: text("direct_url.json").ok().and_then(|text| origin(&text)),
        contents: None,
    })
}

fn headers(path: &Path, place: &Place) -> Result<CoreMetadata, String> {
    let text = text(path, place)?;
    CoreMetadata::parse(&text).map_err(|error| error.to_string())
}

fn text(path: &Path, place: &Place) -> Result<String, String> {
    // a pipe or a device would never end, and a link must not lead out of an unpacked file system
    let bytes = place
        .system
        .real(path)
        .and_then(|path| place.system.head(&path, LIMIT))
        .map_err(|error| error.to_string())?;
    // names and versions are ASCII; an author's name in another encoding must not hide the package
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a person asked for the package (PEP 376), where the installer is one that records it.
fn requested(text: impl Fn(&str) -> Result<String, String>) -> Option<bool> {
    if text("REQUESTED").is_ok() {
        return Some(true);
    }
    let installer = text("INSTALLER").ok()?;
    matches!(installer.trim(), "pip" | "uv").then_some(false)
}

/// Where it was installed from, where that is no package index (PEP 610).
fn origin(text: &str) -> Option<InstalledOrigin> {
    let written: serde_json::Value = serde_json::from_str(text).ok()?;
    let string = |pointer: &str| {
        let value = written.pointer(pointer)?.as_str()?;
        Some(value.to_owned())
    };
    Some(InstalledOrigin {
        url: without_credentials(&string("/url")?),
        commit: string("/vcs_info/commit_id"),
        editable: written
            .pointer("/dir_info/editable")
            .and_then(serde_json::Value::as_bool)
            .unwrap_or_default(),
    })
}

/// An address without user name and password.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (host, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Names of what is needed without any extra, sorted. The operating system is not asked: an
/// environment may be looked at from another machine.
fn dependencies(requirements: &[String], python: Option<&PythonVersions>) -> Vec<PackageId> {
    let names: BTreeSet<PackageId> = requirements
        .iter()
        .filter_map(|requirement| needed(requirement, python))
        .collect();
    names.into_iter().collect()
}

fn needed(requirement: &str, python: Option<&PythonVersions>) -> Option<PackageId> {
    if let Some(parsed) = parse_requirement(requirement) {
        return may_hold(&parsed.marker, python).then(|| PackageId::pypi(parsed.name.as_ref()));
    }
    // old metadata has ranges that PEP 440 does not allow; the name still comes first
    let (head, marker) = requirement.split_once(';').unwrap_or((requirement, ""));
    let name: String = head
        .trim_start()
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.'))
        .collect();
    (!name.is_empty() && !marker.contains("extra")).then(|| PackageId::pypi(&name))
}

/// The requirements of setuptools' `requires.txt` that need no extra, as PEP 508 writes them.
/// Sections are `[extra]`, `[:marker]` or `[extra:marker]`; what comes first is unconditional.
fn unconditional_requires(text: &str) -> Vec<String> {
    let mut marker = Some(String::new());
    let mut requirements = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(section) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            marker = section
                .strip_prefix(':')
                .map(|marker| format!("; {marker}"));
        } else if let Some(marker) = &marker {
            requirements.push(format!("{line}{marker}"));
        }
    }
    requirements
}
