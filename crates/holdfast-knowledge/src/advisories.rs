//! The machine's advisory store, and what a project adds to it.

use std::collections::BTreeMap;

use holdfast_model::{AdvisoryData, AdvisoryMatch, Digest, PackageId};
use sha2::{Digest as _, Sha256};

use crate::advisory::{Advisory, collapse, merge};
use crate::import::digest;
use crate::record::OsvRecord;
use crate::store::{AdvisoryStore, StoreError, versions_of};

/// Everything that is known of advisories in one run.
#[derive(Debug, Default)]
pub struct Advisories {
    store: Option<AdvisoryStore>,
    /// Records of the project's own folders, by id.
    records: BTreeMap<String, OsvRecord>,
    packages: BTreeMap<PackageId, Vec<Advisory>>,
}

impl Advisories {
    /// The store of the machine, or nothing yet.
    pub fn new(store: Option<AdvisoryStore>) -> Self {
        Self {
            store,
            ..Self::default()
        }
    }

    /// Adds records of a project's own. They add to the store's: one that is an alias of a stored
    /// record widens it. Of several with one id, the one modified last counts.
    pub fn add_records(&mut self, records: Vec<OsvRecord>) {
        for record in records {
            let newer = self
                .records
                .get(&record.id)
                .is_none_or(|known| known.modified < record.modified);
            if newer {
                self.records.insert(record.id.clone(), record);
            }
        }
        self.packages = collapse(&self.own_records());
    }

    /// The store that was given, if any.
    pub fn store(&self) -> Option<&AdvisoryStore> {
        self.store.as_ref()
    }

    /// Whether nothing is known at all.
    pub fn is_empty(&self) -> bool {
        self.store.is_none() && self.records.is_empty()
    }

    /// What was consulted: the store's data, with the digest and count of everything added.
    ///
    /// Nothing without a store: a project's own records speak of a few packages, and no one could
    /// call the others clean because of them. [`Advisories::digest`] tells of them all the same.
    pub fn data(&self) -> Option<AdvisoryData> {
        let stored = self.store.as_ref()?.data();
        let own = self
            .records
            .values()
            .filter(|record| record.withdrawn.is_none());
        Some(AdvisoryData {
            digest: self.digest().unwrap_or_else(|| stored.digest.clone()),
            count: stored.count + own.fold(0, |count, _| count + 1),
            ..stored.clone()
        })
    }

    /// Digest over the store and all records that were added; nothing where there are neither.
    pub fn digest(&self) -> Option<Digest> {
        let stored = self.store.as_ref().map(|store| store.data().digest.clone());
        if self.records.is_empty() {
            return stored;
        }
        let own = digest(&self.own_records());
        Some(match stored {
            None => own,
            Some(stored) => combined(&stored, &own),
        })
    }

    /// The advisories that affect `version` of `package`, sorted by id; aliases are collapsed over
    /// the store and what was added to it.
    ///
    /// A local version (`2.3.0+cu121`) is also affected where the release that it extends is. Empty
    /// means clean only where [`Advisories::data`] covers the package's ecosystem.
    pub fn matches(
        &self,
        package: &PackageId,
        version: &str,
    ) -> Result<Vec<AdvisoryMatch>, StoreError> {
        if !self.packages.contains_key(package) {
            return match &self.store {
                Some(store) => store.matches(package, version),
                None => Ok(Vec::new()),
            };
        }
        let versions = versions_of(package, version)?;
        Ok(self
            .all(package)?
            .iter()
            .filter(|advisory| {
                versions
                    .iter()
                    .any(|version| advisory.affected.contains(version))
            })
            .map(Advisory::to_match)
            .collect())
    }

    /// Every advisory of `package`, whichever versions it affects; sorted by id.
    pub fn of_package(&self, package: &PackageId) -> Result<Vec<AdvisoryMatch>, StoreError> {
        Ok(self.all(package)?.iter().map(Advisory::to_match).collect())
    }

    fn all(&self, package: &PackageId) -> Result<Vec<Advisory>, StoreError> {
        let mut advisories = match &self.store {
            Some(store) => store.all(package)?,
            None => Vec::new(),
        };
        if let Some(own) = self.packages.get(package) {
            advisories.extend(own.iter().cloned());
            advisories = merge(&advisories);
        }
        Ok(advisories)
    }

    fn own_records(&self) -> Vec<OsvRecord> {
        self.records.values().cloned().collect()
    }
}

fn combined(stored: &Digest, own: &Digest) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(stored.to_string());
    hasher.update(b"\n");
    hasher.update(own.to_string());
    Digest::sha256(&hasher.finalize().into())
}
