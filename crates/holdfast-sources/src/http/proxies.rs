//! Which proxy, if any, leads to which address.

use std::fmt;
use std::net::IpAddr;

use url::Url;

use crate::address::without_credentials;

/// Proxies: `http://`, `https://` and `socks5://` (`socks5h://`) addresses, with or without
/// credentials.
///
/// An HTTP proxy is asked for a tunnel (`CONNECT`), for plain addresses too.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// The proxy for `http` addresses.
    pub http: Option<String>,
    /// The proxy for `https` addresses.
    pub https: Option<String>,
    /// Hosts that are asked directly, as `NO_PROXY` lists them: `example.org` (with all below it),
    /// `.example.org`, `host:8080`, `10.0.0.0/8`, `*`.
    pub except: Vec<String>,
}

impl Proxies {
    /// One proxy for everything.
    pub fn all(address: &str) -> Self {
        Self {
            http: Some(address.to_owned()),
            https: Some(address.to_owned()),
            except: Vec::new(),
        }
    }

    /// The proxy that leads to `url`.
    pub(super) fn find(&self, url: &Url) -> Option<&str> {
        let proxy = match url.scheme() {
            "https" => self.https.as_deref(),
            _ => self.http.as_deref(),
        };
        proxy
            .filter(|proxy| !proxy.trim().is_empty())
            .filter(|_| !self.except.iter().any(|pattern| excepts(pattern, url)))
    }
}

/// Proxies may carry passwords.
impl fmt::Debug for Proxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |proxy: &Option<String>| proxy.as_deref().map(without_credentials);
        formatter
            .debug_struct("Proxies")
            .field("http", &shown(&self.http))
            .field("https", &shown(&self.https))
            .field("except", &self.except)
            .finish()
    }
}

fn excepts(pattern: &str, url: &Url) -> bool {
    let pattern = pattern.trim().to_ascii_lowercase();
    let Some(host) = url.host_str() else {
        return false;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if pattern.is_empty() {
        return false;
    }
    if crate::address::names_host(&pattern, url) {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return pattern
            .split_once('/')
            .and_then(|(network, bits)| Some((network.parse().ok()?, bits.parse().ok()?)))
            .is_some_and(|(network, bits)| is_in_network(address, network, bits))
            || pattern.parse() == Ok(address);
    }
    let domain = pattern.trim_start_matches('*').trim_start_matches('.');
    !domain.is_empty()
        && host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_in_network(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let (address, network, width): (u128, u128, u32) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => (
            u128::from(address.to_bits()),
            u128::from(network.to_bits()),
            32,
        ),
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
    };
    match width.checked_sub(bits) {
        Some(128) => true,
        Some(shift) => address >> shift == network >> shift,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_names_hosts_domains_and_networks() {
        let mut proxies = Proxies::all("http://me:secret@proxy:3128");
        proxies.except = [
            "internal.example",
            ".corp",
            "10.0.0.0/8",
            "h:8080",
            "fd00::/8",
        ]
        .map(str::to_owned)
        .to_vec();
        let is_proxied = |url| proxies.find(&Url::parse(url).unwrap()).is_some();
        assert!(!is_proxied("https://internal.example/"));
        assert!(!is_proxied("https://pypi.internal.example/"));
        assert!(is_proxied("https://notinternal.example/"));
        assert!(!is_proxied("https://pypi.corp/"));
        assert!(!is_proxied("http://10.1.2.3/"));
        assert!(is_proxied("http://11.1.2.3/"));
        assert!(!is_proxied("http://h:8080/"));
        assert!(is_proxied("http://h/"));
        assert!(!is_proxied("http://[fd00::1]/"));
        assert!(!format!("{proxies:?}").contains("secret"));
        proxies.except = vec!["*".to_owned()];
        assert_eq!(
            proxies.find(&Url::parse("https://pypi.org/").unwrap()),
            None
        );
    }
}
