"""Writes models as the libraries of this environment write them: python write.py DIRECTORY.

Prints the versions of the libraries that wrote them, as JSON.
"""

import gzip
import importlib
import json
import pathlib
import pickle
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")

TARGET = pathlib.Path(sys.argv[1])
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def path(folder, name):
    directory = TARGET / folder
    directory.mkdir(parents=True, exist_ok=True)
    return directory / name


def pickled(folder, name, value, protocols=(2, 4, 5)):
    for protocol in protocols:
        try:
            written = pickle.dumps(value, protocol)
        except (TypeError, pickle.PicklingError):
            continue  # some classes know newer protocols alone
        path(folder, f"{name}.{protocol}.pkl").write_bytes(written)


def dumped(folder, name, value):
    import joblib

    joblib.dump(value, path(folder, f"{name}.joblib"))


def data():
    random = np.random.RandomState(0)
    x = random.rand(60, 4)
    return x, (x[:, 0] + x[:, 1] > 1).astype(int)


def scikit_learn():
    import joblib
    import pandas as pd
    from scipy import stats
    from sklearn import (
        calibration,
        cluster,
        compose,
        decomposition,
        ensemble,
        feature_extraction,
        feature_selection,
        gaussian_process,
        impute,
        isotonic,
        linear_model,
        mixture,
        model_selection,
        naive_bayes,
        neighbors,
        neural_network,
        pipeline,
        preprocessing,
        svm,
        tree,
    )
    from sklearn.gaussian_process import kernels

    x, y = data()
    frame = pd.DataFrame(x, columns=list("abcd"))
    frame["kind"] = np.where(y == 1, "one", "other")
    columns = compose.ColumnTransformer(
        [
            ("log", preprocessing.FunctionTransformer(np.log1p), ["a"]),
            ("scale", preprocessing.StandardScaler(), ["b", "c"]),
            ("kind", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["kind"]),
            ("fill", impute.SimpleImputer(), compose.make_column_selector("^d$")),
        ],
        remainder="passthrough",
    )
    texts = ["a model of churn", "a lock of packages", "packages of a model"] * 20
    fitted = {
        "pipeline": pipeline.make_pipeline(
            columns, linear_model.LogisticRegression()
        ).fit(frame, y),
        "union": pipeline.make_union(
            decomposition.PCA(2),
            feature_selection.SelectKBest(feature_selection.f_classif, k=2),
        ).fit(x, y),
        "text": pipeline.make_pipeline(
            feature_extraction.text.TfidfVectorizer(ngram_range=(1, 2)),
            decomposition.TruncatedSVD(2),
            linear_model.SGDClassifier(loss="log_loss"),
        ).fit(texts, y),
        "hashing": feature_extraction.text.HashingVectorizer(n_features=16),
        "dictionary": feature_extraction.DictVectorizer().fit([{"a": 1, "b": "x"}]),
        "forest": ensemble.RandomForestClassifier(4, random_state=0).fit(x, y),
        "forest-own-state": ensemble.ExtraTreesRegressor(
            3, random_state=np.random.RandomState(3)
        ).fit(x, y),
        "boosting": ensemble.GradientBoostingClassifier(n_estimators=3).fit(x, y),
        "histogram": ensemble.HistGradientBoostingClassifier(max_iter=3).fit(x, y),
        "histogram-regressor": ensemble.HistGradientBoostingRegressor(
            max_iter=3, loss="poisson"
        ).fit(x, y),
        "adaptive": ensemble.AdaBoostClassifier(n_estimators=3).fit(x, y),
        "isolation": ensemble.IsolationForest(n_estimators=3).fit(x),
        "voting": ensemble.VotingClassifier(
            [("nb", naive_bayes.GaussianNB()), ("tree", tree.DecisionTreeClassifier())]
        ).fit(x, y),
        "stacking": ensemble.StackingClassifier(
            [("tree", tree.DecisionTreeClassifier())], cv=2
        ).fit(x, y),
        "neighbours": neighbors.KNeighborsClassifier(algorithm="kd_tree").fit(x, y),
        "ball": neighbors.KNeighborsRegressor(
            algorithm="ball_tree", metric="haversine"
        ).fit(x[:, :2], y),
        "outliers": neighbors.LocalOutlierFactor(novelty=True).fit(x),
        "density": neighbors.KernelDensity().fit(x),
        "machine": svm.SVC(probability=True).fit(x, y),
        "linear-machine": svm.LinearSVC().fit(x, y),
        "process": gaussian_process.GaussianProcessClassifier(
            1.0 * kernels.RBF() + kernels.WhiteKernel() * kernels.Matern()
        ).fit(x, y),
        "mixture": mixture.GaussianMixture(2).fit(x),
        "means": cluster.KMeans(2, n_init=2).fit(x),
        "clusters": cluster.DBSCAN().fit(x),
        "tree-of-clusters": cluster.Birch(n_clusters=2).fit(x),
        "network": neural_network.MLPClassifier((5,), max_iter=5).fit(x, y),
        "calibrated": calibration.CalibratedClassifierCV(
            naive_bayes.GaussianNB(), cv=2
        ).fit(x, y),
        "isotonic": isotonic.IsotonicRegression().fit(x[:, 0], y),
        "search": model_selection.GridSearchCV(
            linear_model.Ridge(), {"alpha": [0.1, 1.0]}, cv=2, scoring="r2"
        ).fit(x, y),
        "random-search": model_selection.RandomizedSearchCV(
            linear_model.LogisticRegression(),
            {"C": stats.loguniform(0.01, 1)},
            n_iter=2,
            cv=2,
            scoring=["accuracy", "roc_auc"],
            refit="accuracy",
        ).fit(x, y),
        "quantiles": preprocessing.QuantileTransformer(n_quantiles=10).fit(x),
        "powers": preprocessing.PowerTransformer().fit(x + 1),
        "splines": preprocessing.SplineTransformer().fit(x),
        "bins": preprocessing.KBinsDiscretizer(3, encode="ordinal").fit(x),
        "labels": preprocessing.LabelEncoder().fit(["a", "b"]),
        "targets": compose.TransformedTargetRegressor(
            linear_model.LinearRegression(), func=np.sqrt, inverse_func=np.square
        ).fit(x, y),
        "elimination": feature_selection.RFE(tree.DecisionTreeClassifier(), n_features_to_select=2).fit(x, y),
        "poisson": linear_model.PoissonRegressor().fit(x, y),
        "hubers": linear_model.SGDRegressor(loss="huber").fit(x, y),
        "bayes": naive_bayes.MultinomialNB().fit(x, y),
    }
    for name, model in fitted.items():
        pickled("scikit-learn", name, model)
        dumped("scikit-learn", name, model)
    forest = fitted["forest"]
    pickled("scikit-learn", "protocols", forest, PROTOCOLS)
    for method in ["zlib", "gzip", "bz2", "xz", "lzma"]:
        joblib.dump(forest, path("scikit-learn", f"{method}.joblib"), (method, 3))
    with gzip.open(path("scikit-learn", "gzipped.pkl.gz"), "wb") as file:
        pickle.dump(forest, file)
    values(frame)


