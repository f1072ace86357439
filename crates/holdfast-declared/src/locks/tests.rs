//! Locks of every format, written by hand as the tools write them.

use holdfast_model::{LockSource, LockedPackage};

use super::*;

mod conda_and_npm;

fn lock(format: LockFormat, text: &str) -> Locked {
    read(text, "lock", format).unwrap().locked
}

fn refused(format: LockFormat, text: &str) -> String {
    let error = read(text, "lock", format).unwrap_err();
    assert!(error.fix.is_some(), "{error}");
    error.to_string()
}

/// A package in one line: where, what, when, from where, how many files, what it needs.
fn shown(package: &LockedPackage) -> String {
    let source = match &package.source {
        LockSource::Registry { index: None } => "-".to_owned(),
        LockSource::Registry { index: Some(index) } => index.clone(),
        LockSource::Archive { url } => format!("archive {url}"),
        LockSource::Vcs {
            system,
            url,
            commit,
        } => format!("{system} {url} {}", commit.as_deref().unwrap_or("-")),
        LockSource::Directory { path, editable } => {
            let editable = if *editable { " editable" } else { "" };
            format!("directory {path}{editable}")
        }
    };
    let needs: Vec<String> = package
        .dependencies
        .iter()
        .map(|edge| {
            let part = |sign: &str, part: &Option<String>| {
                part.as_ref()
                    .map_or(String::new(), |part| format!("{sign}{part}"))
            };
            format!(
                "{}{}{}{}",
                edge.package,
                part("@", &edge.version),
                part(" ", &edge.specifier),
                part(" ; ", &edge.marker)
            )
        })
        .collect();
    let direct = match package.direct {
        Some(true) => " direct",
        Some(false) => "",
        None => " ?",
    };
    let marker = package.marker.as_deref().unwrap_or("always");
    format!(
        "{} {}{direct} [{}] ({marker}) {source} files:{} needs:{}",
        package.location.line,
        package.purl(),
        package.groups.join(","),
        package.files.len(),
        needs.join(" | ")
    )
}

fn lines(locked: &Locked) -> Vec<String> {
    locked.packages.iter().map(shown).collect()
}

#[test]
fn uv_follows_groups_and_extras_through_the_edges() {
    let locked = lock(
        LockFormat::Uv,
        r#"version = 1
revision = 2
requires-python = ">=3.10"
supported-markers = ["sys_platform == 'linux'"]

[manifest]
members = ["app", "part"]

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "web", extra = ["tls"], marker = "os_name == 'posix'" }]

[package.optional-dependencies]
fast = [{ name = "leaf", version = "2.0", source = { registry = "https://pypi.org/simple" } }]

[package.dev-dependencies]
dev = [{ name = "part" }]

