//! A solution as facts that the rules can judge.

use std::collections::BTreeMap;
use std::sync::Arc;

use holdfast_model::{
    AdvisoryMatch, EnvironmentFacts, Facts, Freshness, Knowledge, Locked, Observed, PackageId,
    ProjectReleases,
};
use jiff::Timestamp;

use crate::collaborators::Advisories;
use crate::lock::LockError;

/// Facts about locks that are not written yet, or are about to be kept.
pub(crate) fn facts<'a>(
    locks: impl Iterator<Item = &'a Locked>,
    releases: BTreeMap<PackageId, ProjectReleases>,
    advisories: Option<&dyn Advisories>,
    now: Timestamp,
) -> Result<Facts, LockError> {
    let mut matches: BTreeMap<(PackageId, String), Vec<AdvisoryMatch>> = BTreeMap::new();
    let mut environments = Vec::new();
    for locked in locks {
        if let Some(advisories) = advisories {
            for package in &locked.packages {
                let Some(version) = &package.version else {
                    continue;
                };
                let key = (package.package.clone(), version.clone());
                if matches.contains_key(&key) {
                    continue;
                }
                let found = advisories
                    .matches(&package.package, version)
                    .map_err(LockError::Advisories)?;
                matches.insert(key, found);
            }
        }
        environments.push(EnvironmentFacts {
            project: String::new(),
            name: locked
                .holdfast
                .as_ref()
                .map(|metadata| metadata.environment.clone()),
            extends: None,
            declared: Observed::NotLookedFor,
            locked: Observed::Present(locked.clone()),
            installed: Observed::NotLookedFor,
            freshness: Freshness::NotApplicable,
        });
    }
    matches.retain(|_, found| !found.is_empty());
    let knowledge = Knowledge {
        advisories: advisories.and_then(Advisories::data),
        matches,
        releases: Arc::new(releases),
    };
    Ok(Facts {
        environments,
        knowledge,
        ..Facts::at(now)
    })
}