def values(frame):
    """What lies in pickles beside models."""
    import pandas as pd
    from scipy import interpolate, sparse, spatial, stats

    x, y = data()
    dates = pd.date_range("2026-01-01", periods=60)
    frames = {
        "frame": frame,
        "categories": frame.assign(kind=frame["kind"].astype("category")),
        "dates": frame.set_index(dates),
        "zones": frame.assign(at=dates.tz_localize("UTC"), span=pd.Timedelta("1h")),
        "periods": pd.Series(range(3), index=pd.period_range("2026", periods=3, freq="M")),
        "levels": frame.set_index(["kind", "a"]),
        "strings": frame.astype({"kind": "string"}),
        "nullable": pd.DataFrame({"a": pd.array([1, None]), "b": pd.array([True, None])}),
        "intervals": pd.Series(pd.cut(frame["a"], 3)),
        "row": frame.iloc[0],
        "stamp": pd.Timestamp("2026-01-01", tz="Europe/Zurich"),
        "nothing": [pd.NaT, pd.NA],
        "offset": pd.offsets.BusinessDay(2),
        "sparse": pd.Series(pd.arrays.SparseArray([0, 0, 1])),
    }
    structured = np.zeros(3, dtype=[("name", "U8"), ("score", "<f8"), ("parts", "i4", (2,))])
    arrays = {
        "state": np.random.RandomState(1),
        "generator": np.random.default_rng(1),
        "philox": np.random.Generator(np.random.Philox(1)),
        "structured": structured,
        "record": structured.view(np.recarray),
        "row": structured[0],
        "objects": np.array([{"a": 1}, None, [1, 2], np.float32(1)], dtype=object),
        "masked": np.ma.masked_array(x, x > 0.5),
        "scalars": [np.float64(1), np.int8(1), np.bool_(True), np.str_("a"), np.datetime64("2026")],
        "fortran": np.asfortranarray(x),
        "strided": x[::2, ::3],
        "bytes": np.array([b"a", b"bc"]),
        "dtypes": [np.dtype("f4"), np.float32, np.dtype("M8[ns]"), structured.dtype],
        "big-endian": x.astype(">f8"),
        "empty": np.empty((0, 3)),
        "functions": [np.log1p, np.mean, np.exp],
        "frozen": [stats.norm(1, 2), stats.uniform(), stats.loguniform(1, 9)],
        "density": stats.gaussian_kde(x.T),
        "csr": sparse.csr_matrix(x),
        "csc": sparse.csc_matrix(x),
        "coo": sparse.coo_matrix(x),
        "sparse-array": sparse.csr_array(x),
        "tree": spatial.cKDTree(x),
    }
    # a bound method, which older protocols take with `getattr`
    pickled("numpy", "interpolated", interpolate.interp1d([1, 2], [3, 4]), (4, 5))
    for folder, kept in [("pandas", frames), ("numpy", arrays)]:
        for name, value in kept.items():
            pickled(folder, name, value, PROTOCOLS)
            dumped(folder, name, value)
    np.save(path("numpy", "plain.npy"), x)
    np.save(path("numpy", "objects.npy"), arrays["objects"], allow_pickle=True)
    np.savez_compressed(path("numpy", "several.npz"), x=x, y=y)


