//! Single records: what is read, refused and passed over.

use holdfast_model::{AdvisorySeverity, Ecosystem};
use proptest::prelude::*;

use super::below;
use crate::{EcosystemVersion, OsvRecord, RecordError, parse_record};

const YAML: &str = "\
id: PYSEC-2024-1
modified: 2024-01-02T03:04:05Z
aliases:
- CVE-2024-1
- GHSA-1
details: |
  ## It breaks. Badly.
affected:
- package:
    ecosystem: PyPI
    name: Foo_Bar
  ranges:
  - type: GIT
    repo: https://example.org/foo
    events:
    - introduced: \"0\"
    - fixed: 0123456789abcdef
  - type: ECOSYSTEM
    events:
    - fixed: 1.10
    - introduced: 1.0
  versions:
  - 1.0
  - 1.10
  - no version
severity:
- type: CVSS_V3
  score: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
";

fn json(text: &str) -> Result<OsvRecord, RecordError> {
    parse_record(text.as_bytes(), "record.json")
}

/// A record whose `affected` is the given text.
fn affecting(affected: &str) -> Result<OsvRecord, RecordError> {
    json(&format!(
        r#"{{"id": "X-1", "modified": "2024-01-01T00:00:00Z", "affected": {affected}}}"#
    ))
}

fn reason(result: Result<OsvRecord, RecordError>) -> String {
    result.expect_err("is refused").to_string()
}

#[test]
fn yaml_is_read_with_versions_as_they_are_written() {
    let record = parse_record(YAML.as_bytes(), "a/PYSEC-2024-1.yaml").unwrap();
    assert_eq!(record.id, "PYSEC-2024-1");
    assert_eq!(record.aliases, ["CVE-2024-1", "GHSA-1"]);
    assert_eq!(record.summary, "It breaks.");
    let affected = &record.affected[0];
    assert_eq!(affected.package.name(), "foo-bar");
    // the events are sorted, `1.10` is not `1.1`, and what git ranges say is passed over
    assert_eq!(affected.in_ranges.to_string(), ">=1.0, <1.10");
    assert_eq!(affected.affected().to_string(), ">=1.0, <=1.10");
    assert_eq!(affected.severity, Some(AdvisorySeverity::Critical));
    assert_eq!(record.remarks, Vec::<String>::new());
}

#[test]
fn a_byte_order_mark_is_passed_over_and_other_encodings_are_refused() {
    let text = below("X-1", &[], "a", "1");
    assert!(json(&format!("\u{feff}{text}")).is_ok());
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(parse_record(&utf16, "a.json").is_err());
    assert!(parse_record(&utf16, "a.yaml").is_err());
    assert!(parse_record(b"\xe9\xff\0", "a.yaml").is_err());
}

#[test]
fn git_ranges_alone_flag_nothing() {
    let git = r#"[{"package": {"ecosystem": "PyPI", "name": "torch"},
        "ranges": [{"type": "GIT", "repo": "https://example.org",
        "events": [{"introduced": "0"}]}]}]"#;
    assert_eq!(
        reason(affecting(git)),
        "names no version: `torch` has git ranges alone, which name no version"
    );
}

#[test]
fn a_git_range_beside_another_package_is_a_remark() {
    let both = r#"[
        {"package": {"ecosystem": "PyPI", "name": "torch"},
         "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]},
        {"package": {"ecosystem": "PyPI", "name": "a"}, "versions": ["1"]},
        {"package": {"ecosystem": "Maven", "name": "b"}, "versions": ["1"]}]"#;
    let record = affecting(both).unwrap();
    assert_eq!(record.affected.len(), 1);
    assert_eq!(
        record.remarks,
        ["`torch` has git ranges alone, which name no version"]
    );
}

#[test]
fn entries_of_one_package_are_taken_together() {
    let twice = r#"[
        {"package": {"ecosystem": "PyPI", "name": "A"}, "versions": ["3"],
         "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"}]},
        {"package": {"ecosystem": "PyPI", "name": "a"},
         "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0", "fixed": "1"}]}]}]"#;
    let record = affecting(twice).unwrap();
    assert_eq!(record.affected.len(), 1);
    assert_eq!(record.affected[0].affected().to_string(), "<1 | 3");
    assert_eq!(record.affected[0].severity, Some(AdvisorySeverity::Medium));
}

#[test]
fn npm_is_read_in_its_own_order() {
    let npm = r#"[{"package": {"ecosystem": "npm", "name": "@scope/a"},
        "ranges": [{"type": "SEMVER",
        "events": [{"introduced": "1.0.0-beta.2"}, {"fixed": "1.0.0-beta.11"}]}]}]"#;
    let record = affecting(npm).unwrap();
    let inside = EcosystemVersion::parse(Ecosystem::Npm, "1.0.0-beta.10").unwrap();
    assert!(record.affected[0].affected().contains(&inside));
}

#[test]
fn other_ecosystems_are_not_covered() {
    let debian = r#"[{"package": {"ecosystem": "Debian:12", "name": "a"}, "versions": ["1"]}]"#;
    assert_eq!(
        reason(affecting(debian)),
        "no package of an ecosystem that is covered (`PyPI`, `npm`), but of `Debian:12`"
    );
    assert!(matches!(affecting("[]"), Err(RecordError::NotCovered(_))));
}

