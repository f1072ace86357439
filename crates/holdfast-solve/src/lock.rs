//! Locking a project: every joint solve, and what to keep.

use std::collections::BTreeMap;

use holdfast_model::{
    EnvironmentName, Evaluation, Exemption, Finding, Gap, Locked, PackageId, PassedOver, Severity,
};
use holdfast_rules::{MissingUploadTime, Policy, RuleSet, Selection, evaluate};
use holdfast_uv::{SolutionError, UvError};

use crate::changes::{Change, changes};
use crate::collaborators::{Advisories, Listener, Packages, Solver};
use crate::conflict::Conflict;
use crate::contents;
use crate::core::{Extended, SharedCore, shared};
use crate::facts::facts;
use crate::joint::{Joint, JointSolution};
use crate::refused::Refused;
use crate::request::{
    Before, LockEnvironment, LockRequest, LockRole, UpgradePackages, UpgradePython,
};

/// Who the loop works with.
pub struct With<'a> {
    /// Finds versions.
    pub solver: &'a dyn Solver,
    /// Knows what indexes have.
    pub packages: &'a dyn Packages,
    /// Advisories, where there are any on this machine.
    pub advisories: Option<&'a dyn Advisories>,
    /// Watches.
    pub listener: &'a dyn Listener,
}

/// What locking came to.
#[derive(Debug)]
pub struct LockOutcome {
    /// The locks of the environments that were to be locked, sorted by name.
    pub locks: Vec<LockedEnvironment>,
    /// The shared parts.
    pub cores: Vec<SharedCore>,
    /// What was passed over, by environment-independent package; sorted.
    pub passed_over: Vec<PassedOver>,
    /// What was let through; sorted.
    pub exemptions: Vec<Exemption>,
    /// What moved against the locks that were there.
    pub changes: Vec<Change>,
    /// Warnings and notes of the judge on what was locked.
    pub findings: Vec<Finding>,
    /// What the judge could not look at.
    pub gaps: Vec<Gap>,
    /// How often the solver was asked, probes included.
    pub solves: usize,
}

/// One environment as locked.
#[derive(Debug)]
pub struct LockedEnvironment {
    /// The environment.
    pub name: EnvironmentName,
    /// Its lock.
    pub locked: Locked,
    /// Whether it is any different from the lock that was there.
    pub state: LockState,
}

/// Whether a lock has to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockState {
    /// It is as it was.
    Unchanged,
    /// It is new or different.
    Changed,
}

/// Why nothing was locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// No set of versions satisfies everything.
    #[error("there is no set of versions that satisfies everything")]
    Conflict(Box<Conflict>),
    /// Findings that no choice of versions mends.
    #[error("what was solved is refused, and no other choice of versions would help")]
    Blocked(Vec<Finding>),
    /// The loop did not end.
    #[error(
        "after {rounds} rounds the solver still chooses versions that are refused; the last were {last}"
    )]
    Endless {
        /// How many rounds.
        rounds: usize,
        /// What was refused last.
        last: String,
    },
    /// The solver could not answer.
    #[error(transparent)]
    Solver(#[from] UvError),
    /// The solver's answer could not be read.
    #[error(transparent)]
    Solution(#[from] SolutionError),
    /// The advisory data could not be read.
    #[error("cannot read the advisory data")]
    Advisories(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The Python version is none that can be solved for.
    #[error("`{0}` is no Python version to lock for: write for example `3.11` or `3.11.7`")]
    Python(String),
    /// A package that belongs to one index would come from another.
    #[error(
        "`{package}` belongs to the index `{index}` alone, and the solver takes it from another: nothing was locked"
    )]
    OtherIndex {
        /// The package.
        package: PackageId,
        /// The index that it belongs to.
        index: String,
    },
    /// An environment that is kept has no lock.
    #[error("environment `{0}` is kept as it is locked, but it has no lock: lock it as well")]
    NothingToKeep(EnvironmentName),
}

