//! A model does not answer what was recorded.

use std::fmt::Write as _;

use holdfast_model::{Comparison, FieldComparison, Layer, Location, Outcome, Severity};

use crate::answer::Answer;
use crate::policy::Predictions;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "changed-predictions",
    title: "a model does not answer what was recorded",
    severity: Severity::Error,
    layers: &[Layer::Models],
    sets: &[RuleSet::Golden],
    page: include_str!("changed_predictions.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for comparison in &context.facts.comparisons {
        predictions(&mut answer, comparison, &context.policy.predictions);
        other_artefacts(&mut answer, comparison);
        warnings(&mut answer, comparison);
        if comparison.inputs == 0 {
            let golden = &comparison.golden;
            answer.gap_everywhere(format!(
                "`{golden}` has no inputs: record it with some that stand for those of production"
            ));
        }
    }
    answer.outcome()
}

fn predictions(answer: &mut Answer, comparison: &Comparison, policy: &Predictions) {
    let Comparison {
        inputs,
        changed,
        flipped,
        ..
    } = *comparison;
    let too_many = !policy.most_changed.admits(changed, inputs);
    if !too_many && policy.most_flipped.admits(flipped, inputs) {
        return;
    }
    let finding = RULE
        .finding(Layer::Models)
        .at(&Location::start_of(comparison.golden.clone()))
        .message(message(comparison))
        .subject(comparison.golden.clone())
        .detail("inputs", inputs)
        .detail("changed", changed)
        .detail("flipped", flipped)
        .detail("failed", comparison.failed)
        .detail("reshaped", comparison.reshaped)
        .fix(
            "`holdfast golden bisect` names the package that does it; \
             where the new answers are right, record the set again",
        );
    answer.find(match &comparison.after.environment {
        Some(environment) => finding.in_environment(environment),
        None => finding,
    });
}

fn message(comparison: &Comparison) -> String {
    let Comparison {
        inputs, changed, ..
    } = comparison;
    let mut message = format!("{changed} of {inputs} inputs are predicted otherwise");
    let parts = [
        (comparison.flipped, "with another label"),
        (comparison.failed, "failing on one side alone"),
        (comparison.reshaped, "of another shape"),
    ];
    for (count, what) in parts {
        if count > 0 {
            let _ = write!(message, ", {count} {what}");
        }
    }
    if let Some((field, largest)) = largest(comparison) {
        let path = if field.path.is_empty() {
            String::new()
        } else {
            format!(" of `{}`", field.path)
        };
        let at = field
            .largest_at
            .map_or_else(String::new, |input| format!(" (input {input})"));
        let _ = write!(message, "; the largest difference{path} is {}{at}", short(largest));
    }
    message
}

/// A number with three digits, as a person writes it.
fn short(number: f64) -> String {
    if (1e-3..1e6).contains(&number) {
        let rounded: f64 = format!("{number:.2e}").parse().unwrap_or(number);
        return rounded.to_string();
    }
    format!("{number:.2e}")
}

/// The part whose numbers differ most.
fn largest(comparison: &Comparison) -> Option<(&FieldComparison, f64)> {
    comparison
        .fields
        .iter()
        .filter(|field| field.changed > 0)
        .filter_map(|field| Some((field, field.largest_absolute?)))
        .max_by(|(_, left), (_, right)| left.total_cmp(right))
}

fn other_artefacts(answer: &mut Answer, comparison: &Comparison) {
    for path in &comparison.other_artefacts {
        answer.find(
            RULE.finding(Layer::Models)
                .at(&Location::start_of(comparison.golden.clone()))
                .message(format!(
                    "`{path}` is not the file that the predictions were recorded with: two models are compared, not two environments"
                ))
                .subject(path.clone())
                .severity(Severity::Warning)
                .fix("restore the file, or record the set again with this one"),
        );
    }
}

