//! What the judge says, as parts of a page.

use holdfast_model::{EnvironmentName, Evaluation, Finding, Gap};

use super::{Cell, Html};
use crate::human;
use crate::style::Role;

/// The findings and what could not be looked at; nothing where there are none.
pub(crate) fn write_judged(evaluation: &Evaluation, html: &mut Html) {
    if !evaluation.findings.is_empty() {
        html.heading("Findings");
        let rows: Vec<Vec<Cell>> = evaluation.findings.iter().map(finding).collect();
        let headings = ["severity", "rule", "environment", "what", "fix"];
        html.table(&headings, &rows);
    }
    if !evaluation.not_evaluated.is_empty() {
        html.heading("Not evaluated");
        let rows: Vec<Vec<Cell>> = evaluation.not_evaluated.iter().map(gap).collect();
        html.table(&["rule", "environment", "subject", "why"], &rows);
    }
}

fn finding(finding: &Finding) -> Vec<Cell> {
    let severity = match &finding.waiver {
        Some(waiver) => Cell::of(Role::Faint, &format!("waived: {}", waiver.reason)),
        None => Cell::of(finding.severity.into(), finding.severity.as_str()),
    };
    vec![
        severity,
        Cell::new(&finding.rule),
        Cell::new(
            finding
                .environment
                .as_ref()
                .map_or("", EnvironmentName::as_str),
        ),
        Cell::new(&finding.message),
        Cell::new(finding.fix.as_deref().unwrap_or_default()),
    ]
}

fn gap(gap: &Gap) -> Vec<Cell> {
    let subject = gap.subject.as_deref().map(human::subject);
    vec![
        Cell::new(&gap.rule),
        Cell::new(gap.environment.as_ref().map_or("", EnvironmentName::as_str)),
        Cell::new(&subject.unwrap_or_default()),
        Cell::new(&gap.reason),
    ]
}
