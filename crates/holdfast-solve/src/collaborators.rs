//! Who the loop works with: a solver, package indexes, and whoever watches.

use std::collections::BTreeMap;
use std::error::Error;

use holdfast_model::{AdvisoryData, AdvisoryMatch, Digest, LockedFile, PackageId, ProjectReleases};
use holdfast_uv::{Answer, SolveRequest, Uv, UvError};

/// Finds versions that satisfy everything.
pub trait Solver {
    /// Solves all environments of a request jointly.
    fn solve(&self, request: &SolveRequest) -> Result<Answer, UvError>;
    /// The solver's version, for the lock.
    fn version(&self) -> &str;
}

impl Solver for Uv {
    fn solve(&self, request: &SolveRequest) -> Result<Answer, UvError> {
        self.lock(request)
    }

    fn version(&self) -> &str {
        Self::version(self)
    }
}

/// What package indexes know.
pub trait Packages {
    /// The releases of each package; a package is left out where its index cannot tell.
    fn releases(&self, packages: &[PackageId]) -> BTreeMap<PackageId, ProjectReleases>;
    /// What the wheels' own metadata say, by the SHA-256 (hexadecimal) of the wheel; a wheel is left
    /// out where its metadata cannot be had.
    fn details(&self, wheels: &[&LockedFile]) -> BTreeMap<String, Details>;
    /// The digest over the files in each wheel ([`holdfast_model::FileList`]), by the SHA-256
    /// (hexadecimal) of the wheel; a wheel is left out where that cannot be had.
    fn contents(&self, wheels: &[&LockedFile]) -> BTreeMap<String, Digest> {
        let _ = wheels;
        BTreeMap::new()
    }
}

/// What a wheel's metadata says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Its licence.
    pub licence: Option<String>,
    /// What it depends on, as PEP 508 text.
    pub requires: Vec<String>,
    /// Its size in bytes, where the index or its answer told.
    pub size: Option<u64>,
}

/// What is known of vulnerabilities.
pub trait Advisories {
    /// The data that is consulted; nothing where there is none on this machine.
    fn data(&self) -> Option<AdvisoryData>;
    /// SHA-256 over all records that are consulted, a project's own included.
    fn digest(&self) -> Option<Digest>;
    /// The advisories that affect a version.
    fn matches(
        &self,
        package: &PackageId,
        version: &str,
    ) -> Result<Vec<AdvisoryMatch>, Box<dyn Error + Send + Sync>>;
}

impl Advisories for holdfast_knowledge::Advisories {
    fn data(&self) -> Option<AdvisoryData> {
        self.data()
    }

    fn digest(&self) -> Option<Digest> {
        self.digest()
    }

    fn matches(
        &self,
        package: &PackageId,
        version: &str,
    ) -> Result<Vec<AdvisoryMatch>, Box<dyn Error + Send + Sync>> {
        Ok(self.matches(package, version)?)
    }
}

/// What the loop is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Solving, for the n-th time (counted from 1).
    Solving {
        /// Which time.
        round: usize,
    },
    /// Reading the metadata of this many wheels.
    Metadata {
        /// How many.
        wheels: usize,
    },
    /// Judging.
    Judging,
    /// Asking why something newer was not taken.
    Explaining,
}

/// Watches the loop.
pub trait Listener {
    /// It begins something.
    fn stage(&self, stage: Stage);
}

/// Does not watch.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Listener for Silent {
    fn stage(&self, _: Stage) {}
}
