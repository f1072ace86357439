//! Which indexes a package may come from.

use holdfast_model::{PackageId, PackagePattern};

/// The indexes of a project, in the way uv asks them.
///
/// Addresses may carry credentials; they are used and never shown or stored.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct IndexRouting {
    /// The index that is asked last; absent for none (`--no-index`).
    pub default: Option<String>,
    /// Indexes that are asked before the default one, in this order. The first that has a project
    /// is the only one that it comes from.
    pub extra: Vec<String>,
    /// Packages that come from one index and nowhere else: a pattern of normalised names, in which
    /// `*` stands for any characters, and the index's address. The first pattern that fits counts.
    pub packages: Vec<(String, String)>,
    /// Lists of files (`--find-links`): addresses of pages, or directories on this machine. What
    /// they have adds to the indexes, except for packages that come from one index alone.
    pub flat: Vec<String>,
}

/// Where one package may come from.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexesOf<'a> {
    /// The indexes, in the order in which they are asked.
    pub indexes: Vec<&'a str>,
    /// The lists of files that add to them.
    pub flat: &'a [String],
}

impl IndexRouting {
    /// The Python Package Index alone.
    pub fn pypi() -> Self {
        Self {
            default: Some("https://pypi.org/simple".to_owned()),
            ..Self::default()
        }
    }

    /// Where `package` may come from.
    pub fn indexes_of(&self, package: &PackageId) -> IndexesOf<'_> {
        let only = self
            .packages
            .iter()
            .find(|(pattern, _)| PackagePattern::new(pattern).matches(package));
        if let Some((_, index)) = only {
            return IndexesOf {
                indexes: vec![index],
                flat: &[],
            };
        }
        let mut indexes: Vec<&str> = Vec::new();
        for index in self.extra.iter().chain(&self.default) {
            if !indexes.contains(&index.as_str()) {
                indexes.push(index);
            }
        }
        IndexesOf {
            indexes,
            flat: &self.flat,
        }
    }
}

/// Addresses may carry passwords.
impl std::fmt::Debug for IndexRouting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |address: &String| crate::without_credentials(address);
        formatter
            .debug_struct("IndexRouting")
            .field("default", &self.default.as_ref().map(shown))
            .field("extra", &self.extra.iter().map(shown).collect::<Vec<_>>())
            .field("packages", &self.packages.len())
            .field("flat", &self.flat.iter().map(shown).collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_with_an_index_of_its_own_comes_from_nowhere_else() {
        let mut routing = IndexRouting::pypi();
        routing.extra = vec!["https://me:secret@extra/simple".to_owned()];
        routing.packages = vec![("acme-*".to_owned(), "https://internal/simple".to_owned())];
        routing.flat = vec!["/wheels".to_owned()];
        let acme = routing.indexes_of(&PackageId::pypi("Acme.Models"));
        assert_eq!(acme.indexes, ["https://internal/simple"]);
        assert!(acme.flat.is_empty());
        let numpy = routing.indexes_of(&PackageId::pypi("numpy"));
        assert_eq!(
            numpy.indexes,
            ["https://me:secret@extra/simple", "https://pypi.org/simple"]
        );
        assert_eq!(numpy.flat, ["/wheels"]);
        assert!(!format!("{routing:?}").contains("secret"));
    }
}
