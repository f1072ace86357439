//! What models' pickles ordinarily import, and how far that is harmless.
//!
//! A list of what is allowed, never of what is denied: what is not here is not known to be harmless.
//! A line admits names of a module for one use and the weaker ones. It was made from the pickles of
//! these libraries, and leaves out on purpose what answers code or imports by name: `getattr`,
//! `operator.attrgetter`, `numpy.core._ufunc_reconstruct`, `collections.namedtuple`.

use holdfast_model::ImportUsage::{self, Called, Imported, Instantiated};

/// A line of the list.
pub(super) struct Allowed {
    /// The module, or with `.*` at its end it and all below it.
    pub(super) module: &'static str,
    pub(super) names: Names,
    /// The strongest use that is admitted.
    pub(super) usage: ImportUsage,
}

/// Names in a module.
pub(super) enum Names {
    /// These, where `*` at an end stands for any rest.
    These(&'static [&'static str]),
    /// Names of classes: they begin with a capital, after underscores.
    Classes,
    /// Anything.
    Any,
}

const fn line(module: &'static str, usage: ImportUsage, names: Names) -> Allowed {
    Allowed {
        module,
        names,
        usage,
    }
}

use super::names::{
    BUILTINS, NUMPY, NUMPY_FUNCTIONS, TORCH, TORCH_FUNCTIONS, TORCH_REBUILD, TORCH_TYPES,
};
use Names::{Any, Classes, These};

/// Modules that no line with `.*` reaches.
pub(super) const NEVER: &[&str] = &[
    "numpy.distutils",
    "numpy.f2py",
    "numpy.testing",
    "pandas.core.computation",
    "pandas.io",
    "scipy._lib",
    "scipy.io",
    "scipy.weave",
    "sklearn.datasets",
    "sklearn.externals",
    "sklearn.utils._testing",
    "sklearn.utils.parallel",
    "torch.nn.parallel",
    "transformers.utils",
];

