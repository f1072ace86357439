//! Pipenv's `Pipfile`.

use holdfast_model::{
    Declared, DeclaredIndex, DeclaredOption, DeclaredPython, IndexKind, PackageId, Purpose,
    VersionRange,
};

use crate::context::{Context, Keyed, extras, inside};
use crate::document::{Document, Node};
use crate::pep508::{Marker, Specification, is_name};
use crate::{Format, ReadError, python_version, strip_credentials};

/// Tables that hold no packages; every other one is a category of them.
const NO_CATEGORIES: &[&str] = &["source", "requires", "pipenv", "scripts", "pipfile"];

/// Keys of a package that are variables of markers.
const MARKER_KEYS: &[&str] = &[
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_version",
    "python_full_version",
    "implementation_name",
    "implementation_version",
];

/// Reads the file.
pub(crate) fn read(context: &Context<'_>, text: &str) -> Result<Declared, ReadError> {
    let document = Document::toml(text, context.path)?;
    let mut declared = context.declared(Format::Pipfile);
    let root = document.root();
    for (category, table) in root.entries()? {
        if NO_CATEGORIES.contains(&category) {
            continue;
        }
        let purpose = match category {
            "packages" => Purpose::Runtime,
            "dev-packages" => Purpose::Group("dev".to_owned()),
            other => Purpose::Group(other.to_owned()),
        };
        for (name, node) in table.entries()? {
            let found = package(context, name, &node)?;
            declared
                .requirements
                .push(found.into_requirement(purpose.clone(), &node));
        }
    }
    read_sources(&root, &mut declared)?;
    read_python(&root, &mut declared)?;
    if let Some(node) = root.at(&["pipenv", "allow_prereleases"])
        && node.is_true()
    {
        declared.options.push(DeclaredOption {
            name: "pre".to_owned(),
            value: None,
            location: node.location(),
        });
    }
    Ok(declared)
}

fn package<'k>(
    context: &Context<'_>,
    name: &'k str,
    node: &Node<'k>,
) -> Result<Keyed<'k>, ReadError> {
    if !is_name(name) {
        return Err(node.error(format!("`{name}` cannot name a package")));
    }
    let (constraint, table) = if node.is_table() {
        (node.get("version"), Some(node))
    } else {
        (Some(node.clone()), None)
    };
    let (range, version) = match &constraint {
        Some(constraint) => (range(constraint)?, constraint.string()?),
        None => (VersionRange::any(), "*"),
    };
    Ok(Keyed {
        package: PackageId::pypi(name),
        name,
        range,
        version,
        extras: table.map_or(Ok(Vec::new()), extras)?,
        marker: table.map(marker).transpose()?.flatten(),
        source: table
            .map(|table| context.source(table))
            .transpose()?
            .flatten(),
    })
}

/// `*`, `>=1,<2`, or a version alone, which Pipenv takes as `==`.
fn range(node: &Node<'_>) -> Result<VersionRange, ReadError> {
    let text = node.string()?.trim();
    if matches!(text, "*" | "") {
        return Ok(VersionRange::any());
    }
    let sign = if text.starts_with(|first: char| first.is_ascii_digit()) {
        "=="
    } else {
        ""
    };
    Specification::parse(&format!("x{sign}{text}"))
        .map(|specification| specification.range)
        .map_err(|mut error| {
            // the fix is about the text that was made of the value
            error.fix = error.fix.map(|fix| fix.replace("`x", "`"));
            error.offset = error.offset.saturating_sub(1 + sign.len());
            inside(node, error)
        })
}

/// `markers` and the variables that are keys of their own, joined.
fn marker(table: &Node<'_>) -> Result<Option<Marker>, ReadError> {
    let mut parts = Vec::new();
    if let Some(node) = table.get("markers") {
        parts.push(crate::context::marker(&node)?);
    }
    for key in MARKER_KEYS {
        let Some(node) = table.get(key) else { continue };
        let text = format!("{key} {}", node.string()?);
        parts.push(Marker::parse(&text).map_err(|mut error| {
            error.offset = error.offset.saturating_sub(key.len() + 1);
            inside(&node, error)
        })?);
    }
    Ok(parts.into_iter().reduce(Marker::and))
}

