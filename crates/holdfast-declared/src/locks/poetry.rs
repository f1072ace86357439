//! `poetry.lock`: lock versions 1 and 2, those of before 1.0 included.
//!
//! Where the hashes stand has changed twice: [`files`]. Groups came with 1.2 and went with 1.5 (as
//! `category`), and came back with 2.0.

mod files;

use std::collections::{BTreeSet, HashMap};

use holdfast_model::{Dependency, LockFormat, LockSource, Locked, LockedPackage, PackageId};
use serde::Deserialize;

use self::files::Files;
use super::collect::{self, any_of, edge, package, tidy};
use super::conditions::{Condition, by_groups};
use super::source::Source;
use super::tree::{self, Pairs, Text};
use crate::pyproject::poetry_range;
use crate::{ReadError, strip_credentials};

const FORMAT: &str = "lock of Poetry";
const FIX: &str = "write it again with `poetry lock`";

#[derive(Deserialize)]
pub(crate) struct Lock<'a> {
    #[serde(borrow, default)]
    package: Vec<Package<'a>>,
    #[serde(borrow, default)]
    extras: Pairs<'a, Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub(crate) metadata: Option<Metadata<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Metadata<'a> {
    #[serde(borrow)]
    pub(crate) lock_version: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) python_versions: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) content_hash: Option<Text<'a>>,
    #[serde(borrow, default)]
    files: Pairs<'a, Vec<File<'a>>>,
    #[serde(borrow, default)]
    hashes: Pairs<'a, Vec<Text<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    category: Option<Text<'a>>,
    #[serde(default)]
    optional: bool,
    #[serde(borrow)]
    python_versions: Option<Text<'a>>,
    #[serde(borrow, default)]
    groups: Vec<Text<'a>>,
    #[serde(borrow, default)]
    markers: Markers<'a>,
    #[serde(borrow)]
    marker: Option<Text<'a>>,
    #[serde(borrow)]
    files: Option<Vec<File<'a>>>,
    #[serde(default)]
    develop: bool,
    #[serde(borrow, default)]
    source: PackageSource<'a>,
    #[serde(borrow, default)]
    dependencies: Pairs<'a, Asked<'a>>,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    file: Text<'a>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    hash: Option<Text<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PackageSource<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    resolved_reference: Option<Text<'a>>,
    #[serde(borrow)]
    subdirectory: Option<Text<'a>>,
}

/// One marker for all groups, or one for each.
#[derive(Default)]
enum Markers<'a> {
    #[default]
    Always,
    One(Text<'a>),
    ByGroup(Pairs<'a, Text<'a>>),
}

/// What a package asks of another: a range, a table, or several of either.
struct Asked<'a>(Vec<Alternative<'a>>);

#[derive(Deserialize, Default)]
#[serde(default)]
struct Alternative<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    markers: Option<Text<'a>>,
    optional: bool,
}

/// Reads the file as Poetry wrote it.
pub(crate) fn parse<'a>(source: &Source<'a>) -> Result<Lock<'a>, ReadError> {
    let lock: Lock<'a> = tree::toml::parse(source.text())
        .and_then(|tree| tree.deserialize())
        .map_err(|error| source.refuse(FORMAT, &error, FIX))?;
    if lock.metadata.is_none() && lock.package.is_empty() {
        return Err(source.reject(
            "not a lock of Poetry: it has neither `[metadata]` nor packages",
            FIX,
        ));
    }
    let version = lock
        .metadata
        .as_ref()
        .and_then(|it| it.lock_version.as_ref());
    if let Some(version) = version
        && !matches!(version.split('.').next(), Some("0" | "1" | "2"))
    {
        let location = source.of(version);
        let message = format!(
            "version `{}` of `poetry.lock` is not understood: expected 1 or 2",
            &**version
        );
        return Err(ReadError::new(location, message).with_fix("upgrade holdfast"));
    }
    Ok(lock)
}

