//! Writing a store.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::ops::Bound;
use std::path::Path;

use fs_err as fs;
use holdfast_model::PackageId;

use super::format::{
    Block, Edge, Entry, Header, MAGIC, PackageAdvisories, Piece, StoredAdvisory, Summary, VERSION,
    key,
};
use crate::advisory::Advisory;
use crate::version::EcosystemVersion;

/// Names in a block.
const NAMES_PER_BLOCK: usize = 64;

/// Writes a store of `packages` to `path`, in place of what is there.
pub(crate) fn write(
    path: &Path,
    summary: &Summary,
    packages: &BTreeMap<PackageId, Vec<Advisory>>,
) -> io::Result<()> {
    let mut body = Vec::new();
    let mut entries: Vec<(String, Piece)> = Vec::with_capacity(packages.len());
    for (package, advisories) in packages {
        let piece = append(&mut body, &encode(advisories)?)?;
        entries.push((key(package), piece));
    }
    entries.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut blocks = Vec::new();
    for names in entries.chunks(NAMES_PER_BLOCK) {
        let block: Vec<Entry<'_>> = names
            .iter()
            .map(|(key, piece)| Entry { key, piece: *piece })
            .collect();
        let bytes = postcard::to_stdvec(&block).map_err(io::Error::other)?;
        blocks.push(Block {
            first: names
                .first()
                .map(|(key, _)| key.clone())
                .unwrap_or_default(),
            piece: append(&mut body, &bytes)?,
        });
    }
    let header = Header {
        digest: summary.digest.clone(),
        fetched: summary.fetched,
        newest: summary.newest,
        records: summary.records,
        withdrawn: summary.withdrawn,
        packages: summary.packages,
        ecosystems: summary
            .ecosystems
            .iter()
            .map(|ecosystem| ecosystem.purl_type().to_owned())
            .collect(),
        blocks,
        body: u64::try_from(body.len()).map_err(io::Error::other)?,
    };
    replace(path, &header, &mut body.as_slice())
}

/// Writes `header` and `body` beside `path`, and then renames: whoever reads sees the old store or
/// the new one, and a run that is killed leaves the old one.
pub(super) fn replace(path: &Path, header: &Header, body: &mut dyn Read) -> io::Result<()> {
    let bytes = postcard::to_stdvec(header).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(MAGIC)?;
    for number in [VERSION, length, crc32fast::hash(&bytes)] {
        file.write_all(&number.to_le_bytes())?;
    }
    file.write_all(&bytes)?;
    io::copy(body, &mut file)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // a directory can be opened and synced on Unix only; elsewhere the rename itself must do
    if let Ok(directory) = fs::File::open(directory) {
        let _ = directory.sync_all();
    }
    Ok(())
}

fn append(body: &mut Vec<u8>, bytes: &[u8]) -> io::Result<Piece> {
    let piece = Piece {
        offset: u64::try_from(body.len()).map_err(io::Error::other)?,
        length: u32::try_from(bytes.len()).map_err(io::Error::other)?,
        checksum: crc32fast::hash(bytes),
    };
    body.extend_from_slice(bytes);
    Ok(piece)
}

/// The bytes of [`PackageAdvisories`].
fn encode(advisories: &[Advisory]) -> io::Result<Vec<u8>> {
    let mut table: BTreeSet<&EcosystemVersion> = BTreeSet::new();
    for advisory in advisories {
        table.extend(&advisory.fixed);
        for (lower, upper) in advisory.affected.iter() {
            table.extend(version_of(lower));
            table.extend(version_of(upper));
        }
    }
    let table: Vec<&EcosystemVersion> = table.into_iter().collect();
    let texts: Vec<String> = table.iter().map(ToString::to_string).collect();
    let position = |version: &EcosystemVersion| -> io::Result<u32> {
        let found = table
            .binary_search(&version)
            .ok()
            .ok_or_else(|| io::Error::other("a version is missing from its table"))?;
        u32::try_from(found).map_err(io::Error::other)
    };
    let edge = |bound: &Bound<EcosystemVersion>| -> io::Result<Edge> {
        Ok(match bound {
            Bound::Unbounded => Edge::Unbounded,
            Bound::Included(version) => Edge::Included(position(version)?),
            Bound::Excluded(version) => Edge::Excluded(position(version)?),
        })
    };
    let mut stored = Vec::with_capacity(advisories.len());
    for advisory in advisories {
        stored.push(StoredAdvisory {
            id: &advisory.id,
            aliases: advisory.aliases.iter().map(String::as_str).collect(),
            summary: &advisory.summary,
            severity: advisory.severity,
            malicious: advisory.malicious,
            fixed: advisory
                .fixed
                .iter()
                .map(position)
                .collect::<io::Result<_>>()?,
            affected: advisory
                .affected
                .iter()
                .map(|(lower, upper)| Ok((edge(lower)?, edge(upper)?)))
                .collect::<io::Result<_>>()?,
        });
    }
    let package = PackageAdvisories {
        versions: texts.iter().map(String::as_str).collect(),
        advisories: stored,
    };
    postcard::to_stdvec(&package).map_err(io::Error::other)
}

fn version_of(bound: &Bound<EcosystemVersion>) -> Option<&EcosystemVersion> {
    match bound {
        Bound::Included(version) | Bound::Excluded(version) => Some(version),
        Bound::Unbounded => None,
    }
}
