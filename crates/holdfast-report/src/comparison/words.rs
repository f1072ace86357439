//! What is said of a comparison, in text and in HTML alike.

use std::cmp::Reverse;

use holdfast_model::{Comparison, FieldComparison, FieldKind, ReplaySide, Tolerance};

use crate::drift::effects_in_words;
use crate::human;
use crate::style::Role;

/// Time or memory that changed by this factor is worth a word even where nothing else is.
const MUCH: f64 = 1.5;

/// What became of the predictions, in one sentence.
pub(super) fn verdict(comparison: &Comparison) -> (Role, String) {
    let inputs = comparison.inputs;
    let all = match inputs {
        0 => return (Role::Warning, "it has no inputs".to_owned()),
        1 => "the one prediction is".to_owned(),
        _ => format!(
            "all {} predictions are",
            human::grouped(human::amount(inputs))
        ),
    };
    if comparison.identical >= inputs {
        return (Role::Added, format!("{all} the same to the bit"));
    }
    if comparison.changed == 0 {
        return (Role::Added, format!("{all} the same within the tolerance"));
    }
    let mut text = format!(
        "{} of {} changed",
        human::grouped(human::amount(comparison.changed)),
        human::count(human::amount(inputs), "prediction", "predictions"),
    );
    if comparison.flipped > 0 {
        text.push_str(", ");
        text.push_str(&flips(comparison.flipped));
    }
    (Role::Error, text)
}

fn flips(flipped: u64) -> String {
    let labels = human::count(human::amount(flipped), "label", "labels");
    format!("{labels} flipped")
}

/// Whether there is nothing more to be told of the predictions.
pub(super) fn is_same(comparison: &Comparison) -> bool {
    comparison.identical >= comparison.inputs
}

/// Inputs by what became of them: the word, how many, and more of it.
pub(super) fn counts(comparison: &Comparison) -> Vec<(Role, &'static str, u64, String)> {
    let changed = changed_in_words(comparison);
    let within = tolerance(&comparison.tolerance);
    let counts = [
        (
            Role::Added,
            "identical",
            comparison.identical,
            "to the bit".to_owned(),
        ),
        (Role::Plain, "within", comparison.within, within),
        (Role::Error, "changed", comparison.changed, changed),
    ];
    counts
        .into_iter()
        .filter(|(_, _, count, _)| *count > 0)
        .collect()
}

fn changed_in_words(comparison: &Comparison) -> String {
    let mut parts = Vec::new();
    if comparison.flipped > 0 {
        let thresholds = comparison
            .fields
            .iter()
            .any(|field| field.kind == FieldKind::Probability);
        let threshold = if thresholds {
            format!(" (positive from {})", human::number(comparison.threshold))
        } else {
            String::new()
        };
        parts.push(format!("{}{threshold}", flips(comparison.flipped)));
    }
    if comparison.reshaped > 0 {
        let reshaped = human::grouped(human::amount(comparison.reshaped));
        parts.push(format!("{reshaped} of another shape or type"));
    }
    if comparison.failed > 0 {
        let failed = human::grouped(human::amount(comparison.failed));
        parts.push(format!("{failed} failed on one side alone"));
    }
    parts.join(", ")
}

/// What counts as equal: `absolute 1e-9, relative 1e-9, 4 ULP`.
fn tolerance(tolerance: &Tolerance) -> String {
    let mut parts = Vec::new();
    if tolerance.absolute != 0.0 {
        parts.push(format!("absolute {}", human::number(tolerance.absolute)));
    }
    if tolerance.relative != 0.0 {
        parts.push(format!("relative {}", human::number(tolerance.relative)));
    }
    if tolerance.ulps > 0 {
        parts.push(format!(
            "{} ULP",
            human::grouped(human::amount(tolerance.ulps))
        ));
    }
    parts.join(", ")
}

