//! Each file that packages claim, compared with what they say of it.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use holdfast_model::{DeviationKind, Digest, HashAlgorithm};
use rayon::prelude::*;

use crate::bytecode;
use crate::launcher;
use crate::read::{self, Hashed};
use crate::record::{Claim, Role};
use crate::root::{Kind, Root};
use crate::stat::Stat;
use crate::stat_cache::{Known, StatCache};
use crate::walk::{self, Entry, Walked};

/// A script of a wheel whose first line may have been replaced is not larger.
const LARGEST_SCRIPT: u64 = 4 << 20;

/// The packages' claims by path: positions of the package and of its claim.
pub(crate) type Claimed<'a> = BTreeMap<&'a str, Vec<(usize, usize)>>;

/// What looking at one file came to.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) deviation: Option<DeviationKind>,
    /// The hash of its content, where it was told.
    pub(crate) hash: Option<Digest>,
    /// The hash that the file had in its wheel, where an installer changed it as installers do.
    pub(crate) restored: Option<Digest>,
    /// What to keep for the next look.
    pub(crate) known: Option<(Stat, Known)>,
    pub(crate) size: u64,
    /// Whether the file has further names elsewhere.
    pub(crate) is_shared: bool,
}

/// Where files are, and what is known of them.
pub(crate) struct Files<'a> {
    pub(crate) system: &'a Root,
    pub(crate) prefix: &'a Path,
    /// The directory of programs, `bin`.
    pub(crate) programs: &'a Path,
    /// The directories that were walked, relative to the prefix.
    pub(crate) walked_directories: &'a [String],
    pub(crate) walked: &'a Walked,
    pub(crate) cache: &'a StatCache,
    pub(crate) claims: &'a [&'a [Claim]],
}

impl Files<'_> {
    /// Looks at every claimed file; the largest first, so that all processors end together.
    pub(crate) fn judge_all<'c>(&self, claimed: &Claimed<'c>) -> BTreeMap<&'c str, Judged> {
        let mut work: Vec<_> = claimed
            .iter()
            .map(|(path, claims)| {
                let size = self.walked.get(path).map_or(0, |entry| entry.stat.size);
                (*path, claims.as_slice(), size)
            })
            .collect();
        work.sort_by_key(|(_, _, size)| std::cmp::Reverse(*size));
        work.into_par_iter()
            .with_max_len(64)
            .map(|(path, claims, _)| (path, self.judge(path, claims)))
            .collect::<Vec<_>>()
            .into_iter()
            .collect()
    }

    fn judge(&self, path: &str, claims: &[(usize, usize)]) -> Judged {
        let claims: Vec<&Claim> = claims
            .iter()
            .filter_map(|(package, claim)| self.claims.get(*package)?.get(*claim))
            .collect();
        let entry = match self.entry(path) {
            Ok(Some(entry)) => entry,
            Ok(None) => return deviating(missing(&claims)),
            Err(kind) => return deviating(Some(kind)),
        };
        match entry.kind {
            Kind::File => {}
            Kind::Link if is_link(&claims) => return deviating(None),
            Kind::Link => return deviating(Some(not_a_file("a symbolic link"))),
            Kind::Directory | Kind::Special => {
                return deviating(Some(not_a_file("no regular file")));
            }
        }
        let mut judged = Judged {
            size: entry.stat.size,
            is_shared: entry.links > 1,
            ..Judged::default()
        };
        let expected: Vec<&Digest> = claims
            .iter()
            .filter_map(|claim| claim.hash.as_ref())
            .collect();
        if expected.is_empty() {
            judged.deviation = without_hash(&claims, path);
            return judged;
        }
        if let Err(kind) = self.compare(path, &entry, &expected, &mut judged) {
            if kind == DeviationKind::Altered && bytecode::compiled(path).is_some() {
                // pip compiles again what a wheel brought compiled: as good as any compiled file,
                // whose header is compared with its source
                judged.hash = None;
                judged.restored = expected.first().map(|digest| (*digest).clone());
            } else {
                judged.deviation = Some(kind);
            }
            return judged;
        }
        self.look_inside(path, &claims, &mut judged);
        judged
    }

    /// What stands at a path: as walked, or looked up where nothing outside can be reached.
    fn entry(&self, path: &str) -> Result<Option<Entry>, DeviationKind> {
        if let Some(entry) = self.walked.get(path) {
            return Ok(Some(entry.clone()));
        }
        let was_walked = self.walked_directories.iter().any(|directory| {
            directory.is_empty()
                || path
                    .strip_prefix(directory.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
        });
        let full = self.prefix.join(path);
        if was_walked {
            // a directory may stand there, which is walked through
            return match walk::look(self.system, &full, path) {
                Ok(Some(entry)) if self.system.is_dir(&full) => Ok(Some(entry)),
                _ => Ok(None),
            };
        }
        let parent = full.parent().unwrap_or(self.prefix);
        match self.system.canonical(parent) {
            Ok(real) if real.starts_with(self.prefix) => {
                walk::look(self.system, &full, path).map_err(|error| unreadable(&error))
            }
            Ok(_) => Err(not_a_file("below a link that leads out of the environment")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&error)),
        }
    }

    fn compare(
        &self,
        path: &str,
        entry: &Entry,
        expected: &[&Digest],
        judged: &mut Judged,
    ) -> Result<(), DeviationKind> {
        // several packages may claim the file: the last one that was installed has it
        let algorithm = expected
            .iter()
            .map(|digest| digest.algorithm())
            .find(|algorithm| *algorithm == HashAlgorithm::Sha256)
            .or_else(|| expected.first().map(|digest| digest.algorithm()))
            .unwrap_or(HashAlgorithm::Sha256);
        let found = self.hash(path, entry, algorithm, judged)?;
        let matches = expected.contains(&&found);
        judged.hash = Some(found);
        if matches {
            Ok(())
        } else {
            Err(DeviationKind::Altered)
        }
    }

    fn hash(
        &self,
        path: &str,
        entry: &Entry,
        algorithm: HashAlgorithm,
        judged: &mut Judged,
    ) -> Result<Digest, DeviationKind> {
        let is_cached = algorithm == HashAlgorithm::Sha256;
        if is_cached
            && let Some(known) = self.cache.get(path, &entry.stat)
            && let Some(digest) = known.digest()
        {
            judged.known = Some((entry.stat, known.clone()));
            return Ok(digest);
        }
        // a file that is being written may be whole a moment later
        for _ in 0..2 {
            match self.system.hash(&self.prefix.join(path), algorithm) {
                Ok(Hashed::As(digest, stat)) => {
                    if is_cached && let Some(bytes) = digest_bytes(&digest) {
                        judged.known = Some((stat, Known::Sha256(bytes)));
                    }
                    return Ok(digest);
                }
                Ok(Hashed::Changing) => {}
                Err(error) => return Err(unreadable(&error)),
            }
        }
        Err(DeviationKind::Unreadable {
            reason: "it changes while it is read".to_owned(),
        })
    }

    /// Looks into scripts, whose content is as `RECORD` says.
    fn look_inside(&self, path: &str, claims: &[&Claim], judged: &mut Judged) {
        let is_looked_into = claims
            .iter()
            .any(|claim| matches!(claim.role, Role::Launcher(_) | Role::Script(_)));
        if !is_looked_into {
            return;
        }
        let path = self.prefix.join(path);
        let content = match self.system.head(&path, LARGEST_SCRIPT) {
            // of an image, what is large is not kept; a program is known by its first bytes
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                self.system.head(&path, 4).and_then(|start| {
                    if start.starts_with(b"#!") {
                        Err(error)
                    } else {
                        Ok(start)
                    }
                })
            }
            content => content,
        };
        match content {
            Ok(content) => inspect(&content, claims, self.programs, judged),
            Err(error) => judged.deviation = Some(unreadable(&error)),
        }
    }
}

