//! What machines read: keys that are always there, SARIF, exit codes, streams.

use serde_json::Value;

use crate::support::{Fixture, OWN_ADVISORIES, project, releases, vulnerability};

/// Findings with and without places, waivers and gaps.
fn fixture() -> Fixture {
    let fixture = Fixture::new(
        "acme>=1\nbase==1.0\n",
        vec![
            project("acme", releases(["1.0"])),
            project("base", releases(["1.0"])),
        ],
    );
    let waiver = "[[waivers]]\nrule = \"known-vulnerability\"\nsubject = \"pkg:pypi/base@<2\"\nreason = \"not reachable\"\nowner = \"ada@example.org\"\nuntil = 2026-12-31\n";
    fixture.configure(&format!("{OWN_ADVISORIES}{waiver}"));
    fixture.advise(&[
        vulnerability("PYSEC-2026-2", "base", "0", Some("2")),
        vulnerability("PYSEC-2026-3", "other", "0", None),
    ]);
    fixture.lock();
    fixture.advise(&[vulnerability("PYSEC-2026-1", "acme", "0", Some("2"))]);
    fixture
}

#[track_caller]
fn has_keys(value: &Value, keys: &[&str]) {
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("no object: {value}"));
    let mut found: Vec<&str> = object.keys().map(String::as_str).collect();
    found.sort_unstable();
    let mut expected = keys.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected, "{value}");
}

/// As the documentation of the format promises it.
#[track_caller]
fn is_an_evaluation(evaluation: &Value) {
    has_keys(
        evaluation,
        &["schema", "findings", "not_evaluated", "summary"],
    );
    assert_eq!(evaluation["schema"], "holdfast/evaluation/1");
    has_keys(
        &evaluation["summary"],
        &["error", "warning", "note", "waived", "not_evaluated"],
    );
    for finding in evaluation["findings"].as_array().unwrap() {
        let keys = [
            "rule",
            "severity",
            "layer",
            "environment",
            "subject",
            "message",
            "fix",
            "location",
            "details",
            "waiver",
        ];
        has_keys(finding, &keys);
        assert!(
            holdfast_rules::find(finding["rule"].as_str().unwrap()).is_some(),
            "{finding}"
        );
        assert!(["error", "warning", "note"].contains(&finding["severity"].as_str().unwrap()));
        if !finding["location"].is_null() {
            has_keys(&finding["location"], &["file", "line", "column"]);
            assert!(
                finding["location"]["line"].as_u64().unwrap() >= 1,
                "{finding}"
            );
            assert!(
                finding["location"]["column"].as_u64().unwrap() >= 1,
                "{finding}"
            );
            let file = finding["location"]["file"].as_str().unwrap();
            assert!(!file.starts_with('/') && !file.contains('\\'), "{finding}");
        }
        if finding["rule"] == "known-vulnerability" {
            for key in ["id", "aliases", "severity", "fixed"] {
                assert!(
                    finding["details"].get(key).is_some(),
                    "no `{key}` in {finding}"
                );
            }
        }
    }
    for gap in evaluation["not_evaluated"].as_array().unwrap() {
        has_keys(gap, &["rule", "environment", "subject", "reason"]);
    }
}

#[test]
fn every_key_of_an_evaluation_is_always_there() {
    let fixture = fixture();
    for arguments in [
        &["check"][..],
        &["check", "--online"],
        &["audit"],
        &["audit", "requirements.in"],
        &["audit", "pylock.app.toml"],
        &["lock", "--check"],
    ] {
        let ran = fixture.run(&[arguments, &["--format", "json"]].concat());
        is_an_evaluation(&ran.json());
    }
    fixture.write("requirements.in", "acme>=1\nbase==1.0\nmissing\n");
    is_an_evaluation(
        &fixture
            .run(&["lock", "--check", "--format", "json"])
            .exits(1)
            .json(),
    );
}

