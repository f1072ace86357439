//! A solution as locks, with what the wheels' own metadata tells.

use std::collections::BTreeMap;

use holdfast_model::{Exemption, Locked, LockedFile, LockedPackage};
use holdfast_uv::{Machines, Solved, SolvedEnvironment};

use crate::collaborators::{Advisories, Stage};
use crate::enrich::{enrich, wheel};
use crate::metadata::{Common, lock};
use crate::request::{LockEnvironment, UpgradePython};

use super::Joint;

impl Joint<'_> {
    /// What a locked package depends on, by its wheel's metadata.
    pub(crate) fn requires(&self, package: &LockedPackage) -> &[String] {
        wheel(package)
            .and_then(LockedFile::sha256)
            .and_then(|digest| self.details.get(digest.hex()))
            .map_or(&[], |details| &details.requires)
    }

    pub(super) fn fetch_details(&mut self, environments: &[SolvedEnvironment]) {
        let missing: BTreeMap<&str, &LockedFile> = environments
            .iter()
            .flat_map(|environment| &environment.packages)
            .filter_map(wheel)
            .filter_map(|file| Some((file.sha256()?.hex(), file)))
            .filter(|(digest, _)| !self.details.contains_key(*digest))
            .collect();
        if missing.is_empty() {
            return;
        }
        self.with.listener.stage(Stage::Metadata {
            wheels: missing.len(),
        });
        let files: Vec<&LockedFile> = missing.into_values().collect();
        self.details.extend(self.with.packages.details(&files));
    }

    pub(super) fn locks(
        &self,
        solved: &Solved,
        environments: Vec<SolvedEnvironment>,
    ) -> Vec<Locked> {
        let minor = self.machine().minor;
        environments
            .into_iter()
            .filter_map(|mut solved_environment| {
                let environment = self
                    .environments
                    .iter()
                    .find(|candidate| candidate.name == solved_environment.name)?;
                let machines = Machines::new(minor, &environment.platforms).ok();
                for package in &mut solved_environment.packages {
                    enrich(package, &self.details, machines.as_ref());
                }
                let exemptions = self.early_exemptions(&solved_environment);
                Some(lock(
                    environment,
                    solved_environment,
                    &self.common(environment, solved),
                    exemptions,
                ))
            })
            .collect()
    }

    pub(super) fn common(&self, environment: &LockEnvironment, solved: &Solved) -> Common {
        let configured = environment.python.matches('.').count() > 1;
        let locked = environment
            .previous
            .as_ref()
            .and_then(|previous| previous.holdfast.as_ref())
            .map(|metadata| metadata.python.clone())
            .filter(|patch| patch.starts_with(&format!("{}.", self.minor)))
            .filter(|_| self.request.upgrade.python == UpgradePython::Keep);
        let patch = if configured {
            environment.python.clone()
        } else {
            locked
                .or_else(|| solved.python.clone())
                .unwrap_or_else(|| self.minor.clone())
        };
        Common {
            minor: self.minor.clone(),
            patch,
            cutoff: self.cutoff,
            advisories: self.with.advisories.and_then(Advisories::digest),
            uv: self.with.solver.version().to_owned(),
        }
    }

    /// The records of early fixes that were taken.
    pub(super) fn early_exemptions(&self, solved: &SolvedEnvironment) -> Vec<Exemption> {
        let Some(cutoff) = self.cutoff else {
            return Vec::new();
        };
        solved
            .packages
            .iter()
            .filter(|package| self.early.contains_key(&package.package))
            .filter(|package| {
                package
                    .files
                    .iter()
                    .any(|file| file.upload_time.is_some_and(|time| time > cutoff))
            })
            .filter_map(|package| {
                let reasons = self.refused.packages.get(&package.package).map(|refused| {
                    refused
                        .reasons
                        .iter()
                        .map(|(reason, _)| reason.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                });
                Some(Exemption {
                    package: package.package.clone(),
                    version: package.version.clone()?,
                    rule: "holding-period".to_owned(),
                    reason: reasons.map_or_else(
                        || "fixes a known vulnerability".to_owned(),
                        |reasons| format!("fixes {reasons}"),
                    ),
                })
            })
            .collect()
    }
}
