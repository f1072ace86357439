//! `lock --check`, `--dry-run` and `--offline`.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Fixture, project, releases};

fn fixture() -> Fixture {
    Fixture::new(
        "acme\n",
        vec![
            project("acme", releases(["1.0"])),
            project("other", releases(["1.0"])),
        ],
    )
}

#[test]
fn a_missing_lock_is_not_a_pass() {
    let fixture = fixture();
    assert_snapshot!(fixture.run(&["lock", "--check"]).exits(1));
    assert!(!fixture.has("pylock.app.toml"));
}

#[test]
fn a_fresh_lock_passes() {
    let fixture = fixture();
    fixture.lock();
    fixture.index().forget_requests();
    assert_snapshot!(fixture.run(&["lock", "--check"]).exits(0));
    assert_eq!(fixture.index().requests().len(), 0);
}

#[test]
fn a_stale_lock_names_what_it_lacks() {
    let fixture = fixture();
    fixture.lock();
    let before = fixture.read("pylock.app.toml");
    fixture.write("requirements.in", "acme>=2\nother\n");
    assert_snapshot!(fixture.run(&["lock", "--check"]).exits(1));
    assert_eq!(fixture.read("pylock.app.toml"), before);
}

#[test]
fn a_check_answers_in_json_and_sarif() {
    let fixture = fixture();
    let missing = fixture
        .run(&["lock", "--check", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(missing["schema"], "holdfast/evaluation/1");
    assert_eq!(missing["findings"][0]["rule"], "missing-lock");
    fixture.lock();
    let fresh = fixture
        .run(&["lock", "--check", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(fresh["findings"], json!([]));
    fixture.write("requirements.in", "other\n");
    let stale = fixture
        .run(&["lock", "--check", "--format", "sarif"])
        .exits(1)
        .json();
    assert_eq!(stale["version"], "2.1.0");
    assert_eq!(stale["runs"][0]["results"][0]["ruleId"], "stale-lock");
}

#[test]
fn a_dry_run_writes_nothing() {
    let fixture = fixture();
    assert_snapshot!(fixture.run(&["lock", "--dry-run"]).succeeds());
    assert!(!fixture.has("pylock.app.toml"));
    let files: Vec<_> = fs_err::read_dir(fixture.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files.len(), 2, "{files:?}");
}

#[test]
fn offline_works_where_everything_is_cached() {
    let mut fixture = fixture();
    fixture.lock();
    let first = fixture.read("pylock.app.toml");
    fs_err::remove_file(fixture.path("pylock.app.toml")).unwrap();
    fixture.index().forget_requests();
    fixture.run(&["lock", "--offline"]).succeeds();
    assert_eq!(fixture.index().requests().len(), 0);
    assert_eq!(fixture.read("pylock.app.toml"), first);
    fixture.close_index();
    fixture.run(&["lock", "--offline", "--upgrade"]).succeeds();
}

#[test]
fn offline_says_what_the_cache_lacks() {
    let fixture = fixture();
    assert_snapshot!(fixture.run(&["lock", "--offline"]).exits(2));
    fixture.lock();
    let before = fixture.read("pylock.app.toml");
    fixture.write("requirements.in", "acme\nother\n");
    assert_snapshot!(fixture.run(&["lock", "--offline"]).exits(2));
    assert_eq!(fixture.read("pylock.app.toml"), before);
    assert_eq!(fixture.index().count("/simple/other/"), 0);
}

#[test]
fn check_does_not_go_with_an_upgrade() {
    let fixture = fixture();
    assert_snapshot!(fixture.run(&["lock", "--check", "--upgrade"]).exits(2));
}