/// Compares a script with what installers write.
fn inspect(content: &[u8], claims: &[&Claim], programs: &Path, judged: &mut Judged) {
    let point = claims.iter().find_map(|claim| match &claim.role {
        Role::Launcher(point) => Some(point),
        Role::Wheel(_)
        | Role::Script(_)
        | Role::Installer
        | Role::Bytecode
        | Role::Placed(_)
        | Role::Link => None,
    });
    let is_script = claims
        .iter()
        .any(|claim| matches!(claim.role, Role::Script(_)));
    // launchers of Windows are programs, with the script appended
    if let Some(point) = point
        && !content.starts_with(b"MZ")
    {
        judged.deviation = launcher::mismatch(content, point, programs)
            .map(|reason| DeviationKind::Launcher { reason });
    } else if is_script
        && let Some(script) = launcher::script(content)
        && launcher::is_own(&script.interpreter, programs)
    {
        judged.restored = Some(read::sha256(&launcher::restored(&script)));
    }
}

fn deviating(deviation: Option<DeviationKind>) -> Judged {
    Judged {
        deviation,
        ..Judged::default()
    }
}

/// Whether a link is what should be there.
fn is_link(claims: &[&Claim]) -> bool {
    claims.iter().any(|claim| claim.role == Role::Link)
}

/// What is made anew, or tells nothing, may be missing.
fn missing(claims: &[&Claim]) -> Option<DeviationKind> {
    let needed = claims
        .iter()
        .any(|claim| !matches!(claim.role, Role::Bytecode | Role::Installer));
    needed.then_some(DeviationKind::Missing)
}

fn without_hash(claims: &[&Claim], path: &str) -> Option<DeviationKind> {
    let is_known = claims.iter().any(|claim| match claim.role {
        Role::Installer => true,
        // its header is compared with its source
        Role::Bytecode => bytecode::compiled(path).is_some(),
        Role::Wheel(_) | Role::Script(_) | Role::Launcher(_) | Role::Placed(_) | Role::Link => {
            false
        }
    });
    (!is_known).then_some(DeviationKind::Unhashed)
}

fn not_a_file(what: &str) -> DeviationKind {
    DeviationKind::NotAFile {
        what: what.to_owned(),
    }
}

fn unreadable(error: &std::io::Error) -> DeviationKind {
    DeviationKind::Unreadable {
        reason: error.to_string(),
    }
}

fn digest_bytes(digest: &Digest) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (position, byte) in bytes.iter_mut().enumerate() {
        let digits = digest.hex().get(position * 2..position * 2 + 2)?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}
