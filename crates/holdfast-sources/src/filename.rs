//! Which version of which project a file name of an index is.

use holdfast_model::{PackageId, WheelFilename};
use pep440_rs::Version;

/// Endings of source archives: those of PEP 625 and before.
const SOURCE_ARCHIVES: [&str; 4] = [".tar.gz", ".zip", ".tgz", ".tar.bz2"];

/// The version, where `name` is a wheel or a source archive of `package`; nothing for anything else.
pub(crate) fn version_of(name: &str, package: &PackageId) -> Option<Version> {
    if has_ending(name, ".whl") {
        let wheel: WheelFilename = name.parse().ok()?;
        return (PackageId::pypi(&wheel.name) == *package)
            .then(|| wheel.version.parse().ok())
            .flatten();
    }
    let stem = SOURCE_ARCHIVES
        .iter()
        .find(|ending| has_ending(name, ending))
        .and_then(|ending| name.get(..name.len() - ending.len()))?;
    // old names and versions have dashes of their own, so each dash may be the one between
    stem.match_indices('-').find_map(|(dash, _)| {
        let (project, version) = (stem.get(..dash)?, stem.get(dash + 1..)?);
        (PackageId::pypi(project) == *package)
            .then(|| version.parse().ok())
            .flatten()
    })
}

/// The package of a wheel's or a source archive's name, as far as the name tells.
pub(crate) fn wheel_identity(name: &str) -> Option<(PackageId, Version)> {
    let wheel: WheelFilename = name.parse().ok()?;
    Some((PackageId::pypi(&wheel.name), wheel.version.parse().ok()?))
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.len() > ending.len()
        && name
            .get(name.len() - ending.len()..)
            .is_some_and(|last| last.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(name: &str, package: &str) -> Option<String> {
        version_of(name, &PackageId::pypi(package)).map(|version| version.to_string())
    }

    #[test]
    fn wheels_and_source_archives_tell_their_version() {
        for (name, package, expected) in [
            ("numpy-1.26.4-cp311-cp311-win_amd64.whl", "numpy", "1.26.4"),
            (
                "torch-2.3.0+cu121-cp311-cp311-linux_x86_64.whl",
                "torch",
                "2.3.0+cu121",
            ),
            ("scikit_learn-1.4.0.tar.gz", "scikit-learn", "1.4.0"),
            ("scikit-learn-0.24.2.tar.gz", "scikit-learn", "0.24.2"),
            ("zope.interface-5.0.zip", "zope-interface", "5.0"),
            ("foo-1.0-1.tar.bz2", "foo", "1.0.post1"),
            ("Foo-1.0RC1.TGZ", "foo", "1.0rc1"),
        ] {
            assert_eq!(version(name, package).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn files_that_are_neither_or_of_another_project_are_skipped() {
        for (name, package) in [
            ("foo-1.0.exe", "foo"),
            ("foo-1.0-py2.7.egg", "foo"),
            ("foo.tar.gz", "foo"),
            ("foo-bar-1.0.tar.gz", "foo"),
            ("foo-1.0-py3-none-any.whl", "bar"),
            ("foo-nonsense-py3-none-any.whl", "foo"),
            (".whl", "foo"),
            ("é.whl", "foo"),
        ] {
            assert_eq!(version(name, package), None, "{name}");
        }
    }
}
