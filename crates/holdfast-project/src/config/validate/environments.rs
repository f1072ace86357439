//! Environments: their names, what they extend, and what they ask for.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{EnvironmentName, Location, Platform};

use super::super::shown::shown;
use super::super::suggest::did_you_mean;
use super::super::unvalidated::{Named, UnvalidatedEnvironment, Written};
use super::super::values::{self, Wrong};
use super::super::{Environment, PythonChoice};
use super::errors::Errors;

pub(super) fn environments(
    named: Named<UnvalidatedEnvironment>,
    errors: &mut Errors,
) -> BTreeMap<EnvironmentName, Environment> {
    let written: Vec<String> = named.iter().map(|(name, _)| name.value.clone()).collect();
    refuse_too_many(&named, errors);
    let mut lock_files: BTreeMap<String, String> = BTreeMap::new();
    let mut environments = BTreeMap::new();
    for (name, unvalidated) in named {
        // file systems that fold case would give both the same file
        let folded = name.value.to_ascii_lowercase();
        if let Some(other) = lock_files.insert(folded, name.value.clone()) {
            errors.add(
                &name.location,
                Wrong::new(
                    format!(
                        "`{}` and `{other}` would write the same lock file",
                        shown(&name.value)
                    ),
                    "give one of them another name",
                ),
            );
        }
        let environment = environment(unvalidated, &written, errors);
        let parsed = name.value.parse::<EnvironmentName>();
        let parsed = parsed.ok().ok_or_else(|| {
            Wrong::new(
                format!("`{}` cannot name an environment", shown(&name.value)),
                "use up to 64 letters, digits, `-` and `_`, beginning with a letter or a digit",
            )
        });
        if let Some(parsed) = errors.check(&name.location, parsed) {
            environments.insert(parsed, environment);
        }
    }
    refuse_cycles(&environments, errors);
    // what a mistaken value would have asked for is not known
    if errors.list.is_empty() {
        refuse_empty(&environments, errors);
    }
    environments
}

/// More environments than any project has are a mistake, and would make every later step slow.
fn refuse_too_many(named: &Named<UnvalidatedEnvironment>, errors: &mut Errors) {
    const MOST: usize = 256;
    if let Some((name, _)) = named.get(MOST) {
        errors.add(
            &name.location,
            Wrong::new(
                format!("there are more than {MOST} environments"),
                "split the project",
            ),
        );
    }
}

fn environment(
    unvalidated: UnvalidatedEnvironment,
    names: &[String],
    errors: &mut Errors,
) -> Environment {
    let name_of = |kind: &'static str| {
        move |text: &str| {
            values::is_package_name(text)
                .then(|| text.to_owned())
                .ok_or_else(|| {
                    Wrong::new(
                        format!("`{}` cannot name {kind}", shown(text)),
                        "use letters, digits, `-`, `_` and `.`",
                    )
                })
        }
    };
    Environment {
        python: unvalidated
            .python
            .and_then(|python| errors.check_written(python, |text| self::python(text))),
        requirements: errors.check_all(unvalidated.requirements, values::project_path),
        groups: errors.check_all(unvalidated.groups, name_of("a dependency group")),
        extras: errors.check_all(unvalidated.extras, name_of("an extra")),
        extends: unvalidated.extends.and_then(|extends| {
            errors.check_written(extends, |text| {
                text.parse()
                    .ok()
                    .filter(|_| names.contains(text))
                    .ok_or_else(|| {
                        Wrong::new(
                            format!("there is no environment `{}`", shown(text)),
                            did_you_mean(text, names.iter().map(String::as_str)),
                        )
                    })
            })
        }),
        platforms: unvalidated
            .platforms
            .map(|platforms| self::platforms(platforms, &unvalidated.location, errors)),
        location: unvalidated.location,
    }
}

