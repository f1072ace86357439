//! Hashes of files that were read before, so that a second look need not read them.
//!
//! A hash counts only while size, times, inode and device of the file are those with which it was
//! read, and only where the file had not been touched for a while before: within one tick of the
//! clock a file can change and keep its times. The time of change (`ctime`) cannot be set back by a
//! program, only by turning back the clock; an entry from the future is therefore not believed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use holdfast_model::Digest;
use serde::{Deserialize, Serialize};

use crate::stat::Stat;

/// First in the file; a change of the layout changes it.
const MAGIC: &[u8; 8] = b"HFSTAT1\n";
/// Clocks of file systems tick every 10 ms or more often.
const TICK: i64 = 100_000_000;
/// Some file systems count in whole seconds, and FAT in pairs of them.
const COARSE_TICK: i64 = 2_000_000_000;
/// More than any environment needs.
const LARGEST: u64 = 256 << 20;

/// What was read of a file: its SHA-256 or, for a compiled file, its header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Known {
    Sha256([u8; 32]),
    Header(Vec<u8>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    path: String,
    stat: Stat,
    /// When it was read, in nanoseconds since 1970.
    read: i64,
    known: Known,
}

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    /// The environment that it is about: path, inode and device.
    environment: (String, u64, u64),
    lines: Vec<Line>,
}

/// What earlier looks at one environment found.
#[derive(Debug)]
pub(crate) struct StatCache {
    file: Option<PathBuf>,
    environment: (String, u64, u64),
    now: i64,
    before: BTreeMap<String, Line>,
}

impl StatCache {
    /// Opens the cache of an environment; with no file, nothing is known and nothing kept.
    pub(crate) fn open(file: Option<&Path>, prefix: &Path, now: i64) -> Self {
        let environment = environment(prefix);
        let before = file
            .and_then(load)
            .filter(|stored| stored.environment == environment)
            .map(|stored| {
                let lines = stored.lines.into_iter();
                lines.map(|line| (line.path.clone(), line)).collect()
            })
            .unwrap_or_default();
        Self {
            file: file.map(Path::to_owned),
            environment,
            now,
            before,
        }
    }

    /// What was read of a file, where it is still the same.
    pub(crate) fn get(&self, path: &str, stat: &Stat) -> Option<&Known> {
        let line = self.before.get(path)?;
        (line.stat == *stat && line.read <= self.now && is_settled(stat, line.read))
            .then_some(&line.known)
    }

    /// Replaces what is kept by what is known now; a cache that cannot be written costs the next
    /// look some time, and this one nothing.
    pub(crate) fn keep(&self, found: Vec<(String, Stat, Known)>) {
        let Some(file) = &self.file else { return };
        let mut changed = false;
        let mut lines: Vec<Line> = found
            .into_iter()
            .filter_map(|(path, stat, known)| {
                let before = self.before.get(&path);
                let read = before
                    .filter(|line| line.stat == stat && line.known == known)
                    .map(|line| line.read)
                    .filter(|read| *read <= self.now && is_settled(&stat, *read));
                changed |= read.is_none();
                let read = read.unwrap_or(self.now);
                is_settled(&stat, read).then_some(Line {
                    path,
                    stat,
                    read,
                    known,
                })
            })
            .collect();
        if !changed && lines.len() == self.before.len() {
            return;
        }
        lines.sort_by(|left, right| left.path.cmp(&right.path));
        let _ = store(
            file,
            &Stored {
                environment: self.environment.clone(),
                lines,
            },
        );
    }
}

impl Known {
    /// The SHA-256, where it is one.
    pub(crate) fn digest(&self) -> Option<Digest> {
        match self {
            Self::Sha256(bytes) => Some(Digest::sha256(bytes)),
            Self::Header(_) => None,
        }
    }
}

/// Whether a file had been left alone for a while when it was read.
fn is_settled(stat: &Stat, read: i64) -> bool {
    let tick = if stat.changed % 1_000_000_000 == 0 {
        COARSE_TICK
    } else {
        TICK
    };
    stat.changed.max(stat.modified) < read.saturating_sub(tick)
}

