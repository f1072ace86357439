//! Differences as Markdown, for pull requests.

use std::fmt::Write as _;

use super::{Diff, LockDifference, cause, or_dash, remarks};
use crate::layout::plain;

/// The differences as Markdown: a table per pair of locks.
pub fn diff_markdown(diff: &Diff) -> String {
    let mut text = String::new();
    for lock in &diff.locks {
        if !text.is_empty() {
            text.push('\n');
        }
        let (before, after) = (code(&lock.before), code(&lock.after));
        // writing to a String cannot fail
        let _ = writeln!(text, "### {before} → {after}\n\n{}", lock.counts());
        if !lock.is_empty() {
            write_table(lock, &mut text);
        }
    }
    text
}

fn write_table(lock: &LockDifference, text: &mut String) {
    text.push_str("\n| | package | before | after | remark |\n|---|---|---|---|---|\n");
    let mut row = |sign: &str, cells: [&str; 4]| {
        let [name, before, after, remark] = cells.map(cell);
        // writing to a String cannot fail
        let _ = writeln!(text, "| {sign} | {name} | {before} | {after} | {remark} |");
    };
    for setting in &lock.settings {
        let (before, after) = (
            or_dash(setting.before.as_ref()),
            or_dash(setting.after.as_ref()),
        );
        row("setting", [&setting.name, before, after, ""]);
    }
    for added in &lock.added {
        let after = or_dash(added.package.version.as_ref());
        row("added", [&added.package.name, "-", after, &cause(added)]);
    }
    for removed in &lock.removed {
        let before = or_dash(removed.package.version.as_ref());
        row("removed", [&removed.package.name, before, "-", ""]);
    }
    for changed in &lock.changed {
        let (before, after) = (
            or_dash(changed.before.as_ref()),
            or_dash(changed.after.as_ref()),
        );
        row("changed", [&changed.name, before, after, &remarks(changed)]);
    }
}

/// Text that Markdown and HTML leave as it is, on one line.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in plain(text).chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // `@name` would call a person, `#1` an issue
            '@' | '#' => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '!' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

/// Text as code; a backtick in it would end the code.
fn code(text: &str) -> String {
    format!("`{}`", plain(text).replace('`', "'"))
}
