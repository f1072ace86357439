//! An evaluation as SARIF 2.1.0, for code scanning of GitHub and GitLab and for editors.
//!
//! The fields are those of the OASIS standard; the ones that are written are described in
//! `docs/formats/sarif.md`.

mod log;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use holdfast_model::{EnvironmentName, Evaluation, Finding, Gap, Location, Severity};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use self::log::{
    ArtifactLocation, Configuration, Descriptor, DescriptorReference, Driver, Invocation, Log,
    MultiformatMessage, Notification, PhysicalLocation, Region, Run, SarifLocation, SarifResult,
    Suppression, Tool, message,
};
use crate::rules::{RuleInfo, first_paragraph, page_as_plain_text};

/// Everything in a path but what RFC 3986 leaves as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The one kind of notification that is written.
const NOT_EVALUATED: &str = "not-evaluated";

/// The evaluation as SARIF 2.1.0, with the metadata of `rules`.
pub fn evaluation_sarif(evaluation: &Evaluation, rules: &[RuleInfo<'_>]) -> String {
    let positions: BTreeMap<&str, usize> = rules
        .iter()
        .enumerate()
        .map(|(position, rule)| (rule.id, position))
        .collect();
    let mut seen = BTreeMap::new();
    let findings = evaluation.findings.iter();
    let gaps = evaluation.not_evaluated.iter();
    crate::document::json(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: driver(rules),
            },
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: gaps
                    .map(|gap| notification(gap, &positions))
                    .collect(),
            }],
            column_kind: "unicodeCodePoints",
            results: findings
                .map(|finding| result(finding, &positions, &mut seen))
                .collect(),
        }],
    })
}

fn driver<'a>(rules: &'a [RuleInfo<'_>]) -> Driver<'a> {
    Driver {
        name: "Holdfast",
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: rules.iter().map(descriptor).collect(),
        notifications: [Descriptor {
            id: NOT_EVALUATED,
            short_description: message("something that a rule could not look at".to_owned()),
            full_description: None,
            help: None,
            default_configuration: Configuration { level: "warning" },
            properties: BTreeMap::new(),
        }],
    }
}

fn descriptor<'a>(rule: &'a RuleInfo<'_>) -> Descriptor<'a> {
    let layers: Vec<&str> = rule.layers.iter().map(|layer| layer.as_str()).collect();
    Descriptor {
        id: rule.id,
        short_description: message(rule.title.to_owned()),
        full_description: first_paragraph(rule.page).map(message),
        help: (!rule.page.trim().is_empty()).then(|| MultiformatMessage {
            text: page_as_plain_text(rule.page),
            markdown: Some(rule.page.to_owned()),
        }),
        default_configuration: Configuration {
            level: level(rule.severity),
        },
        properties: BTreeMap::from([("tags", layers.into())]),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result<'a>(
    finding: &'a Finding,
    positions: &BTreeMap<&str, usize>,
    seen: &mut BTreeMap<String, usize>,
) -> SarifResult<'a> {
    let text = match &finding.fix {
        Some(fix) => format!("{}\n\nFix: {fix}", finding.message),
        None => finding.message.clone(),
    };
    SarifResult {
        rule_id: &finding.rule,
        rule_index: positions.get(finding.rule.as_ref()).copied(),
        level: level(finding.severity),
        message: message(text),
        locations: [location(finding.location.as_ref())],
        partial_fingerprints: BTreeMap::from([("holdfast/v1", fingerprint(finding, seen))]),
        // the standard wants this array in every result or in none
        suppressions: suppression(finding).into_iter().collect(),
        properties: properties(finding),
    }
}

/// A finding about no file is placed at the root: code scanning refuses a result without a place.
fn location(location: Option<&Location>) -> SarifLocation {
    let (file, line, column) = location.map_or((".", 1, 1), |location| {
        (location.file.as_str(), location.line, location.column)
    });
    let encoded = utf8_percent_encode(file, PATH).to_string();
    let artifact_location = if file.starts_with('/') {
        ArtifactLocation {
            uri: format!("file://{encoded}"),
            uri_base_id: None,
        }
    } else {
        ArtifactLocation {
            uri: encoded,
            uri_base_id: Some("%SRCROOT%"),
        }
    };
    SarifLocation {
        physical_location: PhysicalLocation {
            artifact_location,
            region: Region {
                start_line: line.max(1),
                start_column: column.max(1),
            },
        },
    }
}

/// What stays the same when lines move or a message counts another day: rule, environment, subject,
/// file and, where there is one, the advisory. Several alike are numbered in their order.
fn fingerprint(finding: &Finding, seen: &mut BTreeMap<String, usize>) -> String {
    let environment = finding.environment.as_ref().map(EnvironmentName::as_str);
    let file = finding.location.as_ref().map(|location| &*location.file);
    let id = finding.details.get("id").and_then(|id| id.as_str());
    let mut hash = Sha256::new();
    for part in [
        Some(&*finding.rule),
        environment,
        finding.subject.as_deref(),
        file,
        id,
    ] {
        hash.update(part.unwrap_or_default().as_bytes());
        hash.update([0]);
    }
    let mut text = String::with_capacity(35);
    for byte in hash.finalize().iter().take(16) {
        // writing to a String cannot fail
        let _ = write!(text, "{byte:02x}");
    }
    let number = seen.entry(text.clone()).or_default();
    *number += 1;
    let _ = write!(text, ":{number}");
    text
}

fn suppression(finding: &Finding) -> Option<Suppression<'_>> {
    let waiver = finding.waiver.as_ref()?;
    let terms = [("owner", &waiver.owner), ("until", &waiver.until)];
    Some(Suppression {
        kind: "external",
        status: "accepted",
        justification: &waiver.reason,
        properties: terms
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
            .collect(),
    })
}

fn properties(finding: &Finding) -> BTreeMap<&'static str, serde_json::Value> {
    let environment = finding.environment.as_ref().map(EnvironmentName::as_str);
    let mut properties = BTreeMap::from([("layer", finding.layer.as_str().into())]);
    for (name, value) in [
        ("environment", environment),
        ("subject", finding.subject.as_deref()),
        ("fix", finding.fix.as_deref()),
    ] {
        if let Some(value) = value {
            properties.insert(name, value.into());
        }
    }
    if !finding.details.is_empty() {
        let details = finding.details.clone().into_iter().collect();
        properties.insert("details", serde_json::Value::Object(details));
    }
    properties
}

fn notification<'a>(gap: &'a Gap, positions: &BTreeMap<&str, usize>) -> Notification<'a> {
    let environment = gap.environment.as_ref().map(EnvironmentName::as_str);
    let mut text = format!("`{}` was not evaluated", gap.rule);
    let mut properties = BTreeMap::new();
    for (name, preposition, value) in [
        ("subject", "for", gap.subject.as_deref()),
        ("environment", "in", environment),
    ] {
        if let Some(value) = value {
            // writing to a String cannot fail
            let _ = write!(text, " {preposition} `{value}`");
            properties.insert(name, value);
        }
    }
    let _ = write!(text, ": {}", gap.reason);
    Notification {
        descriptor: DescriptorReference {
            id: NOT_EVALUATED,
            index: Some(0),
        },
        associated_rule: DescriptorReference {
            id: &gap.rule,
            index: positions.get(gap.rule.as_ref()).copied(),
        },
        level: "warning",
        message: message(text),
        properties,
    }
}
