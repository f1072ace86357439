//! PDM: SHA-256 of the parts of `pyproject.toml` that a solution depends on, in
//! `metadata.content_hash`.
//!
//! Since lock version 4.4.2 the whole of `[tool.pdm.resolution]` is part of it, before only the
//! overrides. Since PDM 2.29 a lock may keep the inputs themselves (`lock_inputs`) instead, in a form
//! that depends on PDM's own parsers; such a lock is judged by what it satisfies.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{Freshness, Location, Purpose, Staleness};

use super::python_json::{Json, Layout};
use super::satisfied::{self, Held};
use super::{Comparison, Manifest, stale_by_hash, unknown, unreadable, verdict};
use crate::locks::Source;
use crate::locks::pdm::Lock;
use crate::locks::tree::{self, Cursor};
use crate::pep508::normalise_name;

const MANIFEST: &str = "pyproject.toml";

/// What a `pdm.lock` says of its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inputs {
    content_hash: Option<(String, Location)>,
    lock_version: Vec<u64>,
    /// The groups that are locked, normalised; `default` is the project's own.
    groups: Vec<String>,
}

impl Inputs {
    pub(crate) fn of(lock: &Lock<'_>, source: &Source<'_>) -> Self {
        let metadata = lock.metadata.as_ref();
        let hash = metadata.and_then(|metadata| metadata.content_hash.as_ref());
        let version = metadata.and_then(|metadata| metadata.lock_version.as_deref());
        Self {
            content_hash: hash.map(|hash| (hash.to_text(), source.of(hash))),
            lock_version: version
                .unwrap_or_default()
                .split('.')
                .map_while(|part| part.parse().ok())
                .collect(),
            groups: metadata
                .into_iter()
                .flat_map(|metadata| &metadata.groups)
                .map(|group| normalise_name(group))
                .collect(),
        }
    }

    /// Whether what is declared for a purpose is part of the lock.
    fn counts(&self, purpose: &Purpose) -> bool {
        let group = match purpose {
            Purpose::Runtime => "default",
            Purpose::Group(name) | Purpose::Extra(name) => name,
            Purpose::Build => return false,
        };
        self.groups.is_empty() || self.groups.contains(&normalise_name(group))
    }
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
    let root = tree.root();
    let Some(differences) = named(comparison, &manifest, inputs) else {
        return unknown(format!("`{}` cannot be read", manifest.path));
    };
    let Some((expected, location)) = &inputs.content_hash else {
        return verdict(differences);
    };
    if hashes(root, &inputs.lock_version).contains(expected) {
        return Freshness::Fresh;
    }
    let of_others = root.get("project").is_none()
        || root.path(&["tool", "pdm", "workspace"]).is_some()
        || !expected.starts_with("sha256:");
    if of_others && differences.is_empty() {
        return unknown(format!(
            "`{}` is part of a workspace or in another tool's format, of which PDM hashes more than is read here; ask `pdm lock --check`",
            manifest.path
        ));
    }
    stale_by_hash(differences, &manifest.path, location)
}

/// The hashes that a version of PDM may have written for a manifest.
fn hashes(root: Cursor<'_, '_>, lock_version: &[u64]) -> Vec<String> {
    let mut contents: Vec<Json<'_, '_>> = (1..=readings(root))
        .map(|times| content(root, development(root, times), "resolution"))
        .collect();
    if lock_version < [4, 4, 2].as_slice() {
        let settings = root.path(&["tool", "pdm", "dev-dependencies"]);
        let development = settings.map_or_else(Json::empty, Json::Node);
        contents.push(content(root, development, "overrides"));
    }
    contents
        .iter()
        .filter_map(|content| content.sha256(Layout::Spaced))
        .map(|hash| format!("sha256:{hash}"))
        .collect()
}

fn content<'t, 'a>(
    root: Cursor<'t, 'a>,
    development: Json<'t, 'a>,
    resolution: &str,
) -> Json<'t, 'a> {
    let part =
        |path: &[&str], otherwise: Json<'t, 'a>| root.path(path).map_or(otherwise, Json::Node);
    let no_list = || Json::Array(Vec::new());
    let solved_with: &[&str] = match resolution {
        "overrides" => &["tool", "pdm", "resolution", "overrides"],
        _ => &["tool", "pdm", "resolution"],
    };
    Json::object([
        ("sources", part(&["tool", "pdm", "source"], no_list())),
        (
            "dependencies",
            part(&["project", "dependencies"], no_list()),
        ),
        ("dev-dependencies", development),
        (
            "optional-dependencies",
            part(&["project", "optional-dependencies"], Json::empty()),
        ),
        (
            "requires-python",
            part(&["project", "requires-python"], Json::Text(String::new())),
        ),
        (resolution, part(solved_with, Json::empty())),
    ])
}

const STANDARD: &[&str] = &["dependency-groups"];
const OWN: &[&str] = &["tool", "pdm", "dev-dependencies"];

fn groups_at<'t, 'a>(
    root: Cursor<'t, 'a>,
    path: &[&str],
) -> impl Iterator<Item = (String, Cursor<'t, 'a>)> + use<'t, 'a>
where
    'a: 't,
{
    root.path(path)
        .into_iter()
        .flat_map(Cursor::children)
        .map(|group| (normalise_name(group.key()), group))
}

/// How often PDM may have put the groups together before it hashed them: each time it appends those
/// of `[tool.pdm]` to the list of the standard group of the same name, to the same list.
fn readings(root: Cursor<'_, '_>) -> usize {
    let standard: BTreeSet<String> = groups_at(root, STANDARD).map(|(name, _)| name).collect();
    let shared = groups_at(root, OWN).any(|(name, _)| standard.contains(&name));
    if shared { 16 } else { 1 }
}

/// The groups of PEP 735 and those of `[tool.pdm]`, together.
fn development<'t, 'a>(root: Cursor<'t, 'a>, readings: usize) -> Json<'t, 'a> {
    let mut groups: BTreeMap<String, Vec<Json<'t, 'a>>> = BTreeMap::new();
    for (name, group) in groups_at(root, STANDARD) {
        groups.insert(name, group.children().map(Json::Node).collect());
    }
    for (name, group) in groups_at(root, OWN) {
        match groups.get_mut(&name) {
            Some(list) => {
                for _ in 0..readings {
                    list.extend(group.children().map(Json::Node));
                }
            }
            None => {
                groups.insert(name, group.children().map(Json::Node).collect());
            }
        }
    }
    Json::Object(
        groups
            .into_iter()
            .map(|(name, list)| (name, Json::Array(list)))
            .collect(),
    )
}

/// What differs, as far as the lock shows it; nothing where the manifest cannot be read.
fn named(
    comparison: &Comparison<'_>,
    manifest: &Manifest,
    inputs: &Inputs,
) -> Option<Vec<Staleness>> {
    let declared = crate::pyproject::read(comparison.files, &manifest.path, &manifest.text).ok()?;
    let held = Held::new(comparison.locked);
    let mut differences = satisfied::unmet(&declared, &held, |purpose| inputs.counts(purpose));
    differences.extend(satisfied::not_asked_for(&declared, comparison.locked));
    Some(differences)
}
