use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

/// A laboratory in which predictions are what a function says of the changes in place.
struct Pretended<F> {
    predict: F,
    at_once: usize,
    ran: Vec<Candidate>,
}

impl<F: Fn(&Candidate) -> Result<u32, String>> Laboratory for Pretended<F> {
    type Predictions = u32;
    type Error = Infallible;

    fn run(&mut self, candidates: &[Candidate]) -> Result<Vec<Result<u32, String>>, Infallible> {
        self.ran.extend(candidates.iter().cloned());
        Ok(candidates.iter().map(&self.predict).collect())
    }

    fn differ(&self, one: &u32, other: &u32) -> bool {
        one != other
    }

    fn at_once(&self) -> usize {
        self.at_once
    }
}

fn changes(count: usize, needs: &[(usize, usize)]) -> Changes {
    let changes = (0..count).map(|number| Change {
        subject: Subject::Package(holdfast_model::PackageId::pypi(&format!(
            "package-{number:02}"
        ))),
        before: Some("1".to_owned()),
        after: Some("2".to_owned()),
    });
    let needs = needs.iter().map(|(change, needs)| Need {
        change: *change,
        needs: *needs,
        because: format!("{change} needs {needs}"),
    });
    Changes::new(changes.collect(), needs.collect())
}

fn found(
    changes: &Changes,
    at_once: usize,
    predict: impl Fn(&Candidate) -> Result<u32, String>,
) -> (Found, usize) {
    let ends = (
        predict(&Candidate::new()).unwrap(),
        predict(&changes.all()).unwrap(),
    );
    let mut laboratory = Pretended {
        predict,
        at_once,
        ran: Vec::new(),
    };
    let Ok(found) = bisect(changes, (&ends.0, &ends.1), &mut laboratory);
    let tried = laboratory.ran.len();
    let different: BTreeSet<&Candidate> = laboratory.ran.iter().collect();
    assert_eq!(different.len(), tried, "nothing is run twice");
    assert_eq!(found.trials.len(), tried);
    for candidate in &laboratory.ran {
        assert_eq!(
            changes.closed(candidate.iter().copied()),
            *candidate,
            "every candidate is closed"
        );
    }
    (found, tried)
}

fn has(candidate: &Candidate, changes: &[usize]) -> u32 {
    u32::from(changes.iter().all(|change| candidate.contains(change)))
}

#[test]
fn one_culprit_of_fourteen_takes_at_most_eight_environments() {
    let changes = changes(14, &[]);
    for culprit in 0..14 {
        for at_once in 1..=4 {
            let (found, tried) = found(&changes, at_once, |it| Ok(has(it, &[culprit])));
            assert_eq!(found.culprits.len(), 1);
            assert_eq!(found.culprits[0].changes, BTreeSet::from([culprit]));
            assert!(found.culprits[0].inseparable.is_empty() && !found.remains);
            let most = if at_once <= 2 { 8 } else { 12 };
            assert!(tried <= most, "{tried} environments, {at_once} at once");
        }
    }
}

#[test]
fn two_that_only_together_do_it_are_found_together() {
    let changes = changes(14, &[]);
    for (one, other) in [(0, 1), (0, 13), (5, 6), (3, 11)] {
        let (found, tried) = found(&changes, 2, |it| Ok(has(it, &[one, other])));
        assert_eq!(found.culprits.len(), 1);
        assert_eq!(found.culprits[0].changes, BTreeSet::from([one, other]));
        assert!(tried <= 16, "{tried}");
    }
}

#[test]
fn where_both_ends_predict_the_same_nothing_is_tried() {
    let (found, tried) = found(&changes(14, &[]), 2, |_| Ok(7));
    assert_eq!((found.culprits.len(), tried, found.remains), (0, 0, false));
}

#[test]
fn several_that_each_change_something_are_all_found() {
    let changes = changes(14, &[]);
    let (found, _) = found(&changes, 2, |it| Ok(has(it, &[2]) + 2 * has(it, &[9, 12])));
    let culprits: Vec<_> = found.culprits.iter().map(|it| it.changes.clone()).collect();
    assert_eq!(culprits, [BTreeSet::from([2]), BTreeSet::from([9, 12])]);
    assert!(!found.remains);
}