/// The lock in the one shape.
pub(crate) fn locked(lock: &Lock<'_>, source: &Source<'_>) -> Locked {
    let context = Context::new(lock);
    let packages = lock
        .package
        .iter()
        .map(|package| context.read(package, source))
        .collect();
    let metadata = lock.metadata.as_ref();
    let mut groups: BTreeSet<String> = BTreeSet::new();
    for package in &lock.package {
        groups.extend(group_names(package).filter(|group| group != collect::MAIN));
    }
    Locked {
        file: source.file().to_owned(),
        format: LockFormat::Poetry,
        created_by: created_by(source.text()).map_or_else(
            || "poetry".to_owned(),
            |version| format!("poetry {version}"),
        ),
        requires_python: metadata
            .and_then(|metadata| metadata.python_versions.as_ref())
            .and_then(interpreters),
        environments: Vec::new(),
        groups: collect::groups(
            lock.extras.iter().map(|(name, _)| name.to_text()).collect(),
            groups.into_iter().collect(),
        ),
        holdfast: None,
        packages,
    }
}

/// Whether the lock says itself when each package is installed, as it does since Poetry 2.
pub(crate) fn tells_markers(lock: &Lock<'_>) -> bool {
    let version = lock
        .metadata
        .as_ref()
        .and_then(|it| it.lock_version.as_ref());
    let mut parts = version
        .into_iter()
        .flat_map(|version| version.split('.'))
        .map_while(|part| part.parse::<u32>().ok());
    (parts.next(), parts.next()) >= (Some(2), Some(1))
}

/// When each package is installed: by group, where the groups have markers of their own.
pub(crate) fn conditions(lock: &Lock<'_>, locked: &Locked) -> Vec<Condition> {
    let written = lock.package.iter().zip(&locked.packages);
    written
        .map(|(written, read)| {
            let mut condition = by_groups(read);
            if let Markers::ByGroup(markers) = &written.markers {
                for (group, marker) in &mut condition {
                    let own = markers.iter().find(|(name, _)| **name == **group);
                    *marker = own.map(|(_, marker)| marker.to_text());
                }
            }
            condition
        })
        .collect()
}

/// Interpreters as a range of PEP 440 where they are one: Poetry writes `^3.10` as well.
fn interpreters(written: &Text<'_>) -> Option<String> {
    let range = poetry_range::range(written).ok();
    match range.and_then(|range| range.pep440) {
        Some(specifiers) => Some(specifiers.to_string()).filter(|text| !text.is_empty()),
        None => Some(written.to_text()),
    }
}

/// The version of Poetry that the first line names.
pub(crate) fn created_by(text: &str) -> Option<&str> {
    let line = text.lines().next().filter(|line| line.starts_with('#'))?;
    line.split_once("Poetry ")?.1.split_whitespace().next()
}

/// What a package's entry does not say itself.
struct Context<'l> {
    files: Files<'l>,
    /// Names of all packages, normalised, and how many versions each has.
    names: HashMap<PackageId, usize>,
    /// The extras that ask for a package.
    extras: HashMap<PackageId, Vec<&'l str>>,
}

impl<'l> Context<'l> {
    fn new(lock: &'l Lock<'l>) -> Self {
        let mut extras: HashMap<PackageId, Vec<&str>> = HashMap::new();
        for (extra, packages) in lock.extras.iter() {
            for package in packages {
                let name = package.split([' ', '(', '[']).next().unwrap_or_default();
                extras.entry(PackageId::pypi(name)).or_default().push(extra);
            }
        }
        let mut names: HashMap<PackageId, usize> = HashMap::new();
        for package in &lock.package {
            *names.entry(PackageId::pypi(&package.name)).or_default() += 1;
        }
        Self {
            files: Files::new(lock.metadata.as_ref()),
            names,
            extras,
        }
    }

    fn read(&self, written: &Package<'_>, source: &Source<'_>) -> LockedPackage {
        let mut read = package(PackageId::pypi(&written.name), source.of(&written.name));
        read.version = written.version.as_ref().map(Text::to_text);
        read.requires_python = written.python_versions.as_ref().and_then(interpreters);
        read.source = read_source(&written.source, written.develop);
        read.marker = read_marker(written);
        let versions = self.names.get(&read.package).copied();
        read.files = self.files.of(written, versions.unwrap_or_default());
        read.groups = self.groups(written, read.marker.as_deref(), &read.package);
        for (name, asked) in written.dependencies.iter() {
            let target = PackageId::pypi(name);
            for alternative in &asked.0 {
                // an extra that nobody asked for is not part of the lock
                if !alternative.optional || self.names.contains_key(&target) {
                    read.dependencies
                        .push(read_edge(target.clone(), alternative));
                }
            }
        }
        tidy(&mut read);
        read
    }

