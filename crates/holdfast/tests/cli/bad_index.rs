//! Indexes and feeds that fail: exit 2 with the reason, and the old lock untouched.

use insta::assert_snapshot;
use testkit::{FakeIndexOptions, FakeRelease, Fault};

use crate::support::{Fixture, Ran, project, releases};

/// Locks, lets the index fail, and wants to lock more.
fn failing(fault: Fault) -> Ran {
    let fixture = Fixture::new(
        "acme\n",
        vec![
            project("acme", releases(["1.0"])),
            project("other", releases(["1.0"])),
        ],
    );
    fixture.lock();
    let before = fixture.read("pylock.app.toml");
    fixture.write("requirements.in", "acme\nother\n");
    fixture.index().break_path("/simple/other/", fault);
    let ran = fixture.run(&["lock"]).exits(2);
    assert_eq!(ran.stdout, "");
    assert_eq!(fixture.read("pylock.app.toml"), before);
    ran
}

#[test]
fn an_index_that_answers_404() {
    assert_snapshot!(failing(Fault::Status(404)));
}

#[test]
fn an_index_that_answers_403() {
    assert_snapshot!(failing(Fault::Status(403)));
}

#[test]
fn an_index_that_answers_500() {
    assert_snapshot!(failing(Fault::Status(500)));
}

#[test]
fn an_index_that_answers_garbage() {
    assert_snapshot!(failing(Fault::garbage()));
}

#[test]
fn an_index_that_answers_the_page_of_a_log_in() {
    let page = "<!DOCTYPE html><html><body><form>Log in</form></body></html>";
    assert_snapshot!(failing(Fault::Body(page.into())));
}

#[test]
fn an_index_that_answers_nothing() {
    assert_snapshot!(failing(Fault::Close { times: u32::MAX }));
}

#[test]
fn an_index_that_breaks_off() {
    assert_snapshot!(failing(Fault::Truncate { times: u32::MAX }));
}

#[test]
fn an_index_that_is_not_there() {
    let mut fixture = Fixture::new("acme\n", vec![project("acme", releases(["1.0"]))]);
    fixture.close_index();
    // a port that is never open
    fixture.set("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple");
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn an_index_that_recovers_is_asked_again() {
    let fixture = Fixture::new("acme\n", vec![project("acme", releases(["1.0"]))]);
    fixture.index().break_path(
        "/simple/acme/",
        Fault::StatusTimes {
            status: 503,
            times: 2,
            retry_after: Some(0),
        },
    );
    fixture.lock();
    assert_eq!(fixture.versions(), ["acme 1.0"]);
}

#[test]
fn a_wheel_whose_metadata_is_not_served_is_read_by_range() {
    let fixture = Fixture::with_options(
        "acme\n",
        vec![
            project(
                "acme",
                [FakeRelease::new("1.0")
                    .requires("base")
                    .licence("MIT")
                    .padding(300_000)],
            ),
            project("base", releases(["1.0"])),
        ],
        FakeIndexOptions::new().without_metadata(),
    );
    fixture.lock();
    assert_eq!(fixture.versions(), ["acme 1.0", "base 1.0"]);
    let lock = fixture.read("pylock.app.toml");
    assert!(lock.contains("licence = \"MIT\""), "{lock}");
}

/// Metadata that is served beside a wheel, or read from a part of it, is all that locking needs; a
/// wheel that has to be fetched whole is checked.
#[test]
fn a_wheel_whose_bytes_do_not_match_is_refused_where_it_is_fetched() {
    let fixture = Fixture::with_options(
        "acme\n",
        vec![project("acme", [FakeRelease::new("1.0").wrong_bytes()])],
        FakeIndexOptions::new().without_metadata().without_ranges(),
    );
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
    assert!(!fixture.has("pylock.app.toml"));
}

#[test]
fn a_wheel_that_is_no_archive_is_refused() {
    let fixture = Fixture::with_options(
        "acme\n",
        vec![project("acme", releases(["1.0"]))],
        FakeIndexOptions::new()
            .without_metadata()
            .fault(".whl", Fault::garbage()),
    );
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn metadata_that_is_of_another_package_is_refused() {
    let other = "Metadata-Version: 2.1\nName: other\nVersion: 9.9\n";
    let fixture = Fixture::new(
        "acme\n",
        vec![project("acme", [FakeRelease::new("1.0").metadata(other)])],
    );
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn a_feed_that_does_not_answer_is_said_and_done_without() {
    let mut fixture = Fixture::new("acme\n", vec![project("acme", releases(["1.0"]))]);
    fixture.set("HOLDFAST_NOW", "2026-11-23T00:00:00Z");
    assert_snapshot!("lock_without_the_feed", fixture.lock());
    // it is left alone for a while
    assert_eq!(fixture.run(&["lock", "--upgrade"]).succeeds().stderr, "");
    fixture.set("HOLDFAST_NOW", "2026-12-23T00:00:00Z");
    assert_snapshot!("audit_without_the_feed", fixture.run(&["audit"]));
}

#[test]
fn a_feed_that_answers_garbage_leaves_the_data_that_is_there() {
    let fixture = Fixture::new("acme\n", vec![project("acme", releases(["1.0"]))]);
    fixture.index().break_path("/feed.zip", Fault::garbage());
    let feed = format!("{}/feed.zip", fixture.index().root());
    let ran = fixture
        .run(&["advisories", "update", "--url", &feed])
        .exits(2);
    assert!(
        ran.stderr.contains("/feed.zip` answers is no export"),
        "{ran}"
    );
    fixture
        .run(&["advisories", "status"])
        .succeeds()
        .prints("1 record");
}

#[test]
fn no_network_at_all() {
    let mut fixture = Fixture::new("acme\n", Vec::new());
    fixture.unset("UV_DEFAULT_INDEX");
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
    // what needs no network is not held up
    let checked = fixture.run(&["check"]).exits(1);
    assert_eq!(checked.stderr, "");
}
