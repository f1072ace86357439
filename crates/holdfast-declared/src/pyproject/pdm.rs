//! `[tool.pdm]`: development dependencies, sources, overrides.

use holdfast_model::{DeclaredIndex, IndexKind, Purpose, Requirement};

use super::manifest::Manifest;
use crate::context::{Context, inside, requirement};
use crate::document::Node;
use crate::pep508::Specification;
use crate::{ReadError, requirements, strip_credentials};

pub(super) fn read(
    context: &Context<'_>,
    pdm: &Node<'_>,
    manifest: &mut Manifest,
) -> Result<(), ReadError> {
    for (name, group) in pdm.optional_entries("dev-dependencies")? {
        for node in group.items()? {
            let found = development(context, &node, name)?;
            manifest.group(name).requirements.push(found);
        }
    }
    for source in pdm.optional_items("source")? {
        read_source(&source, manifest)?;
    }
    let resolution = pdm.get("resolution");
    let overrides = resolution.map_or(Ok(Vec::new()), |node| node.optional_entries("overrides"))?;
    for (name, node) in overrides {
        let version = node.string()?;
        let comparison = version.starts_with(['=', '<', '>', '~', '!']);
        let address = version.contains("://");
        let text = match (comparison, address) {
            (_, true) => format!("{name} @ {version}"),
            (true, false) => format!("{name}{version}"),
            (false, false) => format!("{name}=={version}"),
        };
        let specification = Specification::parse(&text).map_err(|error| inside(&node, error))?;
        let found = specification.into_requirement(&text, Purpose::Runtime, node.location());
        manifest.rest.overrides.push(found);
    }
    Ok(())
}

/// A requirement, or `-e file:///${PROJECT_ROOT}/path#egg=name`.
fn development(
    context: &Context<'_>,
    node: &Node<'_>,
    group: &str,
) -> Result<Requirement, ReadError> {
    let purpose = Purpose::Group(group.to_owned());
    let text = node.string()?;
    let Some(target) = text.strip_prefix("-e ") else {
        return requirement(node, purpose);
    };
    let target = target.trim().replace("file:///${PROJECT_ROOT}/", "./");
    let specification = requirements::editable(context.files, context.path, &target)
        .map_err(|error| inside(node, error))?;
    Ok(specification.into_requirement(&target, purpose, node.location()))
}

fn read_source(source: &Node<'_>, manifest: &mut Manifest) -> Result<(), ReadError> {
    let Some(url) = source.optional_string("url")? else {
        return Ok(());
    };
    let name = source.optional_string("name")?;
    let find_links = source.optional_string("type")? == Some("find_links");
    let only_some = source.get("include_packages").is_some();
    let kind = match name {
        _ if find_links => IndexKind::FindLinks,
        // PDM: the source named `pypi` stands for the main index
        Some("pypi") => IndexKind::Default,
        _ if only_some => IndexKind::Explicit,
        _ => IndexKind::Extra,
    };
    manifest.rest.indexes.push(DeclaredIndex {
        kind,
        url: strip_credentials(url),
        name: name.map(str::to_owned),
        location: source.location(),
    });
    Ok(())
}
