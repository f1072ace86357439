//! pixi, judged by what it satisfies: environments and platforms are locked, and every requirement of
//! a feature that an environment has is met by a package of the lock.

use std::collections::BTreeSet;

use holdfast_model::{
    Declared, Ecosystem, Freshness, Location, PackageId, Purpose, Requirement, Staleness,
};

use super::satisfied::{self, Held};
use super::{Comparison, Manifest, unknown, unreadable, verdict};
use crate::LineIndex;
use crate::locks::pixi::{Lock, Package};
use crate::locks::tree::{self, Cursor};

/// The manifests of pixi with where their tables are, in the order in which it looks for them.
const MANIFESTS: [(&str, &[&str]); 2] = [("pixi.toml", &[]), ("pyproject.toml", &["tool", "pixi"])];

/// The environment that every project has.
const DEFAULT: &str = "default";

/// What a `pixi.lock` says of its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inputs {
    environments: BTreeSet<String>,
    /// The platforms of any of them, by conda's names.
    platforms: BTreeSet<String>,
    /// Packages of PyPI that conda's bring, by their normalised names, as `purls` say.
    provided: BTreeSet<String>,
}

impl Inputs {
    pub(crate) fn of(lock: &Lock<'_>) -> Self {
        let environments = lock.environments.iter();
        let platforms = environments
            .clone()
            .flat_map(|(_, environment)| environment.packages.iter())
            .flat_map(|(platform, _)| [&**platform, lock.subdir(platform)]);
        Self {
            platforms: platforms.map(str::to_owned).collect(),
            environments: environments.map(|(name, _)| name.to_text()).collect(),
            provided: lock.packages.iter().flat_map(Package::provided).collect(),
        }
    }
}

pub(super) fn freshness(comparison: &Comparison<'_>, inputs: &Inputs) -> Freshness {
    for (name, tables) in MANIFESTS {
        let manifest = match comparison.manifest(name) {
            None => continue,
            Some(Err(error)) => return unreadable(&error),
            Some(Ok(manifest)) => manifest,
        };
        let tree = match tree::toml::parse(&manifest.text) {
            Ok(tree) => tree,
            Err(error) => return unknown(format!("`{}` is no TOML: {error}", manifest.path)),
        };
        let Some(pixi) = tree.root().path(tables) else {
            continue;
        };
        let format = crate::recognise(&manifest.path);
        let read = format.map(|format| crate::read(comparison.files, &manifest.path, format));
        let declared = match read {
            Some(Ok(reading)) => reading.declared.unwrap_or_default(),
            Some(Err(error)) => return unreadable(&error),
            None => continue,
        };
        return compare(comparison, inputs, &manifest, pixi, &declared);
    }
    Freshness::NotApplicable
}

fn compare(
    comparison: &Comparison<'_>,
    inputs: &Inputs,
    manifest: &Manifest,
    pixi: Cursor<'_, '_>,
    declared: &Declared,
) -> Freshness {
    let lines = LineIndex::new(&manifest.text);
    let place = |cursor: Cursor<'_, '_>| lines.location(&manifest.path, cursor.key_offset());
    let mut differences = Vec::new();
    let mut features = BTreeSet::new();
    let mut environments = BTreeSet::from([DEFAULT]);
    for environment in pixi
        .get("environments")
        .into_iter()
        .flat_map(Cursor::children)
    {
        environments.insert(environment.key());
        if inputs.environments.contains(environment.key()) {
            let list = environment.get("features").unwrap_or(environment);
            features.extend(list.children().filter_map(Cursor::as_str));
        } else {
            differences.push(missing(
                "environment",
                environment.key(),
                place(environment),
            ));
        }
    }
    for name in &inputs.environments {
        if !environments.contains(name.as_str()) {
            differences.push(Staleness {
                message: format!(
                    "the environment `{name}` is locked, and is not declared any more"
                ),
                location: Location::start_of(comparison.locked.file.as_str()),
            });
        }
    }
    if !inputs.platforms.is_empty() {
        differences.extend(
            declared
                .options
                .iter()
                .filter(|option| option.name == "platform")
                .filter_map(|option| Some((option.value.as_deref()?, &option.location)))
                .filter(|(platform, _)| !inputs.platforms.contains(*platform))
                .map(|(platform, location)| missing("platform", platform, location.clone())),
        );
    }
    let counts = |purpose: &Purpose| match purpose {
        Purpose::Runtime => true,
        Purpose::Group(name) | Purpose::Extra(name) => features.contains(name.as_str()),
        Purpose::Build => false,
    };
    differences.extend(unmet(declared, comparison, inputs, counts));
    verdict(differences)
}

fn missing(what: &str, name: &str, location: Location) -> Staleness {
    Staleness {
        message: format!("the {what} `{name}` is declared, and is not locked"),
        location,
    }
}

/// Requirements that are not met. Packages of PyPI may come from conda.
fn unmet(
    declared: &Declared,
    comparison: &Comparison<'_>,
    inputs: &Inputs,
    counts: impl Fn(&Purpose) -> bool,
) -> Vec<Staleness> {
    let held = Held::new(comparison.locked);
    let by_conda = |requirement: &Requirement| {
        let id = &requirement.package;
        if id.ecosystem() != Ecosystem::Pypi || !held.entries(id).is_empty() {
            return false;
        }
        if inputs.provided.contains(id.name()) {
            return true;
        }
        let conda = PackageId::new(Ecosystem::Conda, id.name());
        let mut versions = held
            .entries(&conda)
            .iter()
            .filter_map(|it| it.version.as_deref());
        versions.any(|version| requirement.range.admits(version) != Some(false))
    };
    let mut rest = declared.clone();
    rest.requirements
        .retain(|requirement| !by_conda(requirement));
    let mut differences = satisfied::unmet(&rest, &held, counts);
    differences.extend(satisfied::interpreter(declared, &held));
    differences
}
