//! Dependency trees, as `holdfast tree` shows them.

mod text;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Report, document};
use crate::package::PackageRef;

pub use text::tree_text;

/// The dependency trees of one or more locks or environments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forest {
    /// One tree per lock or environment, sorted.
    pub trees: Vec<Tree>,
}

/// The packages of one lock or environment, and what depends on what.
///
/// A graph rather than nested nodes: a package that many depend on is there once, and a cycle is
/// no trouble.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tree {
    /// The environment; null in a project without configuration.
    pub environment: Option<String>,
    /// The lock, or the directory of the environment.
    pub file: String,
    /// Package URLs of what a person asked for or, where that is not known, of what nothing depends
    /// on; sorted. The tree begins with these.
    pub roots: Vec<String>,
    /// The packages, sorted by name and version.
    pub packages: Vec<TreePackage>,
}

/// A package of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TreePackage {
    /// The package.
    #[serde(flatten)]
    pub package: PackageRef,
    /// Whether a person asked for it; null where that cannot be told.
    pub direct: Option<bool>,
    /// What it depends on, sorted.
    pub dependencies: Vec<TreeDependency>,
}

/// An edge of a tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct TreeDependency {
    /// Package URL of what is depended on.
    pub purl: String,
    /// The range that is asked for, where it is known.
    pub specifier: Option<String>,
    /// The marker under which it is needed.
    pub marker: Option<String>,
}

impl Report for Forest {
    const SCHEMA: &'static str = "holdfast/tree/1";
}

/// Trees as JSON (`holdfast/tree/1`).
pub fn tree_json(forest: &Forest) -> String {
    document(forest)
}
