//! What changed from one lock to another, and what has to move together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use holdfast_model::{LockMetadata, Locked, LockedPackage, PackageId, WheelFilename};
use pep440_rs::{Version, VersionSpecifiers};

use super::Candidate;
use super::order::units;

/// The changes between two locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The changes: the interpreter first, then packages by name.
    pub changes: Vec<Change>,
    /// What has to move together.
    pub needs: Vec<Need>,
    units: Vec<BTreeSet<usize>>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What changed.
    pub subject: Subject,
    /// The version before; absent where it is new.
    pub before: Option<String>,
    /// The version after; absent where it is gone.
    pub after: Option<String>,
}

/// What can change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The interpreter.
    Interpreter,
    /// A package.
    Package(PackageId),
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interpreter => formatter.write_str("python"),
            Self::Package(package) => formatter.write_str(package.name()),
        }
    }
}

/// A change that another needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The change, by its place.
    pub change: usize,
    /// The change that has to come along.
    pub needs: usize,
    /// Why, in one line.
    pub because: String,
}

impl Changes {
    /// What differs between two locks that would be installed otherwise. Where the locks record no
    /// edges, nothing is known of what has to move together.
    pub fn between(before: &Locked, after: &Locked) -> Self {
        let changes = changes(before, after);
        let needs = Needs {
            before: &by_name(before),
            after: &by_name(after),
            places: changes
                .iter()
                .enumerate()
                .map(|(place, change)| (&change.subject, place))
                .collect(),
            needs: Vec::new(),
        }
        .of(&changes);
        Self::new(changes, needs)
    }

    pub(super) fn new(changes: Vec<Change>, mut needs: Vec<Need>) -> Self {
        needs.sort();
        needs.dedup_by(|later, first| (later.change, later.needs) == (first.change, first.needs));
        let units = units(changes.len(), &needs);
        Self {
            changes,
            needs,
            units,
        }
    }

    /// The changes in groups that need each other, each group after those that it needs.
    pub fn units(&self) -> &[BTreeSet<usize>] {
        &self.units
    }

    /// All changes.
    pub fn all(&self) -> Candidate {
        (0..self.changes.len()).collect()
    }

    /// These changes with all that they need.
    pub fn closed(&self, changes: impl IntoIterator<Item = usize>) -> Candidate {
        let mut closed = Candidate::new();
        let mut next: Vec<usize> = changes.into_iter().collect();
        while let Some(change) = next.pop() {
            if closed.insert(change) {
                let needed = self.needs.iter().filter(|need| need.change == change);
                next.extend(needed.map(|need| need.needs));
            }
        }
        closed
    }
}

type ByName<'a> = BTreeMap<&'a PackageId, Vec<&'a LockedPackage>>;

fn by_name(locked: &Locked) -> ByName<'_> {
    locked.by_package()
}

fn changes(before: &Locked, after: &Locked) -> Vec<Change> {
    let mut changes = Vec::new();
    let python = |locked: &Locked| {
        let metadata: Option<&LockMetadata> = locked.holdfast.as_ref();
        metadata.map(|metadata| metadata.python.clone())
    };
    if let (Some(before), Some(after)) = (python(before), python(after))
        && before != after
    {
        changes.push(Change {
            subject: Subject::Interpreter,
            before: Some(before),
            after: Some(after),
        });
    }
    let (before, after) = (by_name(before), by_name(after));
    let names: BTreeSet<&PackageId> = before.keys().chain(after.keys()).copied().collect();
    for name in names {
        let none = Vec::new();
        let old = before.get(name).unwrap_or(&none);
        let new = after.get(name).unwrap_or(&none);
        if !is_same(old, new) {
            changes.push(Change {
                subject: Subject::Package(name.clone()),
                before: versions(old),
                after: versions(new),
            });
        }
    }
    changes
}

