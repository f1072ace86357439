//! What is installed as an artefact, and what differs between two of them, or from a lock.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::Fixture;
use crate::support::venv::{flip, pip, site, synced, without_python};

fn captured(fixture: &Fixture, name: &str) -> Value {
    fixture.run(&["capture", "--output", name]).succeeds();
    serde_json::from_str(&fixture.read(name)).unwrap()
}

#[test]
fn a_capture_has_a_digest_for_each_package_which_is_that_of_the_lock() {
    let fixture = synced();
    let mut capture = captured(&fixture, "a.capture.json");
    assert_eq!(capture["schema"], "holdfast/capture/1");
    assert_eq!(capture["captured"], "2026-11-21T00:00:00Z");
    assert_eq!(capture["interpreter"]["implementation"], "cpython");
    for package in capture["packages"].as_array_mut().unwrap() {
        // entry points name the environment, whose path is of another length each time
        let bytes = package["bytes"].take();
        assert!(bytes.as_u64().unwrap() > 100, "{bytes}");
    }
    assert_snapshot!(serde_json::to_string_pretty(&capture["packages"]).unwrap());
    let lock = fixture.read("pylock.app.toml");
    for package in capture["packages"].as_array().unwrap() {
        assert!(
            lock.contains(package["digest"].as_str().unwrap()),
            "{package}"
        );
    }
    // the same environment, the same bytes
    let before = fixture.read("a.capture.json");
    captured(&fixture, "a.capture.json");
    assert_eq!(fixture.read("a.capture.json"), before);
}

#[test]
fn captures_and_locks_are_compared() {
    let mut fixture = synced();
    captured(&fixture, "before.capture.json");
    let same = fixture.run(&["diff", "pylock.app.toml", "before.capture.json"]);
    assert!(same.succeeds().stdout.contains("the same packages"));
    flip(&site(&fixture, "alpha/model.py"), 8);
    pip(&fixture, &["install", "evil"]);
    fs_err::write(site(&fixture, "zz.pth"), "import os\n").unwrap();
    fixture.set("LD_PRELOAD_OF_NOBODY", "1");
    fixture.set("PYTHONHASHSEED", "0");
    captured(&fixture, "after.capture.json");
    let diffs = [
        ["diff", "before.capture.json", "after.capture.json"],
        ["diff", "pylock.app.toml", "after.capture.json"],
        ["diff", "after.capture.json", "pylock.app.toml"],
    ];
    let said: Vec<String> = diffs
        .iter()
        .map(|diff| without_python(&fixture.run(diff).succeeds()))
        .collect();
    assert_snapshot!(said.join("\n"));
    let json = fixture.run(&[
        "diff",
        "before.capture.json",
        "after.capture.json",
        "--format",
        "json",
    ]);
    assert_eq!(json.succeeds().json()["schema"], "holdfast/diff/1");
}

#[test]
fn an_environment_that_nobody_locked_is_captured() {
    let fixture = synced();
    for file in ["holdfast.toml", "requirements.in", "pylock.app.toml"] {
        fs_err::remove_file(fixture.path(file)).unwrap();
    }
    for arguments in [
        &["capture"][..],
        &["capture", "--venv", ".venv"],
        &["capture", "--python", ".venv/bin/python", "--no-cache"],
    ] {
        let capture = fixture.run(arguments).succeeds().json();
        assert_eq!(capture["packages"].as_array().unwrap().len(), 2);
        assert_eq!(capture["root"], ".venv");
    }
}

#[test]
fn what_is_no_capture_is_said() {
    let fixture = Fixture::empty();
    fixture.write("cut.capture.json", "{\"schema\": \"holdfast/capture/1\", ");
    fixture.write("later.capture.json", "{\"schema\": \"holdfast/capture/2\"}");
    fixture.write("other.capture.json", "{\"schema\": \"holdfast/capture/1\"}");
    assert_snapshot!(fixture.all_exit(
        2,
        &[
            &["capture"],
            &["capture", "--venv", "nowhere"],
            &["capture", "--format", "sarif"],
            &["diff", "cut.capture.json", "later.capture.json"],
            &["diff", "later.capture.json", "cut.capture.json"],
            &["diff", "other.capture.json", "cut.capture.json"],
        ]
    ));
}
