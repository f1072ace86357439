//! A wheel on a server, read where it is by range requests.
//!
//! A zip file's directory is at its end, and a well-made wheel has its metadata right before it, so
//! that one request often brings both.

use std::io::{Error, Read, Result, Seek, SeekFrom};

use crate::http::ByteRange;
use crate::{Fetch, FetchError, Request};

/// The first request, from the file's end, in bytes.
const TAIL: u64 = 64 * 1024;
/// No request asks for more, in bytes.
const LARGEST_PART: u64 = 4 << 20;
/// The directory of the largest wheels has some megabytes; more than this is an attack.
const BUDGET: u64 = 32 << 20;

/// What a server answers to the first range request.
pub(super) enum Remote<'a> {
    /// The whole file: it has no ranges, and the file is small.
    Whole(Vec<u8>),
    /// Parts, as asked.
    Parts(RemoteWheel<'a>),
}

/// A file that is fetched as it is read.
pub(super) struct RemoteWheel<'a> {
    fetch: &'a dyn Fetch,
    url: String,
    length: u64,
    position: u64,
    /// Parts by their offset; they do not overlap and are few.
    parts: Vec<(u64, Vec<u8>)>,
    next_size: u64,
    spent: u64,
    failure: Option<FetchError>,
}

impl<'a> Remote<'a> {
    /// Asks for the end of a file.
    pub(super) fn open(fetch: &'a dyn Fetch, url: &str) -> std::result::Result<Self, FetchError> {
        let mut request = Request::new(url, LARGEST_PART);
        request.range = Some(ByteRange::Last(TAIL));
        let response = fetch.fetch(&request)?;
        let length = match (response.status, response.whole_length) {
            (206, Some(length)) if length >= response.body.len() as u64 => length,
            (206, _) => {
                // a part of who knows what: as if there were no ranges
                return Err(FetchError::Status {
                    url: crate::without_credentials(url),
                    status: 206,
                    detail: " without a `Content-Range`".to_owned(),
                });
            }
            _ => return Ok(Self::Whole(response.body)),
        };
        let start = length - response.body.len() as u64;
        Ok(Self::Parts(RemoteWheel {
            fetch,
            url: url.to_owned(),
            length,
            position: 0,
            spent: response.body.len() as u64,
            parts: vec![(start, response.body)],
            next_size: TAIL,
            failure: None,
        }))
    }
}

impl RemoteWheel<'_> {
    /// The size of the whole file.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Why reading failed, where it was the network.
    pub(super) fn failure(self) -> Option<FetchError> {
        self.failure
    }

    /// The bytes that are there from the current position on.
    fn at_hand(&self) -> Option<&[u8]> {
        self.parts.iter().find_map(|(start, bytes)| {
            let offset = usize::try_from(self.position.checked_sub(*start)?).ok()?;
            bytes.get(offset..).filter(|rest| !rest.is_empty())
        })
    }

    /// Fetches from the current position to the next part that is there, or a good piece of it.
    fn fetch_part(&mut self) -> Result<()> {
        let next_known = self
            .parts
            .iter()
            .map(|(start, _)| *start)
            .filter(|start| *start > self.position)
            .min()
            .unwrap_or(self.length);
        let end = next_known.min(self.position.saturating_add(self.next_size));
        // a directory is read from its start to its end: each piece larger than the one before
        self.next_size = (self.next_size * 2).min(LARGEST_PART);
        self.spent += end - self.position;
        if self.spent > BUDGET {
            return Err(Error::other("its directory is too large"));
        }
        let mut request = Request::new(self.url.clone(), LARGEST_PART);
        request.range = Some(ByteRange::Between(self.position, end));
        let response = match self.fetch.fetch(&request) {
            Ok(response) => response,
            Err(failure) => {
                let text = failure.to_string();
                self.failure = Some(failure);
                return Err(Error::other(text));
            }
        };
        let is_as_asked = response.status == 206
            && response.whole_length == Some(self.length)
            && response.body.len() as u64 == end - self.position;
        if !is_as_asked {
            return Err(Error::other("the server answers another range than asked"));
        }
        self.parts.push((self.position, response.body));
        Ok(())
    }
}

impl Read for RemoteWheel<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() || self.position >= self.length {
            return Ok(0);
        }
        if self.at_hand().is_none() {
            self.fetch_part()?;
        }
        let mut rest = self.at_hand().unwrap_or_default();
        let count = rest.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for RemoteWheel<'_> {
    fn seek(&mut self, target: SeekFrom) -> Result<u64> {
        let position = match target {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position =
            position.ok_or_else(|| Error::other("a position before the start of the file"))?;
        Ok(self.position)
    }
}
