//! What libraries promise about loading files that other versions of them wrote.
//!
//! Each row is taken from what the library's own documentation or maintainers say, looked up in
//! November 2026, and names where. What it says decides how much a difference of versions matters.

use holdfast_model::{ArtefactFormat, Severity};

/// What a library says of files that other versions wrote.
#[derive(Debug)]
pub(crate) struct Promise {
    /// Its name on PyPI.
    pub(crate) library: &'static str,
    /// The library's own formats that this is about; empty for pickles and whatever else holds its
    /// objects.
    pub(crate) formats: &'static [ArtefactFormat],
    /// What it says, as the end of a sentence.
    pub(crate) says: &'static str,
    /// Where it says so.
    pub(crate) source: &'static str,
    /// How much it matters where the file is older than what is locked.
    pub(crate) older: Distance,
    /// How much it matters where the file is newer than what is locked.
    pub(crate) newer: Distance,
    /// The first version that cannot read the format at all.
    pub(crate) removed_in: Option<&'static str>,
}

/// How much it matters that two versions differ, by the first number in which they do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Distance {
    pub(crate) major: Option<Severity>,
    pub(crate) minor: Option<Severity>,
    pub(crate) patch: Option<Severity>,
}

const NOTE: Option<Severity> = Some(Severity::Note);
const WARNING: Option<Severity> = Some(Severity::Warning);
const ERROR: Option<Severity> = Some(Severity::Error);

/// Nothing is broken, whatever the distance.
const KEPT: Distance = distance(None, None, None);

const fn distance(
    major: Option<Severity>,
    minor: Option<Severity>,
    patch: Option<Severity>,
) -> Distance {
    Distance {
        major,
        minor,
        patch,
    }
}

const SCIKIT_LEARN: &str = "https://scikit-learn.org/stable/model_persistence.html";
const XGBOOST: &str = "https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html";
const LIGHTGBM: &str = "https://github.com/microsoft/LightGBM/issues/4407";
const CATBOOST: &str = "https://catboost.ai/docs/en/concepts/python-reference_catboost_load_model";
const KERAS: &str = "https://keras.io/guides/serialization_and_saving/";
const TENSORFLOW: &str = "https://www.tensorflow.org/guide/versions";
const TORCH: &str =
    "https://discuss.pytorch.org/t/model-saved-by-torch2-1-0-cant-load-in-2-0-0/204988";
const PANDAS: &str = "https://pandas.pydata.org/docs/reference/api/pandas.read_pickle.html";
const JOBLIB: &str = "https://joblib.readthedocs.io/en/latest/persistence.html";
const MLFLOW: &str = "https://mlflow.org/docs/latest/genai/mlflow-3/faqs";

static PROMISES: &[Promise] = &[
    Promise {
        library: "scikit-learn",
        formats: &[],
        says: "scikit-learn supports loading a model only in the version that wrote it",
        source: SCIKIT_LEARN,
        older: distance(ERROR, ERROR, WARNING),
        newer: distance(ERROR, ERROR, WARNING),
        removed_in: None,
    },
    Promise {
        library: "xgboost",
        formats: &[ArtefactFormat::XgboostJson, ArtefactFormat::XgboostUbjson],
        says: "XGBoost reads JSON and UBJSON models of earlier versions, and does not promise to read those of later ones",
        source: XGBOOST,
        older: KEPT,
        newer: distance(ERROR, WARNING, NOTE),
        removed_in: None,
    },
    Promise {
        library: "xgboost",
        formats: &[ArtefactFormat::XgboostBinary],
        says: "XGBoost removed its binary format in 3.1, and promises nothing of later files before",
        source: XGBOOST,
        older: KEPT,
        newer: distance(ERROR, WARNING, NOTE),
        removed_in: Some("3.1"),
    },
    Promise {
        library: "xgboost",
        formats: &[],
        says: "XGBoost keeps pickles for its own version: they are not stable across versions, as `save_model` is",
        source: XGBOOST,
        older: distance(ERROR, WARNING, NOTE),
        newer: distance(ERROR, ERROR, WARNING),
        removed_in: None,
    },
    Promise {
        library: "lightgbm",
        formats: &[],
        says: "LightGBM's documentation promises nothing; its maintainers mean models to be read within one major version",
        source: LIGHTGBM,
        older: distance(WARNING, None, None),
        newer: distance(WARNING, NOTE, None),
        removed_in: None,
    },
    Promise {
        library: "catboost",
        formats: &[],
        says: "CatBoost's documentation promises nothing about models of other versions",
        source: CATBOOST,
        older: distance(WARNING, NOTE, None),
        newer: distance(WARNING, WARNING, NOTE),
        removed_in: None,
    },
    Promise {
        library: "keras",
        formats: &[],
        says: "Keras promises nothing about models of other versions, and 3 reads of those of 2 only some",
        source: KERAS,
        older: distance(WARNING, NOTE, None),
        newer: distance(ERROR, WARNING, NOTE),
        removed_in: None,
    },
    Promise {
        library: "tensorflow",
        formats: &[],
        says: "TensorFlow reads SavedModels of earlier versions of the same major version, and of later ones only where the patch differs",
        source: TENSORFLOW,
        older: distance(WARNING, None, None),
        newer: distance(ERROR, WARNING, None),
        removed_in: None,
    },
    Promise {
        library: "torch",
        formats: &[],
        says: "PyTorch means to read files of earlier versions, and does not promise to read those of later ones",
        source: TORCH,
        older: KEPT,
        newer: distance(WARNING, WARNING, None),
        removed_in: None,
    },
    Promise {
        library: "pandas",
        formats: &[],
        says: "pandas reads pickles of earlier versions with `pandas.read_pickle`, and does not promise to read those of later ones",
        source: PANDAS,
        older: distance(NOTE, None, None),
        newer: distance(ERROR, WARNING, None),
        removed_in: None,
    },
    Promise {
        library: "joblib",
        formats: &[],
        says: "joblib's documentation promises nothing about files of other versions",
        source: JOBLIB,
        older: distance(NOTE, None, None),
        newer: distance(WARNING, NOTE, None),
        removed_in: None,
    },
    Promise {
        library: "mlflow",
        formats: &[],
        says: "MLflow loads models of earlier versions, and not those of a later major version",
        source: MLFLOW,
        older: KEPT,
        newer: distance(ERROR, NOTE, None),
        removed_in: None,
    },
];

