//! Environments with records as conda 24, mamba 2 and pixi write them.

use holdfast_model::{Contents, Installed};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Examination, examine, observe, read};

const SITE: &str = "lib/python3.11/site-packages";

struct Prefix {
    folder: tempfile::TempDir,
}

impl Prefix {
    fn new() -> Self {
        let prefix = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs_err::create_dir_all(prefix.folder.path().join(SITE)).unwrap();
        prefix
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
    }

    /// A package of these paths, each with what its record says of it.
    fn install(&self, name: &str, paths: &[Value]) {
        let files: Vec<&str> = paths
            .iter()
            .map(|path| path["_path"].as_str().unwrap())
            .collect();
        let record = json!({
            "name": name, "version": "1.2", "build": "py311_0", "license": "BSD-3-Clause",
            "depends": ["python >=3.11,<3.12.0a0", "__glibc >=2.17", "libblas"],
            "requested_spec": if name == "acme" { "acme" } else { "" },
            "files": files,
            "paths_data": { "paths": paths, "paths_version": 1 },
        });
        self.write(
            &format!("conda-meta/{name}-1.2-py311_0.json"),
            &record.to_string(),
        );
    }

    fn examined(&self) -> Installed {
        examine(self.folder.path(), &Examination::default()).unwrap()
    }

    fn deviations(&self) -> Vec<String> {
        let contents: Contents = self.examined().contents.unwrap();
        let line = |deviation: &holdfast_model::Deviation| {
            let owner = deviation.owner.as_ref().map_or("-", PackageId::name);
            let kind = format!("{:?}", deviation.kind).to_lowercase();
            let kind = kind.split(' ').next().unwrap_or_default();
            format!("{owner} {} {kind}", deviation.path)
        };
        contents.deviations.iter().map(line).collect()
    }
}

fn hashed(path: &str, content: &str) -> Value {
    let hash = read::sha256(content.as_bytes()).hex().to_owned();
    json!({"_path": path, "path_type": "hardlink", "sha256": "0".repeat(64), "sha256_in_prefix": hash, "size_in_bytes": content.len()})
}

#[test]
fn packages_have_names_versions_licences_and_requests() {
    let prefix = Prefix::new();
    prefix.install("acme", &[]);
    prefix.install("libblas", &[]);
    prefix.write("conda-meta/history", "==> 2026 <==");
    prefix.write("conda-meta/broken-1-0.json", "{\"name\": 3}");
    let installed = observe(prefix.folder.path()).unwrap();
    let acme = &installed.packages[0];
    assert_eq!(acme.package.purl(Some(&acme.version)), "pkg:conda/acme@1.2");
    assert_eq!(acme.licence.as_deref(), Some("BSD-3-Clause"));
    assert_eq!(acme.direct, Some(true));
    assert_eq!(installed.packages[1].direct, Some(false));
    let names: Vec<&str> = acme.dependencies.iter().map(PackageId::name).collect();
    assert_eq!(names, ["libblas", "python"]);
    assert_eq!(acme.path, "conda-meta/acme-1.2-py311_0.json");
    assert_eq!(installed.unreadable.len(), 1);
    assert_eq!(
        installed.unreadable[0].location.file,
        "conda-meta/broken-1-0.json"
    );
}

#[test]
fn files_are_compared_with_their_hashes_in_the_environment() {
    let prefix = Prefix::new();
    let module = format!("{SITE}/acme/__init__.py");
    let compiled = format!("{SITE}/acme/__pycache__/__init__.cpython-311.pyc");
    let paths = [
        hashed(&module, "x = 1\n"),
        hashed("lib/libacme.so.1", "ELF"),
        hashed("bin/gone", "gone"),
        json!({"_path": "bin/acme", "path_type": "unix_python_entry_point"}),
        json!({"_path": compiled, "path_type": "pyc_file"}),
        json!({"_path": "share/empty", "path_type": "directory"}),
    ];
    prefix.install("acme", &paths);
    prefix.write(&module, "x = 1\n");
    prefix.write("lib/libacme.so.1", "ELF");
    prefix.write("bin/gone", "gone");
    prefix.write("bin/acme", "#!/usr/bin/env python\n");
    assert_eq!(prefix.deviations(), [""; 0]);
    let contents = prefix.examined().packages[0].contents.clone().unwrap();
    assert_eq!((contents.files, contents.bytes), (3, 13));
    prefix.write("lib/libacme.so.1", "EVIL");
    fs_err::remove_file(prefix.folder.path().join("bin/gone")).unwrap();
    prefix.write(&format!("{SITE}/evil.py"), "");
    assert_eq!(
        prefix.deviations(),
        [
            "acme bin/gone missing".to_owned(),
            "acme lib/libacme.so.1 altered".to_owned(),
            format!("- {SITE}/evil.py unowned"),
        ]
    );
    let changed = prefix.examined().packages[0].contents.clone().unwrap();
    assert_ne!(changed.digest, contents.digest);
}

#[test]
fn a_file_that_the_prefix_was_written_into_has_no_hash_of_its_own() {
    let prefix = Prefix::new();
    let path = json!({"_path": "bin/tool", "path_type": "hardlink", "sha256": "0".repeat(64), "prefix_placeholder": "/opt/placehold"});
    prefix.install("acme", &[path]);
    prefix.write("bin/tool", "#!/x/bin/python");
    assert_eq!(prefix.deviations(), ["acme bin/tool unhashed"]);
}

#[test]
fn paths_that_lead_out_are_never_read() {
    let prefix = Prefix::new();
    for path in ["../outside", "/etc/passwd", "a/../../b"] {
        prefix.install("acme", &[hashed(path, "x")]);
        assert_eq!(prefix.deviations(), [format!("acme {path} outside")]);
    }
    assert_eq!(within("a//b"), None);
    assert_eq!(within("a\\b").as_deref(), Some("a/b"));
}

#[cfg(unix)]
#[test]
fn a_link_is_where_a_link_should_be() {
    use fs_err::os::unix::fs::symlink;

    let prefix = Prefix::new();
    prefix.write("lib/libacme.so.1", "ELF");
    let link =
        json!({"_path": "lib/libacme.so", "path_type": "softlink", "sha256": "0".repeat(64)});
    prefix.install("acme", &[hashed("lib/libacme.so.1", "ELF"), link]);
    symlink("libacme.so.1", prefix.folder.path().join("lib/libacme.so")).unwrap();
    assert_eq!(prefix.deviations(), [""; 0]);
}

#[test]
fn an_environment_without_python_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = Prefix { folder };
    prefix.install("libblas", &[hashed("lib/libblas.so", "ELF")]);
    prefix.write("lib/libblas.so", "ELF");
    assert_eq!(prefix.deviations(), [""; 0]);
    assert_eq!(prefix.examined().packages.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_record_is_read_without_panic(text in "[\\[\\]{}:,\"a-z0-9_./ ]{0,200}") {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("conda-meta/x.json");
        fs_err::create_dir(folder.path().join("conda-meta")).unwrap();
        fs_err::write(&path, &text).unwrap();
        let place = Place::find(folder.path()).unwrap();
        let _ = claims(&place.system, &path);
        prop_assert!(package(&path, &place).is_some());
    }

    #[test]
    fn no_path_leads_out(written in "[a-z./\\\\]{0,20}") {
        if let Some(path) = within(&written) {
            prop_assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."));
        }
    }
}