#[test]
fn findings_are_counted_and_waivers_named() {
    let evaluation = fixture()
        .run(&["audit", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(evaluation["summary"]["error"], 1, "{evaluation:#}");
    assert_eq!(evaluation["summary"]["waived"], 1, "{evaluation:#}");
    let waived: Vec<&Value> = evaluation["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| !finding["waiver"].is_null())
        .collect();
    assert_eq!(waived.len(), 1);
    assert_eq!(waived[0]["subject"], "pkg:pypi/base@1.0");
    assert_eq!(waived[0]["waiver"]["owner"], "ada@example.org");
}

#[test]
fn sarif_says_the_same_findings() {
    let fixture = fixture();
    for command in ["check", "audit"] {
        let json = fixture.run(&[command, "--format", "json"]).exits(1).json();
        let sarif = fixture.run(&[command, "--format", "sarif"]).exits(1).json();
        assert_eq!(sarif["version"], "2.1.0");
        let run = &sarif["runs"][0];
        let rules: Vec<&str> = run["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule["id"].as_str().unwrap())
            .collect();
        let results = run["results"].as_array().unwrap();
        let findings = json["findings"].as_array().unwrap();
        assert_eq!(results.len(), findings.len());
        for result in results {
            let rule = result["ruleId"].as_str().unwrap();
            assert!(rules.contains(&rule), "{result}");
            assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
            assert!(result["message"]["text"].is_string(), "{result}");
            assert!(result["partialFingerprints"].is_object(), "{result}");
        }
        let suppressed = results.iter().filter(|result| {
            result["suppressions"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        });
        assert_eq!(suppressed.count(), 1, "{run:#}");
    }
}

#[test]
fn an_inventory_has_every_key() {
    let fixture = fixture();
    for path in [".", "requirements.in", "pylock.app.toml"] {
        let inventory = fixture
            .run(&["list", path, "--format", "json"])
            .succeeds()
            .json();
        has_keys(&inventory, &["schema", "components"]);
        assert_eq!(inventory["schema"], "holdfast/inventory/1");
        let components = inventory["components"].as_array().unwrap();
        assert!(!components.is_empty(), "{inventory}");
        for component in components {
            let keys = [
                "purl",
                "name",
                "version",
                "specifier",
                "state",
                "layer",
                "environment",
                "direct",
                "marker",
                "hashes",
                "location",
            ];
            has_keys(component, &keys);
        }
    }
}

/// Each answer names its own format and version.
#[test]
fn every_json_answer_names_its_schema() {
    let fixture = fixture();
    for arguments in [
        &["lock"][..],
        &["tree"],
        &["why", "acme"],
        &["diff", "pylock.app.toml", "pylock.app.toml"],
        &["outdated"],
        &["list"],
        &["explain"],
        &["explain", "missing-hash"],
        &["advisories", "status"],
        &["cache", "dir"],
    ] {
        fs_err::remove_dir_all(fixture.path("advisories")).unwrap();
        fixture.advise(&[vulnerability("PYSEC-2026-3", "other", "0", None)]);
        let answer = fixture
            .run(&[arguments, &["--format", "json"]].concat())
            .succeeds()
            .json();
        let schema = answer["schema"].as_str().unwrap_or_default();
        let parts: Vec<&str> = schema.split('/').collect();
        assert_eq!(parts.len(), 3, "{arguments:?}: `{schema}`");
        assert_eq!(
            (parts[0], parts[2]),
            ("holdfast", "1"),
            "{arguments:?}: `{schema}`"
        );
    }
}

#[test]
fn the_same_state_is_printed_in_the_same_bytes() {
    let fixture = fixture();
    for arguments in [
        &["check"][..],
        &["check", "--format", "json"],
        &["check", "--format", "sarif"],
        &["list", "--format", "json"],
        &["tree"],
    ] {
        let first = fixture.run(arguments);
        for _ in 0..3 {
            assert_eq!(fixture.run(arguments).raw, first.raw);
        }
    }
}

/// A reader that has seen enough, such as `head`, is no failure.
#[test]
fn a_pipe_that_is_closed_is_no_failure() {
    let fixture = fixture();
    let mut child = fixture
        .command(&["explain", "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
