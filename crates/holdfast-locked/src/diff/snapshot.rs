//! What differs between two captures of what is installed, or between a capture and a lock.
//!
//! A lock says less than a capture: what only one of the sides can say is not compared.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{
    Capture, CapturedPackage, LockSource, Locked, LockedPackage, PackageId, Platform,
};

use crate::freshness::{Applies, Machines};
use crate::graph::is_same_version;

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub enum Snapshot<'a> {
    /// What was installed.
    Captured(&'a Capture),
    /// What is locked.
    Locked(&'a Locked),
}

/// What differs between two sides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnapshotDiff {
    /// What is not a package, sorted by name: name, value before, value after.
    pub settings: Vec<(String, Option<String>, Option<String>)>,
    /// Packages that only the second side has, sorted.
    pub added: Vec<SnapshotPackage>,
    /// Packages that only the first side has, sorted.
    pub removed: Vec<SnapshotPackage>,
    /// Packages that both have and that differ: before and after; sorted.
    pub changed: Vec<(SnapshotPackage, SnapshotPackage, Vec<&'static str>)>,
}

/// A package of one side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotPackage {
    /// Its package URL without a version.
    pub purl: String,
    /// Its package URL with its version.
    pub versioned: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Whether a person asked for it, where that can be told.
    pub direct: Option<bool>,
}

/// A package with what is compared of it.
struct Entry {
    package: SnapshotPackage,
    /// The digests that its files may have; empty where they are not known.
    digests: BTreeSet<String>,
    origin: Origin,
}

/// Where a package comes from, as far as that can be compared.
enum Origin {
    Index,
    /// An address, with the commit of a repository.
    Address(String, Option<String>),
    /// Not compared.
    Other,
}

/// Compares two sides; packages are matched by their package URLs.
pub fn diff_snapshots(before: Snapshot<'_>, after: Snapshot<'_>) -> SnapshotDiff {
    let mut diff = SnapshotDiff {
        settings: settings(before, after),
        ..SnapshotDiff::default()
    };
    let mut old = entries(before, after);
    let mut new = entries(after, before);
    let names: BTreeSet<String> = old.keys().chain(new.keys()).cloned().collect();
    for name in names {
        match (old.remove(&name), new.remove(&name)) {
            (Some(before), Some(after)) => {
                let also = also(&before, &after);
                let is_same = match (&before.package.version, &after.package.version) {
                    (Some(before), Some(after)) => is_same_version(before, after),
                    (before, after) => before == after,
                };
                if !is_same {
                    // other files come with another version
                    let also = also.into_iter().filter(|what| *what != "files");
                    let entry = (before.package, after.package, also.collect());
                    diff.changed.push(entry);
                } else if !also.is_empty() {
                    diff.changed.push((before.package, after.package, also));
                }
            }
            (Some(before), None) => diff.removed.push(before.package),
            (None, Some(after)) if !is_unasked(&after, before) => diff.added.push(after.package),
            (None, _) => {}
        }
    }
    if matches!(after, Snapshot::Locked(_)) {
        diff.removed.retain(|package| !is_seed(&package.name));
    }
    diff
}

/// What comes with every environment is no addition to a lock.
fn is_unasked(entry: &Entry, before: Snapshot<'_>) -> bool {
    matches!(before, Snapshot::Locked(_)) && is_seed(&entry.package.name)
}

fn is_seed(name: &str) -> bool {
    PackageId::pypi(name).is_seed()
}

fn also(before: &Entry, after: &Entry) -> Vec<&'static str> {
    let mut also = Vec::new();
    let are_known = !before.digests.is_empty() && !after.digests.is_empty();
    if are_known && before.digests.is_disjoint(&after.digests) {
        also.push("files");
    }
    let differs = match (&before.origin, &after.origin) {
        (Origin::Other, _) | (_, Origin::Other) | (Origin::Index, Origin::Index) => false,
        (Origin::Index, Origin::Address(..)) | (Origin::Address(..), Origin::Index) => true,
        (Origin::Address(left, one), Origin::Address(right, other)) => {
            match (one, other) {
                // the same repository may be named in several ways
                (Some(one), Some(other)) => one != other,
                (None, _) | (_, None) => left != right,
            }
        }
    };
    if differs {
        also.push("source");
    }
    also
}

