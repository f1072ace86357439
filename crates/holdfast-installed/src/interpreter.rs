//! Which interpreter an environment has, told without running it.

use std::path::Path;

use holdfast_model::{Location, UnreadableFile};

use crate::place::Place;

/// Version of the interpreter, as exactly as the environment's files tell.
///
/// The directory `lib/python3.11` tells the minor version. `pyvenv.cfg` and conda's records tell the
/// patch; `pyvenv.cfg` goes stale when the base interpreter is upgraded, so it counts only where it
/// agrees with the directory, and even then it is a hint.
pub(crate) fn version(place: &Place) -> Option<String> {
    let minor = minor(place);
    let exact = conda_version(place).or_else(|| configured_version(place));
    match (minor, exact) {
        (Some(minor), Some(exact)) => {
            let agrees = exact == minor
                || exact
                    .strip_prefix(&minor)
                    .is_some_and(|rest| rest.starts_with('.'));
            Some(if agrees { exact } else { minor })
        }
        (minor, exact) => exact.or(minor),
    }
}

/// What belongs to the environment and is not looked at.
pub(crate) fn unseen(place: &Place) -> Vec<UnreadableFile> {
    let path = place.prefix.join("pyvenv.cfg");
    let Some(text) = read_small(place, "pyvenv.cfg") else {
        return Vec::new();
    };
    let inherits = setting(&text, "include-system-site-packages")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if !inherits {
        return Vec::new();
    }
    vec![UnreadableFile {
        location: Location::start_of(place.relative(&path)),
        reason: "the environment also uses the packages of its base interpreter, which were not looked at; set `include-system-site-packages = false`".to_owned(),
    }]
}

/// The directory of the interpreter that a virtual environment was made with.
pub(crate) fn home(place: &Place) -> Option<std::path::PathBuf> {
    let text = read_small(place, "pyvenv.cfg")?;
    setting(&text, "home").map(std::path::PathBuf::from)
}

/// The minor version that the environment's directories say.
pub(crate) fn minor(place: &Place) -> Option<String> {
    place.site_packages.iter().find_map(|path| minor_of(path))
}

/// `3.11` of `lib/python3.11/site-packages`.
fn minor_of(site_packages: &Path) -> Option<String> {
    let name = site_packages.parent()?.file_name()?.to_str()?;
    let version = name
        .strip_prefix("python")
        .or_else(|| name.strip_prefix("pypy"))?;
    // `python3.13t` is the free-threaded build of 3.13
    let version = version.trim_end_matches('t');
    let (major, minor) = version.split_once('.')?;
    (is_number(major) && is_number(minor)).then(|| version.to_owned())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Version of the `python` package among conda's records, `conda-meta/python-3.11.7-….json`.
fn conda_version(place: &Place) -> Option<String> {
    let mut versions: Vec<String> = place
        .system
        .list(&place.prefix.join("conda-meta"))
        .ok()?
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let name = entry.name();
            let rest = name.strip_prefix("python-")?;
            let (version, _) = rest.split_once('-')?;
            version
                .split('.')
                .all(is_number)
                .then(|| version.to_owned())
        })
        .collect();
    versions.sort();
    versions.pop()
}

fn configured_version(place: &Place) -> Option<String> {
    let text = read_small(place, "pyvenv.cfg")?;
    // `venv` writes `version`, `virtualenv` and uv `version_info`, the former as `3.11.7.final.0`
    let written = setting(&text, "version_info").or_else(|| setting(&text, "version"))?;
    let parts: Vec<&str> = written.split('.').take(3).collect();
    (parts.len() >= 2 && parts.iter().all(|part| is_number(part))).then(|| parts.join("."))
}

/// A value of `pyvenv.cfg`: lines of `key = value`.
fn setting<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .find(|(found, _)| found.trim().eq_ignore_ascii_case(key))
        .map(|(_, value)| value.trim())
}

fn read_small(place: &Place, name: &str) -> Option<String> {
    const LIMIT: u64 = 64 * 1024;
    let path = place.system.real(&place.prefix.join(name)).ok()?;
    let bytes = place.system.head(&path, LIMIT).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
