//! Locks made by the tools themselves: read, found fresh, found stale after one requirement has
//! changed, and still fresh after a comment has.
//!
//! These need the network: the tools come from PyPI at the versions in [`tools`], once for all runs,
//! and lock small projects there and on npm. Where the index cannot be reached they skip and say so;
//! with `CI=true` they fail.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::too_many_lines,
    clippy::wildcard_enum_match_arm,
    reason = "in tests, helpers included, a panic is the way to fail; and a table is as long as it is"
)]

mod conda_lock;
mod npm;
mod pdm;
mod pip_tools;
mod pipenv;
mod poetry;
mod project;
mod tools;
mod uv;
