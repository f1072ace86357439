//! A part of the predictions, counted over all inputs.

use holdfast_model::{FieldComparison, FieldKind};

use super::numbers::{Close, Closeness};
use super::picture;
use crate::Value;

/// What is known of a part so far.
pub(super) struct Field {
    pub(super) kind: FieldKind,
    values: u64,
    identical: u64,
    within: u64,
    changed: u64,
    flipped: u64,
    largest_absolute: Option<f64>,
    largest_at: Option<u64>,
    largest_pair: Option<[f64; 2]>,
    largest_relative: Option<f64>,
    largest_ulps: Option<u64>,
    /// The differences that are finite.
    differences: Vec<f64>,
    /// The numbers of both sides.
    before: Vec<f64>,
    after: Vec<f64>,
    /// The names of both sides.
    names: Vec<(String, String)>,
}

impl Field {
    pub(super) fn new(kind: FieldKind) -> Self {
        Self {
            kind,
            values: 0,
            identical: 0,
            within: 0,
            changed: 0,
            flipped: 0,
            largest_absolute: None,
            largest_at: None,
            largest_pair: None,
            largest_relative: None,
            largest_ulps: None,
            differences: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            names: Vec::new(),
        }
    }

    /// Adds two numbers of an input, counted from 1.
    pub(super) fn numbers(&mut self, (before, after): (f64, f64), close: &Close, input: u64) {
        self.count(close.verdict);
        self.before.push(before);
        self.after.push(after);
        if let Some(difference) = close.absolute {
            self.differences.push(difference);
            if self.largest_absolute.is_none_or(|most| difference > most) {
                self.largest_absolute = Some(difference);
                self.largest_at = Some(input);
                self.largest_pair = Some([before, after]);
            }
        }
        if let Some(relative) = close.relative {
            let most = self.largest_relative.unwrap_or(0.0);
            self.largest_relative = Some(most.max(relative));
        }
        self.largest_ulps = self.largest_ulps.max(close.ulps);
    }

    /// Adds two values that are no numbers.
    pub(super) fn names(&mut self, before: &Value, after: &Value) {
        self.count(if before == after {
            Closeness::Identical
        } else {
            Closeness::Beyond
        });
        self.names.push((name(before), name(after)));
    }

    /// Notes that an input's label differs.
    pub(super) fn flip(&mut self) {
        self.flipped += 1;
    }

    fn count(&mut self, closeness: Closeness) {
        self.values += 1;
        match closeness {
            Closeness::Identical => self.identical += 1,
            Closeness::Within => self.within += 1,
            Closeness::Beyond => self.changed += 1,
        }
    }

    pub(super) fn finish(mut self, path: String) -> FieldComparison {
        let has_label = match self.kind {
            FieldKind::Probability | FieldKind::Probabilities | FieldKind::Label => true,
            FieldKind::Number | FieldKind::Text => false,
        };
        let is_measured = self.kind != FieldKind::Label && !self.before.is_empty();
        let (shifts, histogram) = if self.kind == FieldKind::Label {
            picture::of_labels(&self.all_names())
        } else if is_measured {
            picture::of_numbers(&self.before, &self.after)
        } else {
            (Vec::new(), None)
        };
        self.differences.sort_by(f64::total_cmp);
        let points = if is_measured && self.changed > 0 {
            picture::points(&self.before, &self.after)
        } else {
            Vec::new()
        };
        FieldComparison {
            path,
            kind: self.kind,
            values: self.values,
            identical: self.identical,
            within: self.within,
            changed: self.changed,
            flipped: has_label.then_some(self.flipped),
            largest_absolute: self.largest_absolute.filter(|_| is_measured),
            largest_relative: self.largest_relative.filter(|_| is_measured),
            largest_ulps: self.largest_ulps.filter(|_| is_measured),
            mean_absolute: mean(&self.differences).filter(|_| is_measured),
            median_absolute: median(&self.differences).filter(|_| is_measured),
            largest_at: self
                .largest_at
                .filter(|_| is_measured && self.largest_absolute > Some(0.0)),
            largest_pair: self.largest_pair,
            shifts,
            histogram,
            points,
        }
    }

    /// Labels as names, whole numbers among them.
    fn all_names(&self) -> Vec<(String, String)> {
        let numbers = self.before.iter().zip(&self.after);
        let numbers = numbers.map(|(before, after)| (before.to_string(), after.to_string()));
        self.names.iter().cloned().chain(numbers).collect()
    }
}

/// A label as a person writes it: without quotes.
fn name(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::List(_)
        | Value::Map(_) => value.to_string(),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "fewer values than 2^52 fit into memory"
)]
fn mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    (!values.is_empty()).then(|| sum / values.len() as f64)
}

/// The value in the middle of sorted ones.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle).copied()?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = sorted.get(middle.checked_sub(1)?).copied()?;
    Some(f64::midpoint(lower, upper))
}
