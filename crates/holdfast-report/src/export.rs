//! Locks in the formats that other installers read.
//!
//! Each writer takes the packages of one environment, already chosen, and gives a text that is the
//! same for the same packages. What comes from a lock of unknown origin is checked before it is
//! written: a line break in a marker would be an option of pip in the file.

mod conda;
mod constraints;
mod requirements;

use std::collections::BTreeMap;

use holdfast_model::{Digest, Ecosystem, HashAlgorithm, LockSource, LockedPackage, PackageId};

pub use conda::{CondaOptions, conda_environment};
pub use constraints::constraints_txt;
pub use requirements::{HashLines, requirements_txt};

/// A text in the other format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The text.
    pub text: String,
    /// Packages that the format cannot hold, sorted.
    pub left_out: Vec<PackageId>,
}

/// Why a lock cannot be written in another format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// An installer that checks hashes would refuse all of the file because of these.
    #[error(
        "pip checks either every package against a hash or none, and there is none for {}",
        listed(packages)
    )]
    NoHashes {
        /// The packages that come from a repository or a directory, or have no hash in the lock.
        packages: Vec<PackageId>,
    },
    /// One package twice, and nothing that tells when which one is meant.
    #[error("`{package}` is locked as {} at once, and no marker tells them apart", versions.join(" and as "))]
    Ambiguous {
        /// The package.
        package: PackageId,
        /// Its versions.
        versions: Vec<String>,
    },
    /// The lock of another tool names the package and does not say which version.
    #[error("`{package}` is in the lock without a version")]
    NoVersion {
        /// The package.
        package: PackageId,
    },
    /// Something in the lock has no place in a line of text.
    #[error("{what} of `{package}` is `{value}`, which cannot be written on a line")]
    Unwritable {
        /// The package.
        package: PackageId,
        /// Which part of it.
        what: &'static str,
        /// What it is.
        value: String,
    },
    /// Nothing in the lock is of use to the installer.
    #[error("nothing in the lock is for {installer}: it has {}", ecosystems.join(" and "))]
    Nothing {
        /// The installer.
        installer: &'static str,
        /// What kinds of packages the lock has.
        ecosystems: Vec<String>,
    },
}

fn listed(packages: &[PackageId]) -> String {
    const SHOWN: usize = 8;
    let names: Vec<String> = packages
        .iter()
        .take(SHOWN)
        .map(|package| format!("`{package}`"))
        .collect();
    match packages.len().saturating_sub(SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// The packages of PyPI in the order of their lines, and those that are of another ecosystem.
fn of_pypi(packages: &[LockedPackage]) -> (Vec<&LockedPackage>, Vec<PackageId>) {
    let (mut pypi, others): (Vec<_>, Vec<_>) = packages
        .iter()
        .partition(|package| package.package.ecosystem() == Ecosystem::Pypi);
    pypi.sort_by(|left, right| key(left).cmp(&key(right)));
    (pypi, ids(&others))
}

fn key(package: &LockedPackage) -> (&PackageId, Option<&str>, Option<&str>, &LockSource) {
    (
        &package.package,
        package.version.as_deref(),
        package.marker.as_deref(),
        &package.source,
    )
}

fn ids(packages: &[&LockedPackage]) -> Vec<PackageId> {
    let mut ids: Vec<PackageId> = packages.iter().map(|it| it.package.clone()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Makes sure that there is something to write for an installer.
fn refuse_nothing(
    chosen: &[&LockedPackage],
    all: &[LockedPackage],
    installer: &'static str,
) -> Result<(), ExportError> {
    if !chosen.is_empty() || all.is_empty() {
        return Ok(());
    }
    let mut counts: BTreeMap<Ecosystem, usize> = BTreeMap::new();
    for package in all {
        *counts.entry(package.package.ecosystem()).or_default() += 1;
    }
    Err(ExportError::Nothing {
        installer,
        ecosystems: counts
            .into_iter()
            .map(|(ecosystem, count)| {
                let noun = if count == 1 { "package" } else { "packages" };
                format!("{count} {noun} of {}", ecosystem.purl_type())
            })
            .collect(),
    })
}

/// Refuses a package that is there in several versions without a marker to tell them apart.
fn refuse_ambiguity(packages: &[&LockedPackage]) -> Result<(), ExportError> {
    for pair in packages.chunk_by(|left, right| left.package == right.package) {
        let unmarked = pair.iter().filter(|package| package.marker.is_none());
        let versions: Vec<String> = unmarked
            .map(|package| {
                package
                    .version
                    .clone()
                    .unwrap_or_else(|| "a directory".to_owned())
            })
            .collect();
        if versions.len() > 1
            && versions
                .iter()
                .any(|version| Some(version) != versions.first())
        {
            let package = pair.first().map(|package| package.package.clone());
            return package.map_or(Ok(()), |package| {
                Err(ExportError::Ambiguous { package, versions })
            });
        }
    }
    Ok(())
}

/// What stands in front of the hashes: `name==version ; marker`, or where the package comes from.
fn pinned(package: &LockedPackage) -> Result<String, ExportError> {
    let name = plain(package, "name", package.package.name())?;
    let mut line = match &package.source {
        LockSource::Registry { .. } => {
            let Some(version) = package.version.as_deref() else {
                return Err(ExportError::NoVersion {
                    package: package.package.clone(),
                });
            };
            format!("{name}=={}", plain(package, "version", version)?)
        }
        LockSource::Archive { url } => {
            let url = address(package, url)?;
            if url.contains("://") {
                format!("{name} @ {url}")
            } else {
                local(url)
            }
        }
        LockSource::Vcs {
            system,
            url,
            commit,
        } => {
            let system = plain(package, "kind of repository", system)?;
            let url = address(package, url)?;
            let (repository, fragment) = match url.split_once('#') {
                Some((repository, fragment)) => (repository, format!("#{fragment}")),
                None => (url, String::new()),
            };
            let at = match commit {
                Some(commit) => format!("@{}", address(package, commit)?),
                None => String::new(),
            };
            format!("{name} @ {system}+{repository}{at}{fragment}")
        }
        LockSource::Directory { path, editable } => {
            let path = local(address(package, path)?);
            if *editable {
                format!("-e {path}")
            } else {
                path
            }
        }
    };
    if let Some(marker) = &package.marker {
        line.push_str(" ; ");
        line.push_str(on_one_line(package, "marker", marker)?);
    }
    Ok(line)
}

/// A path that nobody takes for a name.
fn local(path: &str) -> String {
    let is_clear = ["./", "../", "/", ".\\", "..\\"]
        .iter()
        .any(|start| path.starts_with(start))
        || matches!(path, "." | "..")
        || path
            .get(1..3)
            .is_some_and(|drive| drive == ":\\" || drive == ":/");
    if is_clear {
        path.to_owned()
    } else {
        format!("./{path}")
    }
}

/// A name or version: nothing in it separates parts of a line.
fn plain<'t>(
    package: &LockedPackage,
    what: &'static str,
    text: &'t str,
) -> Result<&'t str, ExportError> {
    let is_plain = !text.is_empty()
        && !text.starts_with('-')
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "._-+!".contains(character));
    if is_plain {
        Ok(text)
    } else {
        Err(unwritable(package, what, text))
    }
}

/// An address or path, which ends at the first white space.
fn address<'t>(package: &LockedPackage, text: &'t str) -> Result<&'t str, ExportError> {
    let breaks = |character: char| character.is_whitespace() || character.is_control();
    if text.is_empty() || text.starts_with('-') || text.contains(breaks) {
        return Err(unwritable(package, "the address", text));
    }
    Ok(text)
}

