//! What the parts of predictions are, told by their values on both sides.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::FieldKind;

use super::leaves::leaves;
use crate::Value;
use crate::golden::Prediction;

/// More different values than this are no labels.
const MOST_LABELS: usize = 50;

/// Up to this many different values are labels however few inputs there are.
const FEW_LABELS: usize = 10;

/// How far from one the sum of probabilities may be.
const SUM: f64 = 1e-3;

/// The kinds of all parts, by their pattern.
pub(super) struct Kinds {
    kinds: BTreeMap<String, FieldKind>,
}

/// What is seen of a part.
#[derive(Default)]
struct Seen {
    values: usize,
    numbers: usize,
    integers: usize,
    texts: usize,
    booleans: usize,
    /// Whether a number lies outside of 0 to 1.
    outside: bool,
    /// Different texts and whole numbers, up to one more than labels may have.
    distinct: BTreeSet<String>,
    /// Whether a vector of it sums up to something else than one, or is shorter than two.
    no_distribution: bool,
}

impl Kinds {
    pub(super) fn of(pairs: &[(&Prediction, &Prediction)]) -> Self {
        let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
        for (before, after) in pairs {
            for prediction in [before, after] {
                if let Prediction::Value(value) = prediction {
                    look(value, &mut seen);
                }
            }
        }
        let kinds = seen
            .into_iter()
            .map(|(pattern, seen)| {
                let kind = seen.kind(pattern.ends_with("[]"));
                (pattern, kind)
            })
            .collect();
        Self { kinds }
    }

    pub(super) fn kind(&self, pattern: &str) -> FieldKind {
        self.kinds.get(pattern).copied().unwrap_or(FieldKind::Text)
    }

    /// The patterns of the parts of this kind.
    pub(super) fn of_kind(&self, kind: FieldKind) -> impl Iterator<Item = &str> {
        self.kinds
            .iter()
            .filter(move |(_, known)| **known == kind)
            .map(|(pattern, _)| pattern.as_str())
    }
}

fn look(value: &Value, seen: &mut BTreeMap<String, Seen>) {
    let mut sums: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for leaf in leaves(value) {
        if let Some(number) = leaf.value.number() {
            let (count, sum) = sums.entry(leaf.pattern.clone()).or_default();
            *count += 1;
            *sum += number;
        }
        seen.entry(leaf.pattern).or_default().add(leaf.value);
    }
    for (pattern, (count, sum)) in sums {
        let is_distribution = count >= 2 && (sum - 1.0).abs() <= SUM;
        seen.entry(pattern).or_default().no_distribution |= !is_distribution;
    }
}

impl Seen {
    fn add(&mut self, value: &Value) {
        self.values += 1;
        match value {
            Value::Bool(_) => self.booleans += 1,
            Value::Integer(_) => {
                self.integers += 1;
                self.note(value);
            }
            Value::Text(_) => {
                self.texts += 1;
                self.note(value);
            }
            Value::Null | Value::Float(_) | Value::List(_) | Value::Map(_) => {}
        }
        if let Some(number) = value.number() {
            self.numbers += 1;
            self.outside |= !number.is_nan() && !(0.0..=1.0).contains(&number);
        }
    }

    fn note(&mut self, value: &Value) {
        if self.distinct.len() <= MOST_LABELS {
            self.distinct.insert(value.to_string());
        }
    }

    fn kind(&self, in_list: bool) -> FieldKind {
        let distinct = self.distinct.len();
        let few =
            distinct <= FEW_LABELS || (distinct <= MOST_LABELS && distinct * 4 <= self.values);
        if self.values == self.booleans {
            return FieldKind::Label;
        }
        if self.texts > 0 {
            let all = self.texts == self.values;
            return if all && few {
                FieldKind::Label
            } else {
                FieldKind::Text
            };
        }
        if self.numbers == 0 {
            return FieldKind::Text;
        }
        if self.integers == self.values && few {
            return FieldKind::Label;
        }
        if self.outside {
            return FieldKind::Number;
        }
        if in_list && !self.no_distribution {
            return FieldKind::Probabilities;
        }
        FieldKind::Probability
    }
}
