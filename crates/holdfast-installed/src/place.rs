//! Where an environment keeps its packages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::InstalledError;
use crate::root::{Kind, Root};

/// An environment's directory and the directories in it that hold packages.
#[derive(Debug)]
pub(crate) struct Place {
    /// The environment's directory; `site-packages` itself where that was given.
    pub(crate) root: PathBuf,
    /// The directory that holds `pyvenv.cfg` or `conda-meta`, where there is one.
    pub(crate) prefix: PathBuf,
    /// Directories with packages, sorted.
    pub(crate) site_packages: Vec<PathBuf>,
    /// The file system that all of it is on.
    pub(crate) system: Root,
}

impl Place {
    /// Finds the environment that `path` on this machine belongs to.
    pub(crate) fn find(path: &Path) -> Result<Self, InstalledError> {
        Self::find_on(Root::whole(), path)
    }

    /// Finds the environment that `path` belongs to, on a file system.
    pub(crate) fn find_on(system: Root, path: &Path) -> Result<Self, InstalledError> {
        // not followed: the interpreter of a virtual environment is a link out of it
        let kind = system
            .standing(path)
            .map_err(|source| InstalledError::Unreachable {
                path: path.to_owned(),
                source,
            })?
            .kind;
        let is_directory = |path: &Path| system.real(path).is_ok_and(|path| system.is_dir(&path));
        let root = if kind == Kind::Directory || is_directory(path) {
            path.to_owned()
        } else {
            prefix_of_executable(path)
        };
        if !system.agrees(&root) {
            return Err(InstalledError::NotAnEnvironment {
                path: path.to_owned(),
            });
        }
        let prefixed = site_packages_below(&root, &system);
        if !prefixed.is_empty() {
            return Ok(Self {
                prefix: root.clone(),
                root,
                site_packages: prefixed,
                system,
            });
        }
        if is_directory(&root.join(crate::conda::DIRECTORY)) {
            return Ok(Self {
                prefix: root.clone(),
                root,
                site_packages: Vec::new(),
                system,
            });
        }
        if kind == Kind::File || !holds_packages(&root, &system) {
            return Err(InstalledError::NotAnEnvironment {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            prefix: prefix_of_site_packages(&root).unwrap_or_else(|| root.clone()),
            site_packages: vec![root.clone()],
            root,
            system,
        })
    }

    /// The same place, with every path relative to the environment's directory.
    pub(crate) fn whole(self) -> Self {
        Self {
            root: self.prefix.clone(),
            ..self
        }
    }

    /// A path relative to the environment, with forward slashes.
    pub(crate) fn relative(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        match with_slashes(relative) {
            empty if empty.is_empty() => ".".to_owned(),
            path => path,
        }
    }
}

/// A path as text, with forward slashes.
pub(crate) fn with_slashes(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

fn named(path: &Path, names: &[&str]) -> bool {
    path.file_name()
        .is_some_and(|name| names.iter().any(|wanted| name == *wanted))
}

/// `venv` of `venv/bin/python` and of `venv\Scripts\python.exe`.
fn prefix_of_executable(path: &Path) -> PathBuf {
    let directory = path.parent().unwrap_or(path);
    if named(directory, &["bin", "Scripts"]) {
        directory.parent().unwrap_or(directory).to_owned()
    } else {
        directory.to_owned()
    }
}

/// `venv` of `venv/lib/python3.11/site-packages` and of `venv\Lib\site-packages`.
fn prefix_of_site_packages(path: &Path) -> Option<PathBuf> {
    let library = path.parent()?;
    if named(library, &["Lib"]) {
        return library.parent().map(Path::to_owned);
    }
    let above = library.parent()?;
    named(above, &["lib", "lib64"])
        .then(|| above.parent().map(Path::to_owned))
        .flatten()
}

fn site_packages_below(prefix: &Path, system: &Root) -> Vec<PathBuf> {
    let mut candidates = vec![prefix.join("Lib").join("site-packages")];
    for library in ["lib", "lib64", "local/lib"] {
        let library = prefix.join(library);
        let listing = system.list(&library);
        let Some(listing) = listing.ok().filter(|_| system.agrees(&library)) else {
            continue;
        };
        for entry in listing.into_iter().flatten() {
            let name = entry.name();
            if name.starts_with("python3") || name.starts_with("pypy3") {
                candidates.push(entry.path.join("site-packages"));
                // Debian's own name for it
                candidates.push(entry.path.join("dist-packages"));
            }
        }
    }
    candidates.sort();
    // `lib64` is often a link to `lib`, and file systems may fold `Lib` and `lib`
    let mut seen = BTreeSet::new();
    candidates.retain(|candidate| {
        system.is_dir(candidate)
            && system.agrees(candidate)
            && seen.insert(
                system
                    .canonical(candidate)
                    .unwrap_or_else(|_| candidate.clone()),
            )
    });
    candidates
}

fn holds_packages(directory: &Path, system: &Root) -> bool {
    named(directory, &["site-packages", "dist-packages"])
        || system.list(directory).is_ok_and(|listing| {
            listing.into_iter().flatten().any(|entry| {
                entry
                    .path
                    .extension()
                    .is_some_and(|extension| extension == "dist-info")
            })
        })
}
