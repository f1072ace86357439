//! One joint solve: the solver and the rules in turn, until nothing blocking is left.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{
    EnvironmentName, Exemption, Finding, Gap, Locked, PackageId, PackagePattern, PassedOver,
    Platform, ProjectReleases, Requirement, RequirementSource,
};
use holdfast_rules::{Policy, RuleSet, Selection, evaluate, exemption};
use holdfast_uv::{Answer, SolveRequest};
use jiff::Timestamp;

use crate::collaborators::{Details, Stage};
use crate::conflict::Conflict;
use crate::facts::facts;
use crate::lock::{LockError, With, blocking};
use crate::metadata::{cutoff, just_after};
use crate::passed_over::passed_over;
use crate::refused::Refused;
use crate::request::{LockEnvironment, LockRequest, LockRole};

mod asking;
mod locks;
mod offers;

/// More rounds than any project needs: one settles ordinary ones.
const ROUNDS: usize = 24;

/// A joint solve in the making.
pub(crate) struct Joint<'a> {
    pub(crate) request: &'a LockRequest<'a>,
    pub(crate) policy: &'a Policy,
    pub(crate) with: &'a With<'a>,
    pub(crate) minor: String,
    /// The environments to lock.
    pub(crate) environments: Vec<&'a LockEnvironment>,
    /// The environments to keep as they are.
    pub(crate) kept: Vec<&'a LockEnvironment>,
    pub(crate) platforms: Vec<Platform>,
    pub(crate) cutoff: Option<Timestamp>,
    pub(crate) refused: Refused,
    /// Packages whose fix may be younger than the holding period, with the limit for each.
    pub(crate) early: BTreeMap<PackageId, Timestamp>,
    pins: BTreeMap<PackageId, String>,
    only_for: Vec<(PackagePattern, &'a str, &'a str)>,
    pub(crate) releases: BTreeMap<PackageId, ProjectReleases>,
    details: BTreeMap<String, Details>,
    /// The locks of the first solution, before anything was refused.
    pub(crate) first: Option<Vec<Locked>>,
    pub(crate) solves: usize,
}

/// What a joint solve came to.
pub(crate) struct JointSolution {
    pub(crate) locks: Vec<Locked>,
    pub(crate) refused: Refused,
    pub(crate) passed_over: Vec<PassedOver>,
    pub(crate) exemptions: Vec<Exemption>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) solves: usize,
}

