//! Running `uv lock`, and telling its ways to fail apart.

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use holdfast_model::PackageId;

use crate::program::Uv;
use crate::request::{Network, SolveRequest};
use crate::said::{
    explanation, forbidden, interpreter_not_fetched, interpreter_version, missing, no_page,
    not_allowed, not_built, not_cached, readable, summary, yanked,
};
use crate::solution::{Solution, SolutionError};
use crate::synthesise::{preferences, pyproject};

/// uv's answer to a request.
#[derive(Debug)]
pub enum Answer {
    /// A set of versions that satisfies everything.
    Solved(Solved),
    /// There is none.
    Unsolvable {
        /// uv's explanation, in terms of environments.
        explanation: String,
    },
}

/// A solution with what uv said beside it.
#[derive(Debug)]
pub struct Solved {
    /// The versions.
    pub solution: Solution,
    /// The interpreter that uv found, to the patch.
    pub python: Option<String>,
    /// The yanked releases among the chosen.
    pub yanked: Vec<Yanked>,
}

/// A chosen release that its index marks as yanked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Yanked {
    /// The package.
    pub package: PackageId,
    /// Its version.
    pub version: String,
    /// Why it was yanked, where that is told.
    pub reason: Option<String>,
}

/// Why uv gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum UvError {
    /// uv could not be started.
    #[error("cannot run `{program}`")]
    Start {
        /// The program.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of the temporary project could not be written or read.
    #[error("cannot prepare a solve in `{directory}`")]
    Scratch {
        /// The directory.
        directory: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no interpreter of the version that was asked for.
    #[error("no interpreter for Python {python} on this machine")]
    NoInterpreter {
        /// The version.
        python: String,
        /// What to do about it.
        details: String,
    },
    /// Something is needed that the cache lacks, and the network may not be used.
    #[error(
        "the solver may not use the network, and its cache lacks {}",
        missing(packages)
    )]
    NotCached {
        /// The packages of which nothing is cached; none where something else is missing.
        packages: Vec<String>,
        /// What uv said.
        details: String,
    },
    /// A source archive that may be built could not be.
    #[error("cannot build `{package}`, which `allow-build` names: {summary}")]
    Build {
        /// The package, with its version.
        package: String,
        /// The first line that tells what happened.
        summary: String,
        /// What uv said.
        details: String,
    },
    /// A package index could not be asked.
    #[error("a package index could not be asked: {summary}")]
    Index {
        /// The first line that tells what happened.
        summary: String,
        /// What uv said.
        details: String,
    },
    /// uv failed in another way.
    #[error("uv failed: {summary}")]
    Failed {
        /// The first line that tells what happened.
        summary: String,
        /// What uv said.
        details: String,
    },
    /// uv's answer could not be read.
    #[error(transparent)]
    Solution(#[from] SolutionError),
}

/// Variables that would change what uv solves. All of it is said in the project, indexes included.
pub(crate) const UNWANTED: &[&str] = &[
    "UV_CONFIG_SETTINGS",
    "UV_CONSTRAINT",
    "UV_DEFAULT_INDEX",
    "UV_EXCLUDE_NEWER",
    "UV_EXCLUDE_NEWER_PACKAGE",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_FORK_STRATEGY",
    "UV_FROZEN",
    "UV_INDEX",
    "UV_INDEX_STRATEGY",
    "UV_INDEX_URL",
    "UV_LOCKED",
    "UV_NO_BINARY",
    "UV_NO_BINARY_PACKAGE",
    "UV_NO_BUILD",
    "UV_NO_BUILD_PACKAGE",
    "UV_NO_SOURCES",
    "UV_OVERRIDE",
    "UV_PRERELEASE",
    "UV_PROJECT",
    "UV_PYTHON",
    "UV_RESOLUTION",
    "UV_UPGRADE",
    "UV_WORKING_DIRECTORY",
    "VIRTUAL_ENV",
];

const CREDENTIALS: &str = "put them into the netrc file or the index's address in the environment or pip.conf; \
     those of `[indexes.NAME]` also go into `UV_INDEX_NAME_USERNAME` and `UV_INDEX_NAME_PASSWORD`";

