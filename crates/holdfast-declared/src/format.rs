//! Which formats there are, and which one a file has by its name.

/// A format that [`crate::read`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// pip's requirements files: `requirements.txt`, `requirements.in`.
    Requirements,
    /// pip's constraints files: `constraints.txt`.
    Constraints,
    /// `pyproject.toml`.
    Pyproject,
    /// pip's configuration: `pip.conf`, `pip.ini`.
    PipConf,
    /// `.python-version`, as pyenv and uv read it.
    PythonVersion,
    /// `runtime.txt`, as hosting platforms read it.
    RuntimeTxt,
    /// `setup.cfg`.
    SetupCfg,
    /// `setup.py`, read and never run.
    SetupPy,
    /// Pipenv's `Pipfile`.
    Pipfile,
    /// conda's `environment.yml`, and MLflow's `conda.yaml`.
    CondaEnvironment,
    /// `pixi.toml`.
    PixiToml,
    /// `package.json`.
    PackageJson,
    /// npm's configuration: `.npmrc`.
    Npmrc,
    /// MLflow's `MLmodel`.
    MlflowModel,
    /// MLflow's `python_env.yaml`.
    MlflowPythonEnv,
    /// Truss's `config.yaml`.
    TrussConfig,
    /// BentoML's `bentofile.yaml`.
    Bentofile,
    /// `uv.lock`.
    UvLock,
    /// `poetry.lock`.
    PoetryLock,
    /// `Pipfile.lock`.
    PipfileLock,
    /// `pdm.lock`.
    PdmLock,
    /// `conda-lock.yml`.
    CondaLock,
    /// conda's explicit lists: `conda-linux-64.lock`, `explicit.txt`.
    CondaExplicit,
    /// `pixi.lock`.
    PixiLock,
    /// `package-lock.json`, `npm-shrinkwrap.json`.
    PackageLock,
}

impl Format {
    /// All of them, in the order of the docs.
    pub const ALL: &'static [Self] = &[
        Self::Requirements,
        Self::Constraints,
        Self::Pyproject,
        Self::PipConf,
        Self::PythonVersion,
        Self::RuntimeTxt,
        Self::SetupCfg,
        Self::SetupPy,
        Self::Pipfile,
        Self::CondaEnvironment,
        Self::PixiToml,
        Self::PackageJson,
        Self::Npmrc,
        Self::MlflowModel,
        Self::MlflowPythonEnv,
        Self::TrussConfig,
        Self::Bentofile,
        Self::UvLock,
        Self::PoetryLock,
        Self::PipfileLock,
        Self::PdmLock,
        Self::CondaLock,
        Self::CondaExplicit,
        Self::PixiLock,
        Self::PackageLock,
    ];

    /// The format's name, as its docs page and JSON have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Requirements => "requirements",
            Self::Constraints => "constraints",
            Self::Pyproject => "pyproject",
            Self::PipConf => "pip-conf",
            Self::PythonVersion => "python-version",
            Self::RuntimeTxt => "runtime-txt",
            Self::SetupCfg => "setup-cfg",
            Self::SetupPy => "setup-py",
            Self::Pipfile => "pipfile",
            Self::CondaEnvironment => "conda-environment",
            Self::PixiToml => "pixi",
            Self::PackageJson => "package-json",
            Self::Npmrc => "npmrc",
            Self::MlflowModel => "mlflow-model",
            Self::MlflowPythonEnv => "mlflow-python-env",
            Self::TrussConfig => "truss",
            Self::Bentofile => "bentofile",
            Self::UvLock => "uv-lock",
            Self::PoetryLock => "poetry-lock",
            Self::PipfileLock => "pipfile-lock",
            Self::PdmLock => "pdm-lock",
            Self::CondaLock => "conda-lock",
            Self::CondaExplicit => "conda-explicit",
            Self::PixiLock => "pixi-lock",
            Self::PackageLock => "package-lock",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The format of a file by its path; nothing where the name says nothing.
pub fn recognise(path: &str) -> Option<Format> {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = directory.rsplit('/').next().unwrap_or_default();
    match name {
        "pyproject.toml" => return Some(Format::Pyproject),
        "pip.conf" | "pip.ini" => return Some(Format::PipConf),
        ".python-version" | ".python-versions" => return Some(Format::PythonVersion),
        "runtime.txt" => return Some(Format::RuntimeTxt),
        "setup.cfg" => return Some(Format::SetupCfg),
        "setup.py" => return Some(Format::SetupPy),
        "Pipfile" => return Some(Format::Pipfile),
        "pixi.toml" => return Some(Format::PixiToml),
        "package.json" => return Some(Format::PackageJson),
        ".npmrc" => return Some(Format::Npmrc),
        "MLmodel" => return Some(Format::MlflowModel),
        "python_env.yaml" => return Some(Format::MlflowPythonEnv),
        // a common name: what is not Truss's reads as nothing
        "config.yaml" => return Some(Format::TrussConfig),
        "bentofile.yaml" | "bentofile.yml" => return Some(Format::Bentofile),
        // rye's locks are requirements files
        "requirements.lock" | "requirements-dev.lock" => return Some(Format::Requirements),
        _ => {}
    }
    if let Some(lock) = recognise_lock(name) {
        return Some(lock);
    }
    let (stem, extension) = name.rsplit_once('.')?;
    if matches!(extension, "yml" | "yaml") {
        return is_conda_environment(stem).then_some(Format::CondaEnvironment);
    }
    if !matches!(extension, "txt" | "in" | "pip") || name == "MANIFEST.in" {
        return None;
    }
    let stem = stem.to_ascii_lowercase();
    if stem.contains("constraint") || folder == "constraints" {
        return Some(Format::Constraints);
    }
    let by_name = stem.contains("requirement") || matches!(stem.as_str(), "reqs" | "req");
    let by_folder = matches!(folder, "requirements" | "requirement" | "reqs");
    (by_name || by_folder).then_some(Format::Requirements)
}

