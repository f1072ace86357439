//! `uv.lock` as uv writes it for the projects that Holdfast makes: only what is needed from it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The file.
#[derive(Debug, Deserialize)]
pub(crate) struct UvLock {
    pub(crate) version: u32,
    #[serde(default, rename = "package")]
    pub(crate) packages: Vec<UvPackage>,
}

/// One `[[package]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct UvPackage {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) source: UvSource,
    #[serde(default)]
    pub(crate) dependencies: Vec<UvDependency>,
    #[serde(default)]
    pub(crate) optional_dependencies: BTreeMap<String, Vec<UvDependency>>,
    #[serde(default)]
    pub(crate) dev_dependencies: BTreeMap<String, Vec<UvDependency>>,
    pub(crate) sdist: Option<UvFile>,
    #[serde(default)]
    pub(crate) wheels: Vec<UvFile>,
}

/// Where a package comes from: exactly one of these.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct UvSource {
    pub(crate) registry: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) git: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) directory: Option<String>,
    pub(crate) editable: Option<String>,
    #[serde(rename = "virtual")]
    pub(crate) project: Option<String>,
}

/// An edge.
#[derive(Debug, Deserialize)]
pub(crate) struct UvDependency {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    #[serde(default)]
    pub(crate) extra: Vec<String>,
    pub(crate) marker: Option<String>,
}

/// A wheel or source archive.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct UvFile {
    pub(crate) url: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) filename: Option<String>,
    pub(crate) hash: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) upload_time: Option<String>,
}

/// The version of uv's format that this reads.
pub(crate) const VERSION: u32 = 1;
