//! `holdfast lock`: all environments solved jointly, under the project's policy.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use holdfast_model::{EnvironmentName, PackageId};
use holdfast_project::{Artefacts, GatherOptions, Project};
use holdfast_report::{
    CoreLine, EnvironmentLine, LockChange, LockState, LockSummary, Timings, lock_json, lock_text,
};
use holdfast_rules::{RuleSet, Selection};
use holdfast_solve::{Change, ChangeCause, LockOutcome, Upgrade, UpgradePackages, UpgradePython};
use holdfast_sources::Reach;

use super::judged::{Judged, Part, outcome};
use crate::cli::LockOptions;
use crate::environment::Environment;
use crate::output::{Outcome, Output};
use crate::project;
use crate::solving::{Solved, Wanted, solve};

/// Judges whether the locks are there and are what is asked for; writes nothing.
pub(crate) fn check(
    options: &LockOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let project = project::open(&options.project.directory)?;
    let config = project::configuration(&project)?;
    let picked = project::picked(config, &options.project.environments)?;
    let gathered = GatherOptions {
        environments: Some(picked),
        now: environment.now,
        artefacts: Artefacts::Inspect,
        ..GatherOptions::default()
    };
    let facts = holdfast_project::gather(&project, &gathered)?;
    let selection = Selection::Set(RuleSet::LockCheck);
    let judged = Judged {
        parts: vec![Part::judge(&facts, &selection, &config.policy)],
        selection: &selection,
        root: &project.root,
    };
    Ok(outcome(judged, options.fail, output))
}

/// Locks, and writes what changed.
pub(crate) fn run(
    options: &LockOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let project = project::open(&options.project.directory)?;
    let config = project::configuration(&project)?;
    let wanted = Wanted {
        config,
        picked: project::picked(config, &options.project.environments)?,
        allow: options.allow.clone(),
        upgrade: upgrade(options),
        reach: if options.offline {
            Reach::Offline
        } else {
            Reach::Online
        },
    };
    let mut solved = solve(&project, &wanted, environment, output)?;
    record_artefacts(&project, &mut solved.outcome, output)?;
    let written = if options.dry_run {
        Vec::new()
    } else {
        write(&project, &solved.outcome, environment)?
    };
    for note in without_effect(options, &solved) {
        output.note(&note);
    }
    let summary = summary(&solved, &written, options, environment);
    let text = output.text_or_json(|style| lock_text(&summary, style), || lock_json(&summary))?;
    Ok(Outcome::clean(text))
}

/// Records the model files that the configuration names. They are hashed after solving, and ask for
/// no other versions.
fn record_artefacts(project: &Project, outcome: &mut LockOutcome, output: &Output) -> Result<()> {
    let names: Vec<EnvironmentName> = outcome.locks.iter().map(|lock| lock.name.clone()).collect();
    let records = holdfast_project::artefact_records(project, &names)?;
    for lock in &mut outcome.locks {
        let Some(metadata) = &mut lock.locked.holdfast else {
            continue;
        };
        let artefacts = records.of(&lock.name, Some(metadata));
        if artefacts != metadata.artefacts {
            metadata.artefacts = artefacts;
            lock.state = holdfast_solve::LockState::Changed;
        }
    }
    for path in records.missing() {
        output.note(&format!(
            "`{path}` is not there: what was recorded of it, if anything, is kept"
        ));
    }
    Ok(())
}

/// What was asked for by a name that nothing has: most likely a slip.
fn without_effect(options: &LockOptions, solved: &Solved) -> Vec<String> {
    let locks = &solved.outcome.locks;
    let is_locked = |name: &str| {
        let package = PackageId::pypi(name);
        locks
            .iter()
            .flat_map(|lock| &lock.locked.packages)
            .any(|locked| locked.package == package)
    };
    let upgrades = options
        .upgrade_package
        .iter()
        .filter(|name| !is_locked(name))
        .map(|name| format!("`--upgrade-package {name}` has no effect: no lock has `{name}`"));
    // a record names the advisory, which may be called otherwise on the command line
    let is_any_used = solved
        .outcome
        .exemptions
        .iter()
        .any(|exemption| exemption.reason.starts_with("--allow "));
    let allowed = options
        .allow
        .iter()
        .filter(|_| !is_any_used)
        .map(|id| format!("`--allow {id}` has no effect: nothing that is locked has it"));
    upgrades.chain(allowed).collect()
}

