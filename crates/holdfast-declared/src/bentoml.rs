//! BentoML's `bentofile.yaml`.

use holdfast_model::{
    Declared, DeclaredIndex, DeclaredOption, DeclaredPython, Ecosystem, IndexKind, PackageId,
    Purpose, Requirement, Unread, VersionRange,
};

use crate::conda::environment;
use crate::context::Context;
use crate::document::{Document, Node};
use crate::pep508::address;
use crate::requirements::Reader;
use crate::{Format, ReadError, python_version, strip_credentials};

/// Reads the build options of a service.
pub(crate) fn read(context: &Context<'_>, text: &str) -> Result<Declared, ReadError> {
    let document = Document::yaml(text, context.path)?;
    let mut declared = context.declared(Format::Bentofile);
    let root = document.root();
    if let Some(python) = root.get("python") {
        read_python(context, &python, &mut declared)?;
    }
    if let Some(conda) = root.get("conda") {
        read_conda(context, &conda, &mut declared)?;
    }
    if let Some(docker) = root.get("docker") {
        read_docker(&docker, &mut declared)?;
    }
    Ok(declared)
}

fn read_python(
    context: &Context<'_>,
    python: &Node<'_>,
    declared: &mut Declared,
) -> Result<(), ReadError> {
    if let Some(list) = python.get("packages") {
        environment::pip(context, &list, declared)?;
    }
    if let Some(file) = python
        .get("requirements_txt")
        .filter(|node| !node.is_null())
    {
        declared.merge(context.requirements_file(&file)?);
    }
    for (key, kind) in [
        ("index_url", IndexKind::Default),
        ("extra_index_url", IndexKind::Extra),
        ("find_links", IndexKind::FindLinks),
    ] {
        let Some(node) = python.get(key).filter(|node| !node.is_null()) else {
            continue;
        };
        for node in node.items_or_self()? {
            declared.indexes.push(DeclaredIndex {
                kind,
                url: strip_credentials(node.string()?),
                name: None,
                location: node.location(),
            });
        }
    }
    for (key, name) in [
        ("no_index", "no-index"),
        ("trusted_host", "trusted-host"),
        ("lock_packages", "lock-packages"),
    ] {
        let Some(node) = python.get(key).filter(|node| !node.is_null()) else {
            continue;
        };
        for node in node.items_or_self()? {
            declared.options.push(option(name, &node));
        }
    }
    for wheel in python.optional_items("wheels")? {
        declared.requirements.push(local_wheel(context, &wheel)?);
    }
    if let Some(arguments) = python.get("pip_args").filter(|node| !node.is_null()) {
        read_arguments(context, &arguments, declared);
    }
    Ok(())
}

fn option(name: &str, node: &Node<'_>) -> DeclaredOption {
    DeclaredOption {
        name: name.to_owned(),
        value: node.scalar().map(|value| strip_credentials(&value)),
        location: node.location(),
    }
}

/// A wheel that is put into the bento.
fn local_wheel(context: &Context<'_>, node: &Node<'_>) -> Result<Requirement, ReadError> {
    let text = node.string()?;
    let found = address(text).map_err(|error| node.error(error.message))?;
    let package = match &found.name {
        Some(name) => PackageId::pypi(name),
        None => PackageId::new(Ecosystem::Generic, text),
    };
    let range = match &found.name {
        Some(_) => found.range_of(&package),
        None => VersionRange::any(),
    };
    Ok(Requirement {
        package,
        text: text.to_owned(),
        range,
        extras: Vec::new(),
        marker: None,
        source: holdfast_model::RequirementSource::Path {
            path: context.resolve(text),
            editable: false,
        },
        hashes: Vec::new(),
        purpose: Purpose::Runtime,
        via: Vec::new(),
        location: node.location(),
    })
}

/// Arguments of `pip install`, of which only those are understood that a requirements file may have.
fn read_arguments(context: &Context<'_>, node: &Node<'_>, declared: &mut Declared) {
    let mut reader = Reader::new(context.files);
    match reader.read_string(context.path, node) {
        Ok(()) => declared.merge(reader.declared),
        Err(error) => declared.unread.push(Unread {
            reason: format!("`pip_args` are not read: {}", error.message),
            location: node.location(),
        }),
    }
}

fn read_conda(
    context: &Context<'_>,
    conda: &Node<'_>,
    declared: &mut Declared,
) -> Result<(), ReadError> {
    environment::channels(conda, declared)?;
    environment::dependencies(context, conda, declared)?;
    if let Some(list) = conda.get("pip") {
        environment::pip(context, &list, declared)?;
    }
    // the file is found and read by its own name
    if let Some(file) = conda.get("environment_yml") {
        declared.options.push(option("environment-yml", &file));
    }
    Ok(())
}

fn read_docker(docker: &Node<'_>, declared: &mut Declared) -> Result<(), ReadError> {
    if let Some(node) = docker.get("python_version")
        && let Some(text) = node.scalar()
    {
        declared.python.push(DeclaredPython {
            specifiers: python_version::specifiers(&text),
            text,
            location: node.location(),
        });
    }
    if let Some(node) = docker.get("base_image").filter(|node| !node.is_null()) {
        declared.options.push(option("base-image", &node));
    }
    for node in docker.optional_items("system_packages")? {
        declared.options.push(option("system-package", &node));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryFiles, read};

    #[test]
    fn every_way_to_name_packages_is_read() {
        let text = "service: 'service:svc'\npython:\n  packages:\n    - scikit-learn==1.3.2\n    - 'git+https://h/x.git@main#egg=x'\n  requirements_txt: reqs.txt\n  index_url: https://u:p@h/simple\n  extra_index_url:\n    - https://e/simple\n  wheels:\n    - ./wheels/acme-1.0-py3-none-any.whl\n  pip_args: \"--pre -U\"\n  lock_packages: false\ndocker:\n  python_version: 3.10\n  base_image: debian:12\nconda:\n  channels: [conda-forge]\n  dependencies: [h2o]\n  pip: [shap]\n";
        let files = MemoryFiles::new()
            .with("b/bentofile.yaml", text)
            .with("b/reqs.txt", "joblib\n");
        let reading = read(&files, "b/bentofile.yaml", Format::Bentofile).unwrap();
        let declared = reading.declared.unwrap();
        let found: Vec<_> = declared
            .requirements
            .iter()
            .map(|it| {
                format!(
                    "{} {}",
                    it.package.purl(it.range.exact.as_deref()),
                    it.location.line
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                "pkg:pypi/scikit-learn@1.3.2 4",
                "pkg:pypi/x 5",
                "pkg:pypi/joblib 1",
                "pkg:pypi/acme@1.0 11",
                "pkg:conda/h2o 19",
                "pkg:pypi/shap 20",
            ]
        );
        assert_eq!(declared.python[0].text, "3.10");
        let kinds: Vec<_> = declared
            .indexes
            .iter()
            .map(|it| (it.kind, it.url.as_str()))
            .collect();
        assert_eq!(
            kinds,
            [
                (IndexKind::Default, "https://h/simple"),
                (IndexKind::Extra, "https://e/simple"),
            ]
        );
        assert_eq!(
            declared.unread[0].reason,
            "`pip_args` are not read: `-U` is no option of a requirements file"
        );
    }
}
