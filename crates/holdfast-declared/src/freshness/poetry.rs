//! Poetry: SHA-256 of the parts of `pyproject.toml` that a solution depends on, in
//! `metadata.content-hash`.
//!
//! Until 2.0 those were parts of `[tool.poetry]` alone; since then of `[project]` too, and since 2.3
//! the dependency groups of PEP 735.

use std::collections::BTreeMap;

use holdfast_model::{Declared, Freshness, Location, Purpose, Staleness};

use super::python_json::{Json, Layout};
use super::satisfied::{self, Held};
use super::{Comparison, Manifest, stale_by_hash, unknown, unreadable, verdict};
use crate::locks::Source;
use crate::locks::poetry::{Lock, created_by};
use crate::locks::tree::{self, Cursor};

const MANIFEST: &str = "pyproject.toml";

/// What a `poetry.lock` says of its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inputs {
    content_hash: Option<(String, Location)>,
    /// Version of Poetry, or of one that writes such a lock.
    written_by: (u64, u64),
    python: Option<String>,
}

impl Inputs {
    pub(crate) fn of(lock: &Lock<'_>, source: &Source<'_>) -> Self {
        let metadata = lock.metadata.as_ref();
        let hash = metadata.and_then(|metadata| metadata.content_hash.as_ref());
        let lock_version = metadata.and_then(|metadata| metadata.lock_version.as_deref());
        let written_by = created_by(source.text()).and_then(two_numbers);
        Self {
            content_hash: hash.map(|hash| (hash.to_text(), source.of(hash))),
            written_by: written_by.unwrap_or_else(|| {
                match lock_version.and_then(two_numbers) {
                    // the lock versions of Poetry 2 and later
                    Some(version) if version >= (2, 1) => (2, 0),
                    _ => (1, 0),
                }
            }),
            python: metadata
                .and_then(|metadata| metadata.python_versions.as_ref())
                .map(tree::Text::to_text),
        }
    }
}

/// `2.1.3` as `(2, 1)`.
fn two_numbers(version: &str) -> Option<(u64, u64)> {
    let mut parts = version.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next().and_then(|minor| {
        let digits = minor.split(|it: char| !it.is_ascii_digit()).next()?;
        digits.parse().ok()
    });
    Some((major, minor.unwrap_or_default()))
}

pub(super) fn freshness(comparison: &Comparison<'_>, inputs: &Inputs) -> Freshness {
    let manifest = match comparison.manifest(MANIFEST) {
        None => return Freshness::NotApplicable,
        Some(Err(error)) => return unreadable(&error),
        Some(Ok(manifest)) => manifest,
    };
    let tree = match tree::toml::parse(&manifest.text) {
        Ok(tree) => tree,
        Err(error) => return unknown(format!("`{}` is no TOML: {error}", manifest.path)),
    };
    let Some((expected, location)) = &inputs.content_hash else {
        return without_hash(comparison, &manifest);
    };
    let Some(hashes) = hashes(tree.root(), inputs.written_by) else {
        return unknown(format!(
            "`{}` has a date where Poetry allows none",
            manifest.path
        ));
    };
    if hashes.contains(expected) {
        return Freshness::Fresh;
    }
    let differences = named(comparison, &manifest, inputs);
    stale_by_hash(differences, &manifest.path, location)
}

/// The hashes that a version of Poetry may have written for a manifest.
fn hashes(root: Cursor<'_, '_>, written_by: (u64, u64)) -> Option<Vec<String>> {
    let mut contents = vec![content(root, Groups::Counted)];
    if written_by < (2, 3) {
        contents.push(content(root, Groups::Ignored));
    }
    if written_by < (2, 0) {
        contents.push(legacy(root.path(&["tool", "poetry"])));
    }
    contents
        .iter()
        .map(|content| content.sha256(Layout::Spaced))
        .collect()
}

/// Whether the dependency groups of PEP 735 are part of the hash.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Groups {
    Counted,
    Ignored,
}

