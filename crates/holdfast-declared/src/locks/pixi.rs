//! `pixi.lock`: versions 4 to 7.
//!
//! Environments name, for each platform, the packages that they consist of; packages are listed once.
//! What a package is and where it lies is said under different keys from version to version.

mod packages;

use std::collections::BTreeSet;

use holdfast_model::{LockFormat, LockGroups, Locked, PackageId};
use serde::Deserialize;

use super::conda;
use super::source::Source;
use super::tree::{self, Pairs, Text};
use crate::ReadError;

const FORMAT: &str = "lock of pixi";
const FIX: &str = "write it again with `pixi lock`";

/// The versions that are understood.
const VERSIONS: std::ops::RangeInclusive<u64> = 4..=7;

#[derive(Deserialize)]
pub(crate) struct Lock<'a> {
    version: Option<u64>,
    #[serde(borrow, default)]
    platforms: Vec<Platform<'a>>,
    #[serde(borrow, default)]
    pub(crate) environments: Pairs<'a, Environment<'a>>,
    #[serde(borrow, default)]
    pub(crate) packages: Vec<Package<'a>>,
}

/// A platform with a name of its own, since version 7.
#[derive(Deserialize)]
struct Platform<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    subdir: Option<Text<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Environment<'a> {
    #[serde(borrow)]
    pub(crate) channels: Vec<Channel<'a>>,
    #[serde(borrow)]
    indexes: Vec<Text<'a>>,
    /// What is installed, by platform.
    #[serde(borrow)]
    pub(crate) packages: Pairs<'a, Vec<Reference<'a>>>,
}

/// Where packages of conda were looked for.
#[derive(Deserialize)]
pub(crate) struct Channel<'a> {
    #[serde(borrow, default)]
    pub(crate) url: Text<'a>,
}

/// Names a package of the list by where it lies.
#[derive(Deserialize)]
pub(crate) struct Reference<'a> {
    #[serde(borrow)]
    conda: Option<Text<'a>>,
    #[serde(borrow)]
    pypi: Option<Text<'a>>,
    #[serde(borrow)]
    conda_source: Option<Text<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Package<'a> {
    /// `conda` or `pypi`, before version 6.
    #[serde(borrow)]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    conda: Option<Text<'a>>,
    #[serde(borrow)]
    pypi: Option<Text<'a>>,
    #[serde(borrow)]
    conda_source: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    path: Option<Text<'a>>,
    #[serde(borrow)]
    subdir: Option<Text<'a>>,
    #[serde(borrow)]
    md5: Option<Text<'a>>,
    #[serde(borrow)]
    sha256: Option<Text<'a>>,
    size: Option<u64>,
    #[serde(borrow)]
    license: Option<Text<'a>>,
    #[serde(borrow)]
    depends: Vec<Text<'a>>,
    #[serde(borrow)]
    purls: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    index: Option<Text<'a>>,
    #[serde(borrow)]
    requires_dist: Vec<Text<'a>>,
    #[serde(borrow)]
    requires_python: Option<Text<'a>>,
    editable: bool,
}

/// Reads the file as pixi wrote it.
pub(crate) fn parse<'a>(source: &Source<'a>) -> Result<Lock<'a>, ReadError> {
    let lock: Lock<'a> =
        tree::yaml::from_str(source.text()).map_err(|error| source.refuse(FORMAT, &error, FIX))?;
    match lock.version {
        Some(version) if VERSIONS.contains(&version) => Ok(lock),
        Some(version) if version < *VERSIONS.start() => Err(source.reject(
            format!("version {version} of `pixi.lock` is too old: expected 4 to 7"),
            FIX,
        )),
        Some(version) => Err(source.reject(
            format!("version {version} of `pixi.lock` is not understood: expected 4 to 7"),
            "upgrade holdfast",
        )),
        None => Err(source.reject("not a lock of pixi: it has no `version`", FIX)),
    }
}

/// The lock in the one shape.
pub(crate) fn locked(lock: &Lock<'_>, source: &Source<'_>) -> Locked {
    let everywhere = lock.everywhere();
    let names = lock.environments.iter().map(|(name, _)| name.to_text());
    Locked {
        file: source.file().to_owned(),
        format: LockFormat::Pixi,
        created_by: "pixi".to_owned(),
        requires_python: None,
        environments: everywhere.iter().cloned().collect(),
        groups: LockGroups {
            dependency_groups: names.collect(),
            ..LockGroups::default()
        },
        holdfast: None,
        packages: packages::read(lock, &everywhere, source),
    }
}

impl Package<'_> {
    /// What the project whose lock it is needs, where the lock has it.
    pub(crate) fn needs_of_project(&self) -> impl Iterator<Item = PackageId> {
        let place = self.pypi.as_deref().or(self.path.as_deref());
        let is_project = matches!(place, Some("." | "./"));
        let needs = self.requires_dist.iter().filter(move |_| is_project);
        needs.filter_map(|text| Some(super::specifier::dependency(text)?.package))
    }

    /// The name of a conda package.
    pub(crate) fn conda_name(&self) -> Option<&str> {
        let url = self.conda.as_deref().or(self.url.as_deref())?;
        let file = url.rsplit('/').next().and_then(conda::name_and_version);
        self.name.as_deref().or(file.map(|(name, _)| name))
    }

    /// The packages of PyPI that a conda package brings, normalised.
    pub(crate) fn provided(&self) -> impl Iterator<Item = String> {
        let purls = self.purls.iter().flatten();
        purls.filter_map(|purl| {
            let name = purl.strip_prefix("pkg:pypi/")?;
            let name = name.split(['@', '?']).next().unwrap_or(name);
            Some(PackageId::pypi(name).name().to_owned())
        })
    }
}

impl Lock<'_> {
    /// The conda platform that a platform of the lock stands for.
    pub(crate) fn subdir<'l>(&'l self, platform: &'l str) -> &'l str {
        self.platforms
            .iter()
            .find(|known| &*known.name == platform)
            .and_then(|known| known.subdir.as_deref())
            .unwrap_or(platform)
    }

    fn everywhere(&self) -> BTreeSet<String> {
        let platforms = self
            .environments
            .iter()
            .flat_map(|(_, environment)| environment.packages.iter())
            .map(|(platform, _)| self.subdir(platform));
        conda::markers(platforms)
    }
}
