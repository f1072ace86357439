//! Names: of locks (PEP 751, "File Name") and of packages in them.

use std::borrow::Cow;

use holdfast_model::{Ecosystem, PackageId};
use packageurl::PackageUrl;

/// Whether the last component of `path` is a name that the standard gives to locks:
/// `pylock.toml`, or `pylock.<name>.toml` where `<name>` has no dots.
pub fn is_lock_file_name(path: &str) -> bool {
    let name = file_name(path);
    name == "pylock.toml" || infix(name).is_some_and(|infix| !infix.contains('.'))
}

/// Whether a path is meant to name a lock and cannot: `pylock.train.gpu.toml`.
pub(crate) fn is_misnamed(path: &str) -> bool {
    infix(file_name(path)).is_some_and(|infix| infix.contains('.'))
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What stands between `pylock.` and `.toml`; at least one character.
fn infix(name: &str) -> Option<&str> {
    name.strip_prefix("pylock.")?
        .strip_suffix(".toml")
        .filter(|infix| !infix.is_empty())
}

/// Whether a text is a name as PEP 508 has it.
pub(crate) fn is_pypi_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    bytes.iter().all(is_inner)
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
}

/// How `[tool.holdfast]` names a package: by its name on PyPI, else by its package URL.
pub(crate) fn package_text(package: &PackageId) -> Cow<'_, str> {
    if package.ecosystem() == Ecosystem::Pypi {
        Cow::Borrowed(package.name())
    } else {
        Cow::Owned(package.purl(None))
    }
}

/// Reads what [`package_text`] writes.
pub(crate) fn parse_package(text: &str) -> Option<PackageId> {
    if !text.starts_with("pkg:") {
        return is_pypi_name(text).then(|| PackageId::pypi(text));
    }
    let purl: PackageUrl<'_> = text.parse().ok()?;
    let ecosystem = [
        Ecosystem::Pypi,
        Ecosystem::Conda,
        Ecosystem::Npm,
        Ecosystem::Deb,
        Ecosystem::Generic,
    ]
    .into_iter()
    .find(|ecosystem| ecosystem.purl_type() == purl.ty())?;
    Some(match (ecosystem, purl.namespace()) {
        (Ecosystem::Npm, Some(scope)) => {
            PackageId::new(ecosystem, &format!("{scope}/{}", purl.name()))
        }
        _ => PackageId::new(ecosystem, purl.name()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_any_ecosystem_have_a_name() {
        for package in [
            PackageId::pypi("numpy"),
            PackageId::new(Ecosystem::Npm, "@types/node"),
            PackageId::new(Ecosystem::Conda, "_libgcc_mutex"),
            PackageId::new(Ecosystem::Deb, "libgomp1"),
        ] {
            assert_eq!(parse_package(&package_text(&package)), Some(package));
        }
        for wrong in ["", "-a", "a b", "pkg:", "pkg:cargo/x"] {
            assert_eq!(parse_package(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn locks_are_told_by_their_names() {
        for name in [
            "pylock.toml",
            "a/pylock.train.toml",
            "pylock.train-gpu.toml",
        ] {
            assert!(is_lock_file_name(name), "{name}");
            assert!(!is_misnamed(name), "{name}");
        }
        for name in [
            "pylock.a.b.toml",
            "pylock..toml",
            "Pylock.toml",
            "pylock.toml.bak",
            "uv.lock",
        ] {
            assert!(!is_lock_file_name(name), "{name}");
        }
        assert!(is_misnamed("x/pylock.a.b.toml"));
        assert!(!is_misnamed("commits.toml"));
    }
}
