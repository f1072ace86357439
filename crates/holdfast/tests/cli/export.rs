//! `holdfast export`: what other installers read, and what they say of it.

use std::process::Command;

use insta::assert_snapshot;
use testkit::FakeRelease;

use crate::support::foreign::{CONDA_EXPLICIT, LOCKS, NPM, filled, unconfigured};
use crate::support::{Fixture, project, skip, uv};

fn with_lock(file: &str, template: &str) -> Fixture {
    let fixture = unconfigured();
    let text = filled(template, fixture.index());
    fixture.write(file, text);
    fixture
}

#[test]
fn a_lock_in_every_format() {
    let (file, template) = LOCKS[0];
    let fixture = with_lock(file, template);
    assert_snapshot!(fixture.all_exit(
        0,
        &[
            &["export", "--to", "requirements"],
            &["export", "--to", "requirements", "--group", "dev"],
            &["export", "--to", "requirements", "--no-hashes"],
            &["export", "--to", "constraints"],
            &["export", "--to", "conda"],
        ]
    ));
}

/// uv resolves and checks every hash of what is exported of every lock.
#[test]
fn requirements_of_every_lock_are_installed_with_their_hashes() {
    for (file, template) in LOCKS {
        let fixture = with_lock(file, template);
        fixture
            .run(&["export", file, "--to", "requirements", "-o", "out.txt"])
            .succeeds();
        let output = Command::new(uv())
            .args(["pip", "sync", "--dry-run", "--require-hashes", "--target"])
            .arg(fixture.beside("target"))
            .arg("out.txt")
            .current_dir(fixture.path(""))
            .env("UV_CACHE_DIR", fixture.beside("uv"))
            .env("UV_DEFAULT_INDEX", fixture.index().url())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{file}: {text}");
        for line in ["+ acme==1.0", "+ base==2.0"] {
            assert!(text.contains(line), "{file}: no `{line}` in {text}");
        }
    }
}

/// pip downloads the files and checks them against the hashes.
#[test]
fn pip_takes_requirements_with_hashes_and_constraints() {
    let (file, template) = LOCKS[0];
    let fixture = with_lock(file, template);
    for (format, name) in [("requirements", "out.txt"), ("constraints", "limits.txt")] {
        fixture
            .run(&["export", "--to", format, "-o", name])
            .succeeds();
    }
    let pip = |arguments: &[&str]| {
        Command::new("python3")
            .args(["-m", "pip", "download", "--disable-pip-version-check"])
            .args(["--no-cache-dir", "-d", "downloads", "--index-url"])
            .arg(fixture.index().url())
            .args(arguments)
            .current_dir(fixture.path(""))
            .env_remove("PIP_REQUIRE_VIRTUALENV")
            .output()
            .unwrap()
    };
    if !pip(&["--help"]).status.success() {
        skip("there is no pip on this machine");
        return;
    }
    let output = pip(&["--require-hashes", "-r", "out.txt"]);
    assert!(output.status.success(), "{output:?}");
    assert!(fixture.has("downloads/acme-1.0-py3-none-any.whl"));
    fs_err::remove_dir_all(fixture.path("downloads")).unwrap();
    let output = pip(&["-c", "limits.txt", "acme"]);
    assert!(output.status.success(), "{output:?}");
    // without the constraints it would be 1.5 and 2.1
    for name in ["acme-1.0-py3-none-any.whl", "base-2.0-py3-none-any.whl"] {
        assert!(fixture.has(&format!("downloads/{name}")), "{output:?}");
    }
    // and a hash that is not the file's is found
    let text = fixture.read("out.txt");
    let hash = &fixture.index().file("acme-1.0-py3-none-any.whl").sha256;
    fixture.write("out.txt", text.replace(hash, &"0".repeat(64)));
    let output = pip(&["--require-hashes", "-r", "out.txt"]);
    assert!(!output.status.success(), "{output:?}");
}

