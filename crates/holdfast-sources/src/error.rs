//! Why an index or a feed could not tell what was asked.

use std::path::PathBuf;

use holdfast_model::{MetadataError, PackageId};

use crate::FetchError;

/// Why an index or a feed could not tell what was asked.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The network failed, or the server refused.
    #[error("cannot look up `{subject}`")]
    Fetch {
        /// What was looked up: a package's or a file's name.
        subject: String,
        /// Why not.
        source: FetchError,
    },
    /// Offline, and nothing is cached.
    #[error("cannot look up `{subject}` offline: it is not in the cache")]
    NotCached {
        /// What was looked up.
        subject: String,
    },
    /// No index has the project.
    #[error("there is no project `{package}` on {}", listed(places))]
    NoSuchProject {
        /// The project.
        package: PackageId,
        /// The indexes that were asked, without credentials.
        places: Vec<String>,
    },
    /// The project has no such file.
    #[error("`{index}` has no file `{file}`")]
    NoSuchFile {
        /// The index, without credentials.
        index: String,
        /// The file's name.
        file: String,
    },
    /// No index may have the package.
    #[error("there is no index for `{0}`")]
    NoIndex(String),
    /// The answer is no page of an index.
    #[error("cannot read what `{url}` answers: {reason}")]
    NotAPage {
        /// The page, without credentials.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A directory of files cannot be listed.
    #[error("cannot list the files in `{}`", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The bytes are not those that were announced.
    #[error("`{url}` is not the file that was announced: expected {expected}, found {found}")]
    Mismatch {
        /// The file, without credentials.
        url: String,
        /// The hash or size that was announced.
        expected: String,
        /// What came.
        found: String,
    },
    /// The file is no wheel that can be read.
    #[error("cannot read the wheel `{url}`: {reason}")]
    NotAWheel {
        /// The file, without credentials.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The wheel's metadata says too little.
    #[error("cannot read the metadata of `{url}`")]
    Metadata {
        /// The file, without credentials.
        url: String,
        /// What is wrong with it.
        source: MetadataError,
    },
    /// The wheel's metadata is of another package or version than its name.
    #[error("the metadata of `{url}` is of `{found}`")]
    OtherPackage {
        /// The file, without credentials.
        url: String,
        /// Name and version in the metadata.
        found: String,
    },
    /// Something cannot be written on this machine.
    #[error("cannot keep `{subject}` on this machine")]
    Write {
        /// What.
        subject: String,
        /// Why not.
        source: std::io::Error,
    },
}

impl SourceError {
    /// What a person can do about it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::Fetch { source, .. } => source.fix(),
            Self::NotCached { .. } => "run once without `--offline`",
            Self::NoSuchProject { .. } => {
                "correct the name, or name the index that has it under `[indexes]`"
            }
            Self::NoIndex(_) => "name an index under `[indexes]`",
            Self::NoSuchFile { .. } => "check that the index mirrors the whole of its upstream",
            Self::NotAPage { .. } => {
                "check the address of the index, which usually ends in `/simple`, and whether a \
                 log-in or a proxy stands in between"
            }
            Self::Directory { .. } => "correct the path of `find-links`",
            Self::Mismatch { .. } => {
                "do not use the file; tell whoever runs the index, or clean a cache in between"
            }
            Self::NotAWheel { .. } | Self::Metadata { .. } | Self::OtherPackage { .. } => {
                "exclude this version, and tell whoever publishes the package"
            }
            Self::Write { .. } => {
                "make room on the disk, or move the cache with `HOLDFAST_CACHE_DIR`"
            }
        }
    }
}

fn listed(places: &[String]) -> String {
    if places.is_empty() {
        return "any index".to_owned();
    }
    places
        .iter()
        .map(|place| format!("`{place}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
