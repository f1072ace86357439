//! Predictions that were recorded, beside those that a model makes now.
//!
//! A prediction is taken apart into its numbers, names and texts, by path. Two numbers are compared
//! to the bit, then by absolute and relative difference and by units in the last place, in the width
//! in which the model computes; what is a label is compared as one, and a probability by the label
//! that it stands for as well.

mod accumulate;
mod kinds;
mod leaves;
mod numbers;
mod picture;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{ChangedInput, Comparison, FieldKind, RaisedWarning, ReplaySide, Tolerance};

use self::accumulate::Field;
use self::kinds::Kinds;
use self::leaves::{Leaf, leaves};
use self::numbers::{Closeness, Width, closeness};
use crate::Value;
use crate::golden::{Prediction, WarningRecord};

/// What counts as equal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// How far two numbers may be from each other.
    pub tolerance: Tolerance,
    /// The probability from which on a prediction is the positive label.
    pub threshold: f64,
}

/// More inputs than this are not shown one by one.
const EXAMPLES: usize = 20;

/// Compares what was recorded with what is predicted now, input by input.
///
/// `types` has the width of floats by path, where the recording tells. Both have the same inputs, in
/// the same order; what one has more of is not compared. Sides and warnings are for the caller to add.
pub fn compare<'a>(
    before: impl IntoIterator<Item = &'a Prediction>,
    after: &'a [Prediction],
    types: &BTreeMap<String, String>,
    measure: &Measure,
) -> Comparison {
    let pairs: Vec<(&Prediction, &Prediction)> = before.into_iter().zip(after).collect();
    let kinds = Kinds::of(&pairs);
    let mut comparison = Comparer {
        kinds: &kinds,
        types,
        measure,
        fields: BTreeMap::new(),
        examples: Vec::new(),
        counts: empty(measure),
    };
    for (position, (before, after)) in pairs.iter().enumerate() {
        comparison.input(position as u64 + 1, before, after);
    }
    comparison.finish()
}

/// The warnings that only one of two runs raised: now and not before, before and not now.
pub fn compare_warnings(
    before: &[WarningRecord],
    after: &[RaisedWarning],
) -> (Vec<RaisedWarning>, Vec<RaisedWarning>) {
    let before: BTreeSet<RaisedWarning> = before
        .iter()
        .map(|warning| RaisedWarning {
            category: warning.category.clone(),
            message: warning.message.clone(),
        })
        .collect();
    let after: BTreeSet<RaisedWarning> = after.iter().cloned().collect();
    (
        after.difference(&before).cloned().collect(),
        before.difference(&after).cloned().collect(),
    )
}

fn empty(measure: &Measure) -> Comparison {
    Comparison {
        golden: String::new(),
        before: ReplaySide::default(),
        after: ReplaySide::default(),
        tolerance: measure.tolerance,
        threshold: measure.threshold,
        inputs: 0,
        identical: 0,
        within: 0,
        changed: 0,
        flipped: 0,
        reshaped: 0,
        failed: 0,
        fields: Vec::new(),
        examples: Vec::new(),
        raised: Vec::new(),
        gone: Vec::new(),
        other_artefacts: Vec::new(),
    }
}

struct Comparer<'a> {
    kinds: &'a Kinds,
    types: &'a BTreeMap<String, String>,
    measure: &'a Measure,
    fields: BTreeMap<String, Field>,
    /// The changed inputs, with how much each changed.
    examples: Vec<(f64, ChangedInput)>,
    counts: Comparison,
}

/// How one input differs, over all parts of its prediction.
#[derive(Default)]
struct Verdict {
    differs: bool,
    changed: bool,
    flipped: bool,
    worst: Option<(f64, ChangedInput)>,
}

impl Verdict {
    /// Keeps the part that changed most.
    fn keep(&mut self, size: f64, example: ChangedInput) {
        let next = (size, example);
        if self
            .worst
            .as_ref()
            .is_none_or(|worst| by_change(&next, worst).is_lt())
        {
            self.worst = Some(next);
        }
    }
}