fn entries(side: Snapshot<'_>, other: Snapshot<'_>) -> BTreeMap<String, Entry> {
    let with_key = |entry: Entry| (entry.package.purl.clone(), entry);
    match side {
        Snapshot::Captured(capture) => {
            let mut found: BTreeMap<String, Entry> = capture
                .packages
                .iter()
                .map(|package| with_key(captured(package, other)))
                .collect();
            if let (Snapshot::Captured(other), Some(packages)) = (other, &capture.system.packages)
                && other.system.packages.is_some()
            {
                found.extend(packages.iter().map(|package| {
                    with_key(Entry {
                        package: SnapshotPackage {
                            purl: unversioned(&package.purl, true),
                            versioned: package.purl.clone(),
                            name: format!("{}:{}", package.name, package.architecture),
                            version: Some(package.version.clone()),
                            direct: None,
                        },
                        digests: BTreeSet::new(),
                        origin: Origin::Other,
                    })
                }));
            }
            found
        }
        Snapshot::Locked(locked) => {
            let machines = match other {
                Snapshot::Captured(capture) => machines(capture),
                Snapshot::Locked(_) => Machines::unknown(),
            };
            let mut found: BTreeMap<String, Entry> = BTreeMap::new();
            for package in &locked.packages {
                let applies = machines.applies(package.marker.as_deref());
                let entry = self::locked(package);
                // of several entries of a package those that apply here come first
                let is_new = !found.contains_key(&entry.package.purl);
                if applies == Applies::Somewhere || (applies == Applies::Unknown && is_new) {
                    found.insert(entry.package.purl.clone(), entry);
                }
            }
            found
        }
    }
}

fn machines(capture: &Capture) -> Machines {
    let interpreter = &capture.interpreter;
    let platform: Option<Platform> = capture
        .system
        .platform
        .as_deref()
        .and_then(|platform| platform.parse().ok());
    match (platform, &interpreter.version) {
        (Some(platform), Some(version)) => {
            let implementation = interpreter.implementation.as_deref().unwrap_or("cpython");
            Machines::on(platform, version, implementation)
        }
        _ => Machines::unknown(),
    }
}

fn captured(package: &CapturedPackage, other: Snapshot<'_>) -> Entry {
    let origin = match &package.source {
        None => Origin::Index,
        // installers that are given a file of an index by its address say so
        Some(source) if is_file_of(other, &source.url) => Origin::Index,
        Some(source) => Origin::Address(source.url.clone(), source.commit.clone()),
    };
    Entry {
        package: SnapshotPackage {
            purl: unversioned(&package.purl, false),
            versioned: package.purl.clone(),
            name: package.name.clone(),
            version: Some(package.version.clone()),
            direct: package.direct,
        },
        digests: package.digest.iter().cloned().collect(),
        origin,
    }
}

fn is_file_of(side: Snapshot<'_>, url: &str) -> bool {
    match side {
        Snapshot::Captured(_) => false,
        Snapshot::Locked(locked) => locked
            .packages
            .iter()
            .filter(|package| matches!(package.source, LockSource::Registry { .. }))
            .flat_map(|package| &package.files)
            .any(|file| file.url.as_deref() == Some(url)),
    }
}

fn locked(package: &LockedPackage) -> Entry {
    Entry {
        package: SnapshotPackage {
            purl: package.package.purl(None),
            versioned: package.purl(),
            name: package.package.name().to_owned(),
            version: package.version.clone(),
            direct: package.direct,
        },
        digests: package
            .files
            .iter()
            .filter_map(|file| file.contents.as_ref())
            .map(ToString::to_string)
            .collect(),
        origin: match &package.source {
            LockSource::Registry { .. } => Origin::Index,
            LockSource::Vcs { url, commit, .. } => Origin::Address(url.clone(), commit.clone()),
            LockSource::Archive { .. } | LockSource::Directory { .. } => Origin::Other,
        },
    }
}