fn warnings(answer: &mut Answer, comparison: &Comparison) {
    for warning in &comparison.raised {
        answer.find(
            RULE.finding(Layer::Models)
                .at(&Location::start_of(comparison.golden.clone()))
                .message(format!(
                    "the model raises a warning that it did not raise: {}: {}",
                    warning.category, warning.message
                ))
                .subject(comparison.golden.clone())
                .severity(Severity::Note)
                .detail("category", warning.category.clone()),
        );
    }
}

#[cfg(test)]
mod tests {
    use holdfast_model::{Facts, FieldKind, RaisedWarning, ReplaySide, Tolerance};

    use super::*;
    use crate::testing::{judge, lines, now};
    use crate::{Allowance, Policy};

    fn comparison(changed: u64, flipped: u64) -> Comparison {
        Comparison {
            golden: "golden.jsonl".to_owned(),
            before: ReplaySide::default(),
            after: ReplaySide {
                environment: Some("serve".parse().unwrap()),
                ..ReplaySide::default()
            },
            tolerance: Tolerance::default(),
            threshold: 0.5,
            inputs: 200,
            identical: 200 - changed,
            within: 0,
            changed,
            flipped,
            reshaped: 0,
            failed: 0,
            fields: vec![FieldComparison {
                path: "probability".to_owned(),
                kind: FieldKind::Probability,
                values: 200,
                identical: 200 - changed,
                within: 0,
                changed,
                flipped: Some(flipped),
                largest_absolute: Some(0.351_2),
                largest_relative: None,
                largest_ulps: None,
                mean_absolute: None,
                median_absolute: None,
                largest_at: Some(17),
                largest_pair: None,
                shifts: Vec::new(),
                histogram: None,
                points: Vec::new(),
            }],
            examples: Vec::new(),
            raised: Vec::new(),
            gone: Vec::new(),
            other_artefacts: Vec::new(),
        }
    }

    fn judged(comparison: Comparison, policy: &Policy) -> Vec<String> {
        let facts = Facts {
            comparisons: vec![comparison],
            ..Facts::at(now())
        };
        lines(&judge(&RULE, &facts, policy))
    }

    #[test]
    fn predictions_that_changed_are_found_with_how_much() {
        assert_eq!(judged(comparison(0, 0), &Policy::default()), [""; 0]);
        assert_eq!(
            judged(comparison(157, 26), &Policy::default()),
            [
                "error golden.jsonl:1:1 157 of 200 inputs are predicted otherwise, 26 with another label; \
                 the largest difference of `probability` is 0.351 (input 17)"
            ]
        );
    }

    #[test]
    fn the_policy_admits_some_changes_and_some_labels() {
        let mut policy = Policy::default();
        policy.predictions.most_changed = Allowance::Share(0.01);
        assert_eq!(judged(comparison(2, 0), &policy), [""; 0]);
        assert_eq!(judged(comparison(2, 1), &policy).len(), 1);
        assert_eq!(judged(comparison(3, 0), &policy).len(), 1);
        policy.predictions.most_flipped = Allowance::Count(1);
        assert_eq!(judged(comparison(2, 1), &policy), [""; 0]);
    }

    #[test]
    fn another_model_file_and_new_warnings_are_told() {
        let other = Comparison {
            other_artefacts: vec!["model.joblib".to_owned()],
            raised: vec![RaisedWarning {
                category: "RuntimeWarning".to_owned(),
                message: "overflow".to_owned(),
            }],
            ..comparison(0, 0)
        };
        assert_eq!(
            judged(other, &Policy::default()),
            [
                "warning golden.jsonl:1:1 `model.joblib` is not the file that the predictions were recorded with: two models are compared, not two environments",
                "note golden.jsonl:1:1 the model raises a warning that it did not raise: RuntimeWarning: overflow",
            ]
        );
    }

    #[test]
    fn a_set_without_inputs_is_not_evaluated() {
        let empty = Comparison {
            inputs: 0,
            ..comparison(0, 0)
        };
        assert_eq!(
            judged(empty, &Policy::default()),
            ["gap - - `golden.jsonl` has no inputs: record it with some that stand for those of production"]
        );
    }
}