fn on_one_line<'t>(
    package: &LockedPackage,
    what: &'static str,
    text: &'t str,
) -> Result<&'t str, ExportError> {
    // pip ends a requirement at a comment, an option or a continued line
    let breaks = text.contains(char::is_control)
        || text.contains('\\')
        || text.contains(" #")
        || text.contains(" --");
    if breaks {
        Err(unwritable(package, what, text))
    } else {
        Ok(text)
    }
}

fn unwritable(package: &LockedPackage, what: &'static str, value: &str) -> ExportError {
    ExportError::Unwritable {
        package: package.package.clone(),
        what,
        value: value.chars().take(100).collect(),
    }
}

/// The hashes of all files that pip takes seriously, sorted.
fn strong_hashes(package: &LockedPackage) -> Vec<&Digest> {
    let is_strong = |digest: &&Digest| {
        matches!(
            digest.algorithm(),
            HashAlgorithm::Sha256 | HashAlgorithm::Sha384 | HashAlgorithm::Sha512
        )
    };
    let mut hashes: Vec<&Digest> = package
        .files
        .iter()
        .flat_map(|file| &file.hashes)
        .filter(is_strong)
        .collect();
    hashes.sort();
    hashes.dedup();
    hashes
}

/// The index that everybody asks, unless told otherwise.
fn is_usual(index: &str) -> bool {
    let index = index.trim_end_matches('/');
    matches!(
        index,
        "https://pypi.org/simple" | "https://pypi.python.org/simple"
    )
}

/// Options that name the indexes of the packages, without credentials. The usual index is not named,
/// so that a machine's own configuration of it counts.
fn index_lines(packages: &[&LockedPackage]) -> Result<Vec<String>, ExportError> {
    let mut others: Vec<&str> = Vec::new();
    let mut usual = false;
    for package in packages {
        match &package.source {
            LockSource::Registry { index: Some(index) } if !is_usual(index) => {
                others.push(address(package, index)?);
            }
            LockSource::Registry { .. } => usual = true,
            LockSource::Archive { .. } | LockSource::Vcs { .. } | LockSource::Directory { .. } => {}
        }
    }
    others.sort_unstable();
    others.dedup();
    let option = if !usual && others.len() == 1 {
        "--index-url"
    } else {
        "--extra-index-url"
    };
    let lines = others
        .into_iter()
        .map(|index| format!("{option} {}", without_credentials(index)));
    Ok(lines.collect())
}

/// An address without user and password, should a lock of another tool have kept them.
fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// A comment for each line of `header`.
fn comments(header: &str) -> String {
    let mut text = String::new();
    for line in header.lines() {
        text.push_str("# ");
        text.extend(line.chars().filter(|character| !character.is_control()));
        text.push('\n');
    }
    text
}
