//! The store's bytes.
//!
//! ```text
//! magic (8) · version (u32) · length of the header (u32) · its CRC-32 (u32)     little-endian
//! header       postcard: digest, times, counts, and the first name of each block of names
//! body         advisories of each package; then the blocks of names, each sorted
//! ```
//! A package's versions are one sorted table; its advisories speak of them by position, so that a
//! look-up compares numbers and reads only the few versions on the way of a binary search.

use std::io::{self, Read};
use std::ops::Bound;
use std::path::Path;

use fs_err as fs;
use holdfast_model::{AdvisoryData, AdvisorySeverity, Digest, Ecosystem, PackageId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::advisory::Advisory;
use crate::version::EcosystemVersion;

/// The version that is written and read.
pub(crate) const VERSION: u32 = 1;

pub(super) const MAGIC: &[u8; 8] = b"HOLDFADV";

/// Bytes before the header.
const PREFIX: usize = 20;

/// What is known of the records as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) digest: Digest,
    pub(crate) fetched: Timestamp,
    pub(crate) newest: Option<Timestamp>,
    pub(crate) records: u64,
    pub(crate) withdrawn: u64,
    pub(crate) packages: u64,
    pub(crate) ecosystems: Vec<Ecosystem>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) digest: Digest,
    pub(super) fetched: Timestamp,
    pub(super) newest: Option<Timestamp>,
    pub(super) records: u64,
    pub(super) withdrawn: u64,
    pub(super) packages: u64,
    /// By the type of their package URLs, so that the order of the enum does not matter.
    pub(super) ecosystems: Vec<String>,
    pub(super) blocks: Vec<Block>,
    /// Length of the body in bytes.
    pub(super) body: u64,
}

/// A part of the body.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Piece {
    /// In bytes from the start of the body.
    pub(super) offset: u64,
    pub(super) length: u32,
    /// CRC-32.
    pub(super) checksum: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Block {
    pub(super) first: String,
    pub(super) piece: Piece,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    pub(super) piece: Piece,
}

/// All that is stored of one package.
#[derive(Serialize, Deserialize)]
pub(super) struct PackageAdvisories<'a> {
    /// Every version that an advisory speaks of, sorted.
    #[serde(borrow)]
    pub(super) versions: Vec<&'a str>,
    #[serde(borrow)]
    pub(super) advisories: Vec<StoredAdvisory<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredAdvisory<'a> {
    pub(super) id: &'a str,
    #[serde(borrow)]
    pub(super) aliases: Vec<&'a str>,
    pub(super) summary: &'a str,
    pub(super) severity: Option<AdvisorySeverity>,
    pub(super) malicious: bool,
    pub(super) fixed: Vec<u32>,
    pub(super) affected: Vec<(Edge, Edge)>,
}

/// A bound, by position in the table of versions.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum Edge {
    Unbounded,
    Included(u32),
    Excluded(u32),
}

/// Where a version stands in a table: entry `n` has rank `2n + 1`, what lies between has even ranks.
#[derive(Clone, Copy)]
pub(super) struct Rank(u64);

impl Rank {
    fn of_entry(position: u32) -> u64 {
        2 * u64::from(position) + 1
    }
}

impl Header {
    /// As the model has it.
    pub(super) fn data(&self, path: &Path) -> Result<AdvisoryData, StoreError> {
        let known = [Ecosystem::Pypi, Ecosystem::Npm];
        let ecosystems: Option<Vec<Ecosystem>> = self
            .ecosystems
            .iter()
            .map(|name| {
                known
                    .into_iter()
                    .find(|ecosystem| ecosystem.purl_type() == name)
            })
            .collect();
        Ok(AdvisoryData {
            digest: self.digest.clone(),
            fetched: self.fetched,
            newest: self.newest,
            count: self.records,
            ecosystems: ecosystems.ok_or_else(|| StoreError::Damaged {
                path: path.to_owned(),
                source: None,
            })?,
        })
    }
}

