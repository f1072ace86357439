//! The temporary directory of a run, with what our processes and the harness need in it.
//!
//! `scratch/` in it is the model's, to write to; the rest is ours, and read only inside. It is gone
//! after the run.

use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use crate::answers::HARNESS;
use crate::error::RunError;
use crate::plan::Plan;
use crate::request::{Bytecode, Calls, RunRequest, Target};
use crate::variables::{DIRECTORIES, environment_of, variables};

/// The largest file that a model may write, in bytes: more than any cache of compiled code.
const LARGEST_FILE: u64 = 4 << 30;

/// The directory; it is removed where this is dropped.
pub(crate) struct Scratch {
    directory: Option<TempDir>,
    path: PathBuf,
}

impl Scratch {
    /// Makes it, with the inputs.
    pub(crate) fn new(request: &RunRequest) -> Result<Self, RunError> {
        check(request)?;
        let directory = tempfile::Builder::new()
            .prefix("holdfast-run-")
            .tempdir()
            .and_then(|directory| Ok((fs_err::canonicalize(directory.path())?, directory)))
            .map_err(|source| RunError::Scratch {
                what: "a temporary directory cannot be made".to_owned(),
                source,
            });
        let (path, directory) = directory?;
        let scratch = Self {
            directory: Some(directory),
            path,
        };
        scratch.fill(request).map_err(|source| RunError::Scratch {
            what: format!("`{}` cannot be written to", scratch.path.display()),
            source,
        })?;
        Ok(scratch)
    }

    /// What is to be run, with the limits.
    pub(crate) fn plan(&self, request: &RunRequest) -> Result<Plan, RunError> {
        let project = there(request.project)?;
        let python = absolute(request.python)?;
        let request = &RunRequest {
            project: &project,
            python: &python,
            ..*request
        };
        let own = self.path.join("scratch");
        let mut writable = vec![own.clone()];
        if request.bytecode == Bytecode::Write
            && let Some(environment) = environment_of(request.python)
        {
            writable.push(there(environment)?);
        }
        for place in request.writable {
            writable.push(there(place)?);
        }
        let mut plan = Plan {
            holdfast: absolute(request.holdfast)?,
            arguments: self.arguments(request),
            inputs: self.path.join("inputs.jsonl"),
            control: self.path.clone(),
            writable,
            variables: variables(request, &own),
            ask: matches!(request.target, Target::Script(_)),
            python: python.clone(),
            project: project.clone(),
            milliseconds: 0,
            memory: 0,
            processes: 0,
            threads: 0,
            output: 0,
            file: LARGEST_FILE,
            walls: request.containment.into(),
        };
        plan.limit(&request.limits);
        Ok(plan)
    }

    fn fill(&self, request: &RunRequest) -> std::io::Result<()> {
        let own = self.path.join("scratch");
        for directory in DIRECTORIES {
            fs_err::create_dir_all(own.join(directory))?;
        }
        fs_err::create_dir(self.path.join("dev"))?;
        fs_err::write(self.path.join("nothing"), "")?;
        let mut inputs = String::new();
        for input in request.inputs {
            inputs.push_str(input);
            inputs.push('\n');
        }
        fs_err::write(self.path.join("inputs.jsonl"), inputs)?;
        fs_err::write(self.path.join("harness.py"), HARNESS)
    }

    fn arguments(&self, request: &RunRequest) -> Vec<PathBuf> {
        let harness = |mut configuration: serde_json::Value| {
            if let Some(configuration) = configuration.as_object_mut() {
                configuration.insert("name".to_owned(), request.target.to_string().into());
                configuration.insert("seed".to_owned(), request.seed.into());
                configuration.insert(
                    "project".to_owned(),
                    request.project.to_string_lossy().into(),
                );
            }
            vec![
                self.path.join("harness.py"),
                configuration.to_string().into(),
            ]
        };
        match &request.target {
            Target::Script(script) => vec![request.project.join(script)],
            Target::Function {
                module,
                function,
                calls,
            } => harness(json!({
                "kind": "function",
                "module": module,
                "function": function,
                "at_once": *calls == Calls::AllAtOnce,
            })),
            Target::Mlflow(model) => harness(json!({
                "kind": "mlflow",
                "path": request.project.join(model).to_string_lossy(),
            })),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(directory) = self.directory.take()
            && directory.close().is_err()
        {
            // a directory that the model made unreadable
            allow(&self.path);
            let _ = fs_err::remove_dir_all(&self.path);
        }
    }
}

/// Makes a directory and all below it ours to remove. Links are not followed.
fn allow(directory: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let _ = fs_err::set_permissions(directory, std::fs::Permissions::from_mode(0o700));
    }
    let Ok(entries) = fs_err::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            allow(&entry.path());
        }
    }
}

/// What can be said before anything is started.
fn check(request: &RunRequest) -> Result<(), RunError> {
    let wrong = |what: String, fix: &str| {
        Err(RunError::Request {
            what,
            fix: fix.to_owned(),
        })
    };
    if let Some(place) = request.inputs.iter().position(|input| input.contains('\n')) {
        return wrong(
            format!("input {} has a line break", place + 1),
            "write each input on one line",
        );
    }
    if !request.python.exists() {
        return wrong(
            format!("there is no interpreter at `{}`", request.python.display()),
            "make the environment with `holdfast sync`",
        );
    }
    match &request.target {
        Target::Script(path) if !request.project.join(path).is_file() => wrong(
            format!("there is no script `{}`", path.display()),
            "name a Python file below the project",
        ),
        Target::Mlflow(path) if !request.project.join(path).join("MLmodel").is_file() => wrong(
            format!("`{}` is no MLflow model", path.display()),
            "name the directory that has the file `MLmodel`",
        ),
        Target::Script(_) | Target::Mlflow(_) | Target::Function { .. } => Ok(()),
    }
}

fn there(path: &Path) -> Result<PathBuf, RunError> {
    fs_err::canonicalize(path).map_err(|source| RunError::Scratch {
        what: format!("`{}` cannot be used", path.display()),
        source,
    })
}

fn absolute(path: &Path) -> Result<PathBuf, RunError> {
    std::path::absolute(path).map_err(|source| RunError::Scratch {
        what: format!("`{}` cannot be used", path.display()),
        source,
    })
}
