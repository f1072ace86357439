//! Putting packages together: entries of one package and version become one package.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{
    Dependency, Digest, Location, LockGroups, LockSource, LockedFile, LockedPackage, PackageId,
};

use super::tree::Text;
use crate::strip_credentials;

/// The group of what a project always needs, whatever the format calls it.
pub(super) const MAIN: &str = "main";

/// A package with nothing known but where it stands.
pub(super) fn package(package: PackageId, location: Location) -> LockedPackage {
    LockedPackage {
        package,
        version: None,
        marker: None,
        requires_python: None,
        source: LockSource::Registry { index: None },
        files: Vec::new(),
        dependencies: Vec::new(),
        direct: None,
        licence: None,
        groups: Vec::new(),
        attestations: Vec::new(),
        location,
    }
}

/// An edge with nothing known but its target.
pub(super) fn edge(package: PackageId) -> Dependency {
    Dependency {
        package,
        version: None,
        marker: None,
        specifier: None,
    }
}

/// A file with nothing known but its name.
pub(super) fn file(name: impl Into<String>) -> LockedFile {
    LockedFile {
        name: name.into(),
        url: None,
        size: None,
        upload_time: None,
        hashes: Vec::new(),
        contents: None,
    }
}

/// The file at an address.
pub(super) fn file_at(url: &str) -> LockedFile {
    let mut found = file(file_name(url));
    found.url = Some(strip_credentials(url));
    found
}

/// The last part of an address or path, without query and fragment, decoded.
pub(super) fn file_name(url: &str) -> String {
    // one character at a time, which the standard library searches for many bytes at once
    let path = url.split_once('#').map_or(url, |(path, _)| path);
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let name = name.rsplit_once('\\').map_or(name, |(_, name)| name);
    if name.contains('%') {
        decode_percent(name)
    } else {
        name.to_owned()
    }
}

