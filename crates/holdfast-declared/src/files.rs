//! The files of a project, wherever they are kept.
//!
//! Paths are relative to the directory that is checked, with forward slashes. No path leaves that
//! directory: neither by `..` nor by a symbolic link.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::SIZE_LIMIT;

/// Files by their path relative to the directory that is checked.
pub trait Files {
    /// The content of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, FilesError>;

    /// Whether there is a file that [`Files::read`] would try to read.
    fn exists(&self, path: &str) -> bool;
}

/// Why a file could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// There is nothing at that path.
    #[error("no such file")]
    NotFound,
    /// The path, or a link on it, leads out of the directory that is checked.
    #[error("the path leaves the project")]
    LeavesProject,
    /// The file is larger than what is read.
    #[error("the file is larger than {} MiB", limit / (1024 * 1024))]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A directory, a device, a pipe.
    #[error("not a regular file")]
    NotAFile,
    /// The operating system refused.
    #[error("{0}")]
    Io(#[source] io::Error),
}

impl From<io::Error> for FilesError {
    fn from(error: io::Error) -> Self {
        // a path through a file, `setup.py/x`, names nothing either
        let absent = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
        if absent.contains(&error.kind()) {
            Self::NotFound
        } else {
            Self::Io(error)
        }
    }
}

/// The path of `relative` as written in the file `base`, without `.` and `..`.
///
/// Answers nothing where that leaves the project: an absolute path, or more `..` than directories.
pub fn join(base: &str, relative: &str) -> Option<String> {
    let drive = relative.as_bytes().get(1) == Some(&b':');
    if relative.starts_with(['/', '\\']) || drive {
        return None;
    }
    let directory = base.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(relative.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The files of a directory.
#[derive(Debug, Clone)]
pub struct ProjectFiles {
    root: PathBuf,
    /// The root without links; asked for once, since every file is held against it.
    real_root: OnceLock<PathBuf>,
}

impl ProjectFiles {
    /// The files below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            real_root: OnceLock::new(),
        }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file, opened for reading: for what is too large for [`Files::read`].
    pub fn open(&self, path: &str) -> Result<fs_err::File, FilesError> {
        Ok(fs_err::File::open(self.resolve(path)?)?)
    }

    /// The real path of a regular file inside the root.
    fn resolve(&self, path: &str) -> Result<PathBuf, FilesError> {
        let inside = join("", path).ok_or(FilesError::LeavesProject)?;
        let root = if let Some(root) = self.real_root.get() {
            root
        } else {
            let real = fs_err::canonicalize(&self.root)?;
            self.real_root.get_or_init(|| real)
        };
        let path = root.join(inside);
        // most files that are asked for are not there, and following links takes a call for each part
        fs_err::symlink_metadata(&path)?;
        let real = fs_err::canonicalize(path)?;
        if !real.starts_with(root) {
            return Err(FilesError::LeavesProject);
        }
        if !fs_err::metadata(&real)?.is_file() {
            return Err(FilesError::NotAFile);
        }
        Ok(real)
    }
}

impl Files for ProjectFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, FilesError> {
        let real = self.resolve(path)?;
        let limit = SIZE_LIMIT;
        let too_large = FilesError::TooLarge { limit };
        let file = fs_err::File::open(real)?;
        let size = file.metadata()?.len();
        if size > limit {
            return Err(too_large);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        // one byte more than the limit tells a file that grew since its size was asked
        file.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(too_large);
        }
        Ok(bytes)
    }

    fn exists(&self, path: &str) -> bool {
        self.resolve(path).is_ok()
    }
}

/// Files held in memory: of a revision, an archive or a test.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryFiles {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same files and one more.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), content.into());
        self
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, FilesError> {
        let inside = join("", path).ok_or(FilesError::LeavesProject)?;
        self.files.get(&inside).cloned().ok_or(FilesError::NotFound)
    }

    fn exists(&self, path: &str) -> bool {
        join("", path).is_some_and(|inside| self.files.contains_key(&inside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        assert_eq!(
            join("requirements/train.in", "core.in").as_deref(),
            Some("requirements/core.in")
        );
        assert_eq!(
            join("requirements/train.in", "../setup/./x.txt").as_deref(),
            Some("setup/x.txt")
        );
        assert_eq!(join("a.txt", "../b.txt"), None);
        assert_eq!(join("a.txt", "/etc/passwd"), None);
        assert_eq!(join("a.txt", "C:/x.txt"), None);
    }

    #[test]
    fn only_regular_files_inside_the_project_are_read() {
        let outside = tempfile::tempdir().unwrap();
        fs_err::write(outside.path().join("secret.txt"), "x").unwrap();
        let root = tempfile::tempdir().unwrap();
        fs_err::write(root.path().join("a.txt"), "content").unwrap();
        fs_err::create_dir(root.path().join("folder")).unwrap();
        let files = ProjectFiles::new(root.path());
        assert_eq!(files.read("a.txt").unwrap(), b"content");
        assert!(files.exists("folder/../a.txt"));
        assert!(matches!(files.read("b.txt"), Err(FilesError::NotFound)));
        assert!(matches!(files.read("a.txt/b"), Err(FilesError::NotFound)));
        assert!(matches!(files.read("folder"), Err(FilesError::NotAFile)));
        assert!(matches!(
            files.read("../secret.txt"),
            Err(FilesError::LeavesProject)
        ));
        #[cfg(unix)]
        {
            let link = root.path().join("link.txt");
            fs_err::os::unix::fs::symlink(outside.path().join("secret.txt"), link).unwrap();
            assert!(matches!(
                files.read("link.txt"),
                Err(FilesError::LeavesProject)
            ));
            assert!(!files.exists("link.txt"));
        }
    }

    #[test]
    fn a_file_over_the_limit_is_refused_without_reading_it() {
        let root = tempfile::tempdir().unwrap();
        let file = fs_err::File::create(root.path().join("big.txt")).unwrap();
        file.set_len(200 * 1024 * 1024).unwrap();
        let files = ProjectFiles::new(root.path());
        let error = files.read("big.txt").unwrap_err();
        assert_eq!(error.to_string(), "the file is larger than 64 MiB");
    }
}
