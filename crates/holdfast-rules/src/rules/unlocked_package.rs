//! Something is declared or installed that the lock does not have.

use std::collections::BTreeSet;

use holdfast_model::{
    Declared, EnvironmentFacts, Freshness, Installed, Layer, LockFormat, Locked, Outcome,
    PackageId, Purpose, Requirement, RequirementSource, Severity,
};

use crate::answer::Answer;
use crate::versions::installed_place;
use crate::{Context, Rule, marker};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unlocked-package",
    title: "a package is declared or installed and not locked",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("unlocked_package.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(locked) = answer.locked(environment) else {
            continue;
        };
        let names: BTreeSet<&PackageId> = locked.packages.iter().map(|p| &p.package).collect();
        if let Some(declared) = answer.declared(environment) {
            judge_declared(&mut answer, environment, declared, (locked, &names));
        }
        if let Some(installed) = answer.installed(environment) {
            judge_installed(&mut answer, environment, installed, (locked, &names));
        }
    }
    answer.outcome()
}

fn judge_declared(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    declared: &Declared,
    (locked, names): (&Locked, &BTreeSet<&PackageId>),
) {
    for requirement in &declared.requirements {
        if names.contains(&requirement.package)
            || !is_for_this_lock(requirement, environment, locked)
            || is_said_to_be_stale(requirement, environment, locked)
        {
            continue;
        }
        match is_needed(requirement, environment, locked) {
            Needed::No => continue,
            Needed::Unclear(marker) => {
                answer.gap_about(
                    environment,
                    requirement.package.purl(None),
                    format!("whether `{marker}` holds where `{}` is for cannot be told", locked.file),
                );
                continue;
            }
            Needed::Yes => {}
        }
        let finding = RULE
            .finding(Layer::Packages)
            .at(&requirement.location)
            .message(format!("`{}` is declared and not in `{}`", requirement.package, locked.file))
            .of(environment)
            .subject(requirement.package.purl(None))
            .fix("lock again, and commit the lock with the declaration");
        answer.find(finding);
    }
}

/// Whether `stale-lock` says the same of a lock of another tool, on the same line.
fn is_said_to_be_stale(
    requirement: &Requirement,
    environment: &EnvironmentFacts,
    locked: &Locked,
) -> bool {
    let Freshness::Stale(differences) = &environment.freshness else {
        return false;
    };
    let place = &requirement.location;
    let says_it = |it: &holdfast_model::Staleness| {
        (&it.location.file, it.location.line) == (&place.file, place.line)
            && it.message.contains(requirement.package.name())
    };
    locked.holdfast.is_none() && differences.iter().any(says_it)
}

/// Whether a requirement belongs into this lock at all.
fn is_for_this_lock(
    requirement: &Requirement,
    environment: &EnvironmentFacts,
    locked: &Locked,
) -> bool {
    // the project itself, whose name a manifest may not even tell
    let own = matches!(requirement.source, RequirementSource::Path { .. });
    let locks_all = match locked.format {
        LockFormat::Uv
        | LockFormat::Poetry
        | LockFormat::Pipenv
        | LockFormat::Pixi
        | LockFormat::Npm => true,
        // PDM is told which groups and extras to lock, and the lock says which
        LockFormat::Pdm
        | LockFormat::Pylock
        | LockFormat::Requirements
        | LockFormat::CondaLock
        | LockFormat::CondaExplicit => false,
    };
    // a configured environment declares only the groups and extras that it takes
    let takes_all = environment.name.is_some() || locks_all;
    let purpose = match &requirement.purpose {
        Purpose::Runtime => true,
        Purpose::Group(group) => takes_all || locked.groups.dependency_groups.contains(group),
        Purpose::Extra(extra) => {
            // which of its groups are extras PDM's lock does not say
            let is_pdm = locked.format == LockFormat::Pdm;
            takes_all
                || locked.groups.extras.contains(extra)
                || (is_pdm && locked.groups.dependency_groups.contains(extra))
        }
        Purpose::Build => false,
    };
    purpose && !own
}

enum Needed<'a> {
    Yes,
    No,
    /// Under this marker.
    Unclear(&'a str),
}

fn is_needed<'a>(
    requirement: &'a Requirement,
    environment: &EnvironmentFacts,
    locked: &Locked,
) -> Needed<'a> {
    let Some(condition) = &requirement.marker else {
        return Needed::Yes;
    };
    let holds = locked
        .holdfast
        .as_ref()
        .and_then(|lock| marker::holds_on(condition, lock));
    match holds {
        Some(true) => Needed::Yes,
        Some(false) => Needed::No,
        // the tool that solved knew what it left out
        None if environment.freshness == Freshness::Fresh => Needed::No,
        None => Needed::Unclear(condition),
    }
}

