//! Nothing says which Python, to the patch.

use holdfast_model::{
    Declared, Ecosystem, EnvironmentFacts, Layer, Locked, Outcome, PackageId, ProjectRole, Severity,
};
use pep440_rs::Version;

use crate::answer::{Answer, declared_place};
use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unpinned-interpreter",
    title: "nothing says which Python, to the patch",
    severity: Severity::Warning,
    layers: &[Layer::Interpreter],
    sets: &[],
    page: include_str!("unpinned_interpreter.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let locked = answer.locked(environment);
        let declared = answer.declared(environment);
        if locked.is_some_and(locks_a_patch) {
            continue;
        }
        let Some(declared) = declared else {
            if let Some(locked) = locked.filter(|locked| needs_python(&packages_of(locked))) {
                nothing_declared(&mut answer, environment, locked);
            }
            continue;
        };
        judge(&mut answer, environment, declared);
    }
    answer.outcome()
}

fn judge(answer: &mut Answer, environment: &EnvironmentFacts, declared: &Declared) {
    let packages: Vec<&PackageId> = declared.requirements.iter().map(|r| &r.package).collect();
    let nothing_to_run = packages.is_empty() && environment.name.is_none();
    if declared.role == ProjectRole::Library
        || nothing_to_run
        || !needs_python(&packages)
        || declares_a_patch(declared)
    {
        return;
    }
    let place = declared_place(environment);
    let finding = match declared.python.first() {
        Some(python) => RULE
            .finding(Layer::Interpreter)
            .at(&python.location)
            .message(format!(
                "`{}` leaves the patch of Python open, and no lock says which",
                python.text
            )),
        None => RULE.finding(Layer::Interpreter)
                .at(&place)
                .message("nothing says which Python this runs on".to_owned()),
    };
    answer.find(
        finding
            .of(environment)
            .subject("pkg:generic/python")
            .fix(FIX),
    );
}

fn nothing_declared(answer: &mut Answer, environment: &EnvironmentFacts, locked: &Locked) {
    let place = holdfast_model::Location::start_of(locked.file.clone());
    let finding = RULE
        .finding(Layer::Interpreter)
        .at(&place)
        .message(match &locked.requires_python {
            Some(range) => format!(
                "`{}` is for Python `{range}`, and nothing says which patch",
                locked.file
            ),
            None => format!("`{}` does not say which Python it is for", locked.file),
        })
        .of(environment)
        .subject("pkg:generic/python")
        .fix(FIX);
    answer.find(finding);
}

const FIX: &str = "run `holdfast lock`, which locks the patch of the interpreter at hand, or write it into `.python-version`";

fn locks_a_patch(locked: &Locked) -> bool {
    let by_holdfast = locked
        .holdfast
        .as_ref()
        .is_some_and(|lock| is_patch(&lock.python));
    // conda locks carry the interpreter as a package
    by_holdfast
        || locked.packages.iter().any(|package| {
            is_conda_python(&package.package) && package.version.as_deref().is_some_and(is_patch)
        })
}

fn declares_a_patch(declared: &Declared) -> bool {
    let written = declared.python.iter().any(|python| {
        let text = python.text.trim().trim_start_matches("==").trim_start_matches('=');
        is_patch(text.trim_start_matches("cpython-").trim_start_matches("python-").trim())
    });
    written
        || declared.requirements.iter().any(|requirement| {
            is_conda_python(&requirement.package)
                && requirement.range.exact.as_deref().is_some_and(is_patch)
        })
}

fn is_patch(text: &str) -> bool {
    text.parse::<Version>()
        .is_ok_and(|version| version.release().len() >= 3)
}

fn is_conda_python(package: &PackageId) -> bool {
    package.ecosystem() == Ecosystem::Conda && package.name() == "python"
}

fn packages_of(locked: &Locked) -> Vec<&PackageId> {
    locked.packages.iter().map(|package| &package.package).collect()
}

/// A project of npm packages alone runs on something else.
fn needs_python(packages: &[&PackageId]) -> bool {
    packages.is_empty()
        || packages.iter().any(|package| {
            matches!(package.ecosystem(), Ecosystem::Pypi | Ecosystem::Conda)
        })
}

#[cfg(test)]
mod tests {
    use holdfast_model::{LockFormat, VersionRange, RangeShape};

    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    #[test]
    fn an_interpreter_without_a_patch_is_warned_of() {
        let facts = facts([
            discovered().declares(&["numpy"]),
            configured("serve").declares(&["numpy"]).python("3.11"),
            configured("train").declares(&["numpy"]).python(">=3.10,<3.13"),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "warning requirements.in:1:1 nothing says which Python this runs on",
                "warning .python-version:1:1 `3.11` leaves the patch of Python open, and no lock says which",
                "warning .python-version:1:1 `>=3.10,<3.13` leaves the patch of Python open, and no lock says which",
            ]
        );
    }

    #[test]
    fn a_lock_of_another_tool_does_not_say() {
        let facts = facts([discovered().locks(&["numpy==1.26.4"]).locking(|lock| {
            lock.holdfast = None;
            lock.format = LockFormat::Uv;
            lock.file = "uv.lock".to_owned();
            lock.requires_python = Some(">=3.11".to_owned());
        })]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["warning uv.lock:1:1 `uv.lock` is for Python `>=3.11`, and nothing says which patch"]
        );
    }

    #[test]
    fn a_patch_in_the_lock_or_the_declaration_is_enough() {
        let facts = facts([
            configured("serve").declares(&["numpy"]).python("3.11").locks(&["numpy==1.26.4"]),
            discovered().declares(&["numpy"]).python("3.11.7"),
            discovered().declares(&["numpy"]).python("==3.11.7"),
            discovered().declares(&["numpy"]).python("python-3.11.7"),
            discovered().declares(&["numpy"]).role(ProjectRole::Library),
            discovered().declares(&[]),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn conda_and_npm_projects_are_understood() {
        let conda = discovered().declares(&["x"]).declaring(|declared| {
            let requirement = &mut declared.requirements[0];
            requirement.package = PackageId::new(Ecosystem::Conda, "python");
            requirement.range =
                VersionRange::foreign("=3.11.7", RangeShape::Exact, Some("3.11.7".to_owned()));
        });
        let npm = discovered().declares(&["x"]).declaring(|declared| {
            declared.requirements[0].package = PackageId::new(Ecosystem::Npm, "react");
        });
        assert_eq!(lines(&check(&RULE, &facts([conda, npm]))), [""; 0]);
    }

    #[test]
    fn unpinned_interpreter_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([configured("serve").unreadable_declaration()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap serve pyproject.toml `pyproject.toml` cannot be read"]
        );
    }
}
