//! Telling public package registries from private ones, and internal names from others.

use holdfast_model::{LockSource, LockedPackage};

/// Hosts of registries that anybody may publish to, and of public mirrors of what is published there.
const PUBLIC_HOSTS: &[&str] = &[
    "pypi.org",
    "pypi.python.org",
    "test.pypi.org",
    "files.pythonhosted.org",
    "download.pytorch.org",
    "pypi.nvidia.com",
    "pypi.anaconda.org",
    "conda.anaconda.org",
    "repo.anaconda.com",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
];

/// Parts of names that people give to packages which are not meant to leave the house.
const INTERNAL_WORDS: &[&str] = &["internal", "corp", "inhouse", "proprietary"];

/// The host of an address, in lower case; nothing for a path.
pub(crate) fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// Whether an address is one of a registry that is not public. A path on this machine is neither.
pub(crate) fn is_private(url: &str) -> bool {
    host(url).is_some_and(|host| !PUBLIC_HOSTS.contains(&host.as_str()))
}

/// Whether a name says itself that it is internal: `acme-internal-utils`.
pub(crate) fn looks_internal(name: &str) -> bool {
    name.split(['-', '_', '.', '/', '@'])
        .any(|part| INTERNAL_WORDS.contains(&part))
}

/// The first part of a name, where it is long enough to be somebody's own: `acme` of `acme-utils`.
pub(crate) fn prefix(name: &str) -> Option<&str> {
    let (first, _) = name.split_once('-')?;
    (first.len() >= 3 && !matches!(first, "python" | "types" | "pytest")).then_some(first)
}

/// Where a lock has a package from: its registry, else the address of its first file.
pub(crate) fn locked_address(package: &LockedPackage) -> Option<&str> {
    let LockSource::Registry { index } = &package.source else {
        return None;
    };
    index
        .as_deref()
        .or_else(|| package.files.first()?.url.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_registries_are_told_by_their_host() {
        assert!(is_private("https://pypi.acme.example/simple"));
        assert!(is_private("http://user@10.0.0.1:8080/simple"));
        assert!(!is_private("https://PyPI.org/simple"));
        assert!(!is_private("https://registry.npmjs.org/x/-/x-1.tgz"));
        assert!(!is_private("wheels/"));
    }

    #[test]
    fn names_may_say_that_they_are_internal() {
        assert!(looks_internal("acme-internal-utils"));
        assert!(looks_internal("@corp/ui"));
        assert!(!looks_internal("internals"));
        assert_eq!(prefix("acme-utils"), Some("acme"));
        assert_eq!(prefix("numpy"), None);
        assert_eq!(prefix("py-x"), None);
    }
}
