//! Truss's `config.yaml`.
//!
//! The name says nothing: a `config.yaml` counts as Truss's where it has keys that Truss alone has.
//! Any other one is not read, and broken YAML that does not look like Truss's is no error.

use holdfast_model::{Declared, DeclaredOption, DeclaredPython};

use crate::conda::environment::pip;
use crate::context::Context;
use crate::document::Document;
use crate::{Format, ReadError, python_version};

/// Keys that stand at the beginning of a line in Truss's configurations and hardly elsewhere.
const MARKS: &[&str] = &[
    "model_name:",
    "model_metadata:",
    "model_class_name:",
    "model_class_filename:",
    "model_module_dir:",
    "model_framework:",
    "bundled_packages_dir:",
    "external_package_dirs:",
    "trt_llm:",
    "model_cache:",
    "requirements_file:",
];

/// Keys that are Truss's together with one of the others.
const COMPANIONS: &[&str] = &[
    "python_version:",
    "requirements:",
    "resources:",
    "secrets:",
    "system_packages:",
    "environment_variables:",
    "base_image:",
    "runtime:",
];

/// Whether a `config.yaml` is one of Truss's.
pub(crate) fn is_truss(text: &str) -> bool {
    let has = |marks: &[&str]| {
        text.lines()
            .filter(|line| marks.iter().any(|mark| line.starts_with(mark)))
            .count()
    };
    let marks = has(MARKS);
    marks >= 2 || marks == 1 && has(COMPANIONS) > 0
}

/// Reads the configuration.
pub(crate) fn read(context: &Context<'_>, text: &str) -> Result<Declared, ReadError> {
    let document = Document::yaml(text, context.path)?;
    let mut declared = context.declared(Format::TrussConfig);
    let root = document.root();
    if let Some(node) = root.get("python_version")
        && let Some(text) = node.scalar()
    {
        declared.python.push(DeclaredPython {
            specifiers: python_version::specifiers(&dotted(&text)),
            text,
            location: node.location(),
        });
    }
    if let Some(list) = root.get("requirements") {
        pip(context, &list, &mut declared)?;
    }
    if let Some(file) = root.get("requirements_file").filter(|node| !node.is_null()) {
        declared.merge(context.requirements_file(&file)?);
    }
    if let Some(image) = root.at(&["base_image", "image"])
        && let Some(name) = image.scalar()
    {
        declared.options.push(DeclaredOption {
            name: "base-image".to_owned(),
            value: Some(name),
            location: image.location(),
        });
    }
    for package in root.optional_items("system_packages")? {
        declared.options.push(DeclaredOption {
            name: "system-package".to_owned(),
            value: package.scalar(),
            location: package.location(),
        });
    }
    Ok(declared)
}

/// `py311` as `3.11`.
fn dotted(text: &str) -> String {
    match text
        .strip_prefix("py")
        .and_then(|digits| digits.split_at_checked(1))
    {
        Some((major, minor)) => format!("{major}.{minor}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryFiles, Reading, read};

    fn reading(text: &str) -> Result<Reading, ReadError> {
        let files = MemoryFiles::new()
            .with("config.yaml", text)
            .with("more.txt", "shap\n");
        read(&files, "config.yaml", Format::TrussConfig)
    }

    #[test]
    fn packages_and_interpreter_are_read() {
        let text = "model_name: churn\npython_version: py311\nrequirements:\n- torch==2.3.0\n- --extra-index-url https://h/simple\nrequirements_file: more.txt\nsystem_packages:\n- libgomp1\nbase_image:\n  image: nvidia/cuda:12.4.1-base\n";
        let declared = reading(text).unwrap().declared.unwrap();
        assert_eq!(
            declared.python[0].specifiers.as_ref().unwrap().to_string(),
            "==3.11.*"
        );
        let names: Vec<_> = declared
            .requirements
            .iter()
            .map(|it| it.package.name())
            .collect();
        assert_eq!(names, ["torch", "shap"]);
        assert_eq!(
            declared.requirements[0].location.to_string(),
            "config.yaml:4:3"
        );
        assert_eq!(declared.indexes.len(), 1);
        assert_eq!(declared.options.len(), 2);
    }

    #[test]
    fn the_configuration_of_something_else_is_left_alone() {
        for text in [
            "database: x\nresources: [\n",
            "requirements: {a: b}\n",
            "model_name: x\n",
            "",
        ] {
            assert_eq!(reading(text).unwrap(), Reading::default(), "{text}");
        }
        let error = reading("model_name: x\nrequirements: [\n").unwrap_err();
        assert!(error.message.starts_with("this is no YAML"), "{error}");
    }
}
