//! What could not be looked at: always printed, in as few lines as tell it all.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{EnvironmentName, Gap};

use crate::human;
use crate::layout::{Page, plain, unbroken};
use crate::style::{Role, Style};

/// Of one environment, this many subjects are named.
const NAMED: usize = 6;

/// The environments and subjects of a gap.
type Places<'a> = BTreeSet<(Option<&'a str>, Option<&'a str>)>;

/// Writes the gaps: rules that could not look at the same things for the same reason stand together.
pub(crate) fn write(gaps: &[Gap], page: &mut Page, style: &Style) {
    if gaps.is_empty() {
        return;
    }
    page.heading(0, "not evaluated", style);
    for ((reason, places), rules) in grouped(gaps) {
        page.prose(2, &rules.join(", "), style);
        page.prose(4, reason, style);
        for line in places_in_words(&places) {
            page.labelled(4, ("in", Role::Faint), &line, style);
        }
    }
}

fn grouped(gaps: &[Gap]) -> Vec<((&str, Places<'_>), Vec<&str>)> {
    let mut by_rule: BTreeMap<(&str, &str), Places<'_>> = BTreeMap::new();
    for gap in gaps {
        let place = (
            gap.environment.as_ref().map(EnvironmentName::as_str),
            gap.subject.as_deref(),
        );
        by_rule
            .entry((&gap.reason, &gap.rule))
            .or_default()
            .insert(place);
    }
    let mut groups: BTreeMap<(&str, Places<'_>), Vec<&str>> = BTreeMap::new();
    for ((reason, rule), places) in by_rule {
        groups.entry((reason, places)).or_default().push(rule);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|left, right| left.1.cmp(&right.1));
    groups
}

/// One line per environment that has subjects; environments without any share a line.
fn places_in_words(places: &Places<'_>) -> Vec<String> {
    let mut whole = Vec::new();
    let mut parts: BTreeMap<Option<&str>, Vec<String>> = BTreeMap::new();
    for (environment, subject) in places {
        match (environment, subject) {
            (None, None) => {}
            (Some(environment), None) => whole.push(plain(environment).into_owned()),
            (environment, Some(subject)) => parts
                .entry(*environment)
                .or_default()
                .push(unbroken(&plain(&human::subject(subject)))),
        }
    }
    let mut lines = Vec::new();
    if !whole.is_empty() {
        lines.push(human::list(&whole));
    }
    for (environment, subjects) in parts {
        let named = shortened(&subjects);
        lines.push(match environment {
            Some(environment) => format!("{}: {named}", plain(environment)),
            None => named,
        });
    }
    lines
}

fn shortened(subjects: &[String]) -> String {
    let more = subjects.len().saturating_sub(NAMED);
    // "and 1 more" would take the room of the name
    if more <= 1 {
        return human::list(subjects);
    }
    let named: Vec<&str> = subjects.iter().take(NAMED).map(String::as_str).collect();
    format!("{} and {} more", named.join(", "), human::grouped(more))
}
