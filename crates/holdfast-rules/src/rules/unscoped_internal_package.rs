//! An npm package of a private registry has no scope, so no registry can be set for it alone.

use std::collections::BTreeSet;

use holdfast_model::{
    Declared, Ecosystem, EnvironmentFacts, IndexKind, Layer, Location, Locked, Outcome, PackageId,
    RequirementSource, Severity,
};

use crate::answer::Answer;
use crate::registries::{is_private, locked_address, looks_internal};
use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unscoped-internal-package",
    title: "an internal npm package has no scope",
    severity: Severity::Warning,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("unscoped_internal_package.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let declared = answer.declared_for_npm(environment);
        if declared.is_some_and(everything_is_private) {
            continue;
        }
        let mut said = BTreeSet::new();
        if let Some(locked) = environment.locked.present() {
            judge_locked(&mut answer, environment, locked, &mut said);
        }
        if let Some(declared) = declared {
            judge_declared(&mut answer, environment, declared, &said);
        }
    }
    answer.outcome()
}

fn everything_is_private(declared: &Declared) -> bool {
    declared
        .indexes
        .iter()
        .any(|index| index.kind == IndexKind::Default && is_private(&index.url))
}

fn judge_locked<'a>(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    locked: &'a Locked,
    said: &mut BTreeSet<&'a PackageId>,
) {
    for package in locked.packages.iter().filter(|p| is_unscoped(&p.package)) {
        let Some(address) = locked_address(package).filter(|address| is_private(address)) else {
            continue;
        };
        if said.insert(&package.package) {
            let why = format!("comes from `{address}`");
            report(answer, environment, (&package.package, &package.location), &why);
        }
    }
}

fn judge_declared(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    declared: &Declared,
    said: &BTreeSet<&PackageId>,
) {
    for requirement in &declared.requirements {
        let package = &requirement.package;
        let from_registry = matches!(requirement.source, RequirementSource::Registry { .. });
        if from_registry
            && is_unscoped(package)
            && !said.contains(package)
            && looks_internal(package.name())
        {
            report(answer, environment, (package, &requirement.location), "is internal by its name");
        }
    }
}

fn report(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    (package, location): (&PackageId, &Location),
    why: &str,
) {
    let finding = RULE
        .finding(Layer::Packages)
        .at(location)
        .message(format!(
            "`{package}` {why} and has no scope: npm asks the public registry for it wherever nothing else is set"
        ))
        .of(environment)
        .subject(package.purl(None))
        .fix("publish it under a scope of yours, and set `@scope:registry=…` in `.npmrc`");
    answer.find(finding);
}

fn is_unscoped(package: &PackageId) -> bool {
    package.ecosystem() == Ecosystem::Npm && !package.name().starts_with('@')
}

#[cfg(test)]
mod tests {
    use holdfast_model::{DeclaredIndex, LockFormat, LockSource};

    use super::*;
    use crate::testing::{Environment, check, discovered, facts, lines};

    fn npm(environment: Environment) -> Environment {
        let to_npm = |package: &mut PackageId| {
            *package = PackageId::new(Ecosystem::Npm, package.name());
        };
        environment
            .declaring(|declared| {
                for requirement in &mut declared.requirements {
                    to_npm(&mut requirement.package);
                }
            })
            .locking(|lock| {
                lock.format = LockFormat::Npm;
                for package in &mut lock.packages {
                    to_npm(&mut package.package);
                    package.source = LockSource::Registry { index: None };
                    package.files[0].url = Some(format!(
                        "https://npm.acme.example/{}/-/x.tgz",
                        package.package.name()
                    ));
                }
            })
    }

    #[test]
    fn packages_without_a_scope_from_a_private_registry_are_found() {
        let facts = facts([npm(discovered().declares(&["charts"]).locks(&["charts==1.0.0"]))]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["warning pylock.x.toml:10:1 `charts` comes from `https://npm.acme.example/charts/-/x.tgz` and has no scope: npm asks the public registry for it wherever nothing else is set"]
        );
    }

    #[test]
    fn names_that_say_so_are_found_without_a_lock() {
        let facts = facts([npm(discovered().declares(&["acme-internal-ui", "react"]))]);
        assert_eq!(check(&RULE, &facts).findings.len(), 1);
    }

    #[test]
    fn scopes_public_registries_and_a_private_main_registry_are_quiet() {
        let public = npm(discovered().locks(&["react==18.0.0"])).locking(|lock| {
            lock.packages[0].files[0].url =
                Some("https://registry.npmjs.org/react/-/react-18.0.0.tgz".to_owned());
        });
        let scoped = npm(discovered().locks(&["x==1.0.0"])).locking(|lock| {
            lock.packages[0].package = PackageId::new(Ecosystem::Npm, "@acme/x");
        });
        let main = npm(discovered().declares(&["charts"]).locks(&["charts==1.0.0"])).declaring(
            |declared| {
                declared.indexes.push(DeclaredIndex {
                    kind: IndexKind::Default,
                    url: "https://npm.acme.example/".to_owned(),
                    name: None,
                    location: Location::start_of(".npmrc"),
                });
            },
        );
        assert_eq!(lines(&check(&RULE, &facts([public, scoped, main]))), [""; 0]);
    }

    #[test]
    fn unscoped_internal_package_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([
            discovered().unreadable_manifest("web/package.json"),
            discovered().unreadable_manifest("pyproject.toml"),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap - web/package.json `web/package.json` cannot be read"]
        );
    }
}