fn decode_percent(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|digits| {
            let digits = str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        match code.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// `sha256:…` as a digest. A hash that is none is left out, so that the file counts as one without.
pub(super) fn digest(text: &str) -> Option<Digest> {
    text.parse().ok()
}

/// A time as an index gives it.
pub(super) fn time(text: Option<&Text<'_>>) -> Option<jiff::Timestamp> {
    text.and_then(|time| time.parse().ok())
}

/// Packages by what identifies them, in the order of the file.
#[derive(Default)]
pub(super) struct Packages {
    list: Vec<LockedPackage>,
    /// Markers of each package's entries; nothing where one of them has none.
    markers: Vec<Option<BTreeSet<String>>>,
    positions: BTreeMap<(PackageId, Option<String>, LockSource), usize>,
}

impl Packages {
    /// Adds an entry to the package that it belongs to.
    pub(super) fn add(&mut self, mut package: LockedPackage) {
        let marker = package.marker.take();
        self.add_for(package, marker.map(|marker| BTreeSet::from([marker])));
    }

    /// Adds an entry that holds under any of several markers, or always.
    pub(super) fn add_for(&mut self, package: LockedPackage, holds: Option<BTreeSet<String>>) {
        let identity = (
            package.package.clone(),
            package.version.clone(),
            package.source.clone(),
        );
        let position = *self.positions.entry(identity).or_insert(self.list.len());
        match (self.list.get_mut(position), self.markers.get_mut(position)) {
            (Some(known), Some(markers)) => {
                merge(known, package);
                match (markers.as_mut(), holds) {
                    (Some(markers), Some(holds)) => markers.extend(holds),
                    _ => *markers = None,
                }
            }
            _ => {
                self.list.push(package);
                self.markers.push(holds);
            }
        }
    }

    /// The packages, each with its lists sorted and without repetition. A package whose entries
    /// cover all of `everywhere` has no marker.
    pub(super) fn finish(mut self, everywhere: &BTreeSet<String>) -> Vec<LockedPackage> {
        for (package, markers) in self.list.iter_mut().zip(self.markers) {
            package.marker = markers
                .filter(|markers| markers != everywhere)
                .map(|markers| any_of(&markers));
            tidy(package);
        }
        self.list
    }
}

/// What two entries of one package say together.
fn merge(known: &mut LockedPackage, other: LockedPackage) {
    known.files.extend(other.files);
    known.dependencies.extend(other.dependencies);
    known.groups.extend(other.groups);
    known.direct = match (known.direct, other.direct) {
        (None, None) => None,
        (left, right) => Some(left.unwrap_or_default() || right.unwrap_or_default()),
    };
    known.licence = known.licence.take().or(other.licence);
    known.requires_python = known.requires_python.take().or(other.requires_python);
}

/// Sorts what is promised sorted.
pub(super) fn tidy(package: &mut LockedPackage) {
    for file in &mut package.files {
        file.hashes.sort();
        file.hashes.dedup();
    }
    package
        .files
        .sort_by(|left, right| (&left.name, &left.url).cmp(&(&right.name, &right.url)));
    package.files.dedup();
    package.dependencies.sort();
    package.dependencies.dedup();
    package.groups.sort();
    package.groups.dedup();
}

/// A marker that holds where any of `markers` does.
pub(super) fn any_of(markers: &BTreeSet<String>) -> String {
    let several = markers.len() > 1;
    let written: Vec<String> = markers
        .iter()
        .map(|marker| {
            if several {
                enclosed(marker)
            } else {
                marker.clone()
            }
        })
        .collect();
    written.join(" or ")
}

/// A marker that holds where both do.
fn all_of(left: &str, right: &str) -> String {
    format!("{} and {}", enclosed(left), enclosed(right))
}

fn enclosed(marker: &str) -> String {
    if marker.contains(" and ") || marker.contains(" or ") {
        format!("({marker})")
    } else {
        marker.to_owned()
    }
}

/// The longest name of an extra, a group or an environment. Such names are repeated for every package
/// that they concern, which a hostile lock could use to fill the memory.
const NAME_LIMIT: usize = 255;

/// The name of an extra, a group or an environment; nothing for what cannot be one.
pub(super) fn name(text: &str) -> Option<String> {
    (text.len() <= NAME_LIMIT).then(|| text.to_owned())
}

/// The marker of an edge that holds under an extra only.
pub(super) fn under_extra(marker: Option<&str>, extra: &str) -> Option<String> {
    let by_extra = name(extra).map(|extra| format!("extra == '{extra}'"));
    match (marker, by_extra) {
        (Some(marker), Some(by_extra)) => Some(all_of(marker, &by_extra)),
        (marker, by_extra) => by_extra.or_else(|| marker.map(str::to_owned)),
    }
}

/// The extras and groups of a lock.
pub(super) fn groups(extras: Vec<String>, dependency_groups: Vec<String>) -> LockGroups {
    LockGroups {
        extras,
        dependency_groups,
        default_groups: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_decoded() {
        assert_eq!(
            file_name("https://host/whl/torch-2.3.0%2Bcu121-cp311-cp311-linux_x86_64.whl#sha256=1"),
            "torch-2.3.0+cu121-cp311-cp311-linux_x86_64.whl"
        );
        assert_eq!(file_name("./links/a%zz.whl"), "a%zz.whl");
        assert_eq!(file_name("a%F"), "a%F");
    }

    #[test]
    fn entries_of_one_package_become_one() {
        let mut packages = Packages::default();
        let mut linux = package(PackageId::pypi("six"), Location::new("l", 1, 1));
        linux.marker = Some("sys_platform == 'linux'".to_owned());
        linux.groups = vec!["main".to_owned()];
        let mut windows = linux.clone();
        windows.marker = Some("sys_platform == 'win32' and extra == 'x'".to_owned());
        windows.groups = vec!["dev".to_owned()];
        packages.add(linux);
        packages.add(windows);
        let packages = packages.finish(&BTreeSet::new());
        assert_eq!(packages.len(), 1);
        assert_eq!(
            packages[0].marker.as_deref(),
            Some("sys_platform == 'linux' or (sys_platform == 'win32' and extra == 'x')")
        );
        assert_eq!(packages[0].groups, ["dev", "main"]);
    }
}
