//! The one door to the outside: package indexes and advisory feeds, cached.
//!
//! Everything that crosses the network does so here, with retries, limits and hash checks; nothing
//! here judges what came in. No environment variable and no clock is read: settings and the time are
//! passed in.

mod address;
mod cache;
mod digest;
mod error;
mod feed;
mod filename;
mod http;
mod index;
mod metadata;
mod page;
mod parallel;
mod routing;

pub use address::without_credentials;
pub use cache::{Cache, Cleaned};
pub use error::SourceError;
pub use feed::{FeedFile, Known, Refreshed, refresh_feed};
pub use http::{ByteRange, Fetch, FetchError, Http, HttpSettings, Proxies, Request, Response};
pub use index::{IndexClient, IndexFile, ListedFile, ListedRelease, Reach};
pub use metadata::{Verification, WheelRef};
pub use routing::{IndexRouting, IndexesOf};