#[test]
fn what_has_to_come_along_is_told_apart_from_what_is_responsible() {
    // 5 cannot be installed without 1, and 1 not without 9
    let changes = changes(12, &[(5, 1), (1, 9)]);
    let (found, _) = found(&changes, 2, |it| Ok(has(it, &[5])));
    assert_eq!(found.culprits[0].changes, BTreeSet::from([5]));
    assert_eq!(found.culprits[0].carried, BTreeSet::from([1, 9]));
    assert_eq!(found.culprits[0].candidate, BTreeSet::from([1, 5, 9]));
}

#[test]
fn packages_that_need_each_other_are_one_culprit() {
    let changes = changes(12, &[(5, 1), (1, 5)]);
    let (found, _) = found(&changes, 2, |it| Ok(has(it, &[5])));
    assert_eq!(found.culprits[0].changes, BTreeSet::from([1, 5]));
    // nothing shows that both are responsible
    assert_eq!(found.culprits[0].inseparable, ["1 needs 5", "5 needs 1"]);
}

#[test]
fn an_environment_that_cannot_be_made_settles_nothing_and_another_is_tried() {
    let changes = changes(14, &[]);
    // nothing runs with 6 unless 7 is there as well, which no lock records
    let (found, _) = found(&changes, 1, |it| {
        if it.contains(&6) && !it.contains(&7) {
            Err("no kernel".to_owned())
        } else {
            Ok(has(it, &[10]))
        }
    });
    assert_eq!(found.culprits[0].changes, BTreeSet::from([10]));
    assert!(found.culprits[0].inseparable.is_empty());
}

#[test]
fn what_cannot_be_told_apart_is_told_as_a_group_with_the_reason() {
    let changes = changes(14, &[]);
    let (found, _) = found(&changes, 2, |it| {
        if it.contains(&6) == it.contains(&7) {
            Ok(has(it, &[6]))
        } else {
            Err("no kernel".to_owned())
        }
    });
    assert_eq!(found.culprits[0].changes, BTreeSet::from([6, 7]));
    assert_eq!(found.culprits[0].inseparable, ["no kernel"]);
}

proptest! {
    #[test]
    fn what_is_found_suffices_and_every_part_of_it_is_needed(
        count in 1_usize..20,
        needs in prop::collection::vec((0_usize..20, 0_usize..20), 0..12),
        groups in prop::collection::vec(prop::collection::btree_set(0_usize..20, 1..4), 1..4),
        at_once in 1_usize..4,
    ) {
        let needs: Vec<_> = needs.into_iter().filter(|(a, b)| a != b && *a < count && *b < count).collect();
        let groups: Vec<Vec<usize>> = groups
            .into_iter()
            .map(|group| group.into_iter().filter(|it| *it < count).collect::<Vec<_>>())
            .filter(|group| !group.is_empty())
            .collect();
        let changes = changes(count, &needs);
        let predict = |it: &Candidate| groups.iter().enumerate().map(|(bit, group)| has(it, group) << bit).sum::<u32>();
        let (found, _) = found(&changes, at_once, |it| Ok(predict(it)));
        prop_assert!(!found.remains);
        let mut base = Candidate::new();
        for culprit in &found.culprits {
            prop_assert_ne!(predict(&culprit.candidate), predict(&base));
            let new: Vec<usize> = culprit.candidate.difference(&base).copied().collect();
            for left_out in &culprit.changes {
                // without one of the culprits, and all that needs it
                let rest: Candidate = new
                    .iter()
                    .copied()
                    .filter(|it| !changes.closed([*it]).contains(left_out))
                    .chain(base.iter().copied())
                    .collect();
                prop_assert_eq!(predict(&rest), predict(&base));
            }
            base = culprit.candidate.clone();
        }
    }
}
