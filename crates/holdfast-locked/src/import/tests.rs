//! Conversions of whole locks.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{
    Dependency, Digest, Ecosystem, HashAlgorithm, Location, LockFormat, LockGroups, LockSource,
    Locked, LockedFile, LockedPackage, PackageId,
};

use super::*;

mod files;

fn package(name: &str) -> LockedPackage {
    LockedPackage {
        package: PackageId::pypi(name),
        version: Some("1.0".to_owned()),
        marker: None,
        requires_python: None,
        source: LockSource::Registry { index: None },
        files: Vec::new(),
        dependencies: Vec::new(),
        direct: None,
        licence: None,
        groups: Vec::new(),
        attestations: Vec::new(),
        location: Location::start_of("a.lock"),
    }
}

fn lock(format: LockFormat, packages: Vec<LockedPackage>) -> Locked {
    Locked {
        file: "a.lock".to_owned(),
        format,
        created_by: "a".to_owned(),
        requires_python: None,
        environments: Vec::new(),
        groups: LockGroups::default(),
        holdfast: None,
        packages,
    }
}

fn condition(pairs: &[(&str, &str)]) -> Condition {
    pairs
        .iter()
        .map(|(name, marker)| {
            let marker = (!marker.is_empty()).then(|| (*marker).to_owned());
            ((*name).to_owned(), marker)
        })
        .collect()
}

fn digest(number: u8) -> Digest {
    Digest::sha256(&[number; 32])
}

fn file(name: &str, number: u8) -> LockedFile {
    LockedFile {
        name: name.to_owned(),
        url: None,
        size: None,
        upload_time: None,
        contents: None,
        hashes: vec![digest(number)],
    }
}

fn listed(name: &str, number: u8) -> LockedFile {
    LockedFile {
        url: Some(format!("https://files.example/{name}")),
        size: Some(7),
        upload_time: "2024-01-01T00:00:00Z".parse().ok(),
        ..file(name, number)
    }
}

fn listing(index: &str, files: Vec<LockedFile>) -> Listing {
    Listing {
        index: index.to_owned(),
        files,
    }
}

/// Marker of each package that is taken, by name; an empty one where it is always installed.
fn markers(taken: &Taken) -> BTreeMap<String, String> {
    let packages = taken.packages.iter();
    packages
        .map(|package| {
            let marker = package.marker.clone().unwrap_or_default();
            (package.package.name().to_owned(), marker)
        })
        .collect()
}

fn by_name(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, marker)| ((*name).to_owned(), (*marker).to_owned()))
        .collect()
}

/// A lock with a group and an extra, as uv or Poetry have them.
fn grouped() -> (Locked, Vec<Condition>) {
    let names = ["both", "dev-only", "fast", "forked", "main-only", "nobody"];
    let mut locked = lock(LockFormat::Uv, names.map(package).into());
    locked.groups = LockGroups {
        extras: vec!["fast".to_owned()],
        dependency_groups: vec!["dev".to_owned()],
        default_groups: Vec::new(),
    };
    let conditions = vec![
        condition(&[("main", "os_name == 'nt'"), ("dev", "")]),
        condition(&[("dev", "sys_platform == 'linux'")]),
        condition(&[("fast", ""), ("dev", "")]),
        condition(&[("main", "extra != 'extra-3-app-fast'"), ("fast", "")]),
        condition(&[("main", "")]),
        condition(&[]),
    ];
    (locked, conditions)
}

#[test]
fn everything_leaves_groups_a_choice() {
    let (locked, conditions) = grouped();
    let taken = take(&locked, &conditions, Take::Everything).unwrap();
    assert_eq!(
        markers(&taken),
        by_name(&[
            ("both", "os_name == 'nt' or 'dev' in dependency_groups"),
            (
                "dev-only",
                "'dev' in dependency_groups and sys_platform == 'linux'"
            ),
            ("fast", "'dev' in dependency_groups or 'fast' in extras"),
            ("forked", ""),
            ("main-only", ""),
        ])
    );
    assert_eq!(taken.groups, locked.groups);
    assert_eq!(taken.packages[1].groups, ["dev"]);
}

