//! Addresses: what may be shown of them, and when two belong to the same server.

use std::fmt;

use url::Url;

/// An address without user name, password, query and fragment, fit for messages, caches and locks.
///
/// The query goes too, since signed addresses carry secrets there. A text that is no address loses
/// everything up to the last `@` of what would be its authority.
pub fn without_credentials(address: &str) -> String {
    // `user:password@host` parses too, as an address whose scheme is `user`
    if let Ok(mut url) = Url::parse(address)
        && url.has_host()
    {
        // both fail only for addresses that cannot have credentials
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        return url.to_string();
    }
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), address),
    };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(authority_end);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let path = tail.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}{host}{path}")
}

/// Scheme, host and port: what credentials are bound to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Origin {
    /// The origin of an address.
    pub(crate) fn of(url: &Url) -> Self {
        Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default(),
        }
    }

    /// The host's name or number.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) => write!(formatter, ":{port}"),
            None => Ok(()),
        }
    }
}

/// Whether the host is this very machine, where plain HTTP gives nothing away.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Whether `pattern` is `host` or `host:port` of this address, or `*`.
pub(crate) fn names_host(pattern: &str, url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let pattern = pattern.trim().to_ascii_lowercase();
    if pattern == "*" || pattern == host {
        return true;
    }
    url.port_or_known_default()
        .is_some_and(|port| pattern == format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credentials_are_shown() {
        for (address, shown) in [
            (
                "https://me:secret@pypi.org/simple",
                "https://pypi.org/simple",
            ),
            (
                "https://secret@pypi.org/x?sig=secret#a",
                "https://pypi.org/x",
            ),
            ("me:secret@host/x", "host/x"),
            ("https://me:sec ret@ho st/x?secret", "https://ho st/x"),
            ("relative/x", "relative/x"),
        ] {
            assert_eq!(without_credentials(address), shown);
        }
    }

    #[test]
    fn a_port_can_be_part_of_a_host_pattern() {
        let url = Url::parse("https://Example.org/simple").unwrap();
        assert!(names_host("example.org", &url));
        assert!(names_host("EXAMPLE.org:443", &url));
        assert!(names_host("*", &url));
        assert!(!names_host("example.org:80", &url));
        assert!(!names_host("org", &url));
        assert!(is_loopback("127.9.9.9") && is_loopback("[::1]") && !is_loopback("10.0.0.1"));
    }
}
