//! Records that are aliases of each other, collapsed into one advisory per package.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use holdfast_model::{AdvisoryMatch, AdvisorySeverity, PackageId};
use version_ranges::Ranges;

use crate::range;
use crate::record::OsvRecord;
use crate::version::EcosystemVersion;

/// What all records that are aliases of each other say of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advisory {
    pub(crate) id: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) summary: String,
    pub(crate) severity: Option<AdvisorySeverity>,
    pub(crate) malicious: bool,
    /// Sorted; none of them is affected.
    pub(crate) fixed: Vec<EcosystemVersion>,
    pub(crate) affected: Ranges<EcosystemVersion>,
}

impl Advisory {
    /// As rules and reports want it.
    pub(crate) fn to_match(&self) -> AdvisoryMatch {
        AdvisoryMatch {
            id: self.id.clone(),
            aliases: self.aliases.clone(),
            summary: self.summary.clone(),
            severity: self.severity,
            malicious: self.malicious,
            fixed: self.fixed.iter().map(ToString::to_string).collect(),
            affected: self
                .affected
                .iter()
                .filter_map(|(lower, upper)| Some((pypi_bound(lower)?, pypi_bound(upper)?)))
                .collect(),
        }
    }
}

/// The bound of a PyPI version; nothing for another ecosystem, whose ranges the model cannot say.
pub(crate) fn pypi_bound(bound: &Bound<EcosystemVersion>) -> Option<Bound<pep440_rs::Version>> {
    let pypi = |version: &EcosystemVersion| match version {
        EcosystemVersion::Pypi(version) => Some(version.clone()),
        EcosystemVersion::Npm(_) => None,
    };
    Some(match bound {
        Bound::Included(version) => Bound::Included(pypi(version)?),
        Bound::Excluded(version) => Bound::Excluded(pypi(version)?),
        Bound::Unbounded => Bound::Unbounded,
    })
}

/// The advisories of every package, aliases collapsed transitively over all `records`.
///
/// Withdrawn records do not count, nor do their aliases connect others. Advisories of a package are
/// sorted by id.
pub(crate) fn collapse(records: &[OsvRecord]) -> BTreeMap<PackageId, Vec<Advisory>> {
    let live: Vec<&OsvRecord> = records
        .iter()
        .filter(|record| record.withdrawn.is_none())
        .collect();
    let mut packages: BTreeMap<PackageId, Vec<Advisory>> = BTreeMap::new();
    for group in groups(&live, OsvRecord::ids) {
        let ids: BTreeSet<&str> = group.iter().flat_map(|record| record.ids()).collect();
        let names: BTreeSet<&PackageId> = group
            .iter()
            .flat_map(|record| &record.affected)
            .map(|affected| &affected.package)
            .collect();
        for package in names {
            let advisory = of_package(&group, &ids, package);
            packages.entry(package.clone()).or_default().push(advisory);
        }
    }
    for advisories in packages.values_mut() {
        advisories.sort_by(|left, right| left.id.cmp(&right.id));
    }
    packages
}

/// Collapses advisories of one package that come from several sources.
pub(crate) fn merge(advisories: &[Advisory]) -> Vec<Advisory> {
    let all: Vec<&Advisory> = advisories.iter().collect();
    let ids = |advisory: &'_ Advisory| -> Vec<String> {
        std::iter::once(advisory.id.clone())
            .chain(advisory.aliases.iter().cloned())
            .collect()
    };
    let mut merged: Vec<Advisory> = groups(&all, |advisory| {
        std::iter::once(&advisory.id)
            .chain(&advisory.aliases)
            .map(String::as_str)
    })
    .into_iter()
    .map(|group| {
        let all_ids: Vec<String> = group.iter().flat_map(|advisory| ids(advisory)).collect();
        let (id, aliases) = named(&all_ids.iter().map(String::as_str).collect());
        let affected = range::union(group.iter().map(|advisory| &advisory.affected), []);
        Advisory {
            id,
            aliases,
            summary: group
                .iter()
                .map(|advisory| advisory.summary.as_str())
                .find(|summary| !summary.is_empty())
                .unwrap_or_default()
                .to_owned(),
            severity: group.iter().filter_map(|advisory| advisory.severity).max(),
            malicious: group.iter().any(|advisory| advisory.malicious),
            fixed: not_affected(group.iter().flat_map(|advisory| &advisory.fixed), &affected),
            affected,
        }
    })
    .collect();
    merged.sort_by(|left, right| left.id.cmp(&right.id));
    merged
}