fn environment(prefix: &Path) -> (String, u64, u64) {
    let path = fs_err::canonicalize(prefix).unwrap_or_else(|_| prefix.to_owned());
    let stat = fs_err::metadata(&path)
        .map(|metadata| crate::stat::of(&metadata).0)
        .unwrap_or_default();
    (path.display().to_string(), stat.inode, stat.device)
}

fn load(file: &Path) -> Option<Stored> {
    let bytes = crate::read::whole(file, LARGEST).ok()?;
    let rest = bytes.strip_prefix(MAGIC)?;
    let (checksum, payload) = rest.split_first_chunk::<4>()?;
    (crc32fast::hash(payload).to_le_bytes() == *checksum)
        .then(|| postcard::from_bytes(payload).ok())
        .flatten()
}

fn store(file: &Path, stored: &Stored) -> std::io::Result<()> {
    use std::io::Write as _;
    let payload = postcard::to_stdvec(stored).map_err(std::io::Error::other)?;
    let parent = file.parent().unwrap_or(Path::new("."));
    fs_err::create_dir_all(parent)?;
    let mut temporary = tempfile::NamedTempFile::new_in(parent)?;
    temporary.write_all(MAGIC)?;
    temporary.write_all(&crc32fast::hash(&payload).to_le_bytes())?;
    temporary.write_all(&payload)?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn stat(changed: i64) -> Stat {
        Stat {
            size: 1,
            modified: changed * SECOND,
            changed: changed * SECOND,
            inode: 7,
            device: 1,
        }
    }

    fn kept(changed: i64, read: i64, again: i64, then: &Stat) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cache/x");
        let known = Known::Sha256([1; 32]);
        let cache = StatCache::open(Some(&file), folder.path(), read * SECOND);
        cache.keep(vec![("a".to_owned(), stat(changed), known)]);
        let cache = StatCache::open(Some(&file), folder.path(), again * SECOND);
        cache.get("a", then).is_some()
    }

    #[test]
    fn a_file_that_was_not_touched_is_known() {
        assert!(kept(100, 110, 120, &stat(100)));
        let other_inode = Stat {
            inode: 8,
            ..stat(100)
        };
        assert!(!kept(100, 110, 120, &other_inode));
        // same size and modification time, but changed: the time was set back
        let set_back = Stat {
            changed: 115 * SECOND,
            ..stat(100)
        };
        assert!(!kept(100, 110, 120, &set_back));
    }

    #[test]
    fn a_file_that_changed_right_before_it_was_read_is_read_again() {
        assert!(!kept(109, 110, 120, &stat(109)));
    }

    #[test]
    fn a_clock_that_tells_parts_of_a_second_ticks_often() {
        let fine = |changed: i64| Stat {
            changed,
            modified: changed,
            ..stat(0)
        };
        let read = 110 * SECOND + 1;
        assert!(is_settled(&fine(read - 2 * TICK), read));
        assert!(!is_settled(&fine(read - TICK / 2), read));
        // a second ago, of a clock that counts in whole seconds
        assert!(!is_settled(&stat(109), 110 * SECOND + 1));
    }

    #[test]
    fn a_clock_that_went_back_makes_nothing_known() {
        assert!(!kept(100, 110, 105, &stat(100)));
        assert!(!kept(200, 110, 120, &stat(200)));
    }

    #[test]
    fn another_environment_and_a_damaged_file_make_nothing_known() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        let cache = StatCache::open(Some(&file), folder.path(), 110 * SECOND);
        cache.keep(vec![("a".to_owned(), stat(100), Known::Sha256([1; 32]))]);
        let elsewhere = tempfile::tempdir().unwrap();
        let cache = StatCache::open(Some(&file), elsewhere.path(), 120 * SECOND);
        assert!(cache.get("a", &stat(100)).is_none());
        let mut bytes = fs_err::read(&file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs_err::write(&file, bytes).unwrap();
        let cache = StatCache::open(Some(&file), folder.path(), 120 * SECOND);
        assert!(cache.get("a", &stat(100)).is_none());
    }
}
