//! A directory with its configuration, if it has one.

use std::path::{Path, PathBuf};

use holdfast_declared::{Files, FilesError, ProjectFiles, ReadError, decode};
use holdfast_installed::InstalledError;
use holdfast_knowledge::StoreError;
use holdfast_model::{EnvironmentName, Location};

use crate::config::{Config, ConfigError, ConfigErrors, ConfigFile, did_you_mean};
use crate::discover::CONFIGURATION;

/// A directory that is looked at, with its configuration, if it has one.
#[derive(Debug, Clone)]
pub struct Project {
    /// The directory, as given.
    pub root: PathBuf,
    /// The configuration; absent in a project that never heard of Holdfast.
    pub config: Option<Config>,
    pub(crate) files: ProjectFiles,
}

/// Why a project's facts cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is nothing at the path, or it cannot be looked at.
    #[error("cannot look at `{}`", path.display())]
    Unreachable {
        /// The path as given.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A project is a directory, and this is none.
    #[error("`{}` is no directory", path.display())]
    NotADirectory {
        /// The path as given.
        path: PathBuf,
    },
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// A file that was asked for by name cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An environment that was asked for by name is not there.
    #[error("there is no environment `{name}`: {hint}")]
    UnknownEnvironment {
        /// What was asked for.
        name: String,
        /// What was probably meant, or what there is.
        hint: String,
    },
    /// The file at the path has no format that is known.
    #[error(
        "`{}` is neither a project's directory nor a lock nor a requirements file", path.display()
    )]
    UnknownFile {
        /// The path as given.
        path: PathBuf,
    },
    /// The installed environment cannot be observed.
    #[error(transparent)]
    Installed(#[from] InstalledError),
    /// The advisory data cannot be read.
    #[error("cannot look up advisories")]
    Advisories(#[from] StoreError),
}

/// Opens the project in `directory`: reads its configuration, and nothing else.
pub fn open(directory: &Path) -> Result<Project, ProjectError> {
    let metadata = fs_err::metadata(directory).map_err(|source| ProjectError::Unreachable {
        path: directory.to_owned(),
        source,
    })?;
    if !metadata.is_dir() {
        return Err(ProjectError::NotADirectory {
            path: directory.to_owned(),
        });
    }
    let files = ProjectFiles::new(directory);
    let config = read_config(&files, "")?;
    Ok(Project {
        root: directory.to_owned(),
        config,
        files,
    })
}

impl Project {
    /// The names among `names` that the configuration has; an error for one that it has not.
    pub(crate) fn check_names(&self, names: &[EnvironmentName]) -> Result<(), ProjectError> {
        let known: Vec<&str> = self
            .config
            .iter()
            .flat_map(|config| config.environments.keys())
            .map(EnvironmentName::as_str)
            .collect();
        match names.iter().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(ProjectError::UnknownEnvironment {
                name: name.to_string(),
                hint: if known.is_empty() {
                    "the project has no configuration; `holdfast init` writes one".to_owned()
                } else {
                    did_you_mean(name.as_str(), known.iter().copied())
                },
            }),
        }
    }
}

/// The configuration in `directory`, relative to what `files` holds.
pub(crate) fn read_config(
    files: &dyn Files,
    directory: &str,
) -> Result<Option<Config>, ConfigErrors> {
    let own = path_in(directory, CONFIGURATION);
    let pyproject = path_in(directory, "pyproject.toml");
    let config = match text(files, &own)? {
        Some(text) => Config::parse(&text, &own, ConfigFile::Holdfast)?,
        None => None,
    };
    let other = match files.read(&pyproject) {
        Ok(bytes) => from_pyproject(&bytes, &pyproject),
        // whoever needs the file reports why it cannot be had
        Err(_) => Ok(None),
    };
    match (config, other) {
        // the file that holds the configuration is right; a wrong one beside it is still a mistake
        (Some(config), Ok(None)) => Ok(Some(config)),
        (None, other) => other,
        (Some(_), Ok(Some(_)) | Err(_)) => Err(ConfigErrors::one(ConfigError {
            location: Location::start_of(own),
            message: "`[tool.holdfast]` of pyproject.toml configures the project as well"
                .to_owned(),
            fix: Some("keep one of the two".to_owned()),
        })),
    }
}

fn from_pyproject(bytes: &[u8], path: &str) -> Result<Option<Config>, ConfigErrors> {
    // most files have no such table, and what else is wrong with them is their reader's to say
    if !contains(bytes, b"holdfast") {
        return Ok(None);
    }
    match decode(bytes, path) {
        Ok(text) => Config::parse(&text, path, ConfigFile::Pyproject),
        Err(_) => Ok(None),
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn text(files: &dyn Files, path: &str) -> Result<Option<String>, ConfigErrors> {
    let wrong = |error: ReadError| {
        ConfigErrors::one(ConfigError {
            location: error.location,
            message: error.message,
            fix: error.fix,
        })
    };
    match files.read(path) {
        Ok(bytes) => decode(&bytes, path).map(Some).map_err(wrong),
        Err(FilesError::NotFound) => Ok(None),
        Err(error) => Err(wrong(ReadError::new(
            Location::start_of(path),
            format!("cannot read the configuration: {error}"),
        ))),
    }
}

/// `name` in `directory`, both relative to the directory that was checked.
pub(crate) fn path_in(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else {
        format!("{directory}/{name}")
    }
}
