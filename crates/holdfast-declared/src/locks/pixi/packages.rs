//! The packages of a `pixi.lock`, each with the environments and platforms that have it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use holdfast_model::{Dependency, Ecosystem, LockSource, LockedFile, LockedPackage, PackageId};

use super::{Lock, Package, Reference};
use crate::locks::collect::{self, Packages, edge, file, file_at, package};
use crate::locks::conda_lock::hashes;
use crate::locks::source::Source;
use crate::locks::tree::Text;
use crate::locks::{conda, specifier};
use crate::strip_credentials;

/// What kind of package, and where it lies: what references name it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Place<'l> {
    Conda(&'l str),
    CondaSource(&'l str),
    Pypi(&'l str),
}

/// The environments and platforms that have a package, by their numbers.
#[derive(Default)]
struct Use {
    environments: BTreeSet<usize>,
    platforms: BTreeSet<usize>,
}

pub(super) fn read(
    lock: &Lock<'_>,
    everywhere: &BTreeSet<String>,
    source: &Source<'_>,
) -> Vec<LockedPackage> {
    let mut platforms: Vec<&str> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut uses: HashMap<Place<'_>, Use> = HashMap::new();
    for (number, (_, environment)) in lock.environments.iter().enumerate() {
        for (platform, references) in environment.packages.iter() {
            let platform = *numbers.entry(&**platform).or_insert_with(|| {
                platforms.push(lock.subdir(platform));
                platforms.len() - 1
            });
            for place in references.iter().filter_map(Place::of_reference) {
                let found = uses.entry(place).or_default();
                found.environments.insert(number);
                found.platforms.insert(platform);
            }
        }
    }
    let targets = Targets::new(lock);
    let markers: Vec<Option<String>> = platforms.iter().map(|it| conda::marker(it)).collect();
    let mut packages = Packages::default();
    for written in &lock.packages {
        let Some(place) = Place::of_package(written) else {
            continue;
        };
        let Some(mut read) = read_package(written, place, lock, source) else {
            continue;
        };
        read.dependencies = targets.edges(written);
        let holds = match uses.get(&place) {
            Some(used) => {
                let names = used
                    .environments
                    .iter()
                    .filter_map(|it| lock.environments.get(*it));
                read.groups = names.filter_map(|(name, _)| collect::name(name)).collect();
                // a platform without a marker: told everywhere rather than nowhere
                used.platforms
                    .iter()
                    .map(|it| markers.get(*it).cloned().flatten())
                    .collect()
            }
            None => written
                .subdir
                .as_deref()
                .and_then(conda::marker)
                .map(|marker| BTreeSet::from([marker])),
        };
        packages.add_for(read, holds);
    }
    packages.finish(everywhere)
}

impl<'l> Place<'l> {
    fn of_reference(reference: &'l Reference<'_>) -> Option<Self> {
        let conda = reference.conda.as_deref().map(Place::Conda);
        let pypi = reference.pypi.as_deref().map(Place::Pypi);
        let built = reference.conda_source.as_deref().map(Place::CondaSource);
        conda.or(pypi).or(built)
    }

    fn of_package(package: &'l Package<'_>) -> Option<Self> {
        if let Some(kind) = package.kind.as_deref() {
            let place = package.url.as_deref().or(package.path.as_deref())?;
            return Some(if kind == "pypi" {
                Place::Pypi(place)
            } else {
                Place::Conda(place)
            });
        }
        let conda = package.conda.as_deref().map(Place::Conda);
        let pypi = package.pypi.as_deref().map(Place::Pypi);
        let built = package.conda_source.as_deref().map(Place::CondaSource);
        conda.or(pypi).or(built)
    }
}

/// The text that says where a package is listed.
fn anchor<'p, 'a>(written: &'p Package<'a>) -> Option<&'p Text<'a>> {
    [
        &written.conda,
        &written.pypi,
        &written.conda_source,
        &written.name,
        &written.url,
    ]
    .into_iter()
    .flatten()
    .next()
}

/// The package; nothing for the project whose lock it is, and for what has no name.
fn read_package(
    written: &Package<'_>,
    place: Place<'_>,
    lock: &Lock<'_>,
    source: &Source<'_>,
) -> Option<LockedPackage> {
    let location = source.of(anchor(written)?);
    let mut read = match place {
        Place::Conda(url) => {
            let name = collect::file_name(url);
            let from_name = conda::name_and_version(&name);
            let name = written
                .name
                .as_deref()
                .or(from_name.map(|(name, _)| name))?;
            let mut read = package(PackageId::new(Ecosystem::Conda, name), location);
            let version = written.version.as_deref();
            let version = version.or(from_name.map(|(_, version)| version));
            read.version = version.map(str::to_owned);
            if conda::is_archive(url) {
                read.source = conda::channel(url);
                read.files.push(with_hashes(conda::file(url), written));
            } else {
                read.source = local(url, false);
            }
            read
        }
        Place::CondaSource(selector) => {
            // `name[hash] @ path`
            let (name, path) = selector.split_once(" @ ").unwrap_or((selector, ""));
            let name = name.split('[').next().unwrap_or(name);
            let mut read = package(PackageId::new(Ecosystem::Conda, name), location);
            read.version = written.version.as_ref().map(Text::to_text);
            read.source = local(path, false);
            read
        }
        Place::Pypi(url) => {
            if matches!(url, "." | "./") {
                return None;
            }
            let mut read = package(PackageId::pypi(written.name.as_deref()?), location);
            read.version = written.version.as_ref().map(Text::to_text);
            read.requires_python = written.requires_python.as_ref().map(Text::to_text);
            read_pypi(&mut read, url, written, lock);
            read
        }
    };
    read.licence = written.license.as_ref().map(Text::to_text);
    Some(read)
}

fn read_pypi(read: &mut LockedPackage, url: &str, written: &Package<'_>, lock: &Lock<'_>) {
    let is_archive = [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"]
        .iter()
        .any(|extension| collect::file_name(url).ends_with(extension));
    if !is_archive {
        read.source = local(url, written.editable);
        return;
    }
    if !url.contains("://") {
        read.source = LockSource::Archive {
            url: url.to_owned(),
        };
        read.files
            .push(with_hashes(file(collect::file_name(url)), written));
        return;
    }
    let mut indexes = lock.environments.iter().flat_map(|(_, it)| &it.indexes);
    let only = indexes
        .next()
        .filter(|first| indexes.all(|it| it == *first));
    let index = written.index.as_ref().or(only);
    read.source = LockSource::Registry {
        index: index
            .and_then(|index| collect::name(index))
            .map(|index| strip_credentials(&index)),
    };
    read.files.push(with_hashes(file_at(url), written));
}

/// A directory, or a commit of a repository.
fn local(place: &str, editable: bool) -> LockSource {
    if let Some(address) = place.strip_prefix("git+") {
        let (address, commit) = match address.split_once('#') {
            Some((address, commit)) => (address, Some(commit.to_owned())),
            None => (address, None),
        };
        let repository = address.split('?').next().unwrap_or(address);
        return LockSource::Vcs {
            system: "git".to_owned(),
            url: strip_credentials(repository),
            commit,
        };
    }
    if place.contains("://") {
        return LockSource::Archive {
            url: strip_credentials(place),
        };
    }
    LockSource::Directory {
        path: place.to_owned(),
        editable,
    }
}

fn with_hashes(mut file: LockedFile, written: &Package<'_>) -> LockedFile {
    file.hashes = hashes(written.md5.as_ref(), written.sha256.as_ref());
    file.size = written.size;
    file
}

/// What dependencies may lead to.
struct Targets<'l> {
    pypi: HashSet<PackageId>,
    /// Conda packages that provide one of PyPI, as their `purls` say or their names.
    conda: BTreeMap<PackageId, &'l str>,
}

impl<'l> Targets<'l> {
    fn new(lock: &'l Lock<'_>) -> Self {
        let mut pypi = HashSet::new();
        let mut conda = BTreeMap::new();
        for package in &lock.packages {
            match (Place::of_package(package), package.name.as_deref()) {
                (Some(Place::Pypi(_)), Some(name)) => {
                    pypi.insert(PackageId::pypi(name));
                }
                (Some(Place::Conda(url)), name) => {
                    let from_url = url.rsplit('/').next().and_then(conda::name_and_version);
                    let Some(name) = name.or(from_url.map(|(name, _)| name)) else {
                        continue;
                    };
                    conda.entry(PackageId::pypi(name)).or_insert(name);
                    for provided in package.provided() {
                        conda.insert(PackageId::pypi(&provided), name);
                    }
                }
                _ => {}
            }
        }
        Self { pypi, conda }
    }

    fn edges(&self, written: &Package<'_>) -> Vec<Dependency> {
        let of_conda = written.depends.iter().filter_map(|text| {
            let (name, specifier) = text.split_once(' ').unwrap_or((text, ""));
            conda::dependency(name, specifier)
        });
        let of_pypi = written.requires_dist.iter().filter_map(|text| {
            let dependency = specifier::dependency(text)?;
            if self.pypi.contains(&dependency.package) {
                return Some(dependency);
            }
            let provider = self.conda.get(&dependency.package);
            if let Some(provider) = provider.and_then(|name| collect::name(name)) {
                let mut found = edge(PackageId::new(Ecosystem::Conda, &provider));
                found.marker = dependency.marker;
                found.specifier = dependency.specifier;
                return Some(found);
            }
            // an extra that nobody asked for is not part of the lock
            let by_extra = dependency
                .marker
                .as_deref()
                .is_some_and(|it| it.contains("extra"));
            (!by_extra).then_some(dependency)
        });
        of_conda.chain(of_pypi).collect()
    }
}
