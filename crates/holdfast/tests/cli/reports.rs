//! What every command prints, as text and as JSON.

use std::process::Command;

use insta::assert_snapshot;
use testkit::{FakeProject, FakeRelease};

use crate::support::{Fixture, OWN_ADVISORIES, project, releases, vulnerability};

fn index() -> Vec<FakeProject> {
    vec![
        project(
            "fastapi",
            [FakeRelease::new("0.110.0")
                .requires("starlette<0.37,>=0.36")
                .requires("pydantic>=1.7")
                .licence("MIT")],
        ),
        project(
            "starlette",
            [FakeRelease::new("0.36.3")
                .requires("anyio")
                .licence("BSD-3-Clause")],
        ),
        project("pydantic", [FakeRelease::new("2.6.0").licence("MIT")]),
        project(
            "anyio",
            [FakeRelease::new("4.3.0").requires("idna").licence("MIT")],
        ),
        project("idna", [FakeRelease::new("3.6").licence("BSD-3-Clause")]),
    ]
}

/// A locked project with something to say about it.
fn locked() -> Fixture {
    let mut fixture = Fixture::new("", index());
    let url = fixture.index().url();
    fixture.unset("UV_DEFAULT_INDEX");
    fixture.write(
        "requirements.in",
        format!("--index-url {url}\nfastapi>=0.100\nidna\n"),
    );
    fixture.configure(OWN_ADVISORIES);
    fixture.advise(&[vulnerability("PYSEC-2030-1", "other", "0", Some("1"))]);
    fixture.lock();
    fixture.advise(&[vulnerability("PYSEC-2026-7", "anyio", "0", Some("4.4"))]);
    fixture
}

#[test]
fn check() {
    let fixture = locked();
    assert_snapshot!("check_text", fixture.run(&["check"]).exits(1));
    assert_snapshot!(
        "check_json",
        fixture.run(&["check", "--format", "json"]).exits(1)
    );
    assert_snapshot!(
        "check_sarif",
        fixture.run(&["check", "--format", "sarif"]).exits(1)
    );
    let quiet = fixture.run(&["check", "--quiet"]).exits(1);
    assert_eq!(quiet.stderr, "");
    let coloured = fixture.run(&["check", "--color", "always"]).exits(1);
    assert!(coloured.raw.contains("\u{1b}["), "{coloured}");
}

#[test]
fn audit() {
    let fixture = locked();
    assert_snapshot!("audit_text", fixture.run(&["audit"]).exits(1));
    assert_snapshot!(
        "audit_json",
        fixture.run(&["audit", "--format", "json"]).exits(1)
    );
    assert_snapshot!(
        "audit_of_a_lock",
        fixture.run(&["audit", "pylock.app.toml"]).exits(1)
    );
    fixture.write("deploy/requirements.txt", "anyio==4.3.0\nidna>=3\n");
    assert_snapshot!(
        "audit_of_requirements",
        fixture.run(&["audit", "deploy/requirements.txt"]).exits(1)
    );
}

#[test]
fn tree_and_why() {
    let fixture = locked();
    assert_snapshot!("tree_text", fixture.run(&["tree"]).succeeds());
    assert_snapshot!(
        "tree_json",
        fixture.run(&["tree", "--format", "json"]).succeeds()
    );
    assert_snapshot!("why_text", fixture.run(&["why", "idna"]).succeeds());
    assert_snapshot!(
        "why_json",
        fixture.run(&["why", "IDNA", "--format", "json"]).succeeds()
    );
    assert_snapshot!(
        "why_of_what_is_not_there",
        fixture.run(&["why", "numpy"]).exits(1)
    );
}

#[test]
fn list() {
    let fixture = locked();
    assert_snapshot!("list_text", fixture.run(&["list"]).succeeds());
    assert_snapshot!(
        "list_json",
        fixture.run(&["list", "--format", "json"]).succeeds()
    );
    fixture.write("deploy/requirements.txt", "anyio==4.3.0\nidna>=3\n");
    assert_snapshot!(
        "list_of_requirements",
        fixture.run(&["list", "deploy/requirements.txt"]).succeeds()
    );
}

#[test]
fn outdated() {
    let fixture = locked();
    let starlette = FakeRelease::new("0.36.3").requires("anyio");
    let newer = vec![
        index().remove(0),
        project("starlette", [starlette, FakeRelease::new("0.40.0")]),
        project(
            "pydantic",
            [
                FakeRelease::new("2.6.0"),
                FakeRelease::new("2.7.0").uploaded("2026-11-20T00:00:00Z"),
            ],
        ),
        project("anyio", [FakeRelease::new("4.3.0").requires("idna")]),
        project("idna", releases(["3.6", "3.7"])),
    ];
    fixture.publish(newer);
    fs_err::remove_file(fixture.path("advisories/PYSEC-2026-7.json")).unwrap();
    assert_snapshot!("outdated_text", fixture.run(&["outdated"]).succeeds());
    assert_snapshot!(
        "outdated_json",
        fixture.run(&["outdated", "--format", "json"]).succeeds()
    );
}

