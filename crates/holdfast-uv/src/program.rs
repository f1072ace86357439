//! Finding the uv program, or putting it into the cache.

use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use holdfast_model::Digest;
use pep440_rs::{Version, VersionSpecifiers};
use sha2::{Digest as _, Sha256};

use crate::pinned::{PINNED_VERSION, PinnedWheel, pinned_wheel};

/// The versions of uv that Holdfast is tested with.
pub const TESTED: &str = ">=0.9,<0.14";

/// A uv program.
#[derive(Debug, Clone)]
pub struct Uv {
    program: PathBuf,
    version: String,
}

/// Where to look for uv.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// The program that the person named (`HOLDFAST_UV`). It is taken whatever its version.
    pub named: Option<&'a Path>,
    /// The value of `PATH`.
    pub path: Option<&'a OsStr>,
    /// Directory of the cached program.
    pub cache: &'a Path,
}

/// Why there is no uv.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The program that the person named does not run.
    #[error("cannot run `{program}`, which `HOLDFAST_UV` names")]
    Named {
        /// The program.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// uv has no wheel for this machine.
    #[error(
        "no uv {TESTED} on `PATH`, and its wheel for this machine is not known: install uv, or name it in `HOLDFAST_UV`"
    )]
    NoWheel,
    /// The wheel is not the one that was pinned.
    #[error("`{file}` has SHA-256 {found} instead of {wanted}: it was not used")]
    Mismatch {
        /// The file.
        file: String,
        /// The digest it should have.
        wanted: String,
        /// The digest it has.
        found: String,
    },
    /// The wheel has no program inside.
    #[error("`{file}` has no uv program inside")]
    NoProgram {
        /// The file.
        file: String,
    },
    /// The wheel could not be unpacked.
    #[error("cannot unpack `{file}` into `{directory}`")]
    Unpack {
        /// The file.
        file: String,
        /// The directory.
        directory: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Uv {
    /// The program's path.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Its version: `0.13.8`.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn probe(program: &Path) -> io::Result<Self> {
        let output = Command::new(program).arg("--version").output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let mut words = said.split_whitespace();
        match (words.next(), words.next()) {
            (Some("uv"), Some(version)) => Ok(Self {
                program: program.to_owned(),
                version: version.to_owned(),
            }),
            _ => Err(io::Error::other(
                "it does not answer as uv does to `--version`",
            )),
        }
    }

    fn is_tested(&self) -> bool {
        let specifiers: Result<VersionSpecifiers, _> = TESTED.parse();
        let version: Result<Version, _> = self.version.parse();
        matches!((specifiers, version), (Ok(specifiers), Ok(version)) if specifiers.contains(&version))
    }
}

/// Finds uv: the named program, else one on `PATH` inside the tested range, else the cached one.
/// Answers nothing where the pinned wheel has to be fetched first; see [`install`].
pub fn find(search: Search<'_>) -> Result<Option<Uv>, FindError> {
    if let Some(program) = search.named {
        return Uv::probe(program)
            .map(Some)
            .map_err(|source| FindError::Named {
                program: program.display().to_string(),
                source,
            });
    }
    let on_path = search
        .path
        .into_iter()
        .flat_map(std::env::split_paths)
        .map(|directory| directory.join(PROGRAM))
        .filter(|program| program.is_file())
        .filter_map(|program| Uv::probe(&program).ok())
        .find(Uv::is_tested);
    if on_path.is_some() {
        return Ok(on_path);
    }
    let program = cached(search.cache);
    if program.is_file() {
        // unpacked from the pinned wheel, so its version needs no asking
        return Ok(Some(Uv {
            program,
            version: PINNED_VERSION.to_owned(),
        }));
    }
    match pinned_wheel() {
        Some(_) => Ok(None),
        None => Err(FindError::NoWheel),
    }
}

const PROGRAM: &str = if cfg!(windows) { "uv.exe" } else { "uv" };

fn cached(cache: &Path) -> PathBuf {
    cache.join(format!("uv-{PINNED_VERSION}")).join(PROGRAM)
}

/// Checks the bytes of the pinned wheel and unpacks its program into the cache.
pub fn install(wheel: &PinnedWheel, bytes: &[u8], cache: &Path) -> Result<Uv, FindError> {
    let found = Digest::sha256(&Sha256::digest(bytes).into());
    if found.hex() != wheel.sha256 {
        return Err(FindError::Mismatch {
            file: wheel.file.to_owned(),
            wanted: wheel.sha256.to_owned(),
            found: found.hex().to_owned(),
        });
    }
    let program = cached(cache);
    let directory = program.parent().unwrap_or(cache);
    let unpack = |source: io::Error| FindError::Unpack {
        file: wheel.file.to_owned(),
        directory: directory.display().to_string(),
        source,
    };
    let content = program_in(bytes)
        .map_err(unpack)?
        .ok_or_else(|| FindError::NoProgram {
            file: wheel.file.to_owned(),
        })?;
    fs_err::create_dir_all(directory).map_err(unpack)?;
    let mut staging = tempfile::NamedTempFile::new_in(directory).map_err(unpack)?;
    io::Write::write_all(&mut staging, &content).map_err(unpack)?;
    make_executable(staging.path()).map_err(unpack)?;
    // a handle that is open for writing would keep the program from being run
    let staging = staging.into_temp_path();
    staging
        .persist(&program)
        .map_err(|error| unpack(error.error))?;
    Ok(Uv {
        program,
        version: PINNED_VERSION.to_owned(),
    })
}

fn program_in(bytes: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).map_err(io::Error::other)?;
    let wanted = format!(".data/scripts/{PROGRAM}");
    let name = archive
        .file_names()
        .filter_map(Result::ok)
        .find(|name| name.ends_with(&wanted))
        .map(std::borrow::Cow::into_owned);
    let Some(name) = name else { return Ok(None) };
    let mut entry = archive.by_name(&name).map_err(io::Error::other)?;
    let mut content = Vec::new();
    entry.read_to_end(&mut content)?;
    Ok(Some(content))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_with_other_bytes_is_not_used() {
        let cache = tempfile::tempdir().unwrap();
        let wheel = PinnedWheel {
            file: "uv-0-py3-none-any.whl",
            sha256: "00",
        };
        let error = install(&wheel, b"something else", cache.path()).unwrap_err();
        assert!(matches!(error, FindError::Mismatch { .. }));
        assert!(!cached(cache.path()).exists());
    }

    #[test]
    fn a_named_program_that_does_not_run_is_an_error() {
        let cache = tempfile::tempdir().unwrap();
        let search = Search {
            named: Some(Path::new("/nowhere/uv")),
            path: None,
            cache: cache.path(),
        };
        assert!(matches!(find(search), Err(FindError::Named { .. })));
    }

    #[test]
    fn without_any_uv_the_pinned_wheel_is_wanted() {
        let cache = tempfile::tempdir().unwrap();
        let search = Search {
            named: None,
            path: None,
            cache: cache.path(),
        };
        assert!(find(search).unwrap().is_none());
    }
}
