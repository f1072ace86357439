//! Locks that other tools wrote, in the one shape.
//!
//! Each format has a module with `parse`, which reads the file as the tool wrote it, into types that
//! borrow from the text, and `locked`, which puts it into the nouns of Holdfast. What a lock says of
//! the declarations that it was made from is kept beside it, for [`crate::freshness`].
//!
//! Readers are total and linear in the size of the file, in time and memory: what is repeated for
//! every package is limited in length, and everything that is searched has an index.

mod collect;
mod conda;
mod conda_explicit;
pub(crate) mod conda_lock;
pub(crate) mod conditions;
pub(crate) mod npm;
pub(crate) mod pdm;
pub(crate) mod pipfile;
pub(crate) mod pixi;
pub(crate) mod poetry;
mod source;
mod specifier;
#[cfg(test)]
mod tests;
pub(crate) mod tree;
pub(crate) mod uv;

use holdfast_model::{Location, LockFormat, Locked};

use crate::freshness::{
    CondaLockInputs, Inputs, LockInputs, NpmInputs, PdmInputs, PipenvInputs, PixiInputs,
    PoetryInputs, UvInputs,
};
use crate::{Format, ReadError};
pub(crate) use conda::without_secrets;
pub(crate) use source::Source;

/// A lock that another tool wrote.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ForeignLock {
    /// What it locks.
    pub(crate) locked: Locked,
    /// What it says of its manifests.
    pub(crate) inputs: LockInputs,
}

/// The lock that a file of `format` is; nothing for other files. A conda list may be called anything.
pub(crate) fn format(format: Format, text: &str) -> Option<LockFormat> {
    match format {
        Format::UvLock => Some(LockFormat::Uv),
        Format::PoetryLock => Some(LockFormat::Poetry),
        Format::PipfileLock => Some(LockFormat::Pipenv),
        Format::PdmLock => Some(LockFormat::Pdm),
        Format::CondaLock => Some(LockFormat::CondaLock),
        Format::CondaExplicit => Some(LockFormat::CondaExplicit),
        Format::PixiLock => Some(LockFormat::Pixi),
        Format::PackageLock => Some(LockFormat::Npm),
        Format::Requirements => {
            conda_explicit::is_explicit(text).then_some(LockFormat::CondaExplicit)
        }
        Format::Constraints
        | Format::Pyproject
        | Format::PipConf
        | Format::PythonVersion
        | Format::RuntimeTxt
        | Format::SetupCfg
        | Format::SetupPy
        | Format::Pipfile
        | Format::CondaEnvironment
        | Format::PixiToml
        | Format::PackageJson
        | Format::Npmrc
        | Format::MlflowModel
        | Format::MlflowPythonEnv
        | Format::TrussConfig
        | Format::Bentofile => None,
    }
}

/// Reads the text of a lock.
pub(crate) fn read(text: &str, file: &str, format: LockFormat) -> Result<ForeignLock, ReadError> {
    let source = Source::new(text, file);
    let (locked, inputs) = match format {
        LockFormat::Uv => {
            let lock = uv::parse(&source)?;
            let inputs = Inputs::Uv(UvInputs::of(&lock, &source));
            (uv::locked(&lock, &source), inputs)
        }
        LockFormat::Poetry => {
            let lock = poetry::parse(&source)?;
            let inputs = Inputs::Poetry(PoetryInputs::of(&lock, &source));
            (poetry::locked(&lock, &source), inputs)
        }
        LockFormat::Pipenv => {
            let lock = pipfile::parse(&source)?;
            let inputs = Inputs::Pipenv(PipenvInputs::of(&lock, &source));
            (pipfile::locked(&lock, &source), inputs)
        }
        LockFormat::Pdm => {
            let lock = pdm::parse(&source)?;
            let inputs = Inputs::Pdm(PdmInputs::of(&lock, &source));
            (pdm::locked(&lock, &source), inputs)
        }
        LockFormat::CondaLock => {
            let lock = conda_lock::parse(&source)?;
            let inputs = Inputs::CondaLock(CondaLockInputs::of(&lock));
            (conda_lock::locked(&lock, &source), inputs)
        }
        LockFormat::CondaExplicit => (conda_explicit::locked(&source)?, Inputs::Nothing),
        LockFormat::Pixi => {
            let lock = pixi::parse(&source)?;
            let inputs = Inputs::Pixi(PixiInputs::of(&lock));
            (pixi::locked(&lock, &source), inputs)
        }
        LockFormat::Npm => {
            let lock = npm::parse(&source)?;
            let inputs = Inputs::Npm(NpmInputs::of(&lock, &source));
            (npm::locked(&lock, &source), inputs)
        }
        LockFormat::Pylock | LockFormat::Requirements => {
            let message = format!("`{}` is read elsewhere", format.as_str());
            return Err(ReadError::new(Location::start_of(file), message));
        }
    };
    Ok(ForeignLock {
        locked,
        inputs: LockInputs(inputs),
    })
}
