//! What a run of `holdfast lock` did, for a person to read.

use std::collections::BTreeMap;

use holdfast_model::{PassedOver, Platform};

use super::{EnvironmentLine, LockChange, LockState, LockSummary};
use crate::human;
use crate::layout::{Page, width};
use crate::style::{Role, Style};
use crate::table::{Cell, Column, Table};

/// The run as text.
pub fn lock_text(summary: &LockSummary, style: &Style) -> String {
    let mut page = Page::default();
    write_environments(summary, &mut page, style);
    write_passed_over(&summary.passed_over, &mut page, style);
    write_exemptions(summary, &mut page, style);
    write_changes(&summary.changes, &mut page, style);
    if !summary.notes.is_empty() {
        page.blank();
    }
    for note in &summary.notes {
        page.labelled(2, ("note:", Role::Note), note, style);
    }
    if !summary.environments.is_empty() {
        page.blank();
    }
    write_states(summary, &mut page, style);
    page.finish()
}

/// One line per environment, and one for what they share.
fn write_environments(summary: &LockSummary, page: &mut Page, style: &Style) {
    let core = summary.core.as_ref();
    let names = summary.environments.iter().map(|line| line.name.as_str());
    let names = names.chain(core.map(|_| "core"));
    let name_width = names.map(width).max().unwrap_or(0);
    let columns = [
        Column::LEFT.at_least(name_width),
        Column::LEFT.after("   "),
        Column::LEFT.after(" · "),
        Column::RIGHT.after(" · "),
        Column::LEFT.after(" "),
        Column::RIGHT.after(" · "),
    ];
    let mut table = environment_table(summary, &columns, platforms_in_full);
    if table.width() > style.width {
        table = environment_table(summary, &columns, platforms_in_short);
    }
    table.write(page, style);
    if let Some(core) = core {
        let packages = human::count(core.count, "package", "packages");
        let everywhere = match core.environments.len() {
            2 => "both".to_owned(),
            number => format!("all {}", human::grouped(number)),
        };
        let mut table = Table::new(2, &columns);
        table.row(vec![
            Cell::of(Role::Strong, "core"),
            Cell::new(&format!("{packages} at equal versions in {everywhere}")),
        ]);
        table.write(page, style);
    }
}

fn environment_table<'a>(
    summary: &LockSummary,
    columns: &'a [Column],
    platforms: fn(&[Platform]) -> String,
) -> Table<'a> {
    let mut table = Table::new(2, columns).uncapped();
    for line in &summary.environments {
        let noun = if line.packages == 1 {
            "package"
        } else {
            "packages"
        };
        table.row(vec![
            Cell::of(Role::Strong, line.name.as_str()),
            Cell::new(&format!("python {}", line.python)),
            Cell::new(&platforms(&line.platforms)),
            Cell::new(&human::grouped(line.packages)),
            Cell::new(noun),
            Cell::new(&line.bytes.map(human::bytes).unwrap_or_default()),
        ]);
    }
    table
}

fn platforms_in_full(platforms: &[Platform]) -> String {
    let platforms: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    platforms.join(", ")
}

fn platforms_in_short(platforms: &[Platform]) -> String {
    match platforms {
        [] | [_] => platforms_in_full(platforms),
        more => human::count(more.len(), "platform", "platforms"),
    }
}

