//! A bisection as it is reported.

use anyhow::{Context as _, Result};
use holdfast_behaviour::bisection::{self, Candidate, Change};
use holdfast_model::{Comparison, FieldComparison};
use holdfast_report::{
    BisectedLock, Bisection, Carried, Culprit, Difference, Exchange, Explains, LargestDifference,
    Together, Trial, TrialOutcome,
};

use super::bisect::Searched;
use crate::golden::{Answers, Bench};

/// What a search found, without the names of its files.
pub(super) fn bisection(searched: &Searched<'_>, bench: &Bench<'_>) -> Result<Bisection> {
    let telling = Telling { searched, bench };
    let (before, after) = &searched.ends;
    let found = &searched.found;
    let mut culprits = Vec::new();
    let mut base = Candidate::new();
    for culprit in &found.culprits {
        culprits.push(telling.culprit(culprit, &base)?);
        base.clone_from(&culprit.candidate);
    }
    let remaining = if found.remains {
        Some(difference(&bench.compare(telling.answers(&base)?, after)))
    } else {
        None
    };
    Ok(Bisection {
        golden: String::new(),
        from: BisectedLock::default(),
        to: BisectedLock::default(),
        changes: bench.changes.changes.iter().map(exchange).collect(),
        inputs: searched.inputs,
        difference: difference(&bench.compare(before, after)),
        verdict: searched.verdict,
        culprits,
        remaining,
        disagreement: searched.disagreement.as_ref().map(difference),
        trials: telling.trials()?,
        environments: found.trials.len() as u64 + 2,
        seconds: None,
    })
}

struct Telling<'a> {
    searched: &'a Searched<'a>,
    bench: &'a Bench<'a>,
}

impl Telling<'_> {
    /// What the model answers with these changes.
    fn answers(&self, candidate: &Candidate) -> Result<&Answers> {
        let measured = self.searched.laboratory.measured(candidate);
        measured
            .and_then(|measured| measured.answers.as_ref().ok())
            .context("a culprit was found in an environment that did not run")
    }

    fn culprit(&self, culprit: &bisection::Culprit, base: &Candidate) -> Result<Culprit> {
        let alone = self.answers(&culprit.candidate)?;
        let (before, after) = &self.searched.ends;
        let left = self.bench.compare(alone, after).changed;
        let all = self.bench.compare(before, after).changed;
        let difference = difference(&self.bench.compare(self.answers(base)?, alone));
        Ok(Culprit {
            changes: self.exchanges(culprit.changes.iter()),
            together: if !culprit.inseparable.is_empty() {
                Together::Inseparable
            } else if culprit.changes.len() > 1 {
                Together::Interaction
            } else {
                Together::Alone
            },
            carried: self.carried(culprit),
            explains: if left == 0 && base.is_empty() {
                Explains::All
            } else {
                Explains::Part
            },
            explained: difference.changed.min(all),
            difference,
        })
    }

    /// What had to come along, each with the need that brought it.
    fn carried(&self, culprit: &bisection::Culprit) -> Vec<Carried> {
        let needs = &self.bench.changes.needs;
        let carried = culprit.carried.iter().filter_map(|place| {
            let need = needs
                .iter()
                .find(|need| need.needs == *place && culprit.candidate.contains(&need.change))?;
            Some(Carried {
                change: exchange(self.bench.changes.changes.get(*place)?),
                because: need.because.clone(),
            })
        });
        carried.collect()
    }

    fn exchanges<'p>(&self, places: impl Iterator<Item = &'p usize>) -> Vec<Exchange> {
        places
            .filter_map(|place| self.bench.changes.changes.get(*place))
            .map(exchange)
            .collect()
    }

    fn trials(&self) -> Result<Vec<Trial>> {
        let trials = self.searched.found.trials.iter().enumerate();
        trials
            .map(|(position, trial)| {
                let measured = self
                    .searched
                    .laboratory
                    .measured(&trial.candidate)
                    .context("an environment was not measured")?;
                let (outcome, reason) = match &trial.outcome {
                    bisection::TrialOutcome::Same => (TrialOutcome::Same, None),
                    bisection::TrialOutcome::Different => (TrialOutcome::Different, None),
                    bisection::TrialOutcome::Unresolved(reason) => {
                        (TrialOutcome::Unresolved, Some(reason.clone()))
                    }
                };
                let changed = measured.answers.as_ref().ok();
                let changed = changed
                    .map(|answers| self.bench.compare(&self.searched.ends.0, answers).changed);
                Ok(Trial {
                    number: position as u64 + 1,
                    exchanged: self
                        .exchanges(trial.candidate.iter())
                        .into_iter()
                        .map(|exchange| exchange.package)
                        .collect(),
                    outcome,
                    reason,
                    changed,
                    seconds_install: Some(measured.install),
                    seconds_run: measured.run,
                })
            })
            .collect()
    }
}

fn exchange(change: &Change) -> Exchange {
    Exchange {
        package: change.subject.to_string(),
        before: change.before.clone(),
        after: change.after.clone(),
    }
}

fn difference(comparison: &Comparison) -> Difference {
    Difference {
        changed: comparison.changed,
        flipped: comparison.flipped,
        largest: largest(comparison),
    }
}

/// The largest difference of two numbers, with both.
fn largest(comparison: &Comparison) -> Option<LargestDifference> {
    let field: &FieldComparison = comparison
        .fields
        .iter()
        .filter(|field| field.changed > 0 && field.largest_absolute.is_some())
        .max_by(|left, right| {
            let size = |field: &FieldComparison| field.largest_absolute.unwrap_or(0.0);
            size(left).total_cmp(&size(right))
        })?;
    let (input, [before, after]) = (field.largest_at?, field.largest_pair?);
    Some(LargestDifference {
        absolute: field.largest_absolute,
        input,
        path: field.path.clone(),
        before: before.to_string(),
        after: after.to_string(),
    })
}
