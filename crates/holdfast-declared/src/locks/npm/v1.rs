//! Lockfile version 1: packages nested under the one in whose `node_modules` they lie.

use std::collections::{BTreeSet, HashMap};

use holdfast_model::{Ecosystem, LockSource, LockedPackage, PackageId};
use serde::Deserialize;

use super::{Flags, archive, registry_of, source_of};
use crate::locks::collect::{self, Packages, edge};
use crate::locks::source::Source;
use crate::locks::tree::{Pairs, Text};

#[derive(Deserialize)]
pub(crate) struct Entry<'a> {
    #[serde(borrow)]
    pub(crate) version: Option<Text<'a>>,
    #[serde(borrow)]
    resolved: Option<Text<'a>>,
    #[serde(borrow)]
    integrity: Option<Text<'a>>,
    #[serde(default)]
    bundled: bool,
    #[serde(default)]
    dev: bool,
    #[serde(default)]
    optional: bool,
    #[serde(borrow, default)]
    requires: Requires<'a>,
    #[serde(borrow, default)]
    dependencies: Pairs<'a, Entry<'a>>,
}

/// What a package requires; old files have `true` or `false` here.
#[derive(Default)]
struct Requires<'a>(Pairs<'a, Text<'a>>);

/// The `node_modules` that a package sees: its own, and those above.
struct Scope<'s, 'a> {
    entries: HashMap<&'s str, &'s Entry<'a>>,
    above: Option<&'s Scope<'s, 'a>>,
}

impl<'s, 'a> Scope<'s, 'a> {
    fn new(entries: &'s Pairs<'a, Entry<'a>>, above: Option<&'s Self>) -> Self {
        Self {
            entries: entries
                .iter()
                .map(|(name, entry)| (&**name, entry))
                .collect(),
            above,
        }
    }

    fn find(&self, name: &str) -> Option<&'s Entry<'a>> {
        let here = self.entries.get(name).copied();
        here.or_else(|| self.above.and_then(|above| above.find(name)))
    }
}

/// The packages of a lock, in the order of the file.
pub(super) fn packages(entries: &Pairs<'_, Entry<'_>>, source: &Source<'_>) -> Vec<LockedPackage> {
    let mut packages = Packages::default();
    let top = Scope::new(entries, None);
    walk(entries, &top, None, &mut |read| packages.add(read), source);
    packages.finish(&BTreeSet::new())
}

/// Depth is bounded by that of the JSON, which is limited.
fn walk(
    entries: &Pairs<'_, Entry<'_>>,
    scope: &Scope<'_, '_>,
    bundler: Option<&Entry<'_>>,
    add: &mut impl FnMut(LockedPackage),
    source: &Source<'_>,
) {
    for (name, entry) in entries.iter() {
        let inner = Scope::new(&entry.dependencies, Some(scope));
        let bundler = bundler.filter(|_| entry.bundled);
        add(read(name, entry, &inner, bundler, source));
        walk(
            &entry.dependencies,
            &inner,
            Some(bundler.unwrap_or(entry)),
            add,
            source,
        );
    }
}

/// The package that an entry stands for: an alias has the real name in its version.
fn identity<'e>(name: &'e str, entry: &'e Entry<'_>) -> (&'e str, Option<&'e str>) {
    let version = entry.version.as_deref();
    match version.and_then(|version| version.strip_prefix("npm:")) {
        Some(alias) => match alias.rsplit_once('@').filter(|(name, _)| !name.is_empty()) {
            Some((name, version)) => (name, Some(version)),
            None => (alias, None),
        },
        None => (name, version),
    }
}

fn read(
    name: &Text<'_>,
    entry: &Entry<'_>,
    scope: &Scope<'_, '_>,
    bundler: Option<&Entry<'_>>,
    source: &Source<'_>,
) -> LockedPackage {
    let (real, version) = identity(name, entry);
    let mut read = collect::package(PackageId::new(Ecosystem::Npm, real), source.of(name));
    let resolved = entry.resolved.as_deref();
    match version.and_then(source_of) {
        // an address instead of a version
        Some(from) => read.source = from,
        None => {
            read.version = version.map(str::to_owned);
            read.source = LockSource::Registry {
                index: resolved.and_then(|resolved| registry_of(resolved, real)),
            };
        }
    }
    let own = archive(resolved.or(version), entry.integrity.as_deref());
    // what is bundled lies in the archive of the package that bundles it
    let bundle = || bundler.and_then(|it| archive(it.resolved.as_deref(), it.integrity.as_deref()));
    read.files.extend(own.or_else(bundle));
    read.groups = Flags {
        dev: entry.dev,
        optional: entry.optional,
        ..Flags::default()
    }
    .groups();
    for (wanted, range) in entry.requires.0.iter() {
        let Some(found) = scope.find(wanted) else {
            continue;
        };
        let (real, version) = identity(wanted, found);
        // what an edge leads to is repeated for each, so its length is limited
        let Some(real) = collect::name(real) else {
            continue;
        };
        let mut edge = edge(PackageId::new(Ecosystem::Npm, &real));
        edge.version = version
            .filter(|version| source_of(version).is_none())
            .and_then(collect::name);
        edge.specifier = Some(range.to_text());
        read.dependencies.push(edge);
    }
    read
}

impl<'de: 'a, 'a> Deserialize<'de> for Requires<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Requires<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a table of ranges")
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Requires::default())
            }

            fn visit_map<M: serde::de::MapAccess<'de>>(
                self,
                map: M,
            ) -> Result<Self::Value, M::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                Pairs::deserialize(map).map(Requires)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
