//! One advisory of the OSV schema: read, checked, and its ranges turned into sets of versions.
//!
//! Total: any bytes give a record or an error, within bounded memory.

mod affected;
mod text;

use holdfast_model::{AdvisorySeverity, PackageId};
use jiff::Timestamp;
use version_ranges::Ranges;

use crate::version::EcosystemVersion;
use crate::{cvss, range, wire};
use affected::{affected_packages, severity};
use text::{first_sentence, is_id, one_line, shortened};

/// Largest record that is read, in bytes. The largest of the public feeds are near 3 MB.
pub const LARGEST_RECORD: usize = 16 * 1024 * 1024;

/// An advisory, as far as Holdfast uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OsvRecord {
    /// `id`.
    pub id: String,
    /// `aliases`, sorted, without the id.
    pub aliases: Vec<String>,
    /// `modified`.
    pub modified: Timestamp,
    /// `withdrawn`: since when the record does not count.
    pub withdrawn: Option<Timestamp>,
    /// `summary`, or else the first sentence of `details`; one line without control characters.
    pub summary: String,
    /// Whether `summary` was given.
    pub has_summary: bool,
    /// What it affects, of the ecosystems that are covered; sorted by package, each one once.
    pub affected: Vec<AffectedPackage>,
    /// What of the record cannot be matched, and why.
    pub remarks: Vec<String>,
}

/// What an advisory says of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedPackage {
    /// The package.
    pub package: PackageId,
    /// How bad it is, where the record tells.
    pub severity: Option<AdvisorySeverity>,
    /// The versions inside its ranges.
    pub in_ranges: Ranges<EcosystemVersion>,
    /// The versions that are listed one by one, sorted.
    pub listed: Vec<EcosystemVersion>,
    /// The versions that fix it, sorted.
    pub fixed: Vec<EcosystemVersion>,
}

/// Why bytes are no record that can be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It is larger than [`LARGEST_RECORD`].
    #[error("record of {size} bytes: the limit is {LARGEST_RECORD}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// It is no JSON, or a field has the wrong type.
    #[error("no OSV record in JSON")]
    Json(#[from] serde_json::Error),
    /// It is no YAML, or a field has the wrong type.
    #[error("no OSV record in YAML")]
    Yaml(#[source] Box<serde_saphyr::Error>),
    /// A field has a value that the schema does not allow.
    #[error("`{field}` is `{value}`: {expected}")]
    Field {
        /// The field.
        field: &'static str,
        /// The value, shortened.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A field is no time as RFC 3339 writes it.
    #[error("`{field}` is `{value}`, which is no time")]
    Time {
        /// The field.
        field: &'static str,
        /// The value, shortened.
        value: String,
        /// What is wrong with it.
        source: jiff::Error,
    },
    /// It affects nothing in an ecosystem that is covered.
    #[error("no package of an ecosystem that is covered (`PyPI`, `npm`), but of {0}")]
    NotCovered(String),
    /// It names packages that are covered, and no version of them.
    #[error("names no version: {0}")]
    NoVersions(String),
}

/// Reads one record. A `name` that ends in `.yaml` or `.yml` tells YAML, any other JSON.
///
/// A byte order mark is passed over. A record that is withdrawn is a record. One that affects only
/// ecosystems that are not covered, or names no version that could be matched, is an error.
pub fn parse_record(bytes: &[u8], name: &str) -> Result<OsvRecord, RecordError> {
    if bytes.len() > LARGEST_RECORD {
        return Err(RecordError::TooLarge { size: bytes.len() });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let record = if is_yaml(name) {
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_depth: 32, max_documents: 1, max_aliases: 1_000 },
            with_snippet: false,
        };
        serde_saphyr::from_slice_with_options(bytes, options)
            .map_err(|error| RecordError::Yaml(Box::new(error)))?
    } else {
        serde_json::from_slice(bytes)?
    };
    OsvRecord::from_wire(record)
}

/// Whether a file of this name holds YAML.
pub(crate) fn is_yaml(name: &str) -> bool {
    has_extension(name, &["yaml", "yml"])
}

/// Whether a file of this name may hold a record.
pub(crate) fn is_record_name(name: &str) -> bool {
    has_extension(name, &["json", "yaml", "yml"])
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| {
        extensions
            .iter()
            .any(|wanted| extension.eq_ignore_ascii_case(wanted))
    })
}

impl OsvRecord {
    /// Whether it tells of a package that is malicious, rather than vulnerable: it or an alias is of
    /// the database of malicious packages.
    pub fn is_malicious(&self) -> bool {
        self.ids().any(|id| id.starts_with("MAL-"))
    }

    /// Its id and its aliases.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id)
            .chain(&self.aliases)
            .map(String::as_str)
    }

    fn from_wire(record: wire::Record) -> Result<Self, RecordError> {
        if !is_id(&record.id) {
            return Err(field(
                "id",
                &record.id,
                "expected an identifier of one word",
            ));
        }
        let modified = timestamp("modified", &record.modified)?;
        let withdrawn = record
            .withdrawn
            .as_deref()
            .map(|text| timestamp("withdrawn", text))
            .transpose()?;
        let mut aliases = record.aliases.unwrap_or_default();
        // an empty alias would make one advisory of all records that have it
        aliases.retain(|alias| is_id(alias) && *alias != record.id);
        aliases.sort();
        aliases.dedup();

        let severity = severity(record.severity.as_deref()).or(match &record.database_specific {
            Some(wire::Loose::Known(specific)) => cvss::severity_of_word(&specific.severity),
            Some(wire::Loose::Other(_)) | None => None,
        });
        let summary = one_line(record.summary.as_deref().unwrap_or_default());
        let details = || first_sentence(record.details.as_deref().unwrap_or_default());
        let entries = record.affected.unwrap_or_default();
        let (affected, remarks) = match affected_packages(&entries, severity) {
            Ok(affected) => affected,
            // it does not count, so nothing is lost with what it affects
            Err(_) if withdrawn.is_some() => Default::default(),
            Err(error) => return Err(error),
        };
        Ok(Self {
            id: record.id,
            aliases,
            modified,
            withdrawn,
            has_summary: !summary.is_empty(),
            summary: if summary.is_empty() {
                details()
            } else {
                summary
            },
            affected,
            remarks,
        })
    }
}

impl AffectedPackage {
    /// Every version that is affected: inside a range, or listed.
    pub fn affected(&self) -> Ranges<EcosystemVersion> {
        range::union([&self.in_ranges], &self.listed)
    }
}

fn timestamp(name: &'static str, text: &str) -> Result<Timestamp, RecordError> {
    text.parse().map_err(|source| RecordError::Time {
        field: name,
        value: shortened(text),
        source,
    })
}

fn field(field: &'static str, value: &str, expected: &'static str) -> RecordError {
    RecordError::Field {
        field,
        value: shortened(value),
        expected,
    }
}
