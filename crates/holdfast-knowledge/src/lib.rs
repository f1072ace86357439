//! What is known about packages: advisories.
//!
//! Advisories are records of the OSV schema. [`import`] reads them from a directory or an archive
//! into one indexed file, the [`AdvisoryStore`], from which [`Advisories`] answers what affects a
//! package's version. Nothing here touches the network, reads the clock, or judges.

mod advisories;
mod advisory;
mod container;
mod cvss;
mod import;
mod range;
mod record;
mod store;
mod version;
mod wire;

pub use advisories::Advisories;
pub use container::ContainerError;
pub use cvss::{severity_of_vector, severity_of_word};
pub use import::{ImportError, ImportReport, Skipped, import, read_records};
pub use range::{Event, affected};
pub use record::{AffectedPackage, LARGEST_RECORD, OsvRecord, RecordError, parse_record};
pub use store::{AdvisoryStore, StoreError};
pub use version::EcosystemVersion;

#[cfg(test)]
mod tests;