/// Locks the environments of a project.
pub fn lock(request: &LockRequest<'_>, with: &With<'_>) -> Result<LockOutcome, LockError> {
    let policy = Policy {
        missing_upload_time: MissingUploadTime::Refuse,
        ..request.policy.clone()
    };
    let mut refused = Refused::default();
    if let Some(kept) = previous_locks(request) {
        let facts = facts(
            kept.iter().map(|(_, lock)| *lock),
            BTreeMap::new(),
            with.advisories,
            request.now,
        )?;
        let evaluation = evaluate(&Selection::Set(RuleSet::Lock), &facts, &policy);
        if !seed(&mut refused, &evaluation) && all_agree(request) {
            return Ok(unchanged(request, with, &kept, evaluation));
        }
    }
    let mut outcome = LockOutcome {
        locks: Vec::new(),
        cores: Vec::new(),
        passed_over: Vec::new(),
        exemptions: Vec::new(),
        changes: Vec::new(),
        findings: Vec::new(),
        gaps: Vec::new(),
        solves: 0,
    };
    for (minor, environments) in by_python(request)? {
        let joint = Joint::new(
            request,
            &policy,
            with,
            (minor, environments),
            refused.clone(),
        );
        let mut solution = joint.solve()?;
        let previous = request
            .environments
            .iter()
            .filter_map(|environment| environment.previous.as_ref());
        let mut locks: Vec<&mut Locked> = solution.locks.iter_mut().collect();
        contents::add(&mut locks, previous, with.packages, with.listener);
        add(&mut outcome, request, solution);
    }
    outcome
        .locks
        .sort_by(|left, right| left.name.cmp(&right.name));
    outcome.passed_over.sort();
    outcome.passed_over.dedup();
    outcome.exemptions.sort();
    outcome.exemptions.dedup();
    outcome.cores = cores(request, &outcome.locks);
    Ok(outcome)
}

/// The locks that are there, if they are all there and are what is asked for.
fn previous_locks<'a>(
    request: &'a LockRequest<'_>,
) -> Option<Vec<(&'a LockEnvironment, &'a Locked)>> {
    if request.before == Before::HalfFinished
        || request.upgrade.packages != UpgradePackages::None
        || request.upgrade.python != UpgradePython::Keep
    {
        return None;
    }
    to_lock(request)
        .map(|environment| {
            let previous = environment.previous.as_ref()?;
            let metadata = previous.holdfast.as_ref()?;
            let is_current = metadata.declarations == environment.digest
                && metadata.platforms == environment.platforms
                && is_patch_of(&metadata.python, &environment.python);
            is_current.then_some((environment, previous))
        })
        .collect()
}

fn to_lock<'a>(request: &'a LockRequest<'_>) -> impl Iterator<Item = &'a LockEnvironment> {
    request
        .environments
        .iter()
        .filter(|environment| environment.role == LockRole::Lock)
}

/// Whether `3.11.7` is what `3.11`, or `3.11.7`, asks for.
fn is_patch_of(patch: &str, wanted: &str) -> bool {
    patch == wanted
        || patch
            .strip_prefix(wanted)
            .is_some_and(|rest| rest.starts_with('.'))
}

/// Notes what the judge refuses of the locks that are there; answers whether there is anything.
fn seed(refused: &mut Refused, evaluation: &Evaluation) -> bool {
    let mut any = false;
    for finding in blocking(evaluation) {
        any = true;
        if let Some(refusal) = &finding.refusal {
            let version = finding.subject.as_deref().and_then(version_of);
            refused.add(&finding.rule, refusal, version.as_ref());
        }
    }
    any
}

/// What keeps a version from being locked: errors, and whatever refuses versions.
pub(crate) fn blocking(evaluation: &Evaluation) -> impl Iterator<Item = &Finding> {
    evaluation
        .findings
        .iter()
        .filter(|finding| finding.waiver.is_none())
        .filter(|finding| finding.severity == Severity::Error || finding.refusal.is_some())
}

/// The version in a package URL.
pub(crate) fn version_of(purl: &str) -> Option<pep440_rs::Version> {
    let (_, version) = purl.rsplit_once('@')?;
    version.replace("%2B", "+").replace("%2b", "+").parse().ok()
}

/// Whether what is locked agrees on the shared part, kept environments included.
fn all_agree(request: &LockRequest<'_>) -> bool {
    let locks = request
        .environments
        .iter()
        .filter_map(|environment| Some((environment, environment.previous.as_ref()?)));
    extended(locks).iter().all(|core| core.skewed.is_empty())
}

fn extended<'a>(locks: impl Iterator<Item = (&'a LockEnvironment, &'a Locked)>) -> Vec<SharedCore> {
    shared(locks.filter_map(|(environment, locked)| {
        Some(Extended {
            core: environment.extends.as_ref()?,
            asks_for: &environment.core,
            name: &environment.name,
            locked,
        })
    }))
}

/// The shared parts, over what was locked and what was kept.
fn cores(request: &LockRequest<'_>, locks: &[LockedEnvironment]) -> Vec<SharedCore> {
    extended(request.environments.iter().filter_map(|environment| {
        let new = locks
            .iter()
            .find(|lock| lock.name == environment.name)
            .map(|lock| &lock.locked);
        Some((environment, new.or(environment.previous.as_ref())?))
    }))
}

