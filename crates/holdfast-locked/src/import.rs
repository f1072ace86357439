//! Making a lock of ours of one that another tool wrote: pure conversion, in three steps.
//!
//! [`take()`] chooses what is taken and says of each package when it is installed; [`complete()`] adds
//! names, addresses and times of files that only an index knows; [`describe()`] adds licences and edges
//! from the wheels' metadata. Versions never change. [`obstacles()`] tells what the standard cannot hold.

mod complete;
mod describe;
mod markers;
mod obstacles;
mod take;

pub use complete::{Completion, Listing, complete, lacks};
pub use describe::{Description, describe, representative};
pub use obstacles::{Obstacle, obstacles};
pub use take::{Condition, MAIN, Take, TakeError, Taken, take};

#[cfg(test)]
mod tests;
