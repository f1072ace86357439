//! Two who ask for a package cannot both have what they ask for.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{
    Declared, Dependency, Ecosystem, EnvironmentFacts, Layer, Locked, LockedPackage, Outcome, PackageId,
    Purpose, Requirement, Severity, conda_range,
};
use pep440_rs::{Version, VersionSpecifiers};

use crate::answer::Answer;
use crate::{Context, Rule, marker, ranges, text};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "conflicting-constraints",
    title: "what is asked of a package cannot all be met",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("conflicting_constraints.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let declared = answer.declared(environment);
        let overridden: BTreeSet<&PackageId> = declared
            .into_iter()
            .flat_map(|declared| &declared.overrides)
            .map(|requirement| &requirement.package)
            .collect();
        if let Some(declared) = declared {
            judge_declared(&mut answer, environment, declared, &overridden);
        }
        if let Some(locked) = answer.locked(environment) {
            judge_locked(&mut answer, environment, locked, &overridden);
        }
    }
    answer.outcome()
}

/// Two declarations of one package that no version meets; one finding for a package.
fn judge_declared(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    declared: &Declared,
    overridden: &BTreeSet<&PackageId>,
) {
    let mut asked: BTreeMap<&PackageId, Vec<&Requirement>> = BTreeMap::new();
    for requirement in declared.requirements.iter().chain(&declared.constraints) {
        if !overridden.contains(&requirement.package) && requirement.purpose != Purpose::Build {
            asked.entry(&requirement.package).or_default().push(requirement);
        }
    }
    for (package, requirements) in asked {
        let Some((earlier, later)) = first_conflict(&requirements) else {
            continue;
        };
        let finding = RULE
            .finding(Layer::Packages)
            .at(&later.location)
            .message(format!(
                "no version of `{package}` meets both `{}` here and `{}` in {}:{}",
                later.text, earlier.text, earlier.location.file, earlier.location.line,
            ))
            .of(environment)
            .subject(package.purl(None))
            .fix("loosen one of the two");
        answer.find(finding);
    }
}

fn first_conflict<'a>(
    requirements: &[&'a Requirement],
) -> Option<(&'a Requirement, &'a Requirement)> {
    requirements.iter().enumerate().find_map(|(position, later)| {
        let earlier = requirements.iter().take(position).find(|earlier| {
            hold_together(earlier, later) && !may_meet(earlier, later)
        })?;
        Some((*earlier, *later))
    })
}

/// Whether two declarations count at the same time: alternatives by marker, group or extra do not.
fn hold_together(earlier: &Requirement, later: &Requirement) -> bool {
    let markers = earlier.marker.is_none()
        || later.marker.is_none()
        || earlier.marker == later.marker;
    let purposes = earlier.purpose == later.purpose
        || earlier.purpose == Purpose::Runtime
        || later.purpose == Purpose::Runtime;
    markers && purposes
}

fn may_meet(earlier: &Requirement, later: &Requirement) -> bool {
    if earlier.package.ecosystem() == Ecosystem::Conda {
        return conda_range::can_meet(&earlier.range.text, &later.range.text).unwrap_or(true);
    }
    match (&earlier.range.pep440, &later.range.pep440) {
        (Some(earlier), Some(later)) => ranges::can_meet(earlier, later).unwrap_or(true),
        _ => true,
    }
}

/// A locked version that somebody in the lock does not admit.
fn judge_locked(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    locked: &Locked,
    overridden: &BTreeSet<&PackageId>,
) {
    let by_package = locked.by_package();
    // who asks for what, of packages that somebody does not admit
    let mut unmet: BTreeMap<&PackageId, Vec<String>> = BTreeMap::new();
    for asking in &locked.packages {
        for edge in &asking.dependencies {
            if overridden.contains(&edge.package) || !counts(edge, locked) {
                continue;
            }
            let Some(candidates) = by_package.get(&edge.package) else {
                continue;
            };
            if let Some(specifier) = unmet_specifier(edge, candidates) {
                let asking = text::named(&asking.package, asking.version.as_deref());
                unmet
                    .entry(&edge.package)
                    .or_default()
                    .push(format!("{asking} asks for `{}{specifier}`", edge.package));
            }
        }
    }
    for (package, reasons) in unmet {
        let Some(first) = by_package.get(package).and_then(|found| found.first()) else {
            continue;
        };
        let finding = RULE
            .finding(Layer::Packages)
            .at(&first.location)
            .message(format!(
                "{} is locked, and {}",
                text::named(package, first.version.as_deref()),
                reasons.join(", "),
            ))
            .of(environment)
            .subject(first.purl())
            .detail("asked_by", reasons)
            .fix("lock again; where no version meets all, loosen or update who asks, or override it by name");
        answer.find(finding);
    }
}

