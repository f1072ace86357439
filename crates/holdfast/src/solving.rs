//! Solving a project: everything that the lock's loop needs, brought together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use holdfast_model::{Declared, EnvironmentName, Locked, Observed, PackageId};
use holdfast_project::{Config, GatherOptions, Project};
use holdfast_rules::Policy;
use holdfast_solve::{
    Before, LockEnvironment, LockError, LockOutcome, LockRequest, LockRole, Upgrade, With,
};
use holdfast_sources::Reach;
use holdfast_uv::{Network as SolverNetwork, Uv, UvError};

use crate::advisories::{self, Refresh};
use crate::environment::Environment;
use crate::network::{Door, Network};
use crate::output::Output;
use crate::packages::Indexes;
use crate::progress::{Progress, Shown};
use crate::project;
use crate::solver::{Timed, scratch, uv};

/// What is to be solved.
pub(crate) struct Wanted<'a> {
    pub(crate) config: &'a Config,
    /// The environments to lock; the others are kept.
    pub(crate) picked: Vec<EnvironmentName>,
    /// Advisories that are let through by id.
    pub(crate) allow: Vec<String>,
    pub(crate) upgrade: Upgrade,
    pub(crate) reach: Reach,
}

/// A solution, and how long the solver took for it.
pub(crate) struct Solved {
    pub(crate) outcome: LockOutcome,
    pub(crate) solver: Duration,
}

/// Solves, and writes nothing.
pub(crate) fn solve(
    project: &Project,
    wanted: &Wanted<'_>,
    environment: &Environment,
    output: &Output,
) -> Result<Solved> {
    let progress = Progress::new(if output.shows_progress() {
        Shown::Yes
    } else {
        Shown::No
    });
    let mut environments = environments(project, wanted, environment)?;
    let declared: Vec<&Declared> = environments
        .iter()
        .map(|environment| &environment.declared)
        .collect();
    let network = Network::new(Some(wanted.config), &declared, environment)?;
    let door = Door::open(&network, environment);
    let (refresh, solver_network) = match wanted.reach {
        Reach::Online => (Refresh::WhenOld, SolverNetwork::Allowed),
        Reach::Offline => (Refresh::Never, SolverNetwork::Offline),
    };
    let advisories = advisories::load(Some(project), refresh, &door, environment, output)?;
    let program = uv(&door, &network, wanted.reach, environment, &progress)?;
    choose_interpreters(&mut environments, &program, environment)?;
    let solver = Timed::new(program, environment);
    let packages = Indexes::new(door.client(&network.routing, wanted.reach, environment));
    let policy = Policy {
        allowed: wanted.allow.clone(),
        ..wanted.config.policy.clone()
    };
    let request = LockRequest {
        environments,
        policy: &policy,
        routing: network.solver.clone(),
        upgrade: wanted.upgrade.clone(),
        before: before(project, output),
        now: environment.now,
        network: solver_network,
        root: project::canonical(&project.root),
        scratch: scratch(environment),
        variables: network.variables.clone(),
    };
    let with = With {
        solver: &solver,
        packages: &packages,
        advisories: Some(&advisories),
        listener: &progress,
    };
    let outcome = holdfast_solve::lock(&request, &with).map_err(explained)?;
    progress.finish();
    if let Some(mismatch) = packages.mismatch() {
        return Err(anyhow::Error::from(mismatch).context("nothing was locked"));
    }
    for failure in packages.failures() {
        output.note(&failure);
    }
    Ok(Solved {
        outcome,
        solver: solver.taken(),
    })
}

fn before(project: &Project, output: &Output) -> Before {
    if holdfast_locked::pending(&project.root).is_none() {
        return Before::Whole;
    }
    output.note("the last run was interrupted before it had written every lock: all of them are locked again");
    Before::HalfFinished
}

/// Every environment that has a lock, with its declarations and the lock that is there.
fn environments(
    project: &Project,
    wanted: &Wanted<'_>,
    environment: &Environment,
) -> Result<Vec<LockEnvironment>> {
    let config = wanted.config;
    let all: Vec<EnvironmentName> = config.locked_environments().into_iter().cloned().collect();
    let mut locks = previous(project, &all, environment)?;
    let mut environments = Vec::new();
    for name in &all {
        let declared = holdfast_project::environment_declared(project, name)?;
        let extends = config
            .environments
            .get(name)
            .and_then(|environment| environment.extends.as_ref());
        let extends = extends.map(|parent| parent.value.clone());
        let core = match &extends {
            Some(parent) => names(&holdfast_project::environment_declared(project, parent)?),
            None => BTreeSet::new(),
        };
        environments.push(LockEnvironment {
            name: name.clone(),
            // where there is none yet, `choose_interpreters` finds it
            python: python(config, name, &declared, locks.get(name)).unwrap_or_default(),
            platforms: project::platforms(config, name)?,
            digest: holdfast_project::declarations_digest(project, name)?,
            previous: locks.remove(name),
            role: if wanted.picked.contains(name) {
                LockRole::Lock
            } else {
                LockRole::Keep
            },
            extends,
            core,
            declared,
        });
    }
    Ok(environments)
}