const LEGACY_KEYS: [&str; 4] = ["dependencies", "source", "extras", "dev-dependencies"];

/// What Poetry 2 hashes.
fn content<'t, 'a>(root: Cursor<'t, 'a>, groups: Groups) -> Json<'t, 'a> {
    let poetry = root.path(&["tool", "poetry"]);
    let mut project = BTreeMap::new();
    for key in ["requires-python", "dependencies", "optional-dependencies"] {
        if let Some(value) = root.path(&["project", key]) {
            project.insert(key.to_owned(), Json::Node(value));
        }
    }
    let groups = root
        .get("dependency-groups")
        .filter(|it| groups == Groups::Counted && it.children().next().is_some());
    if project.is_empty() && groups.is_none() {
        // as before there was anything else to hash
        return legacy(poetry);
    }
    let mut relevant = BTreeMap::new();
    for key in LEGACY_KEYS.into_iter().chain(["group"]) {
        if let Some(value) = poetry.and_then(|poetry| poetry.get(key)) {
            relevant.insert(key.to_owned(), Json::Node(value));
        }
    }
    let mut content = BTreeMap::from([(
        "tool".to_owned(),
        Json::object([("poetry", Json::Object(relevant))]),
    )]);
    if !project.is_empty() {
        content.insert("project".to_owned(), Json::Object(project));
    }
    if let Some(groups) = groups {
        content.insert("dependency-groups".to_owned(), Json::Node(groups));
    }
    Json::Object(content)
}

/// What Poetry 1 hashes: parts of `[tool.poetry]`, null where they are absent.
fn legacy<'t, 'a>(poetry: Option<Cursor<'t, 'a>>) -> Json<'t, 'a> {
    let part = |key: &str| poetry.and_then(|poetry| poetry.get(key)).map(Json::Node);
    let mut content: BTreeMap<String, Json<'t, 'a>> = LEGACY_KEYS
        .into_iter()
        .map(|key| (key.to_owned(), part(key).unwrap_or(Json::Null)))
        .collect();
    if let Some(group) = part("group") {
        content.insert("group".to_owned(), group);
    }
    Json::Object(content)
}

fn declared(comparison: &Comparison<'_>, manifest: &Manifest) -> Option<Declared> {
    crate::pyproject::read(comparison.files, &manifest.path, &manifest.text).ok()
}

/// What differs, as far as the lock shows it.
fn named(comparison: &Comparison<'_>, manifest: &Manifest, inputs: &Inputs) -> Vec<Staleness> {
    let Some(declared) = declared(comparison, manifest) else {
        return Vec::new();
    };
    let held = Held::new(comparison.locked);
    let mut differences = satisfied::unmet(&declared, &held, |purpose| *purpose != Purpose::Build);
    differences.extend(satisfied::not_asked_for(&declared, comparison.locked));
    if let (Some(python), Some(locked)) = (declared.python.first(), &inputs.python)
        && !same_range(&python.text, locked)
    {
        differences.push(Staleness {
            message: format!(
                "python `{}` is declared, and the lock is for `{locked}`",
                python.text
            ),
            location: python.location.clone(),
        });
    }
    differences
}

fn same_range(left: &str, right: &str) -> bool {
    let parts = |text: &str| {
        let mut parts: Vec<String> = text
            .split(',')
            .map(|part| part.chars().filter(|it| !it.is_whitespace()).collect())
            .collect();
        parts.sort();
        parts
    };
    parts(left) == parts(right)
}

/// Locks of before 0.12 have no hash.
fn without_hash(comparison: &Comparison<'_>, manifest: &Manifest) -> Freshness {
    match declared(comparison, manifest) {
        Some(declared) => {
            let held = Held::new(comparison.locked);
            let counts = |purpose: &Purpose| *purpose != Purpose::Build;
            verdict(satisfied::unmet(&declared, &held, counts))
        }
        None => unknown(format!("`{}` cannot be read", manifest.path)),
    }
}
