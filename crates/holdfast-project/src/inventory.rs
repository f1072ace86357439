//! What is in the environments, in every state that was looked at, as `holdfast list` shows it.

use std::collections::BTreeSet;

use holdfast_model::{
    Component, Declared, EnvironmentFacts, EnvironmentName, Facts, Installed, Inventory, Layer,
    Location, Locked, LockedPackage, PackageId, Requirement, State,
};

/// The components of all environments, in all states.
///
/// A shared part that other environments extend is left out: what it declares is declared by each of
/// them.
pub fn inventory(facts: &Facts) -> Inventory {
    let extended: BTreeSet<(&str, &EnvironmentName)> = facts
        .environments
        .iter()
        .filter_map(|environment| {
            Some((environment.project.as_str(), environment.extends.as_ref()?))
        })
        .collect();
    let mut components = Vec::new();
    for environment in &facts.environments {
        let is_part = environment
            .name
            .as_ref()
            .is_some_and(|name| extended.contains(&(environment.project.as_str(), name)));
        if !is_part {
            add_environment(environment, &mut components);
        }
    }
    let mut inventory = Inventory::new(components);
    inventory.components.dedup();
    inventory
}

fn add_environment(environment: &EnvironmentFacts, components: &mut Vec<Component>) {
    let name = environment.name.as_ref().map(EnvironmentName::as_str);
    if let Some(declared) = environment.declared.present() {
        add_declared(declared, name, components);
    }
    if let Some(locked) = environment.locked.present() {
        add_locked(locked, name, components);
    }
    if let Some(installed) = environment.installed.present() {
        add_installed(installed, name, components);
    }
}

fn add_declared(declared: &Declared, environment: Option<&str>, components: &mut Vec<Component>) {
    for requirement in &declared.requirements {
        let version = requirement.range.exact.clone();
        components.push(Component {
            specifier: Some(requirement.range.text.clone()).filter(|text| !text.is_empty()),
            direct: Some(is_asked_for(requirement)),
            marker: requirement.marker.clone(),
            hashes: sorted(requirement.hashes.iter().map(ToString::to_string)),
            location: Some(requirement.location.clone()),
            ..component(&requirement.package, version, State::Declared, environment)
        });
    }
    for python in &declared.python {
        let is_patch = python.text.split('.').count() == 3
            && python
                .text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.');
        let version = is_patch.then(|| python.text.clone());
        let specifiers = python.specifiers.as_ref().map(ToString::to_string);
        components.push(Component {
            specifier: Some(specifiers.unwrap_or_else(|| python.text.clone())),
            location: Some(python.location.clone()),
            ..interpreter(version, State::Declared, environment)
        });
    }
}

/// A compiled file notes who brought a requirement in; `-r …` and a manifest's name mean a person.
fn is_asked_for(requirement: &Requirement) -> bool {
    requirement.via.is_empty()
        || requirement
            .via
            .iter()
            .any(|via| via.starts_with("-r ") || via.ends_with(')'))
}

fn add_locked(locked: &Locked, environment: Option<&str>, components: &mut Vec<Component>) {
    for package in &locked.packages {
        components.push(Component {
            direct: package.direct,
            marker: package.marker.clone(),
            hashes: hashes(package),
            location: Some(package.location.clone()),
            ..component(
                &package.package,
                package.version.clone(),
                State::Locked,
                environment,
            )
        });
    }
    let version = locked
        .holdfast
        .as_ref()
        .map(|metadata| metadata.python.clone());
    if version.is_some() || locked.requires_python.is_some() {
        components.push(Component {
            specifier: locked.requires_python.clone(),
            location: Some(Location::start_of(locked.file.clone())),
            ..interpreter(version, State::Locked, environment)
        });
    }
}

fn hashes(package: &LockedPackage) -> Vec<String> {
    let files = package.files.iter();
    sorted(files.flat_map(|file| &file.hashes).map(ToString::to_string))
}

fn add_installed(
    installed: &Installed,
    environment: Option<&str>,
    components: &mut Vec<Component>,
) {
    for package in &installed.packages {
        components.push(Component {
            direct: package.direct,
            ..component(
                &package.package,
                Some(package.version.clone()),
                State::Installed,
                environment,
            )
        });
    }
    if let Some(version) = &installed.python {
        components.push(interpreter(
            Some(version.clone()),
            State::Installed,
            environment,
        ));
    }
}

fn component(
    package: &PackageId,
    version: Option<String>,
    state: State,
    environment: Option<&str>,
) -> Component {
    Component {
        purl: package.purl(version.as_deref()),
        name: package.name().to_owned(),
        version,
        specifier: None,
        state,
        layer: Layer::Packages,
        environment: environment.map(str::to_owned),
        direct: None,
        marker: None,
        hashes: Vec::new(),
        location: None,
    }
}

fn interpreter(version: Option<String>, state: State, environment: Option<&str>) -> Component {
    let python = PackageId::new(holdfast_model::Ecosystem::Generic, "python");
    Component {
        layer: Layer::Interpreter,
        ..component(&python, version, state, environment)
    }
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}
