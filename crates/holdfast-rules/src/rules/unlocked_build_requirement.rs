//! Something is built, and nothing locks what builds it.

use std::collections::BTreeSet;

use holdfast_model::{
    Declared, Ecosystem, EnvironmentFacts, Layer, LockSource, Locked, LockedPackage, Outcome,
    PackageId, ProjectRole, Purpose, RangeShape, Severity,
};

use crate::answer::Answer;
use crate::{Context, Policy, Rule, text};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unlocked-build-requirement",
    title: "something is built, and nothing locks what builds it",
    severity: Severity::Warning,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("unlocked_build_requirement.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let locked = answer.locked(environment);
        if let Some(locked) = locked {
            for package in &locked.packages {
                judge_locked(&mut answer, environment, package, context.policy);
            }
        }
        if let Some(declared) = answer.declared(environment) {
            judge_declared(&mut answer, environment, declared, locked);
        }
    }
    answer.outcome()
}

/// A locked package without a wheel is built when it is installed.
fn judge_locked(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    package: &LockedPackage,
    policy: &Policy,
) {
    if package.package.ecosystem() != Ecosystem::Pypi || !is_built(package) {
        return;
    }
    let (severity, fix) = if policy.allow_build.contains(&package.package) {
        (Severity::Note, "take a version that ships a wheel as soon as there is one")
    } else {
        (
            Severity::Warning,
            "take a version that ships a wheel, or build one yourself and lock that",
        )
    };
    let finding = RULE
        .finding(Layer::Packages)
        .at(&package.location)
        .message(format!(
            "{} is built when it is installed, by whatever versions its build asks for on the day",
            text::named(&package.package, package.version.as_deref()),
        ))
        .of(environment)
        .subject(package.purl())
        .severity(severity)
        .fix(fix);
    answer.find(finding);
}

fn is_built(package: &LockedPackage) -> bool {
    match package.source {
        LockSource::Vcs { .. } => true,
        LockSource::Registry { .. } | LockSource::Archive { .. } => {
            // some locks record hashes alone, which do not tell
            !package.files.is_empty()
                && package
                    .files
                    .iter()
                    .all(|file| !file.name.is_empty() && !file.is_wheel())
        }
        // the project's own code
        LockSource::Directory { .. } => false,
    }
}

/// What builds an application itself (PEP 518). A library's builds are for its users to choose.
fn judge_declared(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    declared: &Declared,
    locked: Option<&Locked>,
) {
    if declared.role == ProjectRole::Library {
        return;
    }
    let in_lock: BTreeSet<&PackageId> = locked
        .into_iter()
        .flat_map(|locked| &locked.packages)
        .map(|package| &package.package)
        .collect();
    for requirement in &declared.requirements {
        if requirement.purpose != Purpose::Build
            || requirement.range.shape == RangeShape::Exact
            || in_lock.contains(&requirement.package)
        {
            continue;
        }
        let finding = RULE
            .finding(Layer::Packages)
            .at(&requirement.location)
            .message(format!(
                "`{}` builds this project, and nothing says which version",
                requirement.text
            ))
            .of(environment)
            .subject(requirement.package.purl(None))
            .severity(Severity::Note)
            .fix("pin it with `==` in `[build-system]`");
        answer.find(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Environment, check, configured, discovered, facts, judge, lines};

    fn source_only() -> Environment {
        configured("train").locks(&["ffmpy==0.3.2"]).locking(|lock| {
            lock.packages[0].files[0].name = "ffmpy-0.3.2.tar.gz".to_owned();
        })
    }

    #[test]
    fn a_locked_package_without_a_wheel_is_warned_of() {
        assert_eq!(
            lines(&check(&RULE, &facts([source_only()]))),
            ["warning pylock.train.toml:10:1 `ffmpy 0.3.2` is built when it is installed, by whatever versions its build asks for on the day"]
        );
    }

    #[test]
    fn one_whose_build_is_allowed_is_a_note() {
        let policy = Policy {
            allow_build: vec![PackageId::pypi("ffmpy")],
            ..Policy::default()
        };
        let outcome = judge(&RULE, &facts([source_only()]), &policy);
        assert_eq!(outcome.findings[0].severity, Severity::Note);
    }

    fn builds(requirement: &str) -> Environment {
        discovered().declares(&[requirement]).declaring(|declared| {
            declared.requirements[0].purpose = Purpose::Build;
        })
    }

    #[test]
    fn what_builds_an_application_is_noted() {
        assert_eq!(
            lines(&check(&RULE, &facts([builds("setuptools>=61")]))),
            ["note requirements.in:1:1 `setuptools>=61` builds this project, and nothing says which version"]
        );
    }

    #[test]
    fn wheels_pins_libraries_and_bare_hashes_are_quiet() {
        let facts = facts([
            configured("serve").locks(&["numpy==1.26.4"]),
            builds("setuptools==69.0"),
            builds("setuptools").role(ProjectRole::Library),
            builds("setuptools").locks(&["setuptools==69.0"]),
            configured("train").locks(&["numpy==1.26.4"]).locking(|lock| {
                lock.packages[0].files[0].name = String::new();
            }),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn unlocked_build_requirement_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([configured("serve").unreadable_declaration().unreadable_lock()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "gap serve pylock.toml `pylock.toml` cannot be read",
                "gap serve pyproject.toml `pyproject.toml` cannot be read",
            ]
        );
    }
}
