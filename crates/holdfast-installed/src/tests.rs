//! Environments made by hand, of every layout, and a real one where Python is at hand.

use std::path::Path;

use holdfast_model::PackageId;

use super::*;

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, text).unwrap();
}

fn venv() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let site = "lib/python3.11/site-packages";
    write(
        root.path(),
        "pyvenv.cfg",
        "home = /usr/bin\nversion_info = 3.11.7.final.0\n",
    );
    write(root.path(), "bin/python", "");
    write(
        root.path(),
        &format!("{site}/NumPy-1.26.4.dist-info/METADATA"),
        "Metadata-Version: 2.1\nName: NumPy\nVersion: 1.26.4\nLicense-Expression: BSD-3-Clause\n\nText\n",
    );
    write(
        root.path(),
        &format!("{site}/NumPy-1.26.4.dist-info/INSTALLER"),
        "pip\n",
    );
    write(
        root.path(),
        &format!("{site}/pandas-2.2.0.dist-info/METADATA"),
        "Name: pandas\nVersion: 2.2.0\n\
         Requires-Dist: numpy>=1.26; python_version >= \"3.11\"\n\
         Requires-Dist: old-backport; python_version < \"3.8\"\n\
         Requires-Dist: tzdata>=2022.7\n\
         Requires-Dist: pywin32; sys_platform == \"win32\"\n\
         Requires-Dist: pytest>=7; extra == \"test\"\n\
         Requires-Dist: Broken.Name (>=1.*)\n\n",
    );
    write(
        root.path(),
        &format!("{site}/pandas-2.2.0.dist-info/INSTALLER"),
        "uv",
    );
    write(
        root.path(),
        &format!("{site}/pandas-2.2.0.dist-info/REQUESTED"),
        "",
    );
    root
}

fn name(text: &str) -> PackageId {
    PackageId::pypi(text)
}

#[test]
fn packages_of_a_virtual_environment_are_seen() {
    let root = venv();
    let installed = observe(root.path()).unwrap();
    assert_eq!(installed.python.as_deref(), Some("3.11.7"));
    let names: Vec<_> = installed
        .packages
        .iter()
        .map(|package| package.package.name())
        .collect();
    assert_eq!(names, ["numpy", "pandas"]);
    let numpy = &installed.packages[0];
    assert_eq!(numpy.licence.as_deref(), Some("BSD-3-Clause"));
    assert_eq!(numpy.direct, Some(false));
    assert_eq!(
        numpy.path,
        "lib/python3.11/site-packages/NumPy-1.26.4.dist-info"
    );
    let pandas = &installed.packages[1];
    assert_eq!(pandas.direct, Some(true));
    assert_eq!(
        pandas.dependencies,
        [
            name("broken-name"),
            name("numpy"),
            name("pywin32"),
            name("tzdata")
        ]
    );
    assert!(installed.unreadable.is_empty());
}

#[test]
fn an_environment_is_found_by_its_python_and_its_site_packages() {
    let root = venv();
    let whole = observe(root.path()).unwrap();
    assert_eq!(observe(&root.path().join("bin/python")).unwrap(), whole);
    let site = observe(&root.path().join("lib/python3.11/site-packages")).unwrap();
    assert_eq!(site.python.as_deref(), Some("3.11.7"));
    assert_eq!(site.packages[0].path, "NumPy-1.26.4.dist-info");
}

#[test]
fn windows_and_linked_layouts_are_seen_once() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        "Lib/site-packages/a-1.dist-info/METADATA",
        "Name: a\nVersion: 1\n",
    );
    write(root.path(), "Scripts/python.exe", "");
    let installed = observe(&root.path().join("Scripts/python.exe")).unwrap();
    assert_eq!(installed.packages.len(), 1);
    assert_eq!(installed.python, None);
    #[cfg(unix)]
    {
        let root = venv();
        std::os::unix::fs::symlink("lib", root.path().join("lib64")).unwrap();
        assert_eq!(observe(root.path()).unwrap().packages.len(), 2);
    }
}

#[test]
fn old_metadata_is_read_too() {
    let root = tempfile::tempdir().unwrap();
    let site = "lib/python3.9/site-packages";
    write(
        root.path(),
        &format!("{site}/a.egg-info/PKG-INFO"),
        "Name: a\nVersion: 1\n",
    );
    write(
        root.path(),
        &format!("{site}/a.egg-info/requires.txt"),
        "six>=1\n\n[:python_version < \"3\"]\nenum34\n\n[:sys_platform == \"linux\"]\nuvloop\n\n[test]\npytest\n",
    );
    write(
        root.path(),
        &format!("{site}/b-2-py3.9.egg-info"),
        "Name: b\nVersion: 2\n",
    );
    write(
        root.path(),
        &format!("{site}/c-3.egg/EGG-INFO/PKG-INFO"),
        "Name: c\nVersion: 3\n",
    );
    let installed = observe(root.path()).unwrap();
    let versions: Vec<_> = installed
        .packages
        .iter()
        .map(|package| package.version.as_str())
        .collect();
    assert_eq!(versions, ["1", "2", "3"]);
    assert_eq!(
        installed.packages[0].dependencies,
        [name("six"), name("uvloop")]
    );
    assert_eq!(installed.packages[0].direct, None);
    assert_eq!(installed.python.as_deref(), Some("3.9"));
}