/// The list.
pub(super) static ALLOWED: &[Allowed] = &[
    line("builtins", Called, These(BUILTINS)),
    line("_codecs", Called, These(&["encode"])),
    line("codecs", Called, These(&["encode"])),
    line("_io", Called, These(&["BytesIO", "StringIO"])),
    line("io", Called, These(&["BytesIO", "StringIO"])),
    line("argparse", Called, These(&["Namespace"])),
    line("array", Called, These(&["array", "_array_reconstructor"])),
    line(
        "collections",
        Called,
        These(&[
            "ChainMap",
            "Counter",
            "OrderedDict",
            "UserDict",
            "UserList",
            "defaultdict",
            "deque",
        ]),
    ),
    line(
        "copyreg",
        Called,
        These(&["__newobj__", "__newobj_ex__", "_reconstructor"]),
    ),
    line(
        "datetime",
        Called,
        These(&["date", "datetime", "time", "timedelta", "timezone"]),
    ),
    line("decimal", Called, These(&["Decimal"])),
    line("fractions", Called, These(&["Fraction"])),
    line("functools", Called, These(&["partial"])),
    line(
        "pathlib",
        Called,
        These(&[
            "Path",
            "PosixPath",
            "PurePath",
            "PurePosixPath",
            "PureWindowsPath",
            "WindowsPath",
        ]),
    ),
    line(
        "pathlib._local",
        Called,
        These(&["PosixPath", "PurePosixPath", "PureWindowsPath"]),
    ),
    line("random", Called, These(&["Random"])),
    line("re", Called, These(&["RegexFlag", "_compile"])),
    line("time", Called, These(&["struct_time"])),
    line("types", Called, These(&["NoneType", "SimpleNamespace"])),
    line("uuid", Called, These(&["SafeUUID", "UUID"])),
    line(
        "zoneinfo",
        Called,
        These(&["ZoneInfo", "ZoneInfo._unpickle"]),
    ),
    line("numpy", Called, These(NUMPY)),
    line("numpy", Imported, These(NUMPY_FUNCTIONS)),
    line(
        "numpy.core.multiarray",
        Called,
        These(&["_reconstruct", "scalar"]),
    ),
    line(
        "numpy._core.multiarray",
        Called,
        These(&["_reconstruct", "scalar"]),
    ),
    line("numpy.core.numeric", Called, These(&["_frombuffer"])),
    line("numpy._core.numeric", Called, These(&["_frombuffer"])),
    line(
        "numpy.core._multiarray_umath",
        Imported,
        These(NUMPY_FUNCTIONS),
    ),
    line(
        "numpy._core._multiarray_umath",
        Imported,
        These(NUMPY_FUNCTIONS),
    ),
    line("numpy.dtypes", Called, Classes),
    line(
        "numpy.ma.core",
        Called,
        These(&["MaskedArray", "_mareconstruct", "mvoid"]),
    ),
    line("numpy.ma", Called, These(&["MaskedArray"])),
    line("numpy.rec", Called, These(&["recarray", "record"])),
    line(
        "numpy.random._pickle",
        Called,
        These(&[
            "__bit_generator_ctor",
            "__generator_ctor",
            "__randomstate_ctor",
        ]),
    ),
    line("numpy.random._mt19937", Called, These(&["MT19937"])),
    line(
        "numpy.random._pcg64",
        Called,
        These(&["PCG64", "PCG64DXSM"]),
    ),
    line("numpy.random._philox", Called, These(&["Philox"])),
    line("numpy.random._sfc64", Called, These(&["SFC64"])),
    line(
        "numpy.random.bit_generator",
        Called,
        These(&[
            "SeedSequence",
            "__pyx_unpickle_SeedSequence",
            "__pyx_unpickle_SeedlessSeedSequence",
        ]),
    ),
    line("scipy.interpolate.*", Called, Classes),
    // in the splines of older releases
    line(
        "scipy._lib.array_api_compat.numpy._aliases",
        Imported,
        These(&["asarray"]),
    ),
    line("scipy.sparse.*", Called, Classes),
    line("scipy.sparse.*", Called, These(&["*_matrix", "*_array"])),
    line("scipy.interpolate.*", Called, These(&["interp1d"])),
    line(
        "scipy.interpolate._interpolate",
        Imported,
        These(&[
            "interp1d._call_linear",
            "interp1d._call_linear_np",
            "interp1d._call_nan_spline",
            "interp1d._call_nearest",
            "interp1d._call_previousnext",
            "interp1d._call_spline",
        ]),
    ),
    line("scipy.spatial.*", Called, Classes),
    line("scipy.spatial._ckdtree", Called, These(&["cKDTree"])),
    line(
        "scipy.special._ufuncs",
        Imported,
        These(&["erf", "erfc", "expit", "log_ndtr", "logit", "ndtr"]),
    ),
    line("scipy.stats.*", Instantiated, These(&["*_frozen", "*_gen"])),
    line(
        "scipy.stats.*",
        Called,
        These(&["rv_*_frozen", "gaussian_kde"]),
    ),
    line("pytz", Called, These(&["_UTC", "_p"])),
    line("pandas", Called, Classes),
    line("pandas._libs.*", Called, Classes),
    line(
        "pandas._libs.*",
        Called,
        These(&[
            "__pyx_unpickle_*",
            "__nat_unpickle",
            "_nat_unpickle",
            "_unpickle_block",
            "_timestamp_unpickle",
            "_unpickle_timestamp",
            "_timedelta_unpickle",
        ]),
    ),
    line("pandas.core.*", Called, Classes),
    line(
        "pandas.core.*",
        Called,
        These(&[
            "_new_*Index",
            "_unpickle_block",
            "new_block",
            "period_array",
        ]),
    ),
    line("pandas.tseries.offsets", Called, Classes),
    line("sklearn.*", Called, Classes),
    line("sklearn.*", Called, These(&["newObj", "__pyx_unpickle_*"])),
    line("sklearn.*", Imported, Any),
    line(
        "sklearn.compose._column_transformer",
        Instantiated,
        These(&["make_column_selector"]),
    ),
    // compiled modules of scikit-learn that gave themselves no package
    line("_loss", Called, These(&["Cy*", "__pyx_unpickle_Cy*"])),
    line("imblearn.*", Called, Classes),
    line("category_encoders.*", Called, Classes),
    line("feature_engine.*", Called, Classes),
    line(
        "joblib.numpy_pickle",
        Instantiated,
        These(&["NDArrayWrapper", "NumpyArrayWrapper", "ZNDArrayWrapper"]),
    ),
    line("xgboost.core", Instantiated, Classes),
    line("xgboost.sklearn", Instantiated, Classes),
    line("lightgbm.basic", Instantiated, Classes),
    line("lightgbm.sklearn", Instantiated, Classes),
    line("catboost.core", Instantiated, Classes),
    line("statsmodels.*", Instantiated, Classes),
    line("prophet.forecaster", Instantiated, These(&["Prophet"])),
    line("lifelines.*", Instantiated, Classes),
    line("hmmlearn.*", Instantiated, Classes),
    line("torch", Called, These(TORCH)),
    line("torch", Imported, These(TORCH_TYPES)),
    line("torch._tensor", Called, These(&["_rebuild_from_type_v2"])),
    line("torch._utils", Called, These(TORCH_REBUILD)),
    line("torch.nn.functional", Imported, These(TORCH_FUNCTIONS)),
    line("torch._C._nn", Imported, These(TORCH_FUNCTIONS)),
    line("torch.serialization", Called, These(&["_get_layout"])),
    // TorchScript's own reader gives these names a meaning
    line("__torch__.*", Instantiated, Any),
    line(
        "torch.jit._pickle",
        Called,
        These(&[
            "build_boollist",
            "build_doublelist",
            "build_intlist",
            "build_tensorlist",
            "restore_type_tag",
        ]),
    ),
    line("torch.nn.modules.*", Instantiated, Classes),
    line(
        "torch.nn.parameter",
        Called,
        These(&["Buffer", "Parameter"]),
    ),
    line("torch.optim.*", Instantiated, Classes),
    line(
        "torch.storage",
        Called,
        These(&["TypedStorage", "UntypedStorage", "_load_from_bytes"]),
    ),
    line("torchvision.models.*", Instantiated, Classes),
    line("torchvision.ops.misc", Instantiated, Classes),
    line("timm.layers.*", Instantiated, Classes),
    line("timm.models.*", Instantiated, Classes),
    line("transformers.models.*", Instantiated, Classes),
    line(
        "transformers.training_args",
        Instantiated,
        These(&["TrainingArguments"]),
    ),
    line("transformers.trainer_utils", Called, Classes),
    line("sentence_transformers.*", Instantiated, Classes),
    line("ultralytics.nn.*", Instantiated, Classes),
    line("tokenizers.*", Instantiated, Classes),
];
