//! `holdfast import`: from each tool's lock, versions unchanged and hashes kept, into a lock that
//! installers take.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use holdfast_model::{HashAlgorithm, Locked};
use insta::assert_snapshot;

use crate::support::foreign::{CONDA_EXPLICIT, LOCKS, NPM, filled, unconfigured};
use crate::support::{Fixture, project, releases, uv};

/// Versions of PyPI's packages with the SHA-256 of their files.
fn pinned(locked: &Locked) -> BTreeMap<String, BTreeSet<String>> {
    let packages = locked.packages.iter();
    let pypi = packages.filter(|it| it.package.ecosystem() == holdfast_model::Ecosystem::Pypi);
    pypi.map(|package| {
        let version = package.version.as_deref().unwrap_or("-");
        let hashes = package.files.iter().flat_map(|file| &file.hashes);
        let sha256 = hashes.filter(|it| it.algorithm() == HashAlgorithm::Sha256);
        let hashes = sha256.map(|it| it.hex().to_owned()).collect();
        (format!("{} {version}", package.package), hashes)
    })
    .collect()
}

/// A directory with a lock of another tool.
fn with_lock(file: &str, template: &str) -> Fixture {
    let fixture = unconfigured();
    let text = filled(template, fixture.index());
    fixture.write(file, text);
    fixture
}

