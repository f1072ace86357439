//! Every rule, the policy, and the one judge.
//!
//! [`evaluate`] runs a [`Selection`] of the [`catalogue`] over [`holdfast_model::Facts`] under a
//! [`Policy`]. `check`, `audit`, `lock --check` and the lock's own loop are this one function with
//! other facts and another selection. Rules are pure functions: no I/O, no clock, no environment.
//!
//! A rule is one file in `src/rules`, with its page beside it; the list in `src/rules/mod.rs`
//! declares the module and puts the rule into the catalogue, and there is no second list.

mod advisories;
mod answer;
mod artefacts;
mod context;
mod cuda;
mod drift_policy;
mod evaluate;
mod example;
mod exemption;
mod finding;
mod global;
mod imports;
mod installed;
mod licence;
mod loading;
mod marker;
mod native;
mod policy;
mod ranges;
mod refusal;
mod registries;
mod rule;
mod rules;
mod subject;
mod text;
mod versions;

#[cfg(test)]
mod evaluate_tests;
#[cfg(test)]
mod testing;

pub use context::Context;
pub use drift_policy::{DriftPolicy, EffectSizes};
pub use evaluate::{Selection, evaluate};
pub use example::ExampleFile;
pub use exemption::exemption;
pub use finding::{FindingBuilder, Located, Unlocated};
pub use global::{GlobalPattern, GlobalPatternError};
pub use licence::{LicenceName, LicenceNameError};
pub use policy::{
    Allowance, Licences, MissingUploadTime, Policy, Predictions, UnknownLicence, Waiver,
};
pub use rule::{Rule, RuleSet};
pub use rules::{catalogue, find};
pub use subject::{SubjectPattern, SubjectPatternError};
pub use versions::judged_versions;
