//! The order in which changes are tried.

use std::collections::BTreeSet;

use super::Need;

/// The changes in groups that need each other, each group after those that it needs, and otherwise in
/// the order of their places.
///
/// Groups are the strongly connected components of the needs. There are as many changes as a lock has
/// packages at most, so reachability of all is cheap enough.
pub(super) fn units(count: usize, needs: &[Need]) -> Vec<BTreeSet<usize>> {
    let reached: Vec<BTreeSet<usize>> = (0..count).map(|from| reachable(from, needs)).collect();
    let reaches = |from: usize, to: usize| reached.get(from).is_some_and(|it| it.contains(&to));
    let mut units: Vec<BTreeSet<usize>> = Vec::new();
    let mut placed: BTreeSet<usize> = BTreeSet::new();
    while placed.len() < count {
        // the first whose needs are all placed but for those that need it in turn
        let next = (0..count).find(|change| {
            !placed.contains(change)
                && reached.get(*change).is_some_and(|it| {
                    it.iter()
                        .all(|needed| placed.contains(needed) || reaches(*needed, *change))
                })
        });
        let Some(next) = next else {
            break;
        };
        let unit: BTreeSet<usize> = (0..count)
            .filter(|other| *other == next || (reaches(next, *other) && reaches(*other, next)))
            .collect();
        placed.extend(&unit);
        units.push(unit);
    }
    units
}

/// All that a change needs, itself included.
fn reachable(from: usize, needs: &[Need]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(change) = next.pop() {
        if reached.insert(change) {
            let needed = needs.iter().filter(|need| need.change == change);
            next.extend(needed.map(|need| need.needs));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(change: usize, needs: usize) -> Need {
        Need {
            change,
            needs,
            because: String::new(),
        }
    }

    #[test]
    fn a_unit_comes_after_those_that_it_needs() {
        let units = units(4, &[need(0, 2), need(2, 3)]);
        let units: Vec<Vec<usize>> = units
            .into_iter()
            .map(|unit| unit.into_iter().collect())
            .collect();
        assert_eq!(units, [vec![1], vec![3], vec![2], vec![0]]);
    }

    #[test]
    fn changes_that_need_each_other_are_one_unit() {
        let units = units(4, &[need(0, 1), need(1, 0), need(3, 0)]);
        let units: Vec<Vec<usize>> = units
            .into_iter()
            .map(|unit| unit.into_iter().collect())
            .collect();
        assert_eq!(units, [vec![0, 1], vec![2], vec![3]]);
    }
}
