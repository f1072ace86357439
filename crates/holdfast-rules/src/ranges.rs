//! Ranges of versions as sets, to see whether two can be met at once.

use pep440_rs::{Operator, Version, VersionSpecifiers};
use version_ranges::Ranges;

/// Whether some version meets both; nothing where it cannot be told.
pub(crate) fn can_meet(left: &VersionSpecifiers, right: &VersionSpecifiers) -> Option<bool> {
    // an exact version is asked directly, which also knows that `2.3` covers `2.3+cu121`
    for (one, other) in [(left, right), (right, left)] {
        if let Some(exact) = exact(one) {
            return Some(
                other.contains(exact)
                    || exact_of_same_public(one, other)
                    || other.contains(&exact.clone().without_local()),
            );
        }
    }
    let both = set(left)?.intersection(&set(right)?);
    Some(!both.is_empty())
}

fn exact(specifiers: &VersionSpecifiers) -> Option<&Version> {
    specifiers
        .iter()
        .find(|specifier| matches!(specifier.operator(), Operator::Equal | Operator::ExactEqual))
        .map(pep440_rs::VersionSpecifier::version)
}

/// `==2.3.0` and `==2.3.0+cu121` are met by the latter.
fn exact_of_same_public(left: &VersionSpecifiers, right: &VersionSpecifiers) -> bool {
    match (exact(left), exact(right)) {
        (Some(left), Some(right)) => {
            left == right
                || (!left.is_local() && *left == right.clone().without_local())
                || (!right.is_local() && *right == left.clone().without_local())
        }
        _ => false,
    }
}

/// The set of versions; nothing for numbers so large that the next one does not exist.
fn set(specifiers: &VersionSpecifiers) -> Option<Ranges<Version>> {
    let has_next = |version: &Version| {
        version.release().iter().all(|number| *number < u64::MAX)
            && version.post() != Some(u64::MAX)
            && version.dev() != Some(u64::MAX)
            && version.pre().is_none_or(|pre| pre.number < u64::MAX)
    };
    specifiers
        .iter()
        .all(|specifier| has_next(specifier.version()))
        .then(|| Ranges::from(specifiers.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meet(left: &str, right: &str) -> Option<bool> {
        let result = can_meet(&left.parse().unwrap(), &right.parse().unwrap());
        assert_eq!(
            result,
            can_meet(&right.parse().unwrap(), &left.parse().unwrap())
        );
        result
    }

    #[test]
    fn ranges_meet_or_do_not() {
        assert_eq!(meet(">=1,<2", ">=1.5"), Some(true));
        assert_eq!(meet("<2", ">=2"), Some(false));
        assert_eq!(meet("~=1.4", ">=2"), Some(false));
        assert_eq!(meet("==1.*", "==1.2.*"), Some(true));
        assert_eq!(meet("!=1.5", ">=1"), Some(true));
        assert_eq!(meet("", "<0"), Some(true));
    }

    #[test]
    fn exact_versions_are_asked() {
        assert_eq!(meet("==1.26.4", "<2"), Some(true));
        assert_eq!(meet("==1.26.4", ">=2"), Some(false));
        assert_eq!(meet("==1.0", "==1.0.0"), Some(true));
        assert_eq!(meet("==2.3.0", "==2.3.0+cu121"), Some(true));
        assert_eq!(meet("==2.3.0+cpu", "==2.3.0+cu121"), Some(false));
        assert_eq!(meet("==2.3.0+cu121", "<=2.3.0"), Some(true));
    }

    #[test]
    fn numbers_without_a_next_one_are_not_told() {
        let huge = format!("~=1.{}.0", u64::MAX);
        assert_eq!(meet(&huge, ">=1"), None);
    }
}
