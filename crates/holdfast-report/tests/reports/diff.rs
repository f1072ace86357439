//! Differences between locks.

use holdfast_model::PackageId;
use holdfast_report::{
    AddedPackage, ChangedPackage, Diff, Document, LockDifference, PackageRef, RemovedPackage,
    SettingChange, diff_json, diff_markdown, diff_text,
};
use insta::assert_snapshot;

use crate::drawn;

fn package(name: &str, version: &str) -> PackageRef {
    PackageRef::new(&PackageId::pypi(name), Some(version))
}

fn changed(name: &str, versions: [&str; 2], also: &[&str]) -> ChangedPackage {
    let [before, after] = versions.map(|version| Some(version.to_owned()));
    ChangedPackage {
        purl: PackageId::pypi(name).purl(None),
        name: name.to_owned(),
        before,
        after,
        direct: Some(name == "numpy"),
        also: also.iter().map(|word| (*word).to_owned()).collect(),
    }
}

fn chain(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(crate) fn sample() -> Diff {
    Diff {
        locks: vec![
            LockDifference {
                before: "HEAD~3:pylock.train.toml".to_owned(),
                after: "pylock.train.toml".to_owned(),
                settings: vec![SettingChange {
                    name: "python".to_owned(),
                    before: Some("3.11.7".to_owned()),
                    after: Some("3.11.9".to_owned()),
                }],
                added: vec![
                    AddedPackage {
                        package: package("narwhals", "1.9.0"),
                        direct: Some(false),
                        brought_in_by: vec![chain(&["scikit-learn"]), chain(&["mlflow", "plotly"])],
                    },
                    AddedPackage {
                        package: package("shap", "0.46.0"),
                        direct: Some(true),
                        brought_in_by: Vec::new(),
                    },
                ],
                removed: vec![RemovedPackage {
                    package: package("six", "1.16.0"),
                    direct: Some(true),
                }],
                changed: vec![
                    changed("numpy", ["1.26.4", "2.0.0"], &["marker"]),
                    changed("pandas", ["2.1.0", "2.2.2"], &[]),
                    changed("torch", ["2.3.0", "2.3.0"], &["files"]),
                ],
            },
            LockDifference {
                before: "HEAD~3:pylock.serve.toml".to_owned(),
                after: "pylock.serve.toml".to_owned(),
                ..LockDifference::default()
            },
        ],
    }
}

#[test]
fn a_diff_says_who_brought_what_in() {
    assert_snapshot!(drawn(80, |style| diff_text(&sample(), style)));
}

#[test]
fn a_diff_is_json_as_well() {
    let json = diff_json(&sample());
    assert_snapshot!(json);
    let read: Document<Diff> = serde_json::from_str(&json).unwrap();
    assert_eq!(read.report, sample());
}

#[test]
fn a_diff_is_markdown_for_a_pull_request() {
    assert_snapshot!(diff_markdown(&sample()));
}

#[test]
fn names_cannot_break_the_markdown() {
    let mut diff = sample();
    diff.locks.truncate(1);
    diff.locks[0].before = "a`b".to_owned();
    diff.locks[0].changed = vec![changed("@all | <b>#1</b>", ["1", "2"], &["[x](y)\n"])];
    let markdown = diff_markdown(&diff);
    assert!(!markdown.contains("@all") && !markdown.contains("<b>") && !markdown.contains("#1"));
    let row = markdown.lines().last().unwrap();
    assert_eq!(row.replace("\\|", "").matches('|').count(), 6, "{row}");
}
