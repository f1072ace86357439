//! Where there is no solution: our own explanation, exit 2, and nothing written.

use insta::assert_snapshot;
use testkit::{FakeProject, FakeRelease};

use crate::support::{Fixture, OWN_ADVISORIES, project, releases, vulnerability};

fn vulnerable_mlflow() -> Vec<FakeProject> {
    vec![project(
        "mlflow",
        releases(["2.8.0", "2.8.1", "2.9.2", "3.0.0"]),
    )]
}

#[test]
fn a_direct_requirement_of_vulnerable_versions_alone() {
    let fixture = Fixture::new("mlflow<2.9\n", vulnerable_mlflow());
    fixture.configure(OWN_ADVISORIES);
    fixture.advise(&[vulnerability(
        "PYSEC-2023-252",
        "mlflow",
        "0",
        Some("2.9.2"),
    )]);
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
    assert!(!fixture.has("pylock.app.toml"));
}

#[test]
fn a_vulnerability_without_any_fix() {
    let fixture = Fixture::new("mlflow\n", vulnerable_mlflow());
    fixture.configure(OWN_ADVISORIES);
    fixture.advise(&[vulnerability("PYSEC-2023-252", "mlflow", "0", None)]);
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn a_chain_leads_from_what_a_person_wrote_to_what_is_refused() {
    let fixture = Fixture::new(
        "# the first line\nfront\n",
        vec![
            project("front", [FakeRelease::new("1.0").requires("middle>=1")]),
            project("middle", [FakeRelease::new("1.0").requires("pillow<10")]),
            project("pillow", releases(["9.0", "9.5", "10.4"])),
        ],
    );
    fixture.configure(OWN_ADVISORIES);
    fixture.advise(&[vulnerability(
        "PYSEC-2023-175",
        "pillow",
        "0",
        Some("10.0.1"),
    )]);
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn declarations_that_contradict_each_other() {
    let fixture = Fixture::new(
        "numpy>=2\nold\n",
        vec![
            project("numpy", releases(["1.26.4", "2.0"])),
            project("old", [FakeRelease::new("1.0").requires("numpy<2")]),
        ],
    );
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn a_package_that_no_index_has() {
    let fixture = Fixture::new("acme\nacmee>=1\n", vec![project("acme", releases(["1.0"]))]);
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn a_version_that_no_index_has() {
    let fixture = Fixture::new("acme>=2\n", vec![project("acme", releases(["1.0"]))]);
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn only_releases_inside_the_holding_period() {
    let fixture = Fixture::new(
        "acme>=2\n",
        vec![project(
            "acme",
            [
                FakeRelease::new("1.0"),
                FakeRelease::new("2.0").uploaded("2026-11-20T00:00:00Z"),
            ],
        )],
    );
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn only_denied_licences() {
    let fixture = Fixture::new(
        "acme\n",
        vec![project(
            "acme",
            [FakeRelease::new("1.0").licence("AGPL-3.0-only")],
        )],
    );
    fixture.configure("[licences]\ndeny = [\"AGPL-3.0-only\"]\n");
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn an_old_lock_is_untouched_by_a_conflict() {
    let fixture = Fixture::new("mlflow<2.9\n", vulnerable_mlflow());
    fixture.lock();
    let before = fixture.read("pylock.app.toml");
    fixture.configure(OWN_ADVISORIES);
    fixture.advise(&[vulnerability(
        "PYSEC-2023-252",
        "mlflow",
        "0",
        Some("2.9.2"),
    )]);
    fixture.run(&["lock"]).exits(2);
    assert_eq!(fixture.read("pylock.app.toml"), before);
}

#[test]
fn an_advisory_that_is_allowed_by_an_alias_is_let_through_and_recorded() {
    let fixture = Fixture::new("mlflow<2.9\n", vulnerable_mlflow());
    fixture.configure(OWN_ADVISORIES);
    let record = vulnerability("PYSEC-2023-252", "mlflow", "0", Some("2.9.2"))
        .replace("\"summary\"", "\"aliases\":[\"CVE-2023-6753\"],\"summary\"");
    fixture.advise(&[record]);
    assert_snapshot!(
        fixture
            .run(&["lock", "--allow", "CVE-2023-6753"])
            .succeeds()
    );
    let lock = fixture.read("pylock.app.toml");
    assert!(lock.contains("[[tool.holdfast.exemptions]]"), "{lock}");
    assert!(lock.contains("PYSEC-2023-252"), "{lock}");
    // what is recorded counts from then on
    fixture.lock().prints("unchanged");
    let checked = fixture.run(&["check", "--format", "json"]).succeeds();
    assert_eq!(checked.json()["summary"]["waived"], 1);
}

#[test]
fn a_waiver_lets_through_and_is_recorded_with_its_reason() {
    let fixture = Fixture::new("mlflow<2.9\n", vulnerable_mlflow());
    fixture.advise(&[vulnerability(
        "PYSEC-2023-252",
        "mlflow",
        "0",
        Some("2.9.2"),
    )]);
    let waiver = "[[waivers]]\nrule = \"known-vulnerability\"\nsubject = \"pkg:pypi/mlflow@<2.9\"\nreason = \"not reachable\"\nowner = \"ada@example.org\"\nuntil = 2026-12-31\n";
    fixture.configure(&format!("{OWN_ADVISORIES}{waiver}"));
    assert_snapshot!(fixture.run(&["lock"]).succeeds());
    assert_snapshot!("waived_lock", fixture.shown("pylock.app.toml"));
    // after its last day it counts no more
    let mut fixture = fixture;
    fixture.set("HOLDFAST_NOW", "2027-01-01T00:00:00Z");
    fixture.run(&["lock"]).exits(2);
}
