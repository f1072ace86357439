//! Locks as other installers read them.

use holdfast_model::{
    Digest, Ecosystem, HashAlgorithm, Location, LockSource, LockedFile, LockedPackage, PackageId,
    Platform,
};
use holdfast_report::export::{
    CondaOptions, ExportError, HashLines, conda_environment, constraints_txt, requirements_txt,
};
use proptest::prelude::*;

fn package(name: &str, version: &str) -> LockedPackage {
    LockedPackage {
        package: PackageId::pypi(name),
        version: Some(version.to_owned()),
        marker: None,
        requires_python: None,
        source: LockSource::Registry {
            index: Some("https://pypi.org/simple".to_owned()),
        },
        files: vec![
            file(&format!("{name}-{version}-py3-none-any.whl"), 2),
            file(&format!("{name}-{version}.tar.gz"), 1),
        ],
        dependencies: Vec::new(),
        direct: None,
        licence: None,
        groups: Vec::new(),
        attestations: Vec::new(),
        location: Location::start_of("pylock.serve.toml"),
    }
}

fn file(name: &str, number: u8) -> LockedFile {
    LockedFile {
        name: name.to_owned(),
        url: Some(format!("https://files.example/{name}")),
        size: None,
        upload_time: None,
        contents: None,
        hashes: vec![Digest::sha256(&[number; 32])],
    }
}

fn from(mut package: LockedPackage, source: LockSource) -> LockedPackage {
    package.source = source;
    package
}

fn under(mut package: LockedPackage, marker: &str) -> LockedPackage {
    package.marker = Some(marker.to_owned());
    package
}

fn index(url: &str) -> LockSource {
    LockSource::Registry {
        index: Some(url.to_owned()),
    }
}

fn conda(name: &str, version: &str, files: &[(&str, &str)]) -> LockedPackage {
    let mut package = package(name, version);
    package.package = PackageId::new(Ecosystem::Conda, name);
    package.source = index("https://conda.anaconda.org/conda-forge");
    package.files = files
        .iter()
        .map(|(folder, build)| {
            let name = format!("{name}-{version}-{build}.conda");
            LockedFile {
                url: Some(format!(
                    "https://conda.anaconda.org/conda-forge/{folder}/{name}"
                )),
                ..file(&name, 3)
            }
        })
        .collect();
    package
}

/// A lock with everything that pip can be told.
fn sample() -> Vec<LockedPackage> {
    vec![
        package("zope-interface", "5.0"),
        under(package("colorama", "0.4.6"), "sys_platform == 'win32'"),
        from(
            package("torch", "2.3.0+cpu"),
            index("https://user:secret@download.pytorch.org/whl/cpu"),
        ),
        from(
            package("acme", "1.0"),
            LockSource::Archive {
                url: "https://host/acme.zip#subdirectory=python".to_owned(),
            },
        ),
    ]
}

/// What only a file without hashes can have.
fn unhashed() -> Vec<LockedPackage> {
    let mut packages = sample();
    packages.push(from(
        package("fork", "1.0"),
        LockSource::Vcs {
            system: "git".to_owned(),
            url: "https://host/fork.git#subdirectory=python".to_owned(),
            commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        },
    ));
    packages.push(from(
        package("own", "1.0"),
        LockSource::Directory {
            path: "libs/own".to_owned(),
            editable: true,
        },
    ));
    packages
}

const HEADER: &str = "made by `holdfast export` from pylock.serve.toml";

#[test]
fn requirements_have_hashes_and_markers() {
    let exported = requirements_txt(&sample(), HashLines::With, HEADER).unwrap();
    insta::assert_snapshot!(exported.text);
    assert!(!exported.text.contains("secret"));
    let mut reversed = sample();
    reversed.reverse();
    assert_eq!(
        requirements_txt(&reversed, HashLines::With, HEADER),
        Ok(exported)
    );
}

#[test]
fn requirements_without_hashes_have_repositories_and_directories() {
    let exported = requirements_txt(&unhashed(), HashLines::Without, HEADER).unwrap();
    insta::assert_snapshot!(exported.text);
}

#[test]
fn what_pip_cannot_check_is_refused() {
    let mut packages = unhashed();
    let mut weak = package("weak", "1");
    let md5 = Digest::new(HashAlgorithm::Md5, &"0".repeat(32)).unwrap();
    weak.files.truncate(1);
    weak.files[0].hashes = vec![md5];
    packages.push(weak);
    let error = requirements_txt(&packages, HashLines::With, HEADER).unwrap_err();
    assert_eq!(
        error.to_string(),
        "pip checks either every package against a hash or none, and there is none for `fork`, `own`, `weak`"
    );
}

#[test]
fn the_only_index_is_named_as_the_only_one() {
    let packages = [from(package("a", "1"), index("https://own.example/simple"))];
    let exported = requirements_txt(&packages, HashLines::Without, "x").unwrap();
    assert_eq!(
        exported.text,
        "# x\n--index-url https://own.example/simple\n\na==1\n"
    );
}

#[test]
fn constraints_ask_for_nothing() {
    let mut packages = unhashed();
    packages.push(conda("libgcc", "13", &[("linux-64", "0")]));
    let exported = constraints_txt(&packages, HEADER).unwrap();
    insta::assert_snapshot!(exported.text);
    let left_out: Vec<&str> = exported.left_out.iter().map(PackageId::name).collect();
    assert_eq!(left_out, ["own", "libgcc"]);
}

