//! Saving a set of locks so that nothing ever sees half of one.
//!
//! Every new lock is written beside its place and synced; a journal then names the set with the
//! SHA-256 of each; only then are the files renamed into place, and the journal goes last. A kill
//! before the journal leaves the old set, one after it leaves each lock whole and a journal from which
//! [`pending`] tells what is missing.

mod journal;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use holdfast_model::{Digest, EnvironmentName};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

pub use self::journal::{Pending, PendingLock, PendingState, pending};

/// What temporary files beside the locks begin and end with.
const TEMPORARY: (&str, &str) = (".pylock.", ".tmp");

/// What [`save`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// The environments whose lock is new or changed, in the order given.
    pub written: Vec<EnvironmentName>,
    /// The environments whose lock had this content already; the file was not touched.
    pub unchanged: Vec<EnvironmentName>,
}

/// Why locks could not be saved. The locks in place are whole all the same.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Nobody else can be kept from saving at the same time.
    #[error("cannot take the lock file `{}`", path.display())]
    Guard {
        /// The lock file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A new lock cannot be written beside the old one, which was not touched.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The lock.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A new lock cannot take its place. Others of the set may have; then [`pending`] tells which.
    #[error("cannot replace `{}`", path.display())]
    Replace {
        /// The lock.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The journal of the set cannot be written or removed.
    #[error("cannot keep the journal `{}`", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Saves `pylock.<environment>.toml` for each of `locks` into `directory`, all or none of them.
///
/// `lock_file` keeps two runs from saving into one directory at once: whoever comes second waits. It
/// is made where it is not there, and stays; it belongs into a cache, one for each directory. Runs
/// that use different lock files do not tear a lock either, but one of them may fail.
///
/// # Errors
/// Where a file cannot be written or renamed. Every lock in place is whole then.
pub fn save(
    directory: &Path,
    locks: &[(EnvironmentName, String)],
    lock_file: &Path,
) -> Result<Saved, SaveError> {
    let guard = guard(lock_file).map_err(|source| SaveError::Guard {
        path: lock_file.to_owned(),
        source,
    })?;
    remove_leftovers(directory);
    let mut saved = Saved::default();
    let mut staged = Vec::new();
    for (environment, text) in locks {
        let lock = NewLock::new(directory, environment, text);
        if lock.is_in_place() {
            saved.unchanged.push(environment.clone());
        } else {
            staged.push((lock.stage()?, lock));
            saved.written.push(environment.clone());
        }
    }
    if !staged.is_empty() {
        let set = locks
            .iter()
            .map(|(environment, text)| (environment, digest(text.as_bytes())));
        journal::write(directory, set)?;
        replace_all(directory, staged)?;
    }
    journal::remove(directory)?;
    drop(guard);
    Ok(saved)
}

/// Holds the lock file until it is dropped.
fn guard(lock_file: &Path) -> io::Result<fs_err::File> {
    if let Some(parent) = lock_file.parent() {
        fs_err::create_dir_all(parent)?;
    }
    let file = fs_err::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(lock_file)?;
    file.lock()?;
    Ok(file)
}

/// Removes what a killed run left behind. What cannot be removed does no harm.
fn remove_leftovers(directory: &Path) {
    let Ok(entries) = fs_err::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1));
        if is_ours {
            let _ = fs_err::remove_file(entry.path());
        }
    }
}

/// A lock on its way.
struct NewLock<'a> {
    name: String,
    path: PathBuf,
    text: &'a str,
}

impl<'a> NewLock<'a> {
    fn new(directory: &Path, environment: &EnvironmentName, text: &'a str) -> Self {
        let name = environment.lock_file();
        let path = directory.join(&name);
        // where the lock is a link, what it points to is replaced
        let path = match fs_err::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => fs_err::canonicalize(&path).unwrap_or(path),
            _ => path,
        };
        Self { name, path, text }
    }

    fn is_in_place(&self) -> bool {
        fs_err::read(&self.path).is_ok_and(|bytes| bytes == self.text.as_bytes())
    }

    /// Writes the text beside the place of the lock, as safe as the disk makes it.
    fn stage(&self) -> Result<NamedTempFile, SaveError> {
        let written = || -> io::Result<NamedTempFile> {
            let folder = self.path.parent().unwrap_or(Path::new("."));
            let mut file = temporary(folder, &self.name)?;
            file.write_all(self.text.as_bytes())?;
            if let Ok(metadata) = fs_err::metadata(&self.path) {
                file.as_file().set_permissions(metadata.permissions())?;
            }
            file.as_file().sync_all()?;
            Ok(file)
        };
        written().map_err(|source| SaveError::Write {
            path: self.path.clone(),
            source,
        })
    }
}

/// A file beside a lock. Unlike other temporary files, the lock that it becomes is for all to read.
fn temporary(folder: &Path, name: &str) -> io::Result<NamedTempFile> {
    let prefix = format!("{}{name}.", TEMPORARY.0);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(TEMPORARY.1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // the process's mask narrows this, as for any new file
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Renames each lock into its place.
fn replace_all(
    directory: &Path,
    staged: Vec<(NamedTempFile, NewLock<'_>)>,
) -> Result<(), SaveError> {
    let mut is_untouched = true;
    for (file, lock) in staged {
        if let Err(error) = file.persist(&lock.path) {
            if is_untouched {
                // the old set is whole: there is nothing to tell of
                journal::remove(directory)?;
            }
            return Err(SaveError::Replace {
                path: lock.path,
                source: error.error,
            });
        }
        is_untouched = false;
    }
    sync_directory(directory);
    Ok(())
}

/// Makes renames last. Where a directory cannot be synced, the system decides when they do.
fn sync_directory(directory: &Path) {
    if cfg!(unix)
        && let Ok(directory) = fs_err::File::open(directory)
    {
        let _ = directory.sync_all();
    }
}

fn digest(bytes: &[u8]) -> Digest {
    Digest::sha256(&Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests;
