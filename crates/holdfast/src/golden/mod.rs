//! Golden sets: where the model runs, and on what.
//!
//! What is compared and searched is for `holdfast-behaviour`, what is run for `holdfast-runner`; here
//! they meet the project, the cache and uv.

mod files;
mod laboratory;
mod machine;
mod model;
mod place;
mod set;
mod workshop;

pub(crate) use files::{digest_of, records};
pub(crate) use laboratory::{Bench, Laboratory};
pub(crate) use machine::{available_memory, machine};
pub(crate) use model::{Answers, Model, named};
pub(crate) use place::{Ready, Surroundings, Where, reach, read, ready};
pub(crate) use set::{load, path as set_path, save};
pub(crate) use workshop::Workshop;