/// The version of a package; several where the lock forks.
fn versions(packages: &[&LockedPackage]) -> Option<String> {
    let versions: BTreeSet<&str> = packages
        .iter()
        .map(|package| package.version.as_deref().unwrap_or("?"))
        .collect();
    let versions: Vec<&str> = versions.into_iter().collect();
    (!versions.is_empty()).then(|| versions.join(", "))
}

/// Whether the same would be installed of a package.
fn is_same(before: &[&LockedPackage], after: &[&LockedPackage]) -> bool {
    before.len() == after.len()
        && before.iter().all(|old| {
            after.iter().any(|new| {
                old.version == new.version
                    && old.marker == new.marker
                    && old.source == new.source
                    && has_same_files(old, new)
            })
        })
}

/// Whether files of one name are one file, and there is one that both have, if there are any.
fn has_same_files(before: &LockedPackage, after: &LockedPackage) -> bool {
    if before.files.is_empty() && after.files.is_empty() {
        return true;
    }
    let mut common = before.files.iter().filter_map(|old| {
        let new = after.files.iter().find(|new| new.name == old.name)?;
        Some(old.sha256() == new.sha256())
    });
    let first = common.next();
    first.unwrap_or(false) && common.all(|same| same)
}

struct Needs<'a> {
    before: &'a ByName<'a>,
    after: &'a ByName<'a>,
    places: BTreeMap<&'a Subject, usize>,
    needs: Vec<Need>,
}

impl Needs<'_> {
    fn of(mut self, changes: &[Change]) -> Vec<Need> {
        for (place, change) in changes.iter().enumerate() {
            match &change.subject {
                Subject::Interpreter => self.of_interpreter(place, change),
                Subject::Package(package) => self.of_package(place, package),
            }
        }
        self.needs
    }

    /// What a package of the second lock asks of those of the first, and what packages of the first
    /// lock ask of those that move.
    fn of_package(&mut self, place: usize, package: &PackageId) {
        for new in self.after.get(package).into_iter().flatten() {
            for edge in &new.dependencies {
                let Some(needed) = self.place(&edge.package) else {
                    continue;
                };
                let there = self.before.get(&edge.package);
                if !admits(edge.specifier.as_deref(), there) {
                    let what = asked(new, &edge.package, edge.specifier.as_deref());
                    self.add(place, needed, what);
                }
            }
        }
        for old in self.before.get(package).into_iter().flatten() {
            for edge in &old.dependencies {
                let Some(moving) = self.place(&edge.package) else {
                    continue;
                };
                let there = self.after.get(&edge.package);
                if !admits(edge.specifier.as_deref(), there) {
                    // the one that is asked for cannot move while this one stays
                    let what = asked(old, &edge.package, edge.specifier.as_deref());
                    self.add(moving, place, what);
                }
            }
        }
    }

    /// With another minor version of the interpreter, what was compiled for the first does not load.
    fn of_interpreter(&mut self, place: usize, change: &Change) {
        let minors = (
            minor(change.before.as_deref()),
            minor(change.after.as_deref()),
        );
        let (Some(before), Some(after)) = minors else {
            return;
        };
        let packages: Vec<(usize, PackageId)> = self
            .places
            .iter()
            .filter_map(|(subject, place)| match subject {
                Subject::Package(package) => Some((*place, package.clone())),
                Subject::Interpreter => None,
            })
            .collect();
        for (other, package) in packages {
            let old = self.before.get(&package);
            let new = self.after.get(&package);
            for (packages, minor, change, needs) in
                [(old, after, place, other), (new, before, other, place)]
            {
                if let Some(version) = without_wheel_for(packages, minor) {
                    let what = format!(
                        "{} {version} has no wheel for Python 3.{minor}",
                        package.name()
                    );
                    self.add(change, needs, what);
                }
            }
        }
    }

    fn place(&self, package: &PackageId) -> Option<usize> {
        self.places.get(&Subject::Package(package.clone())).copied()
    }

    fn add(&mut self, change: usize, needs: usize, because: String) {
        if change != needs {
            self.needs.push(Need {
                change,
                needs,
                because,
            });
        }
    }
}

