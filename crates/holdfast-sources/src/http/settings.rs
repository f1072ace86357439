//! What a person may say about the network.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::Proxies;

/// How to reach the network. Nothing here is read from the environment: the caller does that.
#[derive(Clone)]
pub struct HttpSettings {
    /// PEM files with certificates to trust, besides the system's.
    pub certificates: Vec<PathBuf>,
    /// Proxies, by the scheme of the address that is asked for.
    pub proxies: Proxies,
    /// Sent as `User-Agent`.
    pub user_agent: String,
    /// A netrc file; one that does not exist is none.
    pub netrc: Option<PathBuf>,
    /// User name and password, by host (`pypi.example.org`, `…:8080`) or by the beginning of an
    /// address (`https://example.org/team/`). The longest that fits counts.
    pub credentials: BTreeMap<String, (String, String)>,
    /// Hosts, with or without a port, that may be asked without encryption or with a certificate
    /// that nobody vouches for.
    pub trusted_hosts: Vec<String>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for the next bytes.
    pub timeout: Duration,
    /// How many times to try again after a failure that may pass.
    pub retries: u32,
    /// How long to wait before the first retry; each further one waits twice as long.
    pub backoff: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            certificates: Vec::new(),
            proxies: Proxies::default(),
            user_agent: format!("holdfast/{}", env!("CARGO_PKG_VERSION")),
            netrc: None,
            credentials: BTreeMap::new(),
            trusted_hosts: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            retries: 3,
            backoff: Duration::from_millis(500),
        }
    }
}

impl HttpSettings {
    /// Keeps the credentials of an address (`https://user:password@host/simple`) for every file of
    /// the same server, since indexes name their files without them.
    ///
    /// An address without credentials, or credentials that were given before, change nothing.
    pub fn remember_credentials(&mut self, address: &str) {
        let Ok(url) = Url::parse(address) else { return };
        let Some((user, password)) = super::credentials::user_information(&url) else {
            return;
        };
        let Some(host) = url.host_str() else { return };
        let port = url
            .port_or_known_default()
            .map_or_else(String::new, |port| format!(":{port}"));
        self.credentials
            .entry(format!("{}://{host}{port}/", url.scheme()))
            .or_insert((user, password));
    }
}

/// Secrets are not for logs.
impl std::fmt::Debug for HttpSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("HttpSettings")
            .field("certificates", &self.certificates)
            .field("proxies", &self.proxies)
            .field("netrc", &self.netrc)
            .field("credentials", &self.credentials.len())
            .field("trusted_hosts", &self.trusted_hosts)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}
