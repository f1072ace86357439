//! Addresses of packages: archives, repositories and paths.

use holdfast_model::{
    Digest, HashAlgorithm, PackageId, RequirementSource, VersionRange, WheelFilename,
};
use pep440_rs::{Version, VersionSpecifier, VersionSpecifiers};

use super::{SyntaxError, normalise_name};
use crate::strip_credentials;

/// What an address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) source: RequirementSource,
    /// The package's name, as `#egg=` or the file's name has it.
    pub(crate) name: Option<String>,
    /// The version, as the file's name has it.
    pub(crate) version: Option<String>,
    /// Extras after `#egg=name[extra]`.
    pub(crate) extras: Vec<String>,
    /// Hashes in the fragment.
    pub(crate) hashes: Vec<Digest>,
}

impl Address {
    /// The one version that an archive of `package` has by its name.
    pub(crate) fn range_of(&self, package: &PackageId) -> VersionRange {
        let same = self.name.as_deref().map(normalise_name).as_deref() == Some(package.name());
        self.version
            .as_deref()
            .filter(|_| same)
            .and_then(|version| version.parse::<Version>().ok())
            .map_or_else(VersionRange::any, |version| {
                let exact = VersionSpecifier::equals_version(version);
                VersionRange::pep440(VersionSpecifiers::from(exact))
            })
    }
}

/// Reads an address or a path, as it follows `@` or stands on a line of its own.
pub(crate) fn address(text: &str) -> Result<Address, SyntaxError> {
    let (plain, fragment) = text.split_once('#').unwrap_or((text, ""));
    let mut found = Address {
        source: RequirementSource::Url(String::new()),
        name: None,
        version: None,
        extras: Vec::new(),
        hashes: Vec::new(),
    };
    let mut kept = String::new();
    for part in fragment.split('&').filter(|part| !part.is_empty()) {
        read_fragment(part, &mut found, &mut kept)?;
    }
    let last = plain.split('?').next().unwrap_or_default();
    if let Some((name, version)) = wheel_or_archive(last) {
        found.name.get_or_insert(name);
        found.version = Some(version);
    } else if let Some(stem) = last.strip_suffix(".whl") {
        let name = stem.rsplit('/').next().unwrap_or_default();
        return Err(SyntaxError::new(
            0,
            format!(
                "`{name}.whl` is no file name of a wheel: expected `name-version-python-abi-platform.whl`"
            ),
        ));
    }
    found.source = source(plain, &kept);
    Ok(found)
}

fn source(plain: &str, kept: &str) -> RequirementSource {
    let with_kept = |address: &str| match kept {
        "" => strip_credentials(address),
        _ => format!("{}#{kept}", strip_credentials(address)),
    };
    for system in ["git", "hg", "svn", "bzr"] {
        let Some(repository) = plain
            .strip_prefix(system)
            .and_then(|rest| rest.strip_prefix('+'))
        else {
            continue;
        };
        let (url, revision) = split_revision(repository);
        return RequirementSource::Vcs {
            system: system.to_owned(),
            url: with_kept(url),
            revision: revision.map(str::to_owned),
        };
    }
    if let Some(rest) = strip_prefix_ignoring_case(plain, "file:") {
        let path = rest.strip_prefix("//localhost/").map_or_else(
            || rest.strip_prefix("//").unwrap_or(rest).to_owned(),
            |rest| format!("/{rest}"),
        );
        return RequirementSource::Path {
            path,
            editable: false,
        };
    }
    if has_scheme(plain) {
        return RequirementSource::Url(with_kept(plain));
    }
    RequirementSource::Path {
        path: plain.to_owned(),
        editable: false,
    }
}

/// The part after the last `@` of the path, as pip has it; the host's `user@` is none.
fn split_revision(repository: &str) -> (&str, Option<&str>) {
    let path = repository.find("://").map_or(0, |scheme| {
        let authority = scheme + "://".len();
        repository
            .get(authority..)
            .and_then(|rest| rest.find('/'))
            .map_or(repository.len(), |slash| authority + slash)
    });
    match repository.get(path..).and_then(|rest| rest.rfind('@')) {
        // `git@host:owner/name`: the user of an address without a scheme
        Some(0) | None => (repository, None),
        Some(at) if path == 0 && repository.get(at..).is_some_and(|rest| rest.contains(':')) => {
            (repository, None)
        }
        Some(at) => {
            let (url, revision) = repository
                .split_at_checked(path + at)
                .unwrap_or((repository, ""));
            let revision = revision.trim_start_matches('@');
            (url, (!revision.is_empty()).then_some(revision))
        }
    }
}

/// Reads one `key=value` of a fragment; `subdirectory` is part of where the package is.
fn read_fragment(part: &str, found: &mut Address, kept: &mut String) -> Result<(), SyntaxError> {
    let (key, value) = part.split_once('=').unwrap_or((part, ""));
    match key {
        "egg" => {
            let (name, extras) = value.split_once('[').unwrap_or((value, ""));
            if !super::is_name(name) {
                let message = format!("`{value}` after `#egg=` is no name of a package");
                return Err(SyntaxError::new(0, message).with_fix("write `#egg=name`"));
            }
            found.name = Some(name.to_owned());
            let mut extras: Vec<String> = extras
                .trim_end_matches(']')
                .split(',')
                .map(str::trim)
                .filter(|extra| super::is_name(extra))
                .map(normalise_name)
                .collect();
            extras.sort();
            extras.dedup();
            found.extras = extras;
        }
        "subdirectory" => {
            kept.clear();
            kept.push_str(part);
        }
        _ => {
            if let Ok(algorithm) = key.parse::<HashAlgorithm>() {
                let digest = Digest::new(algorithm, value)
                    .map_err(|error| SyntaxError::new(0, error.to_string()))?;
                if !found.hashes.contains(&digest) {
                    found.hashes.push(digest);
                }
            }
        }
    }
    Ok(())
}

/// Whether a text begins with `scheme:`; one letter is a drive of Windows.
pub(crate) fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    })
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Extensions of archives that pip installs from.
const ARCHIVES: &[&str] = &[
    ".tar.gz",
    ".tgz",
    ".zip",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
    ".tar",
];

/// Whether the last part of a path looks like an archive of a package.
pub(crate) fn is_archive(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    std::path::Path::new(&name)
        .extension()
        .is_some_and(|extension| extension == "whl")
        || ARCHIVES.iter().any(|extension| name.ends_with(extension))
}

/// Name and version of a wheel (PEP 427) or a source archive (PEP 625), by the file's name.
fn wheel_or_archive(path: &str) -> Option<(String, String)> {
    let name = path.rsplit(['/', '\\']).next()?;
    let name = name.replace("%2B", "+").replace("%2b", "+");
    if let Ok(wheel) = name.parse::<WheelFilename>() {
        let version = wheel.version.replace('_', "+");
        return super::is_name(&wheel.name).then_some((wheel.name, version));
    }
    let stem = ARCHIVES
        .iter()
        .find_map(|extension| name.strip_suffix(extension))?;
    let (package, version) = stem.rsplit_once('-')?;
    let sound = super::is_name(package) && version.parse::<Version>().is_ok();
    sound.then(|| (package.to_owned(), version.to_owned()))
}
