//! Which package a module belongs to, and under which names a library is locked.

/// Top-level modules that model files import, and the packages that have them; a module that is
/// called as its package is stands once.
const MODULES: &[(&str, &str)] = &[
    ("PIL", "pillow"),
    ("catboost", "catboost"),
    ("category_encoders", "category-encoders"),
    ("cloudpickle", "cloudpickle"),
    ("cv2", "opencv-python"),
    ("dateutil", "python-dateutil"),
    ("dill", "dill"),
    ("fastai", "fastai"),
    ("feature_engine", "feature-engine"),
    ("gensim", "gensim"),
    ("hdbscan", "hdbscan"),
    ("imblearn", "imbalanced-learn"),
    ("jax", "jax"),
    ("joblib", "joblib"),
    ("keras", "keras"),
    ("lightgbm", "lightgbm"),
    ("lightning", "lightning"),
    ("mlflow", "mlflow"),
    ("mlxtend", "mlxtend"),
    ("nltk", "nltk"),
    ("numba", "numba"),
    ("numpy", "numpy"),
    ("onnxruntime", "onnxruntime"),
    ("optuna", "optuna"),
    ("pandas", "pandas"),
    ("pmdarima", "pmdarima"),
    ("polars", "polars"),
    ("prophet", "prophet"),
    ("pyarrow", "pyarrow"),
    ("pyspark", "pyspark"),
    ("pytorch_lightning", "pytorch-lightning"),
    ("pytz", "pytz"),
    ("scipy", "scipy"),
    ("sentence_transformers", "sentence-transformers"),
    ("shap", "shap"),
    ("skimage", "scikit-image"),
    ("sklearn", "scikit-learn"),
    ("skops", "skops"),
    ("sktime", "sktime"),
    ("spacy", "spacy"),
    ("statsmodels", "statsmodels"),
    ("tensorflow", "tensorflow"),
    ("torch", "torch"),
    ("torchvision", "torchvision"),
    ("transformers", "transformers"),
    ("ultralytics", "ultralytics"),
    ("umap", "umap-learn"),
    ("xgboost", "xgboost"),
    ("yaml", "pyyaml"),
];

/// Packages that are the same library at the same version, on PyPI or in conda's world.
const ALSO: &[(&str, &[&str])] = &[
    ("keras", &["keras-nightly", "tf-keras"]),
    ("mlflow", &["mlflow-skinny"]),
    (
        "onnxruntime",
        &[
            "onnxruntime-directml",
            "onnxruntime-gpu",
            "onnxruntime-openvino",
            "onnxruntime-silicon",
            "onnxruntime-training",
        ],
    ),
    (
        "opencv-python",
        &[
            "opencv",
            "opencv-contrib-python",
            "opencv-contrib-python-headless",
            "opencv-python-headless",
            "py-opencv",
        ],
    ),
    ("polars", &["polars-lts-cpu", "polars-u64-idx"]),
    (
        "tensorflow",
        &[
            "tensorflow-base",
            "tensorflow-cpu",
            "tensorflow-gpu",
            "tensorflow-intel",
            "tensorflow-macos",
        ],
    ),
    ("torch", &["pytorch", "pytorch-cpu", "pytorch-gpu"]),
    ("xgboost", &["libxgboost", "py-xgboost", "xgboost-cpu"]),
];

/// The package that has a module; nothing for one that is not known, or comes with Python.
pub(crate) fn package_of(module: &str) -> Option<&'static str> {
    let top = module.split('.').next().unwrap_or(module);
    MODULES
        .iter()
        .find(|(known, _)| *known == top)
        .map(|(_, package)| *package)
}

/// The names under which a library may be locked, its own first.
pub(crate) fn names(library: &str) -> impl Iterator<Item = &str> {
    let also = ALSO.iter().find(|(known, _)| *known == library);
    std::iter::once(library).chain(
        also.into_iter()
            .flat_map(|(_, names)| names.iter().copied()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_have_their_packages() {
        assert_eq!(
            package_of("sklearn.linear_model._logistic"),
            Some("scikit-learn")
        );
        assert_eq!(package_of("PIL"), Some("pillow"));
        assert_eq!(package_of("numpy._core.multiarray"), Some("numpy"));
        assert_eq!(package_of("numpyish"), None);
        assert_eq!(package_of("collections"), None);
        assert!(MODULES.is_sorted());
    }

    #[test]
    fn a_library_has_more_than_one_name() {
        assert!(names("xgboost").any(|name| name == "xgboost-cpu"));
        assert_eq!(names("numpy").collect::<Vec<_>>(), ["numpy"]);
    }
}
