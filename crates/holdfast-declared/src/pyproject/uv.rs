//! `[tool.uv]`: indexes, constraints, overrides, development dependencies, options.

use holdfast_model::{DeclaredIndex, DeclaredOption, IndexKind, Purpose, Requirement};

use super::manifest::Manifest;
use super::uv_sources;
use crate::context::{Context, requirement};
use crate::document::Node;
use crate::{ReadError, strip_credentials};

/// Settings that change what is solved or installed, kept as options under their own names.
const OPTIONS: &[&str] = &[
    "no-index",
    "index-strategy",
    "prerelease",
    "resolution",
    "fork-strategy",
    "exclude-newer",
    "no-build",
    "no-binary",
    "no-sources",
    "package",
    "managed",
    "required-version",
];

/// The same, where the value is a list.
const LISTED_OPTIONS: &[&str] = &[
    "no-build-package",
    "no-binary-package",
    "environments",
    "required-environments",
    "default-groups",
    "allow-insecure-host",
];

pub(super) fn read(
    context: &Context<'_>,
    uv: &Node<'_>,
    manifest: &mut Manifest,
) -> Result<(), ReadError> {
    let developing = uv.optional_items("dev-dependencies")?;
    for node in developing {
        let found = requirement(&node, Purpose::Group("dev".to_owned()))?;
        manifest.group("dev").requirements.push(found);
    }
    let constraints = listed(uv, "constraint-dependencies")?;
    manifest.rest.constraints.extend(constraints);
    let overrides = listed(uv, "override-dependencies")?;
    manifest.rest.overrides.extend(overrides);
    read_indexes(uv, manifest)?;
    read_options(uv, manifest)?;
    if let Some(sources) = uv.get("sources") {
        uv_sources::apply(context, &sources, manifest)?;
    }
    Ok(())
}

fn listed(uv: &Node<'_>, key: &str) -> Result<Vec<Requirement>, ReadError> {
    uv.optional_items(key)?
        .iter()
        .map(|node| requirement(node, Purpose::Runtime))
        .collect()
}

fn read_indexes(uv: &Node<'_>, manifest: &mut Manifest) -> Result<(), ReadError> {
    let mut add = |kind, url: &str, name: Option<&str>, node: &Node<'_>| {
        manifest.rest.indexes.push(DeclaredIndex {
            kind,
            url: strip_credentials(url),
            name: name.map(str::to_owned),
            location: node.location(),
        });
    };
    for index in uv.optional_items("index")? {
        let Some(url) = index.optional_string("url")? else {
            return Err(index.error(format!("`{}` has no `url`", index.name())));
        };
        let is = |key: &str| index.get(key).is_some_and(|node| node.is_true());
        let flat = index.optional_string("format")? == Some("flat");
        let kind = if is("explicit") {
            IndexKind::Explicit
        } else if flat {
            IndexKind::FindLinks
        } else if is("default") {
            IndexKind::Default
        } else {
            IndexKind::Extra
        };
        add(kind, url, index.optional_string("name")?, &index);
    }
    for (key, kind) in [
        ("index-url", IndexKind::Default),
        ("extra-index-url", IndexKind::Extra),
        ("find-links", IndexKind::FindLinks),
    ] {
        let Some(node) = uv.get(key) else { continue };
        for node in node.items_or_self()? {
            add(kind, node.string()?, None, &node);
        }
    }
    Ok(())
}

fn read_options(uv: &Node<'_>, manifest: &mut Manifest) -> Result<(), ReadError> {
    let options = &mut manifest.rest.options;
    for key in OPTIONS {
        let Some(node) = uv.get(key) else { continue };
        let Some(value) = node.scalar() else {
            return Err(node.error(format!("`{}` is no single value", node.name())));
        };
        options.push(DeclaredOption {
            name: (*key).to_owned(),
            value: Some(value),
            location: node.location(),
        });
    }
    for key in LISTED_OPTIONS {
        let Some(node) = uv.get(key) else { continue };
        for node in node.items_or_self()? {
            options.push(DeclaredOption {
                name: (*key).to_owned(),
                value: node.scalar().map(|value| strip_credentials(&value)),
                location: node.location(),
            });
        }
    }
    Ok(())
}