    /// The groups that a package is in; of an optional one, the extras.
    fn groups(&self, written: &Package<'_>, marker: Option<&str>, id: &PackageId) -> Vec<String> {
        let mut groups: Vec<String> = group_names(written).collect();
        if written.optional {
            groups.retain(|group| group != collect::MAIN);
            let asking = self.extras.get(id).into_iter().flatten();
            groups.extend(asking.filter_map(|extra| collect::name(extra)));
            groups.extend(extras_of(marker.unwrap_or_default()));
        }
        groups
    }
}

fn group_names(written: &Package<'_>) -> impl Iterator<Item = String> {
    let category = written
        .category
        .as_ref()
        .filter(|_| written.groups.is_empty());
    let names: Vec<String> = written
        .groups
        .iter()
        .chain(category)
        .map(Text::to_text)
        .collect();
    names.into_iter()
}

/// The extras that a marker of Poetry's compares with: `extra == "x"`.
fn extras_of(marker: &str) -> impl Iterator<Item = String> {
    marker.split("extra == ").skip(1).filter_map(|rest| {
        let quote = rest
            .chars()
            .next()
            .filter(|first| matches!(first, '"' | '\''))?;
        let name = rest.get(1..)?.split(quote).next()?;
        Some(name.to_owned())
    })
}

fn read_source(written: &PackageSource<'_>, develop: bool) -> LockSource {
    let url = written.url.as_deref();
    let with_subdirectory = |url: &str| match &written.subdirectory {
        Some(subdirectory) => format!(
            "{}#subdirectory={}",
            strip_credentials(url),
            &**subdirectory
        ),
        None => strip_credentials(url),
    };
    match (written.r#type.as_deref(), url) {
        (Some("git"), Some(url)) => LockSource::Vcs {
            system: "git".to_owned(),
            url: with_subdirectory(url),
            commit: written.resolved_reference.as_ref().map(Text::to_text),
        },
        (Some("url" | "file"), Some(url)) => LockSource::Archive {
            url: with_subdirectory(url),
        },
        (Some("directory"), Some(path)) => LockSource::Directory {
            path: path.to_owned(),
            editable: develop,
        },
        (_, url) => LockSource::Registry {
            index: url.map(strip_credentials),
        },
    }
}

fn read_marker(written: &Package<'_>) -> Option<String> {
    match &written.markers {
        Markers::Always => written.marker.as_ref().map(Text::to_text),
        Markers::One(marker) => Some(marker.to_text()),
        // a group that is not named has no marker
        Markers::ByGroup(markers) if markers.len() < written.groups.len() => None,
        Markers::ByGroup(markers) => {
            let distinct: BTreeSet<String> =
                markers.iter().map(|(_, marker)| marker.to_text()).collect();
            Some(any_of(&distinct))
        }
    }
}

fn read_edge(target: PackageId, asked: &Alternative<'_>) -> Dependency {
    let mut read = edge(target);
    read.marker = asked.markers.as_ref().map(Text::to_text);
    read.specifier = asked
        .version
        .as_ref()
        .filter(|version| &***version != "*")
        .map(Text::to_text);
    read
}

impl<'de: 'a, 'a> Deserialize<'de> for Markers<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Markers<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a marker, or a table of markers by group")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Markers::One(Text(text.into())))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Markers::One(Text(text.to_owned().into())))
            }

            fn visit_map<M: serde::de::MapAccess<'de>>(
                self,
                map: M,
            ) -> Result<Self::Value, M::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                Pairs::deserialize(map).map(Markers::ByGroup)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Asked<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Asked<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a range, a table, or a list of them")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(only(Text(text.into())))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(only(Text(text.to_owned().into())))
            }

            fn visit_map<M: serde::de::MapAccess<'de>>(
                self,
                map: M,
            ) -> Result<Self::Value, M::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                Ok(Asked(vec![Alternative::deserialize(map)?]))
            }

            fn visit_seq<S: serde::de::SeqAccess<'de>>(
                self,
                mut sequence: S,
            ) -> Result<Self::Value, S::Error> {
                let mut alternatives = Vec::new();
                while let Some(Asked(several)) = sequence.next_element()? {
                    alternatives.extend(several);
                }
                Ok(Asked(alternatives))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

fn only(version: Text<'_>) -> Asked<'_> {
    Asked(vec![Alternative {
        version: Some(version),
        ..Alternative::default()
    }])
}
