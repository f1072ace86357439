//! A package of a private index has no index of its own, so another index may answer for it.

use std::collections::BTreeSet;

use holdfast_model::{
    Declared, Ecosystem, EnvironmentFacts, IndexKind, Layer, LockSource, Locked, Outcome,
    PackageId, Purpose, Requirement, RequirementSource, Severity,
};

use crate::answer::Answer;
use crate::registries::{is_private, looks_internal, prefix};
use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unpinned-source",
    title: "a package of a private index has no index of its own",
    severity: Severity::Warning,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("unpinned_source.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(declared) = answer.declared(environment) else {
            continue;
        };
        let indexes = Indexes::of(declared);
        if indexes.everything_is_private {
            continue;
        }
        let locked = environment.locked.present();
        for requirement in declared.requirements.iter().filter(|r| is_open(r)) {
            if let Some(why) = why_private(requirement, &indexes, locked) {
                report(&mut answer, environment, requirement, &why);
            }
        }
    }
    answer.outcome()
}

struct Indexes<'a> {
    /// The main index is private and there is no public one beside it.
    everything_is_private: bool,
    /// Addresses of private indexes that only serve the packages that say so.
    explicit: BTreeSet<&'a str>,
    /// First parts of the names of packages that say which private index they come from.
    siblings: BTreeSet<&'a str>,
}

impl<'a> Indexes<'a> {
    fn of(declared: &'a Declared) -> Self {
        let open = || {
            declared
                .indexes
                .iter()
                .filter(|index| matches!(index.kind, IndexKind::Default | IndexKind::Extra))
        };
        let replaced = open().any(|index| index.kind == IndexKind::Default);
        let address = |index: &'a str| {
            let named = |candidate: &&holdfast_model::DeclaredIndex| {
                candidate.name.as_deref() == Some(index)
            };
            declared
                .indexes
                .iter()
                .find(named)
                .map_or(index, |index| index.url.as_str())
        };
        Self {
            everything_is_private: replaced && open().all(|index| is_private(&index.url)),
            explicit: declared
                .indexes
                .iter()
                .filter(|index| index.kind == IndexKind::Explicit && is_private(&index.url))
                .map(|index| index.url.as_str())
                .collect(),
            siblings: declared
                .requirements
                .iter()
                .filter_map(|requirement| match &requirement.source {
                    RequirementSource::Registry { index: Some(index) }
                        if is_private(address(index)) =>
                    {
                        prefix(requirement.package.name())
                    }
                    RequirementSource::Registry { .. }
                    | RequirementSource::Url(_)
                    | RequirementSource::Vcs { .. }
                    | RequirementSource::Path { .. } => None,
                })
                .collect(),
        }
    }
}

fn why_private(
    requirement: &Requirement,
    indexes: &Indexes<'_>,
    locked: Option<&Locked>,
) -> Option<String> {
    let name = requirement.package.name();
    if let Some(index) = locked.and_then(|locked| locked_index(locked, &requirement.package)) {
        if indexes.explicit.contains(index) {
            return None;
        }
        if is_private(index) {
            return Some(format!("the lock has it from `{index}`"));
        }
    } else if !indexes.explicit.is_empty() {
        // which packages an index of the configuration serves is not part of what is declared
        return sibling(name, indexes);
    }
    sibling(name, indexes)
        .or_else(|| looks_internal(name).then(|| "its name says that it is internal".to_owned()))
}

fn sibling(name: &str, indexes: &Indexes<'_>) -> Option<String> {
    let prefix = prefix(name).filter(|prefix| indexes.siblings.contains(prefix))?;
    Some(format!("others of `{prefix}-…` come from an index of their own"))
}

fn locked_index<'a>(locked: &'a Locked, package: &PackageId) -> Option<&'a str> {
    locked
        .packages
        .iter()
        .find(|candidate| candidate.package == *package)
        .and_then(|candidate| match &candidate.source {
            LockSource::Registry { index } => index.as_deref(),
            LockSource::Archive { .. } | LockSource::Vcs { .. } | LockSource::Directory { .. } => {
                None
            }
        })
}