#[test]
fn what_cannot_be_read_is_named() {
    let root = venv();
    let site = "lib/python3.11/site-packages";
    fs_err::create_dir_all(root.path().join(site).join("empty-1.dist-info")).unwrap();
    write(
        root.path(),
        &format!("{site}/nameless-1.dist-info/METADATA"),
        "Version: 1\n",
    );
    write(
        root.path(),
        &format!("{site}/~umpy-1.dist-info/METADATA"),
        "Name: numpy\nVersion: 1\n",
    );
    write(root.path(), &format!("{site}/dev.egg-link"), "/src/dev\n");
    fs_err::create_dir_all(root.path().join(site).join("odd-1.dist-info/METADATA")).unwrap();
    write(
        root.path(),
        &format!("{site}/latin-1.dist-info/METADATA"),
        "",
    );
    let bytes = b"Name: latin\nAuthor: Andr\xe9\nVersion: 1\n";
    fs_err::write(
        root.path().join(site).join("latin-1.dist-info/METADATA"),
        bytes,
    )
    .unwrap();
    let installed = observe(root.path()).unwrap();
    assert_eq!(installed.packages.len(), 3);
    let files: Vec<_> = installed
        .unreadable
        .iter()
        .map(|file| file.location.file.as_str())
        .collect();
    assert_eq!(
        files,
        [
            format!("{site}/dev.egg-link"),
            format!("{site}/empty-1.dist-info"),
            format!("{site}/nameless-1.dist-info"),
            format!("{site}/odd-1.dist-info"),
            format!("{site}/~umpy-1.dist-info"),
        ]
    );
}

#[test]
fn a_stale_pyvenv_cfg_does_not_decide_the_minor_version() {
    let root = venv();
    write(
        root.path(),
        "pyvenv.cfg",
        "version = 3.10.1\ninclude-system-site-packages = true\n",
    );
    let installed = observe(root.path()).unwrap();
    assert_eq!(installed.python.as_deref(), Some("3.11"));
    assert_eq!(installed.unreadable[0].location.file, "pyvenv.cfg");
    write(
        root.path(),
        "conda-meta/python-3.11.9-h1_0_cpython.json",
        "{}",
    );
    assert_eq!(
        observe(root.path()).unwrap().python.as_deref(),
        Some("3.11.9")
    );
}

#[test]
fn a_directory_without_packages_is_no_environment() {
    let root = tempfile::tempdir().unwrap();
    assert!(matches!(
        observe(root.path()),
        Err(InstalledError::NotAnEnvironment { .. })
    ));
    write(root.path(), "file.txt", "");
    assert!(observe(&root.path().join("file.txt")).is_err());
    let missing = observe(&root.path().join("missing")).unwrap_err();
    assert!(matches!(missing, InstalledError::Unreachable { .. }));
    // an empty environment is one all the same
    fs_err::create_dir_all(root.path().join("lib/python3.12/site-packages")).unwrap();
    assert!(observe(root.path()).unwrap().packages.is_empty());
}

#[test]
fn a_real_environment_is_seen_as_its_own_python_sees_it() {
    let script = "import sys, sysconfig, importlib.metadata as m\n\
        site = sysconfig.get_path('purelib')\n\
        print(site)\n\
        print(sys.version.split()[0])\n\
        [print(d.metadata['Name'], d.version) for d in m.distributions(path=[site])]";
    let output = std::process::Command::new("python3")
        .args(["-c", script])
        .output();
    let Ok(output) = output
        .as_ref()
        .map(|output| String::from_utf8_lossy(&output.stdout))
    else {
        eprintln!("skipped: no `python3` to compare with");
        return;
    };
    let mut lines = output.lines();
    let (Some(site), Some(version)) = (lines.next(), lines.next()) else {
        eprintln!("skipped: `python3` does not answer");
        return;
    };
    let mut expected: Vec<(PackageId, String)> = lines
        .filter_map(|line| line.split_once(' '))
        .map(|(package, version)| (name(package), version.to_owned()))
        .collect();
    expected.sort();
    let installed = observe(Path::new(site)).unwrap();
    let mut found: Vec<(PackageId, String)> = installed
        .packages
        .into_iter()
        .map(|package| (package.package, package.version))
        .collect();
    found.sort();
    assert_eq!(found, expected);
    assert!(version.starts_with(installed.python.as_deref().unwrap_or_default()));
}
