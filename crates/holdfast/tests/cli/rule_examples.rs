//! The failing example of every rule's page fails.

use holdfast_rules::{Rule, RuleSet, catalogue};
use testkit::FakeRelease;

use crate::support::{Fixture, project, vulnerability};

/// Rules whose example takes more than files, each with what it takes in a test of its own.
const ELSEWHERE: &[&str] = &["changed-predictions", "stale-advisories", "yanked-release"];

/// Whether the page says that another command finds it, in what is installed.
fn is_about_what_is_installed(rule: &Rule) -> bool {
    rule.page.contains("`holdfast verify` finds it")
}

/// A project with the files of the rule's example, and advisory data that knows nothing of it.
fn example(rule: &Rule) -> Fixture {
    let fixture = Fixture::new("", Vec::new());
    fs_err::remove_file(fixture.path("holdfast.toml")).unwrap();
    fs_err::remove_file(fixture.path("requirements.in")).unwrap();
    let files = rule.example();
    assert!(
        !files.is_empty(),
        "the page of `{}` has no failing example",
        rule.id
    );
    for file in files {
        fixture.write(&file.path, file.content);
    }
    fixture
}

/// The command that looks for what a rule is about.
fn command(rule: &Rule) -> &'static [&'static str] {
    if rule.sets.contains(&RuleSet::Drift) {
        return &[
            "drift",
            "--reference",
            "reference.csv",
            "--current",
            "current.csv",
        ];
    }
    if rule.sets.contains(&RuleSet::Scan) {
        &["model", "scan", "."]
    } else {
        &["check"]
    }
}

/// The ids of the rules that a command finds broken.
fn found(fixture: &Fixture, arguments: &[&str]) -> Vec<String> {
    let evaluation = fixture
        .run(&[arguments, &["--format", "json"]].concat())
        .json();
    let findings = evaluation["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_failing_example_fails() {
    let mut wrong = Vec::new();
    for rule in catalogue() {
        if ELSEWHERE.contains(&rule.id) || is_about_what_is_installed(rule) {
            continue;
        }
        let found = found(&example(rule), command(rule));
        if !found.iter().any(|id| id == rule.id) {
            wrong.push(format!("{}: found {}", rule.id, found.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_exceptions_are_rules_and_not_many() {
    for id in ELSEWHERE {
        assert!(
            holdfast_rules::find(id).is_some(),
            "`{id}` is no rule any more"
        );
    }
    let checked = catalogue()
        .iter()
        .filter(|rule| !is_about_what_is_installed(rule))
        .count();
    assert!(checked > 25, "{checked}");
}

/// It takes data that was fetched long ago.
#[test]
fn the_example_of_stale_advisories_fails() {
    let rule = holdfast_rules::find("stale-advisories").unwrap();
    let mut fixture = example(rule);
    assert!(!found(&fixture, &["check"]).contains(&rule.id.to_owned()));
    fixture.set("HOLDFAST_NOW", "2026-12-21T00:00:00Z");
    assert!(found(&fixture, &["check"]).contains(&rule.id.to_owned()));
}

/// It takes an index to ask.
#[test]
fn the_example_of_yanked_release_fails() {
    let rule = holdfast_rules::find("yanked-release").unwrap();
    let fixture = example(rule);
    fixture.index().publish(vec![project(
        "requests",
        [FakeRelease::new("2.32.0").yanked("conflicts with CVE-2024-35195 mitigation")],
    )]);
    assert!(!found(&fixture, &["check"]).contains(&rule.id.to_owned()));
    assert!(found(&fixture, &["check", "--online"]).contains(&rule.id.to_owned()));
}

/// What is not looked at is said, and fails a strict run.
#[test]
fn what_cannot_be_evaluated_is_a_gap_and_not_clean() {
    let fixture = Fixture::empty();
    fixture.write("requirements.txt", "acme==1.0\n");
    fixture.write("pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"test\"\n\n[[packages]]\nname = \"acme\"\nversion = \"1.0\"\n");
    let evaluation = fixture.run(&["check", "--format", "json"]).json();
    let gaps: Vec<&str> = evaluation["not_evaluated"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap["rule"].as_str().unwrap())
        .collect();
    assert!(gaps.contains(&"known-vulnerability"), "{gaps:?}");
    fixture.run(&["audit", "--offline"]).exits(0);
    fixture.run(&["audit", "--offline", "--strict"]).exits(1);
}

#[test]
fn a_run_fails_at_the_severity_that_is_asked_for() {
    let fixture = Fixture::new("", Vec::new());
    fs_err::remove_file(fixture.path("holdfast.toml")).unwrap();
    fs_err::remove_file(fixture.path("requirements.in")).unwrap();
    fixture.write("requirements.txt", "acme==1.0\n");
    let audit = ["audit", "--fail-on"];
    fixture.run(&[&audit[..], &["note"]].concat()).exits(0);
    fixture.write(
        "advisories/x.json",
        vulnerability("PYSEC-2026-1", "acme", "0", None),
    );
    fixture
        .run(&["advisories", "import", "advisories"])
        .succeeds();
    fixture.run(&[&audit[..], &["error"]].concat()).exits(1);
}