#[test]
fn one_selection_has_no_choices() {
    let (locked, conditions) = grouped();
    let only = |names: &[&str]| {
        let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        take(&locked, &conditions, Take::Only(&names)).unwrap()
    };
    let main = only(&[MAIN]);
    assert_eq!(
        markers(&main),
        by_name(&[
            ("both", "os_name == 'nt'"),
            ("forked", ""),
            ("main-only", "")
        ])
    );
    assert_eq!(main.groups, LockGroups::default());
    assert_eq!(
        main.left_out,
        BTreeMap::from([("dev".to_owned(), 2), ("fast".to_owned(), 1)])
    );
    assert_eq!(
        markers(&only(&["main", "dev"])),
        by_name(&[
            ("both", ""),
            ("dev-only", "sys_platform == 'linux'"),
            ("fast", ""),
            ("forked", ""),
            ("main-only", ""),
        ])
    );
    assert_eq!(
        markers(&only(&["fast"])),
        by_name(&[("fast", ""), ("forked", "")])
    );
}

#[test]
fn a_group_that_is_not_there_is_an_error() {
    let (locked, conditions) = grouped();
    let names = BTreeSet::from(["tests".to_owned()]);
    let error = take(&locked, &conditions, Take::Only(&names)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`a.lock` has no group `tests`: there are `dev`, `fast`, `main`"
    );
}

#[test]
fn a_lock_without_what_is_always_needed_is_said_to_have_none() {
    let locked = lock(LockFormat::Pixi, vec![package("x")]);
    let conditions = [condition(&[("cuda", "")])];
    let names = BTreeSet::from([MAIN.to_owned()]);
    let error = take(&locked, &conditions, Take::Only(&names)).unwrap_err();
    assert!(error.to_string().contains("there are `cuda`"), "{error}");
}

#[test]
fn what_npm_calls_optional_is_no_choice() {
    let mut react = package("x");
    react.package = PackageId::new(Ecosystem::Npm, "react");
    let mut jest = react.clone();
    jest.package = PackageId::new(Ecosystem::Npm, "jest");
    let locked = lock(LockFormat::Npm, vec![react, jest]);
    let conditions = [condition(&[("optional", "")]), condition(&[("dev", "")])];
    let taken = take(&locked, &conditions, Take::Everything).unwrap();
    assert_eq!(
        markers(&taken),
        by_name(&[("react", ""), ("jest", "'dev' in dependency_groups")])
    );
    assert_eq!(taken.groups.dependency_groups, ["dev"]);
    let names = BTreeSet::from([MAIN.to_owned()]);
    let taken = take(&locked, &conditions, Take::Only(&names)).unwrap();
    assert_eq!(markers(&taken), by_name(&[("react", "")]));
}

#[test]
fn a_standard_lock_is_taken_as_it_is_or_decided() {
    let mut one = package("one");
    one.marker = Some("'dev' in dependency_groups and os_name == 'nt'".to_owned());
    one.groups = vec!["dev".to_owned()];
    let mut locked = lock(LockFormat::Pylock, vec![one, package("two")]);
    locked.groups.dependency_groups = vec!["dev".to_owned()];
    let conditions = [
        condition(&[("dev", "'dev' in dependency_groups and os_name == 'nt'")]),
        condition(&[("main", "")]),
    ];
    let taken = take(&locked, &conditions, Take::Everything).unwrap();
    assert_eq!(taken.packages, locked.packages);
    for (names, expected) in [
        (&["main"][..], by_name(&[("two", "")])),
        (
            &["main", "dev"],
            by_name(&[("one", "os_name == 'nt'"), ("two", "")]),
        ),
    ] {
        let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let taken = take(&locked, &conditions, Take::Only(&names)).unwrap();
        assert_eq!(markers(&taken), expected);
    }
}

