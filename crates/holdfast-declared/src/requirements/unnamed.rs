//! Requirements without a name in front: paths, archives, repositories, and `-e`.

use holdfast_model::{Ecosystem, PackageId, RequirementSource};

use crate::pep508::{
    Address, LENGTH_LIMIT, Marker, Scanner, Specification, SyntaxError, address, extras,
    has_scheme, is_archive, is_name,
};
use crate::{Files, files, pyproject};

/// Systems that `-e` takes without a `+`.
const SYSTEMS: &[&str] = &["git", "hg", "svn", "bzr"];

/// Whether a line begins with an address or a path rather than with a name.
pub(super) fn begins_unnamed(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let plain = first.split(['[', ';']).next().unwrap_or_default();
    let address = has_scheme(first) && (first.contains("://") || first.starts_with("file:"));
    address || text.starts_with(['.', '/', '\\']) || is_archive(plain) && !plain.contains('@')
}

/// A path that only its existence tells from a mistyped requirement: `lib/tools`.
pub(super) fn or_existing_path(
    files: &dyn Files,
    from: &str,
    text: &str,
    error: SyntaxError,
) -> Result<Specification, SyntaxError> {
    let path = text.split(['[', ';']).next().unwrap_or_default().trim();
    if path.contains('/') && !path.contains("://") {
        if project_name(files, from, path).is_some() || has_project(files, path) {
            return read(files, from, text);
        }
        if error.fix.is_none() {
            return Err(error.with_fix(format!("if it is a path, write `./{path}`")));
        }
    }
    Err(error)
}

/// Reads an address or a path, with extras and a marker.
pub(super) fn read(
    files: &dyn Files,
    from: &str,
    text: &str,
) -> Result<Specification, SyntaxError> {
    if text.len() > LENGTH_LIMIT {
        return Err(SyntaxError::new(
            0,
            format!("the requirement is longer than {} KiB", LENGTH_LIMIT / 1024),
        ));
    }
    let separator = if has_scheme(text) { "; " } else { ";" };
    // as pip has it, an address may be followed by ` ;` too
    let (target, marker) = text
        .split_once(" ;")
        .or_else(|| text.split_once(separator))
        .unwrap_or((text, ""));
    let marker_offset = text.len() - marker.len();
    let (target, extras) = split_extras(target.trim())?;
    let found = address(target)?;
    let marker = match marker.trim() {
        "" => None,
        marker => Some(Marker::parse(marker).map_err(|error| SyntaxError {
            offset: marker_offset + error.offset,
            ..error
        })?),
    };
    let package = package(files, from, target, &found);
    let mut all_extras = found.extras.clone();
    all_extras.extend(extras);
    all_extras.sort();
    all_extras.dedup();
    Ok(Specification {
        range: found.range_of(&package),
        package,
        extras: all_extras,
        source: found.source,
        hashes: found.hashes,
        marker,
    })
}

/// What follows `-e`: a path, a repository, or since pip 25 `name @ address`.
pub(crate) fn editable(
    files: &dyn Files,
    from: &str,
    text: &str,
) -> Result<Specification, SyntaxError> {
    let named = text
        .split_once('@')
        .is_some_and(|(name, _)| is_name(name.split('[').next().unwrap_or_default().trim()));
    if named && text.contains(" @ ") {
        return Specification::parse(text).map(as_editable);
    }
    let bare_system = SYSTEMS.iter().any(|system| {
        text.strip_prefix(system)
            .is_some_and(|rest| rest.starts_with("://"))
    });
    let specification = if bare_system {
        let system = text.split("://").next().unwrap_or_default();
        read(files, from, &format!("{system}+{text}"))?
    } else {
        read(files, from, text)?
    };
    if let RequirementSource::Url(url) = &specification.source {
        return Err(
            SyntaxError::new(0, format!("`{url}` cannot be editable: it is an archive"))
                .with_fix("name a directory or a repository (`git+https://…`), or drop `-e`"),
        );
    }
    Ok(as_editable(specification))
}

fn as_editable(mut specification: Specification) -> Specification {
    if let RequirementSource::Path { editable, .. } = &mut specification.source {
        *editable = true;
    }
    specification
}

/// `path[extra]` as path and extras; brackets elsewhere belong to the path.
fn split_extras(text: &str) -> Result<(&str, Vec<String>), SyntaxError> {
    if !text.ends_with(']') || text.contains("#egg=") {
        return Ok((text, Vec::new()));
    }
    let Some(start) = text.rfind('[').filter(|start| *start > 0) else {
        return Ok((text, Vec::new()));
    };
    let (path, bracketed) = text.split_at_checked(start).unwrap_or((text, ""));
    let found = extras(&mut Scanner::new(bracketed)).map_err(|error| SyntaxError {
        offset: start + error.offset,
        ..error
    })?;
    Ok((path, found))
}

/// The package, as far as it can be told: by the file's name, `#egg=`, or the project at the path.
/// Otherwise a generic name that no index knows.
fn package(files: &dyn Files, from: &str, target: &str, found: &Address) -> PackageId {
    if let Some(name) = &found.name {
        return PackageId::pypi(name);
    }
    let path = match &found.source {
        RequirementSource::Path { path, .. } => Some(path.as_str()),
        RequirementSource::Registry { .. }
        | RequirementSource::Url(_)
        | RequirementSource::Vcs { .. } => None,
    };
    if let Some(name) = path.and_then(|path| project_name(files, from, path)) {
        return PackageId::pypi(&name);
    }
    let address = match &found.source {
        RequirementSource::Url(url) | RequirementSource::Vcs { url, .. } => url.as_str(),
        RequirementSource::Path { path, .. } => path.as_str(),
        RequirementSource::Registry { .. } => target,
    };
    let plain = address.split(['#', '?']).next().unwrap_or_default();
    let last = plain.trim_end_matches('/').rsplit('/').next();
    let name = last
        .map(|last| last.trim_end_matches(".git"))
        .filter(|last| !last.is_empty())
        .unwrap_or(address);
    PackageId::new(Ecosystem::Generic, name)
}

/// Directories that a path may mean: pip's is the working directory, which is the one that is
/// checked more often than not; people also mean the file's own.
fn directories(from: &str, path: &str) -> Vec<String> {
    let mut found: Vec<String> = [files::join("", path), files::join(from, path)]
        .into_iter()
        .flatten()
        .collect();
    found.dedup();
    found
}

fn in_directory(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else {
        format!("{directory}/{name}")
    }
}

/// The name of the project in a directory, by its `pyproject.toml`.
fn project_name(files: &dyn Files, from: &str, path: &str) -> Option<String> {
    directories(from, path).into_iter().find_map(|directory| {
        let file = in_directory(&directory, "pyproject.toml");
        let bytes = files.read(&file).ok()?;
        pyproject::project_name(&crate::decode(&bytes, &file).ok()?)
    })
}

fn has_project(files: &dyn Files, path: &str) -> bool {
    files::join("", path).is_some_and(|directory| {
        ["pyproject.toml", "setup.py", "setup.cfg"]
            .iter()
            .any(|name| files.exists(&in_directory(&directory, name)))
    })
}
