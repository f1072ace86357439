//! Addresses of files and repositories: a lock has `url` or `path`, the model has one text.
//!
//! A text with a scheme is a URL, any other is a path relative to the lock. So a relative `url` is
//! kept as the path that it means, and a path that looks like a URL gets `./` in front.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::credentials;

/// What separates the parts of a fragment, and so cannot be part of one.
const FRAGMENT: &AsciiSet = &CONTROLS.add(b'#').add(b'&').add(b'%').add(b' ');

/// Whether an address is a URL: it has a scheme, or leaves only that out. One letter before the colon
/// is a drive of Windows.
pub(crate) fn is_url(address: &str) -> bool {
    address.starts_with("//") || has_scheme(address)
}

fn has_scheme(address: &str) -> bool {
    address.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    })
}

/// The address that the key `url` means.
pub(crate) fn from_url(url: &str) -> String {
    let url = credentials::strip(url);
    if is_url(&url) {
        url.into_owned()
    } else {
        from_path(&decoded(&url))
    }
}

/// The address that the key `path` means.
pub(crate) fn from_path(path: &str) -> String {
    if has_scheme(path) {
        format!("./{path}")
    } else if path.starts_with("//") {
        format!("/{}", path.trim_start_matches('/'))
    } else {
        path.to_owned()
    }
}

/// The file's name: the last component of a path, or of a URL's path, decoded.
pub(crate) fn file_name(address: &str) -> Cow<'_, str> {
    if is_url(address) {
        let path = address.split(['?', '#']).next().unwrap_or(address);
        decoded(path.rsplit('/').next().unwrap_or(path))
    } else {
        let separator = if address.contains('/') { '/' } else { '\\' };
        Cow::Borrowed(address.rsplit(separator).next().unwrap_or(address))
    }
}

/// `address` with the directory of the project inside the archive or repository.
pub(crate) fn with_subdirectory(address: String, subdirectory: Option<&str>) -> String {
    match subdirectory {
        None => address,
        Some(subdirectory) => {
            let separator = if address.contains('#') { '&' } else { '#' };
            let encoded = utf8_percent_encode(subdirectory, FRAGMENT);
            format!("{address}{separator}subdirectory={encoded}")
        }
    }
}

/// An address without the directory of the project, and that directory.
pub(crate) fn split_subdirectory(address: &str) -> (String, Option<String>) {
    let Some((base, fragment)) = address.split_once('#') else {
        return (address.to_owned(), None);
    };
    let mut subdirectory = None;
    let mut others = Vec::new();
    for part in fragment.split('&') {
        match part.strip_prefix("subdirectory=") {
            Some(value) => subdirectory = Some(decoded(value).into_owned()),
            None => others.push(part),
        }
    }
    match (&subdirectory, others.as_slice()) {
        (None, _) => (address.to_owned(), None),
        (Some(_), []) => (base.to_owned(), subdirectory),
        (Some(_), others) => (format!("{base}#{}", others.join("&")), subdirectory),
    }
}

/// Percent-decoded, where that gives text.
fn decoded(text: &str) -> Cow<'_, str> {
    if text.contains('%') {
        percent_decode_str(text)
            .decode_utf8()
            .unwrap_or(Cow::Borrowed(text))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_paths_are_told_apart() {
        assert!(is_url("https://a/b"));
        assert!(is_url("file:///a"));
        assert!(!is_url("../a/b"));
        assert!(!is_url("C:\\a"));
        assert_eq!(from_url("../my%20wheels/a.whl"), "../my wheels/a.whl");
        assert_eq!(from_url("https://u:p@a/b%20c"), "https://a/b%20c");
        assert_eq!(from_path("git:a"), "./git:a");
    }

    #[test]
    fn file_names_are_the_last_component() {
        assert_eq!(file_name("https://a/b/c%2Bcpu.whl?x=/y#z/w"), "c+cpu.whl");
        assert_eq!(file_name("a\\b.whl"), "b.whl");
        assert_eq!(file_name("a/b#1.whl"), "b#1.whl");
        assert_eq!(file_name("b.whl"), "b.whl");
    }

    #[test]
    fn a_subdirectory_travels_in_the_fragment() {
        for (address, subdirectory) in [
            ("https://a/b.git", "python/x"),
            ("https://a/b.git#egg=c", "a&b#c d%"),
        ] {
            let joined = with_subdirectory(address.to_owned(), Some(subdirectory));
            assert_eq!(
                split_subdirectory(&joined),
                (address.to_owned(), Some(subdirectory.to_owned()))
            );
        }
        assert_eq!(
            split_subdirectory("https://a#subdirectory=x&egg=y"),
            ("https://a#egg=y".to_owned(), Some("x".to_owned()))
        );
        assert_eq!(split_subdirectory("https://a#egg=y").1, None);
    }
}
