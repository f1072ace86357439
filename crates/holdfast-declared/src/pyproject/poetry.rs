//! `[tool.poetry]`: dependencies, groups, extras, sources and the interpreter.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{
    DeclaredIndex, DeclaredPython, IndexKind, PackageId, Purpose, Requirement, RequirementSource,
    VersionRange,
};

use super::manifest::Manifest;
use super::poetry_range::range;
use crate::context::{Context, Keyed, extras, inside, marker};
use crate::document::Node;
use crate::pep508::{Marker, is_name, normalise_name};
use crate::{ReadError, strip_credentials};

pub(super) fn read(
    context: &Context<'_>,
    poetry: &Node<'_>,
    manifest: &mut Manifest,
) -> Result<(), ReadError> {
    if manifest.name.is_none() {
        manifest.name = poetry.optional_string("name")?.map(normalise_name);
    }
    read_main(context, poetry, manifest)?;
    let developing = poetry.optional_entries("dev-dependencies")?;
    read_list(context, &developing, "dev", manifest)?;
    for (name, group) in poetry.optional_entries("group")? {
        manifest.group(name);
        let dependencies = group.optional_entries("dependencies")?;
        read_list(context, &dependencies, name, manifest)?;
        for included in group.optional_items("include-groups")? {
            let target = included.string()?.to_owned();
            let place = included.location();
            manifest.group(name).includes.push((target, place));
        }
    }
    for source in poetry.optional_items("source")? {
        read_source(&source, manifest)?;
    }
    Ok(())
}