/// What was passed over: on one line each where all fit, otherwise the reason below.
fn write_passed_over(passed_over: &[PassedOver], page: &mut Page, style: &Style) {
    if passed_over.is_empty() {
        return;
    }
    page.heading(2, "passed over", style);
    let columns = [
        Column::LEFT,
        Column::LEFT,
        Column::LEFT,
        Column::LEFT.after("   "),
    ];
    let mut wide = Table::new(4, &columns).uncapped();
    let mut narrow = Table::new(4, &columns);
    for passed in passed_over {
        let name = Cell::of(Role::Strong, passed.package.name());
        let version = Cell::new(&passed.version);
        let took = match &passed.took {
            Some(version) => format!("took {version}"),
            None => "not needed any more".to_owned(),
        };
        let way_out = passed
            .way_out
            .as_ref()
            .map(|way_out| format!(" ({way_out})"));
        let full = format!("{took}{}", way_out.unwrap_or_default());
        wide.row(vec![
            name.clone(),
            version.clone(),
            Cell::new(&passed.reason),
            Cell::new(&full),
        ]);
        narrow.row(vec![name, version, Cell::new(&took)]);
    }
    if wide.width() <= style.width {
        wide.write(page, style);
        return;
    }
    for (head, passed) in narrow.rendered(style).iter().zip(passed_over) {
        page.line(head);
        page.prose(6, &passed.reason, style);
        if let Some(way_out) = &passed.way_out {
            page.labelled(6, ("way out:", Role::Faint), way_out, style);
        }
    }
}

fn write_exemptions(summary: &LockSummary, page: &mut Page, style: &Style) {
    if summary.exemptions.is_empty() {
        return;
    }
    page.heading(2, "let through", style);
    let columns = [Column::LEFT, Column::LEFT, Column::LEFT, Column::PROSE];
    let mut table = Table::new(4, &columns);
    for exemption in &summary.exemptions {
        table.row(vec![
            Cell::of(Role::Strong, exemption.package.name()),
            Cell::new(&exemption.version),
            Cell::new(&exemption.rule),
            Cell::new(&exemption.reason),
        ]);
    }
    table.write(page, style);
}

/// What moved; the same move in several environments is one line.
fn write_changes(changes: &[LockChange], page: &mut Page, style: &Style) {
    if changes.is_empty() {
        return;
    }
    page.heading(2, "changed", style);
    let mut moves: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for change in changes {
        let key = (&change.package, &change.from, &change.to, &change.reason);
        moves
            .entry(key)
            .or_default()
            .push(change.environment.as_str());
    }
    let columns = [Column::LEFT, Column::LEFT, Column::LEFT, Column::PROSE];
    let mut table = Table::new(4, &columns);
    for ((package, from, to, reason), environments) in moves {
        let (role, sign, versions) = match (from, to) {
            (None, Some(to)) => (Role::Added, "+", to.clone()),
            (Some(from), None) => (Role::Removed, "-", from.clone()),
            (from, to) => {
                let [from, to] = [from, to].map(|version| version.as_deref().unwrap_or("-"));
                (Role::Changed, "~", format!("{from} → {to}"))
            }
        };
        table.row(vec![
            Cell::of(role, &format!("{sign} {}", package.name())),
            Cell::new(&versions),
            Cell::of(Role::Faint, &environments.join(", ")),
            Cell::new(reason),
        ]);
    }
    table.write(page, style);
}

/// What became of the locks, and how long it took.
fn write_states(summary: &LockSummary, page: &mut Page, style: &Style) {
    let mut by_state: BTreeMap<LockState, Vec<&EnvironmentLine>> = BTreeMap::new();
    for line in &summary.environments {
        by_state.entry(line.state).or_default().push(line);
    }
    let took = format!(" in {}", human::duration(summary.timings.total));
    for (number, (state, lines)) in by_state.into_iter().enumerate() {
        let (role, verb) = match state {
            LockState::Written => (Role::Added, "wrote"),
            LockState::Unchanged => (Role::Plain, "unchanged"),
            LockState::WouldWrite => (Role::Changed, "would write"),
            LockState::Kept => (Role::Faint, "kept"),
        };
        let files: Vec<String> = lines.iter().map(|line| line.name.lock_file()).collect();
        let mut text = files.join(", ");
        if number == 0 && !summary.timings.total.is_zero() {
            text.push_str(&took);
        }
        page.labelled(2, (verb, role), &text, style);
    }
}
