//! Building findings, so that none can be made without saying where it is and what is wrong.

use std::collections::BTreeMap;

use holdfast_model::{
    EnvironmentFacts, EnvironmentName, Finding, Layer, Location, Refusal, Severity,
};

use crate::Rule;

/// A finding that does not say yet where it is.
#[derive(Debug)]
#[must_use]
pub struct Unlocated {
    rule: &'static Rule,
    layer: Layer,
}

/// A finding that does not say yet what is wrong.
#[derive(Debug)]
#[must_use]
pub struct Located {
    rule: &'static Rule,
    layer: Layer,
    location: Option<Location>,
}

/// A finding that could be finished.
#[derive(Debug)]
#[must_use]
pub struct FindingBuilder {
    finding: Finding,
}

impl Unlocated {
    pub(crate) fn new(rule: &'static Rule, layer: Layer) -> Self {
        Self { rule, layer }
    }

    /// Where it is.
    pub fn at(self, location: &Location) -> Located {
        Located {
            rule: self.rule,
            layer: self.layer,
            location: Some(location.clone()),
        }
    }

    /// It is at no place in the project's files; for what lies outside them altogether.
    pub fn outside_the_project(self) -> Located {
        Located {
            rule: self.rule,
            layer: self.layer,
            location: None,
        }
    }
}

impl Located {
    /// What is wrong, in one line.
    pub fn message(self, message: impl Into<String>) -> FindingBuilder {
        FindingBuilder {
            finding: Finding {
                rule: self.rule.id.into(),
                severity: self.rule.severity,
                layer: self.layer,
                environment: None,
                subject: None,
                message: message.into(),
                fix: None,
                location: self.location,
                details: BTreeMap::new(),
                waiver: None,
                refusal: None,
            },
        }
    }
}

impl FindingBuilder {
    /// The environment that it concerns.
    pub fn of(mut self, environment: &EnvironmentFacts) -> Self {
        self.finding.environment.clone_from(&environment.name);
        self
    }

    /// The environment that it concerns, by its name.
    pub fn in_environment(mut self, name: &EnvironmentName) -> Self {
        self.finding.environment = Some(name.clone());
        self
    }

    /// What it is about: a package URL or a path.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.finding.subject = Some(subject.into());
        self
    }

    /// How to mend it.
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.finding.fix = Some(fix.into());
        self
    }

    /// Another severity than the rule's own.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// One more thing to know, for programs.
    pub fn detail(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        self.finding.details.insert(key.to_owned(), value.into());
        self
    }

    /// The versions that it refuses, for the lock's loop; absent where none can be told.
    pub fn refuses(mut self, refusal: impl Into<Option<Refusal>>) -> Self {
        self.finding.refusal = refusal.into();
        self
    }

    /// The finding.
    pub fn build(self) -> Finding {
        self.finding
    }
}