fn of_package(group: &[&OsvRecord], ids: &BTreeSet<&str>, package: &PackageId) -> Advisory {
    let (id, aliases) = named(ids);
    let parts: Vec<_> = group
        .iter()
        .flat_map(|record| &record.affected)
        .filter(|affected| affected.package == *package)
        .collect();
    let affected = range::union(
        parts.iter().map(|part| &part.in_ranges),
        parts.iter().flat_map(|part| &part.listed),
    );
    // a summary that somebody wrote says more than the beginning of a description
    let summary = group
        .iter()
        .filter(|record| !record.summary.is_empty())
        .min_by_key(|record| (!record.has_summary, rank(&record.id)))
        .map_or("", |record| record.summary.as_str());
    Advisory {
        id,
        aliases,
        summary: summary.to_owned(),
        severity: parts.iter().filter_map(|part| part.severity).max(),
        malicious: group.iter().any(|record| record.is_malicious()),
        fixed: not_affected(parts.iter().flat_map(|part| &part.fixed), &affected),
        affected,
    }
}

/// Where records disagree, a version that one of them calls fixed may be affected by another.
fn not_affected<'a>(
    fixed: impl Iterator<Item = &'a EcosystemVersion>,
    affected: &Ranges<EcosystemVersion>,
) -> Vec<EcosystemVersion> {
    let fixed: BTreeSet<&EcosystemVersion> = fixed.collect();
    fixed
        .into_iter()
        .filter(|version| !affected.contains(*version))
        .cloned()
        .collect()
}

/// The id that stands for the others, and the others, sorted.
fn named(ids: &BTreeSet<&str>) -> (String, Vec<String>) {
    let id = ids.iter().min_by_key(|id| rank(id)).copied();
    let aliases = ids
        .iter()
        .filter(|alias| Some(**alias) != id)
        .map(|alias| (*alias).to_owned())
        .collect();
    (id.unwrap_or_default().to_owned(), aliases)
}

/// PyPI's own database comes first, then GitHub's, then any other.
fn rank(id: &str) -> (u8, &str) {
    let database = if id.starts_with("PYSEC-") {
        0
    } else if id.starts_with("GHSA-") {
        1
    } else {
        2
    };
    (database, id)
}

