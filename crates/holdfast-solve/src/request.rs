//! What is to be locked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use holdfast_model::{Declared, Digest, EnvironmentName, Locked, PackageId, Platform};
use holdfast_rules::Policy;
use holdfast_uv::{IndexRole, Network, SolveIndex};
use jiff::Timestamp;

/// A project's environments, and how they are to be locked.
#[derive(Debug)]
pub struct LockRequest<'a> {
    /// Every environment that has a lock of its own, sorted by name.
    pub environments: Vec<LockEnvironment>,
    /// What is wanted of versions.
    pub policy: &'a Policy,
    /// Where packages come from.
    pub routing: IndexRouting,
    /// What may move.
    pub upgrade: Upgrade,
    /// Whether the locks that are there were all written by one run.
    pub before: Before,
    /// The time to judge by.
    pub now: Timestamp,
    /// Whether the solver may use the network.
    pub network: Network,
    /// The project's directory.
    pub root: PathBuf,
    /// Directory for temporary solver projects.
    pub scratch: PathBuf,
    /// Environment variables for the solver.
    pub variables: BTreeMap<String, String>,
}

/// How the locks that are there came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Every run ended as it should.
    Whole,
    /// The last run was killed between two locks, so that they need not agree.
    HalfFinished,
}

/// One environment that has a lock of its own.
#[derive(Debug)]
pub struct LockEnvironment {
    /// Its name.
    pub name: EnvironmentName,
    /// The environment that it extends.
    pub extends: Option<EnvironmentName>,
    /// Names of the packages that the shared part asks for.
    pub core: BTreeSet<PackageId>,
    /// The interpreter as configured: `3.11`, or to the patch.
    pub python: String,
    /// The machines it is for, sorted.
    pub platforms: Vec<Platform>,
    /// What it declares, its shared part included.
    pub declared: Declared,
    /// SHA-256 of the normalised declarations.
    pub digest: Digest,
    /// Its lock as it is.
    pub previous: Option<Locked>,
    /// Whether it is to be locked now, or to be kept as it is.
    pub role: LockRole,
}

/// What is done with an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockRole {
    /// It is locked.
    Lock,
    /// It is kept as it is locked, and what is locked has to agree with it.
    Keep,
}

/// What may move.
#[derive(Debug, Clone, Default)]
pub struct Upgrade {
    /// The packages that may.
    pub packages: UpgradePackages,
    /// Whether the interpreter's patch may.
    pub python: UpgradePython,
}

/// The packages that may move.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum UpgradePackages {
    /// Only those that have to.
    #[default]
    None,
    /// These.
    Some(BTreeSet<PackageId>),
    /// All of them.
    All,
}

impl UpgradePackages {
    pub(crate) fn includes(&self, package: &PackageId) -> bool {
        match self {
            Self::None => false,
            Self::Some(packages) => packages.contains(package),
            Self::All => true,
        }
    }
}

/// Whether the interpreter's patch may move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UpgradePython {
    /// It stays as locked.
    #[default]
    Keep,
    /// It becomes that of the interpreter at hand.
    Move,
}

/// Where packages come from.
#[derive(Debug, Clone, Default)]
pub struct IndexRouting {
    /// The main index; PyPI where there is none.
    pub default: Option<NamedIndex>,
    /// Further indexes for any package, asked before the main one.
    pub extra: Vec<NamedIndex>,
    /// Lists of files.
    pub find_links: Vec<NamedIndex>,
    /// Indexes for packages whose names match, and for nothing else.
    pub only_for: Vec<(NamedIndex, Vec<String>)>,
}

impl IndexRouting {
    /// The indexes as the solver takes them, in the order in which they are asked.
    pub fn indexes(&self) -> Vec<SolveIndex> {
        let index = |index: &NamedIndex, role| SolveIndex {
            name: index.name.clone(),
            url: index.url.clone(),
            role,
        };
        let of = |indexes: &[NamedIndex], role| -> Vec<SolveIndex> {
            indexes.iter().map(|it| index(it, role)).collect()
        };
        let only_for = self.only_for.iter();
        only_for
            .map(|(only_for, _)| index(only_for, IndexRole::Explicit))
            .chain(of(&self.extra, IndexRole::General))
            .chain(of(&self.find_links, IndexRole::FindLinks))
            .chain(self.default.iter().map(|it| index(it, IndexRole::Default)))
            .collect()
    }
}

/// An index with a name for messages and credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedIndex {
    /// The name: letters, digits, `-` and `_`.
    pub name: String,
    /// The address, without credentials.
    pub url: String,
}
