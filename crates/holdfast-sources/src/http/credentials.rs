//! Which user name and password go to which address.
//!
//! An address's own come first, then what the caller gave, then the netrc file. They are looked up
//! anew for each address of a chain of redirects, so that none goes to a server it was not given for.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::address::Origin;

use super::netrc;

/// All credentials that are known.
pub(super) struct Credentials {
    given: BTreeMap<String, (String, String)>,
    netrc: BTreeMap<String, (String, String)>,
    /// Why the netrc file could not be read.
    pub(super) netrc_problem: Option<String>,
}

/// Secrets are not for logs.
impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credentials")
    }
}

impl Credentials {
    /// What was given, and what the netrc file has.
    pub(super) fn new(
        given: &BTreeMap<String, (String, String)>,
        netrc_file: Option<&Path>,
    ) -> Self {
        let (netrc, netrc_problem) = match netrc_file.map(netrc::read) {
            None => (BTreeMap::new(), None),
            Some(Ok(netrc)) => (netrc, None),
            Some(Err(problem)) => (BTreeMap::new(), Some(problem)),
        };
        Self {
            given: given.clone(),
            netrc,
            netrc_problem,
        }
    }

    /// User name and password for `url`. `asked` is the address that a person or an index gave, whose
    /// own credentials are good for its server alone.
    pub(super) fn find(&self, url: &Url, asked: &Url) -> Option<(String, String)> {
        let own = user_information(url)
            .or_else(|| user_information(asked).filter(|_| Origin::of(url) == Origin::of(asked)));
        match own {
            Some((user, password)) if password.is_empty() => {
                // a user name alone chooses among several; a token as user name stands for itself
                let known = self
                    .known(url)
                    .filter(|(known, _)| *known == user)
                    .map(|(_, password)| password);
                Some((user, known.unwrap_or_default()))
            }
            Some(own) => Some(own),
            None => self.known(url),
        }
    }

    fn known(&self, url: &Url) -> Option<(String, String)> {
        let host = url.host_str()?.to_ascii_lowercase();
        self.given
            .iter()
            .filter(|(place, _)| covers(place, url))
            .max_by_key(|(place, _)| place.len())
            .map(|(_, credentials)| credentials)
            .or_else(|| self.netrc.get(&host))
            .or_else(|| self.netrc.get("default"))
            .cloned()
    }
}

/// User name and password of an address, decoded; absent where both are empty.
pub(super) fn user_information(url: &Url) -> Option<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = decode(url.username());
    let password = decode(url.password().unwrap_or_default());
    (!user.is_empty() || !password.is_empty()).then_some((user, password))
}

/// Whether a key of the credentials stands for this address.
fn covers(place: &str, url: &Url) -> bool {
    let Ok(prefix) = Url::parse(place) else {
        return crate::address::names_host(place, url) && place != "*";
    };
    if prefix.host_str().is_none() {
        // `host:8080` parses as an address whose scheme is `host`
        return crate::address::names_host(place, url);
    }
    if Origin::of(&prefix) != Origin::of(url) {
        return false;
    }
    let folder = prefix.path().trim_end_matches('/');
    url.path()
        .strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(given: &[&str], asked: &str, url: &str) -> Option<String> {
        let given = given
            .iter()
            .map(|place| {
                (
                    (*place).to_owned(),
                    ((*place).to_owned(), "secret".to_owned()),
                )
            })
            .collect();
        Credentials::new(&given, None)
            .find(&Url::parse(url).unwrap(), &Url::parse(asked).unwrap())
            .map(|(user, _)| user)
    }

    #[test]
    fn the_longest_place_counts_and_ends_at_a_slash() {
        let given = [
            "example.org",
            "https://example.org/team",
            "example.org:8080",
        ];
        let found = |url| find(&given, url, url);
        assert_eq!(
            found("https://example.org/team/simple").as_deref(),
            Some("https://example.org/team")
        );
        assert_eq!(
            found("https://example.org/teamwork").as_deref(),
            Some("example.org")
        );
        assert_eq!(
            found("http://example.org:8080/").as_deref(),
            Some("example.org:8080")
        );
        assert_eq!(found("https://other.org/"), None);
        assert_eq!(found("https://sub.example.org/"), None);
    }

    #[test]
    fn an_address_keeps_its_credentials_to_itself() {
        let asked = "https://me:a%40b@example.org/simple/";
        assert_eq!(
            find(&[], asked, "https://example.org/file").as_deref(),
            Some("me")
        );
        assert_eq!(find(&[], asked, "https://cdn.example.org/file"), None);
        assert_eq!(find(&[], asked, "https://example.org:8443/file"), None);
        assert_eq!(find(&[], asked, "http://example.org/file"), None);
        let (_, password) = user_information(&Url::parse(asked).unwrap()).unwrap();
        assert_eq!(password, "a@b");
    }
}
