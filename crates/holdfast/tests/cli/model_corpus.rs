//! Model files that nobody here wrote: every malicious one is found, every innocent one passed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use holdfast_model::Severity;
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::Fixture;

/// The files that are innocent; picklescan 1.0.5 passes these and finds every other one.
const INNOCENT: &[&str] = &[
    "data/bad_pytorch.pt",
    "data/benign0_v0.pkl",
    "data/benign0_v3.pkl",
    "data/benign0_v4.pkl",
    "data/benign_password_protected.zip",
    "data/new_pytorch_model.bin",
    "data/not_a_pickle.bin",
    "data/pytorch_model.bin",
    "data2/int_array.npy",
    "data2/int_arrays.npz",
    "data2/int_arrays_compressed.npz",
    "data2/object_array.npy",
    "data2/object_arrays.npz",
    "data2/object_arrays_compressed.npz",
];

/// What is said of a file: the severity, and the first reason of it.
#[derive(Default)]
struct Verdict {
    severity: Option<Severity>,
    reason: String,
}

/// The verdict on each file below a directory, by its path from there.
fn verdicts(directory: &std::path::Path) -> BTreeMap<String, Verdict> {
    let fixture = Fixture::empty();
    let root = directory.to_str().unwrap();
    let scanned = fixture
        .run(&["model", "scan", root, "--format", "json"])
        .json();
    let inspected = ["model", "inspect", "--no-hash", root, "--format", "json"];
    let inspected = fixture.run(&inspected).json();
    let short = |path: &Value| {
        let path = path.as_str().unwrap();
        path.strip_prefix(root)
            .unwrap()
            .trim_start_matches('/')
            .to_owned()
    };
    let mut verdicts: BTreeMap<String, Verdict> = inspected["artefacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|artefact| (short(&artefact["path"]), Verdict::default()))
        .collect();
    for finding in scanned["findings"].as_array().unwrap() {
        let verdict = verdicts.get_mut(&short(&finding["subject"])).unwrap();
        let severity = match finding["severity"].as_str().unwrap() {
            "error" => Severity::Error,
            "warning" => Severity::Warning,
            _ => Severity::Note,
        };
        if verdict.severity < Some(severity) {
            let message = finding["message"].as_str().unwrap();
            let message = message.replace(&format!("{root}/"), "");
            let rule = finding["rule"].as_str().unwrap();
            verdict.severity = Some(severity);
            verdict.reason = format!("{rule}: {message}");
        }
    }
    verdicts
}

#[test]
fn every_malicious_file_is_found_and_every_innocent_one_passed() {
    let Some(corpus) = testkit::corpus("picklescan-samples") else {
        return;
    };
    let verdicts = verdicts(&corpus.join("tests"));
    assert_eq!(verdicts.len(), 109, "the corpus is another one");
    let mut table = String::new();
    let mut wrong = Vec::new();
    for (file, verdict) in &verdicts {
        let is_innocent = INNOCENT.contains(&file.as_str());
        let is_right = if is_innocent {
            let cannot_be_opened = verdict.reason.starts_with("unreadable-artefact");
            verdict.severity <= Some(Severity::Note)
                || (verdict.severity == Some(Severity::Warning) && cannot_be_opened)
        } else {
            verdict.severity == Some(Severity::Error)
        };
        if !is_right {
            wrong.push(file);
        }
        let picklescan = if is_innocent { "passed" } else { "found" };
        let ours = verdict.severity.map_or("passed", Severity::as_str);
        let reason = &verdict.reason;
        writeln!(
            table,
            "{file} | {ours} | picklescan: {picklescan} | {reason}"
        )
        .unwrap();
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_snapshot!("verdicts_on_picklescan_samples", table);
}

#[test]
fn the_versions_that_wrote_each_artefact_are_named() {
    let Some(corpus) = testkit::corpus("model-artefacts") else {
        return;
    };
    let fixture = Fixture::empty();
    let root = corpus.to_str().unwrap();
    let inspect = ["model", "inspect", "--no-hash", root, "--format", "json"];
    let inspected = fixture.run(&inspect).exits(0).json();
    let mut table = String::new();
    for artefact in inspected["artefacts"].as_array().unwrap() {
        let path = artefact["path"]
            .as_str()
            .unwrap()
            .strip_prefix(root)
            .unwrap();
        let format = artefact["format"].as_str().unwrap();
        let writers: Vec<String> = artefact["writers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|writer| {
                let library = writer["library"].as_str().unwrap();
                format!(
                    "{library} {}",
                    writer["version"].as_str().unwrap_or("unknown")
                )
            })
            .collect();
        writeln!(
            table,
            "{} | {format} | {}",
            path.trim_start_matches('/'),
            writers.join(", ")
        )
        .unwrap();
    }
    assert_snapshot!("writers_of_model_artefacts", table);
    let scanned = fixture
        .run(&["model", "scan", root, "--format", "json"])
        .exits(0)
        .json();
    let findings = scanned["findings"].as_array().unwrap();
    // a class of the project that made it, which lies beside it
    let messages: Vec<&str> = findings
        .iter()
        .map(|finding| finding["message"].as_str().unwrap())
        .filter(|message| !message.contains("`mymodel.DoseClassifier`"))
        .collect();
    assert_eq!(messages, [""; 0]);
}
