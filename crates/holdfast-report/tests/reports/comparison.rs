//! Recorded predictions beside new ones, as text, JSON and pictures.

use std::collections::BTreeMap;

use holdfast_model::{
    ChangedInput, Comparison, DriftTestKind, Evaluation, FieldComparison, FieldKind, Finding, Gap,
    Histogram, Layer, Magnitude, RaisedWarning, ReplaySide, Severity, Tolerance,
};
use holdfast_report::{comparison_json, comparison_text};
use insta::assert_snapshot;

use crate::drawn;
use crate::samples::{Uniform, histogram, test};

fn side(lock: &str, digest: &str, python: &str, seconds: f64, memory: u64) -> ReplaySide {
    ReplaySide {
        environment: Some("serve".parse().unwrap()),
        lock: Some(lock.to_owned()),
        lock_digest: Some(format!("sha256:{digest}")),
        python: Some(python.to_owned()),
        machine: Some("linux x86_64 · AMD EPYC 7B13".to_owned()),
        seconds: Some(seconds),
        memory: Some(memory),
    }
}

/// Field of a kind in which nothing differs.
pub(crate) fn field(path: &str, kind: FieldKind) -> FieldComparison {
    FieldComparison {
        path: path.to_owned(),
        kind,
        values: 200,
        identical: 200,
        within: 0,
        changed: 0,
        flipped: None,
        largest_absolute: None,
        largest_relative: None,
        largest_ulps: None,
        mean_absolute: None,
        median_absolute: None,
        largest_at: None,
        largest_pair: None,
        shifts: Vec::new(),
        histogram: None,
        points: Vec::new(),
    }
}

fn probability() -> FieldComparison {
    let mut uniform = Uniform::new(7);
    let points: Vec<[f64; 2]> = (0..200)
        .map(|_| {
            let before = uniform.normal(0.42, 0.22).clamp(0.001, 0.999);
            let moved = before - 0.12 * before + uniform.normal(0.0, 0.03);
            [before, moved.clamp(0.001, 0.999)]
        })
        .collect();
    let sides = [0, 1].map(|place| points.iter().map(|point| point[place]).collect::<Vec<_>>());
    FieldComparison {
        identical: 31,
        within: 12,
        changed: 157,
        flipped: Some(26),
        largest_absolute: Some(0.351_289_123),
        largest_relative: Some(0.51),
        largest_ulps: Some(3_164_000_000_000_000),
        mean_absolute: Some(0.048),
        median_absolute: Some(0.031_26),
        largest_at: Some(17),
        largest_pair: None,
        shifts: vec![
            test(
                DriftTestKind::KolmogorovSmirnov,
                0.21,
                Some(1.2e-4),
                Magnitude::Medium,
            ),
            test(
                DriftTestKind::PopulationStabilityIndex,
                0.34,
                None,
                Magnitude::Large,
            ),
        ],
        histogram: Some(histogram((&sides[0], &sides[1]), 20, (0.0, 1.0))),
        points,
        ..field("probability", FieldKind::Probability)
    }
}

fn label() -> FieldComparison {
    FieldComparison {
        identical: 174,
        changed: 26,
        flipped: Some(26),
        shifts: vec![test(
            DriftTestKind::ChiSquare,
            0.16,
            Some(0.003),
            Magnitude::Small,
        )],
        histogram: Some(Histogram {
            edges: Vec::new(),
            categories: vec!["stays".to_owned(), "leaves".to_owned()],
            reference: vec![127, 73],
            current: vec![153, 47],
        }),
        ..field("label", FieldKind::Label)
    }
}

fn score() -> FieldComparison {
    FieldComparison {
        identical: 181,
        within: 19,
        largest_absolute: Some(4.440_892_098_500_626e-16),
        largest_relative: Some(2.2e-16),
        largest_ulps: Some(2),
        median_absolute: Some(2.2e-16),
        largest_at: Some(102),
        largest_pair: None,
        ..field("score", FieldKind::Number)
    }
}

