//! Bisections as a page that a reviewer can decide from.

use super::{BisectedLock, Bisection, Culprit, words};
use crate::html::{Cell, Html};
use crate::style::Role;

/// The bisection as a page of HTML that needs nothing else.
pub fn bisection_html(bisection: &Bisection) -> String {
    let (from, to) = (&bisection.from.lock, &bisection.to.lock);
    let mut html = Html::new(&format!("{from} → {to}"));
    if let Some((role, headline, more)) = words::without_culprits(bisection) {
        html.verdict((role, &headline), &more);
    }
    for culprit in &bisection.culprits {
        let responsible = words::responsible(culprit);
        html.verdict(
            (Role::Error, &responsible),
            &words::effect(culprit, bisection),
        );
        write_carried(culprit, &mut html);
    }
    if let Some(remaining) = words::remaining(bisection) {
        html.paragraph(&remaining);
    }
    html.paragraph(&words::summary(bisection));
    write_locks(bisection, &mut html);
    write_changes(bisection, &mut html);
    write_trials(bisection, &mut html);
    html.finish()
}

fn write_carried(culprit: &Culprit, html: &mut Html) {
    if culprit.carried.is_empty() {
        return;
    }
    html.paragraph("Moved along, so that it could be installed:");
    let rows = culprit.carried.iter().map(|carried| {
        vec![
            Cell::of(Role::Strong, &words::exchange(&carried.change)),
            Cell::new(&carried.because),
        ]
    });
    html.table(&[], &rows.collect::<Vec<_>>());
}

fn write_locks(bisection: &Bisection, html: &mut Html) {
    let row = |label: &str, lock: &BisectedLock| {
        vec![
            Cell::of(Role::Faint, label),
            Cell::of(Role::Strong, &lock.lock),
            Cell::new(&lock.digest),
            Cell::new(lock.python.as_deref().unwrap_or_default()),
        ]
    };
    let golden = vec![
        Cell::of(Role::Faint, "golden set"),
        Cell::of(Role::Strong, &bisection.golden),
        Cell::new(""),
        Cell::new(""),
    ];
    let rows = [
        row("from", &bisection.from),
        row("to", &bisection.to),
        golden,
    ];
    html.table(&["", "file", "digest", "interpreter"], &rows);
}

fn write_changes(bisection: &Bisection, html: &mut Html) {
    if bisection.changes.is_empty() {
        return;
    }
    html.heading("What differs");
    let rows = bisection.changes.iter().map(|change| {
        let is_responsible = |culprit: &Culprit| culprit.changes.contains(change);
        let is_responsible = bisection.culprits.iter().any(is_responsible);
        vec![
            Cell::of(Role::Strong, &change.package),
            Cell::new(change.before.as_deref().unwrap_or("-")),
            Cell::new(change.after.as_deref().unwrap_or("-")),
            Cell::of(Role::Error, if is_responsible { "responsible" } else { "" }),
        ]
    });
    html.table(
        &["package", "before", "after", ""],
        &rows.collect::<Vec<_>>(),
    );
}

fn write_trials(bisection: &Bisection, html: &mut Html) {
    html.heading("What was tried");
    html.paragraph(&words::tried(bisection));
    let rows = bisection.trials.iter().map(|trial| {
        let (role, outcome) = words::outcome(trial.outcome);
        vec![
            Cell::number(&trial.number.to_string()),
            Cell::new(&words::exchanged(trial, bisection, usize::MAX)),
            Cell::of(role, outcome),
            Cell::new(&words::result(trial)),
            Cell::number(&words::took(trial)),
        ]
    });
    let headings = ["", "taken from the second lock", "predictions", "", "time"];
    html.table(&headings, &rows.collect::<Vec<_>>());
}
