//! Whatever the numbers and texts, reports of predictions and data are drawn, tidy and valid.

use holdfast_model::{
    ChangedInput, ColumnDrift, ColumnKind, Comparison, Correction, Drift, DriftTest, DriftTestKind,
    Evaluation, FieldComparison, FieldKind, Histogram, LeftOutColumn, Magnitude, RaisedWarning,
    ReplaySide, Sample, Tolerance,
};
use holdfast_report::{
    BisectedLock, Bisection, BisectionVerdict, Carried, Culprit, Difference, Exchange, Explains,
    LargestDifference, Together, Trial, TrialOutcome, bisection_html, bisection_json,
    bisection_text, comparison_html, comparison_json, comparison_svg, comparison_text, drift_html,
    drift_json, drift_svg, drift_text,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::arbitrary::{evaluation, text};
use crate::drawn;
use crate::pictures::assert_harmless;
use crate::schemas::assert_keeps_to;

/// Any number, those that are none and those beyond all size among them.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -10.0..10.0f64,
        2 => any::<f64>(),
        1 => prop::sample::select(vec![
            0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN,
            f64::MIN_POSITIVE, 5e-324,
        ]),
    ]
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![0..300u64, any::<u64>()]
}

fn magnitude() -> impl Strategy<Value = Magnitude> {
    prop::sample::select(vec![
        Magnitude::Negligible,
        Magnitude::Small,
        Magnitude::Medium,
        Magnitude::Large,
    ])
}

fn drift_test() -> impl Strategy<Value = DriftTest> {
    let kinds = prop::sample::select(vec![
        DriftTestKind::KolmogorovSmirnov,
        DriftTestKind::ChiSquare,
        DriftTestKind::PopulationStabilityIndex,
        DriftTestKind::JensenShannon,
        DriftTestKind::Wasserstein,
    ]);
    let numbers = [(); 4].map(|()| option::of(number()));
    (kinds, numbers, magnitude()).prop_map(
        |(test, [statistic, p_value, adjusted_p_value, effect_size], magnitude)| DriftTest {
            test,
            statistic,
            p_value,
            adjusted_p_value,
            effect_size,
            magnitude,
        },
    )
}

/// Bins and categories, of which there may be too few or too many, in any order.
fn histogram() -> impl Strategy<Value = Histogram> {
    let counts = || vec(count(), 0..8);
    (
        prop_oneof![vec(number(), 0..8), Just(Vec::new())],
        prop_oneof![vec(text(), 0..8), Just(Vec::new())],
        counts(),
        counts(),
    )
        .prop_map(|(edges, categories, reference, current)| Histogram {
            edges,
            categories,
            reference,
            current,
        })
}

fn side() -> impl Strategy<Value = ReplaySide> {
    let texts = [(); 4].map(|()| option::of(text()));
    (texts, option::of(number()), option::of(count())).prop_map(
        |([lock, lock_digest, python, machine], seconds, memory)| ReplaySide {
            environment: None,
            lock,
            lock_digest,
            python,
            machine,
            seconds,
            memory,
        },
    )
}

fn field() -> impl Strategy<Value = FieldComparison> {
    let kinds = prop::sample::select(vec![
        FieldKind::Number,
        FieldKind::Probability,
        FieldKind::Probabilities,
        FieldKind::Label,
        FieldKind::Text,
    ]);
    let counts = [(); 4].map(|()| count());
    let places = [(); 3].map(|()| option::of(count()));
    let numbers = [(); 4].map(|()| option::of(number()));
    let shift = (vec(drift_test(), 0..3), option::of(histogram()));
    let points = vec([number(), number()], 0..20);
    (text(), kinds, (counts, places, numbers), shift, points).prop_map(
        |(path, kind, (counts, places, numbers), (shifts, histogram), points)| FieldComparison {
            path,
            kind,
            values: counts[0],
            identical: counts[1],
            within: counts[2],
            changed: counts[3],
            flipped: places[0],
            largest_absolute: numbers[0],
            largest_relative: numbers[1],
            largest_ulps: places[1],
            mean_absolute: numbers[2],
            median_absolute: numbers[3],
            largest_at: places[2],
            largest_pair: None,
            shifts,
            histogram,
            points,
        },
    )
}

