//! npm: the project's and its workspaces' dependencies, which lockfile versions 2 and 3 repeat as they
//! stand in `package.json`. Version 1 does not, and is judged by what it satisfies.

use std::collections::BTreeMap;

use holdfast_model::{Freshness, Location, Staleness};
use serde::Deserialize;

use super::{Comparison, Manifest, npm_range, unknown, unreadable, verdict};
use crate::locks::Source;
use crate::locks::npm::Lock;
use crate::locks::tree::{Pairs, Text, TreeError};

const MANIFEST: &str = "package.json";

/// The four lists, in the order in which npm lets one win over those before it.
const KINDS: [&str; 4] = [
    "peerDependencies",
    "dependencies",
    "devDependencies",
    "optionalDependencies",
];

/// What a `package-lock.json` says of its manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inputs {
    /// The dependencies of each manifest, by its directory.
    Manifests(Vec<Kept>),
    /// What is installed at the top, by name; lockfile version 1.
    Installed(BTreeMap<String, (String, Location)>),
}

/// The dependencies of one manifest when it was locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Relative to the lock; empty for the project itself.
    directory: String,
    asked: AskedByName,
}

/// How a package is wanted. One may well be a peer and a development dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Want {
    Installed,
    Peer,
}

type AskedByName = BTreeMap<(String, Want), Asked>;

/// What is asked of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    kind: &'static str,
    range: String,
    location: Location,
}

impl Inputs {
    pub(crate) fn of(lock: &Lock<'_>, source: &Source<'_>) -> Self {
        let Some(packages) = &lock.packages else {
            let installed = lock.dependencies.iter().filter_map(|(name, entry)| {
                let version = entry.version.as_ref()?;
                Some((name.to_text(), (version.to_text(), source.of(name))))
            });
            return Self::Installed(installed.collect());
        };
        let written_by_people = packages
            .iter()
            .filter(|(path, entry)| !entry.link && !path.contains("node_modules/"));
        Self::Manifests(
            written_by_people
                .map(|(path, entry)| Kept {
                    directory: path.to_text(),
                    asked: asked(
                        [
                            &entry.peer_dependencies,
                            &entry.dependencies,
                            &entry.dev_dependencies,
                            &entry.optional_dependencies,
                        ],
                        |name| source.of(name),
                    ),
                })
                .collect(),
        )
    }
}

/// Four lists as one: npm, too, has each package once, and optional ones are so wherever else they are.
fn asked(lists: [&Pairs<'_, Text<'_>>; 4], place: impl Fn(&Text<'_>) -> Location) -> AskedByName {
    let mut asked = BTreeMap::new();
    for (kind, list) in KINDS.into_iter().zip(lists) {
        let want = match kind {
            "peerDependencies" => Want::Peer,
            _ => Want::Installed,
        };
        for (name, range) in list.iter() {
            let entry = Asked {
                kind,
                range: range.to_text(),
                location: place(name),
            };
            asked.insert((name.to_text(), want), entry);
        }
    }
    asked
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, expecting = "an object")]
struct PackageJson<'a> {
    #[serde(borrow)]
    dependencies: Pairs<'a, Text<'a>>,
    #[serde(borrow)]
    dev_dependencies: Pairs<'a, Text<'a>>,
    #[serde(borrow)]
    optional_dependencies: Pairs<'a, Text<'a>>,
    #[serde(borrow)]
    peer_dependencies: Pairs<'a, Text<'a>>,
}

fn declared(manifest: &Manifest) -> Result<AskedByName, TreeError> {
    let text = manifest.text.as_str();
    let json: PackageJson<'_> =
        serde_json::from_str(text).map_err(|error| TreeError::json(text, &error))?;
    let source = Source::new(text, &manifest.path);
    Ok(asked(
        [
            &json.peer_dependencies,
            &json.dependencies,
            &json.dev_dependencies,
            &json.optional_dependencies,
        ],
        |name| source.of(name),
    ))
}

pub(super) fn freshness(comparison: &Comparison<'_>, inputs: &Inputs) -> Freshness {
    let root = [Kept {
        directory: String::new(),
        asked: BTreeMap::new(),
    }];
    let kept = match inputs {
        Inputs::Manifests(kept) => kept.as_slice(),
        Inputs::Installed(_) => &root,
    };
    let mut differences = Vec::new();
    let mut compared = false;
    for kept in kept {
        let name = match kept.directory.as_str() {
            "" => MANIFEST.to_owned(),
            directory => format!("{directory}/{MANIFEST}"),
        };
        let manifest = match comparison.manifest(&name) {
            None => continue,
            Some(Err(error)) => return unreadable(&error),
            Some(Ok(manifest)) => manifest,
        };
        let declared = match declared(&manifest) {
            Ok(declared) => declared,
            Err(error) => {
                return unknown(format!("`{}` cannot be read: {error}", manifest.path));
            }
        };
        compared = true;
        match inputs {
            Inputs::Manifests(_) => differences.extend(compare(&declared, &kept.asked)),
            Inputs::Installed(installed) => differences.extend(unmet(&declared, installed)),
        }
    }
    if compared {
        verdict(differences)
    } else {
        Freshness::NotApplicable
    }
}

/// What differs between what is declared and what was when the lock was made.
fn compare(declared: &AskedByName, kept: &AskedByName) -> Vec<Staleness> {
    let mut differences = Vec::new();
    for (key, asked) in declared {
        let before = match kept.get(key) {
            Some(before) if before.range == asked.range && before.kind == asked.kind => continue,
            Some(before) if before.range == asked.range => {
                format!("the lock was made for it in `{}`", before.kind)
            }
            Some(before) => format!("the lock was made for `{}`", before.range),
            None => "the lock was made without it".to_owned(),
        };
        differences.push(Staleness {
            message: format!("`{}@{}` is asked for, and {before}", key.0, asked.range),
            location: asked.location.clone(),
        });
    }
    for (key, before) in kept {
        if !declared.contains_key(key) {
            differences.push(Staleness {
                message: format!(
                    "`{}@{}` was asked for when the lock was made, and is not any more",
                    key.0, before.range
                ),
                location: before.location.clone(),
            });
        }
    }
    differences
}

/// What is declared and not installed at the top of a lock of version 1.
fn unmet(
    declared: &AskedByName,
    installed: &BTreeMap<String, (String, Location)>,
) -> Vec<Staleness> {
    let mut differences = Vec::new();
    for ((name, _), asked) in declared {
        // npm of that time installed no peers, and optional packages may be left out
        if matches!(asked.kind, "peerDependencies" | "optionalDependencies") {
            continue;
        }
        let what = match installed.get(name) {
            None => format!("`{name}` is not locked"),
            Some((version, _)) => match npm_range::admits(&asked.range, version) {
                Some(false) => format!("{version} is locked"),
                Some(true) | None => continue,
            },
        };
        differences.push(Staleness {
            message: format!("`{name}@{}` is asked for, and {what}", asked.range),
            location: asked.location.clone(),
        });
    }
    differences
}
