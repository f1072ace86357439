//! What the lock formats of the conda world have in common: platforms, addresses, file names.

use std::collections::BTreeSet;

use holdfast_model::{Dependency, Ecosystem, LockSource, LockedFile, PackageId};

use super::collect::{edge, file_at, name};
use crate::strip_credentials;

/// The environment marker (PEP 508) of a conda platform; nothing for those of any machine.
pub(super) fn marker(platform: &str) -> Option<String> {
    let (system, machine) = match platform {
        "linux-64" => ("linux", "x86_64"),
        "linux-32" => ("linux", "i686"),
        "linux-aarch64" => ("linux", "aarch64"),
        "linux-ppc64le" => ("linux", "ppc64le"),
        "linux-s390x" => ("linux", "s390x"),
        "linux-armv6l" => ("linux", "armv6l"),
        "linux-armv7l" => ("linux", "armv7l"),
        "linux-riscv64" => ("linux", "riscv64"),
        "osx-64" => ("darwin", "x86_64"),
        "osx-arm64" => ("darwin", "arm64"),
        "win-64" => ("win32", "AMD64"),
        "win-32" => ("win32", "x86"),
        "win-arm64" => ("win32", "ARM64"),
        _ => return None,
    };
    Some(format!(
        "sys_platform == '{system}' and platform_machine == '{machine}'"
    ))
}

/// The markers of several platforms.
pub(super) fn markers<'p>(platforms: impl Iterator<Item = &'p str>) -> BTreeSet<String> {
    platforms.filter_map(marker).collect()
}

/// An address without a user, and without the token that some channels have in their path
/// (`/t/<token>/`).
pub(crate) fn without_secrets(url: &str) -> String {
    let url = strip_credentials(url);
    let Some((before, after)) = url.split_once("/t/") else {
        return url;
    };
    // right after the host only: a channel may well be called `t`
    let after_host = before
        .split_once("://")
        .is_some_and(|(_, host)| !host.contains('/'));
    match after.split_once('/') {
        Some((_, rest)) if after_host => format!("{before}/{rest}"),
        _ => url,
    }
}

/// The channel that an archive lies in: its address without platform and file name.
pub(super) fn channel(url: &str) -> LockSource {
    let mut parts = url.rsplitn(3, '/');
    let channel = parts.nth(2);
    LockSource::Registry {
        index: channel
            .and_then(name)
            .map(|channel| without_secrets(&channel)),
    }
}

/// The file at an address.
pub(super) fn file(url: &str) -> LockedFile {
    let mut file = file_at(url);
    file.url = Some(without_secrets(url));
    file
}

/// Whether an address or path is that of a conda package.
pub(super) fn is_archive(url: &str) -> bool {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let path = url.get(..end).unwrap_or(url);
    [".conda", ".tar.bz2"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

/// Name and version from `numpy-1.26.4-py311h64a7726_0.conda`.
pub(super) fn name_and_version(file: &str) -> Option<(&str, &str)> {
    let stem = file
        .strip_suffix(".conda")
        .or_else(|| file.strip_suffix(".tar.bz2"))?;
    let mut parts = stem.rsplitn(3, '-');
    let (_build, version, name) = (parts.next()?, parts.next()?, parts.next()?);
    (!name.is_empty() && !version.is_empty()).then_some((name, version))
}

/// The edge of a dependency such as `python >=3.11,<3.12.0a0`; nothing for what is a property of the
/// machine (`__glibc`).
pub(super) fn dependency(target: &str, specifier: &str) -> Option<Dependency> {
    if target.starts_with("__") || target.is_empty() {
        return None;
    }
    let mut edge = edge(PackageId::new(Ecosystem::Conda, target));
    edge.specifier = Some(specifier.trim())
        .filter(|specifier| !matches!(*specifier, "" | "*"))
        .map(str::to_owned);
    Some(edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_secrets() {
        assert_eq!(
            without_secrets("https://conda.anaconda.org/t/xx-123/private/linux-64/a-1-0.conda"),
            "https://conda.anaconda.org/private/linux-64/a-1-0.conda"
        );
        assert_eq!(
            without_secrets("https://host/channels/t/x/noarch/a-1-0.conda"),
            "https://host/channels/t/x/noarch/a-1-0.conda"
        );
    }

    #[test]
    fn names_of_files_tell_name_and_version() {
        assert_eq!(
            name_and_version("ld_impl_linux-64-2.36.1-hea4e1c9_2.tar.bz2"),
            Some(("ld_impl_linux-64", "2.36.1"))
        );
        assert_eq!(name_and_version("a-1.conda"), None);
        assert_eq!(name_and_version("x.zip"), None);
    }

    #[test]
    fn the_channel_is_what_remains_of_an_address() {
        assert_eq!(
            channel("https://conda.anaconda.org/conda-forge/linux-64/a-1-0.conda"),
            LockSource::Registry {
                index: Some("https://conda.anaconda.org/conda-forge".to_owned())
            }
        );
        assert_eq!(channel("a.conda"), LockSource::Registry { index: None });
    }
}
