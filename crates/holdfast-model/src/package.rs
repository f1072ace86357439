//! Which package: its ecosystem and its name.

use std::fmt;

use packageurl::PackageUrl;
use serde::{Deserialize, Serialize};

/// Where a package's name has its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    /// The Python Package Index and its like.
    Pypi,
    /// A conda channel.
    Conda,
    /// The npm registry.
    Npm,
    /// A Debian archive.
    Deb,
    /// Anything else, such as the interpreter.
    Generic,
}

impl Ecosystem {
    /// The type of a package URL, e.g. `pypi`.
    pub fn purl_type(self) -> &'static str {
        match self {
            Self::Pypi => "pypi",
            Self::Conda => "conda",
            Self::Npm => "npm",
            Self::Deb => "deb",
            Self::Generic => "generic",
        }
    }
}

/// A package, without a version.
///
/// Names of PyPI are normalised as PEP 503 says, so that `Foo_Bar` and `foo-bar` are the same; names
/// of other ecosystems are kept as they are. A scope of npm is part of the name: `@scope/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PackageId {
    ecosystem: Ecosystem,
    name: String,
}

impl PackageId {
    /// A package of `ecosystem`.
    pub fn new(ecosystem: Ecosystem, name: &str) -> Self {
        let name = match ecosystem {
            Ecosystem::Pypi => normalise_pypi(name),
            Ecosystem::Conda | Ecosystem::Npm | Ecosystem::Deb | Ecosystem::Generic => {
                name.to_owned()
            }
        };
        Self { ecosystem, name }
    }

    /// A package of the Python Package Index.
    pub fn pypi(name: &str) -> Self {
        Self::new(Ecosystem::Pypi, name)
    }

    /// The ecosystem.
    pub fn ecosystem(&self) -> Ecosystem {
        self.ecosystem
    }

    /// The name, normalised where the ecosystem says how.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is one of those that `venv` and `virtualenv` put into every environment.
    pub fn is_seed(&self) -> bool {
        self.ecosystem == Ecosystem::Pypi
            && matches!(
                self.name.as_str(),
                "pip" | "setuptools" | "wheel" | "distribute"
            )
    }

    /// The package URL, e.g. `pkg:pypi/numpy@1.26.4`, or without a version `pkg:pypi/numpy`.
    pub fn purl(&self, version: Option<&str>) -> String {
        let (namespace, name) = match self.ecosystem {
            Ecosystem::Npm => match self.name.split_once('/') {
                Some((scope, name)) => (Some(scope), name),
                None => (None, self.name.as_str()),
            },
            Ecosystem::Deb => (Some("debian"), self.name.as_str()),
            Ecosystem::Pypi | Ecosystem::Conda | Ecosystem::Generic => (None, self.name.as_str()),
        };
        let fallback = || format!("pkg:{}/{}", self.ecosystem.purl_type(), self.name);
        let Ok(mut purl) = PackageUrl::new(self.ecosystem.purl_type(), name) else {
            return fallback();
        };
        if let Some(namespace) = namespace
            && purl.with_namespace(namespace).is_err()
        {
            return fallback();
        }
        if let Some(version) = version
            && purl.with_version(version).is_err()
        {
            return fallback();
        }
        purl.to_string()
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

/// PEP 503: runs of `-`, `_` and `.` are one `-`, letters are lower case.
fn normalise_pypi(name: &str) -> String {
    let mut normalised = String::with_capacity(name.len());
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            if !normalised.ends_with('-') {
                normalised.push('-');
            }
        } else {
            normalised.extend(character.to_lowercase());
        }
    }
    normalised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pypi_names_are_normalised() {
        assert_eq!(PackageId::pypi("Foo__.Bar"), PackageId::pypi("foo-bar"));
        assert_eq!(
            PackageId::new(Ecosystem::Conda, "_libgcc_mutex").name(),
            "_libgcc_mutex"
        );
    }

    #[test]
    fn package_urls_carry_scope_and_version() {
        assert_eq!(
            PackageId::pypi("numpy").purl(Some("1.26.4")),
            "pkg:pypi/numpy@1.26.4"
        );
        assert_eq!(PackageId::pypi("numpy").purl(None), "pkg:pypi/numpy");
        assert_eq!(
            PackageId::new(Ecosystem::Npm, "@types/node").purl(Some("20.1.0")),
            "pkg:npm/%40types/node@20.1.0"
        );
        assert_eq!(
            PackageId::pypi("torch").purl(Some("2.3.0+cu121")),
            "pkg:pypi/torch@2.3.0%2Bcu121"
        );
    }
}
