//! pixi, judged by what it satisfies: environments, platforms and channels are those of the lock,
//! every requirement of a feature that an environment has is met by a package of the lock, and every
//! package of an environment is there because of one.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{
    Declared, Ecosystem, Freshness, Location, LockSource, LockedPackage, PackageId, Purpose,
    Requirement, Staleness,
};

use super::reach::{self, Roots};
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
    /// Packages of PyPI that conda's bring, by their normalised names, as `purls` say, with the names
    /// of those that bring them.
    provided: BTreeMap<String, BTreeSet<String>>,
    /// What the project itself needs, where it is part of an environment.
    project: BTreeSet<PackageId>,
    /// Addresses of the channels, by environment.
    channels: BTreeMap<String, Vec<String>>,
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
            provided: provided(lock),
            project: lock
                .packages
                .iter()
                .flat_map(Package::needs_of_project)
                .collect(),
            channels: lock
                .environments
                .iter()
                .map(|(name, environment)| {
                    let urls = environment.channels.iter().map(|it| it.url.to_text());
                    (name.to_text(), urls.collect())
                })
                .collect(),
        }
    }
}

fn provided(lock: &Lock<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in &lock.packages {
        for name in package.provided() {
            let providers = found.entry(name).or_default();
            providers.extend(package.conda_name().map(str::to_owned));
        }
    }
    found
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
    if differences.is_empty() {
        differences.extend(channels(inputs, pixi, declared));
        differences.extend(left_over(comparison, inputs, pixi, declared));
    }
    verdict(differences)
}

/// The features that an environment has, apart from what is there for all.
fn features<'t>(pixi: Cursor<'t, '_>, environment: &str) -> BTreeSet<&'t str> {
    let Some(environment) = pixi.path(&["environments", environment]) else {
        return BTreeSet::new();
    };
    let list = environment.get("features").unwrap_or(environment);
    list.children().filter_map(Cursor::as_str).collect()
}

/// Channels that are declared and not those of the lock. Features may bring channels of their own:
/// such environments are not looked at.
fn channels(inputs: &Inputs, pixi: Cursor<'_, '_>, declared: &Declared) -> Vec<Staleness> {
    let asked: Vec<(&str, &Location)> = declared
        .options
        .iter()
        .filter(|option| option.name == "channel")
        .filter_map(|option| Some((option.value.as_deref()?, &option.location)))
        .collect();
    let mut differences = Vec::new();
    for (environment, locked) in &inputs.channels {
        let brings = |name: &&str| pixi.path(&["feature", name, "channels"]).is_some();
        if locked.is_empty() || features(pixi, environment).iter().any(brings) {
            continue;
        }
        for (channel, location) in &asked {
            if !locked.iter().any(|url| is_channel(url, channel)) {
                differences.push(missing("channel", channel, (*location).clone()));
            }
        }
        for url in locked {
            let declared = asked.iter().any(|(channel, _)| is_channel(url, channel));
            if let (false, Some((_, location))) = (declared, asked.first()) {
                let url = crate::locks::without_secrets(url);
                differences.push(Staleness {
                    message: format!(
                        "the channel `{url}` was asked for when the lock was made, and is not any more"
                    ),
                    location: (*location).clone(),
                });
            }
        }
    }
    differences
}

/// Whether an address of a lock is that of a channel, by its name or its address.
fn is_channel(url: &str, channel: &str) -> bool {
    let url = crate::locks::without_secrets(url);
    let (url, channel) = (url.trim_end_matches('/'), channel.trim_end_matches('/'));
    let inside = url.strip_suffix(channel);
    inside.is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// Packages of an environment that nothing leads to. Of directories whose needs the lock does not
/// have, nothing can be told, nor where something of the manifest is not read.
fn left_over(
    comparison: &Comparison<'_>,
    inputs: &Inputs,
    pixi: Cursor<'_, '_>,
    declared: &Declared,
) -> Vec<Staleness> {
    let mut differences = Vec::new();
    if !declared.unread.is_empty() {
        return differences;
    }
    for environment in &inputs.environments {
        let has = |package: &&LockedPackage| package.groups.contains(environment);
        let packages = comparison.locked.packages.iter().filter(has);
        let is_opaque = |package: &LockedPackage| {
            package.dependencies.is_empty()
                && !matches!(package.source, LockSource::Registry { .. })
        };
        if packages.clone().any(is_opaque) {
            continue;
        }
        let features = features(pixi, environment);
        let counts = |purpose: &Purpose| match purpose {
            Purpose::Runtime | Purpose::Build => true,
            Purpose::Group(name) | Purpose::Extra(name) => features.contains(name.as_str()),
        };
        let mut roots = Roots::of(declared, counts);
        roots.extend(inputs.project.iter().cloned());
        let by_conda: Vec<PackageId> = roots
            .packages()
            .filter(|id| id.ecosystem() == Ecosystem::Pypi)
            .flat_map(|id| {
                let providers = inputs.provided.get(id.name());
                let providers = providers.into_iter().flatten().map(String::as_str);
                providers.chain([id.name()])
            })
            .map(|name| PackageId::new(Ecosystem::Conda, name))
            .collect();
        roots.extend(by_conda);
        differences.extend(reach::left_over(&roots, packages));
    }
    differences
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
        if inputs.provided.contains_key(id.name()) {
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
