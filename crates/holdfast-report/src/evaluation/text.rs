//! An evaluation for a person to read.

use holdfast_model::{Evaluation, Finding, Location};

use super::{LookedAt, Sources, excerpt, gaps};
use crate::human;
use crate::layout::Page;
use crate::style::{Role, Style};
use crate::table::{Cell, Column, Table};

/// Where a finding stands that is about no file.
const NO_FILE: &str = "(project)";

/// The evaluation as text: findings by file, waived ones, gaps, and a line that sums up.
///
/// With `sources`, the line that a finding points at is shown with a mark below the place.
pub fn evaluation_text(
    evaluation: &Evaluation,
    looked_at: &LookedAt,
    sources: Option<Sources<'_>>,
    style: &Style,
) -> String {
    let mut page = Page::default();
    let (waived, open): (Vec<&Finding>, Vec<&Finding>) = evaluation
        .findings
        .iter()
        .partition(|finding| finding.waiver.is_some());
    // findings are sorted, so that those of a file are neighbours
    for group in open.chunk_by(|left, right| file_of(left) == file_of(right)) {
        page.blank();
        write_file(group, sources, (&mut page, style));
    }
    write_waived(&waived, &mut page, style);
    gaps::write(&evaluation.not_evaluated, &mut page, style);
    page.blank();
    page.line(&summary(evaluation, looked_at, style));
    page.finish()
}

fn file_of(finding: &Finding) -> Option<&str> {
    Some(finding.location.as_ref()?.file.as_str())
}

fn place_of(location: Option<&Location>) -> String {
    location.map_or_else(|| NO_FILE.to_owned(), ToString::to_string)
}

fn write_file(
    group: &[&Finding],
    sources: Option<Sources<'_>>,
    (page, style): (&mut Page, &Style),
) {
    let file = group.first().and_then(|finding| file_of(finding));
    let source = file.and_then(|file| sources?(file));
    let lines: Vec<&str> = source
        .as_deref()
        .map_or_else(Vec::new, |source| source.lines().collect());
    let heads = heads(group, style);
    for (number, (finding, head)) in group.iter().zip(heads).enumerate() {
        if number > 0 && sources.is_some() {
            page.blank();
        }
        page.line(&head);
        page.prose(2, &finding.message, style);
        if let Some(location) = &finding.location {
            let place = (location.line, location.column);
            excerpt::write(&lines, place, finding.severity.into(), (page, style));
        }
        if let Some(fix) = &finding.fix {
            page.labelled(2, ("fix:", Role::Strong), fix, style);
        }
    }
}

/// The place, severity, rule and environment of each, aligned.
fn heads(group: &[&Finding], style: &Style) -> Vec<String> {
    let columns = [Column::LEFT; 4];
    let mut table = Table::new(0, &columns);
    for finding in group {
        let environment = finding.environment.as_ref();
        table.row(vec![
            Cell::of(Role::Strong, &place_of(finding.location.as_ref())),
            Cell::of(finding.severity.into(), finding.severity.as_str()),
            Cell::new(&finding.rule),
            Cell::of(Role::Faint, environment.map_or("", |name| name.as_str())),
        ]);
    }
    table.rendered(style)
}

fn write_waived(waived: &[&Finding], page: &mut Page, style: &Style) {
    if waived.is_empty() {
        return;
    }
    page.heading(0, "waived", style);
    let columns = [Column::LEFT, Column::LEFT, Column::PROSE];
    let mut table = Table::new(2, &columns);
    for finding in waived {
        let subject = finding.subject.as_deref();
        let mut what = subject.map_or_else(|| place_of(finding.location.as_ref()), human::subject);
        if let Some(id) = finding.details.get("id").and_then(|id| id.as_str()) {
            what = format!("{what} ({id})");
        }
        table.row(vec![
            Cell::new(&finding.rule),
            Cell::new(&what),
            Cell::of(Role::Faint, &waiver_in_words(finding)),
        ]);
    }
    table.write(page, style);
}

/// The reason, who answers for it, and until when.
fn waiver_in_words(finding: &Finding) -> String {
    let Some(waiver) = &finding.waiver else {
        return String::new();
    };
    let until = waiver.until.as_ref().map(|date| format!("until {date}"));
    let terms: Vec<String> = waiver.owner.iter().cloned().chain(until).collect();
    if terms.is_empty() {
        waiver.reason.clone()
    } else {
        format!("{} ({})", waiver.reason, terms.join(", "))
    }
}

fn summary(evaluation: &Evaluation, looked_at: &LookedAt, style: &Style) -> String {
    let counts = &evaluation.summary;
    let severities = [
        (counts.error, Role::Error, "error", "errors"),
        (counts.warning, Role::Warning, "warning", "warnings"),
        (counts.note, Role::Note, "note", "notes"),
    ];
    let findings: Vec<String> = severities
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, role, one, many)| style.paint(role, &human::count(number, one, many)))
        .collect();
    let mut parts = Vec::new();
    let clean = findings.is_empty();
    if !clean {
        parts.push(findings.join(", "));
    } else if looked_at.is_nothing() {
        let nothing = "nothing was looked at: no file of an environment was found";
        parts.push(style.paint(Role::Warning, nothing));
    } else if counts.not_evaluated == 0 {
        let scope = format!("clean: {}", looked_at.in_words());
        parts.push(style.paint(Role::Added, &scope));
    } else {
        parts.push(format!("no findings: {}", looked_at.in_words()));
    }
    if counts.waived > 0 {
        parts.push(format!("{} waived", human::grouped(counts.waived)));
    }
    if counts.not_evaluated > 0 {
        parts.push(format!(
            "{} not evaluated",
            human::grouped(counts.not_evaluated)
        ));
    }
    parts.join("; ")
}

impl LookedAt {
    fn is_nothing(&self) -> bool {
        self.files == 0 && self.environments == 0 && self.packages == 0
    }

    fn in_words(&self) -> String {
        let things = [
            (self.files, "file", "files"),
            (self.environments, "environment", "environments"),
            (self.packages, "package", "packages"),
        ];
        let things: Vec<String> = things
            .into_iter()
            .filter(|(number, ..)| *number > 0)
            .map(|(number, one, many)| human::count(number, one, many))
            .collect();
        let rules = human::count(self.rules, "rule", "rules");
        format!("{rules} over {}", human::list(&things))
    }
}
