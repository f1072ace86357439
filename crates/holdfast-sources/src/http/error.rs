//! Why something could not be fetched, and what a person can do about it.

use std::error::Error;
use std::path::PathBuf;

/// Why something could not be fetched. Addresses are shown without credentials.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The text is no address that can be asked.
    #[error("cannot fetch `{url}`: {reason}")]
    Address {
        /// The text.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Plain HTTP to a host that nobody said to trust.
    #[error("cannot fetch `{url}`: it is not encrypted, and `{host}` is not a trusted host")]
    NotEncrypted {
        /// The address.
        url: String,
        /// Its host.
        host: String,
    },
    /// No connection, or it broke off.
    #[error("cannot fetch `{url}`: {reason}")]
    Connection {
        /// The address.
        url: String,
        /// What happened, with the number of tries.
        reason: String,
        /// The cause.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// Nothing came in time.
    #[error("cannot fetch `{url}`: no answer in time ({reason})")]
    Timeout {
        /// The address.
        url: String,
        /// Which limit was hit, with the number of tries.
        reason: String,
    },
    /// The server's certificate is not trusted.
    #[error("cannot fetch `{url}`: its certificate is not trusted: {reason}")]
    Certificate {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file with certificates cannot be used.
    #[error("cannot read certificates from `{}`: {reason}", path.display())]
    CertificateFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The proxy refuses, or its address is wrong.
    #[error("cannot fetch `{url}` through the proxy `{proxy}`: {reason}")]
    Proxy {
        /// The address.
        url: String,
        /// The proxy, without credentials.
        proxy: String,
        /// What happened.
        reason: String,
    },
    /// 401 or 403.
    #[error("cannot fetch `{url}`: the server answers {status}: {reason}")]
    NotAllowed {
        /// The address.
        url: String,
        /// The status.
        status: u16,
        /// Whether credentials were sent, and where they were looked for.
        reason: String,
    },
    /// Another status that is no success.
    #[error("cannot fetch `{url}`: the server answers {status}{detail}")]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
        /// The number of tries and the like, or nothing.
        detail: String,
    },
    /// Redirected in circles, or from an encrypted address to a plain one.
    #[error("cannot fetch `{url}`: {reason}")]
    Redirect {
        /// The address that was asked first.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// More bytes than expected.
    #[error("cannot fetch `{url}`: it is larger than {limit} bytes")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// The bytes cannot be written down.
    #[error("cannot write what `{url}` answers")]
    Write {
        /// The address.
        url: String,
        /// Why not.
        source: std::io::Error,
    },
}

impl FetchError {
    /// What a person can do about it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::Address { .. } => "correct the address in the configuration",
            Self::NotEncrypted { .. } => {
                "use an `https` address, or name the host as a trusted host"
            }
            Self::Connection { .. } => {
                "check the address, the network and the proxy, or go without with `--offline`"
            }
            Self::Timeout { .. } => "try again, check the proxy, or go without with `--offline`",
            Self::Certificate { .. } => {
                "name the file with your organisation's certificates (`SSL_CERT_FILE`, or `cert` in pip.conf), \
                 or name the host as a trusted host"
            }
            Self::CertificateFile { .. } => "name a file with PEM certificates",
            Self::Proxy { .. } => {
                "correct the proxy (`HTTPS_PROXY`, `HTTP_PROXY`, or `proxy` in pip.conf), \
                 or except the host with `NO_PROXY`"
            }
            Self::NotAllowed { .. } => {
                "put credentials into the netrc file, the environment or the index's address"
            }
            Self::Status { status: 404, .. } => "check the address of the index",
            Self::Status { .. } => "try again later, or ask whoever runs the server",
            Self::Redirect { .. } => "name the final address in the configuration",
            Self::TooLarge { .. } => "check that the address is the right one",
            Self::Write { .. } => {
                "make room on the disk, or move the cache with `HOLDFAST_CACHE_DIR`"
            }
        }
    }

    /// The status, where a server answered with one that is no success.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } | Self::NotAllowed { status, .. } => Some(*status),
            Self::Address { .. }
            | Self::NotEncrypted { .. }
            | Self::Connection { .. }
            | Self::Timeout { .. }
            | Self::Certificate { .. }
            | Self::CertificateFile { .. }
            | Self::Proxy { .. }
            | Self::Redirect { .. }
            | Self::TooLarge { .. }
            | Self::Write { .. } => None,
        }
    }
}
