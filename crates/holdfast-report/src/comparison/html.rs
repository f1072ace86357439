//! Comparisons as a page that a reviewer can decide from.

use holdfast_model::{Comparison, Evaluation, RaisedWarning, ReplaySide};

use super::{picture, words};
use crate::html::{Cell, Html, write_judged};
use crate::human;
use crate::style::Role;

/// How many warnings are shown; JSON has all.
const SHOWN: usize = 50;

/// The comparison, with what the judge says of it, as a page of HTML that needs nothing else.
pub fn comparison_html(comparison: &Comparison, evaluation: &Evaluation) -> String {
    let mut html = Html::new(&comparison.golden);
    let (role, verdict) = words::verdict(comparison);
    html.verdict((role, &verdict), &[]);
    write_sides(comparison, &mut html);
    write_judged(evaluation, &mut html);
    if !words::is_same(comparison) {
        write_predictions(comparison, &mut html);
        write_examples(comparison, &mut html);
    }
    write_warnings("Warnings raised now", &comparison.raised, &mut html);
    write_warnings("Warnings gone", &comparison.gone, &mut html);
    if !comparison.other_artefacts.is_empty() {
        html.heading("Other model files than those of the recording");
        html.paragraph(&human::list(&comparison.other_artefacts));
    }
    html.finish()
}

/// Both sides beside each other; what differs is strong.
fn write_sides(comparison: &Comparison, html: &mut Html) {
    let facts = |side: &ReplaySide| {
        let time = side.seconds.and_then(human::seconds);
        [
            side.environment.as_ref().map(ToString::to_string),
            side.lock.clone(),
            side.lock_digest.clone(),
            side.python.clone(),
            side.machine.clone(),
            time,
            side.memory.map(human::bytes),
        ]
        .map(Option::unwrap_or_default)
    };
    let labels = [
        "environment",
        "lock",
        "digest",
        "interpreter",
        "machine",
        "time",
        "memory",
    ];
    let sides = facts(&comparison.before)
        .into_iter()
        .zip(facts(&comparison.after));
    let rows = labels.into_iter().zip(sides);
    let rows = rows.filter(|(_, (before, after))| !before.is_empty() || !after.is_empty());
    let rows = rows.map(|(label, (before, after))| {
        let role = if before == after {
            Role::Plain
        } else {
            Role::Strong
        };
        vec![
            Cell::of(Role::Faint, label),
            Cell::new(&before),
            Cell::of(role, &after),
        ]
    });
    html.table(&["", "recorded", "replayed"], &rows.collect::<Vec<_>>());
}

fn write_predictions(comparison: &Comparison, html: &mut Html) {
    html.heading("Predictions");
    let counts = words::counts(comparison).into_iter();
    let rows = counts.map(|(role, word, count, more)| {
        vec![
            Cell::of(role, word),
            Cell::number(&human::grouped(human::amount(count))),
            Cell::of(Role::Faint, &human::share(count, comparison.inputs)),
            Cell::of(Role::Faint, &more),
        ]
    });
    html.table(&[], &rows.collect::<Vec<_>>());
    let differing = words::differing(comparison);
    if differing.is_empty() {
        return;
    }
    html.heading("Parts of a prediction");
    let rows = differing.iter().map(|field| {
        let [part, kind, changed, flipped, largest, typical, shift] = words::row(field);
        vec![
            Cell::of(Role::Strong, &part),
            Cell::new(&kind),
            Cell::number(&changed),
            Cell::number(&flipped),
            Cell::new(&largest),
            Cell::new(&typical),
            Cell::new(&shift),
        ]
    });
    html.table(&words::HEADINGS, &rows.collect::<Vec<_>>());
    let same = comparison.fields.len() - differing.len();
    if same > 0 {
        let parts = human::count(same, "more part", "more parts");
        html.paragraph(&format!("{parts}: the same to the bit"));
    }
    html.picture(picture::inline(comparison));
}

fn write_examples(comparison: &Comparison, html: &mut Html) {
    if comparison.examples.is_empty() {
        return;
    }
    html.heading("Changed most");
    let rows = comparison.examples.iter().map(|example| {
        vec![
            Cell::number(&example.input.to_string()),
            Cell::new(words::part(&example.path)),
            Cell::new(&example.before),
            Cell::new(&example.after),
            Cell::of(Role::Error, if example.flipped { "flipped" } else { "" }),
        ]
    });
    let headings = ["input", "part", "recorded", "now", ""];
    html.table(&headings, &rows.collect::<Vec<_>>());
}

fn write_warnings(heading: &str, warnings: &[RaisedWarning], html: &mut Html) {
    if warnings.is_empty() {
        return;
    }
    html.heading(heading);
    let rows = warnings.iter().take(SHOWN).map(|warning| {
        vec![
            Cell::of(Role::Strong, &warning.category),
            Cell::new(&warning.message),
        ]
    });
    html.table(&[], &rows.collect::<Vec<_>>());
    let more = warnings.len().saturating_sub(SHOWN);
    if more > 0 {
        html.paragraph(&format!("and {} more", human::grouped(more)));
    }
}
