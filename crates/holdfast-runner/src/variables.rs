//! The environment of a run: what is always there, and nothing of the caller's but what is named.

use std::collections::BTreeMap;
use std::path::Path;

use crate::request::{Bytecode, RunRequest};

/// Variables that say how the hardware is used. They change results or speed, not what is reached,
/// so a caller passes them on in [`RunRequest::variables`]. A name that ends in `*` stands for all
/// that begin so.
pub const HARDWARE_VARIABLES: &[&str] = &[
    "BLIS_NUM_THREADS",
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_DEVICE_ORDER",
    "CUDA_VISIBLE_DEVICES",
    "GOMP_CPU_AFFINITY",
    "HIP_VISIBLE_DEVICES",
    "KMP_*",
    "LD_LIBRARY_PATH",
    "MKL_*",
    "NUMEXPR_NUM_THREADS",
    "NVIDIA_VISIBLE_DEVICES",
    "OMP_*",
    "OPENBLAS_*",
    "ROCR_VISIBLE_DEVICES",
    "VECLIB_MAXIMUM_THREADS",
];

/// Whether a variable is one of [`HARDWARE_VARIABLES`].
pub fn is_hardware_variable(name: &str) -> bool {
    HARDWARE_VARIABLES
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == *pattern,
        })
}

/// The whole environment of a run.
pub(crate) fn variables(request: &RunRequest, scratch: &Path) -> BTreeMap<String, String> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let below = |name: &str| text(&scratch.join(name));
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    let binaries = request.python.parent().unwrap_or(Path::new("/usr/bin"));
    set(
        "PATH",
        format!("{}:/usr/local/bin:/usr/bin:/bin", text(binaries)),
    );
    if let Some(prefix) = environment_of(request.python) {
        set("VIRTUAL_ENV", text(prefix));
    }
    set("HOME", text(scratch));
    set("TMPDIR", below("tmp"));
    for (name, directory) in CACHES {
        set(name, below(directory));
    }
    for (name, value) in FIXED {
        set(name, (*value).to_owned());
    }
    set("PYTHONHASHSEED", request.seed.to_string());
    if request.bytecode == Bytecode::Leave {
        set("PYTHONDONTWRITEBYTECODE", "1".to_owned());
    }
    let mut project = text(request.project);
    for (name, value) in request.variables {
        if name == "PYTHONPATH" {
            project = format!("{project}:{value}");
        } else {
            set(name, value.clone());
        }
    }
    set("PYTHONPATH", project);
    variables
}

/// The environment that an interpreter belongs to, where it is a virtual one.
pub(crate) fn environment_of(python: &Path) -> Option<&Path> {
    let prefix = python.parent()?.parent()?;
    prefix.join("pyvenv.cfg").exists().then_some(prefix)
}

/// Directories below the scratch directory that are made before a run.
pub(crate) const DIRECTORIES: &[&str] = &["tmp", ".cache"];

const CACHES: &[(&str, &str)] = &[
    ("XDG_CACHE_HOME", ".cache"),
    ("HF_HOME", ".cache/huggingface"),
    ("MPLCONFIGDIR", ".cache/matplotlib"),
    ("NUMBA_CACHE_DIR", ".cache/numba"),
    ("TORCHINDUCTOR_CACHE_DIR", ".cache/torchinductor"),
    ("TRITON_CACHE_DIR", ".cache/triton"),
    ("CUDA_CACHE_PATH", ".cache/cuda"),
];

const FIXED: &[(&str, &str)] = &[
    ("HF_HUB_OFFLINE", "1"),
    ("TRANSFORMERS_OFFLINE", "1"),
    ("LANG", "C.UTF-8"),
    ("LC_ALL", "C.UTF-8"),
    ("TZ", "UTC"),
    ("PYTHONNOUSERSITE", "1"),
    ("PYTHONUNBUFFERED", "1"),
    ("PYTHONUTF8", "1"),
];
