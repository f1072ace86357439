//! A project as the commands see it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use holdfast_model::{Digest, EnvironmentName, Platform};
use holdfast_project::{Config, Project};
use holdfast_rules::Policy;
use sha2::{Digest as _, Sha256};

/// Opens a project; what is wrong with its configuration is said with file, line and fix.
pub(crate) fn open(directory: &Path) -> Result<Project> {
    Ok(holdfast_project::open(directory)?)
}

/// What the project that a file belongs to wants: that of the nearest configuration at or above it,
/// if any.
pub(crate) fn policy_near(path: &Path) -> Result<Policy> {
    let Ok(path) = fs_err::canonicalize(path) else {
        return Ok(Policy::default());
    };
    let root = path
        .ancestors()
        .find(|directory| directory.join("holdfast.toml").is_file());
    let Some(root) = root else {
        return Ok(Policy::default());
    };
    let config = open(root)?.config;
    Ok(config.map(|config| config.policy).unwrap_or_default())
}

/// The configuration, which `lock` and its kin cannot do without.
pub(crate) fn configuration(project: &Project) -> Result<&Config> {
    let config = project.config.as_ref().with_context(|| {
        format!(
            "`{}` has no holdfast.toml that says what its environments are: write one with `holdfast init`",
            project.root.display()
        )
    })?;
    if config.environments.is_empty() {
        bail!(
            "{} configures no environment: add an `[environments.NAME]` table",
            config.file
        );
    }
    Ok(config)
}

/// The environments to work on: those that were picked, else all that have a lock of their own.
pub(crate) fn picked(config: &Config, picked: &[EnvironmentName]) -> Result<Vec<EnvironmentName>> {
    let all: Vec<EnvironmentName> = config.locked_environments().into_iter().cloned().collect();
    for name in picked {
        if config.is_shared(name) {
            bail!(
                "environment `{name}` is a part that others extend, and has no lock of its own: pick one that extends it"
            );
        }
        if !all.contains(name) {
            let names: Vec<&str> = all.iter().map(EnvironmentName::as_str).collect();
            bail!(
                "there is no environment `{name}` in {}; there are {}",
                config.file,
                names.join(", ")
            );
        }
    }
    Ok(if picked.is_empty() {
        all
    } else {
        all.into_iter()
            .filter(|name| picked.contains(name))
            .collect()
    })
}

/// The machines that an environment is locked for: as configured, else the machine at hand.
pub(crate) fn platforms(config: &Config, name: &EnvironmentName) -> Result<Vec<Platform>> {
    if let Some(platforms) = config.platforms_of(name) {
        return Ok(platforms);
    }
    let here = holdfast_installed::platform(Path::new("/")).with_context(|| {
        format!("it cannot be told what machine this is: set `platforms` of `[environments.{name}]`, as in `platforms = [\"linux-x86_64-glibc2.28\"]`")
    })?;
    Ok(vec![here])
}

/// A directory, absolute and without links, as the key of what is kept about it.
pub(crate) fn canonical(directory: &Path) -> PathBuf {
    fs_err::canonicalize(directory).unwrap_or_else(|_| directory.to_owned())
}

/// A file name that stands for a directory.
pub(crate) fn key(directory: &Path) -> String {
    let path = canonical(directory);
    let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
    Digest::sha256(&hash.into()).hex().to_owned()
}
