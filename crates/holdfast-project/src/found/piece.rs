//! One file that was found, read.

use holdfast_declared::{Files, Format, LockInputs};
use holdfast_model::{Declared, Locked, Observed, UnreadableFile};

use crate::configured::read_lock;
use crate::discover::{Discovered, FileKind};
use crate::unreadable;

/// One file with what it says.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) path: String,
    /// Absent for `pylock.toml`.
    pub(crate) format: Option<Format>,
    pub(crate) declared: Observed<Declared>,
    pub(crate) locked: Observed<Locked>,
    /// What a lock of another tool says of the declarations that it was made from.
    pub(crate) lock_inputs: Option<LockInputs>,
    /// A manifest that cannot be read.
    pub(crate) unreadable: Option<UnreadableFile>,
}

/// Reads a file; nothing where it is no part of an environment by itself.
pub(crate) fn read(files: &dyn Files, file: &Discovered) -> Option<Piece> {
    let format = match file.kind {
        FileKind::Configuration => return None,
        FileKind::Pylock => {
            return Some(Piece {
                path: file.path.clone(),
                format: None,
                declared: Observed::NotLookedFor,
                locked: read_lock(files, &file.path),
                lock_inputs: None,
                unreadable: None,
            });
        }
        FileKind::Manifest(format) => format,
    };
    let mut piece = Piece {
        path: file.path.clone(),
        format: Some(format),
        declared: Observed::NotLookedFor,
        locked: Observed::NotLookedFor,
        lock_inputs: None,
        unreadable: None,
    };
    match holdfast_declared::read(files, &file.path, format) {
        Ok(reading) => {
            piece.declared = reading
                .declared
                .map_or(Observed::NotLookedFor, Observed::Present);
            piece.lock_inputs = reading.lock_inputs;
            piece.locked = reading
                .locked
                .map_or(Observed::NotLookedFor, Observed::Present);
        }
        Err(error) if is_named_like_a_lock(&file.path) => {
            piece.locked = unreadable::observed(error);
        }
        Err(error) => {
            piece.declared = unreadable::observed(error.clone());
            piece.unreadable = Some(unreadable::file(error));
        }
    }
    Some(piece)
}

impl Piece {
    /// Name of the file without its directory.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Its directory.
    pub(crate) fn directory(&self) -> &str {
        self.path
            .rsplit_once('/')
            .map_or("", |(directory, _)| directory)
    }

    /// What is wrong with it as a lock: a compiled file that cannot be read as requirements.
    pub(crate) fn broken_lock(&self) -> Option<Observed<Locked>> {
        match (&self.locked, &self.declared) {
            (Observed::NotLookedFor, Observed::Unreadable { location, reason }) => {
                Some(Observed::Unreadable {
                    location: location.clone(),
                    reason: reason.clone(),
                })
            }
            _ => None,
        }
    }

    /// Whether it says something of all environments of its project, and asks for nothing itself.
    pub(crate) fn is_setting(&self) -> bool {
        self.format.is_some_and(|format| {
            matches!(
                format.name(),
                "python-version" | "runtime-txt" | "pip-conf" | "npmrc"
            )
        })
    }

    /// Whether it declares or forbids anything that concerns packages.
    pub(crate) fn declares_anything(&self) -> bool {
        match &self.declared {
            Observed::Present(declared) => {
                !(declared.requirements.is_empty()
                    && declared.constraints.is_empty()
                    && declared.overrides.is_empty()
                    && declared.indexes.is_empty()
                    && declared.unread.is_empty())
            }
            Observed::NotLookedFor | Observed::Absent { .. } | Observed::Unreadable { .. } => false,
        }
    }

    /// Whether it is a lock, or named like one.
    pub(crate) fn is_lock(&self) -> bool {
        self.format.is_none()
            || is_named_like_a_lock(&self.path)
            || (self.locked.present().is_some() && self.declared.present().is_none())
    }
}

/// Whether a file's name says that it is a lock, so that one that cannot be read is no manifest.
fn is_named_like_a_lock(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    extension == "lock"
        || matches!(name, "package-lock.json" | "npm-shrinkwrap.json")
        || name.ends_with("conda-lock.yml")
        || name.ends_with("conda-lock.yaml")
}
