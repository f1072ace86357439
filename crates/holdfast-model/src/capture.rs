//! What is installed, as an artefact that is kept: `holdfast capture` writes it, `diff` compares it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Layer;

/// Everything that was seen of one environment at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Capture {
    /// `holdfast/capture/1`.
    pub schema: String,
    /// The version of Holdfast that wrote it.
    pub holdfast: String,
    /// When it was captured (RFC 3339, UTC).
    #[schemars(with = "String")]
    pub captured: Timestamp,
    /// The environment's directory, as given.
    pub root: String,
    /// The interpreter.
    pub interpreter: CapturedInterpreter,
    /// The packages, sorted by package URL.
    pub packages: Vec<CapturedPackage>,
    /// What is not as an installer left it, sorted by path.
    pub deviations: Vec<CapturedDeviation>,
    /// Code that runs whenever the interpreter starts, sorted by path.
    pub start_up: Vec<CapturedStartUp>,
    /// What packages load from below Python; null where it was not looked at.
    #[serde(default)]
    pub native: Option<CapturedNative>,
    /// The operating system.
    pub system: CapturedSystem,
    /// Environment variables that change what Python does, where they are set.
    pub variables: BTreeMap<String, String>,
    /// What could not be seen, sorted.
    pub not_seen: Vec<NotSeen>,
}

/// The interpreter of an environment; null where its files do not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CapturedInterpreter {
    /// `cpython` or `pypy`.
    pub implementation: Option<String>,
    /// The version to the patch.
    pub version: Option<String>,
    /// The program that the environment's `python` leads to.
    pub executable: Option<String>,
}

/// An installed package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CapturedPackage {
    /// Its package URL.
    pub purl: String,
    /// Its name, normalised.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence: an SPDX expression where that could be told.
    pub licence: Option<String>,
    /// Whether a person asked for it; null where that cannot be told.
    pub direct: Option<bool>,
    /// Where it was installed from (PEP 610); null for a package index.
    pub source: Option<CapturedSource>,
    /// How many files it has.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// SHA-256 over its files as they are: the digest that a lock keeps of the wheel, where nothing
    /// was altered. Null where nobody can tell its files.
    pub digest: Option<String>,
}

/// Where a package was installed from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CapturedSource {
    /// The address, without credentials.
    pub url: String,
    /// The commit, for a repository.
    pub commit: Option<String>,
    /// Whether changes in the directory take effect at once.
    pub editable: bool,
}

/// A file that is not as an installer left it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CapturedDeviation {
    /// The path, relative to the environment; of a directory it ends in `/`.
    pub path: String,
    /// The package whose file it is; null where none claims it.
    pub package: Option<String>,
    /// How it differs: `altered`, `missing`, `unowned`.
    pub what: String,
}

/// Code that runs whenever the interpreter starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CapturedStartUp {
    /// The file, relative to the environment, or absolute where it is the base interpreter's.
    pub path: String,
    /// The line of a path file; null for a module that every start imports.
    pub line: Option<String>,
    /// The package that brought it; null where none did.
    pub package: Option<String>,
}

/// Shared libraries, and the machine's NVIDIA driver and GPUs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CapturedNative {
    /// How many shared libraries the packages have.
    pub libraries: u64,
    /// What they need and nothing there meets, sorted by file.
    pub unmet: Vec<CapturedNeed>,
    /// The version of NVIDIA's kernel driver: `580.65.06`; null where there is none.
    pub driver: Option<String>,
    /// NVIDIA's GPUs, in the driver's order.
    pub gpus: Vec<CapturedGpu>,
}

/// A need of a shared library that nothing meets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CapturedNeed {
    /// The file that needs it, relative to the environment.
    pub file: String,
    /// The package that has the file; null where none does.
    pub package: Option<String>,
    /// The library that is needed: `libgomp.so.1`.
    pub library: String,
    /// The version of its symbols, where the library is there and lacks it: `GLIBC_2.38`.
    pub version: Option<String>,
}

/// A GPU.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CapturedGpu {
    /// Its name: `NVIDIA H100 80GB HBM3`.
    pub name: String,
    /// Its compute capability: `9.0`; null where it does not tell.
    pub capability: Option<String>,
}

/// The operating system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CapturedSystem {
    /// The kind of machine, as locks name it: `linux-x86_64-glibc2.36`.
    pub platform: Option<String>,
    /// The distribution, by `ID` and `VERSION_ID` of `os-release`: `debian 12`.
    pub distribution: Option<String>,
    /// Its packages, sorted; null where they could not be read.
    pub packages: Option<Vec<SystemPackage>>,
}

/// A package of the operating system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SystemPackage {
    /// Its package URL: `pkg:deb/debian/libgomp1@12.2.0-14?arch=amd64`.
    pub purl: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The architecture that it is for.
    pub architecture: String,
}

/// Something that could not be seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct NotSeen {
    /// The layer that it belongs to.
    pub layer: Layer,
    /// Why.
    pub reason: String,
}

impl Capture {
    /// The schema that this version of Holdfast writes.
    pub const SCHEMA: &'static str = "holdfast/capture/1";

    /// The variables that are captured: what is imported and loaded, and what makes runs repeat.
    pub const VARIABLES: &'static [&'static str] = &[
        "CUBLAS_WORKSPACE_CONFIG",
        "CUDA_VISIBLE_DEVICES",
        "LANG",
        "LC_ALL",
        "LD_AUDIT",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "MKL_NUM_THREADS",
        "NVIDIA_VISIBLE_DEVICES",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PYTHONHASHSEED",
        "PYTHONHOME",
        "PYTHONNOUSERSITE",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PYTHONUSERBASE",
        "TF_DETERMINISTIC_OPS",
        "TZ",
    ];
}