impl PackageAdvisories<'_> {
    pub(super) fn rank(&self, ecosystem: Ecosystem, version: &EcosystemVersion) -> Rank {
        let parse = |text: &str| EcosystemVersion::parse(ecosystem, text);
        let below = self
            .versions
            .partition_point(|text| parse(text).is_some_and(|entry| entry < *version));
        let is_entry = self
            .versions
            .get(below)
            .and_then(|text| parse(text))
            .is_some_and(|entry| entry == *version);
        let below = u64::try_from(below).unwrap_or(u64::MAX / 4);
        Rank(2 * below + u64::from(is_entry))
    }

    /// The advisory as it was before it was stored; nothing where the store is damaged.
    pub(super) fn restore(
        &self,
        ecosystem: Ecosystem,
        stored: &StoredAdvisory<'_>,
    ) -> Option<Advisory> {
        let version = |position: u32| {
            let text = self.versions.get(usize::try_from(position).ok()?)?;
            EcosystemVersion::parse(ecosystem, text)
        };
        let bound = |edge: Edge| {
            Some(match edge {
                Edge::Unbounded => Bound::Unbounded,
                Edge::Included(position) => Bound::Included(version(position)?),
                Edge::Excluded(position) => Bound::Excluded(version(position)?),
            })
        };
        let spans: Option<Vec<_>> = stored
            .affected
            .iter()
            .map(|(lower, upper)| Some((bound(*lower)?, bound(*upper)?)))
            .collect();
        Some(Advisory {
            id: stored.id.to_owned(),
            aliases: stored.aliases.iter().map(ToString::to_string).collect(),
            summary: stored.summary.to_owned(),
            severity: stored.severity,
            malicious: stored.malicious,
            fixed: stored
                .fixed
                .iter()
                .map(|position| version(*position))
                .collect::<Option<_>>()?,
            affected: spans?.into_iter().collect(),
        })
    }
}

impl StoredAdvisory<'_> {
    pub(super) fn contains(&self, Rank(rank): Rank) -> bool {
        self.affected.iter().any(|(lower, upper)| {
            let above = match *lower {
                Edge::Unbounded => true,
                Edge::Included(position) => rank >= Rank::of_entry(position),
                Edge::Excluded(position) => rank > Rank::of_entry(position),
            };
            let below = match *upper {
                Edge::Unbounded => true,
                Edge::Included(position) => rank <= Rank::of_entry(position),
                Edge::Excluded(position) => rank < Rank::of_entry(position),
            };
            above && below
        })
    }
}

/// What a package is sorted and found by.
pub(super) fn key(package: &PackageId) -> String {
    format!("{}/{}", package.ecosystem().purl_type(), package.name())
}

/// Reads and checks everything before the body; also answers where the body begins.
pub(super) fn read_header(
    file: &mut fs::File,
    size: u64,
    path: &Path,
) -> Result<(Header, u64), StoreError> {
    let path = || path.to_owned();
    let mut prefix = [0; PREFIX];
    let read = read_up_to(file, &mut prefix).map_err(StoreError::Io)?;
    let (magic, rest) = prefix.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(StoreError::NotAStore { path: path() });
    }
    let damaged = |source| StoreError::Damaged {
        path: path(),
        source,
    };
    let number = |index: usize| -> Result<u32, StoreError> {
        let bytes = rest.get(4 * index..).and_then(|rest| rest.first_chunk());
        let bytes = bytes.ok_or_else(|| damaged(None))?;
        Ok(u32::from_le_bytes(*bytes))
    };
    if read == PREFIX && number(0)? != VERSION {
        return Err(StoreError::OtherVersion {
            path: path(),
            found: number(0)?,
        });
    }
    let length = number(1)?;
    let body = u64::try_from(PREFIX).unwrap_or(0) + u64::from(length);
    if read < PREFIX || body > size {
        return Err(damaged(None));
    }
    let mut bytes = Vec::new();
    Read::take(&mut *file, u64::from(length))
        .read_to_end(&mut bytes)
        .map_err(StoreError::Io)?;
    if crc32fast::hash(&bytes) != number(2)? {
        return Err(damaged(None));
    }
    let header: Header = postcard::from_bytes(&bytes).map_err(|error| damaged(Some(error)))?;
    if body.checked_add(header.body) != Some(size) {
        return Err(damaged(None));
    }
    Ok((header, body))
}

fn read_up_to(file: &mut fs::File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
    Read::take(&mut *file, limit).read_to_end(&mut bytes)?;
    for (place, byte) in buffer.iter_mut().zip(&bytes) {
        *place = *byte;
    }
    Ok(bytes.len())
}