impl<'a> Joint<'a> {
    pub(crate) fn new(
        request: &'a LockRequest<'a>,
        policy: &'a Policy,
        with: &'a With<'a>,
        (minor, environments): (String, Vec<&'a LockEnvironment>),
        refused: Refused,
    ) -> Self {
        let (environments, kept): (Vec<_>, Vec<_>) = environments
            .into_iter()
            .partition(|environment| environment.role == LockRole::Lock);
        let platforms: BTreeSet<Platform> = environments
            .iter()
            .flat_map(|environment| &environment.platforms)
            .copied()
            .collect();
        let only_for = request
            .routing
            .only_for
            .iter()
            .flat_map(|(index, patterns)| patterns.iter().map(move |pattern| (pattern, index)))
            .map(|(pattern, index)| {
                (
                    PackagePattern::new(pattern),
                    index.name.as_str(),
                    index.url.as_str(),
                )
            })
            .collect();
        Self {
            request,
            policy,
            with,
            minor,
            environments,
            kept,
            platforms: platforms.into_iter().collect(),
            cutoff: cutoff(request.now, policy.holding_period),
            refused,
            early: BTreeMap::new(),
            pins: BTreeMap::new(),
            only_for,
            releases: BTreeMap::new(),
            details: BTreeMap::new(),
            first: None,
            solves: 0,
        }
    }

    /// Solves and judges until nothing blocking is left.
    pub(crate) fn solve(mut self) -> Result<JointSolution, LockError> {
        self.prepare();
        let mut last = String::new();
        for round in 1..=ROUNDS {
            self.with.listener.stage(Stage::Solving { round });
            let solved = match self.ask(&self.solve_request())? {
                Answer::Solved(solved) => solved,
                Answer::Unsolvable { explanation } => {
                    if self.pin_named(&explanation) || self.offer_more() {
                        continue;
                    }
                    return Err(LockError::Conflict(Box::new(Conflict::explain(
                        &mut self,
                        explanation,
                    )?)));
                }
            };
            let environments = solved.solution.split(&self.solve_request())?;
            if self.pin_indexes(&environments)? {
                continue;
            }
            if self.first.is_none() {
                self.first = Some(self.locks(&solved, environments.clone()));
            }
            if self.refuse_without_files(&environments) {
                continue;
            }
            self.look_up_yanked(&solved.yanked);
            self.fetch_details(&environments);
            let locks = self.locks(&solved, environments);
            self.with.listener.stage(Stage::Judging);
            let facts = facts(
                locks.iter(),
                self.releases.clone(),
                self.with.advisories,
                self.request.now,
            )?;
            let evaluation = evaluate(&Selection::Set(RuleSet::Lock), &facts, self.policy);
            let blocking: Vec<Finding> = blocking(&evaluation).cloned().collect();
            if blocking.is_empty() {
                return Ok(self.finish(locks, evaluation.findings, evaluation.not_evaluated));
            }
            if !self.refuse(&blocking) {
                return Err(LockError::Blocked(blocking));
            }
            last = blocking
                .iter()
                .filter_map(|finding| finding.subject.clone())
                .collect::<Vec<_>>()
                .join(", ");
        }
        Err(LockError::Endless {
            rounds: ROUNDS,
            last,
        })
    }

    /// Asks the solver, and counts.
    pub(crate) fn ask(&mut self, request: &SolveRequest) -> Result<Answer, LockError> {
        self.solves += 1;
        Ok(self.with.solver.solve(request)?)
    }

    /// Looks up what is asked for directly, and what early fixes the locks already have.
    fn prepare(&mut self) {
        // indexes are not asked about what does not come from them
        let direct: BTreeSet<PackageId> = self
            .requirements()
            .filter(|(_, requirement)| {
                matches!(requirement.source, RequirementSource::Registry { .. })
            })
            .map(|(_, requirement)| requirement.package.clone())
            .collect();
        let mut wanted: Vec<PackageId> = direct.iter().cloned().collect();
        wanted.extend(self.refused.packages.keys().cloned());
        self.look_up(&wanted);
        for package in direct {
            self.pin_index(&package);
        }
        for locked in self.previous() {
            let Some(metadata) = &locked.holdfast else {
                continue;
            };
            for record in metadata
                .exemptions
                .iter()
                .filter(|record| record.rule == "holding-period")
            {
                let uploaded = locked
                    .packages
                    .iter()
                    .filter(|package| package.package == record.package)
                    .flat_map(|package| &package.files)
                    .filter_map(|file| file.upload_time)
                    .max();
                if let Some(uploaded) = uploaded {
                    self.early
                        .insert(record.package.clone(), just_after(uploaded));
                }
            }
        }
        let refused: Vec<PackageId> = self.refused.packages.keys().cloned().collect();
        for package in refused {
            self.admit_early_fix(&package);
        }
    }

    /// Every requirement of the environments to lock.
    pub(crate) fn requirements(
        &self,
    ) -> impl Iterator<Item = (&'a EnvironmentName, &'a Requirement)> + use<'a> {
        self.environments
            .clone()
            .into_iter()
            .flat_map(|environment| {
                environment
                    .declared
                    .requirements
                    .iter()
                    .map(move |requirement| (&environment.name, requirement))
            })
    }

    /// The requirements of one package.
    pub(crate) fn requirements_of(
        &self,
        package: &PackageId,
    ) -> Vec<(&'a EnvironmentName, &'a Requirement)> {
        let constraints = self
            .environments
            .clone()
            .into_iter()
            .flat_map(|environment| {
                environment
                    .declared
                    .constraints
                    .iter()
                    .map(move |constraint| (&environment.name, constraint))
            });
        self.requirements()
            .chain(constraints)
            .filter(|(_, requirement)| requirement.package == *package)
            .collect()
    }

    fn previous(&self) -> impl Iterator<Item = &'a Locked> + use<'a> {
        self.environments
            .clone()
            .into_iter()
            .filter_map(|environment| environment.previous.as_ref())
    }

    fn finish(
        mut self,
        mut locks: Vec<Locked>,
        findings: Vec<Finding>,
        gaps: Vec<Gap>,
    ) -> JointSolution {
        self.with.listener.stage(Stage::Explaining);
        let mut exemptions: Vec<Exemption> = findings.iter().filter_map(exemption).collect();
        for locked in &mut locks {
            let Some(metadata) = &mut locked.holdfast else {
                continue;
            };
            let of_environment = findings
                .iter()
                .filter(|finding| finding.environment.as_ref() == Some(&metadata.environment))
                .filter_map(exemption);
            metadata.exemptions.extend(of_environment);
            metadata.exemptions.sort();
            metadata.exemptions.dedup();
            exemptions.extend(metadata.exemptions.iter().cloned());
        }
        exemptions.sort();
        exemptions.dedup();
        let passed_over = passed_over(&mut self, &locks);
        for locked in &mut locks {
            let present: BTreeSet<PackageId> = locked
                .packages
                .iter()
                .map(|package| package.package.clone())
                .collect();
            if let Some(metadata) = &mut locked.holdfast {
                metadata.passed_over = passed_over
                    .iter()
                    .filter(|passed| present.contains(&passed.package))
                    .cloned()
                    .collect();
            }
        }
        JointSolution {
            locks,
            refused: self.refused,
            passed_over,
            exemptions,
            findings,
            gaps: gaps
                .into_iter()
                .filter(|gap| gap.rule != "yanked-release")
                .collect(),
            solves: self.solves,
        }
    }
}
