//! What stands on a file system and what is in it: on a disk it is read, and of an image it was kept
//! while the layers passed by.

use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use holdfast_model::{Digest, HashAlgorithm};

use super::{Base, Root};
use crate::elf::{self, Elf};
use crate::image;
use crate::read::{self, Hashed};
use crate::stat::{self, Stat};
use crate::versions::Versions;

/// What stands at a path; a link is not followed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) kind: Kind,
    pub(crate) stat: Stat,
    /// How many names a file has.
    pub(crate) links: u64,
}

/// A kind of thing on a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    File,
    Link,
    /// A device, a pipe or a socket.
    Special,
}

/// Something in a directory.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) path: PathBuf,
    pub(crate) kind: Result<Kind>,
    found: Found,
}

#[derive(Debug)]
enum Found {
    OnDisk(fs_err::DirEntry),
    InImage(Standing),
}

impl Listed {
    /// What it is, without following it.
    pub(crate) fn standing(&self) -> Result<Standing> {
        match &self.found {
            Found::OnDisk(entry) => Ok(of_metadata(&entry.metadata()?)),
            Found::InImage(standing) => Ok(*standing),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

impl Root {
    /// What stands at a path on this machine; nothing where there is nothing.
    pub(crate) fn look(&self, path: &Path) -> Result<Option<Standing>> {
        match self.standing(path) {
            Ok(standing) => Ok(Some(standing)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What stands at a path on this machine, where something has to.
    pub(crate) fn standing(&self, path: &Path) -> Result<Standing> {
        match &self.base {
            Base::Directory(_) => {
                fs_err::symlink_metadata(path).map(|metadata| of_metadata(&metadata))
            }
            Base::Image(tree) => self
                .followed(path)
                .and_then(|path| tree.entry(&path).map(standing).ok_or_else(|| gone(&path))),
        }
    }

    /// Whether a path leads to a directory.
    pub(crate) fn is_dir(&self, path: &Path) -> bool {
        self.leads_to(path, Kind::Directory)
    }

    /// Whether a path leads to a file.
    pub(crate) fn is_file(&self, path: &Path) -> bool {
        self.leads_to(path, Kind::File)
    }

    /// What is directly in a directory of this machine, in no order.
    pub(crate) fn list(&self, directory: &Path) -> Result<Vec<Result<Listed>>> {
        match &self.base {
            Base::Directory(_) => Ok(fs_err::read_dir(directory)?
                .map(|entry| {
                    let entry = entry?;
                    Ok(Listed {
                        path: entry.path(),
                        kind: entry.file_type().map(of_type),
                        found: Found::OnDisk(entry),
                    })
                })
                .collect()),
            Base::Image(tree) => {
                let real = self.resolve(directory)?;
                if tree.entry(&real) != Some(&image::Entry::Directory) {
                    return Err(Error::from(ErrorKind::NotADirectory));
                }
                let listed = tree.names(&real).into_iter().map(|(name, entry)| {
                    let standing = standing(entry);
                    Ok(Listed {
                        path: directory.join(name),
                        kind: Ok(standing.kind),
                        found: Found::InImage(standing),
                    })
                });
                Ok(listed.collect())
            }
        }
    }

    /// The first bytes of a file: all of them where there are no more than `limit`. Of an image, an
    /// error of the kind `Unsupported` says that they were not kept.
    pub(crate) fn head(&self, path: &Path, limit: u64) -> Result<Vec<u8>> {
        match &self.base {
            Base::Directory(_) => read::head(path, limit),
            Base::Image(_) => self.file(path)?.start(limit).ok_or_else(|| not_kept(path)),
        }
    }

    /// A whole file, which must not be larger than `limit` bytes; not kept as with [`Root::head`].
    pub(crate) fn whole_file(&self, path: &Path, limit: u64) -> Result<Vec<u8>> {
        let Base::Image(_) = &self.base else {
            return read::whole(path, limit);
        };
        let file = self.file(path)?;
        if file.size > limit {
            return Err(Error::other(format!(
                "`{}` is larger than {limit} bytes",
                path.display()
            )));
        }
        file.start(file.size).ok_or_else(|| not_kept(path))
    }

    /// The hash of a file, and the state in which it has it.
    pub(crate) fn hash(&self, path: &Path, algorithm: HashAlgorithm) -> Result<Hashed> {
        match &self.base {
            Base::Directory(_) => read::hash(path, algorithm),
            Base::Image(_) if algorithm != HashAlgorithm::Sha256 => {
                Err(Error::other("in images, only SHA-256 is compared"))
            }
            Base::Image(_) => {
                let file = self.file(path)?;
                Ok(Hashed::As(file.hash.clone(), stat_of(file)))
            }
        }
    }

    /// SHA-256 of a file that nobody changes.
    pub(crate) fn sha256(&self, path: &Path) -> Option<Digest> {
        match self.hash(path, HashAlgorithm::Sha256).ok()? {
            Hashed::As(digest, _) => Some(digest),
            Hashed::Changing => None,
        }
    }

    /// What a shared library or a program says; nothing where the file is none.
    pub(crate) fn library(&self, path: &Path) -> std::result::Result<Option<Elf>, String> {
        match &self.base {
            Base::Directory(_) => read::open(path)
                .map_err(|error| error.to_string())
                .and_then(|file| elf::read(file).map_err(|error| error.to_string())),
            Base::Image(_) => {
                let file = self.file(path).map_err(|error| error.to_string())?;
                file.elf.clone().map(|elf| elf.map(|elf| *elf))
            }
        }
    }

    /// The versions that an interpreter or its library may name.
    pub(crate) fn versions(&self, path: &Path) -> Result<Versions> {
        match &self.base {
            Base::Directory(_) => Versions::read(read::open(path)?),
            Base::Image(_) => Ok(self.file(path)?.versions.clone().unwrap_or_default()),
        }
    }

    /// The target of a link; nothing where something else stands there.
    pub(super) fn link(&self, path: &Path) -> Result<Option<PathBuf>> {
        match &self.base {
            Base::Directory(_) => {
                let is_link = fs_err::symlink_metadata(path)?.is_symlink();
                is_link.then(|| fs_err::read_link(path)).transpose()
            }
            Base::Image(tree) => match tree.entry(path) {
                Some(image::Entry::Link(target)) => Ok(Some(PathBuf::from(target))),
                Some(_) => Ok(None),
                None => Err(gone(path)),
            },
        }
    }

    fn leads_to(&self, path: &Path, kind: Kind) -> bool {
        match &self.base {
            Base::Directory(_) if kind == Kind::Directory => path.is_dir(),
            Base::Directory(_) => path.is_file(),
            Base::Image(tree) => self.resolve(path).is_ok_and(|path| {
                tree.entry(&path)
                    .is_some_and(|entry| standing(entry).kind == kind)
            }),
        }
    }

    /// A path whose directories are real, and whose last part may be a link.
    fn followed(&self, path: &Path) -> Result<PathBuf> {
        match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => Ok(self.resolve(parent)?.join(name)),
            _ => self.resolve(path),
        }
    }

    /// A file of an image; no link is followed.
    fn file(&self, path: &Path) -> Result<&image::File> {
        let Base::Image(tree) = &self.base else {
            return Err(Error::from(ErrorKind::Unsupported));
        };
        let real = self.followed(path)?;
        match tree.entry(&real) {
            Some(image::Entry::File(file)) => Ok(file),
            Some(_) => Err(Error::other(format!("`{}` is no file", path.display()))),
            None => Err(gone(path)),
        }
    }
}

/// What an image tells of a file's state: its size and the time of its content.
fn stat_of(file: &image::File) -> Stat {
    Stat {
        size: file.size,
        modified: file.modified.saturating_mul(1_000_000_000),
        ..Stat::default()
    }
}

fn standing(entry: &image::Entry) -> Standing {
    let (kind, stat) = match entry {
        image::Entry::Directory => (Kind::Directory, Stat::default()),
        image::Entry::File(file) => (Kind::File, stat_of(file)),
        image::Entry::Link(_) => (Kind::Link, Stat::default()),
        image::Entry::Special => (Kind::Special, Stat::default()),
    };
    Standing {
        kind,
        stat,
        links: 1,
    }
}

fn of_metadata(metadata: &std::fs::Metadata) -> Standing {
    let (stat, links) = stat::of(metadata);
    Standing {
        kind: of_type(metadata.file_type()),
        stat,
        links,
    }
}

fn of_type(kind: std::fs::FileType) -> Kind {
    if kind.is_dir() {
        Kind::Directory
    } else if kind.is_file() {
        Kind::File
    } else if kind.is_symlink() {
        Kind::Link
    } else {
        Kind::Special
    }
}

fn gone(path: &Path) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("`{}` is not there", path.display()),
    )
}

fn not_kept(path: &Path) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "`{}` is too large, or what is kept of an image is full",
            path.display()
        ),
    )
}