#[test]
fn conda_gets_its_own_packages_and_those_of_pip() {
    let (file, template) = LOCKS[6];
    let fixture = with_lock(file, template);
    let environment = fixture.run(&["export", "--to", "conda"]).succeeds();
    fixture.write("conda-linux-64.lock", CONDA_EXPLICIT);
    let explicit = fixture
        .run(&["export", "--to", "conda", "conda-linux-64.lock"])
        .succeeds();
    assert_snapshot!(format!("{environment}\n{explicit}"));
    // what we wrote is read as what it was made from
    fixture.write("again/environment.yml", &environment.raw);
    let list = fixture.run(&["list", "again", "--format", "json"]).json();
    let names = list["components"].as_array().unwrap().iter();
    let mut names: Vec<&str> = names.map(|it| it["purl"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "pkg:conda/openssl@3.2.0",
            "pkg:conda/pip",
            "pkg:generic/python",
            "pkg:pypi/acme@1.0",
            "pkg:pypi/base@2.0"
        ]
    );
}

/// What `lock` wrote goes out too, one environment at a time.
#[test]
fn our_own_lock_is_exported() {
    let fixture = Fixture::new(
        "acme\nwin-only ; sys_platform == 'win32'\n",
        vec![
            project("acme", [FakeRelease::new("1.0").requires("base")]),
            project("base", [FakeRelease::new("2.0")]),
            project("win-only", [FakeRelease::new("3.0")]),
        ],
    );
    fixture.lock();
    let own = fixture.run(&["export", "--to", "requirements"]).succeeds();
    let of = fixture
        .run(&["export", "--to", "constraints", "-e", "app"])
        .succeeds();
    let none = fixture
        .run(&["export", "--to", "constraints", "-e", "other"])
        .exits(2);
    assert_snapshot!(format!("{own}\n{of}\n{none}"));
}

#[test]
fn what_cannot_be_exported_is_said() {
    let fixture = unconfigured();
    let mut told = String::new();
    let mut try_it = |fixture: &Fixture, arguments: &[&str]| {
        let ran = fixture.run(arguments).exits(2);
        assert_eq!(ran.stdout, "", "{ran}");
        told.push_str(&ran.to_string());
    };
    try_it(&fixture, &["export", "--to", "requirements"]);
    try_it(&fixture, &["export"]);
    try_it(&fixture, &["export", "--to", "docker"]);
    fixture.write("package-lock.json", NPM);
    try_it(&fixture, &["export", "--to", "requirements"]);
    try_it(&fixture, &["export", "--to", "conda"]);
    try_it(&fixture, &["export", "--to", "conda", "--format", "json"]);
    fixture.write(
        "git/requirements.txt",
        format!("acme @ git+https://host/acme.git@{}\n", "a".repeat(40)),
    );
    try_it(
        &fixture,
        &["export", "git/requirements.txt", "--to", "requirements"],
    );
    fixture.write(
        "git/Pipfile.lock",
        "{\"default\": {\"acme\": {\"version\": \"*\"}}}",
    );
    try_it(
        &fixture,
        &["export", "git/Pipfile.lock", "--to", "constraints"],
    );
    fixture.write(
        "broken/poetry.lock",
        "[[package]]\nname = \"a\nversion = 1\n",
    );
    try_it(&fixture, &["export", "broken", "--to", "requirements"]);
    assert_snapshot!(told);
}

/// A marker with a line break would be another line, and that an option of pip.
#[test]
fn a_lock_cannot_smuggle_options_into_requirements() {
    let fixture = unconfigured();
    fixture.write(
        "pylock.toml",
        "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"acme\"\nversion = \"1.0\"\nmarker = \"\"\"os_name == 'posix'\n--index-url https://evil.example/simple\"\"\"\nwheels = [{ url = \"https://host/acme-1.0-py3-none-any.whl\", hashes = { sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\" } }]\n",
    );
    let ran = fixture
        .run(&["export", "--to", "constraints", "pylock.toml"])
        .exits(2);
    assert_eq!(ran.stdout, "");
    assert_snapshot!(ran);
}