/// Whether a YAML file is called as conda environments are: `environment-gpu`, `conda_env`.
fn is_conda_environment(stem: &str) -> bool {
    let stem = stem.to_ascii_lowercase();
    let plain = ["environment", "conda", "conda-env", "conda_env", "condaenv"];
    plain.contains(&stem.as_str())
        || [
            "environment-",
            "environment_",
            "environment.",
            "conda-env-",
            "conda_env_",
        ]
        .iter()
        .any(|prefix| stem.starts_with(prefix))
        || ["-environment", "_environment", "-conda", "_conda"]
            .iter()
            .any(|suffix| stem.ends_with(suffix))
}

/// The format of a lock of another tool by its name.
fn recognise_lock(name: &str) -> Option<Format> {
    let format = match name {
        "uv.lock" => Format::UvLock,
        "poetry.lock" => Format::PoetryLock,
        "Pipfile.lock" => Format::PipfileLock,
        "pdm.lock" => Format::PdmLock,
        "pixi.lock" => Format::PixiLock,
        "package-lock.json" | "npm-shrinkwrap.json" => Format::PackageLock,
        _ => {
            let (stem, extension) = name.rsplit_once('.')?;
            match extension {
                "yml" | "yaml" if stem.ends_with("conda-lock") => Format::CondaLock,
                // one for each platform, as conda-lock and mamba write them
                "lock" if stem.starts_with("conda-") => Format::CondaExplicit,
                "txt" if matches!(stem, "explicit" | "conda-explicit" | "spec-file") => {
                    Format::CondaExplicit
                }
                _ => return None,
            }
        }
    };
    Some(format)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_all_are_listed() {
        let names: BTreeSet<&str> = Format::ALL.iter().map(|format| format.name()).collect();
        assert_eq!(names.len(), Format::ALL.len());
    }

    #[test]
    fn every_format_has_a_page_that_the_docs_link() {
        let index = include_str!("../../../docs/README.md");
        let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats");
        for format in Format::ALL {
            // some share a page
            let page = match format.name() {
                "constraints" => "requirements",
                "runtime-txt" => "python-version",
                "setup-cfg" | "setup-py" => "setuptools",
                "mlflow-model" | "mlflow-python-env" => "mlflow",
                name => name,
            };
            let file = format!("{pages}/{page}.md");
            assert!(std::path::Path::new(&file).is_file(), "{file}");
            assert!(index.contains(&format!("(formats/{page}.md)")), "{page}");
        }
    }

    #[test]
    fn files_are_recognised_by_their_names() {
        for (path, format) in [
            ("requirements.txt", Some(Format::Requirements)),
            ("a/b/requirements-dev.in", Some(Format::Requirements)),
            ("dev_requirements.txt", Some(Format::Requirements)),
            ("requirements/train.in", Some(Format::Requirements)),
            ("requirements/constraints.txt", Some(Format::Constraints)),
            ("constraints-3.11.txt", Some(Format::Constraints)),
            ("pyproject.toml", Some(Format::Pyproject)),
            ("etc/pip.conf", Some(Format::PipConf)),
            (".python-version", Some(Format::PythonVersion)),
            ("runtime.txt", Some(Format::RuntimeTxt)),
            ("setup.cfg", Some(Format::SetupCfg)),
            ("a/setup.py", Some(Format::SetupPy)),
            ("Pipfile", Some(Format::Pipfile)),
            ("environment.yml", Some(Format::CondaEnvironment)),
            ("environment-gpu.yaml", Some(Format::CondaEnvironment)),
            ("model/conda.yaml", Some(Format::CondaEnvironment)),
            ("pixi.toml", Some(Format::PixiToml)),
            ("web/package.json", Some(Format::PackageJson)),
            (".npmrc", Some(Format::Npmrc)),
            ("model/MLmodel", Some(Format::MlflowModel)),
            ("model/python_env.yaml", Some(Format::MlflowPythonEnv)),
            ("config.yaml", Some(Format::TrussConfig)),
            ("bentofile.yaml", Some(Format::Bentofile)),
            ("docker-compose.yml", None),
            ("a/uv.lock", Some(Format::UvLock)),
            ("poetry.lock", Some(Format::PoetryLock)),
            ("Pipfile.lock", Some(Format::PipfileLock)),
            ("pdm.lock", Some(Format::PdmLock)),
            ("conda-lock.yml", Some(Format::CondaLock)),
            ("train.conda-lock.yaml", Some(Format::CondaLock)),
            ("conda-linux-64.lock", Some(Format::CondaExplicit)),
            ("spec-file.txt", Some(Format::CondaExplicit)),
            ("pixi.lock", Some(Format::PixiLock)),
            ("web/package-lock.json", Some(Format::PackageLock)),
            ("npm-shrinkwrap.json", Some(Format::PackageLock)),
            ("yarn.lock", None),
            ("MANIFEST.in", None),
            ("requirements/README.md", None),
            ("notes.txt", None),
            ("", None),
        ] {
            assert_eq!(recognise(path), format, "{path}");
        }
    }
}
