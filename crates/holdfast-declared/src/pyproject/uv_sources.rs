//! `[tool.uv.sources]`: where single packages come from.

use std::collections::BTreeMap;

use holdfast_model::{Purpose, Requirement, RequirementSource, Unread};

use super::manifest::Manifest;
use crate::context::{Context, marker};
use crate::document::{Document, Node};
use crate::pep508::{Marker, normalise_name};
use crate::{ReadError, limits};

/// Sources that one package may have: each divides its requirement once more.
const SOURCES_LIMIT: usize = 100;

/// One source of a package, and when it applies.
struct Source {
    from: RequirementSource,
    marker: Option<Marker>,
    extra: Option<String>,
    group: Option<String>,
}

/// Puts the sources into the requirements that they are for.
pub(super) fn apply(
    context: &Context<'_>,
    sources: &Node<'_>,
    manifest: &mut Manifest,
) -> Result<(), ReadError> {
    let mut by_name: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    for (name, node) in sources.entries()? {
        let nodes = node.items_or_self()?;
        if nodes.len() > SOURCES_LIMIT {
            return Err(node.error(format!(
                "`{}` has more than {SOURCES_LIMIT} sources",
                node.name()
            )));
        }
        for node in nodes {
            let source = read(context, name, &node, manifest)?;
            by_name
                .entry(normalise_name(name))
                .or_default()
                .push(source);
        }
    }
    for list in manifest.lists() {
        let before = std::mem::take(list);
        for requirement in before {
            match by_name.get(requirement.package.name()) {
                Some(sources) if is_from_registry(&requirement) => {
                    if list.len() + sources.len() > limits::COUNT {
                        return Err(limits::too_many(requirement.location));
                    }
                    list.extend(split(requirement, sources));
                }
                _ => list.push(requirement),
            }
        }
    }
    Ok(())
}

fn is_from_registry(requirement: &Requirement) -> bool {
    matches!(requirement.source, RequirementSource::Registry { .. })
}

fn read(
    context: &Context<'_>,
    name: &str,
    node: &Node<'_>,
    manifest: &mut Manifest,
) -> Result<Source, ReadError> {
    let marker = node.get("marker").map(|it| marker(&it)).transpose()?;
    let normalised = |key: &str| Ok(node.optional_string(key)?.map(normalise_name));
    Ok(Source {
        from: source(context, name, node, manifest)?,
        marker,
        extra: normalised("extra")?,
        group: normalised("group")?,
    })
}

fn source(
    context: &Context<'_>,
    name: &str,
    node: &Node<'_>,
    manifest: &mut Manifest,
) -> Result<RequirementSource, ReadError> {
    if let Some(source) = context.source(node)? {
        return Ok(source);
    }
    let is = |key: &str| node.get(key).and_then(|node| node.as_bool());
    if is("workspace") == Some(true) {
        let path = member(context, name).unwrap_or_else(|| {
            manifest.rest.unread.push(Unread {
                reason: format!("the workspace member `{name}` was not found"),
                location: node.location(),
            });
            format!("workspace:{name}")
        });
        return Ok(RequirementSource::Path {
            path,
            editable: is("editable") != Some(false),
        });
    }
    Err(node
        .error(format!("`{}` names no source", node.name()))
        .with_fix("give it `index`, `git`, `url`, `path` or `workspace = true`"))
}

/// The directory of a member of the workspace: of the patterns of `[tool.uv.workspace]` here or
/// above, those that end in the member's name. Directories cannot be listed, so a member whose
/// directory has another name is not found.
fn member(context: &Context<'_>, name: &str) -> Option<String> {
    let mut directory = context.path.rsplit_once('/').map_or("", |(it, _)| it);
    loop {
        let in_directory = |path: &str| {
            let whole = format!("{directory}/{path}");
            whole.trim_start_matches('/').to_owned()
        };
        if let Some(found) = members(context, &in_directory("pyproject.toml"))
            .iter()
            .flat_map(|pattern| candidates(pattern, name))
            .map(|candidate| in_directory(&candidate))
            .find(|candidate| is_project(context, candidate, name))
        {
            return Some(found);
        }
        if directory.is_empty() {
            return None;
        }
        directory = directory.rsplit_once('/').map_or("", |(it, _)| it);
    }
}

fn members(context: &Context<'_>, file: &str) -> Vec<String> {
    let Some(text) = context
        .files
        .read(file)
        .ok()
        .and_then(|bytes| crate::decode(&bytes, file).ok())
    else {
        return Vec::new();
    };
    let Ok(toml) = Document::toml(&text, file) else {
        return Vec::new();
    };
    let members = toml.root().at(&["tool", "uv", "workspace", "members"]);
    let members = members.and_then(|members| members.items().ok());
    members
        .iter()
        .flatten()
        .filter_map(|member| member.as_str().map(str::to_owned))
        .collect()
}

fn candidates(pattern: &str, name: &str) -> Vec<String> {
    match pattern.split_once('*') {
        None => vec![pattern.to_owned()],
        Some((before, _)) => [
            name.to_owned(),
            name.replace('-', "_"),
            normalise_name(name),
        ]
        .iter()
        .map(|name| format!("{before}{name}"))
        .collect(),
    }
}

fn is_project(context: &Context<'_>, directory: &str, name: &str) -> bool {
    let file = format!("{directory}/pyproject.toml");
    context
        .files
        .read(&file)
        .ok()
        .and_then(|bytes| crate::decode(&bytes, &file).ok())
        .and_then(|text| super::project_name(&text))
        .is_some_and(|found| normalise_name(&found) == normalise_name(name))
}

/// A requirement once for each of its sources, under that source's marker, and once more for where
/// no marker holds.
fn split(requirement: Requirement, sources: &[Source]) -> Vec<Requirement> {
    let applies = |source: &&Source| match &requirement.purpose {
        Purpose::Extra(name) => {
            source.group.is_none()
                && source
                    .extra
                    .as_ref()
                    .is_none_or(|it| *it == normalise_name(name))
        }
        Purpose::Group(name) => {
            source.extra.is_none()
                && source
                    .group
                    .as_ref()
                    .is_none_or(|it| *it == normalise_name(name))
        }
        Purpose::Runtime | Purpose::Build => source.extra.is_none() && source.group.is_none(),
    };
    let own = requirement
        .marker
        .as_deref()
        .and_then(|marker| Marker::parse(marker).ok());
    let joined = |marker: Option<Marker>| match (own.clone(), marker) {
        (Some(own), Some(marker)) => Some(own.and(marker)),
        (one, other) => one.or(other),
    };
    let mut found = Vec::new();
    let mut elsewhere = own.clone();
    let mut everywhere = false;
    for source in sources.iter().filter(applies) {
        found.push(Requirement {
            source: source.from.clone(),
            marker: joined(source.marker.clone()).map(|marker| marker.to_string()),
            ..requirement.clone()
        });
        match source.marker.as_ref().map(Marker::negate) {
            None => everywhere = true,
            Some(Some(not)) => {
                elsewhere = Some(match elsewhere {
                    Some(so_far) => so_far.and(not),
                    None => not,
                });
            }
            // it cannot be said where this source does not apply: ask for the package there too
            Some(None) => {}
        }
    }
    if !everywhere {
        found.push(Requirement {
            marker: elsewhere.map(|marker| marker.to_string()),
            ..requirement
        });
    }
    found
}