/// uv installs what a lock says, into nowhere.
fn uv_would_install(fixture: &Fixture) -> Vec<String> {
    let output = Command::new(uv())
        .args(["pip", "sync", "--dry-run", "--require-hashes", "--target"])
        .arg(fixture.beside("target"))
        .arg("pylock.default.toml")
        .current_dir(fixture.path(""))
        .env("UV_CACHE_DIR", fixture.beside("uv"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    let installed = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("+ "));
    installed.map(str::to_owned).collect()
}

#[test]
fn versions_stay_and_hashes_are_kept_from_every_lock() {
    let mut told = String::new();
    for (file, template) in LOCKS {
        let fixture = with_lock(file, template);
        told.push_str(&fixture.run(&["import", file]).succeeds().to_string());
        let before = fixture.read(file);
        let locked = fixture.locked("default");
        let index = fixture.index();
        let hash = |name: &str| index.file(name).sha256;
        let mut acme = BTreeSet::from([hash("acme-1.0-py3-none-any.whl")]);
        let mut base = BTreeSet::from([hash("base-2.0-py3-none-any.whl")]);
        if before.contains(&hash("base-2.0.tar.gz")) {
            base.insert(hash("base-2.0.tar.gz"));
        }
        let mut expected = BTreeMap::from([
            ("acme 1.0".to_owned(), std::mem::take(&mut acme)),
            ("base 2.0".to_owned(), std::mem::take(&mut base)),
        ]);
        if before.contains("testing") {
            let testing = hash("testing-3.0-py3-none-any.whl");
            expected.insert("testing 3.0".to_owned(), BTreeSet::from([testing]));
        }
        assert_eq!(pinned(&locked), expected, "{file}");
        for file in locked.packages.iter().flat_map(|it| &it.files) {
            assert!(file.url.is_some(), "{file:?}");
        }
        assert_eq!(
            uv_would_install(&fixture),
            ["acme==1.0", "base==2.0"],
            "{file}"
        );
        // what was made is what is there: once more changes nothing
        let again = fixture.run(&["import", file]).succeeds();
        assert!(again.stdout.contains("unchanged"), "{again}");
    }
    assert_snapshot!(told);
}

#[test]
fn an_imported_lock_as_it_is_written() {
    for (name, (file, template)) in ["uv", "conda_lock"].into_iter().zip([LOCKS[0], LOCKS[6]]) {
        let fixture = with_lock(file, template);
        fixture.run(&["import", file]).succeeds();
        let shown = fixture.shown("pylock.default.toml");
        // it is the digest of a file with the port of the index in it
        let digest = shown.lines().find(|line| line.starts_with("declarations"));
        let shown = shown.replace(digest.unwrap(), "declarations = \"[digest]\"");
        assert_snapshot!(format!("lock_imported_from_{name}"), shown);
    }
}

/// They are of use to nobody who installs Python packages, and stay on record.
#[test]
fn packages_of_conda_and_npm_are_kept_where_no_installer_looks() {
    let fixture = unconfigured();
    fixture.write("conda-linux-64.lock", CONDA_EXPLICIT);
    let from_conda = fixture.run(&["import", "conda-linux-64.lock"]).succeeds();
    assert_eq!(
        fixture.versions_in("default"),
        ["openssl 3.2.0", "python 3.11.7"]
    );
    fixture.write("web/package-lock.json", NPM);
    let from_npm = fixture.run(&["import", "web", "-e", "web"]).succeeds();
    let locked = holdfast_locked::read(
        fixture.read("web/pylock.web.toml").as_bytes(),
        "pylock.web.toml",
    )
    .unwrap();
    let hashes = locked.packages.iter().map(|it| it.files[0].hashes.len());
    assert_eq!(hashes.collect::<Vec<_>>(), [1, 1, 1, 1]);
    let tree = fixture.run(&["tree", "web/pylock.web.toml"]).succeeds();
    assert_snapshot!(format!("{from_conda}\n{from_npm}\n{tree}"));
}

#[test]
fn groups_stay_a_choice_or_are_taken_by_name() {
    let (file, template) = LOCKS[0];
    let fixture = with_lock(file, template);
    fixture.run(&["import"]).succeeds();
    let locked = fixture.locked("default");
    assert_eq!(locked.groups.dependency_groups, ["dev"]);
    let taken = fixture.run(&["import", "--group", "dev"]).succeeds();
    assert_eq!(
        fixture.versions_in("default"),
        ["acme 1.0", "base 2.0", "testing 3.0"]
    );
    assert!(
        fixture
            .locked("default")
            .groups
            .dependency_groups
            .is_empty()
    );
    let refused = fixture.run(&["import", "--group", "docs"]).exits(2);
    assert_snapshot!(format!("{taken}\n{refused}"));
}

/// What is imported is what the environment asks for, and `lock` has nothing to do.
#[test]
fn an_environment_that_is_configured_stays_locked_as_it_was() {
    let fixture = with_lock(LOCKS[4].0, LOCKS[4].1);
    let url = fixture.index().url();
    fixture.write("requirements.in", format!("--index-url {url}\nacme>=1\n"));
    fixture.configure("");
    let import = fixture.run(&["import"]).succeeds();
    assert_eq!(fixture.versions(), ["acme 1.0", "base 2.0"]);
    let check = fixture.run(&["lock", "--check"]).succeeds();
    let lock = fixture.run(&["lock", "--offline"]).succeeds();
    assert_eq!(fixture.versions(), ["acme 1.0", "base 2.0"]);
    assert_snapshot!(format!("{import}\n{check}\n{lock}"));
}

/// Pipenv names what is for other machines without a version; the Pipfile says for which.
#[test]
fn what_pipenv_does_not_lock_is_left_out_and_said() {
    let (file, template) = LOCKS[2];
    let fixture = with_lock(
        file,
        &template.replace(
            "\"default\": {",
            "\"default\": {\n\"colors\": {\"version\": \"*\"},",
        ),
    );
    let nobody_knows = fixture.run(&["import"]).exits(2);
    fixture.write(
        "Pipfile",
        "[packages]\nacme = \"*\"\ncolors = {version = \"*\", sys_platform = \"== 'win32'\"}\n",
    );
    let import = fixture.run(&["import"]).succeeds();
    let export = fixture
        .run(&["export", "--to", "constraints", "Pipfile.lock"])
        .succeeds();
    assert_snapshot!(format!("{nobody_knows}\n{import}\n{export}"));
}

#[test]
fn a_dry_run_writes_nothing_and_json_says_the_same() {
    let (file, template) = LOCKS[1];
    let fixture = with_lock(file, template);
    let text = fixture.run(&["import", "--dry-run"]).succeeds();
    let json = fixture
        .run(&["import", "--dry-run", "--format", "json"])
        .succeeds();
    assert!(!fixture.has("pylock.default.toml"));
    assert_snapshot!(format!("{text}\n{json}"));
}

/// An index that has another file under the name cannot slip it in.
#[test]
fn a_file_with_another_hash_is_not_taken() {
    let (file, template) = LOCKS[1];
    let wrong = "0".repeat(64);
    let fixture = with_lock(file, &template.replace("[hash of acme]", &wrong));
    let refused = fixture.run(&["import"]).exits(2);
    assert!(!fixture.has("pylock.default.toml"));
    let fixture = with_lock(file, &template.replace("[hash of base-sdist]", &wrong));
    let left_out = fixture.run(&["import"]).succeeds();
    assert!(!fixture.read("pylock.default.toml").contains(&wrong));
    assert_snapshot!(format!("{refused}\n{left_out}"));
}

#[test]
fn without_an_index_only_what_needs_none_is_imported() {
    let (file, template) = LOCKS[0];
    let mut fixture = with_lock(file, template);
    fixture.close_index();
    fixture.run(&["import", "--offline"]).succeeds();
    assert_eq!(
        fixture.versions_in("default"),
        ["acme 1.0", "base 2.0", "testing 3.0"]
    );
    let (file, template) = LOCKS[2];
    let fixture = with_lock(file, template);
    assert_snapshot!(fixture.run(&["import", "--offline"]).exits(2));
    assert!(!fixture.has("pylock.default.toml"));
}

#[test]
fn what_cannot_be_imported_is_said() {
    let mut told = String::new();
    let mut try_it = |fixture: &Fixture, arguments: &[&str]| {
        let ran = fixture.run(arguments).exits(2);
        assert_eq!(ran.stdout, "", "{ran}");
        told.push_str(&ran.to_string());
    };
    let fixture = unconfigured();
    try_it(&fixture, &["import"]);
    try_it(&fixture, &["import", "nowhere.lock"]);
    fixture.write("notes.txt", "not a lock\n");
    try_it(&fixture, &["import", "notes.txt"]);
    fixture.write("requirements.txt", "acme>=1\n");
    try_it(&fixture, &["import", "requirements.txt"]);
    fixture.write("uv.lock", "version = 1\n[[package]\n");
    try_it(&fixture, &["import", "uv.lock"]);
    fixture.write("package-lock.json", b"\xff\xfe{\0}\0");
    try_it(&fixture, &["import", "package-lock.json"]);
    fixture.write("uv.lock", filled(LOCKS[0].1, fixture.index()));
    fixture.write("package-lock.json", NPM);
    try_it(&fixture, &["import"]);
    fixture.write("sub/deep/uv.lock", filled(LOCKS[0].1, fixture.index()));
    try_it(&fixture, &["import", "sub"]);
    fixture.write(
        "git.lock/requirements.txt",
        "acme @ git+https://host/acme.git@main\n",
    );
    try_it(&fixture, &["import", "git.lock/requirements.txt"]);
    fixture.write(
        "url/requirements.txt",
        "acme @ https://host/acme-1.0-py3-none-any.whl\n",
    );
    try_it(&fixture, &["import", "url/requirements.txt"]);
    let unknown = LOCKS[5].1.replace("sha256 =", "sha999 =");
    fixture.write("weak/pylock.toml", filled(&unknown, fixture.index()));
    try_it(&fixture, &["import", "weak/pylock.toml", "--offline"]);
    assert_snapshot!(told);
}

#[test]
fn a_lock_of_our_own_is_not_imported() {
    let fixture = Fixture::new("acme\n", vec![project("acme", releases(["1.0"]))]);
    fixture.lock();
    assert_snapshot!(fixture.all_exit(2, &[&["import"], &["import", "pylock.app.toml"]]));
}