#[test]
fn a_range_that_cannot_be_read_is_told() {
    let strange = r#"[{"package": {"ecosystem": "PyPI", "name": "a"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9-final-x"}]}],
        "versions": ["1"]}]"#;
    let record = affecting(strange).unwrap();
    assert_eq!(record.affected[0].affected().to_string(), "1");
    assert_eq!(
        record.remarks,
        ["`a` has a range that is passed over: `fixed` is `9-final-x`, which is no version"]
    );
}

#[test]
fn a_withdrawn_record_need_not_affect_anything() {
    let text = r#"{"id": "X-1", "modified": "2024-01-01T00:00:00Z",
        "withdrawn": "2024-02-01T00:00:00Z"}"#;
    assert!(json(text).unwrap().withdrawn.is_some());
}

#[test]
fn a_word_for_the_severity_counts_where_there_is_no_score() {
    let text = |extra: &str| {
        let severity = format!(r#""database_specific": {extra}, "affected""#);
        below("X-1", &[], "a", "1").replacen(r#""affected""#, &severity, 1)
    };
    let severity = |extra| json(&text(extra)).unwrap().affected[0].severity;
    assert_eq!(
        severity(r#"{"severity": "HIGH", "cwe_ids": []}"#),
        Some(AdvisorySeverity::High)
    );
    assert_eq!(severity(r#"{"severity": 5}"#), None);
    assert_eq!(severity("null"), None);
}

#[test]
fn fields_that_are_wrong_are_named() {
    let id = json(&below("two words", &[], "a", "1"));
    assert_eq!(
        reason(id),
        "`id` is `two words`: expected an identifier of one word"
    );
    let time = below("X-1", &[], "a", "1").replace("2024-01-02T03:04:05Z", "yesterday");
    assert_eq!(
        reason(json(&time)),
        "`modified` is `yesterday`, which is no time"
    );
    assert!(matches!(json("{}"), Err(RecordError::Json(_))));
    assert!(matches!(json("[]"), Err(RecordError::Json(_))));
}

#[test]
fn text_for_people_is_one_line_without_control_characters() {
    let text = below("X-1", &["", "CVE 1", "X-1"], "a", "1")
        .replace("Summary of X-1", "red \\u001b[31m\\nalert ");
    let record = json(&text).unwrap();
    assert_eq!(record.summary, "red [31m alert");
    assert_eq!(record.aliases, Vec::<String>::new());
    let long = below("X-1", &[], "a", "1").replace("Summary", &"é".repeat(5_000));
    assert!(json(&long).unwrap().summary.len() < 210);
}

#[test]
fn bombs_are_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(json(&deep).is_err());
    assert!(parse_record(deep.as_bytes(), "a.yaml").is_err());
    let deep_field = format!(r#"{{"id": "X-1", "database_specific": {deep}}}"#);
    assert!(json(&deep_field).is_err());
    let lines: Vec<String> = (0..10_000).map(|depth| " ".repeat(depth) + "a:").collect();
    let block = lines.join("\n");
    assert!(parse_record(block.as_bytes(), "a.yaml").is_err());

    let mut bomb = vec!["a: &a [x, x, x, x, x, x, x, x, x]".to_owned()];
    for (name, before) in ('b'..='i').zip('a'..) {
        let nine = vec![format!("*{before}"); 9].join(", ");
        bomb.push(format!("{name}: &{name} [{nine}]"));
    }
    let bomb = format!("{}\n{YAML}database_specific: *i\n", bomb.join("\n"));
    let Err(RecordError::Yaml(error)) = parse_record(bomb.as_bytes(), "a.yaml") else {
        panic!("a bomb goes off");
    };
    assert!(error.to_string().starts_with("budget breached"), "{error}");

    let large = vec![b' '; crate::LARGEST_RECORD + 1];
    assert!(matches!(
        parse_record(&large, "a.json"),
        Err(RecordError::TooLarge { .. })
    ));
}

#[test]
fn many_ranges_take_no_more_than_their_time() {
    // descending, which is the worst order for building a set
    let ranges: Vec<String> = (0..40_000)
        .rev()
        .map(|number| {
            format!(
                r#"{{"type": "ECOSYSTEM", "events":
                [{{"introduced": "{number}.0"}}, {{"fixed": "{number}.1"}}]}}"#
            )
        })
        .collect();
    let record = affecting(&format!(
        r#"[{{"package": {{"ecosystem": "PyPI", "name": "a"}}, "ranges": [{}]}}]"#,
        ranges.join(",")
    ));
    assert_eq!(
        record.unwrap().affected[0].affected().iter().count(),
        40_000
    );
}

/// Cuts, overwrites and repeats pieces of a text.
fn mutated(text: &str, changes: &[(usize, usize, u8)]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (from, length, byte) in changes {
        let from = from % bytes.len().max(1);
        let to = (from + length % 12).min(bytes.len());
        match byte % 3 {
            0 => drop(bytes.drain(from..to)),
            1 => bytes[from..to].fill(*byte),
            _ => {
                let piece = bytes[from..to].to_vec();
                bytes.splice(from..from, piece);
            }
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(usize, usize, u8)>> {
    proptest::collection::vec((any::<usize>(), any::<usize>(), any::<u8>()), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn mutated_records_never_panic(changes in changes()) {
        for (text, name) in [(YAML, "a.yaml"), (&below("PYSEC-1", &["CVE-1"], "a", "1.0"), "a.json")] {
            if let Ok(record) = parse_record(&mutated(text, &changes), name) {
                for affected in &record.affected {
                    prop_assert!(!affected.affected().is_empty());
                }
            }
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_record(&bytes, "a.json");
        let _ = parse_record(&bytes, "a.yml");
    }
}
