//! Drift for a person to read.

use std::collections::BTreeSet;

use holdfast_model::{ColumnDrift, Drift, Evaluation, Magnitude};

use super::words;
use crate::human;
use crate::layout::{Page, plain};
use crate::style::{Role, Style};
use crate::table::{Cell, Column, Table};

/// A table of so few columns is shown whole.
const FEW: usize = 12;

/// The sign before a column that the judge found.
const FOUND: &str = "✗";

/// The drift as text: most drifted columns first, those without drift summed up unless they are
/// few. A column that `evaluation` found is marked.
pub fn drift_text(drift: &Drift, evaluation: &Evaluation, style: &Style) -> String {
    let mut page = Page::default();
    let (reference, current) = (plain(&drift.reference), plain(&drift.current));
    let title = style.paint(Role::Strong, &format!("{reference} → {current}"));
    let (role, summary) = words::summed_up(drift);
    page.line(&format!("{title}: {}", style.paint(role, &summary)));
    page.prose(2, &words::scope(drift), style);
    let found = words::found(evaluation);
    let all = words::most_drifted_first(drift);
    let (shown, quiet): (Vec<&ColumnDrift>, Vec<&ColumnDrift>) = all.iter().partition(|column| {
        all.len() <= FEW
            || words::magnitude(column) > Magnitude::Negligible
            || found.contains(column.column.as_str())
    });
    if !shown.is_empty() {
        page.blank();
        write_columns(&shown, &found, &mut page, style);
    }
    if !quiet.is_empty() {
        let columns = if shown.is_empty() {
            human::count(quiet.len(), "column", "columns")
        } else {
            human::count(quiet.len(), "more column", "more columns")
        };
        page.blank();
        page.prose(
            2,
            &format!("{columns} without drift: `--format json` has all"),
            style,
        );
    }
    write_left_out(drift, &mut page, style);
    page.finish()
}

/// A table where it fits, otherwise a few lines for each column.
fn write_columns(shown: &[&ColumnDrift], found: &BTreeSet<&str>, page: &mut Page, style: &Style) {
    let rows: Vec<[String; 9]> = shown.iter().map(|column| words::row(column)).collect();
    let are_equally_many = words::are_equally_many(shown);
    let marks = Marks::of(shown, found);
    let mut columns = marks.columns();
    columns.extend([Column::LEFT; 8]);
    let mut table = Table::new(2, &columns);
    let said = |place: usize| {
        let is_said = |row: &[String; 9]| row.get(place).is_some_and(|cell| !cell.is_empty());
        // the values of all columns are those of the tables, which are told above
        !(place == words::VALUES && are_equally_many) && rows.iter().any(is_said)
    };
    let shown_places: Vec<bool> = (0..9).map(said).collect();
    let is_shown = |place: usize| shown_places.get(place).copied().unwrap_or(false);
    let headings = words::HEADINGS.iter().enumerate();
    let headings = headings
        .map(|(place, heading)| Cell::of(Role::Faint, if is_shown(place) { heading } else { "" }));
    table.row(marks.no_cell().into_iter().chain(headings).collect());
    for (column, row) in shown.iter().zip(&rows) {
        let cells = row.iter().enumerate().map(|(place, text)| match place {
            0 => Cell::of(Role::Strong, text),
            _ if !is_shown(place) => Cell::new(""),
            _ => Cell::of(words::role_of(text), text),
        });
        table.row(marks.cell(column).into_iter().chain(cells).collect());
    }
    if table.width() <= style.width {
        table.write(page, style);
    } else {
        write_blocks(shown, &marks, page, style);
    }
}

/// The marks before what was found; without any, they take no room.
struct Marks<'a> {
    found: Option<&'a BTreeSet<&'a str>>,
}

impl<'a> Marks<'a> {
    fn of(shown: &[&ColumnDrift], found: &'a BTreeSet<&'a str>) -> Self {
        let is_found = |column: &&ColumnDrift| found.contains(column.column.as_str());
        Self {
            found: shown.iter().any(is_found).then_some(found),
        }
    }

    /// The column of marks, and that of the names.
    fn columns(&self) -> Vec<Column> {
        match self.found {
            Some(_) => vec![Column::LEFT, Column::LEFT.after(" ")],
            None => vec![Column::LEFT],
        }
    }

    fn no_cell(&self) -> Option<Cell> {
        self.found.map(|_| Cell::new(""))
    }

    fn cell(&self, column: &ColumnDrift) -> Option<Cell> {
        let found = self.found?;
        let is_found = found.contains(column.column.as_str());
        Some(Cell::of(Role::Error, if is_found { FOUND } else { "" }))
    }
}

fn write_blocks(shown: &[&ColumnDrift], marks: &Marks<'_>, page: &mut Page, style: &Style) {
    let mut columns = marks.columns();
    columns.extend([Column::LEFT; 4]);
    let mut heads = Table::new(2, &columns);
    for column in shown {
        let magnitude = words::magnitude(column);
        let missing = words::missing(column);
        let missing = if missing.is_empty() {
            missing
        } else {
            format!("missing {missing}")
        };
        let cells = [
            Cell::of(Role::Strong, &column.column),
            Cell::of(words::role(magnitude), magnitude.as_str()),
            Cell::new(words::kind(column.kind)),
            Cell::new(&words::values(column)),
            Cell::new(&missing),
        ];
        heads.row(marks.cell(column).into_iter().chain(cells).collect());
    }
    for (head, column) in heads.rendered(style).iter().zip(shown) {
        page.line(head);
        page.prose(6, &words::tests_in_words(&column.tests), style);
    }
}

fn write_left_out(drift: &Drift, page: &mut Page, style: &Style) {
    if drift.left_out.is_empty() {
        return;
    }
    page.heading(2, "not compared", style);
    let columns = [Column::LEFT, Column::PROSE];
    let mut table = Table::new(4, &columns);
    for column in &drift.left_out {
        table.row(vec![
            Cell::new(&column.column),
            Cell::of(Role::Faint, &column.reason),
        ]);
    }
    table.write(page, style);
}
