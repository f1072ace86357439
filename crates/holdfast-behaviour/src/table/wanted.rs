//! Columns that were asked for by name.

use std::collections::HashSet;

use super::TableOptions;
use super::error::{TableError, TableProblem};
use super::source::Source;

/// Names that are listed where none is near.
const LISTED: usize = 12;

/// Whether a column is wanted.
pub(super) fn is_wanted(name: &str, options: &TableOptions) -> bool {
    if options.columns.is_empty() {
        return options.ignored.iter().all(|ignored| ignored != name);
    }
    options.columns.iter().any(|wanted| wanted == name)
}

/// Checks that all columns that were named are there.
pub(super) fn check<'n>(
    source: &Source<'_>,
    options: &TableOptions,
    there: impl Iterator<Item = &'n str> + Clone,
) -> Result<(), TableError> {
    let names: HashSet<&str> = there.clone().collect();
    let mut asked = options.columns.iter();
    match asked.find(|name| !names.contains(name.as_str())) {
        Some(name) => {
            let problem = TableProblem::UnknownColumn {
                name: name.clone(),
                hint: hint(name, there),
            };
            Err(source.error(None, problem))
        }
        None => Ok(()),
    }
}

/// The names that are near, the nearest first, or else the first ones that there are.
fn hint<'n>(name: &str, there: impl Iterator<Item = &'n str> + Clone) -> String {
    let lower = name.to_lowercase();
    let mut near: Vec<(f64, &str)> = there
        .clone()
        // bounds the work on names of any length
        .filter(|candidate| candidate.len() <= 256 && lower.len() <= 256)
        .map(|candidate| {
            let likeness = strsim::jaro_winkler(&lower, &candidate.trim().to_lowercase());
            (likeness, candidate)
        })
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|left, right| right.0.total_cmp(&left.0));
    let quoted = |names: &[&str]| -> String {
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        quoted.join(", ")
    };
    let near: Vec<&str> = near.into_iter().map(|(_, name)| name).take(3).collect();
    if !near.is_empty() {
        return format!("did you mean {}?", quoted(&near).replace(", ", " or "));
    }
    let first: Vec<&str> = there.clone().take(LISTED).collect();
    match there.count() {
        0 => "there is none".to_owned(),
        count if count > LISTED => {
            format!("there is {} and {} more", quoted(&first), count - LISTED)
        }
        _ => format!("there is {}", quoted(&first)),
    }
}
