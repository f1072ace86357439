//! Comparisons for a person to read.

use holdfast_model::{Comparison, RaisedWarning};

use super::words;
use crate::human;
use crate::layout::{Page, plain};
use crate::style::{Role, Style};
use crate::table::{Cell, Column, Table};

/// How many lines of a list are shown; JSON has all.
const SHOWN: usize = 20;

/// How many characters of a value are shown: any number has fewer.
const LONGEST_VALUE: usize = 32;

/// The comparison as text: what became of the predictions, then where and by how much.
pub fn comparison_text(comparison: &Comparison, style: &Style) -> String {
    let mut page = Page::default();
    let (role, verdict) = words::verdict(comparison);
    let golden = style.paint(Role::Strong, &plain(&comparison.golden));
    page.line(&format!("{golden}: {}", style.paint(role, &verdict)));
    write_sides(comparison, &mut page, style);
    if !words::is_same(comparison) {
        write_counts(comparison, &mut page, style);
        write_parts(comparison, &mut page, style);
        write_examples(comparison, &mut page, style);
    }
    write_warnings("warnings raised now", &comparison.raised, &mut page, style);
    write_warnings("warnings gone", &comparison.gone, &mut page, style);
    if !comparison.other_artefacts.is_empty() {
        page.blank();
        let files = human::list(&comparison.other_artefacts);
        let label = ("other model files:", Role::Warning);
        page.labelled(2, label, &files, style);
    }
    let cost = words::cost(comparison);
    if !cost.is_empty() {
        let cost: Vec<String> = cost
            .into_iter()
            .map(|(what, text)| format!("{what} {text}"))
            .collect();
        page.blank();
        page.prose(2, &cost.join(", "), style);
    }
    page.finish()
}

fn write_sides(comparison: &Comparison, page: &mut Page, style: &Style) {
    let columns = [
        Column::LEFT,
        Column::LEFT,
        Column::LEFT,
        Column::LEFT,
        Column::LEFT,
        Column::PROSE,
    ];
    let mut table = Table::new(2, &columns);
    for (label, facts) in words::sides(comparison) {
        if facts.iter().all(String::is_empty) {
            continue;
        }
        let mut row = vec![Cell::of(Role::Faint, label)];
        row.extend(facts.iter().map(|fact| Cell::new(fact)));
        table.row(row);
    }
    table.write(page, style);
}

fn write_counts(comparison: &Comparison, page: &mut Page, style: &Style) {
    page.blank();
    let columns = [Column::LEFT, Column::RIGHT, Column::PROSE];
    let mut table = Table::new(2, &columns);
    for (role, word, count, more) in words::counts(comparison) {
        table.row(vec![
            Cell::of(role, word),
            Cell::new(&human::grouped(human::amount(count))),
            Cell::of(Role::Faint, &more),
        ]);
    }
    table.write(page, style);
}

fn write_parts(comparison: &Comparison, page: &mut Page, style: &Style) {
    let differing = words::differing(comparison);
    if differing.is_empty() {
        return;
    }
    page.blank();
    let rows: Vec<[String; 7]> = differing
        .iter()
        .take(SHOWN)
        .map(|field| words::row(field))
        .collect();
    let mut table = parts_table(&rows, Shifts::InTheirColumn);
    let is_wide = table.width() > style.width;
    if is_wide {
        table = parts_table(&rows, Shifts::Below);
    }
    table.write(page, style);
    if is_wide {
        write_shifts(&rows, page, style);
    }
    let more = differing.len().saturating_sub(SHOWN);
    if more > 0 {
        let text = format!(
            "and {}: `--format json` has all",
            human::count(more, "more part", "more parts")
        );
        page.prose(2, &text, style);
    }
    let same = comparison.fields.len() - differing.len();
    if same > 0 {
        let (parts, are) = (
            human::count(same, "part", "parts"),
            if same == 1 { "is" } else { "are" },
        );
        page.prose(2, &format!("{parts} more {are} the same to the bit"), style);
    }
}

/// Where the last cell of a part stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shifts {
    InTheirColumn,
    Below,
}

const COLUMNS: [Column; 7] = [
    Column::LEFT,
    Column::LEFT,
    Column::RIGHT,
    Column::RIGHT,
    Column::LEFT,
    Column::LEFT,
    Column::LEFT,
];

fn parts_table(rows: &[[String; 7]], shifts: Shifts) -> Table<'static> {
    let mut table = Table::new(2, &COLUMNS);
    let last = COLUMNS.len() - 1;
    let is_shown = |place: usize| shifts == Shifts::InTheirColumn || place < last;
    let headings = words::HEADINGS.iter().enumerate().map(|(place, heading)| {
        let said = |row: &[String; 7]| row.get(place).is_some_and(|cell| !cell.is_empty());
        let is_said = is_shown(place) && rows.iter().any(said);
        Cell::of(Role::Faint, if is_said { heading } else { "" })
    });
    table.row(headings.collect());
    for row in rows {
        let cells = row.iter().enumerate().map(|(place, text)| match place {
            0 => Cell::of(Role::Strong, text),
            _ if is_shown(place) => Cell::new(text),
            _ => Cell::new(""),
        });
        table.row(cells.collect());
    }
    table
}

/// How the parts as a whole moved, where the table has no room for it.
fn write_shifts(rows: &[[String; 7]], page: &mut Page, style: &Style) {
    for [part, .., shifts] in rows {
        if !shifts.is_empty() {
            page.prose(2, &format!("{part} as a whole: {shifts}"), style);
        }
    }
}

fn write_examples(comparison: &Comparison, page: &mut Page, style: &Style) {
    if comparison.examples.is_empty() {
        return;
    }
    page.heading(2, "changed most", style);
    let columns = [
        Column::RIGHT,
        Column::LEFT,
        Column::LEFT,
        Column::LEFT,
        Column::LEFT,
    ];
    let mut table = Table::new(4, &columns);
    let headings = ["input", "part", "recorded", "now"];
    table.row(
        headings
            .iter()
            .map(|heading| Cell::of(Role::Faint, heading))
            .collect(),
    );
    for example in comparison.examples.iter().take(SHOWN) {
        table.row(vec![
            Cell::new(&example.input.to_string()),
            Cell::new(words::part(&example.path)),
            Cell::new(&human::short(&example.before, LONGEST_VALUE)),
            Cell::new(&human::short(&example.after, LONGEST_VALUE)),
            Cell::of(Role::Error, if example.flipped { "flipped" } else { "" }),
        ]);
    }
    table.write(page, style);
}

fn write_warnings(heading: &str, warnings: &[RaisedWarning], page: &mut Page, style: &Style) {
    if warnings.is_empty() {
        return;
    }
    page.heading(2, heading, style);
    for warning in warnings.iter().take(SHOWN) {
        let label = plain(&warning.category);
        let label = format!("{label}:");
        page.labelled(4, (&label, Role::Warning), &plain(&warning.message), style);
    }
    let more = warnings.len().saturating_sub(SHOWN);
    if more > 0 {
        page.prose(
            4,
            &format!("and {} more: `--format json` has all", human::grouped(more)),
            style,
        );
    }
}
