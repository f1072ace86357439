//! Licences and edges from the metadata of wheels, where the lock has none.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use holdfast_model::{
    Declared, Dependency, Ecosystem, LockFormat, LockedFile, LockedPackage, PackageId,
};
use pep508_rs::{MarkerTree, Requirement, VerbatimUrl, VersionOrUrl};

use super::markers::decide;

/// What a wheel's metadata says of its package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// The licence.
    pub licence: Option<String>,
    /// The requirements, as written (`Requires-Dist`).
    pub requires: Vec<String>,
    /// Size of the wheel in bytes.
    pub size: Option<u64>,
}

/// The wheel whose metadata stands for a package.
pub fn representative(package: &LockedPackage) -> Option<&LockedFile> {
    let is_pypi = package.package.ecosystem() == Ecosystem::Pypi;
    let mut files = package.files.iter().filter(|_| is_pypi);
    files.find(|file| file.is_wheel() && file.sha256().is_some() && file.url.is_some())
}

/// Adds what is known of the packages, by the SHA-256 (hexadecimal) of their wheels. Edges are added
/// to locks of formats that have none; `declared` says which extras people asked for.
pub fn describe(
    packages: &mut [LockedPackage],
    format: LockFormat,
    known: &BTreeMap<String, Description>,
    declared: Option<&Declared>,
) {
    let described: Vec<Option<(&Description, Vec<Asked>)>> = packages
        .iter()
        .map(|package| {
            let hash = representative(package)?.sha256()?;
            let description = known.get(hash.hex())?;
            let asked = description.requires.iter().filter_map(|text| asked(text));
            Some((description, asked.collect()))
        })
        .collect();
    let lacks_edges = matches!(format, LockFormat::Pipenv | LockFormat::Requirements);
    let locked: BTreeSet<PackageId> = packages.iter().map(|it| it.package.clone()).collect();
    let extras = asked_extras(&described, declared);
    for (package, described) in packages.iter_mut().zip(&described) {
        let Some((description, asked)) = described else {
            continue;
        };
        package.licence = package
            .licence
            .take()
            .or_else(|| description.licence.clone());
        add_size(package, description);
        if lacks_edges {
            let own = extras.get(&package.package);
            package.dependencies = edges(asked, &locked, own);
        } else {
            add_ranges(package, asked);
        }
    }
}

/// One requirement of a wheel.
struct Asked {
    package: PackageId,
    extras: Vec<String>,
    specifier: Option<String>,
    marker: MarkerTree,
}

fn asked(text: &str) -> Option<Asked> {
    const LONGEST: usize = 4096;
    const DEEPEST: usize = 64;
    // the parser recurses
    if text.len() > LONGEST || text.matches('(').count() > DEEPEST {
        return None;
    }
    let requirement = Requirement::<VerbatimUrl>::from_str(text).ok()?;
    let specifier = match &requirement.version_or_url {
        Some(VersionOrUrl::VersionSpecifier(specifiers)) => {
            let parts: Vec<String> = specifiers.iter().map(ToString::to_string).collect();
            Some(parts.join(",")).filter(|text| !text.is_empty())
        }
        Some(VersionOrUrl::Url(_)) | None => None,
    };
    Some(Asked {
        package: PackageId::pypi(requirement.name.as_ref()),
        extras: requirement.extras.iter().map(ToString::to_string).collect(),
        specifier,
        marker: requirement.marker,
    })
}

/// The extras of each package that a person or another package asks for.
fn asked_extras(
    described: &[Option<(&Description, Vec<Asked>)>],
    declared: Option<&Declared>,
) -> BTreeMap<PackageId, BTreeSet<String>> {
    let mut extras: BTreeMap<PackageId, BTreeSet<String>> = BTreeMap::new();
    for requirement in declared.into_iter().flat_map(|it| &it.requirements) {
        let own = extras.entry(requirement.package.clone()).or_default();
        own.extend(requirement.extras.iter().cloned());
    }
    for asked in described.iter().flatten().flat_map(|(_, asked)| asked) {
        let own = extras.entry(asked.package.clone()).or_default();
        own.extend(asked.extras.iter().cloned());
    }
    extras
}

/// The edges to what is locked. An edge under an extra counts where somebody asks for it.
fn edges(
    asked: &[Asked],
    locked: &BTreeSet<PackageId>,
    extras: Option<&BTreeSet<String>>,
) -> Vec<Dependency> {
    let mut edges: Vec<Dependency> = asked
        .iter()
        .filter(|asked| locked.contains(&asked.package))
        .filter_map(|asked| {
            let is_asked = |name: &str| extras.is_some_and(|extras| extras.contains(name));
            let marker = decide(&asked.marker, &is_asked);
            if marker.is_false() {
                return None;
            }
            Some(Dependency {
                package: asked.package.clone(),
                version: None,
                marker: marker.try_to_string(),
                specifier: asked.specifier.clone(),
            })
        })
        .collect();
    edges.sort();
    edges.dedup();
    edges
}

/// The ranges of edges that have none.
fn add_ranges(package: &mut LockedPackage, asked: &[Asked]) {
    for edge in &mut package.dependencies {
        if edge.specifier.is_none() && edge.package.ecosystem() == Ecosystem::Pypi {
            // several ranges under several markers: which one is meant cannot be told
            let found: BTreeSet<&Option<String>> = asked
                .iter()
                .filter(|asked| asked.package == edge.package)
                .map(|asked| &asked.specifier)
                .collect();
            edge.specifier = match found.len() {
                1 => found.into_iter().next().cloned().flatten(),
                _ => None,
            };
        }
    }
}

fn add_size(package: &mut LockedPackage, description: &Description) {
    let Some(hash) = representative(package)
        .and_then(LockedFile::sha256)
        .cloned()
    else {
        return;
    };
    for file in &mut package.files {
        if file.sha256() == Some(&hash) {
            file.size = file.size.or(description.size);
        }
    }
}
