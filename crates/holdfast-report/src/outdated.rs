//! What could move and what holds it, as `holdfast outdated` shows it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Report, document};
use crate::human;
use crate::layout::Page;
use crate::package::PackageRef;
use crate::style::{Role, Style};
use crate::table::{Cell, Column, Table};

/// What could move.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outdated {
    /// Packages that have a newer version, sorted by name, version and environments.
    pub packages: Vec<OutdatedPackage>,
    /// How many packages are at their newest version.
    pub current: usize,
    /// Packages of which nothing newer could be looked up; sorted.
    pub unknown: Vec<UnknownPackage>,
}

/// A package that has a newer version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct OutdatedPackage {
    /// The package in the version that is locked.
    #[serde(flatten)]
    pub package: PackageRef,
    /// The environments that have it so; empty in a project without configuration.
    pub environments: Vec<String>,
    /// Whether a person asked for it; null where that cannot be told.
    pub direct: Option<bool>,
    /// The newest version that an upgrade would take; null where it would stay.
    pub upgrade: Option<String>,
    /// The newest version there is, pre-releases aside.
    pub newest: String,
    /// What holds it below the newest version, a line each: `numba 0.59.1 wants numpy<1.27`.
    pub held_by: Vec<String>,
}

/// A package of which nothing newer could be looked up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct UnknownPackage {
    /// The package in the version that is locked.
    #[serde(flatten)]
    pub package: PackageRef,
    /// Why not, and what would help.
    pub reason: String,
}

impl Report for Outdated {
    const SCHEMA: &'static str = "holdfast/outdated/1";
}

/// What could move as JSON (`holdfast/outdated/1`).
pub fn outdated_json(outdated: &Outdated) -> String {
    document(outdated)
}

/// What could move as a table, then what could not be looked up, then a line that sums up.
pub fn outdated_text(outdated: &Outdated, style: &Style) -> String {
    let mut page = Page::default();
    if !outdated.packages.is_empty() {
        write_packages(&outdated.packages, &mut page, style);
    }
    if !outdated.unknown.is_empty() {
        page.heading(0, "not looked up", style);
        let columns = [Column::LEFT, Column::PROSE];
        let mut table = Table::new(2, &columns);
        for unknown in &outdated.unknown {
            table.row(vec![
                Cell::new(&unknown.package.in_words()),
                Cell::of(Role::Faint, &unknown.reason),
            ]);
        }
        table.write(&mut page, style);
    }
    page.blank();
    page.line(&summary(outdated));
    page.finish()
}

fn write_packages(packages: &[OutdatedPackage], page: &mut Page, style: &Style) {
    let columns = [
        Column::LEFT,
        Column::LEFT,
        Column::LEFT,
        Column::LEFT,
        Column::LEFT,
        Column::PROSE,
    ];
    let mut table = Table::new(0, &columns);
    let has_environments = packages
        .iter()
        .any(|package| !package.environments.is_empty());
    let headings = [
        "package",
        "locked",
        "upgrade",
        "newest",
        if has_environments { "in" } else { "" },
        "held by",
    ];
    table.row(
        headings
            .iter()
            .map(|heading| Cell::of(Role::Faint, heading))
            .collect(),
    );
    for package in packages {
        let locked = package.package.version.as_deref().unwrap_or_default();
        table.row(vec![
            Cell::of(Role::Strong, &package.package.name),
            Cell::new(locked),
            Cell::of(Role::Added, package.upgrade.as_deref().unwrap_or("-")),
            Cell::new(&package.newest),
            Cell::of(Role::Faint, &package.environments.join(", ")),
            Cell::new(&package.held_by.join("; ")),
        ]);
    }
    table.write(page, style);
}

fn summary(outdated: &Outdated) -> String {
    let movable = outdated
        .packages
        .iter()
        .filter(|package| package.upgrade.is_some())
        .count();
    let held = outdated.packages.len() - movable;
    let mut parts = Vec::new();
    for (number, word) in [
        (movable, "can move"),
        (held, "held"),
        (outdated.current, "at the newest version"),
        (outdated.unknown.len(), "not looked up"),
    ] {
        if number > 0 {
            parts.push(format!("{} {word}", human::grouped(number)));
        }
    }
    if parts.is_empty() {
        return "there is no package to look up".to_owned();
    }
    parts.join(", ")
}
