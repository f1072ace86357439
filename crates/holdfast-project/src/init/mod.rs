//! A first `holdfast.toml` for a project, from the files that it has.

mod proposal;
mod python;
mod text;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use holdfast_declared::{Files, ProjectFiles, read};
use holdfast_model::Declared;

use crate::discover::{CONFIGURATION, Discovered, Discovery, FileKind, discover};
use crate::project::read_config;

/// A configuration that is proposed or was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitOutcome {
    /// The content of the file.
    pub text: String,
    /// The file.
    pub path: PathBuf,
    /// What a person should know of, one line each.
    pub notes: Vec<String>,
}

/// Why there is no configuration to propose, or why it cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The project has one.
    #[error("`{file}` configures the project already; edit it, or remove it first")]
    AlreadyConfigured {
        /// The file.
        file: String,
    },
    /// The directory cannot be looked at.
    #[error("cannot look at `{}`", path.display())]
    Unreachable {
        /// The path as given.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Looks at the project in `root` and writes a commented `holdfast.toml`, which must not exist.
pub fn init(root: &Path) -> Result<InitOutcome, InitError> {
    let outcome = propose(root)?;
    outcome.write()?;
    Ok(outcome)
}

/// Looks at the project in `root` and proposes a commented `holdfast.toml`. Writes nothing.
pub fn propose(root: &Path) -> Result<InitOutcome, InitError> {
    fs_err::read_dir(root).map_err(|source| InitError::Unreachable {
        path: root.to_owned(),
        source,
    })?;
    let files = ProjectFiles::new(root);
    refuse_second(&files)?;
    let mut notes = Vec::new();
    let discovery = discover(root);
    let models = models(&discovery, &mut notes);
    let manifests = manifests(&files, discovery.files, &mut notes);
    let proposal = proposal::of(&manifests, models);
    notes.extend(proposal.notes.iter().cloned());
    Ok(InitOutcome {
        text: text::render(&proposal),
        path: root.join(CONFIGURATION),
        notes,
    })
}

impl InitOutcome {
    fn write(&self) -> Result<(), InitError> {
        let refused = |source: std::io::Error| {
            if source.kind() == std::io::ErrorKind::AlreadyExists {
                return InitError::AlreadyConfigured {
                    file: CONFIGURATION.to_owned(),
                };
            }
            InitError::Write {
                path: self.path.clone(),
                source,
            }
        };
        fs_err::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&self.path)
            .and_then(|mut file| file.write_all(self.text.as_bytes()))
            .map_err(refused)
    }
}

/// A manifest of the project that could be read.
pub(crate) struct Manifest {
    pub(crate) path: String,
    pub(crate) declared: Declared,
}

fn refuse_second(files: &ProjectFiles) -> Result<(), InitError> {
    let taken = |file: &str| {
        Err(InitError::AlreadyConfigured {
            file: file.to_owned(),
        })
    };
    if files.exists(CONFIGURATION) {
        return taken(CONFIGURATION);
    }
    match read_config(files, "") {
        Ok(None) => Ok(()),
        Ok(Some(config)) => taken(&config.file),
        // a broken one is one all the same
        Err(_) => taken("pyproject.toml"),
    }
}

/// The model files of the project itself, as far as a person will want to read them one by one.
fn models(discovery: &Discovery, notes: &mut Vec<String>) -> Vec<String> {
    const PROPOSED: usize = 20;
    let projects: BTreeSet<&str> = discovery
        .files
        .iter()
        .filter(|file| matches!(file.kind, FileKind::Manifest(_)))
        .map(|file| file.project.as_str())
        .filter(|project| !project.is_empty())
        .collect();
    let is_below = |path: &str| {
        projects.iter().any(|project| {
            let rest = path.strip_prefix(project);
            rest.is_some_and(|rest| rest.starts_with('/'))
        })
    };
    let own = || discovery.models.iter().filter(|path| !is_below(path));
    let more = own().count().saturating_sub(PROPOSED);
    if more > 0 {
        notes.push(format!(
            "{more} more model files were found: add those that matter as `[[artefacts]]`"
        ));
    }
    own().take(PROPOSED).cloned().collect()
}

/// The manifests of the project itself, read; notes what lies elsewhere and what cannot be read.
fn manifests(
    files: &ProjectFiles,
    discovered: Vec<Discovered>,
    notes: &mut Vec<String>,
) -> Vec<Manifest> {
    let (own, below): (Vec<Discovered>, Vec<Discovered>) = discovered
        .into_iter()
        .partition(|file| file.project.is_empty());
    let mut manifests = Vec::new();
    for file in own {
        let FileKind::Manifest(format) = file.kind else {
            continue;
        };
        match read(files, &file.path, format) {
            Ok(reading) => manifests.extend(reading.declared.map(|declared| Manifest {
                path: file.path,
                declared,
            })),
            Err(error) => notes.push(format!("left out, since it cannot be read: {error}")),
        }
    }
    let mut projects: Vec<String> = below
        .into_iter()
        .filter(|file| matches!(file.kind, FileKind::Manifest(_)))
        .map(|file| format!("`{}`", file.project))
        .collect();
    projects.dedup();
    if !projects.is_empty() {
        const SHOWN: usize = 5;
        let more = projects.len().saturating_sub(SHOWN);
        projects.truncate(SHOWN);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        notes.push(format!(
            "left out, since they are projects of their own: {}{more}",
            projects.join(", ")
        ));
    }
    manifests
}

#[cfg(test)]
mod tests;
