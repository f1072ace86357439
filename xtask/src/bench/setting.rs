//! What benchmarks need: the program as it is shipped, directories of their own, Python.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::program::{Profile, build, output};
use crate::workspace;

/// What the Python scripts import, at the versions that they were written for.
const PYTHON_PACKAGES: [&str; 2] = ["packaging==26.0", "PyYAML==6.0.3"];

/// Where everything is.
#[derive(Debug)]
pub(super) struct Setting {
    program: PathBuf,
    place: PathBuf,
}

impl Setting {
    /// Builds the program as it is shipped. Everything else lies beside it, and is kept.
    pub(super) fn new() -> Result<Self> {
        workspace::complain("building the release");
        let program = build("holdfast", Profile::Release)?;
        let target = program
            .ancestors()
            .nth(2)
            .context("the program lies in no target directory")?;
        let place = target.join("bench");
        fs_err::create_dir_all(&place)?;
        Ok(Self { program, place })
    }

    /// A directory of this name, made where it is not there.
    pub(super) fn directory(&self, name: &str) -> Result<PathBuf> {
        let directory = self.place.join(name);
        fs_err::create_dir_all(&directory)?;
        Ok(directory)
    }

    /// An empty directory of this name.
    pub(super) fn emptied(&self, name: &str) -> Result<PathBuf> {
        let directory = self.place.join(name);
        if directory.exists() {
            fs_err::remove_dir_all(&directory)?;
        }
        self.directory(name)
    }

    /// The program, with a cache of its own and uv's cache beside that.
    pub(super) fn holdfast(&self, cache: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("HOLDFAST_CACHE_DIR", cache)
            .env("UV_CACHE_DIR", self.uv_cache())
            .env_remove("HOLDFAST_UV");
        command
    }

    /// The uv that the program with this cache uses.
    pub(super) fn uv(&self, cache: &Path) -> Command {
        let fetched = fs_err::read_dir(cache.join("uv"))
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path().join("uv")))
            .find(|program| program.is_file());
        let mut command = Command::new(fetched.unwrap_or_else(|| PathBuf::from("uv")));
        command.env("UV_CACHE_DIR", self.uv_cache());
        command
    }

    fn uv_cache(&self) -> PathBuf {
        self.place.join("uv-cache")
    }

    /// Python 3 in an environment that has what the scripts import.
    pub(super) fn python(&self) -> Result<PathBuf> {
        let environment = self.place.join("venv");
        let python = environment.join("bin").join("python");
        if !python.is_file() {
            output(
                Command::new("python3")
                    .args(["-m", "venv"])
                    .arg(&environment),
            )?;
        }
        output(
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet"])
                .args(PYTHON_PACKAGES),
        )?;
        Ok(python)
    }

    /// A script of `xtask/bench`.
    pub(super) fn script(name: &str) -> PathBuf {
        workspace::root().join("xtask").join("bench").join(name)
    }
}
