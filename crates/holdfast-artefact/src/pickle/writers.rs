//! Which libraries wrote a pickle, by the modules that it imports.

use holdfast_model::WriterVersion;

use super::walked::Walked;

/// Import packages and the distributions that they come from.
const LIBRARIES: &[(&str, &str)] = &[
    ("catboost", "catboost"),
    ("cloudpickle", "cloudpickle"),
    ("dill", "dill"),
    ("imblearn", "imbalanced-learn"),
    ("joblib", "joblib"),
    ("keras", "keras"),
    ("lightgbm", "lightgbm"),
    ("lightning", "lightning"),
    ("numpy", "numpy"),
    ("pandas", "pandas"),
    ("polars", "polars"),
    ("prophet", "prophet"),
    ("pyarrow", "pyarrow"),
    ("pytorch_lightning", "pytorch-lightning"),
    ("scipy", "scipy"),
    ("sentence_transformers", "sentence-transformers"),
    ("skl2onnx", "skl2onnx"),
    ("sklearn", "scikit-learn"),
    ("skops", "skops"),
    ("spacy", "spacy"),
    ("statsmodels", "statsmodels"),
    ("tensorflow", "tensorflow"),
    ("timm", "timm"),
    ("tokenizers", "tokenizers"),
    ("torch", "torch"),
    ("torchvision", "torchvision"),
    ("transformers", "transformers"),
    ("ultralytics", "ultralytics"),
    ("xgboost", "xgboost"),
];

/// A library, what is known of its version, and what says so.
pub(super) type Told = (&'static str, WriterVersion, String);

/// What the modules say, once for each library.
pub(super) fn by_modules(walked: &Walked) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    for import in &walked.imports {
        let top = import.module.split('.').next().unwrap_or_default();
        let Some((_, library)) = LIBRARIES.iter().find(|(package, _)| *package == top) else {
            continue;
        };
        let version = generation(&import.module);
        let evidence = format!("module `{}`", import.module);
        match told.iter_mut().find(|(known, ..)| known == library) {
            Some(known) if known.1 == WriterVersion::Unknown && version != known.1 => {
                *known = (library, version, evidence);
            }
            Some(_) => {}
            None => told.push((library, version, evidence)),
        }
    }
    told
}

/// NumPy 2 renamed `numpy.core` to `numpy._core`.
fn generation(module: &str) -> WriterVersion {
    if module == "numpy.core" || module.starts_with("numpy.core.") {
        WriterVersion::Major(1)
    } else if module == "numpy._core" || module.starts_with("numpy._core.") {
        WriterVersion::Major(2)
    } else {
        WriterVersion::Unknown
    }
}