/// The two sides: environment, lock, digest, interpreter, and the machine where it is another.
pub(super) fn sides(comparison: &Comparison) -> [(&'static str, [String; 5]); 2] {
    let (before, after) = (&comparison.before, &comparison.after);
    let machines = before.machine != after.machine;
    let facts = |side: &ReplaySide| {
        let text = |value: Option<&String>| value.cloned().unwrap_or_default();
        let environment = side.environment.as_ref();
        let python = side.python.as_ref();
        [
            environment.map_or_else(String::new, ToString::to_string),
            text(side.lock.as_ref()),
            text(
                side.lock_digest
                    .as_ref()
                    .map(|value| human::digest(value))
                    .as_ref(),
            ),
            python.map_or_else(String::new, |version| format!("python {version}")),
            text(side.machine.as_ref().filter(|_| machines)),
        ]
    };
    [("recorded", facts(before)), ("replayed", facts(after))]
}

/// The parts of a prediction that are not the same to the bit, those that changed most first.
pub(super) fn differing(comparison: &Comparison) -> Vec<&FieldComparison> {
    let fields = comparison.fields.iter();
    let mut fields: Vec<&FieldComparison> = fields
        .filter(|field| field.identical < field.values)
        .collect();
    fields.sort_by_key(|field| Reverse(field.changed));
    fields
}

/// The headings over [`row`].
pub(super) const HEADINGS: [&str; 7] = [
    "part", "kind", "changed", "flipped", "largest", "typical", "shift",
];

/// A part of a prediction, below [`HEADINGS`].
pub(super) fn row(field: &FieldComparison) -> [String; 7] {
    let grouped = |count: u64| human::grouped(human::amount(count));
    let changed = if field.changed > 0 {
        format!("{}/{}", grouped(field.changed), grouped(field.values))
    } else {
        "within".to_owned()
    };
    let flipped = field.flipped.filter(|flipped| *flipped > 0);
    let typical = field.median_absolute.or(field.mean_absolute);
    [
        part(&field.path).to_owned(),
        field.kind.as_str().to_owned(),
        changed,
        flipped.map(grouped).unwrap_or_default(),
        largest(field),
        typical.map(human::number).unwrap_or_default(),
        effects_in_words(&field.shifts),
    ]
}

/// A part's name; a prediction that is a value of its own has none.
pub(crate) fn part(path: &str) -> &str {
    if path.is_empty() { "prediction" } else { path }
}

/// The largest difference, and where; in units in the last place where those are few.
fn largest(field: &FieldComparison) -> String {
    const FEW: u64 = 1000;
    let Some(largest) = field.largest_absolute else {
        return String::new();
    };
    let mut text = human::number(largest);
    let ulps = field.largest_ulps.filter(|ulps| (1..=FEW).contains(ulps));
    if let Some(ulps) = ulps {
        text = format!("{text}, {} ULP", human::grouped(human::amount(ulps)));
    }
    match field.largest_at {
        Some(input) => format!("{text} (input {input})"),
        None => text,
    }
}

/// Time and memory before and after; empty where neither is known, or little changed while the
/// predictions stayed.
pub(super) fn cost(comparison: &Comparison) -> Vec<(&'static str, String)> {
    let (before, after) = (&comparison.before, &comparison.after);
    let worth = |before: f64, after: f64| {
        !is_same(comparison) || after > before * MUCH || before > after * MUCH
    };
    let mut cost = Vec::new();
    if let (Some(then), Some(now)) = (before.seconds, after.seconds)
        && let (Some(then_text), Some(now_text)) = (human::seconds(then), human::seconds(now))
        && worth(then, now)
    {
        cost.push(("time", format!("{then_text} → {now_text}")));
    }
    if let (Some(then), Some(now)) = (before.memory, after.memory) {
        #[expect(clippy::cast_precision_loss, reason = "a ratio needs no more digits")]
        let worth = worth(then as f64, now as f64);
        if worth {
            let text = format!("{} → {}", human::bytes(then), human::bytes(now));
            cost.push(("memory", text));
        }
    }
    cost
}
