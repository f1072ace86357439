//! Finds a project's files, reads `holdfast.toml` and gathers the facts.
//!
//! Touches no network, reads no clock and no environment variable, and judges nothing.

mod artefacts;
mod config;
mod configured;
mod discover;
mod found;
mod gather;
mod init;
mod inventory;
mod knowledge;
mod model_files;
mod parts;
mod project;
mod unreadable;

pub use artefacts::{ArtefactRecords, Artefacts, artefact_records};
pub use config::{
    AdvisorySource, Config, ConfigError, ConfigErrors, ConfigFile, ConfiguredArtefact, Environment,
    Index, KnowledgeSettings, PythonChoice, PythonChoiceError, Written, config_schema,
};
pub use configured::{declarations_digest, environment_declared};
pub use discover::{Discovered, Discovery, FileKind, discover};
pub use gather::{
    GatherOptions, gather, gather_each, gather_installed, gather_path, gather_path_each, root_of,
};
pub use init::{InitError, InitOutcome, init, propose};
pub use inventory::inventory;
pub use model_files::{Hashing, model_files, model_stream};
pub use project::{Project, ProjectError, open};
