//! A requirement lacks the bound that its project should give.

use std::collections::BTreeSet;

use holdfast_model::{
    Declared, Ecosystem, EnvironmentFacts, Layer, Outcome, PackageId, ProjectRole, Purpose,
    RangeShape, Requirement, RequirementSource, Severity,
};

use crate::answer::Answer;
use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unbounded-requirement",
    title: "a requirement lacks a bound, or a library pins",
    severity: Severity::Warning,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("unbounded_requirement.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(declared) = answer.declared(environment) else {
            continue;
        };
        match declared.role {
            ProjectRole::Library => library(&mut answer, environment, declared),
            ProjectRole::Application | ProjectRole::Unknown => {
                application(&mut answer, environment, declared);
            }
        }
    }
    answer.outcome()
}

/// An application wants an upper bound, so that the next lock brings no surprise.
fn application(answer: &mut Answer, environment: &EnvironmentFacts, declared: &Declared) {
    let severity = if environment.locked.present().is_some() {
        Severity::Note
    } else {
        Severity::Warning
    };
    let bounded_elsewhere: BTreeSet<&PackageId> = declared
        .requirements
        .iter()
        .chain(&declared.constraints)
        .filter(|other| other.marker.is_none() && has_upper_bound(other.range.shape))
        .map(|other| &other.package)
        .collect();
    for requirement in concerned(declared) {
        if has_upper_bound(requirement.range.shape)
            || bounded_elsewhere.contains(&requirement.package)
        {
            continue;
        }
        let finding = RULE
            .finding(Layer::Packages)
            .at(&requirement.location)
            .message(format!(
                "{} has no upper bound: a new major version would be taken as it comes",
                as_written(requirement)
            ))
            .of(environment)
            .subject(requirement.package.purl(None))
            .severity(severity)
            .fix("add the next major version as the bound, for example `>=2.1,<3`");
        answer.find(finding);
    }
}

/// A library wants a lower bound, which is a promise it can test, and no exact pin.
fn library(answer: &mut Answer, environment: &EnvironmentFacts, declared: &Declared) {
    for requirement in concerned(declared) {
        if matches!(requirement.purpose, Purpose::Group(_)) {
            // groups are not part of what is published (PEP 735)
            continue;
        }
        let name = as_written(requirement);
        let (message, severity, fix) = match requirement.range.shape {
            RangeShape::Exact => (
                format!(
                    "{name} pins one version: a library that does makes itself impossible to install beside others"
                ),
                Severity::Warning,
                "ask for the oldest version that works and leave the choice to who installs it, for example `>=2.1`",
            ),
            RangeShape::Any | RangeShape::UpperBound | RangeShape::Exclusion => (
                format!("{name} has no lower bound: very old versions are admitted"),
                Severity::Note,
                "ask for the oldest version that you test, for example `>=2.1`",
            ),
            RangeShape::Prefix
            | RangeShape::Compatible
            | RangeShape::Bounded
            | RangeShape::LowerBound => continue,
        };
        let finding = RULE
            .finding(Layer::Packages)
            .at(&requirement.location)
            .message(message)
            .of(environment)
            .subject(requirement.package.purl(None))
            .severity(severity)
            .fix(fix);
        answer.find(finding);
    }
}

fn as_written(requirement: &Requirement) -> String {
    format!("`{}{}`", requirement.package, requirement.range.text)
}

fn concerned(declared: &Declared) -> impl Iterator<Item = &Requirement> {
    declared.requirements.iter().filter(|requirement| {
        matches!(requirement.source, RequirementSource::Registry { .. })
            && requirement.purpose != Purpose::Build
            && requirement.package.ecosystem() != Ecosystem::Npm
    })
}

fn has_upper_bound(shape: RangeShape) -> bool {
    match shape {
        RangeShape::Exact
        | RangeShape::Prefix
        | RangeShape::Compatible
        | RangeShape::Bounded
        | RangeShape::UpperBound => true,
        RangeShape::LowerBound | RangeShape::Exclusion | RangeShape::Any => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    #[test]
    fn an_application_without_a_lock_is_warned_of_missing_upper_bounds() {
        let facts = facts([discovered().declares(&["numpy", "pandas>=2", "scipy!=1.5", "joblib>=1,<2"])]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "warning requirements.in:1:1 `numpy` has no upper bound: a new major version would be taken as it comes",
                "warning requirements.in:2:1 `pandas>=2` has no upper bound: a new major version would be taken as it comes",
                "warning requirements.in:3:1 `scipy!=1.5` has no upper bound: a new major version would be taken as it comes",
            ]
        );
    }

    #[test]
    fn with_a_lock_it_is_a_note() {
        let facts = facts([configured("serve").declares(&["numpy"]).locks(&["numpy==1.26.4"])]);
        assert_eq!(check(&RULE, &facts).findings[0].severity, Severity::Note);
    }

    #[test]
    fn a_bound_may_stand_elsewhere() {
        let facts = facts([discovered()
            .declares(&["numpy>=1", "numpy<2", "pandas", "scipy"])
            .constrained_by(&["pandas<3", "scipy<2; sys_platform == 'win32'"])]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["warning requirements.in:4:1 `scipy` has no upper bound: a new major version would be taken as it comes"]
        );
    }

    #[test]
    fn a_library_wants_a_lower_bound_and_no_pin() {
        let facts = facts([discovered()
            .declares(&["numpy", "pandas>=2", "joblib==1.4.2", "scipy<2", "pytest"])
            .role(ProjectRole::Library)
            .declaring(|declared| {
                declared.requirements[4].purpose = Purpose::Group("dev".to_owned());
            })]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "note requirements.in:1:1 `numpy` has no lower bound: very old versions are admitted",
                "warning requirements.in:3:1 `joblib==1.4.2` pins one version: a library that does makes itself impossible to install beside others",
                "note requirements.in:4:1 `scipy<2` has no lower bound: very old versions are admitted",
            ]
        );
    }

    #[test]
    fn unbounded_requirement_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([configured("serve").unreadable_declaration()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap serve pyproject.toml `pyproject.toml` cannot be read"]
        );
    }
}