fn git(fixture: &Fixture, arguments: &[&str]) {
    let status = Command::new("git")
        .args([
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.org",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .current_dir(fixture.path(""))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
}

#[test]
fn diff() {
    let fixture = locked();
    fs_err::copy(
        fixture.path("pylock.app.toml"),
        fixture.path("pylock.before.toml"),
    )
    .unwrap();
    git(&fixture, &["init", "--quiet"]);
    git(&fixture, &["add", "pylock.app.toml"]);
    git(&fixture, &["commit", "--quiet", "--message", "locked"]);
    let mut newer = index();
    newer.push(project(
        "uvicorn",
        [FakeRelease::new("0.30").requires("h11").requires("click")],
    ));
    newer.push(project("h11", releases(["0.14"])));
    newer.push(project("click", releases(["8.1"])));
    fixture.publish(newer);
    fs_err::remove_file(fixture.path("advisories/PYSEC-2026-7.json")).unwrap();
    let requirements = fixture.read("requirements.in").replace("idna", "uvicorn");
    fixture.write("requirements.in", requirements);
    fixture.lock();
    let files = ["diff", "pylock.before.toml", "pylock.app.toml"];
    assert_snapshot!("diff_text", fixture.run(&files).succeeds());
    let json = [&files[..], &["--format", "json"]].concat();
    assert_snapshot!("diff_json", fixture.run(&json).succeeds());
    let revision = fixture
        .run(&["diff", "HEAD:pylock.app.toml", "pylock.app.toml"])
        .succeeds();
    assert!(revision.stdout.contains("uvicorn"), "{revision}");
    assert_snapshot!(
        "diff_of_the_same",
        fixture
            .run(&["diff", "pylock.app.toml", "pylock.app.toml"])
            .succeeds()
    );
}

#[test]
fn init() {
    let fixture = Fixture::empty();
    fixture.write("requirements/base.in", "numpy>=1.26,<2\n");
    fixture.write("requirements/train.in", "-r base.in\nxgboost\n");
    fixture.write("requirements/serve.in", "-r base.in\nfastapi\n");
    fixture.write(".python-version", "3.11\n");
    assert_snapshot!("init_text", fixture.run(&["init"]).succeeds());
    assert_snapshot!("init_file", fixture.read("holdfast.toml"));
    fs_err::remove_file(fixture.path("holdfast.toml")).unwrap();
    assert_snapshot!(
        "init_json",
        fixture.run(&["init", "--format", "json"]).succeeds()
    );
}

#[test]
fn advisories() {
    let fixture = Fixture::empty();
    let status = ["advisories", "status"];
    assert_snapshot!("advisories_none", fixture.run(&status).succeeds());
    fixture.write(
        "osv/PYSEC-1.json",
        vulnerability("PYSEC-2026-1", "acme", "0", Some("2")),
    );
    fixture.write(
        "osv/PYSEC-2.json",
        vulnerability("PYSEC-2026-2", "base", "0", None),
    );
    fixture.write("osv/broken.json", "{");
    assert_snapshot!(
        "advisories_import",
        fixture.run(&["advisories", "import", "osv"]).succeeds()
    );
    assert_snapshot!(
        "advisories_import_json",
        fixture
            .run(&["advisories", "import", "osv", "--format", "json"])
            .succeeds()
    );
    assert_snapshot!("advisories_status", fixture.run(&status).succeeds());
    let json = [&status[..], &["--format", "json"]].concat();
    assert_snapshot!("advisories_status_json", fixture.run(&json).succeeds());
}

#[test]
fn cache() {
    let fixture = locked();
    assert_snapshot!("cache_dir", fixture.run(&["cache", "dir"]).succeeds());
    assert_snapshot!(
        "cache_dir_json",
        fixture
            .run(&["cache", "dir", "--format", "json"])
            .succeeds()
    );
    let cleaned = fixture.run(&["cache", "clean"]).succeeds();
    assert!(cleaned.stdout.starts_with("removed "), "{cleaned}");
    assert!(!fixture.beside("cache/advisories/store").exists());
    assert_snapshot!(
        "cache_clean_again",
        fixture
            .run(&["cache", "clean", "--format", "json"])
            .succeeds()
    );
}

#[test]
fn explain() {
    let fixture = Fixture::empty();
    let all = fixture.run(&["explain"]).succeeds();
    for rule in holdfast_rules::catalogue() {
        assert!(
            all.stdout.contains(rule.id) && all.stdout.contains(rule.severity.as_str()),
            "{all}"
        );
    }
    assert_snapshot!(
        "explain_one",
        fixture.run(&["explain", "missing-hash"]).succeeds()
    );
    let json = fixture
        .run(&["explain", "missing-hash", "--format", "json"])
        .succeeds();
    assert_snapshot!("explain_json", json);
}
