//! What is asked of the solver.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use holdfast_model::{EnvironmentName, PackageId, Platform, Requirement};
use jiff::Timestamp;

/// One joint solve: environments that share a Python minor version.
#[derive(Debug, Clone)]
pub struct SolveRequest {
    /// The Python minor version: `3.11`.
    pub python: String,
    /// The machines to solve for, sorted.
    pub platforms: Vec<Platform>,
    /// What each environment asks for.
    pub environments: Vec<SolveEnvironment>,
    /// Requirements that narrow versions without asking for a package, as PEP 508 text.
    pub constraints: Vec<String>,
    /// Requirements that replace what packages ask of each other, as PEP 508 text.
    pub overrides: Vec<String>,
    /// Versions to keep where nothing speaks against it: what is locked now.
    pub preferences: Vec<Preference>,
    /// Files uploaded after this are not considered.
    pub exclude_newer: Option<Timestamp>,
    /// Other limits for single packages.
    pub exclude_newer_package: BTreeMap<PackageId, Timestamp>,
    /// Where packages come from, in order of priority.
    pub indexes: Vec<SolveIndex>,
    /// Packages that come from one place only.
    pub sources: BTreeMap<PackageId, SolveSource>,
    /// Packages whose source archive may be built.
    pub allow_build: BTreeSet<PackageId>,
    /// Whether the network may be used.
    pub network: Network,
    /// Directory that relative paths of requirements start from.
    pub root: PathBuf,
    /// Directory for temporary projects; created where it is absent.
    pub scratch: PathBuf,
    /// Environment variables for uv besides the inherited ones: credentials, certificates, proxies.
    pub variables: BTreeMap<String, String>,
}

/// The requirements of one environment.
#[derive(Debug, Clone)]
pub struct SolveEnvironment {
    /// The environment.
    pub name: EnvironmentName,
    /// The environment that it extends.
    pub extends: Option<EnvironmentName>,
    /// The machines it is for.
    pub platforms: Vec<Platform>,
    /// What it asks for, its shared part included.
    pub requirements: Vec<Requirement>,
}

/// A package index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SolveIndex {
    /// Its name: letters, digits, `-` and `_`.
    pub name: String,
    /// The address of its simple API, without credentials.
    pub url: String,
    /// How it is used.
    pub role: IndexRole,
}

/// How the solver uses an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexRole {
    /// For every package that no index before it has.
    General,
    /// For every package that no other index has.
    Default,
    /// For the packages that name it in [`SolveRequest::sources`] alone.
    Explicit,
    /// A list of files.
    FindLinks,
}

/// The one place that a package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SolveSource {
    /// The index of this name.
    Index(String),
}

/// A version to keep where nothing speaks against it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Preference {
    /// The package.
    pub package: PackageId,
    /// The version.
    pub version: String,
    /// The index that it came from, where known.
    pub index: Option<String>,
}

/// Whether uv may use the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// It may.
    Allowed,
    /// It may not: only uv's cache is used.
    Offline,
}
