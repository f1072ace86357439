//! MLflow model folders: `MLmodel` and `python_env.yaml`. Their `conda.yaml` is a conda environment and
//! their `requirements.txt` a requirements file.

use holdfast_model::{
    Declared, DeclaredPython, PackageId, Purpose, Requirement, RequirementSource, VersionRange,
};
use pep440_rs::{Version, VersionSpecifier, VersionSpecifiers};

use crate::conda::environment::pip;
use crate::context::Context;
use crate::document::{Document, Node};
use crate::requirements::Reader;
use crate::{Format, ReadError, python_version};

/// Keys of a flavour that say which version of a package wrote the model.
///
/// As MLflow's flavours write them; a key that is not here is not read.
const WRITTEN_BY: &[(&str, &str)] = &[
    ("catboost_version", "catboost"),
    ("diviner_version", "diviner"),
    ("fastai_version", "fastai"),
    ("h2o_version", "h2o"),
    ("keras_version", "keras"),
    ("lgb_version", "lightgbm"),
    ("onnx_version", "onnx"),
    ("paddle_version", "paddlepaddle"),
    ("pmdarima_version", "pmdarima"),
    ("prophet_version", "prophet"),
    ("pyspark_version", "pyspark"),
    ("pytorch_version", "torch"),
    ("sentence_transformers_version", "sentence-transformers"),
    ("sklearn_version", "scikit-learn"),
    ("spacy_version", "spacy"),
    ("statsmodels_version", "statsmodels"),
    ("transformers_version", "transformers"),
    ("xgb_version", "xgboost"),
];

/// Reads `MLmodel`: the interpreter and the packages that wrote the model.
///
/// The packages are constraints: the folder's other files say what is installed, these say what must
/// not be contradicted.
pub(crate) fn read_model(context: &Context<'_>, text: &str) -> Result<Declared, ReadError> {
    let document = Document::yaml(text, context.path)?;
    let mut declared = context.declared(Format::MlflowModel);
    for (_, flavour) in document.root().optional_entries("flavors")? {
        if !flavour.is_table() {
            continue;
        }
        if let Some(version) = flavour.get("python_version") {
            declared.python.extend(python(&version));
        }
        for (key, package) in WRITTEN_BY {
            if let Some(node) = flavour.get(key) {
                declared.constraints.extend(written_by(package, &node));
            }
        }
    }
    Ok(declared)
}

fn python(node: &Node<'_>) -> Option<DeclaredPython> {
    let text = node.scalar()?;
    Some(DeclaredPython {
        specifiers: python_version::specifiers(&text),
        text,
        location: node.location(),
    })
}

/// A constraint to one version; nothing where it is no version.
fn written_by(package: &str, node: &Node<'_>) -> Option<Requirement> {
    let text = node.scalar()?;
    let version: Version = text.parse().ok()?;
    let exact = VersionSpecifiers::from(VersionSpecifier::equals_version(version));
    Some(Requirement {
        package: PackageId::pypi(package),
        text: format!("{package}=={text}"),
        range: VersionRange::pep440(exact),
        extras: Vec::new(),
        marker: None,
        source: RequirementSource::Registry { index: None },
        hashes: Vec::new(),
        purpose: Purpose::Runtime,
        via: Vec::new(),
        location: node.location(),
    })
}

/// Reads `python_env.yaml`: the interpreter, what builds, and what is installed, `-r` included.
pub(crate) fn read_python_env(context: &Context<'_>, text: &str) -> Result<Declared, ReadError> {
    let document = Document::yaml(text, context.path)?;
    let mut declared = context.declared(Format::MlflowPythonEnv);
    let root = document.root();
    if let Some(version) = root.get("python") {
        declared.python.extend(python(&version));
    }
    let mut building = Reader::new(context.files);
    for node in root.optional_items("build_dependencies")? {
        building.read_string(context.path, &node)?;
    }
    let mut building = building.declared;
    for requirement in &mut building.requirements {
        requirement.purpose = Purpose::Build;
    }
    declared.merge(building);
    if let Some(list) = root.get("dependencies") {
        pip(context, &list, &mut declared)?;
    }
    Ok(declared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryFiles, read};

    #[test]
    fn a_model_says_what_wrote_it() {
        let text = "artifact_path: model\nflavors:\n  python_function:\n    env:\n      conda: conda.yaml\n    python_version: 3.10.12\n  sklearn:\n    pickled_model: model.pkl\n    sklearn_version: 1.3.2\n    serialization_format: cloudpickle\n  xgboost:\n    xgb_version: unknown\nmlflow_version: 2.9.2\n";
        let files = MemoryFiles::new().with("m/MLmodel", text);
        let declared = read(&files, "m/MLmodel", Format::MlflowModel)
            .unwrap()
            .declared
            .unwrap();
        assert_eq!(declared.python[0].text, "3.10.12");
        assert_eq!(declared.python[0].location.line, 6);
        assert_eq!(declared.requirements, []);
        assert_eq!(declared.constraints.len(), 1);
        assert_eq!(declared.constraints[0].text, "scikit-learn==1.3.2");
        assert_eq!(
            declared.constraints[0].location.to_string(),
            "m/MLmodel:9:22"
        );
    }

    #[test]
    fn a_python_environment_includes_its_requirements() {
        let text = "python: 3.10\nbuild_dependencies:\n- pip==23.3\n- setuptools\ndependencies:\n- -r requirements.txt\n";
        let files = MemoryFiles::new()
            .with("m/python_env.yaml", text)
            .with("m/requirements.txt", "scikit-learn==1.3.2\n");
        let reading = read(&files, "m/python_env.yaml", Format::MlflowPythonEnv).unwrap();
        let declared = reading.declared.unwrap();
        assert_eq!(
            declared.python[0].specifiers.as_ref().unwrap().to_string(),
            "==3.10.*"
        );
        let found: Vec<_> = declared
            .requirements
            .iter()
            .map(|it| {
                (
                    it.package.name(),
                    it.purpose == Purpose::Build,
                    it.location.line,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("pip", true, 3),
                ("setuptools", true, 4),
                ("scikit-learn", false, 1)
            ]
        );
        assert_eq!(declared.files.len(), 2);
    }
}
