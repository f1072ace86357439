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
        if names.contains(&requirement.package) || !is_for_this_lock(requirement, environment, locked)
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
        | LockFormat::Pdm
        | LockFormat::Pixi
        | LockFormat::Npm => true,
        LockFormat::Pylock
        | LockFormat::Requirements
        | LockFormat::CondaLock
        | LockFormat::CondaExplicit => false,
    };
    // a configured environment declares only the groups and extras that it takes
    let takes_all = environment.name.is_some() || locks_all;
    let purpose = match &requirement.purpose {
        Purpose::Runtime => true,
        Purpose::Group(group) => takes_all || locked.groups.dependency_groups.contains(group),
        Purpose::Extra(extra) => takes_all || locked.groups.extras.contains(extra),
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
