//! All that the judge answers for one run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Finding, Gap, Severity};

/// What `check`, `audit` and their kin print as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evaluation {
    /// `holdfast/evaluation/1`.
    pub schema: String,
    /// The findings, sorted by file, line, column, rule and subject.
    pub findings: Vec<Finding>,
    /// What could not be looked at, sorted.
    pub not_evaluated: Vec<Gap>,
    /// The counts.
    pub summary: Summary,
}

/// Counts over an evaluation. Waived findings count as waived alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Errors.
    pub error: usize,
    /// Warnings.
    pub warning: usize,
    /// Notes.
    pub note: usize,
    /// Findings that a waiver covers.
    pub waived: usize,
    /// Gaps.
    pub not_evaluated: usize,
}

impl Evaluation {
    /// The schema that this version of Holdfast writes.
    pub const SCHEMA: &'static str = "holdfast/evaluation/1";

    /// Sorts and counts what the rules answered.
    pub fn new(mut findings: Vec<Finding>, mut gaps: Vec<Gap>) -> Self {
        findings.sort_by(|left, right| sort_key(left).cmp(&sort_key(right)));
        // a file that two environments or projects include is judged twice, to the same end
        findings.dedup_by(|later, first| sort_key(later) == sort_key(first));
        gaps.sort();
        gaps.dedup();
        let count = |severity| {
            findings
                .iter()
                .filter(|finding| finding.waiver.is_none() && finding.severity == severity)
                .count()
        };
        let summary = Summary {
            error: count(Severity::Error),
            warning: count(Severity::Warning),
            note: count(Severity::Note),
            waived: findings
                .iter()
                .filter(|finding| finding.waiver.is_some())
                .count(),
            not_evaluated: gaps.len(),
        };
        Self {
            schema: Self::SCHEMA.to_owned(),
            findings,
            not_evaluated: gaps,
            summary,
        }
    }

    /// What several evaluations say together, each finding and each gap once.
    pub fn merged(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut findings = Vec::new();
        let mut gaps = Vec::new();
        for part in parts {
            findings.extend(part.findings);
            gaps.extend(part.not_evaluated);
        }
        Self::new(findings, gaps)
    }

    /// The findings that no waiver covers and that are at least this severe.
    pub fn at_least(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.waiver.is_none() && finding.severity >= severity)
    }
}

type SortKey<'a> = (
    Option<&'a crate::Location>,
    &'a str,
    Option<&'a crate::EnvironmentName>,
    Option<&'a str>,
    &'a str,
);

fn sort_key(finding: &Finding) -> SortKey<'_> {
    (
        finding.location.as_ref(),
        &finding.rule,
        finding.environment.as_ref(),
        finding.subject.as_deref(),
        &finding.message,
    )
}