[[package]]
name = "leaf"
version = "1.0"
source = { registry = "https://u:p@host/simple" }
resolution-markers = ["python_full_version < '3.11'", "sys_platform == 'win32' and python_full_version >= '3.11'"]
sdist = { url = "https://host/leaf-1.0.tar.gz", hash = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", size = 12 }
wheels = [
    { url = "https://host/leaf-1.0%2Bx-py3-none-any.whl", hash = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", size = 34, upload-time = "2024-05-01T00:00:00.5Z" },
]

[[package]]
name = "leaf"
version = "2.0"
source = { git = "https://host/leaf?subdirectory=a&rev=main#0123" }

[[package]]
name = "part"
version = "1"
source = { editable = "part" }
dependencies = [{ name = "leaf", version = "1.0" }]

[[package]]
name = "tls-impl"
version = "3"
source = { url = "https://host/tls_impl-3.zip" }
sdist = { hash = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" }

[[package]]
name = "web"
version = "4"
source = { registry = "https://pypi.org/simple" }

[package.optional-dependencies]
tls = [{ name = "tls-impl", marker = "python_full_version < '3.12'" }]
"#,
    );
    assert_eq!(
        lines(&locked),
        [
            "22 pkg:pypi/leaf@1.0 direct [dev,main] (python_full_version < '3.11' or (sys_platform == 'win32' and python_full_version >= '3.11')) https://host/simple files:2 needs:",
            "32 pkg:pypi/leaf@2.0 direct [fast] (always) git https://host/leaf#subdirectory=a 0123 files:0 needs:",
            "37 pkg:pypi/part@1 direct [dev] (always) directory part editable files:0 needs:leaf@1.0",
            "43 pkg:pypi/tls-impl@3 [main] (always) archive https://host/tls_impl-3.zip files:1 needs:",
            "49 pkg:pypi/web@4 direct [main] (always) https://pypi.org/simple files:0 needs:tls-impl ; python_full_version < '3.12' and extra == 'tls'",
        ]
    );
    assert_eq!(locked.environments, ["sys_platform == 'linux'"]);
    assert_eq!(locked.groups.extras, ["fast"]);
    assert_eq!(locked.groups.dependency_groups, ["dev"]);
    let files = &locked.packages[0].files;
    assert_eq!(files[0].name, "leaf-1.0+x-py3-none-any.whl");
    assert_eq!(files[0].size, Some(34));
    assert_eq!(
        files[0].upload_time.unwrap().to_string(),
        "2024-05-01T00:00:00.5Z"
    );
    assert_eq!(locked.packages[3].files[0].name, "tls_impl-3.zip");
}

#[test]
fn poetry_is_read_in_all_its_generations() {
    let hashes = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let old = format!(
        r#"[[package]]
category = "main"
name = "six"
optional = true
python-versions = "*"
version = "1.15"

[[package]]
category = "dev"
name = "six"
optional = false
python-versions = ">=3"
version = "1.16"
[package.dependencies]
Left = "*"
gone = {{ version = "1", optional = true }}
right = [{{ version = ">=1", markers = "os_name == 'nt'" }}, {{ version = ">=2" }}]

[extras]
nice = ["six"]

[metadata]
lock-version = "1.1"
python-versions = "^3.8"
[metadata.files]
six = [
    {{file = "six-1.15-py3-none-any.whl", hash = "{hashes}"}},
    {{file = "six-1.16.tar.gz", hash = "{hashes}"}},
    {{file = "six-1.16-py3-none-any.whl", hash = "{hashes}"}},
]
"#
    );
    let locked = lock(LockFormat::Poetry, &old);
    assert_eq!(
        lines(&locked),
        [
            "3 pkg:pypi/six@1.15 ? [nice] (always) - files:1 needs:",
            "10 pkg:pypi/six@1.16 ? [dev] (always) - files:2 needs:left | right >=2 | right >=1 ; os_name == 'nt'",
        ]
    );
    assert_eq!(locked.requires_python.as_deref(), Some(">=3.8, <4"));
    let oldest = "[[package]]\nname = \"six\"\nversion = \"1\"\n[metadata]\n[metadata.hashes]\nsix = [\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]\n";
    let locked = lock(LockFormat::Poetry, oldest);
    assert_eq!(locked.packages[0].files[0].hashes[0].to_string(), hashes);
}

#[test]
fn poetry_names_groups_markers_and_sources() {
    let new = r#"# This file is automatically @generated by Poetry 2.1.0 and should not be changed by hand.
[[package]]
name = "a"
version = "1"
optional = false
groups = ["main", "dev"]
markers = {main = "os_name == 'nt'", dev = "os_name == 'posix'"}
develop = true
files = []
[package.source]
type = "directory"
url = "../a"
[[package]]
name = "b"
version = "2"
groups = ["main", "dev"]
markers = {main = "os_name == 'nt'"}
[package.source]
type = "git"
url = "https://u:p@host/b.git"
reference = "main"
resolved_reference = "0123"
subdirectory = "x"
[[package]]
name = "c"
version = "3"
[package.source]
type = "url"
url = "https://host/c-3.zip"
[metadata]
lock-version = "2.1"
"#;
    let locked = lock(LockFormat::Poetry, new);
    assert_eq!(
        lines(&locked),
        [
            "3 pkg:pypi/a@1 ? [dev,main] (os_name == 'nt' or os_name == 'posix') directory ../a editable files:0 needs:",
            "14 pkg:pypi/b@2 ? [dev,main] (always) git https://host/b.git#subdirectory=x 0123 files:0 needs:",
            "25 pkg:pypi/c@3 ? [] (always) archive https://host/c-3.zip files:0 needs:",
        ]
    );
    assert_eq!(locked.created_by, "poetry 2.1.0");
}

#[test]
fn pdm_puts_extras_and_their_package_together() {
    let locked = lock(
        LockFormat::Pdm,
        r#"[metadata]
groups = ["default", "dev"]
lock_version = "4.5.0"
[[metadata.targets]]
requires_python = ">=3.10"
[metadata.files]
"old 1" = [{url = "https://host/old-1.tar.gz", hash = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]
[[package]]
name = "Requests"
version = "2"
groups = ["default"]
dependencies = ["idna<4,>=2.5; os_name == \"nt\""]
files = [{file = "requests-2-py3-none-any.whl", hash = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]
[[package]]
name = "requests"
version = "2"
extras = ["socks"]
groups = ["dev"]
dependencies = ["PySocks!=1.5.7", "requests==2"]
files = [{file = "requests-2-py3-none-any.whl", hash = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]
[[package]]
name = "old"
version = "1"
[[package]]
name = "vcs"
version = "1"
git = "https://host/vcs.git"
revision = "0123"
[[package]]
name = "here"
version = "1"
path = "./here"
editable = true
[[package]]
name = "there"
version = "1"
path = "./there-1.whl"
"#,
    );
    assert_eq!(
        lines(&locked),
        [
            "9 pkg:pypi/requests@2 ? [dev,main] (always) - files:1 needs:idna <4,>=2.5 ; os_name == \"nt\" | pysocks !=1.5.7 ; extra == 'socks'",
            "22 pkg:pypi/old@1 ? [] (always) - files:1 needs:",
            "25 pkg:pypi/vcs@1 ? [] (always) git https://host/vcs.git 0123 files:0 needs:",
            "30 pkg:pypi/here@1 ? [] (always) directory ./here editable files:0 needs:",
            "35 pkg:pypi/there@1 ? [] (always) archive ./there-1.whl files:0 needs:",
        ]
    );
    assert_eq!(locked.requires_python.as_deref(), Some(">=3.10"));
    assert_eq!(locked.groups.dependency_groups, ["dev"]);
}

#[test]
fn pipenv_has_categories_indexes_and_repositories() {
    let locked = lock(
        LockFormat::Pipenv,
        r#"{"_meta": {"sources": [{"name": "own", "url": "https://u:p@host/simple"}, {"name": "pypi", "url": "https://pypi.org/simple"}], "requires": {"python_version": "3.11"}},
"default": {
  "six": {"version": "==1.16", "index": "own", "hashes": ["sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "md5:x"], "markers": "os_name == 'nt'"},
  "open": {"version": "*"}
},
"develop": {
  "vcs": {"git": "https://host/vcs.git", "ref": "0123", "editable": true},
  "six": {"version": "==1.16", "index": "own"},
  "here": {"path": ".", "editable": true},
  "file": {"file": "https://host/file-1.zip"}
}}"#,
    );
    assert_eq!(
        lines(&locked),
        [
            "3 pkg:pypi/six@1.16 ? [develop,main] (always) https://host/simple files:1 needs:",
            "4 pkg:pypi/open ? [main] (always) - files:0 needs:",
            "7 pkg:pypi/vcs ? [develop] (always) git https://host/vcs.git 0123 files:0 needs:",
            "9 pkg:pypi/here ? [develop] (always) directory . editable files:0 needs:",
            "10 pkg:pypi/file ? [develop] (always) archive https://host/file-1.zip files:0 needs:",
        ]
    );
    assert_eq!(locked.requires_python.as_deref(), Some("==3.11.*"));
}

#[test]
fn newer_versions_ask_for_a_newer_holdfast() {
    for (format, text) in [
        (LockFormat::Uv, "version = 2\n"),
        (
            LockFormat::Poetry,
            "package = []\n[metadata]\nlock-version = \"3.0\"\n",
        ),
        (LockFormat::Pdm, "[metadata]\nlock_version = \"5.0\"\n"),
        (LockFormat::Npm, r#"{"lockfileVersion": 4, "packages": {}}"#),
        (LockFormat::Pixi, "version: 9\n"),
        (LockFormat::CondaLock, "version: 9\n"),
    ] {
        let error = read(text, "lock", format).unwrap_err();
        assert_eq!(error.fix.as_deref(), Some("upgrade holdfast"), "{error}");
    }
}

#[test]
fn wrong_types_are_refused_where_they_are() {
    for (format, text, message) in [
        (
            LockFormat::Uv,
            "version = 1\n[[package]]\nname = 7\n",
            "lock:3:8: not a lock of uv: invalid type: integer `7`, expected a string",
        ),
        (
            LockFormat::Poetry,
            "[metadata]\n[[package]]\nversion = \"1\"\n",
            "lock:2:3: not a lock of Poetry: missing field `name`",
        ),
        (
            LockFormat::Pipenv,
            "{\"default\":\n [1]}",
            "lock:2:2: not a lock of Pipenv: invalid type: sequence, expected a table",
        ),
        (
            LockFormat::Pdm,
            "[[package]]\nname = \"x\"\nfiles = \"y\"\n",
            "lock:3:9: not a lock of PDM: invalid type: string \"y\", expected a sequence",
        ),
        (
            LockFormat::CondaLock,
            "version: 1\npackage:\n- version: 1\n",
            "lock:3:3: not a lock of conda-lock: missing field `name`",
        ),
        (
            LockFormat::Pixi,
            "version: x\n",
            "lock:1:10: not a lock of pixi: invalid u64",
        ),
        (
            LockFormat::Npm,
            "{\"lockfileVersion\": 3,\n\"packages\": [{}]}",
            "lock:2:13: not a lock of npm: invalid type: sequence, expected a table",
        ),
    ] {
        assert_eq!(refused(format, text), message);
    }
}
