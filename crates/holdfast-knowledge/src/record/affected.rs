//! What a record says of packages: its entries of `affected`, taken together for each package.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{AdvisorySeverity, Ecosystem, PackageId};
use version_ranges::Ranges;

use super::text::{is_id, shortened};
use super::{AffectedPackage, RecordError};
use crate::range::{self, Event};
use crate::version::{EcosystemVersion, covered_ecosystem};
use crate::{cvss, wire};

/// Remarks that are kept of one record; more tell nothing new.
const MOST_REMARKS: usize = 5;

/// What the entries of `affected` say of one package, while they are read.
#[derive(Default)]
struct Entries {
    severity: Option<AdvisorySeverity>,
    sets: Vec<Ranges<EcosystemVersion>>,
    listed: Vec<EcosystemVersion>,
    fixed: Vec<EcosystemVersion>,
    has_git_range: bool,
    has_other_range: bool,
    unreadable: Option<String>,
}

impl Entries {
    fn extend(&mut self, ecosystem: Ecosystem, entry: &wire::Affected) {
        for range in entry.ranges.iter().flatten() {
            if range.kind == "GIT" {
                self.has_git_range = true;
                continue;
            }
            self.has_other_range = true;
            match events(ecosystem, range) {
                Ok(events) => {
                    self.sets.push(range::affected(&events));
                    self.fixed.extend(events.into_iter().filter_map(fixed));
                }
                Err(reason) => self.unreadable = Some(reason),
            }
        }
        // a version that cannot be read cannot be asked for either: looking it up is an error
        self.listed.extend(
            entry
                .versions
                .iter()
                .flatten()
                .filter_map(|text| EcosystemVersion::parse(ecosystem, text)),
        );
        self.severity = self.severity.max(severity(entry.severity.as_deref()));
    }

    /// What is said of the package; and what of it cannot be matched.
    fn finish(
        mut self,
        package: PackageId,
        severity: Option<AdvisorySeverity>,
    ) -> (AffectedPackage, Option<String>) {
        for versions in [&mut self.listed, &mut self.fixed] {
            versions.sort();
            versions.dedup();
        }
        let in_ranges = range::union(&self.sets, []);
        let remark = if let Some(reason) = self.unreadable {
            Some(format!(
                "`{package}` has a range that is passed over: {reason}"
            ))
        } else if !in_ranges.is_empty() || !self.listed.is_empty() {
            None
        } else if self.has_git_range && !self.has_other_range {
            Some(format!(
                "`{package}` has git ranges alone, which name no version"
            ))
        } else {
            Some(format!("`{package}` has no version that is affected"))
        };
        let affected = AffectedPackage {
            package,
            severity: self.severity.or(severity),
            in_ranges,
            listed: self.listed,
            fixed: self.fixed,
        };
        (affected, remark)
    }
}

/// The covered packages that are affected, and what cannot be matched.
pub(super) fn affected_packages(
    entries: &[wire::Affected],
    severity: Option<AdvisorySeverity>,
) -> Result<(Vec<AffectedPackage>, Vec<String>), RecordError> {
    let mut packages: BTreeMap<PackageId, Entries> = BTreeMap::new();
    let mut elsewhere: BTreeSet<String> = BTreeSet::new();
    for entry in entries {
        let Some(package) = &entry.package else {
            elsewhere.insert("a repository".to_owned());
            continue;
        };
        let name = package.name.trim();
        match covered_ecosystem(&package.ecosystem) {
            Some(ecosystem) if is_id(name) => packages
                .entry(PackageId::new(ecosystem, name))
                .or_default()
                .extend(ecosystem, entry),
            Some(_) => {
                elsewhere.insert(format!("the name `{}`", shortened(name)));
            }
            None => {
                elsewhere.insert(format!("`{}`", shortened(&package.ecosystem)));
            }
        }
    }
    if packages.is_empty() {
        let elsewhere: Vec<String> = elsewhere.into_iter().collect();
        return Err(RecordError::NotCovered(if elsewhere.is_empty() {
            "none".to_owned()
        } else {
            shortened(&elsewhere.join(", "))
        }));
    }
    let mut affected = Vec::new();
    let mut remarks = Vec::new();
    for (package, entries) in packages {
        let (package, remark) = entries.finish(package, severity);
        if !package.in_ranges.is_empty() || !package.listed.is_empty() {
            affected.push(package);
        }
        remarks.extend(remark);
    }
    remarks.truncate(MOST_REMARKS);
    if affected.is_empty() {
        return Err(RecordError::NoVersions(remarks.join("; ")));
    }
    Ok((affected, remarks))
}

/// The events of a range, or which of them is none.
fn events(ecosystem: Ecosystem, range: &wire::Range) -> Result<Vec<Event>, String> {
    let version = |event: &str, text: &str| {
        EcosystemVersion::parse(ecosystem, text)
            .ok_or_else(|| format!("`{event}` is `{}`, which is no version", shortened(text)))
    };
    let mut events = Vec::new();
    for event in range.events.iter().flatten() {
        match event.introduced.as_deref() {
            Some("0") => events.push(Event::Introduced(None)),
            Some(text) => events.push(Event::Introduced(Some(version("introduced", text)?))),
            None => {}
        }
        if let Some(text) = &event.fixed {
            events.push(Event::Fixed(version("fixed", text)?));
        }
        if let Some(text) = &event.last_affected {
            events.push(Event::LastAffected(version("last_affected", text)?));
        }
        match event.limit.as_deref() {
            Some("*") => events.push(Event::Limit(None)),
            Some(text) => events.push(Event::Limit(Some(version("limit", text)?))),
            None => {}
        }
    }
    if events.is_empty() {
        return Err("it has no events".to_owned());
    }
    Ok(events)
}

fn fixed(event: Event) -> Option<EcosystemVersion> {
    match event {
        Event::Fixed(version) => Some(version),
        Event::Introduced(_) | Event::LastAffected(_) | Event::Limit(_) => None,
    }
}

pub(super) fn severity(severities: Option<&[wire::Severity]>) -> Option<AdvisorySeverity> {
    severities?
        .iter()
        .filter(|severity| severity.kind == "CVSS_V3")
        .filter_map(|severity| cvss::severity_of_vector(&severity.score))
        .max()
}
