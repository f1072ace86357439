//! Connection pools, one for each way of reaching a server: proxy, and whether certificates count.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::address::without_credentials;

use super::{FetchError, HttpSettings};

/// How certificates are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verification {
    /// Nothing is encrypted.
    Plain,
    /// The certificate must be vouched for.
    Strict,
    /// Any certificate will do: a trusted host.
    Off,
}

/// The pools, made when they are first needed.
#[derive(Debug, Default)]
pub(super) struct Agents {
    agents: Mutex<BTreeMap<(Option<String>, Verification), Agent>>,
    roots: OnceLock<Arc<Vec<Certificate<'static>>>>,
}

impl Agents {
    /// The pool for `url`. The system's certificates are read for the first encrypted address only.
    pub(super) fn agent(
        &self,
        settings: &HttpSettings,
        url: &str,
        proxy: Option<&str>,
        verification: Verification,
    ) -> Result<Agent, FetchError> {
        let key = (proxy.map(str::to_owned), verification);
        if let Some(agent) = self.lock().get(&key) {
            return Ok(agent.clone());
        }
        let parsed_proxy = match proxy {
            None => None,
            Some(address) => {
                Some(
                    ureq::Proxy::new(address).map_err(|error| FetchError::Proxy {
                        url: without_credentials(url),
                        proxy: without_credentials(address),
                        reason: error.to_string(),
                    })?,
                )
            }
        };
        let needs_roots = verification == Verification::Strict
            || proxy.is_some_and(|address| address.starts_with("https:"));
        let roots = if needs_roots {
            match self.roots(settings)? {
                roots if roots.is_empty() => RootCerts::WebPki,
                roots => RootCerts::Specific(roots),
            }
        } else {
            RootCerts::Specific(Arc::default())
        };
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .disable_verification(verification == Verification::Off)
            .build();
        let user_agent: String = settings
            .user_agent
            .chars()
            .filter(|character| matches!(character, ' '..='~'))
            .collect();
        let agent: Agent = Agent::config_builder()
            .proxy(parsed_proxy)
            .tls_config(tls)
            .user_agent(user_agent)
            .http_status_as_error(false)
            // followed by hand, so that each step is judged anew
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_resolve(Some(settings.connect_timeout))
            .timeout_connect(Some(settings.connect_timeout))
            .timeout_send_request(Some(settings.timeout))
            .timeout_recv_response(Some(settings.timeout))
            .timeout_per_read(Some(settings.timeout))
            .max_idle_connections_per_host(16)
            .max_idle_connections(64)
            .build()
            .into();
        self.lock().insert(key, agent.clone());
        Ok(agent)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(Option<String>, Verification), Agent>> {
        // the map is whole between any two statements, whoever panicked
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The system's certificates and those of the settings.
    fn roots(&self, settings: &HttpSettings) -> Result<Arc<Vec<Certificate<'static>>>, FetchError> {
        if let Some(roots) = self.roots.get() {
            return Ok(Arc::clone(roots));
        }
        // a broken file among the system's is the system's affair, as long as others are there
        let mut roots: Vec<Certificate<'static>> = rustls_native_certs::load_native_certs()
            .certs
            .iter()
            .map(|certificate| Certificate::from_der(certificate.as_ref()).to_owned())
            .collect();
        for path in &settings.certificates {
            let fail = |reason: String| FetchError::CertificateFile {
                path: path.clone(),
                reason,
            };
            let pem = fs_err::read(path).map_err(|error| fail(error.to_string()))?;
            let before = roots.len();
            for item in parse_pem(&pem) {
                let item = item.map_err(|error| fail(error.to_string()))?;
                if let PemItem::Certificate(certificate) = item {
                    roots.push(certificate);
                }
            }
            if roots.len() == before {
                return Err(fail("it holds no certificate".to_owned()));
            }
        }
        Ok(Arc::clone(self.roots.get_or_init(|| Arc::new(roots))))
    }
}
