//! A model file, as its bytes describe it.

use std::collections::BTreeMap;
use std::fmt;

use crate::Digest;

/// A model file. Nothing of it was loaded or imported: this is what its bytes say.
#[derive(Debug, Clone, PartialEq)]
pub struct Artefact {
    /// Where it is, relative to the directory that was looked at, with `/`; `-` for standard input.
    pub path: String,
    /// What it is, by its content.
    pub format: ArtefactFormat,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of all of it; absent where that was not asked for.
    pub digest: Option<Digest>,
    /// What was found in it, nested files included.
    pub content: ArtefactContent,
}

/// What was found in a model file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ArtefactContent {
    /// The libraries that wrote it, as far as it says.
    pub writers: Vec<Writer>,
    /// What loading it would import, each once for each part, with the strongest use.
    pub imports: Vec<Import>,
    /// Its tensors.
    pub tensors: Tensors,
    /// What it says of itself, by key.
    pub metadata: BTreeMap<String, String>,
    /// The files in it, as far as they have a format that is known.
    pub members: Vec<Member>,
    /// What is dangerous in it, apart from imports.
    pub hazards: Vec<Hazard>,
    /// What could not be read.
    pub unread: Vec<UnreadPart>,
    /// What was found beyond the limits and is not listed, by what it is (`imports`, `members` …).
    pub left_out: BTreeMap<&'static str, u64>,
}

/// The formats that are told apart, by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ArtefactFormat {
    Pickle,
    Joblib,
    /// A zip file that `torch.save` wrote.
    Torch,
    /// What `torch.save` wrote before 1.6: several pickles, then raw storages.
    TorchLegacy,
    /// A zip file with compiled code, of `torch.jit.save`.
    TorchScript,
    /// One array, `.npy`.
    Numpy,
    /// A zip file of arrays, `.npz`.
    NumpyArchive,
    /// A `.keras` zip file.
    Keras,
    /// HDF5, in which Keras kept its models before version 3.
    Hdf5,
    Onnx,
    XgboostJson,
    XgboostUbjson,
    /// The binary format of `XGBoost`, removed in 3.1.
    XgboostBinary,
    Lightgbm,
    Catboost,
    Safetensors,
    Gguf,
    SavedModel,
    /// The `MLmodel` file of a model folder.
    Mlflow,
    Zip,
    Tar,
    SevenZip,
    Gzip,
    Zlib,
    Bzip2,
    Xz,
    Lzma,
    Zstandard,
    Lz4,
    /// None of these.
    Unknown,
}

impl ArtefactFormat {
    /// Its name in output: `torch`, `xgboost-json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pickle => "pickle",
            Self::Joblib => "joblib",
            Self::Torch => "torch",
            Self::TorchLegacy => "torch-legacy",
            Self::TorchScript => "torchscript",
            Self::Numpy => "numpy",
            Self::NumpyArchive => "numpy-archive",
            Self::Keras => "keras",
            Self::Hdf5 => "hdf5",
            Self::Onnx => "onnx",
            Self::XgboostJson => "xgboost-json",
            Self::XgboostUbjson => "xgboost-ubjson",
            Self::XgboostBinary => "xgboost-binary",
            Self::Lightgbm => "lightgbm",
            Self::Catboost => "catboost",
            Self::Safetensors => "safetensors",
            Self::Gguf => "gguf",
            Self::SavedModel => "saved-model",
            Self::Mlflow => "mlflow",
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::SevenZip => "7z",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lzma => "lzma",
            Self::Zstandard => "zstd",
            Self::Lz4 => "lz4",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for ArtefactFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A place within a model file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Within {
    /// The files that lie in one another, outermost first; empty for the file itself.
    pub members: Vec<String>,
    /// The byte in the innermost of them, from 0; absent where it concerns all of it.
    pub offset: Option<u64>,
}

/// `archive/data.pkl at byte 12`, `inner.zip!data.pkl`; nothing for a whole file.
impl fmt::Display for Within {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.members.join("!"))?;
        match self.offset {
            Some(offset) if self.members.is_empty() => write!(formatter, "byte {offset}"),
            Some(offset) => write!(formatter, " at byte {offset}"),
            None => Ok(()),
        }
    }
}

/// A library that wrote a file, as far as the file says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Writer {
    /// Its name on PyPI, normalised: `scikit-learn`.
    pub library: String,
    /// Its version.
    pub version: WriterVersion,
    /// What says so: `_sklearn_version`, `module numpy._core`.
    pub evidence: String,
    /// Where.
    pub at: Within,
}

