//! `Pipfile.lock`.
//!
//! Categories (`default`, `develop`, and those of the project's own) map names to pins. There are no
//! edges, and no word on who was asked for.

use std::collections::BTreeSet;

use holdfast_model::{LockFormat, LockSource, Locked, LockedPackage, PackageId};
use serde::Deserialize;

use super::collect::{self, MAIN, Packages, digest, file, file_at, package};
use super::source::Source;
use super::tree::{Pairs, Text, TreeError};
use crate::{ReadError, strip_credentials};

const FORMAT: &str = "lock of Pipenv";
const FIX: &str = "write it again with `pipenv lock`";

pub(crate) struct Lock<'a> {
    pub(crate) meta: Meta<'a>,
    /// Packages by category.
    pub(crate) categories: Vec<(Text<'a>, Pairs<'a, Entry<'a>>)>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Meta<'a> {
    #[serde(borrow)]
    pub(crate) hash: Pairs<'a, Text<'a>>,
    #[serde(borrow)]
    sources: Vec<IndexSource<'a>>,
    #[serde(borrow)]
    requires: Pairs<'a, Text<'a>>,
}

#[derive(Deserialize)]
struct IndexSource<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Entry<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    hashes: Vec<Text<'a>>,
    #[serde(borrow)]
    markers: Option<Text<'a>>,
    #[serde(borrow)]
    index: Option<Text<'a>>,
    #[serde(borrow)]
    git: Option<Text<'a>>,
    #[serde(borrow)]
    hg: Option<Text<'a>>,
    #[serde(borrow)]
    svn: Option<Text<'a>>,
    #[serde(borrow)]
    bzr: Option<Text<'a>>,
    #[serde(borrow)]
    r#ref: Option<Text<'a>>,
    #[serde(borrow)]
    subdirectory: Option<Text<'a>>,
    #[serde(borrow)]
    file: Option<Text<'a>>,
    #[serde(borrow)]
    path: Option<Text<'a>>,
    editable: bool,
}

/// Reads the file as Pipenv wrote it.
pub(crate) fn parse<'a>(source: &Source<'a>) -> Result<Lock<'a>, ReadError> {
    let lock: Lock<'a> = serde_json::from_str(source.text())
        .map_err(|error| source.refuse(FORMAT, &TreeError::json(source.text(), &error), FIX))?;
    let known = |name: &str| {
        lock.categories
            .iter()
            .any(|(category, _)| &**category == name)
    };
    if lock.meta.hash.is_empty() && !known("default") && !known("develop") {
        return Err(source.reject(
            "not a lock of Pipenv: it has none of `_meta`, `default` and `develop`",
            FIX,
        ));
    }
    Ok(lock)
}

/// The lock in the one shape.
pub(crate) fn locked(lock: &Lock<'_>, source: &Source<'_>) -> Locked {
    let mut packages = Packages::default();
    for (category, entries) in &lock.categories {
        let group = match &**category {
            "default" => Some(MAIN.to_owned()),
            name => collect::name(name),
        };
        for (name, entry) in entries.iter() {
            let mut read = read(name, entry, &lock.meta, source);
            read.groups.extend(group.clone());
            packages.add(read);
        }
    }
    let own = |name: &&Text<'_>| &***name != "default";
    let categories = lock.categories.iter().map(|(name, _)| name);
    Locked {
        file: source.file().to_owned(),
        format: LockFormat::Pipenv,
        created_by: "pipenv".to_owned(),
        requires_python: lock.meta.python(),
        environments: Vec::new(),
        groups: collect::groups(
            Vec::new(),
            categories.filter(own).map(Text::to_text).collect(),
        ),
        holdfast: None,
        packages: packages.finish(&BTreeSet::new()),
    }
}

impl Meta<'_> {
    fn required(&self, key: &str) -> Option<&str> {
        let (_, value) = self.requires.iter().find(|(name, _)| &**name == key)?;
        Some(value)
    }

    /// The interpreter, as a range of versions.
    fn python(&self) -> Option<String> {
        match (
            self.required("python_full_version"),
            self.required("python_version"),
        ) {
            (Some("*"), _) | (None, None | Some("*")) => None,
            (Some(full), _) => Some(format!("=={full}")),
            (None, Some(minor)) => Some(format!("=={minor}.*")),
        }
    }

    /// The address of the index that an entry names, or of the only one there is.
    fn index(&self, entry: &Entry<'_>) -> Option<String> {
        let found = match (&entry.index, self.sources.as_slice()) {
            (Some(name), sources) => sources
                .iter()
                .find(|source| source.name.as_ref() == Some(name)),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let url = found.and_then(|source| source.url.as_deref())?;
        // repeated for each package, so its length is limited
        collect::name(url).map(|url| strip_credentials(&url))
    }
}

fn read(name: &Text<'_>, entry: &Entry<'_>, meta: &Meta<'_>, source: &Source<'_>) -> LockedPackage {
    let mut read = package(PackageId::pypi(name), source.of(name));
    read.version = entry
        .version
        .as_deref()
        .map(|version| version.trim_start_matches('='))
        .filter(|version| *version != "*" && !version.is_empty())
        .map(str::to_owned);
    read.marker = entry.markers.as_ref().map(Text::to_text);
    read.source = read_source(entry, meta);
    let hashes: Vec<_> = entry
        .hashes
        .iter()
        .filter_map(|hash| digest(hash))
        .collect();
    // one list of hashes for all files, without their names
    if !hashes.is_empty() {
        let mut nameless = match &entry.file {
            Some(url) => file_at(url),
            None => file(""),
        };
        nameless.hashes = hashes;
        read.files.push(nameless);
    }
    read
}

fn read_source(entry: &Entry<'_>, meta: &Meta<'_>) -> LockSource {
    for (system, repository) in [
        ("git", &entry.git),
        ("hg", &entry.hg),
        ("svn", &entry.svn),
        ("bzr", &entry.bzr),
    ] {
        if let Some(repository) = repository {
            let url = strip_credentials(repository);
            return LockSource::Vcs {
                system: system.to_owned(),
                url: match &entry.subdirectory {
                    Some(subdirectory) => format!("{url}#subdirectory={}", &**subdirectory),
                    None => url,
                },
                commit: entry.r#ref.as_ref().map(Text::to_text),
            };
        }
    }
    match (&entry.file, &entry.path) {
        (Some(url), _) => LockSource::Archive {
            url: strip_credentials(url),
        },
        (None, Some(path)) => LockSource::Directory {
            path: path.to_text(),
            editable: entry.editable,
        },
        (None, None) => LockSource::Registry {
            index: meta.index(entry),
        },
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Lock<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Lock<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a table of categories")
            }

            fn visit_map<M: serde::de::MapAccess<'de>>(
                self,
                mut map: M,
            ) -> Result<Self::Value, M::Error> {
                let mut lock = Lock {
                    meta: Meta::default(),
                    categories: Vec::new(),
                };
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    if &*key == "_meta" {
                        lock.meta = map.next_value()?;
                    } else {
                        lock.categories.push((key, map.next_value()?));
                    }
                }
                Ok(lock)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}
