//! `[project]` (PEP 621), `[dependency-groups]` (PEP 735) and `[build-system]` (PEP 518).

use holdfast_model::Purpose;

use super::manifest::Manifest;
use crate::context::{Context, requirement};
use crate::document::Node;
use crate::pep508::{is_name, normalise_name};
use crate::{ReadError, python_version};

pub(super) fn read(
    _context: &Context<'_>,
    root: &Node<'_>,
    manifest: &mut Manifest,
) -> Result<(), ReadError> {
    if let Some(project) = root.get("project") {
        read_project(&project, manifest)?;
    }
    for (name, group) in root.optional_entries("dependency-groups")? {
        read_group(name, &group, manifest)?;
    }
    if let Some(build) = root.get("build-system") {
        for node in build.optional_items("requires")? {
            manifest.build.push(requirement(&node, Purpose::Build)?);
        }
    }
    Ok(())
}

fn read_project(project: &Node<'_>, manifest: &mut Manifest) -> Result<(), ReadError> {
    manifest.name = project
        .optional_string("name")?
        .filter(|name| is_name(name))
        .map(normalise_name);
    manifest.static_dependencies = project.get("dependencies").is_some();
    for node in project.optional_items("dependencies")? {
        manifest.project.push(requirement(&node, Purpose::Runtime)?);
    }
    for (name, list) in project.optional_entries("optional-dependencies")? {
        if !is_name(name) {
            return Err(list.error(format!("`{name}` cannot name an extra")));
        }
        let extra = manifest.extras.entry(normalise_name(name)).or_default();
        for node in list.items()? {
            extra.push(requirement(&node, Purpose::Extra(name.to_owned()))?);
        }
    }
    if let Some(node) = project.get("requires-python") {
        let required = python_version::required(node.string()?, node.location())?;
        manifest.rest.python.push(required);
    }
    Ok(())
}

fn read_group(name: &str, group: &Node<'_>, manifest: &mut Manifest) -> Result<(), ReadError> {
    if !is_name(name) {
        return Err(group.error(format!("`{name}` cannot name a dependency group")));
    }
    let into = manifest.new_group(name, &group.location())?;
    for node in group.items()? {
        if !node.is_table() {
            let purpose = Purpose::Group(name.to_owned());
            into.requirements.push(requirement(&node, purpose)?);
            continue;
        }
        let Some(included) = node.optional_string("include-group")? else {
            return Err(node
                .error(format!(
                    "`{}` is neither a requirement nor an inclusion",
                    node.name()
                ))
                .with_fix("write a requirement, or `{ include-group = \"name\" }`"));
        };
        into.includes.push((included.to_owned(), node.location()));
    }
    Ok(())
}
