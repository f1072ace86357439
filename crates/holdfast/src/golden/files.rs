//! The files that predictions depend on, by their content.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use holdfast_behaviour::golden::{FileRecord, ModelRecord};
use holdfast_installed::sha256_of_file;
use holdfast_model::{EnvironmentName, LockMetadata};
use holdfast_project::{Artefacts, GatherOptions, Project, artefact_records};

use crate::environment::Environment;

/// The model files of an environment and the code that is run: those that the configuration names,
/// else those that are found in the project, and the script, module or folder of the model.
pub(crate) fn records(
    project: &Project,
    name: &EnvironmentName,
    lock: Option<&LockMetadata>,
    model: &ModelRecord,
    environment: &Environment,
) -> Result<Vec<FileRecord>> {
    let configured = artefact_records(project, std::slice::from_ref(name))?;
    let mut paths: Vec<String> = configured
        .of(name, lock)
        .into_iter()
        .map(|record| record.path)
        .collect();
    if paths.is_empty() {
        paths = found(project, environment)?;
    }
    paths.extend(code(project, model)?);
    paths.sort();
    paths.dedup();
    let mut records = Vec::new();
    for path in paths {
        records.extend(record(&project.root, path)?);
    }
    Ok(records)
}

/// The model files that lie in the project, by their endings, and that nobody named.
fn found(project: &Project, environment: &Environment) -> Result<Vec<String>> {
    let options = GatherOptions {
        now: environment.now,
        artefacts: Artefacts::Inspect,
        ..GatherOptions::default()
    };
    let facts = holdfast_project::gather(project, &options)?;
    let found = facts.artefacts.into_iter();
    Ok(found
        .filter(|facts| facts.artefact.present().is_some())
        .map(|facts| facts.path)
        .collect())
}

/// The files of what is run, as far as their names tell.
fn code(project: &Project, model: &ModelRecord) -> Result<Vec<String>> {
    Ok(match model {
        ModelRecord::Script { path } => vec![path.clone()],
        ModelRecord::Function { module, .. } => {
            let stem = module.replace('.', "/");
            [format!("{stem}.py"), format!("{stem}/__init__.py")]
                .into_iter()
                .filter(|path| project.root.join(path).is_file())
                .collect()
        }
        ModelRecord::Mlflow { path } => below(&project.root, Path::new(path))?,
    })
}

/// All files below a folder, relative to the project's directory.
fn below(root: &Path, folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "__pycache__" {
                files.extend(below(root, &path)?);
            }
        } else {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(files)
}

/// A file by its content; nothing where it is not there.
fn record(root: &Path, path: String) -> Result<Option<FileRecord>> {
    let place = root.join(&path);
    if !place.is_file() {
        return Ok(None);
    }
    let (size, digest) = digest_of(&place)?;
    Ok(Some(FileRecord { path, size, digest }))
}

/// The size of a file, and its SHA-256: `sha256:` and hexadecimal digits.
pub(crate) fn digest_of(path: &Path) -> Result<(u64, String)> {
    let mut file = fs_err::File::open(path)?;
    let size = file.metadata()?.len();
    let digest =
        sha256_of_file(&mut file).with_context(|| format!("cannot hash `{}`", path.display()))?;
    Ok((size, digest.to_string()))
}

/// A path that a person named, relative to the project's directory; it has to lie below it.
pub(super) fn in_project(root: &Path, path: &Path) -> Result<String> {
    let absolute = |path: &Path| -> Result<PathBuf> {
        fs_err::canonicalize(path).with_context(|| format!("there is no `{}`", path.display()))
    };
    let root = absolute(root)?;
    let place = absolute(path)?;
    let Ok(relative) = place.strip_prefix(&root) else {
        bail!(
            "`{}` lies outside of the project `{}`: name a file in it, or the project's directory",
            path.display(),
            root.display()
        );
    };
    let parts: Vec<String> = relative
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::ParentDir => None,
        })
        .collect();
    Ok(parts.join("/"))
}