def xgboost():
    import xgboost as xgb

    x, y = data()
    model = xgb.XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1).fit(x, y)
    linear = xgb.XGBRegressor(booster="gblinear", n_estimators=2, n_jobs=1).fit(x, y)
    for name, fitted in [("trees", model), ("linear", linear)]:
        fitted.save_model(path("xgboost", f"{name}.json"))
        fitted.save_model(path("xgboost", f"{name}.ubj"))
        pickled("xgboost", name, fitted)
        dumped("xgboost", name, fitted)
        pickled("xgboost", f"{name}-booster", fitted.get_booster())
        # the binary format was given up with 3.1
        try:
            fitted.get_booster().save_model(path("xgboost-binary", f"{name}.deprecated"))
        except Exception:
            path("xgboost-binary", f"{name}.deprecated").unlink(missing_ok=True)


def lightgbm():
    import lightgbm as lgb

    x, y = data()
    model = lgb.LGBMClassifier(n_estimators=3, min_child_samples=3, verbose=-1, n_jobs=1)
    model.fit(x, y)
    model.booster_.save_model(path("lightgbm", "trees.txt"))
    pickled("lightgbm", "trees", model, PROTOCOLS)
    pickled("lightgbm", "booster", model.booster_, PROTOCOLS)
    dumped("lightgbm", "trees", model)


def onnx():
    import onnx
    from onnx import TensorProto, external_data_helper, helper, numpy_helper

    weight = numpy_helper.from_array(np.ones((4, 300), dtype=np.float32), "weight")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weight"], ["y"])],
        "scores",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 300])],
        [weight],
    )
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 2)]
    model = helper.make_model(graph, producer_name="churn-tool", producer_version="7.1", opset_imports=opsets)
    model.ir_version = 8
    onnx.save(model, path("onnx", "plain.onnx"))
    onnx.save_model(
        model,
        path("onnx", "outside.onnx"),
        save_as_external_data=True,
        location="outside.weights",
        size_threshold=16,
    )
    bare = helper.make_model(graph)
    onnx.save(bare, path("onnx", "bare.onnx"))
    try:
        import skl2onnx
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        return
    converted = skl2onnx.to_onnx(LogisticRegression().fit(*data()), data()[0][:1])
    onnx.save(converted, path("onnx", "converted.onnx"))


WRITERS = {
    "sklearn": scikit_learn,
    "xgboost": xgboost,
    "lightgbm": lightgbm,
    "onnx": onnx,
}

VERSIONS = {}
for module, write in WRITERS.items():
    try:
        importlib.import_module(module)
    except ImportError:
        continue
    write()
for module in [*WRITERS, "skl2onnx", "numpy", "pandas", "joblib"]:
    if module in sys.modules:
        VERSIONS[module] = sys.modules[module].__version__
print(json.dumps(VERSIONS))
