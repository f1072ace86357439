//! A range of 0.x versions admits the next minor version, which may break anything.

use holdfast_model::{
    Ecosystem, Layer, Outcome, Purpose, Requirement, RequirementSource, Severity,
};
use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};

use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unstable-version",
    title: "a range of 0.x versions admits the next minor version",
    severity: Severity::Note,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("unstable_version.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(declared) = answer.declared(environment) else {
            continue;
        };
        for requirement in declared.requirements.iter().filter(|r| is_concerned(r)) {
            let Some(unstable) = unstable(requirement) else {
                continue;
            };
            let Unstable { from, next } = &unstable;
            let finding = RULE
                .finding(Layer::Packages)
                .at(&requirement.location)
                .message(format!(
                    "`{}{}` begins at {from} and admits {next}: below 1.0 a minor version may break what used it",
                    requirement.package, requirement.range.text
                ))
                .of(environment)
                .subject(requirement.package.purl(None))
                .fix(format!("stay below the next minor version: `>={from},<{next}`"));
            answer.find(finding);
        }
    }
    answer.outcome()
}

struct Unstable {
    from: Version,
    next: Version,
}

fn unstable(requirement: &Requirement) -> Option<Unstable> {
    let range = &requirement.range;
    // ranges of other ecosystems that happen to be written as PEP 440 has them mean the same
    let parsed: Option<VersionSpecifiers> = match &range.pep440 {
        Some(_) => None,
        None => range.text.parse().ok(),
    };
    let specifiers = range.pep440.as_ref().or(parsed.as_ref())?;
    let from = specifiers
        .iter()
        .filter(|specifier| {
            matches!(
                specifier.operator(),
                Operator::GreaterThanEqual
                    | Operator::GreaterThan
                    | Operator::TildeEqual
                    | Operator::EqualStar
            )
        })
        .map(VersionSpecifier::version)
        .max()?;
    let minor = match from.release() {
        [0] => 0,
        [0, minor, ..] => *minor,
        _ => return None,
    };
    let next = Version::new([0, minor.checked_add(1)?]);
    (from.epoch() == 0 && specifiers.contains(&next)).then(|| Unstable {
        from: from.clone(),
        next,
    })
}

/// npm's `^0.4` and `~0.4` stay within the minor version as they are.
fn is_concerned(requirement: &Requirement) -> bool {
    matches!(requirement.source, RequirementSource::Registry { .. })
        && requirement.purpose != Purpose::Build
        && requirement.package.ecosystem() != Ecosystem::Npm
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    #[test]
    fn ranges_that_admit_the_next_minor_version_are_noted() {
        let facts = facts([discovered().declares(&[
            "a>=0.4", "b~=0.4", "c>=0.4.1,<1", "d==0.*", "e>=0.4,<0.5", "f~=0.4.1", "g==0.4.2", "h>=1", "i", "j<1",
        ])]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "note requirements.in:1:1 `a>=0.4` begins at 0.4 and admits 0.5: below 1.0 a minor version may break what used it",
                "note requirements.in:2:1 `b~=0.4` begins at 0.4 and admits 0.5: below 1.0 a minor version may break what used it",
                "note requirements.in:3:1 `c>=0.4.1,<1` begins at 0.4.1 and admits 0.5: below 1.0 a minor version may break what used it",
                "note requirements.in:4:1 `d==0.*` begins at 0 and admits 0.1: below 1.0 a minor version may break what used it",
            ]
        );
    }

    #[test]
    fn an_epoch_is_no_sign_of_youth() {
        let facts = facts([discovered().declares(&["a>=1!0.4"])]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn unstable_version_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([configured("serve").unreadable_declaration()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap serve pyproject.toml `pyproject.toml` cannot be read"]
        );
    }
}
