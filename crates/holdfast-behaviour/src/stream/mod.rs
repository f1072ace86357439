//! Detectors of drift in a stream of values: Page–Hinkley, ADWIN, DDM and EDDM.
//!
//! A [`Monitor`] takes values one by one, counts what its [`Detector`] signals, and is kept between
//! runs as a [`StreamState`], from which it goes on as if it had never stopped. [`LineReader`] makes
//! values of the lines of a file or a pipe.
//!
//! All of it is pure and total: no value, no line and no saved state makes it panic, and none makes it
//! hold more than the longest line and a window's buckets.

mod adwin;
mod ddm;
mod detector;
mod eddm;
mod lines;
mod monitor;
mod page_hinkley;
mod parameters;
mod state;

pub use adwin::AdwinParameters;
pub use ddm::DdmParameters;
pub use detector::{Detector, DetectorKind, Signal};
pub use eddm::EddmParameters;
pub use lines::{Bits, Layout, LineError, LineReader, StreamError};
pub use monitor::{Counts, Monitor};
pub use page_hinkley::{Direction, PageHinkleyParameters};
pub use parameters::{Parameter, ParameterError, ParameterValue, Parameters};
pub use state::{Source, StateError, StreamState};

#[cfg(test)]
mod tests;
