//! Bisections for a person to read.

use super::{Bisection, Culprit, words};
use crate::layout::{Page, plain};
use crate::style::{Role, Style};
use crate::table::{Cell, Column, Table};

/// How many packages of a list are named; JSON has all.
const NAMED: usize = 4;

/// The bisection as text: who is responsible, then what was tried.
pub fn bisection_text(bisection: &Bisection, style: &Style) -> String {
    let mut page = Page::default();
    let (from, to) = (plain(&bisection.from.lock), plain(&bisection.to.lock));
    let title = style.paint(Role::Strong, &format!("{from} → {to}"));
    page.line(&format!("{title}: {}", words::summary(bisection)));
    if let Some((role, headline, more)) = words::without_culprits(bisection) {
        page.blank();
        write_headline(role, &headline, &mut page, style);
        for line in more {
            page.prose(4, &line, style);
        }
    }
    for culprit in &bisection.culprits {
        page.blank();
        write_culprit(culprit, bisection, &mut page, style);
    }
    if let Some(remaining) = words::remaining(bisection) {
        page.blank();
        page.prose(2, &remaining, style);
    }
    write_trials(bisection, &mut page, style);
    page.finish()
}

/// A sentence in colour, wrapped.
fn write_headline(role: Role, text: &str, page: &mut Page, style: &Style) {
    for line in crate::layout::wrap(text, crate::layout::prose_width(style, 2)) {
        page.line(&format!("  {}", style.paint(role, &line)));
    }
}

fn write_culprit(culprit: &Culprit, bisection: &Bisection, page: &mut Page, style: &Style) {
    write_headline(Role::Error, &words::responsible(culprit), page, style);
    for line in words::effect(culprit, bisection) {
        page.prose(4, &line, style);
    }
    if culprit.carried.is_empty() {
        return;
    }
    page.prose(4, "moved along, so that it could be installed:", style);
    let columns = [Column::LEFT, Column::PROSE];
    let mut table = Table::new(6, &columns);
    for carried in &culprit.carried {
        table.row(vec![
            Cell::new(&words::exchange(&carried.change)),
            Cell::of(Role::Faint, &carried.because),
        ]);
    }
    table.write(page, style);
}

fn write_trials(bisection: &Bisection, page: &mut Page, style: &Style) {
    page.blank();
    page.prose(2, &words::tried(bisection), style);
    let columns = [
        Column::RIGHT,
        Column::LEFT,
        Column::LEFT,
        Column::RIGHT,
        Column::PROSE,
    ];
    let mut table = Table::new(4, &columns);
    for trial in &bisection.trials {
        let (role, outcome) = words::outcome(trial.outcome);
        table.row(vec![
            Cell::of(Role::Faint, &trial.number.to_string()),
            Cell::new(&words::exchanged(trial, bisection, NAMED)),
            Cell::of(role, outcome),
            Cell::of(Role::Faint, &words::took(trial)),
            Cell::new(&words::result(trial)),
        ]);
    }
    table.write(page, style);
}
