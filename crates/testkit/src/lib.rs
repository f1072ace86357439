//! Fakes and material for tests; never part of the product.
//!
//! Tests may use inputs that nobody here wrote, from `../shared` beside the project. Where those are
//! absent a test skips and says so; with `CI=true` it fails instead.

mod index;
mod material;

pub use index::{
    FakeFile, FakeIndex, FakeIndexOptions, FakeProject, FakeRelease, FakeRequest, Fault,
    PageFormat, recorded,
};
pub use material::{corpus, shared};