fn comparison() -> impl Strategy<Value = Comparison> {
    let counts = [(); 7].map(|()| count());
    let numbers = [(); 3].map(|()| number());
    let examples = vec((count(), text(), text(), any::<bool>()), 0..3);
    let warnings = || vec((text(), text()), 0..3);
    let lists = (vec(field(), 0..4), examples, warnings(), warnings());
    (text(), side(), side(), counts, numbers, lists).prop_map(
        |(golden, before, after, counts, numbers, (fields, examples, raised, gone))| {
            let example =
                |(input, path, value, flipped): (u64, String, String, bool)| ChangedInput {
                    input,
                    path,
                    before: value.clone(),
                    after: value,
                    flipped,
                };
            let warning =
                |(category, message): (String, String)| RaisedWarning { category, message };
            Comparison {
                other_artefacts: vec![golden.clone()],
                golden,
                before,
                after,
                tolerance: Tolerance {
                    absolute: numbers[0],
                    relative: numbers[1],
                    ulps: counts[0],
                },
                threshold: numbers[2],
                inputs: counts[0],
                identical: counts[1],
                within: counts[2],
                changed: counts[3],
                flipped: counts[4],
                reshaped: counts[5],
                failed: counts[6],
                fields,
                examples: examples.into_iter().map(example).collect(),
                raised: raised.into_iter().map(warning).collect(),
                gone: gone.into_iter().map(warning).collect(),
            }
        },
    )
}

fn sample() -> impl Strategy<Value = Sample> {
    let counts = [(); 3].map(|()| count());
    let numbers = [(); 5].map(|()| option::of(number()));
    (counts, option::of(count()), numbers).prop_map(|(counts, distinct, numbers)| Sample {
        count: counts[0],
        missing: counts[1],
        infinite: counts[2],
        distinct,
        minimum: numbers[0],
        median: numbers[1],
        mean: numbers[2],
        standard_deviation: numbers[3],
        maximum: numbers[4],
    })
}

fn drift() -> impl Strategy<Value = Drift> {
    let kind = prop::sample::select(vec![ColumnKind::Numeric, ColumnKind::Categorical]);
    let column = (
        text(),
        kind,
        (sample(), sample()),
        vec(drift_test(), 0..5),
        histogram(),
    );
    let column =
        column.prop_map(
            |(column, kind, (reference, current), tests, histogram)| ColumnDrift {
                column,
                kind,
                reference,
                current,
                tests,
                histogram,
            },
        );
    let correction = prop::sample::select(vec![Correction::Holm, Correction::None]);
    let rows = (count(), count());
    (text(), rows, correction, vec(column, 0..20)).prop_map(
        |(text, (reference_rows, current_rows), correction, columns)| Drift {
            reference: text.clone(),
            current: text.clone(),
            reference_rows,
            current_rows,
            correction,
            columns,
            left_out: vec![LeftOutColumn {
                column: text.clone(),
                reason: text,
            }],
        },
    )
}

fn trials(text: &str, number: f64, count: u64) -> Vec<Trial> {
    let outcomes = [
        TrialOutcome::Same,
        TrialOutcome::Different,
        TrialOutcome::Unresolved,
    ];
    let trials = outcomes.into_iter().map(|outcome| Trial {
        number: count,
        exchanged: vec![text.to_owned(); 7],
        outcome,
        reason: (outcome == TrialOutcome::Unresolved).then(|| text.to_owned()),
        changed: Some(count),
        seconds_install: Some(number),
        seconds_run: Some(number),
    });
    trials.collect()
}

