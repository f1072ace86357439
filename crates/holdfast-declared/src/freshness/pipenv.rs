//! Pipenv: SHA-256 of the `Pipfile` but for its scripts and settings, in `_meta.hash.sha256`.
//!
//! Older versions hash names of packages as they are written, newer ones normalised.

use std::collections::BTreeMap;

use holdfast_model::{Freshness, Location, Staleness};

use super::python_json::{Json, Layout};
use super::satisfied::{self, Held};
use super::{Comparison, Manifest, stale_by_hash, unknown, unreadable, verdict};
use crate::LineIndex;
use crate::context::Context;
use crate::locks::Source;
use crate::locks::pipfile::Lock;
use crate::locks::tree::{self, Cursor, Tree};
use crate::pep508::normalise_name;

const MANIFEST: &str = "Pipfile";

/// Sections that are no categories of packages.
const SECTIONS: &[&str] = &[
    "source",
    "packages",
    "dev-packages",
    "requires",
    "scripts",
    "pipfile",
    "pipenv",
    "default",
    "develop",
];

/// What a `Pipfile.lock` says of its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inputs {
    sha256: Option<(String, Location)>,
}

impl Inputs {
    pub(crate) fn of(lock: &Lock<'_>, source: &Source<'_>) -> Self {
        let mut hashes = lock.meta.hash.iter();
        let found = hashes.find(|(algorithm, _)| &**algorithm == "sha256");
        Self {
            sha256: found.map(|(_, hash)| (hash.to_text(), source.of(hash))),
        }
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
    if let Some((expected, _)) = &inputs.sha256
        && hashes(&tree).contains(expected)
    {
        return Freshness::Fresh;
    }
    let differences = named(comparison, &manifest, &tree);
    match &inputs.sha256 {
        Some((_, location)) => stale_by_hash(differences, &manifest.path, location),
        None => verdict(differences),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    AsWritten,
    Normalised,
}

fn hashes(tree: &Tree<'_>) -> Vec<String> {
    [Names::Normalised, Names::AsWritten]
        .into_iter()
        .filter_map(|names| content(tree.root(), names).sha256(Layout::Compact))
        .collect()
}

fn content<'t, 'a>(root: Cursor<'t, 'a>, names: Names) -> Json<'t, 'a> {
    let category = |section: Option<Cursor<'t, 'a>>| match section {
        None => Json::empty(),
        Some(section) if names == Names::AsWritten || !section.is_table() => Json::Node(section),
        Some(section) => Json::Object(
            section
                .children()
                .map(|entry| (normalise_name(entry.key()), Json::Node(entry)))
                .collect(),
        ),
    };
    let mut content = BTreeMap::from([
        (
            "_meta".to_owned(),
            Json::object([
                (
                    "requires",
                    root.get("requires").map_or_else(Json::empty, Json::Node),
                ),
                (
                    "sources",
                    root.get("source").map_or_else(default_source, Json::Node),
                ),
            ]),
        ),
        ("default".to_owned(), category(root.get("packages"))),
        ("develop".to_owned(), category(root.get("dev-packages"))),
    ]);
    for section in categories(root) {
        content.insert(section.key().to_owned(), category(Some(section)));
    }
    Json::Object(content)
}

/// What Pipenv puts where a `Pipfile` names no source.
fn default_source<'t, 'a>() -> Json<'t, 'a> {
    Json::Array(vec![Json::object([
        ("name", Json::Text("pypi".to_owned())),
        ("url", Json::Text("https://pypi.org/simple".to_owned())),
        ("verify_ssl", Json::Boolean(true)),
    ])])
}

/// The categories that a project made itself.
fn categories<'t, 'a>(root: Cursor<'t, 'a>) -> impl Iterator<Item = Cursor<'t, 'a>>
where
    'a: 't,
{
    root.children()
        .filter(|section| !SECTIONS.contains(&section.key()))
}

/// What differs, as far as the lock shows it.
fn named(comparison: &Comparison<'_>, manifest: &Manifest, tree: &Tree<'_>) -> Vec<Staleness> {
    let context = Context {
        files: comparison.files,
        path: &manifest.path,
    };
    let Ok(declared) = crate::pipfile::read(&context, &manifest.text) else {
        return Vec::new();
    };
    let held = Held::new(comparison.locked);
    let mut differences = satisfied::unmet(&declared, &held, |_| true);
    let lines = LineIndex::new(&manifest.text);
    differences.extend(interpreter(comparison, manifest, tree.root(), &lines));
    differences
}

/// `[requires]`, where the lock is for another interpreter.
fn interpreter(
    comparison: &Comparison<'_>,
    manifest: &Manifest,
    root: Cursor<'_, '_>,
    lines: &LineIndex<'_>,
) -> Option<Staleness> {
    let requires = root.get("requires")?;
    let full = requires.get("python_full_version");
    let entry = full.or_else(|| requires.get("python_version"))?;
    let declared = entry.as_str()?;
    let locked = comparison.locked.requires_python.as_deref().unwrap_or("*");
    let written = locked.trim_start_matches("==").trim_end_matches(".*");
    (declared != written).then(|| Staleness {
        message: format!("python `{declared}` is declared, and the lock is for `{written}`"),
        location: lines.location(&manifest.path, entry.key_offset()),
    })
}
