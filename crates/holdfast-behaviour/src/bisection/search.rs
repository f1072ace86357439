//! The search itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{Candidate, Changes, Culprit, Found, Laboratory, Trial, TrialOutcome};

/// More culprits than this, one on top of the other, are no answer to anybody.
const MOST_CULPRITS: usize = 16;

pub(super) struct Search<'a, L: Laboratory> {
    changes: &'a Changes,
    before: &'a L::Predictions,
    after: &'a L::Predictions,
    laboratory: &'a mut L,
    /// What was run, by what was on top of the first lock.
    memory: BTreeMap<Candidate, Result<L::Predictions, String>>,
    trials: Vec<Trial>,
}

/// What is known of an environment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Same,
    Different,
    Unresolved,
}

/// A culprit in the making: its units, and what could not be told apart.
struct Chosen {
    units: BTreeSet<usize>,
    inseparable: Vec<String>,
}

impl<'a, L: Laboratory> Search<'a, L> {
    pub(super) fn new(
        changes: &'a Changes,
        (before, after): (&'a L::Predictions, &'a L::Predictions),
        laboratory: &'a mut L,
    ) -> Self {
        Self {
            changes,
            before,
            after,
            laboratory,
            memory: BTreeMap::new(),
            trials: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<Found, L::Error> {
        let mut base = Candidate::new();
        let mut culprits = Vec::new();
        while self.still_differs(&base) && culprits.len() < MOST_CULPRITS {
            let chosen = self.minimal(&base)?;
            let culprit = self.culprit(&base, chosen);
            if culprit.candidate == base {
                break;
            }
            base.clone_from(&culprit.candidate);
            culprits.push(culprit);
        }
        let remains = self.still_differs(&base);
        if let [culprit] = culprits.as_slice()
            && !remains
        {
            self.try_all_others(&culprit.changes)?;
        }
        Ok(Found {
            culprits,
            trials: self.trials,
            remains,
        })
    }

    /// Tries all changes that can be made without these: if they change nothing, no part of the
    /// difference is theirs.
    fn try_all_others(&mut self, changes: &BTreeSet<usize>) -> Result<(), L::Error> {
        let others: Candidate = (0..self.changes.changes.len())
            .filter(|change| self.changes.closed([*change]).is_disjoint(changes))
            .collect();
        if !others.is_empty() {
            self.ask(&Candidate::new(), &[others])?;
        }
        Ok(())
    }

    /// Whether the second lock predicts differently from `base`.
    fn still_differs(&self, base: &Candidate) -> bool {
        self.known(base)
            .is_some_and(|known| self.laboratory.differ(known, self.after))
    }

    fn culprit(&self, base: &Candidate, mut chosen: Chosen) -> Culprit {
        chosen
            .inseparable
            .extend(self.needing_each_other(&chosen.units));
        let changes: BTreeSet<usize> = chosen
            .units
            .iter()
            .filter_map(|unit| self.changes.units().get(*unit))
            .flatten()
            .copied()
            .collect();
        let candidate = self.on_top(base, &chosen.units, 0);
        Culprit {
            carried: candidate
                .iter()
                .filter(|change| !changes.contains(change) && !base.contains(change))
                .copied()
                .collect(),
            changes,
            candidate,
            inseparable: chosen.inseparable,
        }
    }

    /// Why the changes of these units cannot be tried apart; nothing where each unit is one change.
    fn needing_each_other(&self, units: &BTreeSet<usize>) -> BTreeSet<String> {
        let units = units.iter().filter_map(|it| self.changes.units().get(*it));
        let several = units.filter(|unit| unit.len() > 1);
        several
            .flat_map(|unit| {
                let needs = self.changes.needs.iter();
                needs.filter(|need| unit.contains(&need.change) && unit.contains(&need.needs))
            })
            .map(|need| need.because.clone())
            .collect()
    }

    /// The smallest set of units found that makes the difference on top of `base`, which does not.
    fn minimal(&mut self, base: &Candidate) -> Result<Chosen, L::Error> {
        let mut chosen = Chosen {
            units: BTreeSet::new(),
            inseparable: Vec::new(),
        };
        let mut end = self.changes.units().len();
        loop {
            let (last_same, first_different) = self.border(base, &chosen.units, end)?;
            if first_different - last_same > 1 {
                let why = self.between(base, &chosen.units, (last_same, first_different));
                chosen.inseparable.extend(why);
            }
            chosen.units.extend(last_same..first_different);
            end = last_same;
            let alone = self.on_top(base, &chosen.units, 0);
            if end == 0 || self.ask(base, &[alone])?.first() == Some(&Answer::Different) {
                break;
            }
        }
        if chosen.units.len() > 1 && chosen.inseparable.is_empty() {
            self.drop_what_is_not_needed(base, &mut chosen)?;
        }
        Ok(chosen)
    }

    /// The longest beginning of the order known to change nothing, and the shortest known to make a
    /// difference, with `chosen` in place; between them lie only environments that settle nothing.
    fn border(
        &mut self,
        base: &Candidate,
        chosen: &BTreeSet<usize>,
        end: usize,
    ) -> Result<(usize, usize), L::Error> {
        let (mut same, mut different) = (0, end);
        let mut unresolved = BTreeSet::new();
        loop {
            let open: Vec<usize> = (same + 1..different)
                .filter(|length| !unresolved.contains(length))
                .collect();
            if open.is_empty() {
                return Ok((same, different));
            }
            let lengths = spread(&open, self.laboratory.at_once().max(1));
            let candidates: Vec<Candidate> = lengths
                .iter()
                .map(|length| self.on_top(base, chosen, *length))
                .collect();
            let answers = self.ask(base, &candidates)?;
            for (length, answer) in lengths.iter().zip(answers) {
                match answer {
                    Answer::Different => different = different.min(*length),
                    Answer::Same if *length < different => same = same.max(*length),
                    Answer::Same => {}
                    Answer::Unresolved => {
                        unresolved.insert(*length);
                    }
                }
            }
        }
    }

    /// Where each of several is needed, none can be left out; where predictions do not come and go
    /// with ever more changes, one may have been chosen that can.
    fn drop_what_is_not_needed(
        &mut self,
        base: &Candidate,
        chosen: &mut Chosen,
    ) -> Result<(), L::Error> {
        for unit in chosen.units.clone() {
            let mut rest = chosen.units.clone();
            rest.remove(&unit);
            let without = self.on_top(base, &rest, 0);
            if self.ask(base, &[without])?.first() == Some(&Answer::Different) {
                chosen.units = rest;
            }
        }
        Ok(())
    }

    /// `base` with these units, and with the first `length` units of the order.
    fn on_top(&self, base: &Candidate, chosen: &BTreeSet<usize>, length: usize) -> Candidate {
        let units = self.changes.units();
        let changes = units
            .iter()
            .enumerate()
            .filter(|(place, _)| *place < length || chosen.contains(place))
            .flat_map(|(_, unit)| unit.iter().copied());
        self.changes.closed(base.iter().copied().chain(changes))
    }

    /// Why the environments between two lengths settle nothing, each reason once.
    fn between(
        &self,
        base: &Candidate,
        chosen: &BTreeSet<usize>,
        (same, different): (usize, usize),
    ) -> BTreeSet<String> {
        (same + 1..different)
            .filter_map(|length| {
                let candidate = self.on_top(base, chosen, length);
                self.memory.get(&candidate)?.as_ref().err().cloned()
            })
            .collect()
    }

    /// What each candidate predicts, beside what `base` does; run where that is not known.
    fn ask(&mut self, base: &Candidate, candidates: &[Candidate]) -> Result<Vec<Answer>, L::Error> {
        let unknown: BTreeSet<Candidate> = candidates
            .iter()
            .filter(|candidate| {
                self.known(candidate).is_none() && !self.memory.contains_key(*candidate)
            })
            .cloned()
            .collect();
        let unknown: Vec<Candidate> = unknown.into_iter().collect();
        if !unknown.is_empty() {
            let ran = self.laboratory.run(&unknown)?;
            for (candidate, predictions) in unknown.into_iter().zip(ran) {
                let outcome = self.outcome(base, &predictions);
                self.memory.insert(candidate.clone(), predictions);
                self.trials.push(Trial { candidate, outcome });
            }
        }
        Ok(candidates
            .iter()
            .map(|candidate| self.answer(base, candidate))
            .collect())
    }

    fn outcome(
        &self,
        base: &Candidate,
        predictions: &Result<L::Predictions, String>,
    ) -> TrialOutcome {
        match (predictions, self.known(base)) {
            (Err(reason), _) => TrialOutcome::Unresolved(reason.clone()),
            (Ok(predictions), Some(base)) if !self.laboratory.differ(base, predictions) => {
                TrialOutcome::Same
            }
            (Ok(_), _) => TrialOutcome::Different,
        }
    }

    fn answer(&self, base: &Candidate, candidate: &Candidate) -> Answer {
        match (self.known(base), self.known(candidate)) {
            (Some(base), Some(candidate)) if self.laboratory.differ(base, candidate) => {
                Answer::Different
            }
            (Some(_), Some(_)) => Answer::Same,
            _ => Answer::Unresolved,
        }
    }

    /// What a set of changes predicts, where that is known; both ends are.
    fn known(&self, candidate: &Candidate) -> Option<&L::Predictions> {
        if candidate.is_empty() {
            Some(self.before)
        } else if candidate.len() == self.changes.changes.len() {
            Some(self.after)
        } else {
            self.memory.get(candidate)?.as_ref().ok()
        }
    }
}

/// As many of the open lengths as may be tried at once, evenly apart.
fn spread(open: &[usize], at_once: usize) -> Vec<usize> {
    let count = at_once.min(open.len());
    let places = (1..=count).map(|part| (open.len() * part) / (count + 1));
    let chosen: BTreeSet<usize> = places
        .filter_map(|place| open.get(place.min(open.len() - 1)).copied())
        .collect();
    chosen.into_iter().collect()
}
