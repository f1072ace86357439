//! Environments that extend the same core have different versions of what it brings.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{
    Declared, EnvironmentFacts, EnvironmentName, Layer, Locked, LockedPackage, Observed, Outcome,
    PackageId, Severity,
};

use crate::answer::Answer;
use crate::{Context, Rule, RuleSet, text};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "core-skew",
    title: "environments that share a core have different versions of it",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::LockCheck],
    page: include_str!("core_skew.md"),
    check,
};

/// An environment with its name and its lock.
type Member<'a> = (&'a EnvironmentName, &'a EnvironmentFacts, &'a Locked);

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    let mut families: BTreeMap<(&str, &EnvironmentName), Vec<&EnvironmentFacts>> = BTreeMap::new();
    for environment in &context.facts.environments {
        if let Some(core) = &environment.extends {
            families
                .entry((&environment.project, core))
                .or_default()
                .push(environment);
        }
    }
    for ((project, core), members) in families {
        if members.len() < 2 {
            continue;
        }
        let core_facts = context
            .facts
            .environments
            .iter()
            .find(|facts| facts.project == project && facts.name.as_ref() == Some(core));
        compare(&mut answer, core, core_facts, &members);
    }
    answer.outcome()
}

fn compare(
    answer: &mut Answer,
    core: &EnvironmentName,
    core_facts: Option<&EnvironmentFacts>,
    members: &[&EnvironmentFacts],
) {
    let locked: Vec<Member<'_>> = members
        .iter()
        .filter_map(|facts| Some((facts.name.as_ref()?, *facts, facts.locked.present()?)))
        .collect();
    if locked.len() < members.len() {
        answer.gap_everywhere(format!(
            "not every environment that extends `{core}` has a lock to compare"
        ));
    }
    let roots = core_requirements(core_facts, members);
    let mut shared: BTreeSet<&PackageId> = BTreeSet::new();
    for (_, facts, lock) in &locked {
        if lock.packages.len() > roots.len() && lock.packages.iter().all(no_edges) {
            answer.gap(
                facts,
                format!("`{}` has no dependencies: only what `{core}` asks for itself was compared", lock.file),
            );
        }
        shared.extend(reachable(lock, &roots));
    }
    for package in shared {
        report_skew(answer, core, package, &locked);
    }
}

fn no_edges(package: &LockedPackage) -> bool {
    package.dependencies.is_empty()
}

/// What the core asks for: its own declaration, else what all that extend it have in common, written
/// at the same place.
fn core_requirements<'a>(
    core: Option<&'a EnvironmentFacts>,
    members: &[&'a EnvironmentFacts],
) -> BTreeSet<&'a PackageId> {
    if let Some(Observed::Present(declared)) = core.map(|core| &core.declared) {
        return declared.requirements.iter().map(|r| &r.package).collect();
    }
    let places = |declared: &'a Declared| -> BTreeSet<_> {
        declared
            .requirements
            .iter()
            .map(|requirement| (&requirement.package, &requirement.location))
            .collect()
    };
    members
        .iter()
        .filter_map(|member| member.declared.present().map(places))
        .reduce(|left, right| &left & &right)
        .unwrap_or_default()
        .into_iter()
        .map(|(package, _)| package)
        .collect()
}

/// Everything that the roots bring into a lock, themselves included.
fn reachable<'a>(lock: &'a Locked, roots: &BTreeSet<&'a PackageId>) -> BTreeSet<&'a PackageId> {
    let by_package = lock.by_package();
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<&PackageId> = roots.iter().copied().collect();
    while let Some(package) = waiting.pop() {
        let Some(versions) = by_package.get(package) else {
            continue;
        };
        if seen.insert(package) {
            let edges = versions.iter().flat_map(|version| &version.dependencies);
            waiting.extend(edges.map(|edge| &edge.package));
        }
    }
    seen
}

