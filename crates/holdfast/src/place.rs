//! Where an environment is: on this machine, below an unpacked file system, or in an image.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use holdfast_installed::{Image, environments, system};
use holdfast_model::CapturedSystem;

use crate::cli::PlaceOptions;
use crate::project;

/// What an environment's path is a path of.
pub(crate) enum System {
    /// This machine.
    Machine,
    /// An unpacked file system, by its path on this machine.
    Root(PathBuf),
    /// A container image, with its file.
    Image(Box<Image>, PathBuf),
}

/// An installed environment: a directory, or its interpreter.
pub(crate) struct Place {
    pub(crate) system: System,
    /// On this machine, also below a root; without a leading slash in an image.
    pub(crate) path: PathBuf,
}

impl Place {
    /// A place on this machine.
    pub(crate) fn here(path: PathBuf) -> Self {
        Self {
            system: System::Machine,
            path,
        }
    }

    /// What the options name, if they name anything.
    pub(crate) fn named(options: &PlaceOptions) -> Result<Option<Self>> {
        let venv = options.venv.as_deref();
        if let Some(file) = &options.image {
            return in_image(file, venv).map(Some);
        }
        if let Some(root) = &options.root {
            return below_root(root, venv).map(Some);
        }
        let path = options.venv.as_ref().or(options.python.as_ref());
        Ok(path.cloned().map(Self::here))
    }

    /// What the operating system around the environment has.
    pub(crate) fn surroundings(&self) -> CapturedSystem {
        match &self.system {
            System::Machine => system(Path::new("/")),
            System::Root(root) => system(root),
            System::Image(image, _) => image.system(),
        }
    }
}

fn in_image(file: &Path, venv: Option<&Path>) -> Result<Place> {
    let image = Image::open(file)?;
    let known = image.environments();
    let wanted = venv.map(|venv| {
        let inside = venv.display().to_string();
        inside.trim_matches('/').to_owned()
    });
    let path = the_one(wanted, &known, file)?;
    Ok(Place {
        system: System::Image(Box::new(image), file.to_owned()),
        path: PathBuf::from(path),
    })
}

fn below_root(root: &Path, venv: Option<&Path>) -> Result<Place> {
    let real = project::canonical(root);
    let inside = |path: &Path| {
        let path = path.strip_prefix(&real).unwrap_or(path);
        path.display().to_string().trim_matches('/').to_owned()
    };
    let known: Vec<String> = environments(root)?
        .iter()
        .map(|path| inside(path))
        .collect();
    // a path in there, or by way of this machine
    let wanted = venv.map(|venv| inside(venv.strip_prefix(root).unwrap_or(venv)));
    let path = the_one(wanted, &known, root)?;
    Ok(Place {
        path: real.join(path),
        system: System::Root(real),
    })
}

/// The environment that is wanted, or the only one.
fn the_one(wanted: Option<String>, known: &[String], within: &Path) -> Result<String> {
    let within = within.display();
    let listed = || {
        let known: Vec<String> = known.iter().map(|path| format!("`/{path}`")).collect();
        known.join(", ")
    };
    match (wanted, known) {
        (_, []) => bail!("`{within}` has no Python environment with packages"),
        (Some(wanted), _) if known.contains(&wanted) => Ok(wanted),
        (Some(wanted), _) => bail!(
            "`{within}` has no environment at `/{wanted}`; it has {}",
            listed()
        ),
        (None, [only]) => Ok(only.clone()),
        (None, _) => bail!(
            "`{within}` has several environments: name one with `--venv`: {}",
            listed()
        ),
    }
}
