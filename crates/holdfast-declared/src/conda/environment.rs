//! conda environments: `environment.yml`, and MLflow's `conda.yaml`.

use holdfast_model::{Declared, DeclaredOption, Purpose, Unread};

use super::MatchSpec;
use crate::context::{Context, inside};
use crate::document::{Document, Node};
use crate::requirements::Reader;
use crate::{Format, ReadError, limits};

/// Reads an environment.
pub(crate) fn read(context: &Context<'_>, text: &str) -> Result<Declared, ReadError> {
    let document = Document::yaml(text, context.path)?;
    let mut declared = context.declared(Format::CondaEnvironment);
    let root = document.root();
    if root.is_null() {
        return Ok(declared);
    }
    if !root.is_table() {
        return Err(root
            .error("a conda environment begins with keys such as `dependencies`")
            .with_fix("write `dependencies:` and a list below it"));
    }
    channels(&root, &mut declared)?;
    dependencies(context, &root, &mut declared)?;
    Ok(declared)
}

/// The channels of a table, as options: no index of PyPI, and in conda's own order of priority.
pub(crate) fn channels(table: &Node<'_>, declared: &mut Declared) -> Result<(), ReadError> {
    for node in table.optional_items("channels")? {
        let Some(channel) = node.scalar() else {
            continue;
        };
        declared.options.push(DeclaredOption {
            name: "channel".to_owned(),
            value: Some(super::channel_name(&channel)),
            location: node.location(),
        });
    }
    Ok(())
}

/// The list under `dependencies`: specifications, and lists for pip.
pub(crate) fn dependencies(
    context: &Context<'_>,
    table: &Node<'_>,
    declared: &mut Declared,
) -> Result<(), ReadError> {
    for node in table.optional_items("dependencies")? {
        if declared.requirements.len() >= limits::COUNT {
            return Err(limits::too_many(node.location()));
        }
        if node.is_null() {
            continue;
        }
        if !node.is_table() {
            specification(&node, declared)?;
            continue;
        }
        for (tool, list) in node.entries()? {
            if tool == "pip" {
                pip(context, &list, declared)?;
            } else {
                declared.unread.push(Unread {
                    reason: format!("dependencies of `{tool}` are not read"),
                    location: list.location(),
                });
            }
        }
    }
    Ok(())
}

/// One specification. The interpreter is what its layer says of it, and no package besides.
fn specification(node: &Node<'_>, declared: &mut Declared) -> Result<(), ReadError> {
    let text = node.string()?;
    // conda-lock and Jinja: `{{ … }}` and `${{ … }}` are filled in by other tools
    if text.contains("{{") {
        declared.unread.push(Unread {
            reason: format!("the template in `{}` is not filled in", text.escape_debug()),
            location: node.location(),
        });
        return Ok(());
    }
    let spec = MatchSpec::parse(text).map_err(|error| inside(node, error))?;
    let location = node.location();
    if let Some(python) = spec.as_python(location.clone()) {
        declared.python.push(python);
    } else {
        let found = spec.into_requirement(text, Purpose::Runtime, location);
        declared.requirements.push(found);
    }
    Ok(())
}

/// Lines for pip, options and `-r` included.
pub(crate) fn pip(
    context: &Context<'_>,
    list: &Node<'_>,
    declared: &mut Declared,
) -> Result<(), ReadError> {
    if list.is_null() {
        return Ok(());
    }
    let mut reader = Reader::new(context.files);
    for line in list.items_or_self()? {
        reader.read_string(context.path, &line)?;
    }
    declared.merge(reader.declared);
    Ok(())
}

#[cfg(test)]
mod tests {
    use holdfast_model::Requirement;

    use super::*;
    use crate::{MemoryFiles, read as read_any};

    fn declared(text: &str) -> Declared {
        let files = MemoryFiles::new()
            .with("env/environment.yml", text)
            .with("env/requirements.txt", "shap==0.45\n");
        let reading = read_any(&files, "env/environment.yml", Format::CondaEnvironment);
        reading.unwrap().declared.unwrap()
    }

    fn lines(requirements: &[Requirement]) -> Vec<String> {
        requirements
            .iter()
            .map(|it| {
                let place = &it.location;
                format!(
                    "{} @{}:{}",
                    it.package.purl(it.range.exact.as_deref()),
                    place.line,
                    place.column
                )
            })
            .collect()
    }

    #[test]
    fn packages_of_conda_and_pip_are_read() {
        let declared = declared(
            "name: train\nchannels:\n  - conda-forge\n  - https://u:p@h/t/secret/channel\ndependencies:\n  - python=3.11\n  - numpy=1.26.4=py311_0\n  - nvidia::cuda-toolkit>=12\n  - pip\n  - pip:\n    - torch==2.3.0\n    - -r requirements.txt\n    - --extra-index-url https://u:p@h/simple\nprefix: /home/me/env\n",
        );
        assert_eq!(
            lines(&declared.requirements),
            [
                "pkg:conda/numpy@1.26.4 @7:5",
                "pkg:conda/cuda-toolkit @8:5",
                "pkg:conda/pip @9:5",
                "pkg:pypi/torch@2.3.0 @11:7",
                "pkg:pypi/shap@0.45 @1:1",
            ]
        );
        assert_eq!(
            declared.python[0].specifiers.as_ref().unwrap().to_string(),
            "==3.11.*"
        );
        assert_eq!(declared.indexes[0].url, "https://h/simple");
        assert_eq!(declared.indexes[0].location.line, 13);
        let channels: Vec<_> = declared
            .options
            .iter()
            .filter_map(|it| it.value.as_deref())
            .collect();
        assert_eq!(channels, ["conda-forge", "https://h/channel"]);
    }

    #[test]
    fn what_is_no_environment_is_an_error_at_its_place() {
        let refused = |text: &str| {
            let files = MemoryFiles::new().with("environment.yml", text);
            let error = read_any(&files, "environment.yml", Format::CondaEnvironment);
            error.unwrap_err().to_string()
        };
        assert_eq!(
            refused("dependencies:\n  - pip:\n    - numpy=1.2\n"),
            "environment.yml:3:12: `=` is no comparison of versions"
        );
        assert_eq!(
            refused("dependencies:\n  - 'a[b'\n"),
            "environment.yml:2:7: `dependencies[0]`: the bracket that opens here is not closed"
        );
        assert_eq!(
            refused("dependencies: numpy\n"),
            "environment.yml:1:15: `dependencies` is no array"
        );
        assert!(refused("- numpy\n").contains("begins with keys"));
        assert!(refused("a: [\n").contains("this is no YAML"));
    }
}
