//! Evaluations as text and JSON.

use std::collections::BTreeMap;

use holdfast_model::{Evaluation, Finding, Gap, Layer, Location, Severity, WaiverApplied};
use holdfast_report::{LookedAt, evaluation_json, evaluation_text};
use insta::assert_snapshot;

use crate::{PLAIN, drawn};

pub(crate) const LOOKED_AT: LookedAt = LookedAt {
    rules: 17,
    files: 4,
    environments: 2,
    packages: 189,
};

fn finding(rule: &'static str, severity: Severity, location: Option<Location>) -> Finding {
    Finding {
        rule: rule.into(),
        severity,
        layer: Layer::Packages,
        environment: None,
        subject: None,
        message: String::new(),
        fix: None,
        location,
        details: BTreeMap::new(),
        waiver: None,
        refusal: None,
    }
}

fn vulnerable() -> Finding {
    Finding {
        environment: Some("serve".parse().unwrap()),
        subject: Some("pkg:pypi/pillow@9.5.0".to_owned()),
        message: "`pillow` 9.5.0 is affected by PYSEC-2023-175 (CVE-2023-4863, high): a heap \
                  overflow while reading WebP images"
            .to_owned(),
        fix: Some("take 10.0.1 or later".to_owned()),
        details: BTreeMap::from([
            ("id".to_owned(), "PYSEC-2023-175".into()),
            ("aliases".to_owned(), vec!["CVE-2023-4863"].into()),
            ("severity".to_owned(), "high".into()),
            ("fixed".to_owned(), vec!["10.0.1"].into()),
        ]),
        ..finding(
            "known-vulnerability",
            Severity::Error,
            Some(Location::new("pylock.serve.toml", 112, 1)),
        )
    }
}

pub(crate) fn sample() -> Evaluation {
    let unbounded = Finding {
        environment: Some("train".parse().unwrap()),
        subject: Some("pkg:pypi/pandas".to_owned()),
        message: "`pandas>=1.5` has no upper bound: the next lock may take a major version that \
                  nobody tested"
            .to_owned(),
        fix: Some("write `pandas>=1.5,<3`".to_owned()),
        ..finding(
            "unbounded-requirement",
            Severity::Warning,
            Some(Location::new("requirements/train.in", 2, 1)),
        )
    };
    let unpinned = Finding {
        subject: Some("pkg:pypi/numpy".to_owned()),
        message: "`numpy` is not pinned and there is no lock".to_owned(),
        ..finding(
            "unpinned-requirement",
            Severity::Error,
            Some(Location::new("requirements/train.in", 14, 3)),
        )
    };
    let stale = Finding {
        message: "the advisory data is 9 days old".to_owned(),
        fix: Some("run `holdfast advisories update`".to_owned()),
        ..finding("stale-advisories", Severity::Note, None)
    };
    let waived = Finding {
        waiver: Some(WaiverApplied {
            reason: "only PNG files of our own are read".to_owned(),
            owner: Some("ml-platform".to_owned()),
            until: Some("2026-12-31".to_owned()),
        }),
        message: "`pillow` 9.5.0 is affected by PYSEC-2023-227".to_owned(),
        details: BTreeMap::from([("id".to_owned(), "PYSEC-2023-227".into())]),
        ..vulnerable()
    };
    Evaluation::new(
        vec![vulnerable(), unbounded, unpinned, stale, waived],
        gaps(),
    )
}

fn gaps() -> Vec<Gap> {
    let gap = |rule: &'static str, environment: &str, subject: Option<&str>, reason: &str| Gap {
        rule: rule.into(),
        environment: Some(environment.parse().unwrap()),
        subject: subject.map(str::to_owned),
        reason: reason.to_owned(),
    };
    let data = "there is no advisory data for conda packages on this machine";
    let times = "the index tells no upload times; use one that answers as PEP 700 says";
    let mut gaps = vec![
        gap("known-vulnerability", "serve", None, data),
        gap("known-vulnerability", "train", None, data),
        gap("malicious-package", "serve", None, data),
        gap("malicious-package", "train", None, data),
        gap(
            "denied-licence",
            "train",
            Some("pkg:pypi/ffmpy@0.3.2"),
            "its metadata has no licence",
        ),
    ];
    for name in [
        "numpy", "pandas", "joblib", "shap", "mlflow", "xgboost", "scipy", "pyarrow",
    ] {
        let purl = format!("pkg:pypi/{name}@1.0");
        gaps.push(gap("holding-period", "train", Some(&purl), times));
    }
    gaps.push(gap(
        "holding-period",
        "serve",
        Some("pkg:pypi/fastapi@0.110.0"),
        times,
    ));
    gaps
}

pub(crate) fn source(file: &str) -> Option<String> {
    match file {
        "requirements/train.in" => Some(format!(
            "# training\npandas>=1.5  # tables\n{}\t numpy ; sys_platform == 'linux'\n",
            "\n".repeat(11)
        )),
        "pylock.serve.toml" => Some(format!("{}[[packages]]\n", "\n".repeat(111))),
        _ => None,
    }
}

#[test]
fn findings_stand_by_file_and_gaps_are_always_printed() {
    assert_snapshot!(drawn(80, |style| evaluation_text(
        &sample(),
        &LOOKED_AT,
        None,
        style
    )));
}

#[test]
fn excerpts_show_the_line_and_mark_the_place() {
    assert_snapshot!(drawn(80, |style| evaluation_text(
        &sample(),
        &LOOKED_AT,
        Some(&source),
        style
    )));
}

#[test]
fn narrow_terminals_get_narrow_text() {
    assert_snapshot!(drawn(44, |style| evaluation_text(
        &sample(),
        &LOOKED_AT,
        Some(&source),
        style
    )));
}

#[test]
fn colours_repeat_what_the_words_say() {
    let text = evaluation_text(
        &sample(),
        &LOOKED_AT,
        Some(&source),
        &holdfast_report::Style::coloured(80),
    );
    assert_snapshot!(text.replace('\u{1b}', "ESC"));
}

#[test]
fn clean_says_so_and_what_was_looked_at() {
    let clean = Evaluation::new(Vec::new(), Vec::new());
    assert_snapshot!(
        evaluation_text(&clean, &LOOKED_AT, None, &PLAIN),
        @"clean: 17 rules over 4 files, 2 environments and 189 packages"
    );
}

#[test]
fn nothing_looked_at_is_not_clean() {
    let clean = Evaluation::new(Vec::new(), Vec::new());
    let looked_at = LookedAt {
        rules: 17,
        ..LookedAt::default()
    };
    assert_snapshot!(
        evaluation_text(&clean, &looked_at, None, &PLAIN),
        @"nothing was looked at: no file of an environment was found"
    );
}

#[test]
fn gaps_are_never_clean() {
    let unseen = Evaluation::new(Vec::new(), gaps().into_iter().take(1).collect());
    assert_snapshot!(evaluation_text(&unseen, &LOOKED_AT, None, &PLAIN), @r"
    not evaluated
      known-vulnerability
        there is no advisory data for conda packages on this machine
        in serve

    no findings: 17 rules over 4 files, 2 environments and 189 packages; 1 not evaluated
    ");
}

#[test]
fn json_has_every_key() {
    let json = evaluation_json(&sample());
    assert_snapshot!(json);
    let read: Evaluation = serde_json::from_str(&json).unwrap();
    assert_eq!(evaluation_json(&read), json);
}
