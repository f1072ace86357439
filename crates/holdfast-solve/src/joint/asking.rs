//! The request as it stands: requirements, constraints, preferences and indexes.

use std::collections::BTreeSet;

use holdfast_model::{LockSource, PackageId, Requirement};
use holdfast_uv::{Preference, SolveEnvironment, SolveRequest, SolveSource, SolvedEnvironment};
use pep440_rs::Version;

use crate::lock::LockError;
use crate::refused::specifiers;

use super::Joint;

impl<'a> Joint<'a> {
    /// The request as it stands.
    pub(crate) fn solve_request(&self) -> SolveRequest {
        SolveRequest {
            python: self.minor.clone(),
            platforms: self.platforms.clone(),
            environments: self
                .environments
                .iter()
                .map(|environment| SolveEnvironment {
                    name: environment.name.clone(),
                    extends: environment.extends.clone(),
                    platforms: environment.platforms.clone(),
                    requirements: environment.declared.requirements.clone(),
                })
                .collect(),
            constraints: self.constraints(),
            overrides: texts(
                self.environments
                    .iter()
                    .flat_map(|environment| &environment.declared.overrides),
            ),
            preferences: self.preferences(),
            exclude_newer: self.cutoff,
            exclude_newer_package: self.early.clone(),
            indexes: self.request.routing.indexes(),
            sources: self
                .pins
                .iter()
                .map(|(package, index)| (package.clone(), SolveSource::Index(index.clone())))
                .collect(),
            allow_build: self.policy.allow_build.iter().cloned().collect(),
            network: self.request.network,
            root: self.request.root.clone(),
            scratch: self.request.scratch.clone(),
            variables: self.request.variables.clone(),
        }
    }

    /// Declared constraints, what was refused, what is kept, and the names that sources are pinned for.
    pub(super) fn constraints(&self) -> Vec<String> {
        let mut constraints = texts(
            self.environments
                .iter()
                .flat_map(|environment| &environment.declared.constraints),
        );
        for package in self.refused.packages.keys() {
            let specifiers = specifiers(&self.offer(package));
            if !specifiers.is_empty() {
                constraints.push(format!("{}{specifiers}", package.name()));
            }
        }
        for locked in self
            .kept
            .iter()
            .filter_map(|environment| environment.previous.as_ref())
        {
            constraints.extend(locked.packages.iter().filter_map(|package| {
                let version = package.version.as_ref()?;
                let marker = package
                    .marker
                    .as_ref()
                    .map(|marker| format!(" ; {marker}"))
                    .unwrap_or_default();
                Some(format!("{}=={version}{marker}", package.package.name()))
            }));
        }
        // a bound that excludes nothing: uv forgets constraints without any, and their source with them
        constraints.extend(
            self.pins
                .keys()
                .map(|package| format!("{}>=0", package.name())),
        );
        constraints.sort();
        constraints.dedup();
        constraints
    }

    /// What is locked and may stay.
    pub(super) fn preferences(&self) -> Vec<Preference> {
        let upgrade = &self.request.upgrade.packages;
        let mut preferences: Vec<Preference> = self
            .previous()
            .flat_map(|locked| &locked.packages)
            .filter(|package| !upgrade.includes(&package.package))
            .filter_map(|package| {
                let LockSource::Registry { index } = &package.source else {
                    return None;
                };
                let version = package.version.clone()?;
                let parsed: Version = version.parse().ok()?;
                let is_refused = self
                    .refused
                    .packages
                    .get(&package.package)
                    .is_some_and(|refused| refused.versions.contains(&parsed));
                (!is_refused).then(|| Preference {
                    package: package.package.clone(),
                    version,
                    index: index.clone(),
                })
            })
            .collect();
        preferences.sort();
        preferences.dedup();
        preferences
    }

    /// The index that a package has to come from, by its name.
    pub(crate) fn only_index(&self, package: &PackageId) -> Option<(&'a str, &'a str)> {
        self.only_for
            .iter()
            .find(|(pattern, _, _)| pattern.matches(package))
            .map(|(_, name, url)| (*name, *url))
    }

    pub(super) fn pin_index(&mut self, package: &PackageId) -> bool {
        let Some((name, _)) = self.only_index(package) else {
            return false;
        };
        self.pins.insert(package.clone(), name.to_owned()).is_none()
    }

    /// Pins packages that have to come from one index and that an explanation speaks of; answers
    /// whether any was not pinned before.
    pub(super) fn pin_named(&mut self, explanation: &str) -> bool {
        let names: BTreeSet<&str> = explanation
            .split(|letter: char| {
                !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_' | '.')
            })
            .filter(|name| !name.is_empty())
            .collect();
        let mut is_news = false;
        for name in names {
            is_news |= self.pin_index(&PackageId::pypi(name));
        }
        is_news
    }

    /// Pins packages that have to come from one index; answers whether any came from elsewhere.
    pub(super) fn pin_indexes(
        &mut self,
        environments: &[SolvedEnvironment],
    ) -> Result<bool, LockError> {
        let mut is_news = false;
        for package in environments
            .iter()
            .flat_map(|environment| &environment.packages)
        {
            let Some((name, url)) = self.only_index(&package.package) else {
                continue;
            };
            let comes_from = match &package.source {
                LockSource::Registry { index } => index.as_deref(),
                LockSource::Archive { .. }
                | LockSource::Vcs { .. }
                | LockSource::Directory { .. } => continue,
            };
            if comes_from
                .is_none_or(|index| index.trim_end_matches('/') != url.trim_end_matches('/'))
            {
                if self.pins.contains_key(&package.package) {
                    return Err(LockError::OtherIndex {
                        package: package.package.clone(),
                        index: name.to_owned(),
                    });
                }
                is_news |= self.pin_index(&package.package);
            }
        }
        Ok(is_news)
    }
}

fn texts<'a>(requirements: impl Iterator<Item = &'a Requirement>) -> Vec<String> {
    let mut texts: Vec<String> = requirements.map(holdfast_uv::pep508).collect();
    texts.sort();
    texts.dedup();
    texts
}
