//! Inspections for a person to read.

use std::collections::BTreeMap;

use super::{InspectedPlace, InspectedTensors, Inspection, Inspections};
use crate::human;
use crate::layout::Page;
use crate::style::{Role, Style};
use crate::table::{Cell, Column, Table};

/// How many lines of a list are shown; JSON has all.
const SHOWN: usize = 20;

/// What is in each file, and a line that sums up.
pub fn inspection_text(inspections: &Inspections, style: &Style) -> String {
    let mut page = Page::default();
    for inspection in &inspections.artefacts {
        page.blank();
        write(inspection, &mut page, style);
    }
    for file in &inspections.unreadable {
        page.blank();
        let line = format!("{}: cannot be read: {}", file.path, file.reason);
        page.prose(0, &line, style);
    }
    page.blank();
    page.line(&summary(inspections));
    page.finish()
}

fn summary(inspections: &Inspections) -> String {
    let mut formats: BTreeMap<&str, usize> = BTreeMap::new();
    for inspection in &inspections.artefacts {
        *formats.entry(&inspection.format).or_default() += 1;
    }
    let formats: Vec<String> = formats
        .into_iter()
        .map(|(format, count)| format!("{} {format}", human::grouped(count)))
        .collect();
    let count = inspections.artefacts.len() + inspections.unreadable.len();
    let files = human::count(count, "file", "files");
    if formats.is_empty() {
        files
    } else {
        format!("{files}: {}", formats.join(", "))
    }
}

fn write(inspection: &Inspection, page: &mut Page, style: &Style) {
    page.heading(0, &inspection.path, style);
    let mut table = Table::new(2, &[Column::LEFT, Column::PROSE]);
    let mut row = |label: &str, value: &str| {
        table.row(vec![Cell::of(Role::Faint, label), Cell::new(value)]);
    };
    row("format", &inspection.format);
    row("size", &human::bytes(inspection.size));
    if let Some(sha256) = &inspection.sha256 {
        row("sha256", sha256);
    }
    if inspection.tensors.count > 0 {
        row("tensors", &tensors(&inspection.tensors));
    }
    table.write(page, style);
    write_writers(inspection, page, style);
    list(
        page,
        style,
        "imports when it is loaded",
        &globals(inspection),
    );
    list(page, style, "tensors", &tensor_rows(&inspection.tensors));
    let metadata = inspection.metadata.iter();
    let rows = metadata.map(|(key, value)| vec![key.clone(), short(value)]);
    list(page, style, "says of itself", &rows.collect::<Vec<_>>());
    let members = inspection.members.iter();
    let rows = members.map(|member| {
        vec![
            member.member.clone(),
            member.format.clone(),
            human::bytes(member.size),
        ]
    });
    list(page, style, "has in it", &rows.collect::<Vec<_>>());
    let hazards = inspection.hazards.iter();
    let rows = hazards.map(|hazard| {
        vec![
            hazard.kind.clone(),
            short(&hazard.what),
            place(&hazard.place),
        ]
    });
    list(page, style, "dangers", &rows.collect::<Vec<_>>());
    let unreadable = inspection.unreadable.iter();
    let rows = unreadable.map(|part| vec![part.reason.clone(), place(&part.place)]);
    list(page, style, "could not be read", &rows.collect::<Vec<_>>());
    let left_out = inspection.left_out.iter();
    let rows = left_out.map(|(what, count)| vec![what.clone(), count.to_string()]);
    list(
        page,
        style,
        "found and not listed",
        &rows.collect::<Vec<_>>(),
    );
}

fn write_writers(inspection: &Inspection, page: &mut Page, style: &Style) {
    let writers = inspection.writers.iter();
    let rows = writers.map(|writer| {
        vec![
            writer.library.clone(),
            writer
                .version
                .clone()
                .unwrap_or_else(|| "version unknown".to_owned()),
            short(&writer.evidence),
            place(&writer.place),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        page.heading(2, "written by: it does not say", style);
    } else {
        list(page, style, "written by", &rows);
    }
}

fn globals(inspection: &Inspection) -> Vec<Vec<String>> {
    let globals = inspection.globals.iter();
    let rows = globals.map(|global| {
        vec![
            format!("{}.{}", global.module, global.name),
            global.usage.clone(),
            place(&global.place),
        ]
    });
    rows.collect()
}

fn tensors(tensors: &InspectedTensors) -> String {
    let count = usize::try_from(tensors.count).unwrap_or(usize::MAX);
    let types: Vec<String> = tensors
        .types
        .iter()
        .map(|(element, count)| format!("{count} {element}"))
        .collect();
    format!(
        "{}, {}: {}",
        human::grouped(count),
        human::bytes(tensors.bytes),
        types.join(", ")
    )
}

fn tensor_rows(tensors: &InspectedTensors) -> Vec<Vec<String>> {
    let rows = tensors.first.iter().map(|tensor| {
        let shape: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
        let shape = if shape.is_empty() {
            "scalar".to_owned()
        } else {
            shape.join(" × ")
        };
        vec![tensor.name.clone(), tensor.element.clone(), shape]
    });
    rows.collect()
}

fn place(place: &InspectedPlace) -> String {
    match (&place.member, place.offset) {
        (Some(member), Some(offset)) => format!("{member} at byte {offset}"),
        (Some(member), None) => member.clone(),
        (None, Some(offset)) => format!("byte {offset}"),
        (None, None) => String::new(),
    }
}

/// A value as far as a line shows it.
fn short(value: &str) -> String {
    const LONGEST: usize = 120;
    if value.chars().count() <= LONGEST {
        value.to_owned()
    } else {
        let start: String = value.chars().take(LONGEST).collect();
        format!("{start}…")
    }
}

/// The first rows below a heading, and how many more there are.
fn list(page: &mut Page, style: &Style, heading: &str, rows: &[Vec<String>]) {
    let Some(first) = rows.first() else {
        return;
    };
    let more = rows.len().saturating_sub(SHOWN);
    page.heading(2, heading, style);
    let mut columns = vec![Column::LEFT; first.len().saturating_sub(1)];
    columns.push(Column::PROSE);
    let mut table = Table::new(4, &columns).uncapped();
    for row in rows.iter().take(SHOWN) {
        table.row(row.iter().map(|cell| Cell::new(cell)).collect());
    }
    table.write(page, style);
    if more > 0 {
        page.prose(
            4,
            &format!("and {more} more: `--format json` has all"),
            style,
        );
    }
}