/// A package URL without its version; qualifiers stay where they tell one package from another.
fn unversioned(purl: &str, with_qualifiers: bool) -> String {
    let (path, qualifiers) = match purl.split_once('?') {
        Some((path, qualifiers)) => (path, Some(qualifiers)),
        None => (purl, None),
    };
    let path = path.rsplit_once('@').map_or(path, |(path, _)| path);
    match qualifiers.filter(|_| with_qualifiers) {
        Some(qualifiers) => format!("{path}?{qualifiers}"),
        None => path.to_owned(),
    }
}

fn settings(
    before: Snapshot<'_>,
    after: Snapshot<'_>,
) -> Vec<(String, Option<String>, Option<String>)> {
    let is_locked = |side: Snapshot<'_>| matches!(side, Snapshot::Locked(_));
    let only_common = is_locked(before) || is_locked(after);
    let old = values(before);
    let new = values(after);
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter(|name| !only_common || (old.contains_key(*name) && new.contains_key(*name)))
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| (name.clone(), old.get(name).cloned(), new.get(name).cloned()))
        .collect()
}

fn values(side: Snapshot<'_>) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut set = |name: String, value: Option<&String>| {
        values.extend(value.map(|value| (name, value.clone())));
    };
    match side {
        Snapshot::Locked(locked) => {
            if let Some(metadata) = &locked.holdfast {
                set("python".to_owned(), Some(&metadata.python));
                set("implementation".to_owned(), Some(&metadata.implementation));
            }
        }
        Snapshot::Captured(capture) => {
            let interpreter = &capture.interpreter;
            set("python".to_owned(), interpreter.version.as_ref());
            set(
                "implementation".to_owned(),
                interpreter.implementation.as_ref(),
            );
            set("platform".to_owned(), capture.system.platform.as_ref());
            set(
                "distribution".to_owned(),
                capture.system.distribution.as_ref(),
            );
            if let Some(native) = &capture.native {
                set("NVIDIA driver".to_owned(), native.driver.as_ref());
                for (number, gpu) in native.gpus.iter().enumerate() {
                    set(format!("GPU {number}"), Some(&gpu.name));
                }
                for need in &native.unmet {
                    // one file may lack several
                    let name = format!("library {} of {}", need.library, need.file);
                    let lacks = need.version.clone().unwrap_or_else(|| "missing".to_owned());
                    set(name, Some(&lacks));
                }
            }
            for (name, value) in &capture.variables {
                set(format!("variable {name}"), Some(value));
            }
            for deviation in &capture.deviations {
                set(format!("file {}", deviation.path), Some(&deviation.what));
            }
            for code in &capture.start_up {
                let what = code.line.clone().unwrap_or_else(|| "imported".to_owned());
                set(format!("at start {}", code.path), Some(&what));
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use holdfast_model::{CapturedInterpreter, CapturedSystem, SystemPackage};

    use super::*;
    use crate::graph::tests::lock;

    fn package(name: &str, version: &str, digest: &str) -> CapturedPackage {
        CapturedPackage {
            purl: PackageId::pypi(name).purl(Some(version)),
            name: name.to_owned(),
            version: version.to_owned(),
            licence: None,
            direct: None,
            source: None,
            files: 1,
            bytes: 1,
            digest: Some(format!("sha256:{}", digest.repeat(32))),
        }
    }

    fn captured(packages: Vec<CapturedPackage>) -> Capture {
        Capture {
            schema: Capture::SCHEMA.to_owned(),
            holdfast: "0".to_owned(),
            captured: "2026-11-21T00:00:00Z".parse().unwrap(),
            root: ".venv".to_owned(),
            interpreter: CapturedInterpreter {
                implementation: Some("cpython".to_owned()),
                version: Some("3.11.7".to_owned()),
                executable: None,
            },
            packages,
            deviations: Vec::new(),
            start_up: Vec::new(),
            native: None,
            system: CapturedSystem {
                platform: Some("linux-x86_64-glibc2.36".to_owned()),
                distribution: None,
                packages: None,
            },
            variables: BTreeMap::new(),
            not_seen: Vec::new(),
        }
    }

    fn texts(diff: &SnapshotDiff) -> Vec<String> {
        let named = |package: &SnapshotPackage| {
            format!(
                "{} {}",
                package.name,
                package.version.as_deref().unwrap_or("-")
            )
        };
        let added = diff.added.iter().map(|it| format!("+ {}", named(it)));
        let removed = diff.removed.iter().map(|it| format!("- {}", named(it)));
        let changed = diff.changed.iter().map(|(before, after, also)| {
            format!("~ {} {} {}", named(before), named(after), also.join(" "))
        });
        let settings = diff.settings.iter().map(|(name, before, after)| {
            let or_dash = |text: &Option<String>| text.clone().unwrap_or("-".to_owned());
            format!("{name}: {} {}", or_dash(before), or_dash(after))
        });
        added
            .chain(removed)
            .chain(changed)
            .chain(settings)
            .collect()
    }

    #[test]
    fn two_captures_are_compared_to_the_file() {
        let before = captured(vec![
            package("numpy", "1.26.4", "aa"),
            package("six", "1.16", "aa"),
            package("gone", "1", "aa"),
        ]);
        let mut after = captured(vec![
            package("numpy", "2.0.0", "bb"),
            package("six", "1.16.0", "bb"),
            package("pip", "23", "aa"),
        ]);
        after.interpreter.version = Some("3.11.9".to_owned());
        after
            .variables
            .insert("LD_PRELOAD".to_owned(), "/x.so".to_owned());
        assert_eq!(
            texts(&diff_snapshots(
                Snapshot::Captured(&before),
                Snapshot::Captured(&after)
            )),
            [
                "+ pip 23",
                "- gone 1",
                "~ numpy 1.26.4 numpy 2.0.0 ",
                "~ six 1.16 six 1.16.0 files",
                "python: 3.11.7 3.11.9",
                "variable LD_PRELOAD: - /x.so",
            ]
        );
        let same = diff_snapshots(Snapshot::Captured(&after), Snapshot::Captured(&after));
        assert_eq!(same, SnapshotDiff::default());
    }

    #[test]
    fn a_capture_is_compared_with_what_applies_of_a_lock() {
        let mut locked = lock("numpy==1.26.4\ncolorama==1\nsix==1");
        for package in &mut locked.packages {
            if package.package.name() == "colorama" {
                package.marker = Some("sys_platform == 'win32'".to_owned());
            }
        }
        let mut there = captured(vec![
            package("numpy", "1.26.4", "aa"),
            package("pip", "23", "aa"),
            package("evil", "1", "aa"),
        ]);
        there.variables.insert("TZ".to_owned(), "UTC".to_owned());
        let forth = diff_snapshots(Snapshot::Locked(&locked), Snapshot::Captured(&there));
        assert_eq!(texts(&forth), ["+ evil 1", "- six 1"]);
        let back = diff_snapshots(Snapshot::Captured(&there), Snapshot::Locked(&locked));
        assert_eq!(texts(&back), ["+ six 1", "- evil 1"]);
    }

    #[test]
    fn system_packages_are_compared_where_both_have_them() {
        let with = |version: &str| {
            let mut capture = captured(Vec::new());
            capture.system.packages = Some(vec![SystemPackage {
                purl: format!("pkg:deb/debian/libgomp1@{version}?arch=amd64"),
                name: "libgomp1".to_owned(),
                version: version.to_owned(),
                architecture: "amd64".to_owned(),
            }]);
            capture
        };
        let diff = diff_snapshots(
            Snapshot::Captured(&with("12")),
            Snapshot::Captured(&with("13")),
        );
        assert_eq!(texts(&diff), ["~ libgomp1:amd64 12 libgomp1:amd64 13 "]);
        assert_eq!(diff.changed[0].0.purl, "pkg:deb/debian/libgomp1?arch=amd64");
        let without = captured(Vec::new());
        let diff = diff_snapshots(
            Snapshot::Captured(&with("12")),
            Snapshot::Captured(&without),
        );
        assert_eq!(texts(&diff), [""; 0]);
    }
}
