use proptest::prelude::*;

use super::*;
use crate::golden::tests::golden;

const MEASURE: Measure = Measure {
    tolerance: Tolerance {
        absolute: 0.0,
        relative: 1e-9,
        ulps: 4,
    },
    threshold: 0.5,
};

fn compared(before: &[&str], after: &[&str]) -> Comparison {
    let after: Vec<Prediction> = golden(after)
        .records
        .into_iter()
        .map(|record| record.prediction)
        .collect();
    compare(
        golden(before).predictions(),
        &after,
        &BTreeMap::new(),
        &MEASURE,
    )
}

fn counts(comparison: &Comparison) -> [u64; 5] {
    [
        comparison.inputs,
        comparison.identical,
        comparison.within,
        comparison.changed,
        comparison.flipped,
    ]
}

#[test]
fn what_is_the_same_to_the_bit_is_identical() {
    let predictions = ["0.25", "1e-300", "NaN", "-0.0"];
    let comparison = compared(&predictions, &predictions);
    assert_eq!(counts(&comparison), [4, 4, 0, 0, 0]);
    let field = &comparison.fields[0];
    assert_eq!(field.path, "");
    assert_eq!(field.kind, FieldKind::Probability);
    assert_eq!(field.largest_absolute, Some(0.0));
    assert_eq!(field.largest_at, None);
    assert!(comparison.examples.is_empty());
}

#[test]
fn numbers_within_the_tolerance_are_told_apart_from_changed_ones() {
    let comparison = compared(
        &["100.0", "200.0", "300.0"],
        &["100.0", "200.00000001", "301.0"],
    );
    assert_eq!(counts(&comparison), [3, 1, 1, 1, 0]);
    let field = &comparison.fields[0];
    assert_eq!(field.kind, FieldKind::Number);
    assert_eq!(field.largest_absolute, Some(1.0));
    assert_eq!(field.largest_at, Some(3));
    assert_eq!(field.median_absolute, Some(200.000_000_01 - 200.0));
    assert_eq!(comparison.examples[0].input, 3);
    assert_eq!(comparison.examples[0].before, "300.0");
}