fn upgrade(options: &LockOptions) -> Upgrade {
    let packages: BTreeSet<PackageId> = options
        .upgrade_package
        .iter()
        .map(|name| PackageId::pypi(name))
        .collect();
    Upgrade {
        packages: if options.upgrade {
            UpgradePackages::All
        } else if packages.is_empty() {
            UpgradePackages::None
        } else {
            UpgradePackages::Some(packages)
        },
        python: if options.upgrade_python {
            UpgradePython::Move
        } else {
            UpgradePython::Keep
        },
    }
}

fn write(
    project: &Project,
    outcome: &LockOutcome,
    environment: &Environment,
) -> Result<Vec<EnvironmentName>> {
    let locks: Vec<(EnvironmentName, String)> = outcome
        .locks
        .iter()
        .map(|lock| {
            (
                lock.name.clone(),
                match lock.state {
                    holdfast_solve::LockState::Changed => holdfast_locked::write(&lock.locked),
                    holdfast_solve::LockState::Unchanged => String::new(),
                },
            )
        })
        .filter(|(_, text)| !text.is_empty())
        .collect();
    if locks.is_empty() && holdfast_locked::pending(&project.root).is_none() {
        return Ok(Vec::new());
    }
    let one_at_a_time = environment
        .cache()
        .join("locks")
        .join(project::key(&project.root));
    holdfast_locked::save(&project.root, &locks, &one_at_a_time)
        .context("cannot write the locks")?;
    Ok(locks.into_iter().map(|(name, _)| name).collect())
}

fn summary(
    solved: &Solved,
    written: &[EnvironmentName],
    options: &LockOptions,
    environment: &Environment,
) -> LockSummary {
    let outcome = &solved.outcome;
    let environments = outcome
        .locks
        .iter()
        .map(|lock| {
            let metadata = lock.locked.holdfast.as_ref();
            let distinct: BTreeSet<&PackageId> = lock
                .locked
                .packages
                .iter()
                .map(|package| &package.package)
                .collect();
            EnvironmentLine {
                name: lock.name.clone(),
                python: metadata
                    .map(|metadata| metadata.python.clone())
                    .unwrap_or_default(),
                platforms: metadata
                    .map(|metadata| metadata.platforms.clone())
                    .unwrap_or_default(),
                packages: distinct.len(),
                bytes: lock
                    .locked
                    .packages
                    .iter()
                    .map(holdfast_model::LockedPackage::size)
                    .sum(),
                state: match lock.state {
                    holdfast_solve::LockState::Changed if options.dry_run => LockState::WouldWrite,
                    holdfast_solve::LockState::Changed if written.contains(&lock.name) => {
                        LockState::Written
                    }
                    holdfast_solve::LockState::Changed | holdfast_solve::LockState::Unchanged => {
                        LockState::Unchanged
                    }
                },
            }
        })
        .collect();
    LockSummary {
        environments,
        core: outcome
            .cores
            .iter()
            .find(|core| core.environments.len() > 1)
            .map(|core| CoreLine {
                count: core.packages.len(),
                environments: core.environments.clone(),
            }),
        passed_over: outcome.passed_over.clone(),
        exemptions: outcome.exemptions.clone(),
        changes: outcome.changes.iter().map(change).collect(),
        notes: notes(outcome),
        timings: Timings {
            total: environment.elapsed(),
            solver: solved.solver,
        },
    }
}

fn change(change: &Change) -> LockChange {
    LockChange {
        environment: change.environment.clone(),
        package: change.package.clone(),
        from: change.from.clone(),
        to: change.to.clone(),
        reason: match &change.cause {
            ChangeCause::Refused(reasons) => reasons.join(", "),
            ChangeCause::Upgrade | ChangeCause::Follows => String::new(),
        },
    }
}

/// What the judge remarked on the locks, and what it could not look at; the same reason once.
fn notes(outcome: &LockOutcome) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for gap in &outcome.gaps {
        by_reason.entry(&gap.reason).or_default().insert(&gap.rule);
    }
    let findings: BTreeSet<String> = outcome
        .findings
        .iter()
        .map(|finding| finding.message.clone())
        .collect();
    let gaps = by_reason.into_iter().map(|(reason, rules)| {
        let rules: Vec<&str> = rules.into_iter().collect();
        format!("not evaluated: {}: {reason}", rules.join(", "))
    });
    findings.into_iter().chain(gaps).collect()
}
