//! What a failed try means: to the client, which may try again, and to a person.

use std::io::ErrorKind;

use crate::address::{Origin, without_credentials};

use super::FetchError;
use super::answer::Step;

/// One failed try.
pub(super) struct Failure {
    /// What went wrong.
    pub(super) error: Box<FetchError>,
    /// Whether another try may end better.
    pub(super) passing: bool,
    /// The `Retry-After` header, in seconds.
    pub(super) retry_after: Option<u64>,
    /// The server that could not be reached at all.
    pub(super) unreachable: Option<Origin>,
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self {
            error: Box::new(error),
            passing: false,
            retry_after: None,
            unreachable: None,
        }
    }
}

/// What a failure of the HTTP library means.
pub(super) fn failed(
    error: ureq::Error,
    step: &Step<'_>,
    origin: &Origin,
    proxy: Option<&str>,
) -> Failure {
    let url = step.shown.clone();
    let text = error.to_string();
    let proxy = proxy.map(without_credentials);
    // the TLS library's error arrives wrapped, and only its text tells
    if text.contains("certificate") {
        let reason = text
            .rsplit_once("invalid peer certificate: ")
            .map_or(text.as_str(), |(_, reason)| reason)
            .to_owned();
        return FetchError::Certificate { url, reason }.into();
    }
    if let ureq::Error::ConnectProxyFailed(reason) = error {
        let proxy = proxy.unwrap_or_default();
        return FetchError::Proxy { url, proxy, reason }.into();
    }
    if matches!(error, ureq::Error::BadUri(_) | ureq::Error::Http(_)) {
        return FetchError::Address { url, reason: text }.into();
    }
    let error = if let ureq::Error::Timeout(limit) = error {
        let reason = limit.to_string();
        FetchError::Timeout { url, reason }
    } else {
        let mut reason = what_happened(&error, origin);
        if let Some(proxy) = proxy {
            reason = format!("{reason}, through the proxy `{proxy}`");
        }
        let source = Some(error.into());
        FetchError::Connection {
            url,
            reason,
            source,
        }
    };
    Failure {
        error: Box::new(error),
        passing: true,
        retry_after: None,
        unreachable: Some(origin.clone()),
    }
}

/// Adds to an error how often it was tried, and what the server asks for.
pub(super) fn with_tries(
    mut error: FetchError,
    tries: u32,
    retry_after: Option<u64>,
) -> FetchError {
    let times = match tries {
        1 => String::new(),
        tries => format!(" ({tries} tries)"),
    };
    if let FetchError::Connection { reason, .. } | FetchError::Timeout { reason, .. } = &mut error {
        reason.push_str(&times);
    }
    if let FetchError::Status { detail, .. } = &mut error {
        if let Some(seconds) = retry_after {
            *detail = format!(", come back in {seconds} seconds");
        }
        detail.push_str(&times);
    }
    error
}

fn what_happened(error: &ureq::Error, origin: &Origin) -> String {
    if matches!(error, ureq::Error::HostNotFound) {
        return format!("no host `{}` is known", origin.host());
    }
    if let ureq::Error::Io(error) = error {
        let kind = error.kind();
        if kind == ErrorKind::ConnectionRefused {
            return "the connection was refused".to_owned();
        }
        let broken = [
            ErrorKind::UnexpectedEof,
            ErrorKind::ConnectionReset,
            ErrorKind::ConnectionAborted,
            ErrorKind::BrokenPipe,
        ];
        if broken.contains(&kind) {
            return "the connection broke off".to_owned();
        }
        return format!("the connection failed: {error}");
    }
    format!("the connection failed: {error}")
}
