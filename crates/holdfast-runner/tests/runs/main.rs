//! Real runs of real interpreters, contained by real kernels.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what surrounds a test may fail it"
)]

mod functions;
mod scripts;
mod support;
mod walls;
