//! A package in a report.

use holdfast_model::PackageId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A package, with its version where there is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PackageRef {
    /// Its package URL.
    pub purl: String,
    /// Its name, normalised where the ecosystem says how.
    pub name: String,
    /// Its version; null for a directory or repository without one.
    pub version: Option<String>,
}

impl PackageRef {
    /// A package in a version.
    pub fn new(package: &PackageId, version: Option<&str>) -> Self {
        Self {
            purl: package.purl(version),
            name: package.name().to_owned(),
            version: version.map(str::to_owned),
        }
    }

    /// Name and version: `numpy 1.26.4`.
    pub(crate) fn in_words(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {version}", self.name),
            None => self.name.clone(),
        }
    }
}
