//! Reading many records, and making the store of them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use holdfast_model::{Digest, Ecosystem, PackageId};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::advisory::collapse;
use crate::container::{ContainerError, Limits, each_file};
use crate::record::{LARGEST_RECORD, OsvRecord, parse_record};
use crate::store::{self, Summary};

/// What is read of one container: all of npm's advisories are near 1 GB.
const LIMITS: Limits = Limits {
    file: LARGEST_RECORD as u64,
    total: 8 * 1024 * 1024 * 1024,
};

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// Records that count: imported and not withdrawn.
    pub records: u64,
    /// Records that are withdrawn.
    pub withdrawn: u64,
    /// Packages that any record affects.
    pub packages: u64,
    /// Digest over the records.
    pub digest: Digest,
    /// Files without a record that can be used, sorted.
    pub skipped: Vec<Skipped>,
    /// Files whose record is imported, though part of it cannot be matched, sorted.
    pub remarks: Vec<Skipped>,
}

/// A file that was not imported, or not wholly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Its path inside the container.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// Why nothing was imported. The store that was there stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The container cannot be read.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// No record was found.
    #[error(
        "`{}` holds no OSV record that can be used ({skipped} files passed over{}); expected `.json` or `.yaml` files",
        path.display(), first_reason(first.as_ref())
    )]
    Nothing {
        /// The container.
        path: PathBuf,
        /// How many files were passed over.
        skipped: usize,
        /// The first of them.
        first: Option<Skipped>,
    },
    /// The store cannot be written.
    #[error("cannot write the advisory store `{}`", path.display())]
    Write {
        /// The store.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn first_reason(first: Option<&Skipped>) -> String {
    first.map_or_else(String::new, |first| {
        format!(", the first is `{}`: {}", first.file, first.reason)
    })
}

/// An error and its causes in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What was read of a container.
struct Read {
    /// By id.
    records: BTreeMap<String, (OsvRecord, String)>,
    skipped: Vec<Skipped>,
}

/// Reads the OSV records of `source` into the store at `store`, which is replaced whole.
///
/// `source` is a directory, a zip archive, a tar archive (plain, Zstandard or gzip), or one record.
/// A record that cannot be used is listed as skipped; a broken archive is an error, and so is one
/// without any record. `now` is recorded as the time of the fetch.
pub fn import(source: &Path, store: &Path, now: Timestamp) -> Result<ImportReport, ImportError> {
    let Read { records, skipped } = read(source)?;
    let mut remarks = Vec::new();
    let records: Vec<OsvRecord> = records
        .into_values()
        .map(|(mut record, file)| {
            remarks.extend(record.remarks.drain(..).map(|reason| Skipped {
                file: file.clone(),
                reason,
            }));
            record
        })
        .collect();
    remarks.sort();
    let packages = collapse(&records);
    let summary = summary_of(&records, &packages, now);
    store::write(store, &summary, &packages).map_err(|source| ImportError::Write {
        path: store.to_owned(),
        source,
    })?;
    Ok(ImportReport {
        records: summary.records,
        withdrawn: summary.withdrawn,
        packages: summary.packages,
        digest: summary.digest,
        skipped,
        remarks,
    })
}

/// The OSV records of a directory, an archive or a file, sorted by id, and what was passed over.
///
/// Of several records with one id, the one modified last counts.
pub fn read_records(source: &Path) -> Result<(Vec<OsvRecord>, Vec<Skipped>), ImportError> {
    let Read { records, skipped } = read(source)?;
    let records = records.into_values().map(|(record, _)| record).collect();
    Ok((records, skipped))
}

fn read(source: &Path) -> Result<Read, ImportError> {
    let mut read = Read {
        records: BTreeMap::new(),
        skipped: Vec::new(),
    };
    each_file(source, LIMITS, &mut |file, bytes| {
        let record =
            bytes.and_then(|bytes| parse_record(&bytes, file).map_err(|error| with_causes(&error)));
        match record {
            Ok(record) => read.add(file, record),
            Err(reason) => read.skip(file, reason),
        }
    })?;
    read.skipped.sort();
    if read.records.is_empty() {
        return Err(ImportError::Nothing {
            path: source.to_owned(),
            skipped: read.skipped.len(),
            first: read.skipped.first().cloned(),
        });
    }
    Ok(read)
}

impl Read {
    fn add(&mut self, file: &str, record: OsvRecord) {
        let id = record.id.clone();
        let Some((known, known_file)) = self.records.get(&id) else {
            self.records.insert(id, (record, file.to_owned()));
            return;
        };
        if *known == record {
            return;
        }
        // of two that were modified at the same time, the file's name decides, not the order of files
        let newer = (record.modified, file) > (known.modified, known_file.as_str());
        let (old, new) = if newer {
            (known_file.clone(), file.to_owned())
        } else {
            (file.to_owned(), known_file.clone())
        };
        self.skip(&old, format!("`{new}` has the same `{id}`, modified later"));
        if newer {
            self.records.insert(id, (record, new));
        }
    }

    fn skip(&mut self, file: &str, reason: String) {
        self.skipped.push(Skipped {
            file: file.to_owned(),
            reason,
        });
    }
}

fn summary_of<T>(
    records: &[OsvRecord],
    packages: &BTreeMap<PackageId, T>,
    now: Timestamp,
) -> Summary {
    let withdrawn = records
        .iter()
        .filter(|record| record.withdrawn.is_some())
        .count();
    let mut ecosystems: Vec<Ecosystem> = packages.keys().map(PackageId::ecosystem).collect();
    ecosystems.sort();
    ecosystems.dedup();
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    Summary {
        digest: digest(records),
        fetched: now,
        newest: records.iter().map(|record| record.modified).max(),
        records: count(records.len() - withdrawn),
        withdrawn: count(withdrawn),
        packages: count(packages.len()),
        ecosystems,
    }
}

/// SHA-256 over what is used of the records, which come sorted by id.
///
/// So the container, the order of files and JSON or YAML make no difference, and neither does a
/// field that Holdfast does not look at.
pub(crate) fn digest(records: &[OsvRecord]) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(b"holdfast advisories 1\n");
    for record in records {
        let mut fields = vec![
            record.id.clone(),
            record.aliases.join(" "),
            record.modified.to_string(),
            record
                .withdrawn
                .map_or_else(String::new, |time| time.to_string()),
            record.has_summary.to_string(),
            record.summary.clone(),
        ];
        for affected in &record.affected {
            let list = |versions: &[crate::EcosystemVersion]| {
                versions
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            fields.extend([
                affected.package.purl(None),
                format!("{:?}", affected.severity),
                affected.in_ranges.to_string(),
                list(&affected.listed),
                list(&affected.fixed),
            ]);
        }
        // lengths keep two fields apart whatever they contain
        for field in fields {
            hasher.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(field.as_bytes());
        }
        hasher.update(u64::MAX.to_le_bytes());
    }
    Digest::sha256(&hasher.finalize().into())
}
