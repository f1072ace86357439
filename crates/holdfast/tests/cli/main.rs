//! The program as people run it: real processes, a real solver and a fake package index.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "in tests, helpers included, a panic is the way to fail; and they start processes"
)]

mod support;

mod bad_arguments;
mod bad_files;
mod bad_formats;
mod bad_index;
mod capture;
mod drift_stream;
mod drift_tables;
mod elsewhere;
mod every_lock;
mod export;
mod formats;
mod fresh_locks;
mod golden_bisect;
mod golden_compare;
mod golden_contained;
mod golden_record;
mod help;
mod hooks;
mod import;
mod killed;
mod lock_again;
mod lock_choice;
mod lock_conflict;
mod lock_environments;
mod lock_indexes;
mod lock_modes;
mod lock_policy;
mod lock_sources;
mod model;
mod model_corpus;
mod model_files;
mod oracle;
mod real_golden;
mod real_index;
mod real_models;
mod reports;
mod rule_examples;
mod verify;
