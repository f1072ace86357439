//! What the policy refuses where another solution exists.

use insta::assert_snapshot;
use testkit::FakeRelease;

use crate::support::{Fixture, OWN_ADVISORIES, malicious, project, releases, vulnerability};

#[test]
fn a_vulnerable_range_is_passed_over_in_one_round() {
    let fixture = Fixture::new(
        "acme\n",
        vec![
            project(
                "acme",
                [FakeRelease::new("1.0").requires("pillow<10.3,>=9")],
            ),
            project("pillow", releases(["9.0", "9.5", "10.0.1", "10.2", "10.4"])),
        ],
    );
    fixture.configure(OWN_ADVISORIES);
    fixture.advise(&[
        vulnerability("PYSEC-2023-175", "pillow", "0", Some("10.0.1")),
        vulnerability("PYSEC-2024-1", "pillow", "10.2", Some("10.4")),
    ]);
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["acme 1.0", "pillow 10.0.1"]);
    assert_snapshot!("the_lock", fixture.shown("pylock.app.toml"));
}

#[test]
fn a_malicious_release_is_passed_over() {
    let fixture = Fixture::new(
        "ultralytics\n",
        vec![project(
            "ultralytics",
            releases(["8.3.40", "8.3.41", "8.3.42"]),
        )],
    );
    fixture.configure(OWN_ADVISORIES);
    fixture.advise(&[malicious(
        "MAL-2024-1",
        "ultralytics",
        &["8.3.41", "8.3.42"],
    )]);
    assert_snapshot!(fixture.lock());
}

#[test]
fn a_yanked_release_is_passed_over() {
    let fixture = Fixture::new(
        "acme\n",
        vec![project(
            "acme",
            [
                FakeRelease::new("1.0"),
                FakeRelease::new("2.0").yanked("leaks a key"),
            ],
        )],
    );
    assert_snapshot!(fixture.lock());
}

#[test]
fn a_yanked_release_that_is_pinned_is_refused() {
    let fixture = Fixture::new(
        "acme==2.0\n",
        vec![project(
            "acme",
            [
                FakeRelease::new("1.0"),
                FakeRelease::new("2.0").yanked("leaks a key"),
            ],
        )],
    );
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn a_denied_licence_is_passed_over() {
    let fixture = Fixture::new(
        "acme\n",
        vec![project(
            "acme",
            [
                FakeRelease::new("1.0").licence("MIT"),
                FakeRelease::new("2.0").licence("AGPL-3.0-only"),
            ],
        )],
    );
    fixture.configure("[licences]\ndeny = [\"AGPL-3.0-only\"]\n");
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["acme 1.0"]);
}

#[test]
fn a_release_inside_the_holding_period_is_passed_over() {
    let fixture = Fixture::new(
        "mlflow\n",
        vec![project(
            "mlflow",
            [
                FakeRelease::new("3.17.2").uploaded("2026-10-01T00:00:00Z"),
                FakeRelease::new("3.18.0").uploaded("2026-11-12T00:00:00Z"),
            ],
        )],
    );
    assert_snapshot!(fixture.lock());
    fixture.configure("[lock]\nholding-period = 0\n");
    fixture.run(&["lock", "--upgrade"]).succeeds();
    assert_eq!(fixture.versions(), ["mlflow 3.18.0"]);
}

#[test]
fn a_fix_younger_than_the_holding_period_is_exempt_and_recorded() {
    let fixture = Fixture::new(
        "acme\n",
        vec![project(
            "acme",
            [
                FakeRelease::new("1.0"),
                FakeRelease::new("1.1").uploaded("2026-11-18T00:00:00Z"),
                FakeRelease::new("1.2").uploaded("2026-11-19T00:00:00Z"),
            ],
        )],
    );
    fixture.configure(OWN_ADVISORIES);
    fixture.advise(&[vulnerability("PYSEC-2026-9", "acme", "0", Some("1.1"))]);
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["acme 1.1"]);
    assert_snapshot!("the_record", fixture.shown("pylock.app.toml"));
}

#[test]
fn an_index_without_upload_times_fails_closed() {
    let fixture = Fixture::new(
        "acme\n",
        vec![project(
            "acme",
            [FakeRelease::new("1.0").without_upload_time()],
        )],
    );
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
    fixture.configure("[lock]\nholding-period = 0\n");
    fixture.lock();
}
