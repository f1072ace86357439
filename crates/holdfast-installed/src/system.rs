//! The operating system: its distribution and its packages, from their own files.

use std::collections::BTreeMap;
use std::path::Path;

use holdfast_model::{CapturedSystem, Ecosystem, PackageId, SystemPackage};

use crate::machine;
use crate::root::Root;

/// The status of a large desktop has some twenty megabytes.
const LARGEST: u64 = 256 << 20;

/// What is told of the operating system below `root`: `/`, or that of an unpacked image, out of which
/// no link leads.
pub fn system(root: &Path) -> CapturedSystem {
    Root::new(root).map_or_else(|_error| CapturedSystem::default(), |files| on(&files))
}

/// What is told of the operating system on a file system.
pub(crate) fn on(files: &Root) -> CapturedSystem {
    let mut texts = Vec::new();
    texts.extend(files.read("/var/lib/dpkg/status", LARGEST));
    let listing = files
        .resolve(Path::new("/var/lib/dpkg/status.d"))
        .and_then(|directory| files.list(&directory));
    for entry in listing.into_iter().flatten().flatten() {
        if is_status(&entry.name()) {
            texts.extend(files.whole_file(&entry.path, 1 << 20));
        }
    }
    CapturedSystem {
        platform: machine::platform_on(files).map(|platform| platform.to_string()),
        ..told(|path| files.read(path, 1 << 20).ok(), &texts)
    }
}

/// Whether a file beside others is the status of a package, and not its list of files.
fn is_status(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_none_or(|extension| extension != "md5sums")
}

/// What these files and the statuses of packages tell.
fn told(read: impl Fn(&str) -> Option<Vec<u8>>, texts: &[Vec<u8>]) -> CapturedSystem {
    let release = release(read);
    let id = release.get("ID").cloned();
    let version = release.get("VERSION_ID");
    CapturedSystem {
        platform: None,
        distribution: id.as_ref().map(|id| match version {
            Some(version) => format!("{id} {version}"),
            None => id.clone(),
        }),
        packages: packages(texts, id.as_deref().unwrap_or("debian")),
    }
}

/// The variables of `os-release`.
fn release(read: impl Fn(&str) -> Option<Vec<u8>>) -> BTreeMap<String, String> {
    // `/etc/os-release` is a link to the other in most distributions
    let text = ["/usr/lib/os-release", "/etc/os-release"]
        .into_iter()
        .find_map(read)
        .unwrap_or_default();
    String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| {
            let value = value.trim().trim_matches(['"', '\'']);
            (name.trim().to_owned(), value.to_owned())
        })
        .collect()
}

/// The packages that dpkg installed; images without a shell have a file for each.
fn packages(texts: &[Vec<u8>], distribution: &str) -> Option<Vec<SystemPackage>> {
    if texts.is_empty() {
        return None;
    }
    let mut packages: Vec<SystemPackage> = texts
        .iter()
        .flat_map(|text| stanzas(&String::from_utf8_lossy(text), distribution))
        .collect();
    packages.sort();
    packages.dedup();
    Some(packages)
}

fn stanzas(text: &str, distribution: &str) -> Vec<SystemPackage> {
    let mut packages = Vec::new();
    let mut fields: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            packages.extend(package(&fields, distribution));
            fields.clear();
        } else if !line.starts_with([' ', '\t'])
            && let Some((name, value)) = line.split_once(':')
        {
            fields.insert(name, value.trim());
        }
    }
    packages
}

/// An installed package; those that were removed keep an entry for their configuration.
fn package(fields: &BTreeMap<&str, &str>, distribution: &str) -> Option<SystemPackage> {
    if let Some(status) = fields.get("Status")
        && !status.ends_with(" installed")
    {
        return None;
    }
    let name = fields.get("Package")?;
    let version = fields.get("Version")?;
    let architecture = fields.get("Architecture")?;
    let purl = PackageId::new(Ecosystem::Deb, name).purl(Some(version));
    let purl = purl.replacen("pkg:deb/debian/", &format!("pkg:deb/{distribution}/"), 1);
    Some(SystemPackage {
        purl: format!("{purl}?arch={architecture}"),
        name: (*name).to_owned(),
        version: (*version).to_owned(),
        architecture: (*architecture).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_status_is_read(text in "((Package|Version|Status|Architecture)?:? ?[a-z0-9 :~+é]{0,9}\n){0,20}|\\PC{0,200}") {
            for package in stanzas(&text, "debian") {
                prop_assert!(package.purl.starts_with("pkg:deb/"), "{}", package.purl);
            }
        }
    }

    const STATUS: &str = "Package: libgomp1\nStatus: install ok installed\nArchitecture: amd64\n\
        Version: 12.2.0-14\nDescription: GCC OpenMP\n support: Package: evil\n\n\
        Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n\
        Package: broken\n\n\
        Package: base-files\nStatus: install ok installed\nArchitecture: all\nVersion: 1:12+b1";

    #[test]
    fn installed_packages_are_told_and_removed_ones_are_not() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str, content: &str| {
            let path = root.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, content).unwrap();
        };
        assert_eq!(system(root.path()).packages, None);
        at("var/lib/dpkg/status", STATUS);
        at("etc/os-release", "ID=ubuntu\nVERSION_ID=\"24.04\"\n");
        let found = system(root.path());
        assert_eq!(found.distribution.as_deref(), Some("ubuntu 24.04"));
        let purls: Vec<String> = found
            .packages
            .unwrap()
            .into_iter()
            .map(|package| package.purl)
            .collect();
        assert_eq!(
            purls,
            [
                "pkg:deb/ubuntu/base-files@1:12%2Bb1?arch=all",
                "pkg:deb/ubuntu/libgomp1@12.2.0-14?arch=amd64",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_out_of_a_root() {
        use fs_err::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let outside = folder.path().join("outside");
        fs_err::write(&outside, STATUS).unwrap();
        let root = folder.path().join("root");
        fs_err::create_dir_all(root.join("var/lib/dpkg")).unwrap();
        symlink(&outside, root.join("var/lib/dpkg/status")).unwrap();
        assert_eq!(system(&root).packages, None);
        fs_err::create_dir_all(root.join("data")).unwrap();
        fs_err::write(root.join("data/status"), STATUS).unwrap();
        fs_err::remove_file(root.join("var/lib/dpkg/status")).unwrap();
        symlink("/data/status", root.join("var/lib/dpkg/status")).unwrap();
        assert_eq!(system(&root).packages.unwrap().len(), 2);
    }

    #[test]
    fn an_image_without_a_shell_has_a_file_for_each_package() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("var/lib/dpkg/status.d");
        fs_err::create_dir_all(&folder).unwrap();
        let entry = "Package: tzdata\nVersion: 2026a-0+deb12u1\nArchitecture: all\n";
        fs_err::write(folder.join("tzdata"), entry).unwrap();
        fs_err::write(folder.join("tzdata.md5sums"), "Package: x\n").unwrap();
        assert_eq!(system(root.path()).packages.unwrap().len(), 1);
    }
}
