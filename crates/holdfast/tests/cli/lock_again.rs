//! Locking again: what is locked stays, unless something says otherwise.

use insta::assert_snapshot;
use testkit::{FakeProject, FakeRelease};

use crate::support::{Fixture, OWN_ADVISORIES, project, releases, vulnerability};

fn old() -> Vec<FakeProject> {
    vec![
        project("acme", [FakeRelease::new("1.0").requires("base")]),
        project("base", releases(["1.0"])),
        project("other", releases(["1.0"])),
    ]
}

/// The same index some time later.
fn new() -> Vec<FakeProject> {
    vec![
        project(
            "acme",
            [
                FakeRelease::new("1.0").requires("base"),
                FakeRelease::new("2.0").requires("base"),
            ],
        ),
        project("base", releases(["1.0", "1.1", "2.0"])),
        project("other", releases(["1.0", "2.0"])),
        project("extra", releases(["1.0"])),
    ]
}

fn locked_long_ago() -> Fixture {
    let fixture = Fixture::new("acme\nother\n", old());
    fixture.lock();
    fixture.publish(new());
    fixture
}

#[test]
fn what_is_locked_stays_when_newer_releases_are_published() {
    let fixture = locked_long_ago();
    let before = fixture.read("pylock.app.toml");
    fixture.write("requirements.in", "acme\nother\nextra\n");
    assert_snapshot!(fixture.lock());
    assert_eq!(
        fixture.versions(),
        ["acme 1.0", "base 1.0", "extra 1.0", "other 1.0"]
    );
    fixture.write("requirements.in", "acme\nother\n");
    fixture.lock();
    assert_eq!(fixture.read("pylock.app.toml"), before);
}

#[test]
fn a_new_advisory_moves_that_package_alone_and_says_so() {
    let fixture = locked_long_ago();
    fixture.configure(OWN_ADVISORIES);
    fixture.advise(&[vulnerability("PYSEC-2026-1", "base", "0", Some("1.1"))]);
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["acme 1.0", "base 2.0", "other 1.0"]);
}

#[test]
fn an_upgrade_moves_everything() {
    let fixture = locked_long_ago();
    assert_snapshot!(fixture.run(&["lock", "--upgrade"]).succeeds());
    assert_eq!(fixture.versions(), ["acme 2.0", "base 2.0", "other 2.0"]);
}

#[test]
fn an_upgrade_of_a_package_moves_it_alone() {
    let fixture = locked_long_ago();
    assert_snapshot!(
        fixture
            .run(&["lock", "--upgrade-package", "Base"])
            .succeeds()
    );
    assert_eq!(fixture.versions(), ["acme 1.0", "base 2.0", "other 1.0"]);
}

#[test]
fn what_has_no_effect_is_said() {
    let fixture = locked_long_ago();
    assert_snapshot!(fixture.run(&[
        "lock",
        "--upgrade-package",
        "basee",
        "--allow",
        "PYSEC-2020-99"
    ]));
}

#[test]
fn the_patch_of_the_interpreter_stays_until_it_is_upgraded() {
    let mut fixture = locked_long_ago();
    let patch = |fixture: &Fixture| fixture.locked("app").holdfast.unwrap().python;
    assert_eq!(patch(&fixture), "3.11.7");
    fixture.pretend_python("3.11.8");
    fixture.run(&["lock", "--upgrade"]).succeeds();
    assert_eq!(patch(&fixture), "3.11.7");
    assert_eq!(fixture.versions(), ["acme 2.0", "base 2.0", "other 2.0"]);
    assert_snapshot!(fixture.run(&["lock", "--upgrade-python"]).succeeds());
    assert_eq!(patch(&fixture), "3.11.8");
}

#[test]
fn nothing_to_change_rewrites_nothing() {
    let fixture = locked_long_ago();
    let path = fixture.path("pylock.app.toml");
    let long_ago =
        std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    fs_err::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    fixture.index().forget_requests();
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.index().requests().len(), 0);
    // everything is solved again, and comes to the same
    fixture.publish(old());
    fixture.run(&["lock", "--upgrade"]).succeeds();
    let modified = fs_err::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(modified, long_ago);
}

#[test]
fn comments_and_order_do_not_make_a_lock_stale() {
    let fixture = locked_long_ago();
    let before = fixture.read("pylock.app.toml");
    fixture.write("requirements.in", "# why\nOther   # here\n\nACME # there\n");
    fixture.run(&["lock", "--check"]).succeeds();
    fixture.lock();
    assert_eq!(fixture.read("pylock.app.toml"), before);
}

#[test]
fn a_requirement_that_is_gone_leaves_the_lock() {
    let fixture = locked_long_ago();
    fixture.write("requirements.in", "other\n");
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["other 1.0"]);
}

#[test]
fn a_bound_that_excludes_the_locked_version_moves_it() {
    let fixture = locked_long_ago();
    fixture.write("requirements.in", "acme>1.0\nother\n");
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["acme 2.0", "base 1.0", "other 1.0"]);
}

#[test]
fn a_later_day_alone_changes_nothing() {
    let mut fixture = locked_long_ago();
    let before = fixture.read("pylock.app.toml");
    fixture.set("HOLDFAST_NOW", "2026-11-25T12:00:00Z");
    fixture.lock();
    assert_eq!(fixture.read("pylock.app.toml"), before);
}
