//! What a person should know of a lock that was imported.

use holdfast_declared::Conditions;
use holdfast_model::{Freshness, Locked};

use super::home::Home;
use crate::foreign::Found;

/// What a person should know of the lock as it is now.
pub(super) fn remarks(found: &Found, home: &Home, locked: &Locked) -> Vec<String> {
    let mut notes = Vec::new();
    let file = &found.locked.file;
    if matches!(found.conditions, Conditions::Untold(_))
        && found.locked.packages.iter().any(|package| {
            package
                .dependencies
                .iter()
                .any(|edge| edge.marker.is_some())
        })
    {
        notes.push(format!(
            "{file} does not say on which machines its packages are needed, and its manifest was not found: all of them are installed everywhere"
        ));
    }
    if let Freshness::Stale(differences) = &found.freshness {
        let first = differences.first().map(|it| it.message.clone());
        notes.push(format!(
            "{file} was not what its manifest asks for any more: {}",
            first.unwrap_or_default()
        ));
    }
    if let Some(declared) = &home.declared {
        let unmet = holdfast_locked::unsatisfied(locked, declared);
        for difference in unmet.iter().take(REMARKS) {
            notes.push(format!(
                "{}: the next `holdfast lock` will change it",
                difference.message
            ));
        }
        if let Some(more @ 1..) = unmet.len().checked_sub(REMARKS) {
            notes.push(format!("and {more} more that `holdfast lock` will change"));
        }
    }
    notes
}

/// Differences that are spelled out.
const REMARKS: usize = 5;