/// The first source is the index; the others serve packages that name them, unless all are searched.
fn read_sources(root: &Node<'_>, declared: &mut Declared) -> Result<(), ReadError> {
    let search_all = root
        .at(&["pipenv", "install_search_all_sources"])
        .is_some_and(|node| node.is_true());
    for (position, source) in root.optional_items("source")?.iter().enumerate() {
        let Some(url) = source.optional_string("url")? else {
            return Err(source.error(format!("`{}` has no `url`", source.name())));
        };
        let kind = match position {
            0 => IndexKind::Default,
            _ if search_all => IndexKind::Extra,
            _ => IndexKind::Explicit,
        };
        declared.indexes.push(DeclaredIndex {
            kind,
            url: strip_credentials(url),
            name: source.optional_string("name")?.map(str::to_owned),
            location: source.location(),
        });
    }
    Ok(())
}

fn read_python(root: &Node<'_>, declared: &mut Declared) -> Result<(), ReadError> {
    let Some(requires) = root.get("requires") else {
        return Ok(());
    };
    for key in ["python_full_version", "python_version"] {
        if let Some(node) = requires.get(key) {
            let text = node.string()?;
            declared.python.push(DeclaredPython {
                text: text.to_owned(),
                specifiers: python_version::specifiers(text),
                location: node.location(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use holdfast_model::{Requirement, RequirementSource};

    use super::*;
    use crate::{MemoryFiles, read as read_any};

    const TEXT: &str = r#"[[source]]
url = "https://u:p@h/simple"
name = "pypi"
[[source]]
url = "https://acme/simple"
name = "acme"
[packages]
numpy = "*"
pandas = ">=2,<3"
requests = {version = "==2.32.3", extras = ["Socks"], index = "acme", sys_platform = "== 'linux'", markers = "python_version > '3.8'"}
app = {path = ".", editable = true}
tool = {git = "https://h/tool.git", ref = "v1"}
bare = "1.2.3"
[dev-packages]
pytest = "~=8.0"
[docs]
sphinx = "*"
[requires]
python_version = "3.11"
[pipenv]
allow_prereleases = true
[scripts]
x = "y"
"#;

    fn names(requirements: &[Requirement]) -> Vec<String> {
        requirements
            .iter()
            .map(|it| {
                let marker = it.marker.as_deref().unwrap_or("-");
                format!(
                    "{}{} {marker} @{}",
                    it.package, it.range.text, it.location.line
                )
            })
            .collect()
    }

    fn declared(text: &str) -> Result<Declared, ReadError> {
        let files = MemoryFiles::new().with("sub/Pipfile", text);
        read_any(&files, "sub/Pipfile", Format::Pipfile).map(|reading| reading.declared.unwrap())
    }

    #[test]
    fn packages_categories_and_sources_are_read() {
        let declared = declared(TEXT).unwrap();
        assert_eq!(
            names(&declared.requirements),
            [
                "numpy - @8",
                "pandas>=2,<3 - @9",
                "requests==2.32.3 python_version > '3.8' and sys_platform == 'linux' @10",
                "app - @11",
                "tool - @12",
                "bare==1.2.3 - @13",
                "pytest~=8.0 - @15",
                "sphinx - @17",
            ]
        );
        assert_eq!(declared.requirements[2].extras, ["socks"]);
        assert_eq!(
            declared.requirements[3].source,
            RequirementSource::Path {
                path: "sub".to_owned(),
                editable: true,
            }
        );
        assert_eq!(
            declared.requirements[7].purpose,
            Purpose::Group("docs".to_owned())
        );
        let kinds: Vec<_> = declared.indexes.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [IndexKind::Default, IndexKind::Explicit]);
        assert_eq!(
            declared.python[0].specifiers.as_ref().unwrap().to_string(),
            "==3.11.*"
        );
        assert_eq!(declared.options[0].name, "pre");
    }

    #[test]
    fn a_wrong_version_is_an_error_at_its_place() {
        let error = declared("[packages]\nnumpy = \"=>1.2\"\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "sub/Pipfile:2:10: `packages.numpy`: `=>` is no comparison of versions"
        );
        assert_eq!(error.fix.as_deref(), Some("did you mean `>=1.2`?"));
    }
}
