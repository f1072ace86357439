//! What can go wrong with an index.

use std::time::Duration;

/// A fault that the index shows for some path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Answers this status, always.
    Status(u16),
    /// Answers this status so many times, then as if nothing were wrong.
    StatusTimes {
        /// The status, e.g. 500.
        status: u16,
        /// How many times.
        times: u32,
        /// Sent as `Retry-After`, in seconds.
        retry_after: Option<u64>,
    },
    /// Answers 200 with these bytes, typed as the true answer would be.
    Body(Vec<u8>),
    /// Closes the connection without an answer, so many times.
    Close {
        /// How many times.
        times: u32,
    },
    /// Announces the whole body, sends half of it and closes the connection, so many times.
    Truncate {
        /// How many times.
        times: u32,
    },
    /// Waits before it answers.
    Slow(Duration),
    /// Answers without `Content-Length` and never stops sending.
    Endless,
}

impl Fault {
    /// Bytes that are neither HTML nor JSON nor a zip.
    pub fn garbage() -> Self {
        Self::Body(b"\x00\xff\xfe<<<{]}not what you asked for\x80\x81".to_vec())
    }

    /// Uses the fault once; false where it is used up.
    pub(crate) fn take(&mut self) -> bool {
        match self {
            Self::StatusTimes { times, .. } | Self::Close { times } | Self::Truncate { times } => {
                let left = *times > 0;
                *times = times.saturating_sub(1);
                left
            }
            Self::Status(_) | Self::Body(_) | Self::Slow(_) | Self::Endless => true,
        }
    }
}
