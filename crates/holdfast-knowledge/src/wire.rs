//! An OSV record as it is written, in JSON or YAML: the fields that are read, nothing judged yet.
//!
//! The standard is the OSV schema 1.x. Fields that are not listed here are passed over.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// A value that databases shape as they like: read where it has the expected shape, else ignored.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Loose<T> {
    Known(T),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) modified: String,
    pub(crate) withdrawn: Option<String>,
    pub(crate) aliases: Option<Vec<String>>,
    pub(crate) summary: Option<String>,
    pub(crate) details: Option<String>,
    pub(crate) severity: Option<Vec<Severity>>,
    pub(crate) affected: Option<Vec<Affected>>,
    pub(crate) database_specific: Option<Loose<DatabaseSpecific>>,
}

#[derive(Deserialize)]
pub(crate) struct Affected {
    pub(crate) package: Option<Package>,
    pub(crate) severity: Option<Vec<Severity>>,
    pub(crate) ranges: Option<Vec<Range>>,
    pub(crate) versions: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) ecosystem: String,
    pub(crate) name: String,
}

#[derive(Deserialize)]
pub(crate) struct Range {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) events: Option<Vec<Event>>,
}

/// The schema wants one key an event; older records have several.
#[derive(Deserialize)]
pub(crate) struct Event {
    pub(crate) introduced: Option<String>,
    pub(crate) fixed: Option<String>,
    pub(crate) last_affected: Option<String>,
    pub(crate) limit: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Severity {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) score: String,
}

#[derive(Deserialize)]
pub(crate) struct DatabaseSpecific {
    pub(crate) severity: String,
}