#[test]
fn an_environment_of_conda_has_a_part_for_pip() {
    let mut packages = sample();
    packages.push(conda(
        "numpy",
        "1.26.4",
        &[
            ("linux-64", "py311h64a7726_0"),
            ("osx-arm64", "py311h7125741_0"),
        ],
    ));
    packages.push(conda("tzdata", "2024a", &[("noarch", "h0c530f3_0")]));
    packages.push(from(
        conda("mkl", "2024.0", &[("linux-64", "0")]),
        index("https://repo.anaconda.com/pkgs/main"),
    ));
    let options = CondaOptions {
        header: HEADER,
        name: "serve",
        python: Some("3.11.7"),
        platform: "linux-x86_64".parse::<Platform>().ok(),
    };
    let exported = conda_environment(&packages, &options).unwrap();
    insta::assert_snapshot!(exported.text);

    let everywhere = CondaOptions {
        platform: None,
        name: "on",
        ..options
    };
    let exported = conda_environment(&packages, &everywhere).unwrap();
    assert!(
        exported.text.contains("  - numpy=1.26.4\n"),
        "{}",
        exported.text
    );
    assert!(
        exported.text.contains("name: \"on\"\n"),
        "{}",
        exported.text
    );
}

#[test]
fn a_lock_for_another_installer_is_refused() {
    let only_conda = [conda("numpy", "1.26.4", &[("linux-64", "0")])];
    let error = requirements_txt(&only_conda, HashLines::With, "").unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing in the lock is for pip: it has 1 package of conda"
    );
    let mut npm = package("react", "18.0.0");
    npm.package = PackageId::new(Ecosystem::Npm, "react");
    let options = CondaOptions {
        header: "",
        name: "web",
        python: None,
        platform: None,
    };
    let error = conda_environment(&[npm], &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing in the lock is for conda: it has 1 package of npm"
    );
}

#[test]
fn two_versions_need_markers() {
    let forked = [package("numpy", "1.26.4"), package("numpy", "2.0.0")];
    let error = requirements_txt(&forked, HashLines::With, "").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`numpy` is locked as 1.26.4 and as 2.0.0 at once, and no marker tells them apart"
    );
    let told = [
        under(package("numpy", "1.26.4"), "python_version < '3.9'"),
        under(package("numpy", "2.0.0"), "python_version >= '3.9'"),
    ];
    let exported = requirements_txt(&told, HashLines::Without, "x").unwrap();
    assert_eq!(
        exported.text,
        "# x\nnumpy==1.26.4 ; python_version < '3.9'\nnumpy==2.0.0 ; python_version >= '3.9'\n"
    );
}

#[test]
fn nothing_in_a_lock_becomes_an_option_of_pip() {
    for (name, version, marker) in [
        ("a", "1 --index-url http://x", None),
        ("a", "1\n--index-url http://x", None),
        ("a b", "1", None),
        ("-r x", "1", None),
        ("a", "1", Some("os_name == 'x'\n-r /etc/passwd")),
        ("a", "1", Some("os_name == 'x' --global-option=x")),
        ("a", "", None),
    ] {
        let mut bad = package(name, version);
        bad.marker = marker.map(str::to_owned);
        let error = requirements_txt(&[bad], HashLines::With, "x").unwrap_err();
        assert!(matches!(error, ExportError::Unwritable { .. }), "{error}");
    }
    let url = from(
        package("a", "1"),
        LockSource::Archive {
            url: "https://x/a.zip --no-deps".to_owned(),
        },
    );
    assert!(requirements_txt(&[url], HashLines::With, "x").is_err());
}

proptest! {
    #[test]
    fn every_line_is_a_requirement_a_hash_or_a_comment(
        name in "\\PC{1,8}",
        version in "[0-9]{1,3}(\\.[0-9]{1,2}){0,2}|\\PC{1,8}",
        marker in proptest::option::of("os_name == '[a-z]{2}'|[ -~\\n\\r\\t]{1,12}"),
        header in "[ -~\\n]{0,20}",
    ) {
        let mut package = package(&name, &version);
        package.marker = marker;
        if let Ok(exported) = requirements_txt(&[package], HashLines::With, &header) {
            for line in exported.text.lines() {
                let is_known = line.starts_with('#')
                    || line.starts_with("    --hash=sha256:")
                    || line.contains("==");
                prop_assert!(is_known, "{:?}", line);
                prop_assert!(!line.starts_with('-'), "{:?}", line);
            }
        }
    }

    #[test]
    fn an_environment_file_means_what_was_meant(name in "\\PC{0,12}", marker in "[ -~]{1,20}") {
        let package = under(package("six", "1.16.0"), &marker);
        let options = CondaOptions { header: "x", name: &name, python: Some("3.11"), platform: None };
        if let Ok(exported) = conda_environment(&[package], &options) {
            for line in exported.text.lines() {
                let text = line.trim_start().trim_start_matches("- ");
                let text = text.strip_prefix("name: ").unwrap_or(text);
                if text.starts_with('"') {
                    prop_assert!(serde_json::from_str::<String>(text).is_ok(), "{:?}", line);
                }
            }
        }
    }
}
