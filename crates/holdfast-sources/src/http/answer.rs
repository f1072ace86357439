//! What a server answers, and the reading of its body.

use std::io::{Read, Seek, Write};

use url::Url;

use crate::address::Origin;

use super::failure::{Failure, failed};
use super::{FetchError, Request, Response};

/// The HTTP library's answer.
pub(super) type Answer = ureq::http::Response<ureq::Body>;

/// Where the body goes.
pub(super) enum Sink<'a> {
    /// Into memory.
    Memory(&'a mut Vec<u8>),
    /// Into a file.
    File(&'a mut fs_err::File),
}

/// One step of a chain of redirects.
pub(super) struct Step<'a> {
    pub(super) request: &'a Request,
    /// The address that a person or an index gave.
    pub(super) asked: &'a Url,
    /// The address of this step.
    pub(super) url: Url,
    /// The same, fit for messages.
    pub(super) shown: String,
}

/// A header's value, where it is text.
pub(super) fn header(answer: &Answer, name: &str) -> Option<String> {
    answer
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// The response without its body.
pub(super) fn response(step: &Step<'_>, answer: &Answer) -> Response {
    let whole_length = header(answer, "content-range")
        .and_then(|range| range.rsplit_once('/')?.1.trim().parse().ok());
    let mut url = step.url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Response {
        status: answer.status().as_u16(),
        url: url.to_string(),
        content_type: header(answer, "content-type"),
        etag: header(answer, "etag"),
        last_modified: header(answer, "last-modified"),
        whole_length,
        body: Vec::new(),
    }
}

/// Reads the body into the sink, from its start: an earlier try may have left half of it there.
pub(super) fn receive(
    step: &Step<'_>,
    answer: &mut Answer,
    sink: &mut Sink<'_>,
) -> Result<Response, Failure> {
    let received = response(step, answer);
    let limit = step.request.limit_bytes;
    let too_large = || FetchError::TooLarge {
        url: step.shown.clone(),
        limit,
    };
    if answer
        .body()
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Err(too_large().into());
    }
    let cannot_write = |source| FetchError::Write {
        url: step.shown.clone(),
        source,
    };
    match sink {
        Sink::Memory(bytes) => bytes.clear(),
        Sink::File(file) => file
            .set_len(0)
            .and_then(|()| file.rewind())
            .map_err(cannot_write)?,
    }
    let mut reader = answer.body_mut().as_reader();
    let mut buffer = vec![0; 64 * 1024];
    let mut total = 0_u64;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let mut failure = failed(error.into(), step, &Origin::of(&step.url), None);
                // it was reached, after all
                failure.unreachable = None;
                return Err(failure);
            }
        };
        total += count as u64;
        if total > limit {
            return Err(too_large().into());
        }
        let bytes = buffer.get(..count).unwrap_or_default();
        match sink {
            Sink::Memory(memory) => memory.extend_from_slice(bytes),
            Sink::File(file) => file.write_all(bytes).map_err(cannot_write)?,
        }
    }
    Ok(received)
}
