//! Model files: their paths, and the environments that load them.

use std::collections::BTreeMap;

use holdfast_model::EnvironmentName;

use super::super::shown::shown;
use super::super::suggest::did_you_mean;
use super::super::unvalidated::{UnvalidatedArtefact, Written};
use super::super::values::{self, Wrong};
use super::super::{ConfiguredArtefact, Environment};
use super::errors::Errors;
use super::required;

pub(super) fn artefacts(
    list: Vec<UnvalidatedArtefact>,
    environments: &BTreeMap<EnvironmentName, Environment>,
    errors: &mut Errors,
) -> Vec<ConfiguredArtefact> {
    let mut artefacts: Vec<ConfiguredArtefact> = Vec::new();
    for unvalidated in list {
        let path = required(unvalidated.path, "path", &unvalidated.location, errors);
        let path =
            path.and_then(|path| errors.check_written(path, |text| values::project_path(text)));
        let is_said = unvalidated.environment.is_some();
        let environment = unvalidated
            .environment
            .and_then(|name| environment(name, environments, errors));
        let (Some(path), true) = (path, environment.is_some() || !is_said) else {
            continue;
        };
        let artefact = ConfiguredArtefact {
            path: path.value,
            environment,
            location: path.location,
        };
        refuse_second(&artefacts, &artefact, errors);
        artefacts.push(artefact);
    }
    artefacts
}

/// The environment that is named, which must have a lock of its own.
fn environment(
    name: Written<String>,
    environments: &BTreeMap<EnvironmentName, Environment>,
    errors: &mut Errors,
) -> Option<EnvironmentName> {
    let is_shared = |name: &EnvironmentName| {
        environments.values().any(|environment| {
            let parent = environment.extends.as_ref();
            parent.is_some_and(|parent| parent.value == *name)
        })
    };
    let names = || environments.keys().map(EnvironmentName::as_str);
    // what a mistaken environment would have been called is not known
    if environments.is_empty() && !errors.list.is_empty() {
        return None;
    }
    let checked = errors.check_written(name, |text| {
        let found = environments.keys().find(|name| name.as_str() == text);
        match found {
            None => Err(Wrong::new(
                format!("there is no environment `{}`", shown(text)),
                did_you_mean(text, names()),
            )),
            Some(name) if is_shared(name) => Err(Wrong::new(
                format!("`{name}` is a shared part, which has no lock"),
                "name the environment that loads the file, or leave `environment` out where several do",
            )),
            Some(name) => Ok(name.clone()),
        }
    });
    checked.map(|name| name.value)
}

/// One file may be loaded by several environments; saying so twice is a slip.
fn refuse_second(
    artefacts: &[ConfiguredArtefact],
    artefact: &ConfiguredArtefact,
    errors: &mut Errors,
) {
    let is_same = |other: &&ConfiguredArtefact| {
        other.path == artefact.path
            && (other.environment == artefact.environment
                || other.environment.is_none()
                || artefact.environment.is_none())
    };
    if let Some(first) = artefacts.iter().find(is_same) {
        errors.add(
            &artefact.location,
            Wrong::new(
                format!(
                    "`{}` is named in line {} already",
                    shown(&artefact.path),
                    first.location.line
                ),
                "name it once, or give each of the two an `environment` of its own",
            ),
        );
    }
}
