//! Observes what is installed in a Python environment.
//!
//! [`observe`] reads metadata files alone; [`examine`] looks at every file. Neither runs what it
//! finds, imports anything, follows a link out of the environment, touches the network or judges.

mod bytecode;
mod capture;
mod conda;
mod elf;
mod environments;
mod examine;
mod files;
mod image;
mod interpreter;
mod launcher;
mod loader;
mod machine;
mod marker;
mod metadata;
mod native;
mod nvidia;
mod place;
mod program;
mod read;
mod record;
mod requests;
mod root;
mod search_path;
mod seen;
mod start_up;
mod stat;
mod stat_cache;
mod system;
mod unowned;
mod versions;
mod walk;

use std::path::{Path, PathBuf};

use holdfast_model::{Installed, InstalledPackage, Location, UnreadableFile};

pub use capture::{CaptureError, Surroundings, capture, read_capture};
pub use elf::{Elf, ElfError, Kind as ElfKind, read as read_elf};
pub use environments::environments;
pub use examine::{Examination, examine, record_differences};
pub use image::{Image, ImageError};
pub use machine::platform;
use marker::PythonVersions;
pub use native::NativeExamination;
pub use nvidia::accelerators;
use place::Place;
pub use read::sha256_of_file;
pub use system::system;

/// Why an environment cannot be observed.
#[derive(Debug, thiserror::Error)]
pub enum InstalledError {
    /// There is nothing at the path, or it cannot be looked at.
    #[error("cannot look at the environment `{}`", path.display())]
    Unreachable {
        /// The path as given.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The path is there and is no Python environment.
    #[error(
        "`{}` is no Python environment: it has no `lib/pythonX.Y/site-packages` and no `Lib/site-packages`; give the environment's directory, its `site-packages` or its `python`",
        path.display()
    )]
    NotAnEnvironment {
        /// The path as given.
        path: PathBuf,
    },
}

/// What is installed in the environment at `path`: its directory, its `site-packages`, or its
/// `python`.
///
/// A package whose metadata cannot be read is no error: it is named in [`Installed::unreadable`].
pub fn observe(path: &Path) -> Result<Installed, InstalledError> {
    Ok(observe_place(&Place::find(path)?))
}

fn observe_place(place: &Place) -> Installed {
    let python = interpreter::version(place);
    let versions = python.as_deref().and_then(PythonVersions::new);
    let mut packages = Vec::new();
    let mut unreadable = interpreter::unseen(place);
    for directory in &place.site_packages {
        for entry in entries(directory, place, &mut unreadable) {
            match metadata::read(&entry, place, versions.as_ref()) {
                Some(Ok(package)) => packages.push(package),
                Some(Err(reason)) => unreadable.push(note(place, &entry, reason)),
                None => {}
            }
        }
    }
    let records = place.prefix.join(conda::DIRECTORY);
    if place.system.is_dir(&records) && place.system.agrees(&records) {
        for entry in entries(&records, place, &mut unreadable) {
            match conda::package(&entry, place) {
                Some(Ok(package)) => packages.push(package),
                Some(Err(reason)) => unreadable.push(note(place, &entry, reason)),
                None => {}
            }
        }
    }
    packages.sort();
    forget_requests_nobody_recorded(&mut packages);
    requests::derive(&mut packages, place);
    unreadable.sort();
    Installed {
        root: place.root.display().to_string(),
        python,
        packages,
        unreadable,
        contents: None,
        native: None,
    }
}

/// The entries of a directory, sorted.
fn entries(directory: &Path, place: &Place, unreadable: &mut Vec<UnreadableFile>) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    match place.system.list(directory) {
        Err(error) => unreadable.push(note(place, directory, error.to_string())),
        Ok(listing) => {
            for entry in listing {
                match entry {
                    Ok(entry) => paths.push(entry.path),
                    Err(error) => unreadable.push(note(place, directory, error.to_string())),
                }
            }
        }
    }
    paths.sort();
    paths
}

/// Installers before 2020 recorded no requests. Where no package has one, their absence says nothing.
fn forget_requests_nobody_recorded(packages: &mut [InstalledPackage]) {
    if !packages.iter().any(|package| package.direct == Some(true)) {
        for package in packages {
            package.direct = None;
        }
    }
}

fn note(place: &Place, path: &Path, reason: String) -> UnreadableFile {
    UnreadableFile {
        location: Location::start_of(place.relative(path)),
        reason,
    }
}

#[cfg(test)]
mod examine_tests;
#[cfg(test)]
mod tests;