/// `scipy 1.10.1 needs numpy<1.27`.
fn asked(package: &LockedPackage, needed: &PackageId, specifier: Option<&str>) -> String {
    let version = package.version.as_deref().unwrap_or_default();
    let space = if version.is_empty() { "" } else { " " };
    format!(
        "{}{space}{version} needs {}{}",
        package.package.name(),
        needed.name(),
        specifier.unwrap_or_default()
    )
}

/// Whether what is there satisfies a range. What cannot be read is taken to: installing will tell.
fn admits(specifier: Option<&str>, there: Option<&Vec<&LockedPackage>>) -> bool {
    let Some(there) = there else {
        return false;
    };
    let Some(Ok(specifiers)) = specifier.map(str::parse::<VersionSpecifiers>) else {
        return true;
    };
    there.iter().all(|package| {
        let version = package.version.as_deref();
        let version = version.and_then(|version| version.parse::<Version>().ok());
        version.is_none_or(|version| specifiers.contains(&version))
    })
}

/// The minor version of Python 3.
fn minor(version: Option<&str>) -> Option<u8> {
    version?.strip_prefix("3.")?.split('.').next()?.parse().ok()
}

/// The version of a package that has wheels, and none for CPython 3.`minor`.
fn without_wheel_for(packages: Option<&Vec<&LockedPackage>>, minor: u8) -> Option<String> {
    let package = packages?.iter().find(|package| {
        let mut wheels = package
            .files
            .iter()
            .filter_map(|file| file.name.parse::<WheelFilename>().ok())
            .peekable();
        wheels.peek().is_some() && wheels.all(|wheel| !wheel.is_for_python(minor))
    })?;
    Some(package.version.clone().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// A name, its version, and the name and range of each dependency.
    type Package<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

    fn lock(python: &str, packages: &[Package<'_>]) -> Locked {
        let mut text =
            "lock-version = \"1.0\"\nrequires-python = \"==3.11.*\"\ncreated-by = \"holdfast\"\n\n"
                .to_owned();
        for (name, version, needs) in packages {
            let wheel = format!("{name}-{version}-{}-linux_x86_64.whl", tag(name, python));
            let hash = format!("{name}{version}")
                .bytes()
                .fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
            let hash = format!("{hash:0<64}");
            let _ = write!(
                text,
                "[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\nindex = \"https://i.example/simple\"\n"
            );
            let edges: Vec<String> = needs
                .iter()
                .map(|(name, _)| format!("{{ name = \"{name}\" }}"))
                .collect();
            let _ = writeln!(text, "dependencies = [{}]", edges.join(", "));
            let _ = write!(
                text,
                "\n[[packages.wheels]]\nname = \"{wheel}\"\nurl = \"https://i.example/{wheel}\"\nhashes = {{ sha256 = \"{}\" }}\n\n",
                &hash[..64]
            );
        }
        let _ = write!(
            text,
            "[tool.holdfast]\nversion = 1\nenvironment = \"serve\"\npython = \"{python}\"\nimplementation = \"cpython\"\nplatforms = [\"linux-x86_64-glibc2.28\"]\ndeclarations = \"sha256:{}\"\nuv = \"0.8.0\"\n",
            "0".repeat(64)
        );
        let mut locked = holdfast_locked::read(text.as_bytes(), "pylock.serve.toml").unwrap();
        for package in &mut locked.packages {
            let (_, _, needs) = packages
                .iter()
                .find(|(name, ..)| *name == package.package.name())
                .unwrap();
            for edge in &mut package.dependencies {
                let (_, range) = needs
                    .iter()
                    .find(|(name, _)| *name == edge.package.name())
                    .unwrap();
                edge.specifier = Some((*range).to_owned());
            }
        }
        locked
    }

    fn tag(name: &str, python: &str) -> String {
        if name == "pure" {
            return "py3-none".to_owned();
        }
        let minor = minor(Some(python)).unwrap();
        format!("cp3{minor}-cp3{minor}")
    }

    fn told(changes: &Changes) -> Vec<String> {
        let name = |place: usize| changes.changes[place].subject.to_string();
        let mut told: Vec<String> = changes
            .changes
            .iter()
            .map(|it| {
                format!(
                    "{} {:?} {:?}",
                    it.subject,
                    it.before.as_deref(),
                    it.after.as_deref()
                )
            })
            .collect();
        told.extend(changes.needs.iter().map(|it| {
            format!(
                "{} with {}: {}",
                name(it.change),
                name(it.needs),
                it.because
            )
        }));
        told
    }

    #[test]
    fn what_is_new_gone_or_another_version_is_a_change_and_ranges_say_what_moves_together() {
        let before = lock(
            "3.11.7",
            &[
                ("numpy", "1.26.4", &[]),
                ("old", "1.0", &[]),
                ("same", "1.0", &[("numpy", ">=1.20")]),
                ("scipy", "1.10.1", &[("numpy", "<1.27"), ("old", "")]),
            ],
        );
        let after = lock(
            "3.11.7",
            &[
                ("new", "3.0", &[]),
                ("numpy", "2.0.0", &[]),
                ("same", "1.0", &[("numpy", ">=1.20")]),
                ("scipy", "1.13.0", &[("numpy", ">=1.22"), ("new", ">=3")]),
            ],
        );
        assert_eq!(
            told(&Changes::between(&before, &after)),
            [
                "new None Some(\"3.0\")",
                "numpy Some(\"1.26.4\") Some(\"2.0.0\")",
                "old Some(\"1.0\") None",
                "scipy Some(\"1.10.1\") Some(\"1.13.0\")",
                "numpy with scipy: scipy 1.10.1 needs numpy<1.27",
                "old with scipy: scipy 1.10.1 needs old",
                "scipy with new: scipy 1.13.0 needs new>=3",
            ]
        );
    }

    #[test]
    fn a_patch_of_the_interpreter_is_a_change_of_its_own() {
        let before = lock("3.11.7", &[("numpy", "1.26.4", &[]), ("pure", "1.0", &[])]);
        let after = lock("3.11.9", &[("numpy", "1.26.4", &[]), ("pure", "1.1", &[])]);
        assert_eq!(
            told(&Changes::between(&before, &after)),
            [
                "python Some(\"3.11.7\") Some(\"3.11.9\")",
                "pure Some(\"1.0\") Some(\"1.1\")"
            ]
        );
    }

    #[test]
    fn with_another_minor_version_what_is_compiled_moves_along() {
        let before = lock("3.11.7", &[("numpy", "1.26.4", &[]), ("pure", "1.0", &[])]);
        let after = lock("3.12.1", &[("numpy", "1.26.5", &[]), ("pure", "1.1", &[])]);
        assert_eq!(
            told(&Changes::between(&before, &after)),
            [
                "python Some(\"3.11.7\") Some(\"3.12.1\")",
                "numpy Some(\"1.26.4\") Some(\"1.26.5\")",
                "pure Some(\"1.0\") Some(\"1.1\")",
                "python with numpy: numpy 1.26.4 has no wheel for Python 3.12",
                "numpy with python: numpy 1.26.5 has no wheel for Python 3.11",
            ]
        );
        let units = Changes::between(&before, &after).units().to_vec();
        assert_eq!(units, [BTreeSet::from([0, 1]), BTreeSet::from([2])]);
    }

    #[test]
    fn another_file_of_the_same_version_is_a_change() {
        let before = lock("3.11.7", &[("pure", "1.0", &[])]);
        let mut after = before.clone();
        assert!(Changes::between(&before, &after).changes.is_empty());
        after.packages[0].files[0].hashes = lock("3.11.7", &[("pure", "9.9", &[])]).packages[0]
            .files[0]
            .hashes
            .clone();
        assert_eq!(Changes::between(&before, &after).changes.len(), 1);
    }
}
