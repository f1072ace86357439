//! A column of data is distributed otherwise than in the reference.

use holdfast_model::{
    ColumnDrift, Drift, DriftTest, DriftTestKind, Gap, Layer, Location, Magnitude, Outcome, Severity,
};
use serde_json::json;

use crate::{Context, DriftPolicy, FindingBuilder, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "data-drift",
    title: "a column of data is distributed otherwise than in the reference",
    severity: Severity::Warning,
    layers: &[Layer::Models],
    sets: &[RuleSet::Drift],
    page: include_str!("data_drift.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let policy = &context.policy.drift;
    let mut outcome = Outcome::default();
    for drift in &context.facts.drifts {
        for column in &drift.columns {
            let found = judge(drift, column, policy);
            outcome.findings.extend(found.map(FindingBuilder::build));
        }
        for column in &drift.left_out {
            outcome.gaps.push(Gap {
                subject: Some(subject(drift, &column.column)),
                ..RULE.gap(column.reason.clone())
            });
        }
    }
    outcome
}

/// A column of a file, as a path that patterns of waivers match.
fn subject(drift: &Drift, column: &str) -> String {
    format!("{}#{column}", drift.current)
}

/// A finding where chance cannot explain the difference and it is large: neither alone decides.
fn judge(drift: &Drift, column: &ColumnDrift, policy: &DriftPolicy) -> Option<FindingBuilder> {
    // distances have no p-value: that of the column's test counts for them
    let p_value = column.tests.iter().find_map(|test| test.adjusted_p_value);
    if p_value.is_some_and(|p_value| p_value >= policy.significance) {
        return None;
    }
    let too_large: Vec<&DriftTest> = column
        .tests
        .iter()
        .filter(|test| {
            let limit = policy.limit(&column.column, test.test);
            test.effect_size.is_some_and(|size| size >= limit)
        })
        .collect();
    let greatest = too_large.iter().map(|test| test.magnitude).max()?;
    let severity = match greatest {
        Magnitude::Large => Severity::Error,
        Magnitude::Medium | Magnitude::Small | Magnitude::Negligible => Severity::Warning,
    };
    let sizes: Vec<String> = too_large.iter().map(|test| size(test)).collect();
    let told = p_value.map_or_else(String::new, |p_value| format!("; p {}", shown(p_value)));
    let message = format!(
        "`{}` is distributed otherwise than in `{}`: {}{told}",
        column.column,
        drift.reference,
        sizes.join(", "),
    );
    let details = too_large.iter().map(|test| {
        json!({
            "test": test.test.as_str(),
            "effect_size": test.effect_size,
            "limit": policy.limit(&column.column, test.test),
            "magnitude": test.magnitude.as_str(),
        })
    });
    Some(
        RULE.finding(Layer::Models)
            .at(&Location::start_of(&drift.current))
            .message(message)
            .severity(severity)
            .subject(subject(drift, &column.column))
            .fix("look for a change in how the data is made; else train anew, or raise the limits in `[drift]`")
            .detail("column", column.column.clone())
            .detail("adjusted_p_value", p_value)
            .detail("tests", details.collect::<Vec<_>>()),
    )
}

/// A test with its effect size: `KS 0.31 (large)`.
fn size(test: &DriftTest) -> String {
    let name = match test.test {
        DriftTestKind::KolmogorovSmirnov => "KS",
        DriftTestKind::ChiSquare => "Cramér's V",
        DriftTestKind::PopulationStabilityIndex => "PSI",
        DriftTestKind::JensenShannon => "Jensen–Shannon",
        DriftTestKind::Wasserstein => "Wasserstein",
    };
    let size = test.effect_size.unwrap_or_default();
    format!("{name} {size:.2} ({})", test.magnitude.as_str())
}

/// A p-value in few digits.
fn shown(p_value: f64) -> String {
    if p_value < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("= {p_value:.3}")
    }
}

#[cfg(test)]
mod tests {
    use holdfast_model::{ColumnKind, Correction, Facts, Histogram, LeftOutColumn, Sample};

    use super::*;
    use crate::testing::{facts, judge, lines};
    use crate::{EffectSizes, Policy};

    fn test(kind: DriftTestKind, size: f64, p_value: Option<f64>, word: Magnitude) -> DriftTest {
        DriftTest {
            test: kind,
            statistic: Some(size),
            p_value,
            adjusted_p_value: p_value,
            effect_size: Some(size),
            magnitude: word,
        }
    }