fn names(declared: &Declared) -> BTreeSet<PackageId> {
    declared
        .requirements
        .iter()
        .map(|requirement| requirement.package.clone())
        .collect()
}

/// The interpreter: as configured, else that of the lock where the files still admit it.
fn python(
    config: &Config,
    name: &EnvironmentName,
    declared: &Declared,
    previous: Option<&Locked>,
) -> Option<String> {
    if let Some(python) = config.python_of(name) {
        return Some(python.value.to_string());
    }
    let locked = &previous?.holdfast.as_ref()?.python;
    let version: pep440_rs::Version = locked.parse().ok()?;
    let admits = specifiers(declared).all(|specifiers| specifiers.contains(&version));
    let (minor, _) = locked.rsplit_once('.')?;
    admits.then(|| minor.to_owned())
}

fn specifiers(declared: &Declared) -> impl Iterator<Item = &pep440_rs::VersionSpecifiers> {
    declared
        .python
        .iter()
        .filter_map(|python| python.specifiers.as_ref())
}

/// Where nobody says which Python is meant, it is the interpreter at hand that the files admit.
fn choose_interpreters(
    environments: &mut [LockEnvironment],
    uv: &Uv,
    environment: &Environment,
) -> Result<()> {
    let scratch = scratch(environment);
    let unsaid = environments
        .iter_mut()
        .filter(|wanted| wanted.python.is_empty());
    for wanted in unsaid {
        fs_err::create_dir_all(&scratch)?;
        let within: Vec<String> = specifiers(&wanted.declared)
            .map(ToString::to_string)
            .collect();
        let name = &wanted.name;
        let found = uv
            .interpreter(&within.join(","), &scratch)
            .with_context(|| {
                format!(
                    "there is no Python at hand for environment `{name}`: install one, or set `python = \"3.11\"` under `[environments.{name}]`"
                )
            })?;
        wanted.python = found
            .rsplit_once('.')
            .map_or_else(|| found.clone(), |(minor, _)| minor.to_owned());
    }
    Ok(())
}

/// The locks that are there. One that cannot be read stops the run, so that nothing of it is lost.
fn previous(
    project: &Project,
    names: &[EnvironmentName],
    environment: &Environment,
) -> Result<BTreeMap<EnvironmentName, Locked>> {
    let options = GatherOptions {
        environments: Some(names.to_vec()),
        now: environment.now,
        ..GatherOptions::default()
    };
    let mut locks = BTreeMap::new();
    for facts in holdfast_project::gather(project, &options)?.environments {
        match (facts.name, facts.locked) {
            (Some(name), Observed::Present(locked)) => {
                locks.insert(name, locked);
            }
            (_, Observed::Unreadable { location, reason }) => bail!(
                "{location}: {reason}; the lock is left as it is: mend it, or remove it to lock anew"
            ),
            (_, Observed::Present(_) | Observed::Absent { .. } | Observed::NotLookedFor) => {}
        }
    }
    Ok(locks)
}

/// Adds what the solver and the judge said to what went wrong.
fn explained(error: LockError) -> anyhow::Error {
    match error {
        LockError::Conflict(conflict) => {
            anyhow!("there is no set of versions that satisfies everything\n\n{conflict}")
        }
        LockError::Blocked(findings) => {
            let lines: Vec<String> = findings
                .iter()
                .map(|finding| format!("  {}: {}", finding.rule, finding.message))
                .collect();
            anyhow!(
                "what was solved is refused, and no other choice of versions would help\n\n{}",
                lines.join("\n")
            )
        }
        LockError::Solver(error) => {
            let details = match &error {
                UvError::NotCached { packages, .. } if !packages.is_empty() => {
                    Some("run `holdfast lock` once without `--offline`".to_owned())
                }
                UvError::NoInterpreter { details, .. }
                | UvError::NotCached { details, .. }
                | UvError::Build { details, .. }
                | UvError::Index { details, .. }
                | UvError::Failed { details, .. } => Some(details.clone()),
                UvError::Start { .. } | UvError::Scratch { .. } | UvError::Solution(_) => None,
            };
            match details {
                Some(details) if !details.is_empty() => anyhow!("{error}\n\n{details}"),
                _ => error.into(),
            }
        }
        LockError::Endless { .. }
        | LockError::Solution(_)
        | LockError::Advisories(_)
        | LockError::Python(_)
        | LockError::OtherIndex { .. }
        | LockError::NothingToKeep(_) => error.into(),
    }
}