fn report_skew(
    answer: &mut Answer,
    core: &EnvironmentName,
    package: &PackageId,
    locked: &[Member<'_>],
) {
    let mut first: Option<(&EnvironmentName, BTreeSet<&str>)> = None;
    for (name, facts, lock) in locked {
        let versions: Vec<&LockedPackage> = lock
            .packages
            .iter()
            .filter(|candidate| candidate.package == *package)
            .collect();
        let here: BTreeSet<&str> = versions
            .iter()
            .filter_map(|version| version.version.as_deref())
            .collect();
        let Some(location) = versions.first().map(|version| &version.location) else {
            continue;
        };
        let Some((other, there)) = &first else {
            first = Some((*name, here));
            continue;
        };
        // environments for other platforms may have more versions, by marker
        if here.is_subset(there) || there.is_subset(&here) {
            continue;
        }
        let finding = RULE
            .finding(Layer::Packages)
            .at(location)
            .message(format!(
                "`{package}` is {} in `{other}` and {} in `{name}`, which share `{core}`",
                text::joined(there),
                text::joined(&here),
            ))
            .of(facts)
            .subject(package.purl(None))
            .detail(other.as_str(), text::joined(there))
            .detail(name.as_str(), text::joined(&here))
            .fix("run `holdfast lock`, which solves both together, and commit both locks");
        answer.find(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Environment, check, configured, edge, facts, lines};

    fn family(train: &[&str], serve: &[&str]) -> [Environment; 3] {
        let depends = |lock: &mut Locked| lock.packages[0].dependencies = vec![edge("joblib")];
        let core = configured("core").declares_in("core.in", &["scikit-learn"]);
        [
            core.clone(),
            configured("serve").extends("core").locks(serve).locking(depends),
            configured("train").extends("core").locks(train).locking(depends),
        ]
    }

    #[test]
    fn a_package_of_the_core_at_two_versions_is_an_error_that_names_both() {
        let facts = facts(family(
            &["scikit-learn==1.4.2", "joblib==1.4.2", "shap==0.44"],
            &["scikit-learn==1.4.2", "joblib==1.3.2", "fastapi==0.110"],
        ));
        let outcome = check(&RULE, &facts);
        assert_eq!(
            lines(&outcome),
            ["error pylock.train.toml:20:1 `joblib` is 1.3.2 in `serve` and 1.4.2 in `train`, which share `core`"]
        );
        assert_eq!(outcome.findings[0].details["serve"], "1.3.2");
    }

    #[test]
    fn equal_cores_and_packages_outside_the_core_are_quiet() {
        let facts = facts(family(
            &["scikit-learn==1.4.2", "joblib==1.4.2", "rich==13.0"],
            &["scikit-learn==1.4.2", "joblib==1.4.2", "rich==12.0"],
        ));
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn what_environments_have_in_common_stands_for_a_core_that_is_not_there() {
        let mut facts = facts(family(
            &["scikit-learn==1.4.2", "joblib==1.4.2"],
            &["scikit-learn==1.4.1", "joblib==1.4.2"],
        ));
        let core = facts.environments.remove(0).declared;
        for environment in &mut facts.environments {
            environment.declared = core.clone();
        }
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["error pylock.train.toml:10:1 `scikit-learn` is 1.4.1 in `serve` and 1.4.2 in `train`, which share `core`"]
        );
    }

    #[test]
    fn a_second_version_for_another_platform_is_no_skew() {
        let facts = facts(family(
            &["scikit-learn==1.4.2", "joblib==1.4.2", "joblib==1.2.0"],
            &["scikit-learn==1.4.2", "joblib==1.4.2"],
        ));
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn core_skew_is_not_evaluated_without_every_lock_and_its_edges() {
        let mut environments = family(&["scikit-learn==1.4.2", "joblib==1.4.2"], &["scikit-learn==1.4.2"]);
        environments[1] = configured("serve").extends("core").lock_missing("pylock.serve.toml");
        environments[2] = environments[2].clone().locking(|lock| lock.packages[0].dependencies.clear());
        assert_eq!(
            lines(&check(&RULE, &facts(environments))),
            [
                "gap - - not every environment that extends `core` has a lock to compare",
                "gap train - `pylock.train.toml` has no dependencies: only what `core` asks for itself was compared",
            ]
        );
    }
}
