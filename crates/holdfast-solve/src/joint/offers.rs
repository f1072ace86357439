//! What was refused, and what that leaves to the solver.

use holdfast_model::{Finding, PackageId, ProjectReleases, Refusal, Release, ReleaseFile};
use holdfast_uv::{SolvedEnvironment, WithoutFiles, Yanked};
use jiff::Timestamp;
use pep440_rs::Version;
use version_ranges::Ranges;

use crate::admissible::{Machine, is_asked_for, is_old_enough};
use crate::lock::version_of;
use crate::metadata::just_after;
use crate::refused::Candidate;

use super::Joint;

/// The rule that knows one release at a time.
const LICENCE_RULE: &str = "denied-licence";

impl Joint<'_> {
    /// Asks the indexes about packages that were not asked about before.
    pub(crate) fn look_up(&mut self, packages: &[PackageId]) {
        let missing: Vec<PackageId> = packages
            .iter()
            .filter(|package| !self.releases.contains_key(*package))
            .cloned()
            .collect();
        if !missing.is_empty() {
            self.releases.extend(self.with.packages.releases(&missing));
        }
    }

    pub(crate) fn machine(&self) -> Machine<'_> {
        let minor = self
            .minor
            .strip_prefix("3.")
            .and_then(|minor| minor.parse().ok())
            .unwrap_or(0);
        Machine {
            minor,
            platforms: &self.platforms,
            allow_build: &self.policy.allow_build,
        }
    }

    /// The releases of a package that install here and that its direct requirements admit.
    pub(crate) fn candidates(&self, package: &PackageId) -> Vec<Candidate> {
        let Some(releases) = self.releases.get(package) else {
            return Vec::new();
        };
        let requirements = self.requirements_of(package);
        let mut candidates = self.machine().candidates(package, releases);
        candidates.retain(|candidate| is_asked_for(&requirements, &candidate.version));
        candidates
    }

    /// The newest upload time that is admitted of a package.
    pub(crate) fn limit(&self, package: &PackageId) -> Option<Timestamp> {
        self.early.get(package).copied().or(self.cutoff)
    }

    /// The intervals that what was refused leaves of a package, from the newest.
    pub(crate) fn offers(&self, package: &PackageId) -> Vec<Ranges<Version>> {
        let Some(refused) = self.refused.packages.get(package) else {
            return Vec::new();
        };
        let versions: Vec<Version> = self
            .candidates(package)
            .into_iter()
            .filter(|candidate| {
                refused.is_about_security() || is_old_enough(candidate, self.limit(package))
            })
            .map(|candidate| candidate.version)
            .collect();
        refused.intervals(&versions)
    }

    /// What the solver is offered of a refused package.
    pub(super) fn offer(&self, package: &PackageId) -> Ranges<Version> {
        let offers = self.offers(package);
        let refused = self.refused.packages.get(package);
        let chosen = refused.and_then(|refused| offers.get(refused.interval));
        chosen.cloned().unwrap_or_else(|| {
            // no release is known to be left: everything above what was refused
            let left = refused.map_or_else(Ranges::full, |refused| refused.versions.complement());
            let newest = left
                .iter()
                .last()
                .map(|(from, to)| Ranges::from_range_bounds((from.clone(), to.clone())));
            newest.unwrap_or_else(Ranges::empty)
        })
    }

    /// Where everything that is offered of a package is too young, and it was refused because of
    /// advisories: admits the first release that is offered.
    pub(super) fn admit_early_fix(&mut self, package: &PackageId) {
        let is_security = self
            .refused
            .packages
            .get(package)
            .is_some_and(crate::refused::RefusedVersions::is_about_security);
        if !is_security || self.cutoff.is_none() {
            return;
        }
        let offer = self.offer(package);
        let offered: Vec<Candidate> = self
            .candidates(package)
            .into_iter()
            .filter(|candidate| offer.contains(&candidate.version))
            .collect();
        if offered
            .iter()
            .any(|candidate| is_old_enough(candidate, self.limit(package)))
        {
            return;
        }
        if let Some(uploaded) = offered
            .iter()
            .filter_map(|candidate| candidate.uploaded)
            .min()
        {
            self.early.insert(package.clone(), just_after(uploaded));
        }
    }

    /// There is no solution: offers the next older interval of a refused package that has one.
    pub(super) fn offer_more(&mut self) -> bool {
        let packages: Vec<PackageId> = self.refused.packages.keys().cloned().collect();
        for package in packages {
            let offers = self.offers(&package).len();
            if let Some(refused) = self.refused.packages.get_mut(&package)
                && refused.interval + 1 < offers
            {
                refused.interval += 1;
                return true;
            }
        }
        false
    }

    /// Refuses what the judge refuses; answers whether that is any news.
    pub(super) fn refuse(&mut self, blocking: &[Finding]) -> bool {
        let mut is_news = false;
        let mut packages = Vec::new();
        for finding in blocking {
            let Some(refusal) = &finding.refusal else {
                continue;
            };
            let version = finding.subject.as_deref().and_then(version_of);
            is_news |= self.refused.add(&finding.rule, refusal, version.as_ref());
            if finding.rule == LICENCE_RULE {
                self.refused.give_up_older(&refusal.package, LICENCE_RULE);
            }
            packages.push(refusal.package.clone());
        }
        self.look_up(&packages);
        for package in packages {
            self.admit_early_fix(&package);
        }
        is_news
    }

    /// Refuses versions without a file for one of the platforms.
    pub(super) fn refuse_without_files(&mut self, environments: &[SolvedEnvironment]) -> bool {
        let without: Vec<&WithoutFiles> = environments
            .iter()
            .flat_map(|environment| &environment.without_files)
            .collect();
        let packages: Vec<PackageId> = without
            .iter()
            .map(|without| without.package.clone())
            .collect();
        self.look_up(&packages);
        let mut is_news = false;
        for without in without {
            let Ok(version) = without.version.parse::<Version>() else {
                continue;
            };
            let machine = self.machine();
            let versions = self.releases.get(&without.package).map_or_else(
                || Ranges::singleton(version.clone()),
                |releases| {
                    uninstallable(releases, |release| {
                        machine.installs(&without.package, release)
                    })
                },
            );
            let refusal = Refusal {
                package: without.package.clone(),
                versions: versions.union(&Ranges::singleton(version.clone())),
                reason: format!("no wheel for {}", without.platform),
            };
            is_news |= self.refused.add("no-wheel", &refusal, Some(&version));
        }
        is_news
    }

    /// The solver names the yanked releases that it chose; the rule wants to know all of a project's.
    pub(super) fn look_up_yanked(&mut self, yanked: &[Yanked]) {
        let packages: Vec<PackageId> = yanked.iter().map(|yanked| yanked.package.clone()).collect();
        self.look_up(&packages);
        for yanked in yanked {
            let Ok(version) = yanked.version.parse::<Version>() else {
                continue;
            };
            let known = self.releases.entry(yanked.package.clone()).or_default();
            if known.release(&version).is_none() {
                known.releases.push(Release {
                    version,
                    files: vec![ReleaseFile {
                        name: String::new(),
                        upload_time: None,
                        yanked: Some(yanked.reason.clone().unwrap_or_default()),
                        requires_python: None,
                    }],
                });
                known
                    .releases
                    .sort_by(|left, right| left.version.cmp(&right.version));
            }
        }
    }
}

/// The releases that do not install, neighbours joined; what comes later may.
fn uninstallable(
    releases: &ProjectReleases,
    installs: impl Fn(&Release) -> bool,
) -> Ranges<Version> {
    let mut ranges = Ranges::empty();
    let mut run: Option<(&Version, &Version)> = None;
    for release in &releases.releases {
        if installs(release) {
            if let Some((first, last)) = run.take() {
                ranges = ranges.union(&Ranges::from_range_bounds(first.clone()..=last.clone()));
            }
        } else {
            run = Some((
                run.map_or(&release.version, |(first, _)| first),
                &release.version,
            ));
        }
    }
    if let Some((first, last)) = run {
        ranges = ranges.union(&Ranges::from_range_bounds(first.clone()..=last.clone()));
    }
    ranges
}
