//! `pyproject.toml`: PEP 621, PEP 735, PEP 518 and the tables of uv, Poetry and PDM.
//!
//! Everything is read into a [`Manifest`] first, so that selecting a group or an extra is a walk over
//! what was read and every part of the file is checked whatever is selected.

mod dynamic;
mod manifest;
mod metadata;
mod pdm;
mod pixi;
mod poetry;
pub(crate) mod poetry_range;
mod select;
mod uv;
mod uv_sources;

use holdfast_model::{Declared, Requirement};

use crate::context::Context;
use crate::document::Document;
use crate::reading::text_of;
use crate::{Files, ReadError};
use manifest::Manifest;

/// Which part of a `pyproject.toml` an environment is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PyprojectSelection {
    /// Whether the project's own dependencies are part of it.
    pub project: bool,
    /// Dependency groups, by name.
    pub groups: Vec<String>,
    /// Extras, by name.
    pub extras: Vec<String>,
}

/// Reads the selected part of a `pyproject.toml`.
///
/// Groups bring in what they include, and an extra of the project itself (`name[extra]`) brings in
/// that extra's requirements. What builds the project is no part of any selection. A group or extra
/// that the file does not have is an error that lists those it has.
pub fn read_pyproject(
    files: &dyn Files,
    path: &str,
    selection: &PyprojectSelection,
) -> Result<Declared, ReadError> {
    let text = text_of(files, path)?;
    let manifest = manifest(files, path, &text)?;
    select::selected(manifest, path, selection)
}

/// Reads all of a `pyproject.toml`: each group and extra with what is written in it.
pub(crate) fn read(files: &dyn Files, path: &str, text: &str) -> Result<Declared, ReadError> {
    manifest(files, path, text).and_then(|manifest| select::everything(manifest, path))
}

/// What uv sees of a `pyproject.toml`: everything, and the dependency groups by their normalised names,
/// each with what it includes.
pub(crate) fn read_for_uv(files: &dyn Files, path: &str, text: &str) -> Result<ForUv, ReadError> {
    let manifest = manifest_of(files, path, text, &["uv"])?;
    let groups = select::groups(&manifest)?;
    Ok(ForUv {
        declared: select::everything(manifest, path)?,
        groups,
    })
}

/// What uv sees of a `pyproject.toml`.
pub(crate) struct ForUv {
    pub(crate) declared: Declared,
    pub(crate) groups: Vec<(String, Vec<Requirement>)>,
}

/// The name of the project; nothing where the text is no TOML or has none.
pub(crate) fn project_name(text: &str) -> Option<String> {
    let toml = Document::toml(text, "").ok()?;
    let root = toml.root();
    let name = root
        .at(&["project", "name"])
        .or_else(|| root.at(&["tool", "poetry", "name"]))?;
    name.as_str()
        .filter(|name| crate::pep508::is_name(name))
        .map(str::to_owned)
}

fn manifest(files: &dyn Files, path: &str, text: &str) -> Result<Manifest, ReadError> {
    manifest_of(files, path, text, &["poetry", "pdm", "uv", "pixi"])
}

/// Reads the standard tables and those of some tools.
fn manifest_of(
    files: &dyn Files,
    path: &str,
    text: &str,
    tools: &[&str],
) -> Result<Manifest, ReadError> {
    let toml = Document::toml(text, path)?;
    let root = toml.root();
    let mut manifest = Manifest::default();
    let context = Context { files, path };
    metadata::read(&context, &root, &mut manifest)?;
    let table = |name: &str| {
        let is_asked = tools.contains(&name);
        is_asked.then(|| root.at(&["tool", name])).flatten()
    };
    if let Some(poetry) = table("poetry") {
        poetry::read(&context, &poetry, &mut manifest)?;
    }
    if let Some(pdm) = table("pdm") {
        pdm::read(&context, &pdm, &mut manifest)?;
    }
    if let Some(uv) = table("uv") {
        uv::read(&context, &uv, &mut manifest)?;
    }
    if let Some(pixi) = table("pixi") {
        pixi::read(&context, &pixi, &mut manifest)?;
    }
    dynamic::read(&context, &root, &mut manifest)?;
    Ok(manifest)
}

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