/// How much is known of a library's version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriterVersion {
    /// All of it: `1.5.2`.
    Exact(String),
    /// The major version: `2` for `2.x`.
    Major(u64),
    /// The file does not say.
    Unknown,
}

impl fmt::Display for WriterVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(version) => formatter.write_str(version),
            Self::Major(major) => write!(formatter, "{major}.x"),
            Self::Unknown => formatter.write_str("unknown"),
        }
    }
}

/// Something that loading a file would import.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The module: `sklearn.linear_model._logistic`.
    pub module: String,
    /// The name in it, which may have dots.
    pub name: String,
    /// What is done with it.
    pub usage: ImportUsage,
    /// Where it is imported first.
    pub at: Within,
}

/// What loading does with what it imports; the strongest is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImportUsage {
    /// It is imported, which runs its module.
    Imported,
    /// An object of it is made without calling its constructor (`NEWOBJ`).
    Instantiated,
    /// It is called.
    Called,
}

impl ImportUsage {
    /// Its name in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Instantiated => "instantiated",
            Self::Called => "called",
        }
    }
}

/// The tensors of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tensors {
    /// How many there are.
    pub count: u64,
    /// Their bytes, together.
    pub bytes: u64,
    /// How many there are of each element type, by the format's name for it.
    pub types: BTreeMap<String, u64>,
    /// The first of them.
    pub first: Vec<Tensor>,
}

/// One tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// The type of its elements, by the format's name for it.
    pub element: String,
    /// Its length in each dimension.
    pub shape: Vec<u64>,
}

/// A file in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The files around it, and its own name.
    pub within: Vec<String>,
    /// What it is.
    pub format: ArtefactFormat,
    /// Its size in bytes, expanded.
    pub size: u64,
}

/// Something dangerous in a file, apart from imports that can be named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hazard {
    /// What.
    pub kind: HazardKind,
    /// Where.
    pub at: Within,
}

/// The kinds of dangerous things.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum HazardKind {
    /// A pickle imports something whose name is made while it is loaded.
    UnresolvedImport {
        /// What is known of it, in a few words.
        what: String,
    },
    /// A pickle imports something by a number in the process's extension registry.
    ExtensionCode {
        /// The number.
        code: u32,
    },
    /// A pickle changes something that it imported: a module, a class.
    Alteration {
        /// What it changes, in a few words.
        what: String,
    },
    /// An archive describes itself in two ways that differ: loaders and scanners may see two files.
    Disagreement {
        /// What differs, in one line.
        what: String,
    },
    /// A path leaves the directory that it belongs to.
    EscapingPath {
        /// The path.
        path: String,
        /// What it is of: `entry`, `link`, `external data`.
        of: &'static str,
    },
    /// Code in a model's layers.
    Code {
        /// The layer, or what holds the code.
        holder: String,
        /// What kind of code: `Lambda layer`, `custom object`.
        what: String,
    },
    /// A graph reads or writes files, or starts something, when it runs.
    Operation {
        /// The operation's name: `WriteFile`.
        operation: String,
    },
    /// A template reaches out of its sandbox.
    Template {
        /// The metadata's key.
        key: String,
        /// The part of it that does.
        what: String,
    },
    /// The same bytes are a file of another format as well: which one is loaded is for the loader.
    Appended {
        /// What it is.
        format: ArtefactFormat,
    },
}

/// A part of a file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadPart {
    /// Where reading ended.
    pub at: Within,
    /// Why.
    pub reason: UnreadReason,
}

/// Why a part could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnreadReason {
    /// Its bytes are not what its format asks for; what is wrong, in one line.
    Malformed(String),
    /// It ends too early.
    Truncated,
    /// It is encrypted.
    Encrypted,
    /// Reading it would cost more than is admitted; which limit, in one line.
    Limit(String),
    /// It uses something that is not known here; what, in one line.
    Unsupported(String),
    /// The machine could not read it.
    Io(String),
}

impl fmt::Display for UnreadReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) | Self::Limit(what) | Self::Unsupported(what) => {
                formatter.write_str(what)
            }
            Self::Truncated => formatter.write_str("it ends too early"),
            Self::Encrypted => formatter.write_str("it is encrypted"),
            Self::Io(what) => write!(formatter, "it cannot be read: {what}"),
        }
    }
}