/// A comparison in which much changed.
pub(crate) fn sample() -> Comparison {
    let example = |input, before: &str, after: &str, flipped| ChangedInput {
        input,
        path: "probability".to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
        flipped,
    };
    Comparison {
        golden: "golden.jsonl".to_owned(),
        before: side(
            "pylock.before.toml",
            "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809",
            "3.11.7",
            1.21,
            180_300_000,
        ),
        after: side(
            "pylock.serve.toml",
            "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0",
            "3.11.9",
            1.34,
            182_700_000,
        ),
        tolerance: Tolerance {
            absolute: 1e-9,
            relative: 1e-9,
            ulps: 4,
        },
        threshold: 0.5,
        inputs: 200,
        identical: 31,
        within: 12,
        changed: 157,
        flipped: 26,
        reshaped: 0,
        failed: 1,
        fields: vec![
            label(),
            probability(),
            score(),
            field("version", FieldKind::Text),
        ],
        examples: vec![
            example(17, "0.6877398014068604", "0.3364506661891937", true),
            example(121, "0.5512", "0.3127799987792969", true),
            example(3, "0.91", "0.7", false),
        ],
        raised: vec![RaisedWarning {
            category: "InconsistentVersionWarning".to_owned(),
            message: "Trying to unpickle estimator LogisticRegression from version 1.3.2 when \
                      using version 1.5.2. This might lead to breaking code or invalid results."
                .to_owned(),
        }],
        gone: vec![RaisedWarning {
            category: "DeprecationWarning".to_owned(),
            message: "`np.bool8` is a deprecated alias".to_owned(),
        }],
        other_artefacts: vec!["models/churn.pkl".to_owned()],
    }
}

/// A comparison in which nothing changed.
pub(crate) fn same() -> Comparison {
    Comparison {
        after: sample().before,
        identical: 200,
        within: 0,
        changed: 0,
        flipped: 0,
        failed: 0,
        fields: vec![field("probability", FieldKind::Probability)],
        examples: Vec::new(),
        raised: Vec::new(),
        gone: Vec::new(),
        other_artefacts: Vec::new(),
        ..sample()
    }
}

/// What the judge says of [`sample`].
pub(crate) fn evaluation() -> Evaluation {
    let finding = Finding {
        rule: "changed-predictions".into(),
        severity: Severity::Error,
        layer: Layer::Models,
        environment: Some("serve".parse().unwrap()),
        subject: Some("golden.jsonl".to_owned()),
        message: "157 of 200 predictions changed, 26 labels flipped".to_owned(),
        fix: Some(
            "run `holdfast golden bisect --from pylock.before.toml --to pylock.serve.toml`"
                .to_owned(),
        ),
        location: None,
        details: BTreeMap::from([("flipped".to_owned(), 26.into())]),
        waiver: None,
        refusal: None,
    };
    let gap = Gap {
        rule: "changed-predictions".into(),
        environment: Some("train".parse().unwrap()),
        subject: None,
        reason: "no golden set names it; record one with `holdfast golden record`".to_owned(),
    };
    Evaluation::new(vec![finding], vec![gap])
}

#[test]
fn what_changed_comes_first_and_then_where_and_by_how_much() {
    assert_snapshot!(drawn(100, |style| comparison_text(&sample(), style)));
}

#[test]
fn narrow_terminals_get_the_shifts_below() {
    assert_snapshot!(drawn(60, |style| comparison_text(&sample(), style)));
}

#[test]
fn where_all_is_the_same_one_line_says_so() {
    assert_snapshot!(drawn(80, |style| comparison_text(&same(), style)));
    let bare = Comparison {
        before: ReplaySide::default(),
        after: ReplaySide::default(),
        ..same()
    };
    assert_eq!(
        drawn(80, |style| comparison_text(&bare, style)),
        "golden.jsonl: all 200 predictions are the same to the bit\n"
    );
}

#[test]
fn small_differences_are_told_in_units_in_the_last_place() {
    let comparison = Comparison {
        identical: 181,
        within: 19,
        fields: vec![score()],
        ..same()
    };
    assert_snapshot!(drawn(80, |style| comparison_text(&comparison, style)));
}

#[test]
fn a_comparison_is_json_with_the_keys_of_an_evaluation() {
    assert_snapshot!(comparison_json(&sample(), &evaluation()));
}
