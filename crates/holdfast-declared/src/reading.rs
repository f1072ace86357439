//! One door to all readers.

use holdfast_model::{Declared, Location, Locked};

use crate::context::Context;
use crate::npm::{npmrc, package_json};
use crate::requirements::Kind;
use crate::setuptools::{setup_cfg, setup_py};
use crate::{
    Files, FilesError, Format, LockInputs, ReadError, bentoml, conda, decode, locks, mlflow,
    pip_conf, pipfile, pixi, pyproject, python_version, requirements, role, truss,
};

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// What it declares.
    pub declared: Option<Declared>,
    /// What it locks. A fully pinned requirements file declares and locks.
    pub locked: Option<Locked>,
    /// What a lock of another tool says of its manifests, for [`crate::freshness`].
    pub lock_inputs: Option<LockInputs>,
}

/// Reads the file at `path` and what it includes.
pub fn read(files: &dyn Files, path: &str, format: Format) -> Result<Reading, ReadError> {
    let text = text_of(files, path)?;
    if let Some(lock) = locks::format(format, &text) {
        let lock = locks::read(&text, path, lock)?;
        return Ok(Reading {
            declared: None,
            locked: Some(lock.locked),
            lock_inputs: Some(lock.inputs),
        });
    }
    let mut reading = manifest(&Context { files, path }, format, &text)?;
    if let Some(declared) = &mut reading.declared {
        declared.role = role::role(files, path);
    }
    Ok(reading)
}

/// Reads a file that is no lock of another tool.
fn manifest(context: &Context<'_>, format: Format, text: &str) -> Result<Reading, ReadError> {
    let Context { files, path } = *context;
    Ok(match format {
        Format::Requirements => requirements::read(files, path, Kind::Requirements, text)?,
        Format::Constraints => requirements::read(files, path, Kind::Constraints, text)?,
        Format::Pyproject => declares(pyproject::read(files, path, text)?),
        Format::PipConf => declares(pip_conf::declared(text, path)?),
        Format::PythonVersion => declares(python_version::read_python_version(text, path)),
        Format::RuntimeTxt => declares(python_version::read_runtime_txt(text, path)),
        Format::SetupCfg => declares(setup_cfg::read(context, text)?),
        Format::SetupPy => declares(setup_py::read(context, text)?),
        Format::Pipfile => declares(pipfile::read(context, text)?),
        Format::CondaEnvironment => declares(conda::environment::read(context, text)?),
        Format::PixiToml => declares(pixi::read(context, text)?),
        Format::PackageJson => declares(package_json::read(context, text)?),
        Format::Npmrc => declares(npmrc::read(context, text)?),
        Format::MlflowModel => declares(mlflow::read_model(context, text)?),
        Format::MlflowPythonEnv => declares(mlflow::read_python_env(context, text)?),
        Format::TrussConfig if !truss::is_truss(text) => Reading::default(),
        Format::TrussConfig => declares(truss::read(context, text)?),
        Format::Bentofile => declares(bentoml::read(context, text)?),
        // these never come here
        Format::UvLock
        | Format::PoetryLock
        | Format::PipfileLock
        | Format::PdmLock
        | Format::CondaLock
        | Format::CondaExplicit
        | Format::PixiLock
        | Format::PackageLock => Reading::default(),
    })
}

fn declares(declared: Declared) -> Reading {
    Reading {
        declared: Some(declared),
        ..Reading::default()
    }
}

/// The text of a file that a person named.
pub(crate) fn text_of(files: &dyn Files, path: &str) -> Result<String, ReadError> {
    let bytes = files
        .read(path)
        .map_err(|error| unavailable(Location::start_of(path), path, &error))?;
    decode(&bytes, path)
}

/// The error for a file that cannot be had, at the place that names it.
pub(crate) fn unavailable(location: Location, path: &str, error: &FilesError) -> ReadError {
    // at a place in the file itself nobody needs its name once more
    let message = if matches!(error, FilesError::TooLarge { .. }) && location.file == path {
        error.to_string()
    } else {
        format!("cannot read `{path}`: {error}")
    };
    let at = ReadError::new(location, message);
    match error {
        FilesError::NotFound => at.with_fix("correct the path, or add the file"),
        FilesError::LeavesProject => {
            at.with_fix("keep the file inside the directory that is checked")
        }
        FilesError::TooLarge { .. } => at.with_fix("split it, or keep generated data out of it"),
        FilesError::NotAFile => at.with_fix("name a file"),
        FilesError::Io(_) => at,
    }
}
