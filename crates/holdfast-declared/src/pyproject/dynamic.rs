//! Parts of `[project]` that a build backend fills in: read where they name files, noted otherwise.

use holdfast_model::{Purpose, Requirement, Unread};

use super::manifest::Manifest;
use crate::ReadError;
use crate::context::Context;
use crate::document::Node;
use crate::pep508::normalise_name;

pub(super) fn read(
    context: &Context<'_>,
    root: &Node<'_>,
    manifest: &mut Manifest,
) -> Result<(), ReadError> {
    let Some(dynamic) = root.at(&["project", "dynamic"]) else {
        return Ok(());
    };
    // Poetry fills these in from its own tables, which are read
    let poetry = root.at(&["tool", "poetry", "dependencies"]).is_some();
    let from_files = root.at(&["tool", "setuptools", "dynamic"]);
    for node in dynamic.items()? {
        let field = node.string()?;
        let source = from_files.as_ref().and_then(|table| table.get(field));
        match (field, source) {
            ("dependencies", Some(source)) => {
                let found = requirements(context, &source, &Purpose::Runtime, manifest)?;
                manifest.project.extend(found);
            }
            ("optional-dependencies", Some(source)) => {
                for (name, source) in source.entries()? {
                    let purpose = Purpose::Extra(name.to_owned());
                    let found = requirements(context, &source, &purpose, manifest)?;
                    let extra = manifest.extras.entry(normalise_name(name)).or_default();
                    extra.extend(found);
                }
            }
            ("dependencies" | "optional-dependencies" | "requires-python", None) if !poetry => {
                manifest.rest.unread.push(Unread {
                    reason: format!("`project.{field}` is dynamic: the build backend computes it"),
                    location: node.location(),
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// The requirements of `{ file = ["requirements.in"] }`.
fn requirements(
    context: &Context<'_>,
    source: &Node<'_>,
    purpose: &Purpose,
    manifest: &mut Manifest,
) -> Result<Vec<Requirement>, ReadError> {
    let Some(file) = source.get("file") else {
        manifest.rest.unread.push(Unread {
            reason: format!("`{}` is computed when the project is built", source.name()),
            location: source.location(),
        });
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for node in file.items_or_self()? {
        let mut declared = context.requirements_file(&node)?;
        found.extend(
            declared
                .requirements
                .drain(..)
                .map(|requirement| Requirement {
                    purpose: purpose.clone(),
                    ..requirement
                }),
        );
        manifest.rest.merge(declared);
    }
    Ok(found)
}
