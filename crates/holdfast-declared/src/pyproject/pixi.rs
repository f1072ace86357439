//! `[tool.pixi]`: its dependencies are the project's, those of its features are groups.

use holdfast_model::{Declared, Purpose};

use super::manifest::Manifest;
use crate::ReadError;
use crate::context::Context;
use crate::document::Node;

pub(super) fn read(
    context: &Context<'_>,
    pixi: &Node<'_>,
    manifest: &mut Manifest,
) -> Result<(), ReadError> {
    let mut declared = Declared::default();
    crate::pixi::read_table(context, pixi, &mut declared)?;
    for requirement in declared.requirements.drain(..) {
        match &requirement.purpose {
            Purpose::Group(name) => {
                let group = manifest.group(&name.clone());
                group.requirements.push(requirement);
            }
            Purpose::Build => manifest.build.push(requirement),
            Purpose::Runtime | Purpose::Extra(_) => manifest.project.push(requirement),
        }
    }
    manifest.rest.merge(declared);
    Ok(())
}