fn bisection(text: &str, number: f64, count: u64, verdict: BisectionVerdict) -> Bisection {
    let some = || Some(text.to_owned());
    let exchange = |before, after| Exchange {
        package: text.to_owned(),
        before,
        after,
    };
    let difference = || Difference {
        changed: count,
        flipped: count,
        largest: Some(LargestDifference {
            absolute: Some(number),
            input: count,
            path: text.to_owned(),
            before: text.to_owned(),
            after: number.to_string(),
        }),
    };
    let changes = vec![
        exchange(some(), some()),
        exchange(None, some()),
        exchange(None, None),
    ];
    let kinds = [
        Together::Alone,
        Together::Interaction,
        Together::Inseparable,
    ];
    let culprits = kinds.into_iter().map(|together| Culprit {
        changes: changes.clone(),
        together,
        carried: vec![Carried {
            change: exchange(some(), None),
            because: text.to_owned(),
        }],
        difference: difference(),
        explains: Explains::Part,
        explained: count,
    });
    let lock = BisectedLock {
        lock: text.to_owned(),
        digest: text.to_owned(),
        python: some(),
    };
    Bisection {
        golden: text.to_owned(),
        from: lock.clone(),
        to: lock,
        inputs: count,
        difference: difference(),
        verdict,
        culprits: culprits
            .filter(|_| verdict == BisectionVerdict::Culprits)
            .collect(),
        changes,
        remaining: Some(difference()),
        disagreement: Some(difference()),
        trials: trials(text, number, count),
        environments: count,
        seconds: Some(number),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn comparisons_are_drawn_whatever_they_hold(
        comparison in comparison(),
        evaluation in evaluation(),
        width in prop_oneof![0..160usize, Just(usize::MAX)],
    ) {
        drawn(width, |style| comparison_text(&comparison, style));
        assert_keeps_to("comparison-1", &comparison_json(&comparison, &evaluation));
        assert_harmless(&comparison_svg(&comparison));
        assert_harmless(&comparison_html(&comparison, &evaluation));
    }

    #[test]
    fn drift_is_drawn_whatever_it_holds(
        drift in drift(),
        evaluation in evaluation(),
        width in prop_oneof![0..160usize, Just(usize::MAX)],
    ) {
        drawn(width, |style| drift_text(&drift, &evaluation, style));
        assert_keeps_to("drift-1", &drift_json(&drift, &evaluation));
        assert_harmless(&drift_svg(&drift));
        assert_harmless(&drift_html(&drift, &evaluation));
    }

    #[test]
    fn bisections_are_drawn_whatever_they_hold(
        text in text(),
        number in number(),
        count in count(),
        width in 0..160usize,
        verdict in prop::sample::select(vec![
            BisectionVerdict::Culprits,
            BisectionVerdict::None,
            BisectionVerdict::NotReproducible,
            BisectionVerdict::Unstable,
            BisectionVerdict::Inseparable,
        ]),
    ) {
        let bisection = bisection(&text, number, count, verdict);
        drawn(width, |style| bisection_text(&bisection, style));
        assert_keeps_to("bisection-1", &bisection_json(&bisection));
        assert_harmless(&bisection_html(&bisection));
    }
}

#[test]
fn programs_read_what_was_written_back() {
    let comparison = crate::comparison::sample();
    let written = comparison_json(&comparison, &crate::comparison::evaluation());
    let read: Comparison = serde_json::from_str(&written).unwrap();
    assert_eq!(
        (read.inputs, read.examples),
        (comparison.inputs, comparison.examples)
    );
    let read: Evaluation = serde_json::from_str(&written).unwrap();
    assert_eq!(read.findings, crate::comparison::evaluation().findings);
    let read: Drift = serde_json::from_str(&drift_json(
        &crate::drift::sample(),
        &crate::drift::evaluation(),
    ))
    .unwrap();
    assert_eq!(read.left_out, crate::drift::sample().left_out);
    assert_eq!(read.columns.len(), crate::drift::sample().columns.len());
}
