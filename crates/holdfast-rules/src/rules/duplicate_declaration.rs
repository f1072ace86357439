//! A package is declared twice in one file, with different ranges.

use std::collections::BTreeMap;

use holdfast_model::{
    Ecosystem, Layer, Outcome, Purpose, Requirement, RequirementSource, Severity,
};

use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "duplicate-declaration",
    title: "a package is declared twice with different ranges",
    severity: Severity::Warning,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("duplicate_declaration.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(declared) = answer.declared(environment) else {
            continue;
        };
        let mut first: BTreeMap<_, &Requirement> = BTreeMap::new();
        for requirement in &declared.requirements {
            let place = (
                &requirement.package,
                purpose(requirement),
                &requirement.marker,
                &requirement.location.file,
            );
            let Some(earlier) = first.get(&place) else {
                first.insert(place, requirement);
                continue;
            };
            if says_the_same(earlier, requirement) {
                continue;
            }
            let finding = RULE
                .finding(Layer::Packages)
                .at(&requirement.location)
                .message(format!(
                    "`{}` is declared as `{}` here and as `{}` on line {}",
                    requirement.package,
                    requirement.text,
                    earlier.text,
                    earlier.location.line,
                ))
                .of(environment)
                .subject(requirement.package.purl(None))
                .fix("write one requirement that says both");
            answer.find(finding);
        }
    }
    answer.outcome()
}

/// What it is for. npm installs what is in `dependencies` and `devDependencies` once.
fn purpose(requirement: &Requirement) -> &Purpose {
    let is_npm = requirement.package.ecosystem() == Ecosystem::Npm;
    let is_dev = matches!(&requirement.purpose, Purpose::Group(list) if list == "dev");
    if is_npm && is_dev {
        &Purpose::Runtime
    } else {
        &requirement.purpose
    }
}

fn says_the_same(earlier: &Requirement, later: &Requirement) -> bool {
    let both_registry = matches!(earlier.source, RequirementSource::Registry { .. })
        && matches!(later.source, RequirementSource::Registry { .. });
    earlier.source == later.source
        && both_registry
        && (earlier.range == later.range || same_specifiers(earlier, later))
}

/// `>=1,<2` says what `<2,>=1` does.
fn same_specifiers(earlier: &Requirement, later: &Requirement) -> bool {
    let sorted = |requirement: &Requirement| {
        requirement.range.pep440.as_ref().map(|specifiers| {
            let mut texts: Vec<String> = specifiers.iter().map(ToString::to_string).collect();
            texts.sort();
            texts
        })
    };
    let earlier = sorted(earlier);
    earlier.is_some() && earlier == sorted(later)
}

#[cfg(test)]
mod tests {
    use holdfast_model::{PackageId, RangeShape, VersionRange};

    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    #[test]
    fn two_ranges_in_one_file_are_found_at_the_second() {
        let facts = facts([discovered().declares(&["numpy>=1.26", "pandas", "numpy<2"])]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["warning requirements.in:3:1 `numpy` is declared as `numpy<2` here and as `numpy>=1.26` on line 1"]
        );
    }

    #[test]
    fn other_markers_groups_and_files_and_the_same_range_are_quiet() {
        let facts = facts([
            discovered().declares(&[
                "numpy>=1,<2",
                "numpy[x]<2,>=1",
                "pandas<2; python_version < '3.12'",
                "pandas>=2; python_version >= '3.12'",
            ]),
            discovered().declares(&["numpy>=1", "numpy<2"]).declaring(|declared| {
                declared.requirements[1].purpose = Purpose::Group("dev".to_owned());
            }),
            configured("train")
                .declares_in("core.in", &["numpy>=1"])
                .declares_in("train.in", &["numpy<2"]),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn npm_s_dependencies_for_use_and_for_development_are_one_list() {
        let package = |lists: [(Purpose, &'static str); 2]| {
            discovered().declares(&["react", "react"]).declaring(move |declared| {
                for (requirement, (purpose, range)) in declared.requirements.iter_mut().zip(&lists) {
                    requirement.package = PackageId::new(Ecosystem::Npm, "react");
                    requirement.text = format!("react@{range}");
                    requirement.range = VersionRange::foreign(*range, RangeShape::Compatible, None);
                    requirement.purpose = purpose.clone();
                }
            })
        };
        let group = |name: &str| Purpose::Group(name.to_owned());
        let facts = facts([
            package([(Purpose::Runtime, "^18"), (group("dev"), "^17")]),
            package([(Purpose::Runtime, "^18"), (group("dev"), "^18")]),
            // what a package demands of its user is another matter
            package([(group("peer"), "^18 || ^19"), (group("dev"), "^19")]),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["warning requirements.in:2:1 `react` is declared as `react@^17` here and as `react@^18` on line 1"]
        );
    }

    #[test]
    fn duplicate_declaration_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([configured("serve").unreadable_declaration()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap serve pyproject.toml `pyproject.toml` cannot be read"]
        );
    }
}
