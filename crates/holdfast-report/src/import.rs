//! What a run of `holdfast import` did.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Report, document};
use crate::human;
use crate::layout::Page;
use crate::lock::LockState;
use crate::style::{Role, Style};

/// What a run of `holdfast import` did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Import {
    /// The lock that was imported.
    pub from: ImportedFrom,
    /// The environment.
    pub environment: String,
    /// The file of its lock.
    pub file: String,
    /// What became of the lock.
    pub state: LockState,
    /// The interpreter, as exactly as it is known.
    pub python: String,
    /// The machines that it is for.
    pub platforms: Vec<String>,
    /// How many packages it has, by ecosystem: `pypi`, `conda`, `npm`.
    pub packages: BTreeMap<String, usize>,
    /// What is downloaded for one machine, in bytes; null where a size is not known.
    pub bytes: Option<u64>,
    /// What indexes told that the lock did not.
    pub completed: ImportCompleted,
    /// How many packages of each group or extra were left out.
    pub left_out: BTreeMap<String, usize>,
    /// What else is to be known, a sentence each.
    pub notes: Vec<String>,
}

/// The lock that was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportedFrom {
    /// The file, as it was named or found.
    pub file: String,
    /// Its format, as the documentation calls it: `poetry.lock`.
    pub format: String,
    /// The program that wrote it, as it says.
    pub created_by: String,
}

/// What indexes told that the lock did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportCompleted {
    /// Files whose name, address, hash or upload time was missing and is known now.
    pub files: usize,
    /// The packages that they belong to.
    pub packages: usize,
}

impl Report for Import {
    const SCHEMA: &'static str = "holdfast/import/1";
}

/// The run as JSON (`holdfast/import/1`).
pub fn import_json(import: &Import) -> String {
    document(import)
}

/// The run as text.
pub fn import_text(import: &Import, style: &Style) -> String {
    let mut page = Page::default();
    let name = style.paint(Role::Strong, &crate::layout::plain(&import.environment));
    let mut facts = Vec::new();
    if !import.python.is_empty() {
        facts.push(format!("python {}", import.python));
    }
    if !import.platforms.is_empty() {
        facts.push(import.platforms.join(", "));
    }
    facts.extend(packages(&import.packages));
    facts.extend(import.bytes.map(human::bytes));
    let facts = crate::layout::plain(&facts.join(" · ")).into_owned();
    page.line(&format!("  {name}   {facts}"));
    if import.completed.files > 0 {
        let files = human::count(import.completed.files, "file", "files");
        let packages = human::count(import.completed.packages, "package", "packages");
        page.blank();
        let text = format!("{files} of {packages} with what the index says of them");
        page.labelled(2, ("completed", Role::Plain), &text, style);
    }
    if !import.left_out.is_empty() {
        let groups: Vec<String> = import
            .left_out
            .iter()
            .map(|(group, count)| {
                let packages = human::count(*count, "package", "packages");
                format!("`{group}` ({packages})")
            })
            .collect();
        page.blank();
        page.labelled(2, ("left out", Role::Changed), &groups.join(", "), style);
    }
    if !import.notes.is_empty() {
        page.blank();
    }
    for note in &import.notes {
        page.labelled(2, ("note:", Role::Note), note, style);
    }
    page.blank();
    let (role, verb) = match import.state {
        LockState::Written => (Role::Added, "wrote"),
        LockState::Unchanged | LockState::Kept => (Role::Plain, "unchanged"),
        LockState::WouldWrite => (Role::Changed, "would write"),
    };
    let from = &import.from;
    let written_by = if from.created_by.is_empty() {
        String::new()
    } else {
        format!(" ({})", from.created_by)
    };
    let text = format!("{} from {}{written_by}", import.file, from.file);
    page.labelled(2, (verb, role), &text, style);
    page.finish()
}

/// How many packages of each kind; the kind is said where it is not PyPI.
fn packages(counts: &BTreeMap<String, usize>) -> Vec<String> {
    if counts.is_empty() {
        return vec!["0 packages".to_owned()];
    }
    let mut counts: Vec<(&String, &usize)> = counts.iter().collect();
    counts.sort_by_key(|(ecosystem, _)| (ecosystem.as_str() != "pypi", *ecosystem));
    counts
        .into_iter()
        .map(|(ecosystem, count)| {
            let packages = human::count(*count, "package", "packages");
            match ecosystem.as_str() {
                "pypi" => packages,
                other => format!("{packages} of {other}"),
            }
        })
        .collect()
}
