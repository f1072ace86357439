//! The parts of a prediction, by path.

use crate::Value;

/// A part that has no parts of its own.
#[derive(Debug, Clone)]
pub(super) struct Leaf<'v> {
    /// Its path with the places in lists left out: `scores[]`.
    pub(super) pattern: String,
    /// Its path: `scores[3]`.
    pub(super) place: String,
    /// What is there.
    pub(super) value: &'v Value,
}

impl Leaf<'_> {
    /// Whether two parts are of one type; whole numbers and other numbers are.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self.value, other.value) {
            (Value::Integer(_) | Value::Float(_), Value::Integer(_) | Value::Float(_))
            | (Value::Null, Value::Null)
            | (Value::Bool(_), Value::Bool(_))
            | (Value::Text(_), Value::Text(_))
            | (Value::List(_), Value::List(_))
            | (Value::Map(_), Value::Map(_)) => true,
            (
                Value::Null
                | Value::Bool(_)
                | Value::Integer(_)
                | Value::Float(_)
                | Value::Text(_)
                | Value::List(_)
                | Value::Map(_),
                _,
            ) => false,
        }
    }
}

/// The parts of a value, sorted by path; empty lists and maps count as parts.
pub(super) fn leaves(value: &Value) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    walk(value, (String::new(), String::new()), &mut found);
    found
}

fn walk<'v>(value: &'v Value, (pattern, place): (String, String), found: &mut Vec<Leaf<'v>>) {
    match value {
        Value::List(values) if !values.is_empty() => {
            for (position, value) in values.iter().enumerate() {
                let paths = (format!("{pattern}[]"), format!("{place}[{position}]"));
                walk(value, paths, found);
            }
        }
        Value::Map(entries) if !entries.is_empty() => {
            let mut sorted: Vec<&(String, Value)> = entries.iter().collect();
            sorted.sort_by(|(left, _), (right, _)| left.cmp(right));
            for (name, value) in sorted {
                walk(value, (member(&pattern, name), member(&place, name)), found);
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Map(_) => found.push(Leaf {
            pattern,
            place,
            value,
        }),
    }
}

fn member(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