#[test]
fn what_cannot_be_written_is_named() {
    let mut vcs = package("vcs");
    vcs.source = LockSource::Vcs {
        system: "git".to_owned(),
        url: "https://host/r".to_owned(),
        commit: None,
    };
    let mut archive = package("archive");
    archive.source = LockSource::Archive {
        url: "https://host/a.zip".to_owned(),
    };
    let mut npm = package("react");
    npm.package = PackageId::new(Ecosystem::Npm, "react");
    let mut bare = package("bare");
    bare.files = vec![LockedFile {
        hashes: Vec::new(),
        ..file("bare-1.0.tar.gz", 0)
    }];
    let found = obstacles(&[vcs, archive, package("six"), npm, bare]);
    assert_eq!(
        found,
        [
            Obstacle::NoFile(PackageId::pypi("six")),
            Obstacle::NoCommit(PackageId::pypi("vcs")),
            Obstacle::NoHash(PackageId::pypi("archive")),
            Obstacle::NoHash(PackageId::pypi("bare")),
        ]
    );
}

#[test]
fn metadata_tells_licences_and_edges() {
    let wheel = |name: &str, number| {
        let mut package = package(name);
        package.files = vec![listed(&format!("{name}-1.0-py3-none-any.whl"), number)];
        package
    };
    let mut packages = vec![wheel("app", 1), wheel("fast", 2), wheel("slow", 3)];
    let description = |requires: &[&str]| Description {
        licence: Some("MIT".to_owned()),
        requires: requires.iter().map(|text| (*text).to_owned()).collect(),
        size: Some(9),
    };
    let known = BTreeMap::from([
        (
            digest(1).hex().to_owned(),
            description(&[
                "fast[speed]>=1,<2; python_version > '3.8'",
                "slow; extra == 'slow'",
                "absent",
                "not a requirement !",
            ]),
        ),
        (
            digest(2).hex().to_owned(),
            description(&["slow; extra == 'speed' and os_name == 'nt'"]),
        ),
    ]);
    let edge = |name: &str, marker: Option<&str>, specifier: Option<&str>| Dependency {
        package: PackageId::pypi(name),
        version: None,
        marker: marker.map(str::to_owned),
        specifier: specifier.map(str::to_owned),
    };
    describe(&mut packages, LockFormat::Pipenv, &known, None);
    assert_eq!(
        packages[0].dependencies,
        [edge(
            "fast",
            Some("python_full_version >= '3.9'"),
            Some(">=1,<2")
        )]
    );
    assert_eq!(
        packages[1].dependencies,
        [edge("slow", Some("os_name == 'nt'"), None)]
    );
    assert_eq!(packages[0].licence.as_deref(), Some("MIT"));
    assert_eq!(packages[0].files[0].size, Some(7));
    assert_eq!(packages[2].licence, None);

    packages[0].dependencies = vec![edge("fast", Some("os_name == 'x'"), None)];
    // two ranges of one package, under two markers
    packages[1].dependencies = vec![edge("slow", None, None)];
    let mut known = known;
    known.insert(
        digest(2).hex().to_owned(),
        description(&["slow<2; os_name == 'nt'", "slow>=2; os_name != 'nt'"]),
    );
    packages[0].licence = Some("BSD-3-Clause".to_owned());
    describe(&mut packages, LockFormat::Uv, &known, None);
    assert_eq!(
        packages[0].dependencies,
        [edge("fast", Some("os_name == 'x'"), Some(">=1,<2"))]
    );
    assert_eq!(packages[1].dependencies, [edge("slow", None, None)]);
    assert_eq!(packages[0].licence.as_deref(), Some("BSD-3-Clause"));
}

#[test]
fn what_is_taken_can_be_written_and_read() {
    let (mut locked, conditions) = grouped();
    for (number, package) in (0..).zip(&mut locked.packages) {
        let name = format!("{}-1.0.tar.gz", package.package);
        package.files = vec![listed(&name, number)];
    }
    let taken = take(&locked, &conditions, Take::Everything).unwrap();
    let made = Locked {
        packages: taken.packages,
        groups: taken.groups,
        format: LockFormat::Pylock,
        ..locked
    };
    let text = crate::write(&made);
    let read = crate::read(text.as_bytes(), "a.lock").unwrap();
    assert_eq!(read.groups, made.groups);
    assert_eq!(crate::write(&read), text);
}
