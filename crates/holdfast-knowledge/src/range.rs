//! From the events of an OSV range to a set of versions.
//!
//! The standard is the OSV schema's "evaluation" section; the answer is the same as walking its
//! sorted events for one version, computed for all versions at once.

use std::ops::Bound;

use version_ranges::Ranges;

use crate::version::EcosystemVersion;

/// What happens at a version, as `affected[].ranges[].events[]` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Affected from here on; without a version (`"0"`), from the beginning.
    Introduced(Option<EcosystemVersion>),
    /// Not affected from here on.
    Fixed(EcosystemVersion),
    /// Not affected after this.
    LastAffected(EcosystemVersion),
    /// Nothing is said of this version and later ones; without a version (`"*"`), no limit.
    Limit(Option<EcosystemVersion>),
}

/// The versions that the events of one range affect.
///
/// The events may come in any order. Where none says what introduced the fault, it was there from
/// the beginning: a range that only ends would otherwise affect nothing. Events at the same version
/// take effect in the order given, `last_affected` after the others.
pub fn affected(events: &[Event]) -> Ranges<EcosystemVersion> {
    let mut sorted: Vec<&Event> = events
        .iter()
        .filter(|event| !matches!(event, Event::Limit(_)))
        .collect();
    sorted.sort_by_key(|event| place(event));
    let says_introduced = sorted
        .iter()
        .any(|event| matches!(event, Event::Introduced(_)));

    let mut spans = Vec::new();
    let mut open: Option<Bound<EcosystemVersion>> = (!says_introduced).then_some(Bound::Unbounded);
    for event in sorted {
        match event {
            Event::Introduced(version) => {
                open.get_or_insert_with(|| {
                    version.clone().map_or(Bound::Unbounded, Bound::Included)
                });
            }
            Event::Fixed(version) => {
                spans.extend(
                    open.take()
                        .map(|from| (from, Bound::Excluded(version.clone()))),
                );
            }
            Event::LastAffected(version) => {
                spans.extend(
                    open.take()
                        .map(|from| (from, Bound::Included(version.clone()))),
                );
            }
            Event::Limit(_) => {}
        }
    }
    spans.extend(open.map(|from| (from, Bound::Unbounded)));
    let affected: Ranges<EcosystemVersion> = spans.into_iter().collect();
    match limit(events) {
        Some(limit) => affected.intersection(&limit),
        None => affected,
    }
}

/// The union of any number of sets and single versions, in time that hardly grows with their order.
pub(crate) fn union<'a>(
    sets: impl IntoIterator<Item = &'a Ranges<EcosystemVersion>>,
    versions: impl IntoIterator<Item = &'a EcosystemVersion>,
) -> Ranges<EcosystemVersion> {
    let spans = sets
        .into_iter()
        .flat_map(Ranges::iter)
        .map(|(lower, upper)| (lower.clone(), upper.clone()));
    let points = versions.into_iter().map(|version| {
        (
            Bound::Included(version.clone()),
            Bound::Included(version.clone()),
        )
    });
    let mut spans: Vec<_> = spans.chain(points).collect();
    // collecting is linear where spans come in order, and quadratic where they do not
    spans.sort_by(|(left, _), (right, _)| lower_edge(left).cmp(&lower_edge(right)));
    spans.into_iter().collect()
}

fn lower_edge(bound: &Bound<EcosystemVersion>) -> (Option<&EcosystemVersion>, u8) {
    match bound {
        Bound::Unbounded => (None, 0),
        Bound::Included(version) => (Some(version), 0),
        Bound::Excluded(version) => (Some(version), 1),
    }
}

/// The versions below the highest limit; nothing where there is none.
fn limit(events: &[Event]) -> Option<Ranges<EcosystemVersion>> {
    let mut highest = None;
    for event in events {
        match event {
            Event::Limit(None) => return None,
            Event::Limit(Some(version)) => highest = highest.max(Some(version)),
            Event::Introduced(_) | Event::Fixed(_) | Event::LastAffected(_) => {}
        }
    }
    highest.map(|version| Ranges::strictly_lower_than(version.clone()))
}

/// Where an event belongs: by version, the beginning first, `last_affected` last at its version.
fn place(event: &Event) -> (Option<&EcosystemVersion>, u8) {
    match event {
        Event::Introduced(version) | Event::Limit(version) => (version.as_ref(), 0),
        Event::Fixed(version) => (Some(version), 0),
        Event::LastAffected(version) => (Some(version), 1),
    }
}