/// Items that share an id, directly or through others, in the order of their first item.
fn groups<'a, T, I>(items: &[&'a T], ids: impl Fn(&'a T) -> I) -> Vec<Vec<&'a T>>
where
    I: Iterator<Item = &'a str>,
{
    let mut parents: Vec<usize> = (0..items.len()).collect();
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for (position, item) in items.iter().enumerate() {
        for id in ids(item) {
            let owner = *owners.entry(id).or_insert(position);
            let (left, right) = (root(&mut parents, owner), root(&mut parents, position));
            if let Some(parent) = parents.get_mut(left.max(right)) {
                *parent = left.min(right);
            }
        }
    }
    let mut grouped: BTreeMap<usize, Vec<&'a T>> = BTreeMap::new();
    for (position, item) in items.iter().enumerate() {
        let first = root(&mut parents, position);
        grouped.entry(first).or_default().push(item);
    }
    grouped.into_values().collect()
}

/// The first item of the group that an item belongs to, shortening the way there.
fn root(parents: &mut [usize], mut position: usize) -> usize {
    while let Some(&parent) = parents.get(position)
        && parent != position
    {
        let grandparent = parents.get(parent).copied().unwrap_or(parent);
        if let Some(entry) = parents.get_mut(position) {
            *entry = grandparent;
        }
        position = grandparent;
    }
    position
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_record;

    fn record(id: &str, aliases: &[&str], package: &str, events: &str) -> OsvRecord {
        let text = format!(
            r#"{{"id": "{id}", "modified": "2024-01-01T00:00:00Z", "aliases": {aliases:?},
                "details": "Details of {id}. More.",
                "affected": [{{"package": {{"ecosystem": "PyPI", "name": "{package}"}},
                "ranges": [{{"type": "ECOSYSTEM", "events": {events}}}]}}]}}"#
        );
        parse_record(text.as_bytes(), "record.json").unwrap()
    }

    const BELOW_1: &str = r#"[{"introduced": "0"}, {"fixed": "1"}]"#;
    const BELOW_2: &str = r#"[{"introduced": "0"}, {"fixed": "2"}]"#;

    #[test]
    fn aliases_are_collapsed_transitively() {
        let records = [
            record("OSV-1", &["CVE-1"], "a", BELOW_1),
            record("GHSA-1", &["CVE-1", "CVE-2"], "a", BELOW_2),
            record("PYSEC-1", &["CVE-2"], "a", BELOW_1),
            record("PYSEC-2", &["CVE-3"], "a", BELOW_1),
        ];
        let packages = collapse(&records);
        let advisories = &packages[&PackageId::pypi("a")];
        assert_eq!(advisories.len(), 2);
        assert_eq!(advisories[0].id, "PYSEC-1");
        assert_eq!(advisories[0].aliases, ["CVE-1", "CVE-2", "GHSA-1", "OSV-1"]);
        assert_eq!(advisories[0].affected.to_string(), "<2");
        assert_eq!(advisories[0].summary, "Details of PYSEC-1.");
        assert_eq!(advisories[1].id, "PYSEC-2");
    }

    #[test]
    fn a_version_that_another_record_calls_affected_is_no_fix() {
        let records = [
            record("PYSEC-1", &[], "a", BELOW_1),
            record("GHSA-1", &["PYSEC-1"], "a", BELOW_2),
        ];
        let packages = collapse(&records);
        let found = packages[&PackageId::pypi("a")][0].to_match();
        assert_eq!(found.fixed, ["2"]);
    }

    #[test]
    fn each_package_of_an_advisory_has_its_own_versions() {
        let records = [
            record("PYSEC-1", &["CVE-1"], "a", BELOW_1),
            record("GHSA-1", &["CVE-1"], "b", BELOW_2),
        ];
        let packages = collapse(&records);
        assert_eq!(
            packages[&PackageId::pypi("a")][0].affected.to_string(),
            "<1"
        );
        assert_eq!(
            packages[&PackageId::pypi("b")][0].affected.to_string(),
            "<2"
        );
        assert_eq!(packages[&PackageId::pypi("b")][0].id, "PYSEC-1");
    }

    #[test]
    fn withdrawn_records_neither_count_nor_connect() {
        let mut bridge = record("GHSA-9", &["PYSEC-1", "PYSEC-2"], "a", BELOW_2);
        bridge.withdrawn = Some(bridge.modified);
        let records = [
            record("PYSEC-1", &[], "a", BELOW_1),
            bridge,
            record("PYSEC-2", &[], "a", BELOW_1),
        ];
        let packages = collapse(&records);
        let advisories = &packages[&PackageId::pypi("a")];
        assert_eq!(advisories.len(), 2);
        assert!(
            advisories
                .iter()
                .all(|advisory| advisory.aliases.is_empty())
        );
    }

    #[test]
    fn a_record_of_the_malicious_packages_makes_the_whole_advisory_malicious() {
        let records = [
            record("GHSA-1", &["MAL-2024-1"], "a", BELOW_1),
            record("PYSEC-1", &["CVE-1"], "a", BELOW_1),
        ];
        let packages = collapse(&records);
        let found: Vec<bool> = packages[&PackageId::pypi("a")]
            .iter()
            .map(|advisory| advisory.malicious)
            .collect();
        assert_eq!(found, [true, false]);
    }

    #[test]
    fn advisories_of_several_sources_are_merged_in_the_same_way() {
        let one = collapse(&[record("PYSEC-1", &["CVE-1"], "a", BELOW_1)]);
        let two = collapse(&[record("MAL-1", &["CVE-1"], "a", BELOW_2)]);
        let both: Vec<Advisory> = one
            .into_values()
            .chain(two.into_values())
            .flatten()
            .collect();
        let merged = merge(&both);
        assert_eq!(merged.len(), 1);
        assert_eq!(merged[0].id, "PYSEC-1");
        assert_eq!(merged[0].aliases, ["CVE-1", "MAL-1"]);
        assert!(merged[0].malicious);
        assert_eq!(merged[0].affected.to_string(), "<2");
    }
}
