//! A requirement of an application names no exact version, and no lock does.

use std::collections::BTreeSet;

use holdfast_model::{
    Declared, Ecosystem, EnvironmentFacts, Layer, Observed, Outcome, PackageId, ProjectRole, Purpose,
    RangeShape, Requirement, RequirementSource, Severity,
};

use crate::answer::Answer;
use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unpinned-requirement",
    title: "a requirement names no exact version, and no lock does",
    severity: Severity::Warning,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("unpinned_requirement.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(declared) = answer.declared(environment) else {
            continue;
        };
        if declared.role == ProjectRole::Library {
            continue;
        }
        match &environment.locked {
            Observed::Present(_) => {}
            Observed::Unreadable { .. } => {
                answer.locked(environment);
            }
            Observed::Absent { .. } | Observed::NotLookedFor => {
                judge(&mut answer, environment, declared);
            }
        }
    }
    answer.outcome()
}

fn judge(answer: &mut Answer, environment: &EnvironmentFacts, declared: &Declared) {
    let pinned_elsewhere: BTreeSet<&PackageId> = declared
        .constraints
        .iter()
        .filter(|constraint| is_exact(constraint))
        .map(|constraint| &constraint.package)
        .collect();
    for requirement in &declared.requirements {
        if !is_concerned(requirement)
            || is_exact(requirement)
            || pinned_elsewhere.contains(&requirement.package)
        {
            continue;
        }
        let message = if requirement.range.shape == RangeShape::Any {
            format!("`{}` names no version, and no lock does", requirement.package)
        } else {
            format!(
                "`{}` admits more than one version (`{}`), and no lock chooses",
                requirement.package, requirement.range.text
            )
        };
        let finding = RULE
            .finding(Layer::Packages)
            .at(&requirement.location)
            .message(message)
            .of(environment)
            .subject(requirement.package.purl(None))
            .fix("run `holdfast lock`, which pins this and all that it needs, or pin it with `==`");
        answer.find(finding);
    }
}

fn is_exact(requirement: &Requirement) -> bool {
    requirement.range.shape == RangeShape::Exact
}

/// Addresses, repositories and directories are pinned by other means than a version, and
/// `unpinned-npm-dependency` speaks of npm.
fn is_concerned(requirement: &Requirement) -> bool {
    matches!(requirement.source, RequirementSource::Registry { .. })
        && requirement.purpose != Purpose::Build
        && requirement.package.ecosystem() != Ecosystem::Npm
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    const REQUIREMENTS: &[&str] = &["numpy", "pandas>=2,<3", "joblib==1.4.2", "scipy==1.11.*"];

    #[test]
    fn every_requirement_of_an_unlocked_application_that_is_not_exact_is_found() {
        let facts = facts([discovered().declares(REQUIREMENTS)]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "warning requirements.in:1:1 `numpy` names no version, and no lock does",
                "warning requirements.in:2:1 `pandas` admits more than one version (`>=2,<3`), and no lock chooses",
                "warning requirements.in:4:1 `scipy` admits more than one version (`==1.11.*`), and no lock chooses",
            ]
        );
    }

    #[test]
    fn a_lock_or_a_constraint_pins() {
        let facts = facts([
            configured("serve").declares(REQUIREMENTS).locks(&["numpy==1.26.4"]),
            configured("train")
                .declares(&["numpy"])
                .constrained_by(&["numpy==1.26.4"]),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn a_library_wants_ranges() {
        let facts = facts([discovered().declares(REQUIREMENTS).role(ProjectRole::Library)]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn directories_and_build_requirements_are_for_other_rules() {
        let facts = facts([discovered()
            .declares(&["fork @ git+https://example.org/fork@v1", "setuptools"])
            .declaring(|declared| declared.requirements[1].purpose = Purpose::Build)]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn unpinned_requirement_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([
            configured("serve").unreadable_declaration(),
            configured("train").declares(REQUIREMENTS).unreadable_lock(),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "gap serve pyproject.toml `pyproject.toml` cannot be read",
                "gap train pylock.toml `pylock.toml` cannot be read",
            ]
        );
    }
}
