//! Lockfile versions 2 and 3: packages by their paths, the project itself under the empty path.

use std::collections::{BTreeSet, HashMap, HashSet};

use holdfast_model::{Dependency, Ecosystem, LockSource, LockedPackage, PackageId};
use serde::Deserialize;

use super::{Flags, Kind, archive, kind_of, registry_of, source_of};
use crate::locks::collect::{self, Packages, edge};
use crate::locks::source::Source;
use crate::locks::tree::{Pairs, Text};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the format")]
pub(crate) struct Entry<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    resolved: Option<Text<'a>>,
    #[serde(borrow)]
    integrity: Option<Text<'a>>,
    pub(crate) link: bool,
    in_bundle: bool,
    dev: bool,
    optional: bool,
    dev_optional: bool,
    peer: bool,
    #[serde(borrow)]
    license: Licence<'a>,
    #[serde(borrow)]
    pub(crate) dependencies: Pairs<'a, Text<'a>>,
    #[serde(borrow)]
    pub(crate) dev_dependencies: Pairs<'a, Text<'a>>,
    #[serde(borrow)]
    pub(crate) optional_dependencies: Pairs<'a, Text<'a>>,
    #[serde(borrow)]
    pub(crate) peer_dependencies: Pairs<'a, Text<'a>>,
}

/// A licence; old packages have a table or a list here, which is left out.
#[derive(Default)]
struct Licence<'a>(Option<Text<'a>>);

const MODULES: &str = "node_modules/";

/// Levels of directories that are looked through for a package.
const LEVELS: usize = 64;

/// Edges of a path longer than this are not looked for: file systems have none.
const PATH_LIMIT: usize = 8192;

struct Tree<'l, 'a> {
    by_path: HashMap<&'l str, &'l Entry<'a>>,
    /// Names that have more than one version.
    forked: HashSet<&'l str>,
    /// Paths that a person's manifest asks for: the project's and its workspaces'.
    direct: HashSet<&'l str>,
    /// Paths that somebody asks for by address.
    by_address: HashSet<&'l str>,
}

/// The packages of a lock, in the order of the file.
pub(super) fn packages<'a>(
    entries: &Pairs<'a, Entry<'a>>,
    source: &Source<'_>,
) -> Vec<LockedPackage> {
    let tree = Tree::new(entries);
    let mut packages = Packages::default();
    for (path, entry) in entries.iter() {
        // the project itself, and links to directories that have entries of their own
        let shadow = entry.link && tree.target(entry).is_some();
        if !path.is_empty() && !shadow {
            packages.add(tree.read(path, entry, source));
        }
    }
    packages.finish(&BTreeSet::new())
}

impl<'l, 'a> Tree<'l, 'a> {
    fn new(entries: &'l Pairs<'a, Entry<'a>>) -> Self {
        let by_path: HashMap<&str, &Entry<'_>> = entries
            .iter()
            .map(|(path, entry)| (&**path, entry))
            .collect();
        let mut versions: HashMap<&str, Option<&str>> = HashMap::new();
        let mut forked = HashSet::new();
        for (path, entry) in entries.iter().filter(|(_, entry)| !entry.link) {
            let name = name_of(path, entry);
            let version = entry.version.as_deref();
            if *versions.entry(name).or_insert(version) != version {
                forked.insert(name);
            }
        }
        let mut tree = Self {
            by_path,
            forked,
            direct: HashSet::new(),
            by_address: HashSet::new(),
        };
        for (path, entry) in entries.iter() {
            // workspaces are outside of `node_modules` as the project is
            let written_by_people = !path.contains(MODULES) && !entry.link;
            for (name, range, _) in asked(entry, written_by_people) {
                let Some((found, _)) = tree.find(path, name) else {
                    continue;
                };
                if written_by_people {
                    tree.direct.insert(found);
                }
                if matches!(kind_of(range), Kind::Archive) {
                    tree.by_address.insert(found);
                }
            }
        }
        tree
    }

    /// The entry that a link stands for.
    fn target(&self, entry: &Entry<'_>) -> Option<(&'l str, &'l Entry<'a>)> {
        let resolved = entry.resolved.as_deref().filter(|_| entry.link)?;
        self.by_path
            .get_key_value(resolved)
            .map(|(path, entry)| (*path, *entry))
    }

    /// What Node finds under `name` from the package at `path`.
    fn find(&self, path: &str, name: &str) -> Option<(&'l str, &'l Entry<'a>)> {
        if path.len() + name.len() > PATH_LIMIT {
            return None;
        }
        let mut directory = path;
        let mut wanted = String::new();
        for _ in 0..LEVELS {
            wanted.clear();
            if !directory.is_empty() {
                wanted.push_str(directory);
                wanted.push('/');
            }
            wanted.push_str(MODULES);
            wanted.push_str(name);
            if let Some((path, entry)) = self.by_path.get_key_value(wanted.as_str()) {
                return Some(self.target(entry).unwrap_or((path, entry)));
            }
            if directory.is_empty() {
                return None;
            }
            // up to the directory that holds the `node_modules`, or, outside of one, its parent
            directory = match directory.rfind(MODULES) {
                Some(0) => "",
                Some(position) => directory.get(..position - 1).unwrap_or_default(),
                None => directory.rsplit_once('/').map_or("", |(parent, _)| parent),
            };
        }
        None
    }

