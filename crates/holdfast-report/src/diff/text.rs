//! Differences for a person to read.

use super::{Diff, LockDifference, cause, or_dash, remarks};
use crate::layout::{Page, plain};
use crate::style::{Role, Style};
use crate::table::{Cell, Column, Table};

/// The differences as text: `+` added, `-` removed, `~` changed.
pub fn diff_text(diff: &Diff, style: &Style) -> String {
    let mut page = Page::default();
    for lock in &diff.locks {
        page.blank();
        let (before, after) = (plain(&lock.before), plain(&lock.after));
        let title = format!("{before} → {after}");
        page.line(&style.paint(Role::Strong, &title));
        write_changes(lock, &mut page, style);
        page.line(&format!("  {}", lock.counts()));
    }
    if diff.locks.is_empty() {
        page.line("there is nothing to compare");
    }
    page.finish()
}

fn write_changes(lock: &LockDifference, page: &mut Page, style: &Style) {
    let columns = [Column::LEFT, Column::LEFT, Column::PROSE];
    let mut table = Table::new(2, &columns);
    let mut row = |(role, sign): (Role, &str), name: &str, versions: &str, remark: &str| {
        table.row(vec![
            Cell::of(role, &format!("{sign} {name}")),
            Cell::new(versions),
            Cell::of(Role::Faint, remark),
        ]);
    };
    for setting in &lock.settings {
        let before = setting.before.as_deref().map(crate::human::digest);
        let after = setting.after.as_deref().map(crate::human::digest);
        let versions = arrow(before.as_ref(), after.as_ref());
        row((Role::Changed, "~"), &setting.name, &versions, "setting");
    }
    for added in &lock.added {
        let version = added.package.version.as_deref().unwrap_or_default();
        row(
            (Role::Added, "+"),
            &added.package.name,
            version,
            &cause(added),
        );
    }
    for removed in &lock.removed {
        let version = removed.package.version.as_deref().unwrap_or_default();
        let remark = match removed.direct {
            Some(true) => "was asked for directly",
            Some(false) | None => "",
        };
        row((Role::Removed, "-"), &removed.package.name, version, remark);
    }
    for changed in &lock.changed {
        let versions = arrow(changed.before.as_ref(), changed.after.as_ref());
        row(
            (Role::Changed, "~"),
            &changed.name,
            &versions,
            &remarks(changed),
        );
    }
    table.write(page, style);
}

/// Both values, or the one that stayed.
fn arrow(before: Option<&String>, after: Option<&String>) -> String {
    if before == after {
        return or_dash(before).to_owned();
    }
    format!("{} → {}", or_dash(before), or_dash(after))
}
