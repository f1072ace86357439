//! SARIF, checked against what the standard and code scanning demand.

use holdfast_model::{Evaluation, Layer, Severity};
use holdfast_report::{RuleInfo, evaluation_sarif};
use insta::assert_snapshot;
use serde_json::Value;

use crate::evaluation::sample;
use crate::explain::PAGE;

pub(crate) const RULES: &[RuleInfo<'static>] = &[
    RuleInfo {
        id: "known-vulnerability",
        title: "a version has a known vulnerability",
        severity: Severity::Error,
        layers: &[Layer::Packages],
        page: "# known-vulnerability\n\nAn advisory lists the version.\n",
    },
    RuleInfo {
        id: "unbounded-requirement",
        title: "a requirement has no upper bound",
        severity: Severity::Warning,
        layers: &[Layer::Packages, Layer::Interpreter],
        page: PAGE,
    },
];

/// The log with the program's version made stable.
pub(crate) fn sample_sarif() -> String {
    let version = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");
    evaluation_sarif(&sample(), RULES).replace(version, "\"0.0.0\"")
}

#[test]
fn sarif_has_rules_results_and_gaps() {
    assert_snapshot!(sample_sarif());
}

#[test]
fn the_log_keeps_the_rules_of_the_standard() {
    let log: Value = serde_json::from_str(&evaluation_sarif(&sample(), RULES)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[text]["text"].as_str().unwrap().is_empty(), "{text}");
        }
        assert!(rule["help"]["markdown"].is_string());
    }
    for result in run["results"].as_array().unwrap() {
        check_result(result, rules);
    }
    for notification in run["invocations"][0]["toolExecutionNotifications"]
        .as_array()
        .unwrap()
    {
        assert!(!notification["message"]["text"].as_str().unwrap().is_empty());
        assert_eq!(notification["descriptor"]["index"], 0);
    }
    assert_eq!(
        run["tool"]["driver"]["notifications"][0]["id"],
        "not-evaluated"
    );
}

fn check_result(result: &Value, rules: &[Value]) {
    if let Some(index) = result["ruleIndex"].as_u64() {
        assert_eq!(
            rules[usize::try_from(index).unwrap()]["id"],
            result["ruleId"]
        );
    }
    assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
    assert!(!result["message"]["text"].as_str().unwrap().is_empty());
    // 3.27.23: an array in every result or in none
    let suppressions = result["suppressions"].as_array().unwrap();
    for suppression in suppressions {
        assert_eq!(suppression["kind"], "external");
        assert!(suppression["justification"].is_string());
    }
    let place = &result["locations"][0]["physicalLocation"];
    let uri = place["artifactLocation"]["uri"].as_str().unwrap();
    assert!(!uri.starts_with('/') && !uri.contains([' ', '\\']), "{uri}");
    assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
    assert!(place["region"]["startColumn"].as_u64().unwrap() >= 1);
}

#[test]
fn fingerprints_are_unique_and_outlive_moved_lines() {
    let fingerprints = |evaluation: &Evaluation| -> Vec<String> {
        let log: Value = serde_json::from_str(&evaluation_sarif(evaluation, RULES)).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let of = |result: &Value| result["partialFingerprints"]["holdfast/v1"].to_string();
        results.iter().map(of).collect()
    };
    let before = sample();
    let mut after = sample();
    for finding in &mut after.findings {
        finding.message.push_str(", today");
        if let Some(location) = &mut finding.location {
            location.line += 7;
        }
    }
    let mut all = fingerprints(&before);
    assert_eq!(all, fingerprints(&after));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), before.findings.len());
}
