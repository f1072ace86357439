//! A lock: exact versions, files and hashes, whichever tool wrote it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{Digest, EnvironmentName, Location, PackageId, Platform};

/// The tool and format of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockFormat {
    /// `pylock.toml` (PEP 751), Holdfast's own format.
    Pylock,
    /// `uv.lock`.
    Uv,
    /// `poetry.lock`.
    Poetry,
    /// `Pipfile.lock`.
    Pipenv,
    /// `pdm.lock`.
    Pdm,
    /// A requirements file in which every line is pinned.
    Requirements,
    /// `conda-lock.yml`.
    CondaLock,
    /// A conda list with `@EXPLICIT`.
    CondaExplicit,
    /// `pixi.lock`.
    Pixi,
    /// `package-lock.json`.
    Npm,
}

impl LockFormat {
    /// The format's name, as messages and docs have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pylock => "pylock.toml",
            Self::Uv => "uv.lock",
            Self::Poetry => "poetry.lock",
            Self::Pipenv => "Pipfile.lock",
            Self::Pdm => "pdm.lock",
            Self::Requirements => "requirements.txt",
            Self::CondaLock => "conda-lock",
            Self::CondaExplicit => "conda explicit list",
            Self::Pixi => "pixi.lock",
            Self::Npm => "package-lock.json",
        }
    }
}

/// One lock of one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Locked {
    /// The file, relative to the directory that was checked, with forward slashes.
    pub file: String,
    /// Which format it has.
    pub format: LockFormat,
    /// The program that wrote it, as the file says (`created-by`).
    pub created_by: String,
    /// The interpreters it is for, as written.
    pub requires_python: Option<String>,
    /// The environment markers it is for; empty for any.
    pub environments: Vec<String>,
    /// The extras and groups that an installer may choose from; empty for a lock of one selection.
    pub groups: LockGroups,
    /// What Holdfast adds; absent in a lock of another tool.
    pub holdfast: Option<LockMetadata>,
    /// The packages, in the order of the file.
    pub packages: Vec<LockedPackage>,
}

/// The selections that a lock offers, each list in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockGroups {
    /// The extras (PEP 621 optional dependencies).
    pub extras: Vec<String>,
    /// The dependency groups (PEP 735).
    pub dependency_groups: Vec<String>,
    /// The groups that are installed where nothing is chosen.
    pub default_groups: Vec<String>,
}

/// `[tool.holdfast]` of a lock.
#[derive(Debug, Clone, PartialEq)]
pub struct LockMetadata {
    /// Version of the format; 1 is what this version of Holdfast writes.
    pub version: u32,
    /// The environment that this is the lock of.
    pub environment: EnvironmentName,
    /// The environment that it extends.
    pub extends: Option<EnvironmentName>,
    /// The interpreter, to the patch: `3.11.7`.
    pub python: String,
    /// The implementation: `cpython`.
    pub implementation: String,
    /// The machines it is for, sorted.
    pub platforms: Vec<Platform>,
    /// SHA-256 of the normalised declarations.
    pub declarations: Digest,
    /// Files uploaded after this were not considered; absent where no holding period was set.
    pub cutoff: Option<Timestamp>,
    /// SHA-256 of the advisory data that was judged by; absent where there was none.
    pub advisories: Option<Digest>,
    /// Version of uv that solved.
    pub uv: String,
    /// What was passed over, and why; sorted by package and version.
    pub passed_over: Vec<PassedOver>,
    /// What was let through, and why; sorted.
    pub exemptions: Vec<Exemption>,
    /// The model files that this environment loads, sorted by path.
    pub artefacts: Vec<LockedArtefact>,
}

impl LockMetadata {
    /// What is recorded of the model file at `path`, relative to the project's directory.
    pub fn artefact(&self, path: &str) -> Option<&LockedArtefact> {
        self.artefacts.iter().find(|artefact| artefact.path == path)
    }
}

/// A model file as a lock records it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockedArtefact {
    /// The file, relative to the project's directory, with forward slashes.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub digest: Digest,
}

/// A version that a person would have expected, and why another was taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PassedOver {
    /// The package.
    pub package: PackageId,
    /// The version that was passed over.
    pub version: String,
    /// Why, in one line.
    pub reason: String,
    /// The version that was taken; absent where the package is not needed any more.
    pub took: Option<String>,
    /// How a person could have it all the same.
    pub way_out: Option<String>,
}