fn python(text: &str) -> Result<PythonChoice, Wrong> {
    text.parse().ok().ok_or_else(|| {
        Wrong::new(
            format!("`python` must be one version of Python 3, and this is `{}`", shown(text)),
            "write a minor version such as `3.11`, whose patch is locked, or a patch such as `3.11.7`",
        )
    })
}

fn platforms(
    list: Vec<Written<String>>,
    location: &Location,
    errors: &mut Errors,
) -> Vec<Written<Platform>> {
    if list.is_empty() && errors.shape_is_right {
        errors.add(
            location,
            Wrong::new(
                "`platforms` is empty",
                "name a machine such as `linux-x86_64-glibc2.28`, or leave the key out for the machine at hand",
            ),
        );
    }
    let mut platforms = errors.check_all(list, |text| {
        text.parse::<Platform>().ok().ok_or_else(|| {
            Wrong::new(
                format!("`{}` is no platform", shown(text)),
                "write for example `linux-x86_64-glibc2.28`, `linux-aarch64-musl1.2`, `macos-arm64-14.0` or `windows-x86_64`",
            )
        })
    });
    platforms.sort();
    platforms.dedup_by(|left, right| left.value == right.value);
    platforms
}

/// Notes each cycle of `extends` once.
fn refuse_cycles(environments: &BTreeMap<EnvironmentName, Environment>, errors: &mut Errors) {
    // each environment has at most one parent, so every name is finished after one walk
    let mut finished: BTreeSet<&EnvironmentName> = BTreeSet::new();
    for start in environments.keys() {
        let mut path: Vec<&EnvironmentName> = Vec::new();
        let mut on_path: BTreeSet<&EnvironmentName> = BTreeSet::new();
        let mut next = Some(start);
        while let Some(name) = next.filter(|name| !finished.contains(name)) {
            if !on_path.insert(name) {
                report_cycle(environments, &path, name, errors);
                break;
            }
            path.push(name);
            next = environments
                .get(name)
                .and_then(|environment| environment.extends.as_ref())
                .map(|parent| &parent.value);
        }
        finished.extend(on_path);
    }
}

fn report_cycle(
    environments: &BTreeMap<EnvironmentName, Environment>,
    path: &[&EnvironmentName],
    closes_at: &EnvironmentName,
    errors: &mut Errors,
) {
    let mut names: Vec<String> = path
        .iter()
        .skip_while(|name| **name != closes_at)
        .map(|name| format!("`{name}`"))
        .collect();
    names.push(format!("`{closes_at}`"));
    let location = environments.get(closes_at).map(|environment| {
        environment
            .extends
            .as_ref()
            .map_or(&environment.location, |parent| &parent.location)
    });
    if let Some(location) = location {
        errors.add(
            location,
            Wrong::new(
                format!(
                    "environments extend one another: {}",
                    names.join(" extends ")
                ),
                "let the shared part extend nothing",
            ),
        );
    }
}

/// Refuses an environment that, with all it extends, asks for no package. A shared part may hold
/// settings alone, since it is never locked.
fn refuse_empty(environments: &BTreeMap<EnvironmentName, Environment>, errors: &mut Errors) {
    let parent_of = |environment: &Environment| {
        let parent = environment.extends.as_ref()?;
        environments.get(&parent.value)
    };
    let asks = |environment: &Environment| {
        !(environment.requirements.is_empty()
            && environment.groups.is_empty()
            && environment.extras.is_empty())
    };
    let shared: BTreeSet<&EnvironmentName> = environments
        .values()
        .filter_map(|environment| environment.extends.as_ref())
        .map(|parent| &parent.value)
        .collect();
    for (name, environment) in environments {
        let mut chain = std::iter::successors(Some(environment), |link| parent_of(link));
        if shared.contains(name) || chain.any(asks) {
            continue;
        }
        errors.add(
            &environment.location,
            Wrong::new(
                format!("environment `{name}` has nothing to install"),
                "add `requirements = [\"requirements.in\"]`, or `groups` or `extras` of pyproject.toml",
            ),
        );
    }
}