impl Comparer<'_> {
    fn input(&mut self, number: u64, before: &Prediction, after: &Prediction) {
        self.counts.inputs += 1;
        let mut verdict = Verdict::default();
        match (before, after) {
            (Prediction::Value(before), Prediction::Value(after)) => {
                self.values(number, (before, after), &mut verdict);
            }
            (Prediction::Failed { .. }, Prediction::Failed { .. }) => {
                verdict.differs = before != after;
                verdict.changed = verdict.differs;
            }
            (Prediction::Value(_), Prediction::Failed { .. })
            | (Prediction::Failed { .. }, Prediction::Value(_)) => {
                self.counts.failed += 1;
                verdict.differs = true;
                verdict.changed = true;
            }
        }
        if verdict.changed && verdict.worst.is_none() {
            let example = whole(number, shown(before), shown(after));
            verdict.keep(f64::INFINITY, example);
        }
        self.count(verdict);
    }

    fn count(&mut self, verdict: Verdict) {
        let counts = &mut self.counts;
        if verdict.changed {
            counts.changed += 1;
            counts.flipped += u64::from(verdict.flipped);
            self.examples.extend(verdict.worst);
        } else if verdict.differs {
            counts.within += 1;
        } else {
            counts.identical += 1;
        }
    }

    fn values(&mut self, number: u64, (before, after): (&Value, &Value), verdict: &mut Verdict) {
        let (left, right) = (leaves(before), leaves(after));
        if !same_shape(&left, &right) {
            self.counts.reshaped += 1;
            verdict.differs = true;
            verdict.changed = true;
            verdict.keep(
                f64::INFINITY,
                whole(number, before.to_string(), after.to_string()),
            );
            return;
        }
        let mut flipped_fields = BTreeSet::new();
        for (left, right) in left.iter().zip(&right) {
            self.leaf(number, (left, right), (verdict, &mut flipped_fields));
        }
        for pattern in self.kinds.of_kind(FieldKind::Probabilities) {
            let (before, after) = (largest(&left, pattern), largest(&right, pattern));
            if before != after {
                flipped_fields.insert(pattern.to_owned());
                verdict.flipped = true;
                verdict.changed = true;
                verdict.differs = true;
                let place = |at: Option<usize>| at.map_or_else(String::new, |at| at.to_string());
                let path = format!("{pattern} (the largest)");
                let example = ChangedInput {
                    path,
                    flipped: true,
                    ..whole(number, place(before), place(after))
                };
                verdict.keep(0.0, example);
            }
        }
        for pattern in flipped_fields {
            self.field(&pattern).flip();
        }
    }

    fn leaf(
        &mut self,
        number: u64,
        (left, right): (&Leaf<'_>, &Leaf<'_>),
        (verdict, flipped): (&mut Verdict, &mut BTreeSet<String>),
    ) {
        let measure = *self.measure;
        let width = Width::named(self.types.get(&left.pattern).map(String::as_str));
        let field = self.field(&left.pattern);
        let kind = field.kind;
        let (closeness, size) = match (left.value.number(), right.value.number()) {
            (Some(before), Some(after)) => {
                let is_identical = left.value == right.value;
                let close = closeness((before, after), is_identical, width, &measure.tolerance);
                field.numbers((before, after), &close, number);
                (close.verdict, (before - after).abs())
            }
            _ => {
                let same = left.value == right.value;
                field.names(left.value, right.value);
                let closeness = if same {
                    Closeness::Identical
                } else {
                    Closeness::Beyond
                };
                // of a number and the label made of it, the number tells more
                (closeness, 0.0)
            }
        };
        let flips = match kind {
            FieldKind::Label => left.value != right.value,
            FieldKind::Probability => crosses((left, right), measure.threshold),
            FieldKind::Number | FieldKind::Probabilities | FieldKind::Text => false,
        };
        if flips {
            flipped.insert(left.pattern.clone());
        }
        verdict.differs |= closeness != Closeness::Identical;
        verdict.flipped |= flips;
        if closeness == Closeness::Beyond || flips {
            verdict.changed = true;
            let example = ChangedInput {
                path: left.place.clone(),
                flipped: flips,
                ..whole(number, left.value.to_string(), right.value.to_string())
            };
            verdict.keep(if size.is_nan() { f64::INFINITY } else { size }, example);
        }
    }

    fn field(&mut self, pattern: &str) -> &mut Field {
        let kind = self.kinds.kind(pattern);
        self.fields
            .entry(pattern.to_owned())
            .or_insert_with(|| Field::new(kind))
    }

    fn finish(mut self) -> Comparison {
        // stable, so that of two that changed as much the first comes first
        self.examples.sort_by(by_change);
        self.examples.truncate(EXAMPLES);
        Comparison {
            fields: self
                .fields
                .into_iter()
                .map(|(path, field)| field.finish(path))
                .collect(),
            examples: self
                .examples
                .into_iter()
                .map(|(_, example)| example)
                .collect(),
            ..self.counts
        }
    }
}

/// What changed most first: a flipped label before any number.
fn by_change(left: &(f64, ChangedInput), right: &(f64, ChangedInput)) -> Ordering {
    let flipped = right.1.flipped.cmp(&left.1.flipped);
    flipped.then_with(|| right.0.total_cmp(&left.0))
}

fn shown(prediction: &Prediction) -> String {
    match prediction {
        Prediction::Value(value) => value.to_string(),
        Prediction::Failed { category, message } => format!("{category}: {message}"),
    }
}

/// Longer values are cut in examples, in characters.
const LONGEST: usize = 200;

fn whole(input: u64, before: String, after: String) -> ChangedInput {
    let cut = |text: String| match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    };
    ChangedInput {
        input,
        path: String::new(),
        before: cut(before),
        after: cut(after),
        flipped: false,
    }
}

/// Whether two predictions have the same parts, of the same types; whole numbers and floats are one.
fn same_shape(left: &[Leaf<'_>], right: &[Leaf<'_>]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| left.place == right.place && left.is_like(right))
}

fn crosses((left, right): (&Leaf<'_>, &Leaf<'_>), threshold: f64) -> bool {
    match (left.value.number(), right.value.number()) {
        (Some(before), Some(after)) => (before >= threshold) != (after >= threshold),
        _ => false,
    }
}

/// The place of the largest number of a vector; the first of several.
fn largest(leaves: &[Leaf<'_>], pattern: &str) -> Option<usize> {
    let numbers = leaves
        .iter()
        .filter(|leaf| leaf.pattern == pattern)
        .filter_map(|leaf| leaf.value.number())
        .enumerate();
    numbers
        .fold(
            None,
            |best: Option<(usize, f64)>, (at, number)| match best {
                Some((_, most)) if number.total_cmp(&most).is_le() => best,
                _ => Some((at, number)),
            },
        )
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests;
