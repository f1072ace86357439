//! Core metadata as it is cached.

use holdfast_model::CoreMetadata;
use serde::{Deserialize, Serialize};

use super::Verification;

/// An entry of the cache. A layout of its own, so that the noun can grow without old entries being
/// read wrongly.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CachedMetadata {
    verification: Verification,
    name: String,
    version: String,
    requires_dist: Vec<String>,
    requires_python: Option<String>,
    provides_extra: Vec<String>,
    license_expression: Option<String>,
    license: Option<String>,
    classifiers: Vec<String>,
    license_files: Vec<String>,
}

impl CachedMetadata {
    pub(super) fn new(metadata: &CoreMetadata, verification: Verification) -> Self {
        let metadata = metadata.clone();
        Self {
            verification,
            name: metadata.name,
            version: metadata.version,
            requires_dist: metadata.requires_dist,
            requires_python: metadata.requires_python,
            provides_extra: metadata.provides_extra,
            license_expression: metadata.license_expression,
            license: metadata.license,
            classifiers: metadata.classifiers,
            license_files: metadata.license_files,
        }
    }

    pub(super) fn verification(&self) -> Verification {
        self.verification
    }

    pub(super) fn metadata(self) -> CoreMetadata {
        CoreMetadata {
            name: self.name,
            version: self.version,
            requires_dist: self.requires_dist,
            requires_python: self.requires_python,
            provides_extra: self.provides_extra,
            license_expression: self.license_expression,
            license: self.license,
            classifiers: self.classifiers,
            license_files: self.license_files,
        }
    }
}