fn report(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    requirement: &Requirement,
    why: &str,
) {
    let finding = RULE
        .finding(Layer::Packages)
        .at(&requirement.location)
        .message(format!(
            "`{}` is looked for on every index, and {why}: another index may answer for it",
            requirement.package
        ))
        .of(environment)
        .subject(requirement.package.purl(None))
        .fix("name its index: `packages` of `[indexes.NAME]` in `holdfast.toml`, or `[tool.uv.sources]` in `pyproject.toml`");
    answer.find(finding);
}

fn is_open(requirement: &Requirement) -> bool {
    requirement.source == RequirementSource::Registry { index: None }
        && requirement.purpose != Purpose::Build
        && requirement.package.ecosystem() == Ecosystem::Pypi
}

#[cfg(test)]
mod tests {
    use holdfast_model::{DeclaredIndex, Location};

    use super::*;
    use crate::testing::{Environment, check, configured, discovered, facts, lines};

    const PRIVATE: &str = "https://pypi.acme.example/simple";

    fn index(kind: IndexKind, url: &str) -> DeclaredIndex {
        DeclaredIndex {
            kind,
            url: url.to_owned(),
            name: Some("internal".to_owned()),
            location: Location::start_of("pyproject.toml"),
        }
    }

    fn with_indexes(environment: Environment, indexes: Vec<DeclaredIndex>) -> Environment {
        environment.declaring(|declared| declared.indexes = indexes)
    }

    fn locked_from(environment: Environment, url: &str) -> Environment {
        environment.locks(&["features==1"]).locking(|lock| {
            lock.packages[0].source = LockSource::Registry {
                index: Some(url.to_owned()),
            };
        })
    }

    #[test]
    fn a_package_that_the_lock_has_from_a_private_index_wants_a_source() {
        let project = configured("serve").declares(&["features", "numpy"]);
        let extra = vec![index(IndexKind::Extra, PRIVATE)];
        let facts = facts([locked_from(with_indexes(project, extra), PRIVATE)]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["warning requirements.in:1:1 `features` is looked for on every index, and the lock has it from `https://pypi.acme.example/simple`: another index may answer for it"]
        );
    }

    #[test]
    fn siblings_of_a_package_with_a_source_and_internal_names_are_found() {
        let project = discovered().declares(&["acme-features", "acme-utils", "x-internal", "numpy"]);
        let siblings = with_indexes(project, vec![index(IndexKind::Extra, PRIVATE)]).declaring(
            |declared| {
                declared.requirements[0].source = RequirementSource::Registry {
                    index: Some("internal".to_owned()),
                };
            },
        );
        assert_eq!(
            lines(&check(&RULE, &facts([siblings]))),
            [
                "warning requirements.in:2:1 `acme-utils` is looked for on every index, and others of `acme-…` come from an index of their own: another index may answer for it",
                "warning requirements.in:3:1 `x-internal` is looked for on every index, and its name says that it is internal: another index may answer for it",
            ]
        );
    }

    #[test]
    fn explicit_indexes_and_a_private_main_index_are_quiet() {
        let project = || configured("serve").declares(&["features", "x-internal"]);
        let explicit = vec![index(IndexKind::Explicit, PRIVATE)];
        let main = vec![index(IndexKind::Default, PRIVATE)];
        let facts = facts([
            locked_from(
                with_indexes(configured("serve").declares(&["features"]), explicit.clone()),
                PRIVATE,
            ),
            with_indexes(project(), explicit),
            with_indexes(project(), main),
            discovered().declares(&["numpy", "torch"]),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn unpinned_source_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([configured("serve").unreadable_declaration()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap serve pyproject.toml `pyproject.toml` cannot be read"]
        );
    }
}