/// The locks as they are; what is in their wheels is added where they come from a time before that.
fn unchanged(
    request: &LockRequest<'_>,
    with: &With<'_>,
    kept: &[(&LockEnvironment, &Locked)],
    evaluation: Evaluation,
) -> LockOutcome {
    let metadata = || {
        kept.iter()
            .filter_map(|(_, locked)| locked.holdfast.as_ref())
    };
    let mut passed_over: Vec<PassedOver> = metadata()
        .flat_map(|metadata| metadata.passed_over.clone())
        .collect();
    passed_over.sort();
    passed_over.dedup();
    let mut exemptions: Vec<Exemption> = metadata()
        .flat_map(|metadata| metadata.exemptions.clone())
        .collect();
    exemptions.sort();
    exemptions.dedup();
    let mut completed: Vec<Locked> = kept.iter().map(|(_, locked)| (*locked).clone()).collect();
    let mut locks: Vec<&mut Locked> = completed.iter_mut().collect();
    let known = kept.iter().map(|(_, locked)| *locked);
    contents::add(&mut locks, known, with.packages, with.listener);
    let locks: Vec<LockedEnvironment> = kept
        .iter()
        .zip(completed)
        .map(|((environment, before), locked)| LockedEnvironment {
            name: environment.name.clone(),
            state: if locked == **before {
                LockState::Unchanged
            } else {
                LockState::Changed
            },
            locked,
        })
        .collect();
    LockOutcome {
        cores: cores(request, &locks),
        locks,
        passed_over,
        exemptions,
        changes: Vec::new(),
        findings: remarks(evaluation.findings),
        gaps: evaluation.not_evaluated,
        solves: 0,
    }
}

/// What is worth saying of a lock that was made: not what was waived, which the exemptions tell.
fn remarks(findings: Vec<Finding>) -> Vec<Finding> {
    findings
        .into_iter()
        .filter(|finding| finding.waiver.is_none())
        .collect()
}

/// The environments to lock by Python minor version, with those to keep beside them.
fn by_python<'a>(
    request: &'a LockRequest<'_>,
) -> Result<BTreeMap<String, Vec<&'a LockEnvironment>>, LockError> {
    let mut by_python: BTreeMap<String, Vec<&LockEnvironment>> = BTreeMap::new();
    for environment in to_lock(request) {
        by_python
            .entry(minor_of(&environment.python)?)
            .or_default()
            .push(environment);
    }
    for environment in &request.environments {
        if environment.role == LockRole::Keep
            && environment.previous.is_some()
            && let Some(group) = by_python.get_mut(&minor_of(&environment.python)?)
        {
            group.push(environment);
        }
    }
    Ok(by_python)
}

fn minor_of(python: &str) -> Result<String, LockError> {
    let mut parts = python.split('.');
    match (parts.next(), parts.next().map(str::parse::<u8>)) {
        (Some("3"), Some(Ok(minor))) => Ok(format!("3.{minor}")),
        _ => Err(LockError::Python(python.to_owned())),
    }
}

fn add(outcome: &mut LockOutcome, request: &LockRequest<'_>, solution: JointSolution) {
    for locked in solution.locks {
        let Some(metadata) = &locked.holdfast else {
            continue;
        };
        let name = metadata.environment.clone();
        let environment = request
            .environments
            .iter()
            .find(|candidate| candidate.name == name);
        let previous = environment.and_then(|environment| environment.previous.as_ref());
        if let Some(previous) = previous {
            outcome.changes.extend(changes(
                &name,
                previous,
                &locked,
                &solution.refused,
                &request.upgrade,
            ));
        }
        let kept = previous.filter(|previous| is_same(previous, &locked));
        let state = if kept.is_some() {
            LockState::Unchanged
        } else {
            LockState::Changed
        };
        let locked = kept.cloned().unwrap_or(locked);
        outcome.locks.push(LockedEnvironment {
            name,
            locked,
            state,
        });
    }
    outcome.passed_over.extend(solution.passed_over);
    outcome.exemptions.extend(solution.exemptions);
    outcome.findings.extend(remarks(solution.findings));
    outcome.gaps.extend(solution.gaps);
    outcome.solves += solution.solves;
}

/// Whether a lock says the same as another: what they were judged by, and where their packages are
/// written, aside.
fn is_same(before: &Locked, after: &Locked) -> bool {
    let comparable = |locked: &Locked| {
        let mut locked = locked.clone();
        for package in &mut locked.packages {
            package.location = holdfast_model::Location::start_of("");
        }
        if let Some(metadata) = &mut locked.holdfast {
            metadata.cutoff = None;
            metadata.advisories = None;
            metadata.uv.clear();
            metadata.passed_over.clear();
        }
        locked.file.clear();
        locked.created_by.clear();
        locked
    };
    comparable(before) == comparable(after)
}