fn read_list(
    context: &Context<'_>,
    entries: &[(&str, Node<'_>)],
    group: &str,
    manifest: &mut Manifest,
) -> Result<(), ReadError> {
    for (name, node) in entries {
        let purpose = Purpose::Group(group.to_owned());
        let found = dependency(context, name, node, &purpose)?;
        manifest.group(group).requirements.extend(found);
    }
    Ok(())
}

/// The main dependencies. Beside a list in `[project]`, they only say more about its entries.
fn read_main(
    context: &Context<'_>,
    poetry: &Node<'_>,
    manifest: &mut Manifest,
) -> Result<(), ReadError> {
    let extras = extras_of(poetry)?;
    let listed = listed(manifest);
    let mut sources = BTreeMap::new();
    for (name, node) in poetry.optional_entries("dependencies")? {
        if name == "python" {
            if let Some(text) = node.as_str() {
                manifest.rest.python.push(python(text, &node)?);
            }
            continue;
        }
        let found = dependency(context, name, &node, &Purpose::Runtime)?;
        if let Some(first) = found.first()
            && listed.contains(&first.package)
        {
            sources.insert(first.package.clone(), first.source.clone());
            continue;
        }
        match extras.get(&normalise_name(name)) {
            Some(in_extras) if is_optional(&node) => {
                for extra in in_extras {
                    let purpose = Purpose::Extra(extra.clone());
                    let list = manifest.extras.entry(normalise_name(extra)).or_default();
                    list.extend(found.iter().map(|requirement| Requirement {
                        purpose: purpose.clone(),
                        ..requirement.clone()
                    }));
                }
            }
            // an optional dependency of no extra is never installed
            None if is_optional(&node) => {}
            _ => manifest.project.extend(found),
        }
    }
    enrich(manifest, &sources);
    Ok(())
}

/// Extras by the package that is in them.
fn extras_of(poetry: &Node<'_>) -> Result<BTreeMap<String, Vec<String>>, ReadError> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (extra, packages) in poetry.optional_entries("extras")? {
        for package in packages.items()? {
            let package = normalise_name(package.string()?);
            found.entry(package).or_default().push(extra.to_owned());
        }
    }
    Ok(found)
}

fn is_optional(node: &Node<'_>) -> bool {
    node.get("optional").is_some_and(|it| it.is_true())
}

/// The packages that `[project]` lists itself.
fn listed(manifest: &Manifest) -> BTreeSet<PackageId> {
    if !manifest.static_dependencies {
        return BTreeSet::new();
    }
    let lists = std::iter::once(&manifest.project).chain(manifest.extras.values());
    lists
        .flatten()
        .map(|requirement| requirement.package.clone())
        .collect()
}

/// Gives what `[project]` lists the sources that Poetry's table names.
fn enrich(manifest: &mut Manifest, sources: &BTreeMap<PackageId, RequirementSource>) {
    let lists = std::iter::once(&mut manifest.project).chain(manifest.extras.values_mut());
    for requirement in lists.flatten() {
        let from_registry = matches!(requirement.source, RequirementSource::Registry { .. });
        if let Some(source) = sources.get(&requirement.package)
            && from_registry
        {
            requirement.source = source.clone();
        }
    }
}

fn python(text: &str, node: &Node<'_>) -> Result<DeclaredPython, ReadError> {
    let range = range(text).map_err(|error| inside(node, error))?;
    Ok(DeclaredPython {
        text: text.to_owned(),
        specifiers: range.pep440,
        location: node.location(),
    })
}

/// A dependency: a constraint, a table, or an array of tables for several markers.
fn dependency(
    context: &Context<'_>,
    name: &str,
    node: &Node<'_>,
    purpose: &Purpose,
) -> Result<Vec<Requirement>, ReadError> {
    if !is_name(name) {
        return Err(node.error(format!("`{name}` cannot name a package")));
    }
    let alternatives = node.items_or_self()?;
    alternatives
        .iter()
        .map(|alternative| single(context, name, alternative, purpose))
        .collect()
}

fn single(
    context: &Context<'_>,
    name: &str,
    node: &Node<'_>,
    purpose: &Purpose,
) -> Result<Requirement, ReadError> {
    let (constraint, table) = if node.is_table() {
        (node.get("version"), Some(node))
    } else {
        (Some(node.clone()), None)
    };
    let (range, version) = match &constraint {
        Some(constraint) => {
            let text = constraint.string()?;
            let range = range(text).map_err(|error| inside(constraint, error))?;
            (range, text)
        }
        None => (VersionRange::any(), "*"),
    };
    let keyed = Keyed {
        package: PackageId::pypi(name),
        name,
        range,
        version,
        extras: table.map_or(Ok(Vec::new()), extras)?,
        marker: table.map(markers).transpose()?.flatten(),
        source: table
            .map(|table| context.source(table))
            .transpose()?
            .flatten(),
    };
    Ok(keyed.into_requirement(purpose.clone(), node))
}

/// `markers`, `python` and `platform` of a dependency, joined.
fn markers(table: &Node<'_>) -> Result<Option<Marker>, ReadError> {
    let mut parts = Vec::new();
    if let Some(node) = table.get("markers") {
        parts.push(marker(&node)?);
    }
    if let Some(node) = table.get("platform") {
        let text = format!("sys_platform == '{}'", node.string()?.replace('\'', ""));
        parts.push(Marker::parse(&text).map_err(|error| inside(&node, error))?);
    }
    if let Some(node) = table.get("python") {
        let range = range(node.string()?).map_err(|error| inside(&node, error))?;
        for specifier in range.pep440.iter().flat_map(|specifiers| specifiers.iter()) {
            let variable = if specifier.version().release().len() > 2 {
                "python_full_version"
            } else {
                "python_version"
            };
            let (operator, version) = specifier.clone().into_parts();
            let star = if operator.is_star() { ".*" } else { "" };
            let symbol = operator.to_string();
            let symbol = symbol.trim_end_matches(".*");
            let text = format!("{variable} {symbol} '{version}{star}'");
            parts.push(Marker::parse(&text).map_err(|error| inside(&node, error))?);
        }
    }
    Ok(parts.into_iter().reduce(Marker::and))
}

fn read_source(source: &Node<'_>, manifest: &mut Manifest) -> Result<(), ReadError> {
    let is = |key: &str| source.get(key).is_some_and(|it| it.is_true());
    let name = source.optional_string("name")?;
    let kind = match source.optional_string("priority")? {
        Some("explicit") => IndexKind::Explicit,
        Some("supplemental" | "secondary") => IndexKind::Extra,
        // Poetry 1.x: `default` and `secondary` are switches
        None if is("secondary") => IndexKind::Extra,
        // the default one, and a primary one, which takes the place of PyPI
        _ => IndexKind::Default,
    };
    let url = match (source.optional_string("url")?, name) {
        (Some(url), _) => url,
        (None, Some(name)) if name.eq_ignore_ascii_case("pypi") => "https://pypi.org/simple",
        _ => return Err(source.error(format!("`{}` has no `url`", source.name()))),
    };
    manifest.rest.indexes.push(DeclaredIndex {
        kind,
        url: strip_credentials(url),
        name: name.map(str::to_owned),
        location: source.location(),
    });
    Ok(())
}
