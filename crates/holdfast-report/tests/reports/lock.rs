//! What a run of `lock` did.

use std::time::Duration;

use holdfast_model::{Exemption, PackageId, PassedOver};
use holdfast_report::{
    CoreLine, Document, EnvironmentLine, LockChange, LockReport, LockState, LockSummary, Timings,
    lock_json, lock_text,
};
use insta::assert_snapshot;

use crate::drawn;

fn environment(name: &str, packages: usize, bytes: Option<u64>) -> EnvironmentLine {
    EnvironmentLine {
        name: name.parse().unwrap(),
        python: "3.11.7".to_owned(),
        platforms: vec!["linux-x86_64-glibc2.36".parse().unwrap()],
        packages,
        bytes,
        state: LockState::Written,
    }
}

fn passed(name: &str, version: &str, reason: &str, took: &str) -> PassedOver {
    PassedOver {
        package: PackageId::pypi(name),
        version: version.to_owned(),
        reason: reason.to_owned(),
        took: Some(took.to_owned()),
        way_out: None,
    }
}

pub(crate) fn sample() -> LockSummary {
    LockSummary {
        environments: vec![
            environment("train", 148, Some(1_234_567_890)),
            environment("serve", 41, Some(312_400_000)),
        ],
        core: Some(CoreLine {
            count: 23,
            environments: vec!["train".parse().unwrap(), "serve".parse().unwrap()],
        }),
        passed_over: vec![
            passed(
                "pillow",
                "9.5.0",
                "PYSEC-2023-175, PYSEC-2023-227",
                "10.4.0",
            ),
            passed(
                "mlflow",
                "3.18.0",
                "9 days old, holding period 14 days",
                "3.17.2",
            ),
            PassedOver {
                way_out: Some("allow-build = [\"ffmpy\"]".to_owned()),
                ..passed(
                    "gradio",
                    "4.31.0",
                    "needs ffmpy, which has no wheel",
                    "4.19.2",
                )
            },
        ],
        timings: Timings {
            total: Duration::from_millis(1_310),
            solver: Duration::from_millis(920),
        },
        ..LockSummary::default()
    }
}

fn change(environment: &str, name: &str, versions: [Option<&str>; 2], reason: &str) -> LockChange {
    let [from, to] = versions.map(|version| version.map(str::to_owned));
    LockChange {
        environment: environment.parse().unwrap(),
        package: PackageId::pypi(name),
        from,
        to,
        reason: reason.to_owned(),
    }
}

fn relock() -> LockSummary {
    let mut summary = sample();
    summary.environments[0].platforms = ["linux-x86_64-glibc2.28", "linux-aarch64-glibc2.28"]
        .map(|platform| platform.parse().unwrap())
        .to_vec();
    summary.environments[1].packages = 1;
    summary.environments[1].bytes = None;
    summary.environments[1].state = LockState::Unchanged;
    summary.passed_over.push(PassedOver {
        took: None,
        ..passed("six", "1.15.0", "yanked", "")
    });
    summary.exemptions = vec![Exemption {
        package: PackageId::pypi("mlflow"),
        version: "3.17.2".to_owned(),
        rule: "known-vulnerability".to_owned(),
        reason: "`--allow PYSEC-2025-52`".to_owned(),
    }];
    summary.changes = vec![
        change(
            "serve",
            "numpy",
            [Some("1.26.3"), Some("1.26.4")],
            "asked for with `--upgrade`",
        ),
        change(
            "train",
            "numpy",
            [Some("1.26.3"), Some("1.26.4")],
            "asked for with `--upgrade`",
        ),
        change("train", "pyarrow", [None, Some("16.1.0")], ""),
        change("train", "six", [Some("1.15.0"), None], ""),
    ];
    summary.notes = vec!["the advisory feed did not answer; its data is 3 days old".to_owned()];
    summary
}

#[test]
fn a_first_lock_says_what_was_locked_and_passed_over() {
    assert_snapshot!(drawn(100, |style| lock_text(&sample(), style)));
}

#[test]
fn a_relock_says_what_moved_and_what_was_let_through() {
    assert_snapshot!(drawn(120, |style| lock_text(&relock(), style)));
}

#[test]
fn a_narrow_terminal_gets_the_reasons_below() {
    assert_snapshot!(drawn(60, |style| lock_text(&relock(), style)));
}

#[test]
fn a_dry_run_wrote_nothing() {
    let mut summary = sample();
    summary.passed_over.clear();
    summary.core = None;
    summary.environments[0].state = LockState::WouldWrite;
    summary.environments[1].state = LockState::Kept;
    assert_snapshot!(drawn(80, |style| lock_text(&summary, style)));
}

#[test]
fn json_has_every_key() {
    let json = lock_json(&relock());
    assert_snapshot!(json);
    let read: Document<LockReport> = serde_json::from_str(&json).unwrap();
    assert_eq!(read.schema, "holdfast/lock-report/1");
    assert_eq!(read.report, LockReport::from(&relock()));
}
