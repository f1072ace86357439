//! What is known about packages, as far as it concerns the components at hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use pep440_rs::Version;
use serde::{Deserialize, Serialize};
use version_ranges::Ranges;

use crate::{Digest, PackageId};

/// What is known about the components at hand. Everything here is absent rather than empty where it
/// was not looked at.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// The advisory data that was consulted; absent where there is none on this machine.
    pub advisories: Option<AdvisoryData>,
    /// Advisories that affect a component, by package and version. A component without an entry is
    /// clean, provided [`Knowledge::advisories`] is there and covers its ecosystem.
    pub matches: BTreeMap<(PackageId, String), Vec<AdvisoryMatch>>,
    /// What the indexes have of a package; only for packages that were looked up. Shared by facts
    /// that are judged one after another.
    pub releases: Arc<BTreeMap<PackageId, ProjectReleases>>,
}

/// The advisory data that was consulted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvisoryData {
    /// SHA-256 over the records.
    pub digest: Digest,
    /// When the feed was last fetched or imported.
    pub fetched: Timestamp,
    /// The newest `modified` of any record.
    pub newest: Option<Timestamp>,
    /// How many records, without withdrawn ones.
    pub count: u64,
    /// Ecosystems that the data covers.
    pub ecosystems: Vec<crate::Ecosystem>,
}

/// How bad an advisory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdvisorySeverity {
    /// CVSS below 4.
    Low,
    /// CVSS 4 to 6.9.
    Medium,
    /// CVSS 7 to 8.9.
    High,
    /// CVSS 9 and more.
    Critical,
}

/// An advisory that affects one version of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryMatch {
    /// The identifier that stands for all its aliases: of the `PYSEC-`, else `GHSA-`, else any kind.
    pub id: String,
    /// Its other identifiers, sorted.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: String,
    /// How bad it is, where the record tells.
    pub severity: Option<AdvisorySeverity>,
    /// Whether the package is malicious, rather than vulnerable.
    pub malicious: bool,
    /// The versions in which it is fixed, sorted; empty where none is.
    pub fixed: Vec<String>,
    /// Every version of the package that the advisory affects.
    pub affected: Ranges<Version>,
}

impl AdvisoryMatch {
    /// Whether `id` is this advisory or one of its aliases.
    pub fn is_called(&self, id: &str) -> bool {
        self.id == id || self.aliases.iter().any(|alias| alias == id)
    }
}

/// What an index has of one package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectReleases {
    /// Address of the index, without credentials.
    pub index: String,
    /// Whether the index marks the whole project (PEP 792): `archived`, `quarantined`, `deprecated`.
    pub status: Option<String>,
    /// The releases, sorted by version.
    pub releases: Vec<Release>,
}

impl ProjectReleases {
    /// The release of a version, compared as PEP 440 says (`1.0` is `1.0.0`).
    pub fn release(&self, version: &Version) -> Option<&Release> {
        self.releases
            .binary_search_by(|release| release.version.cmp(version))
            .ok()
            .and_then(|position| self.releases.get(position))
    }
}

/// One version on an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The version.
    pub version: Version,
    /// Its files.
    pub files: Vec<ReleaseFile>,
}

impl Release {
    /// The reason when every file is yanked (PEP 592); empty where none was given.
    pub fn yanked(&self) -> Option<&str> {
        let mut reason = None;
        for file in &self.files {
            reason = Some(file.yanked.as_deref()?);
        }
        reason
    }

    /// When its first file was uploaded, provided that the index tells it for any.
    pub fn uploaded(&self) -> Option<Timestamp> {
        self.files.iter().filter_map(|file| file.upload_time).min()
    }
}

/// A file on an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFile {
    /// Its name.
    pub name: String,
    /// When the index received it.
    pub upload_time: Option<Timestamp>,
    /// Why it was yanked; an empty text where no reason was given.
    pub yanked: Option<String>,
    /// The interpreters that it admits, as written.
    pub requires_python: Option<String>,
}
