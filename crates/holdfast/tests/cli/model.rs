//! `holdfast model`: on single files, without any project.

use std::io::Write as _;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::Fixture;

/// What `pickle.dumps(os.system)`-like attacks look like, in text.
const SYSTEM: &[u8] = b"cos\nsystem\n(S'id'\ntR.";
/// An estimator of scikit-learn, as its pickle begins and ends.
const ESTIMATOR: &[u8] = b"\x80\x02csklearn.svm._classes\nSVC\n)\x81}X\x10\x00\x00\x00_sklearn_versionX\x05\x00\x00\x001.5.2sb.";
/// An object of somebody's own class.
const OWN: &[u8] = b"\x80\x02cchurn.model\nNet\n)\x81.";

fn directory() -> Fixture {
    let fixture = Fixture::empty();
    fixture.write("models/good.pkl", ESTIMATOR);
    fixture.write("models/evil.txt", SYSTEM);
    fixture.write("models/own.pkl", OWN);
    fixture.write("models/cut.pkl", ESTIMATOR.get(..40).unwrap_or_default());
    fixture.write("models/notes.md", "nothing to see\n");
    fixture
}

#[test]
fn scan() {
    let fixture = directory();
    assert_snapshot!(
        "model_scan_text",
        fixture.run(&["model", "scan", "models"]).exits(1)
    );
    let json = ["model", "scan", "models/evil.txt", "--format", "json"];
    assert_snapshot!("model_scan_json", fixture.run(&json).exits(1));
    let clean = fixture.run(&["model", "scan", "models/good.pkl"]).exits(0);
    assert_snapshot!("model_scan_clean", clean);
    let sarif = ["model", "scan", "models", "--format", "sarif"];
    let sarif = fixture.run(&sarif).exits(1).json();
    assert_eq!(
        sarif["runs"][0]["results"].as_array().map(Vec::len),
        Some(3)
    );
    fixture.run(&["model", "scan", "models/own.pkl"]).exits(0);
    let strict = ["model", "scan", "models/own.pkl", "--fail-on", "warning"];
    fixture.run(&strict).exits(1);
}

#[test]
fn what_the_nearest_project_allows_is_passed() {
    let fixture = directory();
    fixture.write("holdfast.toml", "[policy]\nallow-globals = [\"churn.*\"]\n");
    let own = ["model", "scan", "models/own.pkl", "--fail-on", "note"];
    fixture.run(&own).exits(0);
}

#[test]
fn inspect() {
    let fixture = directory();
    assert_snapshot!(
        "model_inspect_text",
        fixture.run(&["model", "inspect", "models"]).exits(0)
    );
    let json = ["model", "inspect", "models/good.pkl", "--format", "json"];
    assert_snapshot!("model_inspect_json", fixture.run(&json).exits(0));
    let unhashed = [
        "model",
        "inspect",
        "--no-hash",
        "models/good.pkl",
        "--format",
        "json",
    ];
    let unhashed = fixture.run(&unhashed).exits(0).json();
    assert_eq!(unhashed["artefacts"][0]["sha256"], serde_json::Value::Null);
}

#[test]
fn standard_input_is_read() {
    let fixture = Fixture::empty();
    let mut child = fixture
        .command(&["model", "scan", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(SYSTEM).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("calls `os.system`"), "{text}");
}

#[test]
fn bad_input_is_said() {
    let fixture = directory();
    fixture.write("empty/.keep", "");
    fs_err::remove_file(fixture.path("empty/.keep")).unwrap();
    fixture.write("nothing.bin", "");
    let runs = fixture.all_exit(
        2,
        &[
            &["model", "scan", "gone.pkl"],
            &["model", "inspect", "gone.pkl"],
            &["model", "scan", "empty"],
            &["model", "inspect", "models", "--format", "sarif"],
            &["model", "scan"],
            &["model"],
        ],
    );
    assert_snapshot!("model_bad_input", runs);
    assert_snapshot!(
        "model_inspect_unknown",
        fixture.run(&["model", "inspect", "nothing.bin"]).exits(0)
    );
}
