//! What a rule is.

use holdfast_model::{Gap, Layer, Outcome, Severity};

use crate::answer::Answer;
use crate::example::{self, ExampleFile};
use crate::{Context, Unlocated};

/// A rule: its name, its page and the function that judges.
#[derive(Debug)]
pub struct Rule {
    /// Its name: `missing-hash`.
    pub id: &'static str,
    /// What it finds, in one line without a full stop.
    pub title: &'static str,
    /// The severity that its findings have unless its page says otherwise.
    pub severity: Severity,
    /// The layers that it looks at.
    pub layers: &'static [Layer],
    /// The smaller selections that it belongs to, besides `check`, which runs every rule.
    pub sets: &'static [RuleSet],
    /// Its page in Markdown: What, Why, Failing example, Fix, Options.
    pub page: &'static str,
    /// Judges; answers what it found and what it could not look at.
    pub check: fn(&Context<'_>) -> Outcome,
}

/// A selection of rules that a command or a loop runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleSet {
    /// `audit`: advisories and licences.
    Audit,
    /// The lock's own loop: what keeps a version from being locked.
    Lock,
    /// `lock --check`: whether the locks are there and are what is asked for.
    LockCheck,
    /// `verify`: whether what is installed is what is locked, to the byte.
    Verify,
    /// `model scan`: whether loading a model file does what it should not.
    Scan,
    /// `drift`: whether data is what it was.
    Drift,
    /// `golden compare`: whether a model still answers what it did.
    Golden,
}

impl Rule {
    /// Begins a finding of this rule. It cannot be finished without saying where it is.
    pub fn finding(&'static self, layer: Layer) -> Unlocated {
        Unlocated::new(self, layer)
    }

    /// Something that this rule could not look at, in no particular environment.
    pub fn gap(&'static self, reason: impl Into<String>) -> Gap {
        Gap {
            rule: self.id.into(),
            environment: None,
            subject: None,
            reason: reason.into(),
        }
    }

    /// The files of the failing example on this rule's page.
    pub fn example(&self) -> Vec<ExampleFile> {
        example::files(self.page)
    }

    /// Begins what this rule answers.
    pub(crate) fn answer(&'static self) -> Answer {
        Answer::new(self)
    }
}
