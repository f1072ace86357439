//! HTTP: one request, as reliably as the network allows.
//!
//! Here live certificates, proxies, credentials, retries, redirects and size limits; nobody else in
//! the workspace opens a connection. What an answer means is the caller's business.

mod agents;
mod answer;
mod client;
mod credentials;
mod error;
mod failure;
mod netrc;
mod proxies;
mod retry;
mod settings;

pub use client::Http;
pub use error::FetchError;
pub use proxies::Proxies;
pub use settings::HttpSettings;

/// Whoever can fetch: the network, or a fake.
pub trait Fetch: Send + Sync {
    /// Fetches into memory, at most `request.limit_bytes`.
    ///
    /// Answers 200, 206 and 304 are a [`Response`]; every other status is an error.
    fn fetch(&self, request: &Request) -> Result<Response, FetchError>;

    /// Fetches into a file, which is emptied first, at most `request.limit_bytes`; the response's
    /// body is empty.
    fn download(&self, request: &Request, file: &mut fs_err::File) -> Result<Response, FetchError>;
}

/// Which part of a file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// The last so many bytes.
    Last(u64),
    /// From the first to before the second offset.
    Between(u64, u64),
}

/// What to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The address; credentials in it are used and never shown.
    pub url: String,
    /// The `Accept` header.
    pub accept: String,
    /// Ask for a part only. The server may answer with the whole.
    pub range: Option<ByteRange>,
    /// Answer 304 where the content still has this `ETag`.
    pub if_none_match: Option<String>,
    /// Answer 304 where the content has not changed since this `Last-Modified`.
    pub if_modified_since: Option<String>,
    /// More than this many bytes, after decompression, are an error.
    pub limit_bytes: u64,
}

impl Request {
    /// A plain request for at most `limit_bytes`.
    pub fn new(url: impl Into<String>, limit_bytes: u64) -> Self {
        Self {
            url: url.into(),
            accept: "*/*".to_owned(),
            range: None,
            if_none_match: None,
            if_modified_since: None,
            limit_bytes,
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// 200, 206 or 304.
    pub status: u16,
    /// The address that answered in the end, with the query and without credentials.
    pub url: String,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Last-Modified` header.
    pub last_modified: Option<String>,
    /// The size of the whole file, as `Content-Range` says; for status 206.
    pub whole_length: Option<u64>,
    /// The bytes, decompressed.
    pub body: Vec<u8>,
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_connections;
