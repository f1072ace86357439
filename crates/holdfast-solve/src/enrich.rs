//! What the wheels' own metadata adds to a solution: licences, sizes and the ranges of the edges.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use holdfast_model::{LockedFile, LockedPackage, PackageId};
use holdfast_uv::Machines;
use pep508_rs::{Requirement, VerbatimUrl, VersionOrUrl};

use crate::collaborators::Details;

/// The wheel whose metadata stands for the package: the first of its files that is a wheel.
pub(crate) fn wheel(package: &LockedPackage) -> Option<&LockedFile> {
    package
        .files
        .iter()
        .find(|file| file.is_wheel() && file.sha256().is_some())
}

/// Adds what is known of a package.
pub(crate) fn enrich(
    package: &mut LockedPackage,
    details: &BTreeMap<String, Details>,
    machines: Option<&Machines>,
) {
    let known = wheel(package)
        .and_then(LockedFile::sha256)
        .and_then(|digest| details.get(digest.hex()));
    let Some(known) = known else { return };
    package.licence.clone_from(&known.licence);
    let requires = ranges(&known.requires, machines);
    for dependency in &mut package.dependencies {
        dependency.specifier = requires.get(&dependency.package).cloned();
    }
    if let Some(size) = known.size
        && let Some(digest) = wheel(package).and_then(LockedFile::sha256).cloned()
    {
        for file in &mut package.files {
            if file.sha256() == Some(&digest) {
                file.size = file.size.or(Some(size));
            }
        }
    }
}

/// The range that is asked for of each package on these machines.
///
/// Wheels ask for a package more than once, under different markers: `numpy>=1.26` before some Python
/// and `numpy>=2.3.3` from it on. Where what holds here cannot be told, nothing is said.
fn ranges(requires: &[String], machines: Option<&Machines>) -> BTreeMap<PackageId, String> {
    let mut here: BTreeMap<PackageId, BTreeSet<String>> = BTreeMap::new();
    let mut elsewhere: BTreeMap<PackageId, BTreeSet<String>> = BTreeMap::new();
    for (package, specifier, marker) in requires.iter().filter_map(|text| asked_for(text)) {
        let holds = match (&marker, machines) {
            (Some(marker), Some(machines)) => machines.admit(marker),
            (Some(_), None) => false,
            (None, _) => true,
        };
        let by_package = if holds { &mut here } else { &mut elsewhere };
        by_package.entry(package).or_default().insert(specifier);
    }
    for (package, specifiers) in elsewhere {
        // an edge that nothing here asks for was brought in by an extra
        here.entry(package).or_insert(specifiers);
    }
    here.into_iter()
        .filter_map(|(package, specifiers)| {
            let mut specifiers = specifiers.into_iter();
            match (specifiers.next(), specifiers.next()) {
                (Some(only), None) if !only.is_empty() => Some((package, only)),
                _ => None,
            }
        })
        .collect()
}

/// Reads one `Requires-Dist`: the package, its specifiers and its marker.
pub(crate) fn asked_for(text: &str) -> Option<(PackageId, String, Option<String>)> {
    let requirement = Requirement::<VerbatimUrl>::from_str(text).ok()?;
    let specifier = match &requirement.version_or_url {
        Some(VersionOrUrl::VersionSpecifier(specifiers)) => specifiers
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(","),
        Some(VersionOrUrl::Url(_)) | None => String::new(),
    };
    let marker = requirement
        .marker
        .contents()
        .map(|contents| contents.to_string());
    Some((
        PackageId::pypi(requirement.name.as_ref()),
        specifier,
        marker,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_of_a_wheel_is_taken_apart() {
        let (package, specifier, marker) =
            asked_for("NumPy (<1.27,>=1.21) ; python_version < '3.12'").unwrap();
        assert_eq!(package, PackageId::pypi("numpy"));
        assert_eq!(specifier, ">=1.21,<1.27");
        assert!(marker.is_some());
        assert_eq!(asked_for("not a requirement !"), None);
    }

    #[test]
    fn of_several_ranges_the_one_that_holds_here_is_taken() {
        let machines = Machines::new(11, &["linux-x86_64".parse().unwrap()]).unwrap();
        let requires = [
            "numpy>=1.26.0; python_version < '3.14'",
            "numpy>=2.3.3; python_version >= '3.14'",
            "pyarrow>=13; extra == 'parquet'",
            "rich>=12; sys_platform == 'linux'",
            "rich>=13; platform_machine == 'x86_64'",
            "six",
        ]
        .map(str::to_owned);
        let found = ranges(&requires, Some(&machines));
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(package, range)| (package.name(), range.as_str()))
            .collect();
        assert_eq!(found, [("numpy", ">=1.26.0"), ("pyarrow", ">=13")]);
    }
}
