//! What is declared, locked or installed, as `holdfast list` shows it.

use std::collections::BTreeMap;

use holdfast_model::{Component, Inventory, Layer, State};

use crate::human;
use crate::layout::Page;
use crate::style::{Role, Style};
use crate::table::{Cell, Column, Table};

/// The inventory as JSON (`holdfast/inventory/1`).
pub fn inventory_json(inventory: &Inventory) -> String {
    crate::document::json(inventory)
}

/// A column of the table: its heading, what it shows, and its role.
struct Shown {
    heading: &'static str,
    role: Role,
    value: fn(&Component) -> String,
}

/// The inventory as a table, with only the columns that tell something.
pub fn inventory_table(inventory: &Inventory, style: &Style) -> String {
    let mut page = Page::default();
    let components = &inventory.components;
    if components.is_empty() {
        page.line("nothing is declared, locked or installed here");
        return page.finish();
    }
    let shown: Vec<Shown> = columns()
        .into_iter()
        .filter(|column| column.heading == "name" || tells(column, components))
        .collect();
    let mut layout = vec![Column::LEFT; shown.len().saturating_sub(1)];
    layout.push(Column::PROSE);
    let mut table = Table::new(0, &layout);
    table.row(
        shown
            .iter()
            .map(|column| Cell::of(Role::Faint, column.heading))
            .collect(),
    );
    for component in components {
        table.row(
            shown
                .iter()
                .map(|column| Cell::of(column.role, &(column.value)(component)))
                .collect(),
        );
    }
    table.write(&mut page, style);
    page.blank();
    page.line(&summary(components));
    page.finish()
}

fn columns() -> Vec<Shown> {
    let column = |heading, role, value| Shown {
        heading,
        role,
        value,
    };
    vec![
        column("name", Role::Strong, |component| component.name.clone()),
        column("version", Role::Plain, version),
        column("layer", Role::Plain, |component| {
            let layer = Some(component.layer).filter(|layer| *layer != Layer::Packages);
            layer.map_or("", Layer::as_str).to_owned()
        }),
        column("state", Role::Plain, |component| {
            component.state.as_str().to_owned()
        }),
        column("asked for", Role::Plain, |component| {
            match component.direct {
                Some(true) => "directly",
                Some(false) | None => "",
            }
            .to_owned()
        }),
        column("environment", Role::Plain, |component| {
            component.environment.clone().unwrap_or_default()
        }),
        column("where", Role::Faint, |component| {
            let location = component.location.as_ref();
            location.map(ToString::to_string).unwrap_or_default()
        }),
        column("only if", Role::Faint, |component| {
            component.marker.clone().unwrap_or_default()
        }),
    ]
}

/// The version; where none is known, the range.
fn version(component: &Component) -> String {
    match (&component.version, &component.specifier) {
        (Some(version), _) => version.clone(),
        (None, Some(specifier)) => specifier.clone(),
        (None, None) if component.state == State::Declared => "any".to_owned(),
        (None, None) => String::new(),
    }
}

fn tells(column: &Shown, components: &[Component]) -> bool {
    components
        .iter()
        .any(|component| !(column.value)(component).is_empty())
}

fn summary(components: &[Component]) -> String {
    let mut states: BTreeMap<State, usize> = BTreeMap::new();
    for component in components {
        *states.entry(component.state).or_default() += 1;
    }
    let states: Vec<String> = states
        .into_iter()
        .map(|(state, number)| format!("{} {}", human::grouped(number), state.as_str()))
        .collect();
    let all = human::count(components.len(), "component", "components");
    format!("{all}: {}", states.join(", "))
}
