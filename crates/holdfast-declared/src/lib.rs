//! Reads what people wrote: manifests, foreign lockfiles and index configuration, into the nouns of
//! [`holdfast_model`], each with the place where it is written.
//!
//! [`recognise`] says which format a file has, [`read`] reads it, through [`Files`], so that a
//! directory, an archive or a revision in git can all be read. Every reader is total: on any bytes it
//! answers a [`Reading`] or a [`ReadError`] with file, line, column and, where there is one, a fix.
//!
//! This crate does not touch the network, reads no environment variable, runs nothing and judges
//! nothing. What cannot be told without one of these is kept as [`holdfast_model::Unread`].

mod bentoml;
mod conda;
mod context;
mod credentials;
mod decode;
mod digest;
mod document;
mod error;
mod files;
mod format;
mod freshness;
mod ini;
mod limits;
mod lines;
mod locks;
mod mlflow;
mod npm;
mod pep508;
mod pip_conf;
mod pipfile;
mod pixi;
mod pyproject;
mod python_version;
mod reading;
mod requirements;
mod role;
mod setuptools;
mod suggest;
mod truss;

pub use credentials::strip_credentials;
pub use decode::{SIZE_LIMIT, decode};
pub use digest::{DigestInputs, digest};
pub use error::ReadError;
pub use files::{Files, FilesError, MemoryFiles, ProjectFiles, join};
pub use format::{Format, recognise};
pub use freshness::{LockInputs, freshness};
pub use lines::LineIndex;
pub use locks::conditions::{Condition, Conditions, conditions};
pub use pip_conf::{PipSettings, Setting, read_pip_conf};
pub use pyproject::{PyprojectSelection, read_pyproject};
pub use reading::{Reading, read};
pub use requirements::requirement_line;
