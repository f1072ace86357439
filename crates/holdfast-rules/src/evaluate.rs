//! The one judge.

use holdfast_model::{Evaluation, Facts};

use crate::exemption::Pardons;
use crate::{Context, Policy, Rule, RuleSet, catalogue};

/// Which rules to run.
#[derive(Debug, Clone)]
pub enum Selection {
    /// Every rule: `check`.
    All,
    /// The rules of one command or loop.
    Set(RuleSet),
    /// These, from [`crate::find`].
    Rules(Vec<&'static Rule>),
}

impl Selection {
    /// Whether a rule is meant.
    pub fn includes(&self, rule: &Rule) -> bool {
        match self {
            Self::All => true,
            Self::Set(set) => rule.sets.contains(set),
            Self::Rules(rules) => rules.iter().any(|chosen| chosen.id == rule.id),
        }
    }
}

/// Runs the selected rules over the facts, and marks what the policy or a lock lets pass.
///
/// The answer is sorted, and the same for the same input. A waived finding keeps its refusal; the
/// lock's loop heeds only refusals of findings without a waiver.
pub fn evaluate(selection: &Selection, facts: &Facts, policy: &Policy) -> Evaluation {
    let context = Context::new(facts, policy);
    let pardons = Pardons::new(facts, policy);
    let mut findings = Vec::new();
    let mut gaps = Vec::new();
    for rule in catalogue().iter().filter(|rule| selection.includes(rule)) {
        let outcome = (rule.check)(&context);
        findings.extend(outcome.findings);
        gaps.extend(outcome.gaps);
    }
    for finding in &mut findings {
        finding.waiver = pardons.find(finding);
    }
    Evaluation::new(findings, gaps)
}