#[cfg(test)]
mod tests {
    use holdfast_model::Ecosystem;
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> EcosystemVersion {
        EcosystemVersion::parse(Ecosystem::Pypi, text).unwrap()
    }

    fn introduced(text: &str) -> Event {
        Event::Introduced((text != "0").then(|| version(text)))
    }

    fn fixed(text: &str) -> Event {
        Event::Fixed(version(text))
    }

    fn last(text: &str) -> Event {
        Event::LastAffected(version(text))
    }

    fn shown(events: &[Event]) -> String {
        affected(events).to_string()
    }

    #[test]
    fn events_become_half_open_spans() {
        assert_eq!(shown(&[introduced("0"), fixed("2")]), "<2");
        assert_eq!(shown(&[introduced("1"), last("2")]), ">=1, <=2");
        assert_eq!(shown(&[introduced("1")]), ">=1");
        assert_eq!(shown(&[introduced("0")]), "*");
    }

    #[test]
    fn events_are_sorted_first() {
        assert_eq!(
            shown(&[fixed("4.1"), introduced("4"), fixed("2"), introduced("0")]),
            "<2 | >=4, <4.1"
        );
    }

    #[test]
    fn a_range_without_lower_bound_begins_at_the_beginning() {
        assert_eq!(shown(&[fixed("2")]), "<2");
        assert_eq!(shown(&[last("2")]), "<=2");
    }

    #[test]
    fn a_pre_release_of_the_first_version_is_after_the_beginning() {
        assert!(affected(&[introduced("0"), fixed("1")]).contains(&version("0.dev1")));
    }

    #[test]
    fn events_at_one_version_keep_their_order() {
        // fixed and broken again by the same release
        assert_eq!(
            shown(&[introduced("0"), fixed("1"), introduced("1"), fixed("2")]),
            "<2"
        );
        // nothing was ever affected
        assert_eq!(shown(&[introduced("1"), fixed("1")]), "∅");
        // one version was
        assert_eq!(shown(&[last("1"), introduced("1")]), "1");
    }

    #[test]
    fn limits_cut_off_what_is_not_spoken_of() {
        let limit = |text| Event::Limit(Some(version(text)));
        assert_eq!(shown(&[introduced("1"), limit("3"), limit("2")]), ">=1, <3");
        assert_eq!(
            shown(&[introduced("1"), limit("3"), Event::Limit(None)]),
            ">=1"
        );
    }

    /// The schema's algorithm for one version, word for word.
    fn naive(events: &[Event], version: &EcosystemVersion) -> bool {
        let limits: Vec<&Event> = events
            .iter()
            .filter(|event| matches!(event, Event::Limit(_)))
            .collect();
        let before_limits = limits.is_empty()
            || limits.iter().any(|limit| match limit {
                Event::Limit(None) => true,
                Event::Limit(Some(limit)) => version < limit,
                Event::Introduced(_) | Event::Fixed(_) | Event::LastAffected(_) => false,
            });
        if !before_limits {
            return false;
        }
        let mut sorted = events.to_vec();
        sorted.sort_by(|left, right| place(left).cmp(&place(right)));
        let mut vulnerable = false;
        for event in &sorted {
            match event {
                Event::Introduced(from) => {
                    vulnerable |= from.as_ref().is_none_or(|from| version >= from);
                }
                Event::Fixed(fixed) => vulnerable &= version < fixed,
                Event::LastAffected(last) => vulnerable &= version <= last,
                Event::Limit(_) => {}
            }
        }
        vulnerable
    }

    fn any_version() -> impl Strategy<Value = EcosystemVersion> {
        (0_u8..4, 0_u8..3, "(|a1|rc1|\\.post1|\\.dev1)")
            .prop_map(|(major, minor, suffix)| version(&format!("{major}.{minor}{suffix}")))
    }

    fn any_event() -> impl Strategy<Value = Event> {
        prop_oneof![
            3 => any_version().prop_map(|version| Event::Introduced(Some(version))),
            1 => Just(Event::Introduced(None)),
            3 => any_version().prop_map(Event::Fixed),
            2 => any_version().prop_map(Event::LastAffected),
            1 => any_version().prop_map(|version| Event::Limit(Some(version))),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn the_set_agrees_with_the_schemas_algorithm(
            mut events in proptest::collection::vec(any_event(), 0..7),
            versions in proptest::collection::vec(any_version(), 1..12),
        ) {
            // what a range without any `introduced` means is ours to say
            events.push(Event::Introduced(None));
            let set = affected(&events);
            for version in &versions {
                prop_assert_eq!(set.contains(version), naive(&events, version), "{}", version);
            }
        }
    }
}
