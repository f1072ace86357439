//! The lock has a scope of npm from a private registry, and no `.npmrc` of the project says so.

use std::collections::BTreeMap;

use holdfast_model::{
    Declared, Ecosystem, EnvironmentFacts, Layer, LockFormat, Locked, LockedPackage, Outcome,
    Severity,
};

use crate::answer::Answer;
use crate::registries::{host, is_private, locked_address};
use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "missing-registry",
    title: "no `.npmrc` says where a scope comes from",
    severity: Severity::Warning,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("missing_registry.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(locked) = environment
            .locked
            .present()
            .filter(|locked| locked.format == LockFormat::Npm)
        else {
            continue;
        };
        let declared = answer.declared_for_npm(environment);
        if let Some(declared) = declared {
            judge(&mut answer, environment, locked, declared);
        }
    }
    answer.outcome()
}

fn judge(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    locked: &Locked,
    declared: &Declared,
) {
    // one finding for a scope, at its first package
    let mut scopes: BTreeMap<(&str, String), &LockedPackage> = BTreeMap::new();
    for package in &locked.packages {
        if package.package.ecosystem() != Ecosystem::Npm {
            continue;
        }
        let Some((scope, _)) = package.package.name().split_once('/') else {
            continue;
        };
        let private = locked_address(package).filter(|address| is_private(address));
        if let Some(host) = private.and_then(host) {
            scopes.entry((scope, host)).or_insert(package);
        }
    }
    for ((scope, host), package) in scopes {
        if is_declared(declared, &host) {
            continue;
        }
        let finding = RULE
            .finding(Layer::Packages)
            .at(&package.location)
            .message(format!(
                "packages of `{scope}` come from `{host}`, and no `.npmrc` of the project says so: another machine asks the public registry for them"
            ))
            .of(environment)
            .subject(package.package.purl(None))
            .fix(format!("add `{scope}:registry=https://{host}/` to `.npmrc`"));
        answer.find(finding);
    }
}

fn is_declared(declared: &Declared, wanted: &str) -> bool {
    declared
        .indexes
        .iter()
        .any(|index| host(&index.url).as_deref() == Some(wanted))
}

#[cfg(test)]
mod tests {
    use holdfast_model::{DeclaredIndex, IndexKind, Location, LockSource, PackageId};

    use super::*;
    use crate::testing::{Environment, check, discovered, facts, lines};

    fn project() -> Environment {
        discovered()
            .declares_in("package.json", &[])
            .locks(&["a==1.0.0", "b==1.0.0", "react==1.0.0"])
            .locking(|lock| {
                lock.format = LockFormat::Npm;
                let names = ["@acme/a", "@acme/b", "react"];
                for (package, name) in lock.packages.iter_mut().zip(names) {
                    package.package = PackageId::new(Ecosystem::Npm, name);
                    package.source = LockSource::Registry {
                        index: Some("https://npm.acme.example/".to_owned()),
                    };
                }
            })
    }

    #[test]
    fn a_scope_from_a_private_registry_that_no_npmrc_names_is_found_once() {
        assert_eq!(
            lines(&check(&RULE, &facts([project()]))),
            ["warning pylock.x.toml:10:1 packages of `@acme` come from `npm.acme.example`, and no `.npmrc` of the project says so: another machine asks the public registry for them"]
        );
    }

    #[test]
    fn a_registry_that_is_named_is_quiet() {
        let named = project().declaring(|declared| {
            declared.indexes.push(DeclaredIndex {
                kind: IndexKind::Explicit,
                url: "https://npm.acme.example/".to_owned(),
                name: Some("@acme".to_owned()),
                location: Location::start_of(".npmrc"),
            });
        });
        let other_tool = project().locking(|lock| lock.format = LockFormat::Pylock);
        assert_eq!(lines(&check(&RULE, &facts([named, other_tool]))), [""; 0]);
    }

    #[test]
    fn missing_registry_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([
            project().unreadable_manifest("web/package.json"),
            project().unreadable_manifest("pyproject.toml"),
        ]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap - web/package.json `web/package.json` cannot be read"]
        );
    }
}
