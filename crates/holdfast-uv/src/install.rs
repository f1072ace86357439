//! Making virtual environments, and installing what is locked into them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use holdfast_model::PackageId;

use crate::program::Uv;
use crate::request::{IndexRole, Network, SolveIndex};
use crate::run::{UNWANTED, UvError};
use crate::said::{readable, summary};

/// What to install, and where.
#[derive(Debug)]
pub struct InstallRequest<'a> {
    /// The lock: a file `pylock.<name>.toml`.
    pub lock: &'a Path,
    /// The virtual environment.
    pub environment: &'a Path,
    /// Packages to install again although their version is right.
    pub again: &'a BTreeSet<PackageId>,
    /// The locked packages, of which none but `allow_build` may be built.
    pub packages: &'a BTreeSet<PackageId>,
    /// Packages whose code may be run to build them.
    pub allow_build: &'a [PackageId],
    /// Where the requirements of a build come from. What is locked comes from where the lock says.
    pub indexes: &'a [SolveIndex],
    /// Whether the network may be used.
    pub network: Network,
    /// Whether uv's own cache may be used.
    pub cache: InstallCache,
    /// Variables: credentials, certificates.
    pub variables: &'a BTreeMap<String, String>,
}

/// Whether uv's own cache may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallCache {
    /// It may.
    Use,
    /// It holds files that were altered: everything is fetched again.
    Avoid,
}

impl Uv {
    /// Makes a virtual environment with this interpreter; one that is there is replaced.
    pub fn make_environment(
        &self,
        environment: &Path,
        python: &str,
        network: Network,
        variables: &BTreeMap<String, String>,
    ) -> Result<(), UvError> {
        let mut command = self.quiet("venv", network, variables);
        command
            .args(["--no-project", "--clear", "--python", python])
            .arg(environment);
        run(command, self.program(), Some(python))
    }

    /// Installs what is locked, hash-checked and as copies, and removes what is not locked.
    pub fn install(&self, request: &InstallRequest<'_>) -> Result<(), UvError> {
        let mut command = self.quiet("pip", request.network, request.variables);
        command
            .args(["sync", "--link-mode", "copy", "--require-hashes"])
            .arg("--python")
            .arg(request.environment);
        for package in request.again {
            command.args(["--reinstall-package", package.name()]);
        }
        if request.allow_build.is_empty() {
            command.arg("--no-build");
        } else {
            for package in request.packages {
                if !request.allow_build.contains(package) {
                    command.args(["--only-binary", package.name()]);
                }
            }
            add_indexes(&mut command, request.indexes);
        }
        if request.cache == InstallCache::Avoid {
            command.arg("--no-cache");
        }
        command.arg(request.lock);
        run(command, self.program(), None)
    }

    /// What installed packages ask for and do not find, a line each; it looks at metadata alone.
    pub fn conflicts(
        &self,
        environment: &Path,
        variables: &BTreeMap<String, String>,
    ) -> Result<Vec<String>, UvError> {
        let mut command = self.quiet("pip", Network::Offline, variables);
        command.arg("check").arg("--python").arg(environment);
        let output = command.output().map_err(|source| UvError::Start {
            program: self.program().display().to_string(),
            source,
        })?;
        if output.status.success() {
            return Ok(Vec::new());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let conflicts = conflicts(&said);
        if conflicts.is_empty() {
            let details = readable(&said);
            return Err(UvError::Failed {
                summary: summary(&details),
                details,
            });
        }
        Ok(conflicts)
    }

    fn quiet(
        &self,
        subcommand: &str,
        network: Network,
        variables: &BTreeMap<String, String>,
    ) -> Command {
        let mut command = Command::new(self.program());
        command
            .arg(subcommand)
            .args(["--no-progress", "--color", "never", "--no-config"])
            .stdin(Stdio::null());
        if network == Network::Offline {
            command.args(["--offline", "--no-python-downloads"]);
        }
        for name in UNWANTED {
            command.env_remove(name);
        }
        command.envs(variables);
        command
    }
}

/// The lines about packages in what `uv pip check` says.
fn conflicts(said: &str) -> Vec<String> {
    let mut conflicts: Vec<String> = said
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("The package `"))
        .map(str::to_owned)
        .collect();
    conflicts.sort();
    conflicts
}

/// The indexes for what a build requires. Those for single packages are left out: uv has no option
/// for them.
fn add_indexes(command: &mut Command, indexes: &[SolveIndex]) {
    for index in indexes {
        let named = format!("{}={}", index.name, index.url);
        match index.role {
            IndexRole::Default => command.args(["--default-index", &named]),
            IndexRole::General => command.args(["--index", &named]),
            IndexRole::FindLinks => command.args(["--find-links", &index.url]),
            IndexRole::Explicit => continue,
        };
    }
}

fn run(mut command: Command, program: &Path, python: Option<&str>) -> Result<(), UvError> {
    let output = command.output().map_err(|source| UvError::Start {
        program: program.display().to_string(),
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let details = readable(&said);
    if let Some(python) = python
        && said.contains("No interpreter found")
    {
        return Err(UvError::NoInterpreter {
            python: python.to_owned(),
            details,
        });
    }
    Err(UvError::Failed {
        summary: summary(&details),
        details,
    })
}
