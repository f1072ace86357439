//! Which packages a person asked for, where the installer's record of it says nothing.
//!
//! `uv pip sync` installs what a file lists, and marks each package in it as requested. Where all of
//! them are, the packages' own requirements tell more.

use std::collections::BTreeSet;

use holdfast_model::{Ecosystem, InstalledPackage, PackageId};

use crate::place::Place;

/// Tools that make environments put these there.
const SEEDED: [&str; 3] = ["pip", "setuptools", "wheel"];

/// Where uv marked every package, those count as requested that no other installed one requires.
pub(crate) fn derive(packages: &mut [InstalledPackage], place: &Place) {
    let is_marked = |package: &&InstalledPackage| {
        package.direct == Some(true) && installer(package, place).as_deref() == Some("uv")
    };
    let judged = || packages.iter().filter(|package| is_judged(package));
    if judged().count() == 0 || !judged().all(|package| is_marked(&package)) {
        return;
    }
    let required: BTreeSet<PackageId> = packages
        .iter()
        .flat_map(|package| {
            let others = package.dependencies.iter();
            others.filter(|other| **other != package.package)
        })
        .cloned()
        .collect();
    for package in packages.iter_mut().filter(|package| is_judged(package)) {
        package.direct = Some(!required.contains(&package.package));
    }
}

fn is_judged(package: &InstalledPackage) -> bool {
    package.package.ecosystem() == Ecosystem::Pypi && !SEEDED.contains(&package.package.name())
}

fn installer(package: &InstalledPackage, place: &Place) -> Option<String> {
    let path = place.root.join(&package.path).join("INSTALLER");
    let real = place.system.real(&path).ok()?;
    let text = place.system.head(&real, 100).ok()?;
    Some(String::from_utf8_lossy(&text).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use crate::observe;

    /// What is requested, of packages with their requirement and installer.
    fn requested(packages: &[(&str, &str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, requires, installer) in packages {
            let info = format!("lib/python3.11/site-packages/{name}-1.0.dist-info");
            let info = folder.path().join(info);
            fs_err::create_dir_all(&info).unwrap();
            let requires = match *requires {
                "" => String::new(),
                requires => format!("Requires-Dist: {requires}\n"),
            };
            let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requires}");
            fs_err::write(info.join("METADATA"), metadata).unwrap();
            let (installer, is_requested) = match installer.strip_suffix('!') {
                Some(installer) => (installer, true),
                None => (*installer, false),
            };
            fs_err::write(info.join("INSTALLER"), installer).unwrap();
            if is_requested {
                fs_err::write(info.join("REQUESTED"), "").unwrap();
            }
        }
        let packages = observe(folder.path()).unwrap().packages.into_iter();
        packages
            .filter(|package| package.direct == Some(true))
            .map(|package| package.package.name().to_owned())
            .collect()
    }

    #[test]
    fn where_uv_marked_every_package_what_no_other_requires_was_asked_for() {
        let synced = [
            ("app", "base", "uv!"),
            ("base", "", "uv!"),
            ("tool", "", "uv!"),
        ];
        assert_eq!(requested(&synced), ["app", "tool"]);
        let seeded = [
            ("app", "base", "uv!"),
            ("base", "", "uv!"),
            ("pip", "", "pip"),
        ];
        assert_eq!(requested(&seeded), ["app"]);
    }

    #[test]
    fn what_an_installer_told_apart_stays() {
        let told = [("app", "base", "uv!"), ("base", "", "uv")];
        assert_eq!(requested(&told), ["app"]);
        let by_pip = [("app", "base", "pip!"), ("base", "", "pip!")];
        assert_eq!(requested(&by_pip), ["app", "base"]);
    }
}