impl Uv {
    /// Solves all environments of a request jointly.
    pub fn lock(&self, request: &SolveRequest) -> Result<Answer, UvError> {
        let scratch_error = |source| UvError::Scratch {
            directory: request.scratch.display().to_string(),
            source,
        };
        fs_err::create_dir_all(&request.scratch).map_err(scratch_error)?;
        let directory = tempfile::Builder::new()
            .prefix("solve-")
            .tempdir_in(&request.scratch)
            .map_err(scratch_error)?;
        let project = pyproject(request).map_err(|error| scratch_error(io::Error::other(error)))?;
        fs_err::write(directory.path().join("pyproject.toml"), project).map_err(scratch_error)?;
        let lock = directory.path().join("uv.lock");
        if let Some(text) = preferences(request) {
            fs_err::write(&lock, text).map_err(scratch_error)?;
        }
        let output = self.command(directory.path(), request)?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return failure(&said, request);
        }
        let text = fs_err::read_to_string(&lock).map_err(scratch_error)?;
        let solution = Solution::read(&text, directory.path())?;
        Ok(Answer::Solved(Solved {
            solution,
            python: interpreter_version(&said),
            yanked: said.lines().filter_map(yanked).collect(),
        }))
    }

    fn command(&self, directory: &Path, request: &SolveRequest) -> Result<Output, UvError> {
        let mut command = Command::new(self.program());
        command
            .arg("lock")
            .args(["--no-progress", "--color", "never"])
            .args(["--python", &request.python])
            .arg("--directory")
            .arg(directory)
            .stdin(Stdio::null());
        if request.network == Network::Offline {
            command.args(["--offline", "--no-python-downloads"]);
        }
        for name in UNWANTED {
            command.env_remove(name);
        }
        command.envs(&request.variables);
        command.output().map_err(|source| UvError::Start {
            program: self.program().display().to_string(),
            source,
        })
    }
}

fn failure(said: &str, request: &SolveRequest) -> Result<Answer, UvError> {
    let details = readable(said);
    if said.contains("network was disabled") || said.contains("Network connectivity is disabled") {
        return Err(UvError::NotCached {
            packages: not_cached(said),
            details,
        });
    }
    // a build that fails may well say "No solution found" of what it needs
    if let Some(package) = not_built(said) {
        return Err(UvError::Build {
            package: package.to_owned(),
            summary: summary(&details),
            details,
        });
    }
    // to uv, an index that lets nobody in is one that does not have the package
    if let Some((index, status)) = not_allowed(said) {
        return Err(UvError::Index {
            summary: format!("`{index}` wants valid credentials ({status})"),
            details: CREDENTIALS.to_owned(),
        });
    }
    if let Some(index) = forbidden(said) {
        return Err(UvError::Index {
            summary: format!(
                "`{index}` answers 403 Forbidden: it wants other credentials, or does not have the package"
            ),
            details: CREDENTIALS.to_owned(),
        });
    }
    if let Some(page) = no_page(said) {
        return Err(UvError::Index {
            summary: format!("what `{page}` answers is no page of an index"),
            details: "check the address, which usually ends in `/simple`, and whether a log-in or a proxy stands in between".to_owned(),
        });
    }
    if said.contains("No solution found") {
        return Ok(Answer::Unsolvable {
            explanation: explanation(&details),
        });
    }
    if said.contains("No interpreter found") || interpreter_not_fetched(said) {
        return Err(UvError::NoInterpreter {
            python: request.python.clone(),
            details: format!(
                "install one, for example with `uv python install {}`, or set another `python` in holdfast.toml",
                request.python
            ),
        });
    }
    let summary = summary(&details);
    let asks_index = [
        "Failed to fetch",
        "error sending request",
        "Request failed",
        "HTTP status",
    ];
    if asks_index.iter().any(|sign| said.contains(sign)) {
        return Err(UvError::Index {
            summary,
            details: format!(
                "{details}\n\ncheck the address, the network and the proxy, or go without with `--offline`"
            ),
        });
    }
    let details = if details.trim_start_matches("error:").trim() == summary {
        String::new()
    } else {
        details
    };
    Err(UvError::Failed { summary, details })
}
