//! How the columns of two tables differ, as text, JSON and pictures.

use std::collections::BTreeMap;

use holdfast_model::{
    ColumnDrift, ColumnKind, Correction, Drift, DriftTest, DriftTestKind, Evaluation, Finding,
    Histogram, Layer, LeftOutColumn, Magnitude, Sample, Severity,
};
use holdfast_report::{drift_json, drift_text};
use insta::assert_snapshot;

use crate::drawn;
use crate::samples::{Uniform, histogram, test};

fn numeric_tests(effects: [f64; 4], p_value: f64, words: [Magnitude; 4]) -> Vec<DriftTest> {
    let kinds = [
        (DriftTestKind::KolmogorovSmirnov, Some(p_value)),
        (DriftTestKind::PopulationStabilityIndex, None),
        (DriftTestKind::JensenShannon, None),
        (DriftTestKind::Wasserstein, None),
    ];
    let all = kinds.into_iter().zip(effects).zip(words);
    all.map(|(((kind, p_value), effect), word)| test(kind, effect, p_value, word))
        .collect()
}

fn sample_of(values: &[f64], missing: u64) -> Sample {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Sample {
        count: values.len() as u64,
        missing,
        infinite: 0,
        distinct: Some(values.len() as u64),
        minimum: sorted.first().copied(),
        median: sorted.get(sorted.len() / 2).copied(),
        mean: Some(mean),
        standard_deviation: Some((squares / (count - 1.0)).sqrt()),
        maximum: sorted.last().copied(),
    }
}

/// A column of numbers: `(mean, deviation)` of both samples.
pub(crate) fn numbers(
    column: &str,
    seed: u64,
    [reference, current]: [(f64, f64); 2],
    tests: Vec<DriftTest>,
) -> ColumnDrift {
    let mut uniform = Uniform::new(seed);
    let mut values = |(mean, deviation): (f64, f64), count| {
        let values = (0..count).map(|_| uniform.normal(mean, deviation));
        values.collect::<Vec<f64>>()
    };
    let reference = values(reference, 2000);
    let current = values(current, 1500);
    let all = || reference.iter().chain(&current).copied();
    let range = (
        all().fold(f64::MAX, f64::min),
        all().fold(f64::MIN, f64::max),
    );
    ColumnDrift {
        column: column.to_owned(),
        kind: ColumnKind::Numeric,
        reference: sample_of(&reference, 0),
        current: sample_of(&current, if column == "income" { 32 } else { 0 }),
        tests,
        histogram: histogram((&reference, &current), 30, range),
    }
}

fn plan() -> ColumnDrift {
    let sample = |count| Sample {
        count,
        distinct: Some(7),
        ..Sample::default()
    };
    let names = ["basic", "plus", "family", "student", "business", "…"];
    ColumnDrift {
        column: "plan".to_owned(),
        kind: ColumnKind::Categorical,
        reference: sample(2000),
        current: sample(1500),
        tests: vec![
            test(
                DriftTestKind::ChiSquare,
                0.18,
                Some(2.4e-21),
                Magnitude::Small,
            ),
            test(
                DriftTestKind::PopulationStabilityIndex,
                0.16,
                None,
                Magnitude::Small,
            ),
            test(
                DriftTestKind::JensenShannon,
                0.14,
                None,
                Magnitude::Negligible,
            ),
        ],
        histogram: Histogram {
            edges: Vec::new(),
            categories: names.map(str::to_owned).to_vec(),
            reference: vec![810, 520, 330, 210, 100, 30],
            current: vec![420, 460, 310, 190, 80, 40],
        },
    }
}

/// Four columns, two of which drifted.
pub(crate) fn sample() -> Drift {
    use Magnitude::{Large, Medium, Negligible, Small};
    let quiet = |effect: f64| {
        let effects = [effect, effect / 2.0, effect / 3.0, effect];
        numeric_tests(effects, 0.4, [Negligible; 4])
    };
    let income = numeric_tests(
        [0.412, 0.62, 0.31, 1.21],
        1e-40,
        [Large, Large, Medium, Large],
    );
    let tenure = numeric_tests(
        [0.11, 0.08, 0.09, 0.2],
        3e-6,
        [Small, Negligible, Negligible, Small],
    );
    Drift {
        reference: "reference.csv".to_owned(),
        current: "current.csv".to_owned(),
        reference_rows: 2000,
        current_rows: 1532,
        correction: Correction::BenjaminiHochberg,
        columns: vec![
            numbers("age", 3, [(41.0, 12.0), (41.2, 12.0)], quiet(0.02)),
            numbers("income", 5, [(52e3, 11e3), (61e3, 14e3)], income),
            plan(),
            numbers("tenure_months", 11, [(24.0, 6.0), (25.2, 6.0)], tenure),
        ],
        left_out: vec![LeftOutColumn {
            column: "comment".to_owned(),
            reason: "it is text with 1,987 different values; name it in `--columns` to compare it \
                     as categories"
                .to_owned(),
        }],
    }
}

/// Many columns, of which two drifted.
pub(crate) fn wide() -> Drift {
    let quiet = || numeric_tests([0.01; 4], 0.9, [Magnitude::Negligible; 4]);
    let mut drift = sample();
    drift.columns.extend((0..200).map(|number| {
        let name = format!("feature_{number}");
        numbers(&name, number, [(0.0, 1.0), (0.0, 1.0)], quiet())
    }));
    drift.left_out.clear();
    drift
}

/// What the judge says of [`sample`].
pub(crate) fn evaluation() -> Evaluation {
    Evaluation::new(
        vec![Finding {
            rule: "data-drift".into(),
            severity: Severity::Error,
            layer: Layer::Models,
            environment: None,
            subject: Some("current.csv".to_owned()),
            message: "`income` drifted: KS D 0.412 (large)".to_owned(),
            fix: Some("look whether the model was trained for such data".to_owned()),
            location: None,
            details: BTreeMap::from([("column".to_owned(), "income".into())]),
            waiver: None,
            refusal: None,
        }],
        Vec::new(),
    )
}

#[test]
fn most_drifted_columns_come_first_and_what_was_found_is_marked() {
    assert_snapshot!(drawn(140, |style| drift_text(
        &sample(),
        &evaluation(),
        style
    )));
}

#[test]
fn narrow_terminals_get_a_few_lines_for_each_column() {
    assert_snapshot!(drawn(80, |style| drift_text(
        &sample(),
        &evaluation(),
        style
    )));
}

#[test]
fn of_many_columns_those_without_drift_are_summed_up() {
    let nothing = Evaluation::new(Vec::new(), Vec::new());
    assert_snapshot!(drawn(140, |style| drift_text(&wide(), &nothing, style)));
}

#[test]
fn drift_is_json_in_the_order_of_the_table() {
    let mut drift = sample();
    drift.columns.truncate(2);
    for column in &mut drift.columns {
        column.histogram.edges.truncate(3);
        column.histogram.reference.truncate(2);
        column.histogram.current.truncate(2);
    }
    assert_snapshot!(drift_json(&drift, &evaluation()));
}