/// Whether an edge holds where the lock is for; one whose marker cannot be judged may not.
fn counts(edge: &Dependency, locked: &Locked) -> bool {
    match (&edge.marker, &locked.holdfast) {
        (None, _) => true,
        (Some(condition), Some(lock)) => marker::holds_on(condition, lock) == Some(true),
        (Some(_), None) => false,
    }
}

/// The specifier of an edge that no locked version of its target meets.
fn unmet_specifier<'a>(edge: &'a Dependency, candidates: &[&LockedPackage]) -> Option<&'a str> {
    let text = edge.specifier.as_deref()?;
    let specifiers: VersionSpecifiers = text.parse().ok()?;
    let versions: Vec<Version> = candidates
        .iter()
        .filter_map(|candidate| candidate.version.as_deref()?.parse().ok())
        .collect();
    let met = versions.is_empty() || versions.iter().any(|version| specifiers.contains(version));
    (!met).then_some(text)
}

#[cfg(test)]
mod tests {
    use holdfast_model::{RangeShape, VersionRange};

    use super::*;
    use crate::testing::{Environment, check, configured, discovered, edge, facts, lines, requirement};

    #[test]
    fn declarations_that_no_version_meets_are_errors_that_name_both() {
        let facts = facts([
            discovered().declares(&["numpy<2", "pandas", "numpy>=2"]),
            configured("train").declares(&["numpy>=2"]).constrained_by(&["numpy==1.26.4"]),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "error requirements.in:3:1 no version of `numpy` meets both `numpy>=2` here and `numpy<2` in requirements.in:1",
                "error constraints.txt:1:1 no version of `numpy` meets both `numpy==1.26.4` here and `numpy>=2` in requirements.in:1",
            ]
        );
    }

    #[test]
    fn alternatives_and_overrides_do_not_conflict() {
        let facts = facts([
            discovered().declares(&["numpy<2; python_version < '3.12'", "numpy>=2; python_version >= '3.12'"]),
            discovered().declares(&["numpy<2", "numpy>=2"]).declaring(|declared| {
                declared.requirements[0].purpose = Purpose::Extra("old".to_owned());
                declared.requirements[1].purpose = Purpose::Extra("new".to_owned());
            }),
            discovered().declares(&["numpy<2", "numpy>=2"]).declaring(|declared| {
                declared.overrides = vec![requirement("numpy==2.0", "pyproject.toml", 1)];
            }),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn ranges_of_conda_are_compared_in_conda_s_terms() {
        let two = |first: &str, second: &str| {
            let (first, second) = (first.to_owned(), second.to_owned());
            discovered().declares(&["numpy", "numpy"]).declaring(move |declared| {
                for (requirement, range) in declared.requirements.iter_mut().zip([&first, &second]) {
                    requirement.package = PackageId::new(Ecosystem::Conda, "numpy");
                    requirement.text = format!("numpy{range}");
                    requirement.range = VersionRange::foreign(range, RangeShape::Bounded, None);
                }
            })
        };
        let facts = facts([
            two("=1.26", ">=2"),
            two("=1.26", ">=1.26.4"),
            two("1.26|1.27", "<1"),
            two("^1.*$", ">=2"),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "error requirements.in:2:1 no version of `numpy` meets both `numpy>=2` here and `numpy=1.26` in requirements.in:1",
                "error requirements.in:2:1 no version of `numpy` meets both `numpy<1` here and `numpy1.26|1.27` in requirements.in:1",
            ]
        );
    }

    fn asking(specifier: &str, marker: Option<&str>) -> Environment {
        configured("serve")
            .locks(&["scipy==1.10.0", "numpy==2.0.0"])
            .locking(|lock| {
                lock.packages[0].dependencies = vec![Dependency {
                    specifier: Some(specifier.to_owned()),
                    marker: marker.map(str::to_owned),
                    ..edge("numpy")
                }];
            })
    }

    #[test]
    fn a_locked_version_that_another_package_does_not_admit_is_an_error() {
        let facts = facts([asking("<1.27,>=1.19", None)]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["error pylock.serve.toml:20:1 `numpy 2.0.0` is locked, and `scipy 1.10.0` asks for `numpy<1.27,>=1.19`"]
        );
    }

    #[test]
    fn edges_that_are_met_or_do_not_hold_here_are_quiet() {
        let facts = facts([
            asking(">=1.19", None),
            asking("<1.27", Some("sys_platform == 'win32'")),
            asking("<1.27", Some("python_version < '3.12'")).locking(|lock| lock.holdfast = None),
            asking("^1.2 of another tool", None),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn conflicting_constraints_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([configured("serve").unreadable_declaration().unreadable_lock()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "gap serve pyproject.toml `pyproject.toml` cannot be read",
                "gap serve pylock.toml `pylock.toml` cannot be read",
            ]
        );
    }
}
