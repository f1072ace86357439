//! What a rule answers: findings, and gaps where it could not look.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use version_ranges::Ranges;

use crate::{EnvironmentName, Layer, Location, PackageId};

/// The name of a rule: `missing-hash`.
pub type RuleId = Cow<'static, str>;

/// How much a finding matters. Ordered: a note is the least.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Note,
    /// Should be mended.
    Warning,
    /// Must be mended.
    Error,
}

impl Severity {
    /// The severity's name, as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something that a rule found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule's name.
    #[schemars(with = "String")]
    pub rule: RuleId,
    /// How much it matters.
    pub severity: Severity,
    /// The layer it concerns.
    pub layer: Layer,
    /// The environment; null where it concerns none or the project has no configuration.
    #[schemars(with = "Option<String>")]
    pub environment: Option<EnvironmentName>,
    /// What it is about: a package URL or a path.
    pub subject: Option<String>,
    /// What is wrong, in one line.
    pub message: String,
    /// How to mend it.
    pub fix: Option<String>,
    /// Where it is.
    pub location: Option<Location>,
    /// More, by rule.
    pub details: BTreeMap<String, serde_json::Value>,
    /// The waiver that covers it; a waived finding does not fail a run.
    pub waiver: Option<WaiverApplied>,
    /// The versions that it refuses, for the lock's loop.
    #[serde(skip)]
    pub refusal: Option<Refusal>,
}

/// The waiver that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverApplied {
    /// Why.
    pub reason: String,
    /// Who answers for it; null for an id that was allowed on the command line or in the lock.
    pub owner: Option<String>,
    /// Until when, a date `YYYY-MM-DD`; null where it does not end.
    pub until: Option<String>,
}

/// Versions of a package that must not be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The package.
    pub package: PackageId,
    /// The versions.
    pub versions: Ranges<Version>,
    /// Why, as short as a table cell: `PYSEC-2023-175`, `yanked`, `licence AGPL-3.0-only`.
    pub reason: String,
}

/// What a rule could not look at. Never the same as clean.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Gap {
    /// The rule's name.
    #[schemars(with = "String")]
    pub rule: RuleId,
    /// The environment; null where it concerns none or the project has no configuration.
    #[schemars(with = "Option<String>")]
    pub environment: Option<EnvironmentName>,
    /// What could not be looked at: a package URL or a path; null where it is everything.
    pub subject: Option<String>,
    /// Why not, and what would help.
    pub reason: String,
}

/// What a rule answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// What it found.
    pub findings: Vec<Finding>,
    /// What it could not look at.
    pub gaps: Vec<Gap>,
}