#[test]
fn a_probability_that_crosses_the_threshold_flips() {
    let comparison = compared(
        &[r#"{"probability":0.6877}"#, r#"{"probability":0.9}"#],
        &[r#"{"probability":0.3365}"#, r#"{"probability":0.8}"#],
    );
    assert_eq!(counts(&comparison), [2, 0, 0, 2, 1]);
    assert_eq!(comparison.fields[0].flipped, Some(1));
    let worst = &comparison.examples[0];
    assert_eq!((worst.path.as_str(), worst.flipped), ("probability", true));
}

#[test]
fn of_probabilities_the_place_of_the_largest_is_the_label() {
    let comparison = compared(
        &["[0.7,0.2,0.1]", "[0.4,0.35,0.25]"],
        &["[0.6,0.3,0.1]", "[0.35,0.4,0.25]"],
    );
    assert_eq!(comparison.fields[0].path, "[]");
    assert_eq!(comparison.fields[0].kind, FieldKind::Probabilities);
    assert_eq!(counts(&comparison), [2, 0, 0, 2, 1]);
    assert_eq!(comparison.fields[0].flipped, Some(1));
    assert_eq!(comparison.examples[0].input, 2);
}

#[test]
fn labels_and_texts_differ_or_do_not() {
    let comparison = compared(
        &[r#""stays""#, r#""leaves""#],
        &[r#""stays""#, r#""stays""#],
    );
    assert_eq!(comparison.fields[0].kind, FieldKind::Label);
    assert_eq!(counts(&comparison), [2, 1, 0, 1, 1]);
    let numbered: Vec<String> = (0..60).map(|number| format!("\"text {number}\"")).collect();
    let texts: Vec<&str> = numbered.iter().map(String::as_str).collect();
    let comparison = compared(&texts, &texts);
    assert_eq!(comparison.fields[0].kind, FieldKind::Text);
    assert_eq!(comparison.fields[0].flipped, None);
    let classes = compared(&["0", "1", "1"], &["0", "1", "0"]);
    assert_eq!(classes.fields[0].kind, FieldKind::Label);
    assert_eq!(counts(&classes), [3, 2, 0, 1, 1]);
}

#[test]
fn another_shape_or_type_is_a_change() {
    let comparison = compared(
        &["[1.5,2.5]", r#"{"a":1.5}"#, "1.5", "null"],
        &["[1.5]", r#"{"b":1.5}"#, "\"1.5\"", "1.5"],
    );
    assert_eq!(counts(&comparison), [4, 0, 0, 4, 0]);
    assert_eq!(comparison.reshaped, 4);
    assert_eq!(comparison.examples[0].after, "[1.5]");
}

#[test]
fn whole_numbers_and_floats_of_one_value_are_close_and_not_identical() {
    assert_eq!(
        counts(&compared(&["2.0", "7.5"], &["2", "7.5"])),
        [2, 1, 1, 0, 0]
    );
}

#[test]
fn failing_now_and_not_before_is_a_change_and_failing_alike_is_none() {
    let comparison = compared(
        &[
            "1.5",
            r#"{"failed":"no column"}"#,
            r#"{"failed":"no column"}"#,
        ],
        &[
            r#"{"failed":"no column"}"#,
            r#"{"failed":"no column"}"#,
            r#"{"failed":"other"}"#,
        ],
    );
    assert_eq!(counts(&comparison), [3, 1, 0, 2, 0]);
    assert_eq!(comparison.failed, 1);
    assert_eq!(comparison.examples[0].after, "ValueError: no column");
}

#[test]
fn not_a_number_in_place_of_a_number_is_a_change() {
    let comparison = compared(&["0.5", "NaN"], &["NaN", "0.5"]);
    assert_eq!(counts(&comparison)[3], 2);
    assert_eq!(comparison.fields[0].largest_absolute, None);
}

#[test]
fn units_in_the_last_place_are_those_of_the_recorded_width() {
    let types = BTreeMap::from([("p".to_owned(), "float32".to_owned())]);
    let next = f64::from(f32::from_bits(0.7_f32.to_bits() + 2));
    let record = |number: f64| Value::Map(vec![("p".to_owned(), Value::Float(number))]);
    let before = [Prediction::Value(record(f64::from(0.7_f32)))];
    let after = [Prediction::Value(record(next))];
    let comparison = compare(&before, &after, &types, &MEASURE);
    assert_eq!(comparison.fields[0].largest_ulps, Some(2));
    assert_eq!(comparison.within, 1);
}

#[test]
fn warnings_of_one_side_alone_are_told() {
    let warning = |message: &str| RaisedWarning {
        category: "RuntimeWarning".to_owned(),
        message: message.to_owned(),
    };
    let recorded = |message: &str| WarningRecord {
        category: "RuntimeWarning".to_owned(),
        message: message.to_owned(),
    };
    let (raised, gone) = compare_warnings(
        &[recorded("overflow"), recorded("both")],
        &[warning("both"), warning("divide by zero"), warning("both")],
    );
    assert_eq!(raised, [warning("divide by zero")]);
    assert_eq!(gone, [warning("overflow")]);
}

proptest! {
    #[test]
    fn every_input_is_counted_once(pairs in prop::collection::vec((any::<f64>(), any::<f64>()), 0..40)) {
        let before: Vec<Prediction> = pairs.iter().map(|(before, _)| Prediction::Value(Value::Float(*before))).collect();
        let after: Vec<Prediction> = pairs.iter().map(|(_, after)| Prediction::Value(Value::Float(*after))).collect();
        let comparison = compare(&before, &after, &BTreeMap::new(), &MEASURE);
        prop_assert_eq!(comparison.inputs, pairs.len() as u64);
        prop_assert_eq!(comparison.identical + comparison.within + comparison.changed, comparison.inputs);
        let itself = before.clone();
        let same = compare(&before, &itself, &BTreeMap::new(), &MEASURE);
        prop_assert_eq!(same.identical, same.inputs);
    }
}