/// A version that was locked although something speaks against it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exemption {
    /// The package.
    pub package: PackageId,
    /// The version that was let through.
    pub version: String,
    /// The rule that would have refused it.
    pub rule: String,
    /// Why it was let through: `--allow PYSEC-…`, a waiver, a security release.
    pub reason: String,
}

/// A package of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedPackage {
    /// The package.
    pub package: PackageId,
    /// The version; absent for a directory or repository without one.
    pub version: Option<String>,
    /// The environment marker under which it is installed.
    pub marker: Option<String>,
    /// The interpreters that it admits.
    pub requires_python: Option<String>,
    /// Where it comes from.
    pub source: LockSource,
    /// Wheels and source archives, sorted by name.
    pub files: Vec<LockedFile>,
    /// What it depends on, sorted.
    pub dependencies: Vec<Dependency>,
    /// Whether a person asked for it; absent where the lock does not tell.
    pub direct: Option<bool>,
    /// Its licence: an SPDX expression where it could be told, else what its metadata says.
    pub licence: Option<String>,
    /// The groups or extras of the project that it belongs to, where the lock tells; sorted.
    pub groups: Vec<String>,
    /// Who published its files, as their attestations (PEP 740) say.
    pub attestations: Vec<AttestationIdentity>,
    /// Where it is written.
    pub location: Location,
}

impl LockedPackage {
    /// The package URL with its version.
    pub fn purl(&self) -> String {
        self.package.purl(self.version.as_deref())
    }

    /// Size of the largest file, in bytes: what is downloaded for one platform, where known.
    pub fn size(&self) -> Option<u64> {
        self.files.iter().filter_map(|file| file.size).max()
    }
}

/// The identity of a publisher (PEP 740): what built and uploaded a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttestationIdentity {
    /// The kind of publisher: `GitHub`, `GitLab`, `Google`.
    pub kind: String,
    /// What identifies it, by kind: `repository`, `workflow`, `environment`.
    pub claims: BTreeMap<String, String>,
}

/// Where a locked package comes from.
///
/// Where the project is not at the root of an archive or repository, the address ends in
/// `#subdirectory=…`, as in a direct reference (PEP 508).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockSource {
    /// A package index, by its address without credentials, where the lock tells.
    Registry {
        /// Address of the simple index.
        index: Option<String>,
    },
    /// One archive at an address.
    Archive {
        /// The address or path.
        url: String,
    },
    /// A commit of a repository.
    Vcs {
        /// `git`, `hg`, `bzr` or `svn`.
        system: String,
        /// The repository, without credentials.
        url: String,
        /// The commit.
        commit: Option<String>,
    },
    /// A directory on this machine.
    Directory {
        /// The path as written.
        path: String,
        /// Whether changes in it take effect without installing again.
        editable: bool,
    },
}

/// A file of a locked package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedFile {
    /// The file's name.
    pub name: String,
    /// Its address, without credentials.
    pub url: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// When the index received it.
    pub upload_time: Option<Timestamp>,
    /// Its hashes, sorted.
    pub hashes: Vec<Digest>,
    /// Digest of the wheel's own list of files, as [`crate::FileList`] defines it, where known.
    pub contents: Option<Digest>,
}

impl LockedFile {
    /// Whether it is a wheel, which installs without running its code.
    pub fn is_wheel(&self) -> bool {
        std::path::Path::new(&self.name)
            .extension()
            .is_some_and(|extension| extension == "whl")
    }

    /// Its SHA-256.
    pub fn sha256(&self) -> Option<&Digest> {
        self.hashes
            .iter()
            .find(|digest| digest.algorithm() == crate::HashAlgorithm::Sha256)
    }
}

/// An edge of the dependency graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// What is depended on.
    pub package: PackageId,
    /// Its version, where the lock has several of the package.
    pub version: Option<String>,
    /// The marker under which the edge holds.
    pub marker: Option<String>,
    /// The range that is asked for, where the lock tells.
    pub specifier: Option<String>,
}

impl Locked {
    /// Positions of the packages by name; several where a lock forks by marker.
    pub fn by_package(&self) -> BTreeMap<&PackageId, Vec<&LockedPackage>> {
        let mut by_package: BTreeMap<&PackageId, Vec<&LockedPackage>> = BTreeMap::new();
        for package in &self.packages {
            by_package
                .entry(&package.package)
                .or_default()
                .push(package);
        }
        by_package
    }
}
