//! MLflow's MLmodel file: which libraries wrote a model. Line by line: MLflow writes plain blocks of
//! YAML, and versions are kept as they are written.

use holdfast_model::{ArtefactFormat, WriterVersion};

use super::bytes::{Bytes, Parsed};
use super::versions;
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

/// Keys of a flavour that say which version of a package wrote the model.
static WRITTEN_BY: &[(&str, &str)] = &[
    ("catboost_version", "catboost"),
    ("cb_version", "catboost"),
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
    ("tensorflow_version", "tensorflow"),
    ("transformers_version", "transformers"),
    ("xgb_version", "xgboost"),
];
/// What else is told of it.
const TOLD: [&str; 6] = [
    "python_version",
    "loader_module",
    "code",
    "python_model",
    "model_code_path",
    "serialization_format",
];
/// The longest file that is read, in bytes.
const LONGEST: u64 = 4 << 20;

/// Whether a file is of this format: by its name, and flavours in it.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    let has_flavors = head.starts_with(b"flavors:")
        || head.bytes.windows(9).any(|window| window == b"\nflavors:");
    head.name == "mlmodel" && (has_flavors || head.size > head.bytes.len() as u64)
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let mut bytes = Bytes::new(source).map_err(|fault| fault.tell(0, inspection))?;
    let text = text(&mut bytes);
    let text = text.map_err(|fault| fault.tell(bytes.position(), inspection))?;
    let mut flavour = String::new();
    let mut in_flavours = false;
    for line in text.lines() {
        inspection.step(0)?;
        let indent = line.len() - line.trim_start_matches(' ').len();
        let Some((key, value)) = pair(line) else {
            continue;
        };
        match indent {
            0 => {
                in_flavours = key == "flavors";
                if key == "mlflow_version" {
                    written_by("mlflow", value, "mlflow_version", inspection);
                }
            }
            2 if in_flavours => key.clone_into(&mut flavour),
            _ if in_flavours => fact(&flavour, key, value, inspection),
            _ => {}
        }
    }
    Ok(ArtefactFormat::Mlflow)
}

fn text(bytes: &mut Bytes<'_>) -> Parsed<String> {
    let size = bytes.size();
    Ok(String::from_utf8_lossy(&bytes.take(size, LONGEST)?).into_owned())
}

/// What a line of a flavour says.
fn fact(flavour: &str, key: &str, value: &str, inspection: &mut Inspection<'_>) {
    if let Some((_, library)) = WRITTEN_BY.iter().find(|(known, _)| *known == key) {
        written_by(library, value, key, inspection);
    } else if TOLD.contains(&key) && !value.is_empty() && value != "null" {
        inspection.metadata(format!("mlflow.{flavour}.{}", key.replace('_', "-")), value);
    }
}

fn written_by(library: &str, version: &str, evidence: &str, inspection: &mut Inspection<'_>) {
    let known = if versions::is_version(version) {
        WriterVersion::Exact(version.to_owned())
    } else {
        WriterVersion::Unknown
    };
    inspection.writer(library, known, evidence);
}

/// A key and its value, without quotes and comment.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim().split_once(':')?;
    let value = value.split(" #").next().unwrap_or_default().trim();
    let unquoted = ['\'', '"']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    Some((key.trim_matches(['\'', '"']), unquoted.unwrap_or(value)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{exact, inspect, total, unread, writers};
    use super::*;

    const MODEL: &str = "artifact_path: model\nflavors:\n  python_function:\n    env:\n      conda: conda.yaml\n    loader_module: mlflow.sklearn\n    python_version: 3.10.12\n  sklearn:\n    code: null\n    pickled_model: model.pkl\n    sklearn_version: '1.3.2' # exact\n  xgboost:\n    code: code\n    xgb_version: unknown\nmlflow_version: 2.9.2\nsignature:\n  inputs: '[]'\n  sklearn_version: 9.9.9\n";

    #[test]
    fn flavours_name_their_libraries() {
        let found = inspect("model/MLmodel", MODEL.as_bytes());
        assert_eq!(found.format, ArtefactFormat::Mlflow);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(
            writers(&found),
            [
                exact("mlflow", "2.9.2"),
                exact("scikit-learn", "1.3.2"),
                exact("xgboost", "unknown"),
            ]
        );
        let metadata = &found.content.metadata;
        assert_eq!(
            metadata["mlflow.python_function.loader-module"],
            "mlflow.sklearn"
        );
        assert_eq!(metadata["mlflow.python_function.python-version"], "3.10.12");
        assert_eq!(metadata["mlflow.xgboost.code"], "code");
        assert!(!metadata.contains_key("mlflow.sklearn.code"));
    }

    #[test]
    fn only_a_file_of_that_name_is_one() {
        let named = inspect("other.yaml", MODEL.as_bytes());
        assert_eq!(named.format, ArtefactFormat::Unknown);
        let empty = inspect("MLmodel", b"a: b");
        assert_eq!(empty.format, ArtefactFormat::Unknown);
    }

    total!("MLmodel", b"flavors:\n  ", MODEL.as_bytes().to_vec());
}
