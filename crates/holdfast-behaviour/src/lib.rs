//! What a model answers: tables of data, golden predictions and their comparison, bisection of a
//! change, and the statistics of drift.
//!
//! Everything here is computed from bytes and values that it is given: nothing is run, no network is
//! touched, no clock and no environment variable is read, and nothing is judged.

pub mod bisection;
pub mod comparison;
pub mod drift;
pub mod golden;
pub mod stream;
pub mod table;
mod value;

pub use value::{Value, ValueError};