/// What a library says of files in this format; nothing for one that was not looked up.
pub(crate) fn promise(library: &str, format: ArtefactFormat) -> Option<&'static Promise> {
    let of_library = || PROMISES.iter().filter(|row| row.library == library);
    of_library()
        .find(|row| row.formats.contains(&format))
        .or_else(|| of_library().find(|row| row.formats.is_empty()))
}

/// What a release of ONNX Runtime reads: release, IR version, operator sets of `ai.onnx` and of
/// `ai.onnx.ml`.
///
/// Each row was measured with the release's own wheel from PyPI: the largest numbers with which it
/// loads a model.
static ONNX_RUNTIME: &[((u64, u64), OnnxLimits)] = &[
    ((1, 15), OnnxLimits::new(9, 18, 3)),
    ((1, 16), OnnxLimits::new(9, 19, 3)),
    ((1, 17), OnnxLimits::new(9, 20, 4)),
    ((1, 18), OnnxLimits::new(10, 21, 5)),
    ((1, 19), OnnxLimits::new(10, 21, 5)),
    ((1, 20), OnnxLimits::new(10, 21, 5)),
    ((1, 21), OnnxLimits::new(10, 22, 5)),
    ((1, 22), OnnxLimits::new(10, 22, 5)),
    ((1, 23), OnnxLimits::new(11, 23, 5)),
    ((1, 24), OnnxLimits::new(13, 25, 5)),
    ((1, 25), OnnxLimits::new(13, 26, 5)),
    ((1, 26), OnnxLimits::new(13, 26, 5)),
    ((1, 27), OnnxLimits::new(13, 26, 5)),
    ((1, 28), OnnxLimits::new(13, 26, 5)),
    ((1, 29), OnnxLimits::new(13, 26, 5)),
    ((1, 30), OnnxLimits::new(13, 26, 5)),
    ((1, 31), OnnxLimits::new(13, 26, 5)),
];

/// Where ONNX Runtime says what its releases read.
pub(crate) const ONNX_RUNTIME_SOURCE: &str =
    "https://onnxruntime.ai/docs/reference/compatibility.html";

/// The largest numbers with which a release of ONNX Runtime loads a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OnnxLimits {
    ir: u64,
    onnx: u64,
    ml: u64,
}

impl OnnxLimits {
    const fn new(ir: u64, onnx: u64, ml: u64) -> Self {
        Self { ir, onnx, ml }
    }

    /// The limit on what a model's metadata says under this key, and what that is.
    pub(crate) fn of(self, key: &str) -> Option<(u64, &'static str)> {
        match key {
            "ir_version" => Some((self.ir, "IR version")),
            "opset:ai.onnx" | "opset:" => Some((self.onnx, "operator set")),
            "opset:ai.onnx.ml" => Some((self.ml, "operator set of `ai.onnx.ml`")),
            _ => None,
        }
    }
}

/// What a release of ONNX Runtime reads; nothing for one that was not measured.
pub(crate) fn onnx_limits(release: &[u64]) -> Option<OnnxLimits> {
    let minor = (
        *release.first()?,
        release.get(1).copied().unwrap_or_default(),
    );
    ONNX_RUNTIME
        .iter()
        .find(|(measured, _)| *measured == minor)
        .map(|(_, limits)| *limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_promise_has_a_source_and_a_row_for_pickles() {
        for row in PROMISES {
            assert!(row.source.starts_with("https://"), "{}", row.library);
            assert!(!row.says.ends_with('.'), "{}", row.says);
            assert!(promise(row.library, ArtefactFormat::Pickle).is_some());
        }
    }

    #[test]
    fn formats_of_xgboost_have_a_promise_of_their_own() {
        let says = |format| promise("xgboost", format).unwrap().says;
        assert_ne!(
            says(ArtefactFormat::XgboostJson),
            says(ArtefactFormat::Joblib)
        );
        assert!(promise("somebodys-library", ArtefactFormat::Pickle).is_none());
    }

    #[test]
    fn limits_of_onnx_runtime_only_grow() {
        for pair in ONNX_RUNTIME.windows(2) {
            let ((before, low), (after, high)) = (pair[0], pair[1]);
            assert!(before < after);
            assert!(low.ir <= high.ir && low.onnx <= high.onnx && low.ml <= high.ml);
        }
        assert_eq!(
            onnx_limits(&[1, 20, 1]).unwrap().of("opset:ai.onnx"),
            Some((21, "operator set"))
        );
        assert_eq!(onnx_limits(&[1, 3]), None);
    }
}
