//! A dependency of a `package.json` admits more than one version, and no lock chooses.

use holdfast_model::{
    Ecosystem, EnvironmentFacts, Layer, Observed, Outcome, ProjectRole, RangeShape, Requirement,
    RequirementSource, Severity,
};

use crate::answer::Answer;
use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unpinned-npm-dependency",
    title: "an npm dependency names no exact version, and no lock does",
    severity: Severity::Warning,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("unpinned_npm_dependency.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(declared) = answer.declared_for_npm(environment) else {
            continue;
        };
        if declared.role == ProjectRole::Library {
            continue;
        }
        let open = declared.requirements.iter().filter(|r| is_open(r));
        match &environment.locked {
            Observed::Present(_) => {}
            Observed::Unreadable { .. } => {
                if open.count() > 0 {
                    answer.locked(environment);
                }
            }
            Observed::Absent { .. } | Observed::NotLookedFor => {
                for requirement in open {
                    report(&mut answer, environment, requirement);
                }
            }
        }
    }
    answer.outcome()
}

fn is_open(requirement: &Requirement) -> bool {
    requirement.package.ecosystem() == Ecosystem::Npm
        && matches!(requirement.source, RequirementSource::Registry { .. })
        && requirement.range.shape != RangeShape::Exact
}

fn report(answer: &mut Answer, environment: &EnvironmentFacts, requirement: &Requirement) {
    let range = match requirement.range.text.as_str() {
        "" => "*",
        range => range,
    };
    let finding = RULE
        .finding(Layer::Packages)
        .at(&requirement.location)
        .message(format!(
            "`{}` admits more than one version (`{range}`), and no lock chooses",
            requirement.package
        ))
        .of(environment)
        .subject(requirement.package.purl(None))
        .fix("run `npm install --package-lock-only`, commit `package-lock.json`, and install with `npm ci`");
    answer.find(finding);
}

#[cfg(test)]
mod tests {
    use holdfast_model::{PackageId, VersionRange};

    use super::*;
    use crate::testing::{Environment, check, discovered, facts, lines};

    fn project() -> Environment {
        discovered()
            .declares_in("package.json", &["react", "vite", "left-pad", "numpy"])
            .declaring(|declared| {
                let ranges = [
                    VersionRange::foreign("^18.2.0", RangeShape::Compatible, None),
                    VersionRange::foreign("", RangeShape::Any, None),
                    VersionRange::foreign("1.3.0", RangeShape::Exact, Some("1.3.0".to_owned())),
                ];
                for (requirement, range) in declared.requirements.iter_mut().zip(ranges) {
                    requirement.package = PackageId::new(Ecosystem::Npm, requirement.package.name());
                    requirement.range = range;
                }
            })
    }

    #[test]
    fn ranges_without_a_lock_are_warned_of() {
        assert_eq!(
            lines(&check(&RULE, &facts([project()]))),
            [
                "warning package.json:1:1 `react` admits more than one version (`^18.2.0`), and no lock chooses",
                "warning package.json:2:1 `vite` admits more than one version (`*`), and no lock chooses",
            ]
        );
    }

    #[test]
    fn a_lock_chooses_and_a_library_wants_ranges() {
        let facts = facts([project().locks(&[]), project().role(ProjectRole::Library)]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn unpinned_npm_dependency_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([
            project().unreadable_lock(),
            discovered().unreadable_manifest("package.json"),
            discovered().unreadable_declaration(),
            discovered().declares(&["numpy"]).unreadable_lock(),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "gap - pylock.toml `pylock.toml` cannot be read",
                "gap - package.json `package.json` cannot be read",
            ]
        );
    }
}