    /// One column of numbers: D with its p-value, and PSI.
    fn drifted(d: f64, p_value: f64, psi: f64) -> Facts {
        let word = |size: f64, large: f64| {
            if size >= large {
                Magnitude::Large
            } else {
                Magnitude::Small
            }
        };
        let mut facts = facts([]);
        facts.drifts = vec![Drift {
            reference: "data/train.csv".to_owned(),
            current: "data/today.csv".to_owned(),
            reference_rows: 1000,
            current_rows: 1000,
            correction: Correction::default(),
            columns: vec![ColumnDrift {
                column: "age".to_owned(),
                kind: ColumnKind::Numeric,
                reference: Sample::default(),
                current: Sample::default(),
                tests: vec![
                    test(DriftTestKind::KolmogorovSmirnov, d, Some(p_value), word(d, 0.31)),
                    test(DriftTestKind::PopulationStabilityIndex, psi, None, word(psi, 0.25)),
                ],
                histogram: Histogram::default(),
            }],
            left_out: Vec::new(),
        }];
        facts
    }

    fn said(facts: &Facts) -> Vec<String> {
        lines(&judge(&RULE, facts, &Policy::default()))
    }

    #[test]
    fn a_large_difference_that_chance_does_not_explain_is_found() {
        assert_eq!(
            said(&drifted(0.2, 1e-9, 0.1)),
            ["warning data/today.csv:1:1 `age` is distributed otherwise than in `data/train.csv`: KS 0.20 (small); p < 0.001"]
        );
        assert_eq!(
            said(&drifted(0.4, 0.004, 0.3)),
            ["error data/today.csv:1:1 `age` is distributed otherwise than in `data/train.csv`: KS 0.40 (large), PSI 0.30 (large); p = 0.004"]
        );
    }

    #[test]
    fn a_p_value_alone_finds_nothing() {
        // millions of rows tell any two samples apart
        assert_eq!(said(&drifted(0.01, 1e-300, 0.001)), [""; 0]);
    }

    #[test]
    fn an_effect_size_alone_finds_nothing() {
        // of a few rows, chance makes large differences
        assert_eq!(said(&drifted(0.5, 0.3, 0.9)), [""; 0]);
    }

    #[test]
    fn a_distance_is_enough_where_the_test_says_that_it_is_no_chance() {
        assert_eq!(said(&drifted(0.05, 0.01, 0.22)).len(), 1);
    }

    #[test]
    fn limits_are_those_of_the_policy_and_of_the_column() {
        let facts = drifted(0.2, 0.01, 0.1);
        let mut policy = Policy::default();
        let count = |policy: &Policy| judge(&RULE, &facts, policy).findings.len();
        assert_eq!(count(&policy), 1);
        policy.drift.significance = 0.01;
        assert_eq!(count(&policy), 0);
        policy.drift.significance = 0.05;
        let kind = DriftTestKind::KolmogorovSmirnov;
        policy.drift.effect_sizes.set(kind, 0.3);
        assert_eq!(count(&policy), 0);
        let mut own = EffectSizes::default();
        own.set(kind, 0.15);
        policy.drift.columns.insert("age".to_owned(), own);
        assert_eq!(count(&policy), 1);
        policy.drift.columns.clear();
        policy.drift.effect_sizes.set(kind, f64::INFINITY);
        assert_eq!(count(&policy), 0);
    }

    #[test]
    fn a_column_that_could_not_be_compared_is_a_gap() {
        let mut facts = drifted(0.0, 1.0, 0.0);
        facts.drifts[0].left_out = vec![LeftOutColumn {
            column: "id".to_owned(),
            reason: "it has no value in `data/today.csv`".to_owned(),
        }];
        assert_eq!(
            said(&facts),
            ["gap - data/today.csv#id it has no value in `data/today.csv`"]
        );
    }

    #[test]
    fn a_waiver_names_a_column_of_a_file() {
        let facts = drifted(0.4, 0.001, 0.3);
        let finding = judge(&RULE, &facts, &Policy::default()).findings.remove(0);
        let subject = finding.subject.unwrap();
        for (pattern, is_meant) in [("data/*.csv#age", true), ("data/*.csv#size", false)] {
            let pattern: crate::SubjectPattern = pattern.parse().unwrap();
            assert_eq!(pattern.matches(&subject), is_meant);
        }
    }
}