fn judge_installed(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    installed: &Installed,
    (locked, names): (&Locked, &BTreeSet<&PackageId>),
) {
    for package in &installed.packages {
        if names.contains(&package.package) || package.package.is_seed() {
            continue;
        }
        let finding = RULE
            .finding(Layer::Packages)
            .at(&installed_place(&installed.root, &package.path))
            .message(format!(
                "`{} {}` is installed and not in `{}`",
                package.package, package.version, locked.file
            ))
            .of(environment)
            .subject(package.package.purl(Some(&package.version)))
            .fix("declare it and lock again, or uninstall it");
        answer.find(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    #[test]
    fn a_requirement_without_a_locked_package_is_an_error() {
        let facts = facts([configured("serve").declares(&["numpy", "pandas"]).locks(&["numpy==1.26.4"])]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["error requirements.in:2:1 `pandas` is declared and not in `pylock.serve.toml`"]
        );
    }

    #[test]
    fn an_installed_package_that_is_not_locked_is_an_error() {
        let facts = facts([configured("serve")
            .locks(&["numpy==1.26.4"])
            .installs(&["numpy==1.26.4", "rich==13.0", "pip==24.0", "setuptools==69.0"])]);
        let outcome = check(&RULE, &facts);
        assert_eq!(
            lines(&outcome),
            ["error .venv/lib/rich.dist-info:1:1 `rich 13.0` is installed and not in `pylock.serve.toml`"]
        );
        assert_eq!(outcome.findings[0].subject.as_deref(), Some("pkg:pypi/rich@13.0"));
    }

    #[test]
    fn what_the_lock_is_not_for_is_quiet() {
        let facts = facts([
            configured("serve")
                .declares(&["numpy", "colorama; sys_platform == 'win32'", "tomli; python_version < '3.11'"])
                .locks(&["numpy==1.26.4"]),
            discovered()
                .declares(&["numpy", "pytest", "setuptools"])
                .declaring(|declared| {
                    declared.requirements[1].purpose = Purpose::Group("dev".to_owned());
                    declared.requirements[2].purpose = Purpose::Build;
                })
                .locks(&["numpy==1.26.4"]),
            discovered()
                .declares(&["own"])
                .declaring(|declared| {
                    declared.requirements[0].source = RequirementSource::Path {
                        path: ".".to_owned(),
                        editable: true,
                    };
                })
                .locks(&["numpy==1.26.4"]),
            discovered().declares(&["numpy"]).lock_missing("pylock.toml"),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn groups_count_where_the_lock_holds_them() {
        let group = |declared: &mut Declared| {
            declared.requirements[0].purpose = Purpose::Group("dev".to_owned());
        };
        let facts = facts([
            configured("train").declares(&["pytest"]).declaring(group).locks(&[]),
            discovered()
                .declares(&["pytest"])
                .declaring(group)
                .locks(&[])
                .locking(|lock| lock.format = LockFormat::Uv),
        ]);
        assert_eq!(check(&RULE, &facts).findings.len(), 2);
    }

    #[test]
    fn extras_that_pdm_was_not_told_to_lock_are_quiet() {
        let project = discovered()
            .declares(&["pytest"])
            .declaring(|declared| {
                declared.requirements[0].purpose = Purpose::Extra("test".to_owned());
            })
            .locks(&[])
            .locking(|lock| lock.format = LockFormat::Pdm);
        assert_eq!(lines(&check(&RULE, &facts([project.clone()]))), [""; 0]);
        let told = project.locking(|lock| lock.groups.dependency_groups = vec!["test".to_owned()]);
        assert_eq!(check(&RULE, &facts([told])).findings.len(), 1);
    }

    #[test]
    fn what_stale_lock_says_of_another_tools_lock_is_not_said_twice() {
        let project = discovered()
            .declares(&["numpy"])
            .locks(&[])
            .locking(|lock| {
                lock.format = LockFormat::Uv;
                lock.holdfast = None;
            });
        let declared = check(&RULE, &facts([project.clone()]));
        let place = declared.findings[0].location.clone().unwrap();
        let stale = project.freshness(Freshness::Stale(vec![holdfast_model::Staleness {
            message: "`numpy` is asked for, and the lock was made without it".to_owned(),
            location: place,
        }]));
        assert_eq!(lines(&check(&RULE, &facts([stale]))), [""; 0]);
    }

    #[test]
    fn markers_of_other_tools_locks_are_judged_by_their_freshness() {
        let project = discovered()
            .declares(&["tomli; python_version < '3.11'"])
            .locks(&[])
            .locking(|lock| lock.holdfast = None);
        let fresh = project.clone().freshness(Freshness::Fresh);
        assert_eq!(lines(&check(&RULE, &facts([fresh]))), [""; 0]);
        assert_eq!(
            lines(&check(&RULE, &facts([project]))),
            ["gap - pkg:pypi/tomli whether `python_full_version < '3.11'` holds where `pylock.x.toml` is for cannot be told"]
        );
    }

    #[test]
    fn unlocked_package_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([
            configured("serve").declares(&["numpy"]).unreadable_lock(),
            configured("train").unreadable_declaration().locks(&[]),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "gap serve pylock.toml `pylock.toml` cannot be read",
                "gap train pyproject.toml `pyproject.toml` cannot be read",
            ]
        );
    }
}