    fn read(&self, path: &Text<'_>, entry: &Entry<'_>, source: &Source<'_>) -> LockedPackage {
        let name = name_of(path, entry);
        let id = PackageId::new(Ecosystem::Npm, name);
        let mut read = collect::package(id, source.of(path));
        read.version = entry.version.as_ref().map(Text::to_text);
        read.source = self.source(path, name, entry);
        read.files.extend(self.file(path, entry));
        read.direct = Some(self.direct.contains(&**path)).filter(|_| self.by_path.contains_key(""));
        read.licence = entry.license.0.as_ref().map(Text::to_text);
        read.groups = Flags {
            dev: entry.dev,
            optional: entry.optional,
            dev_optional: entry.dev_optional,
            peer: entry.peer,
        }
        .groups();
        // development dependencies of a dependency are not installed
        let written_by_people = !path.contains(MODULES);
        for (wanted, range, need) in asked(entry, written_by_people) {
            match (self.find(path, wanted), need) {
                (Some((path, found)), _) => {
                    read.dependencies.extend(self.edge(path, found, range));
                }
                (None, Need::Required) => {
                    let mut edge = edge(PackageId::new(Ecosystem::Npm, wanted));
                    edge.specifier = Some(range.to_text());
                    read.dependencies.push(edge);
                }
                (None, Need::IfThere) => {}
            }
        }
        read
    }

    fn edge(&self, path: &str, found: &Entry<'_>, range: &Text<'_>) -> Option<Dependency> {
        // what an edge leads to is repeated for each, so its length is limited
        let name = collect::name(name_of(path, found))?;
        let mut edge = edge(PackageId::new(Ecosystem::Npm, &name));
        if self.forked.contains(name.as_str()) {
            edge.version = found.version.as_deref().and_then(collect::name);
        }
        edge.specifier = Some(range.to_text());
        Some(edge)
    }

    fn source(&self, path: &str, name: &str, entry: &Entry<'_>) -> LockSource {
        let resolved = entry.resolved.as_deref();
        if entry.link || !path.contains(MODULES) {
            let path = resolved.filter(|_| entry.link).unwrap_or(path);
            return LockSource::Directory {
                path: path.to_owned(),
                editable: true,
            };
        }
        let Some(resolved) = resolved else {
            return LockSource::Registry { index: None };
        };
        let registry = registry_of(resolved, name);
        let by_address = self.by_address.contains(path);
        match source_of(resolved) {
            Some(LockSource::Archive { .. }) if !by_address => {
                LockSource::Registry { index: registry }
            }
            Some(source) => source,
            None => LockSource::Registry { index: None },
        }
    }

    /// The archive of a package; of a bundled one, that of the package which bundles it.
    fn file(&self, path: &str, entry: &Entry<'_>) -> Option<holdfast_model::LockedFile> {
        let own = archive(entry.resolved.as_deref(), entry.integrity.as_deref());
        if own.is_some() || !entry.in_bundle {
            return own;
        }
        let mut above = path;
        for _ in 0..LEVELS {
            let position = above.rfind(MODULES)?;
            above = above.get(..position.saturating_sub(1))?;
            let bundler = self.by_path.get(above)?;
            if !bundler.in_bundle {
                return archive(bundler.resolved.as_deref(), bundler.integrity.as_deref());
            }
        }
        None
    }
}

/// The name of the package at a path.
fn name_of<'e>(path: &'e str, entry: &'e Entry<'_>) -> &'e str {
    if let Some(name) = &entry.name {
        return name;
    }
    match path.rfind(MODULES) {
        Some(position) => path.get(position + MODULES.len()..).unwrap_or(path),
        None => path.rsplit('/').next().unwrap_or(path),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    /// Optional, or wanted only of one who installs it anyway.
    IfThere,
}

/// What an entry asks for, with the ranges.
fn asked<'e, 'a>(
    entry: &'e Entry<'a>,
    development: bool,
) -> impl Iterator<Item = (&'e Text<'a>, &'e Text<'a>, Need)> {
    let kinds = [
        (Some(&entry.dependencies), Need::Required),
        (
            Some(&entry.dev_dependencies).filter(|_| development),
            Need::Required,
        ),
        (Some(&entry.optional_dependencies), Need::IfThere),
        (Some(&entry.peer_dependencies), Need::IfThere),
    ];
    kinds.into_iter().flat_map(|(pairs, need)| {
        pairs
            .into_iter()
            .flat_map(|pairs| pairs.iter())
            .map(move |(name, range)| (name, range, need))
    })
}

impl<'de: 'a, 'a> Deserialize<'de> for Licence<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Licence<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a licence")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Licence(Some(Text(text.into()))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Licence(Some(Text(text.to_owned().into()))))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Licence(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Licence(None))
            }

            fn visit_seq<S: serde::de::SeqAccess<'de>>(
                self,
                mut sequence: S,
            ) -> Result<Self::Value, S::Error> {
                while sequence.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                Ok(Licence(None))
            }

            fn visit_map<M: serde::de::MapAccess<'de>>(
                self,
                mut map: M,
            ) -> Result<Self::Value, M::Error> {
                while map
                    .next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?
                    .is_some()
                {}
                Ok(Licence(None))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
