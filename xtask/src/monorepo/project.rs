//! One project of the monorepo: what it asks for and what its lock holds.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::package::{DIRECT, Package};

/// Every so many projects one has changed since it was locked.
const STALE: usize = 10;

/// A project.
#[derive(Debug)]
pub(super) struct Project {
    number: usize,
    /// What its lock holds; those that it asks for come first.
    pub(super) packages: Vec<Package>,
    /// The interpreter, as conda packages it.
    pub(super) python: Package,
}

impl Project {
    /// The project of this number, with as many packages in its lock.
    pub(super) fn new(number: usize, packages: usize) -> Self {
        let mut seen = BTreeSet::new();
        let mut list: Vec<Package> = Vec::new();
        for position in 0..packages {
            let mut package = Package::new(number, position, packages);
            while !seen.insert(package.name.clone()) {
                package.name.push_str("-extra");
            }
            list.push(package);
        }
        Self {
            number,
            packages: list,
            python: Package::leaf("python", "3.11.9"),
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> String {
        format!("service-{:04}", self.number)
    }

    /// Where it lies in the monorepo.
    pub(super) fn directory(&self) -> String {
        format!("team-{:02}/{}", self.number / 50, self.name())
    }

    /// What it asks for, by position in the lock.
    pub(super) fn direct(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().take(DIRECT)
    }

    /// What it asked for when it was locked, as ranges.
    pub(super) fn locked_ranges(&self) -> Vec<String> {
        self.direct()
            .map(|package| {
                let major: u64 = package
                    .version
                    .split('.')
                    .next()
                    .and_then(|major| major.parse().ok())
                    .unwrap_or_default();
                format!("{}>={},<{}", package.name, package.version, major + 1)
            })
            .collect()
    }

    /// What it asks for today, as ranges.
    pub(super) fn ranges(&self) -> Vec<String> {
        let mut ranges = self.locked_ranges();
        ranges.extend(self.added().map(|name| format!("{name}>=2.1,<3")));
        ranges
    }

    /// A package that it asks for and that was not there when it was locked.
    pub(super) fn added(&self) -> Option<&'static str> {
        (self.number / 10 % STALE == 7).then_some("added-since-then")
    }

    /// The dependencies of a package, sorted by name.
    pub(super) fn dependencies(&self, package: &Package) -> Vec<&Package> {
        let mut found: Vec<&Package> = package
            .dependencies
            .iter()
            .filter_map(|position| self.packages.get(*position))
            .collect();
        found.sort_by(|left, right| left.name.cmp(&right.name));
        found
    }

    /// The packages, sorted by name.
    pub(super) fn sorted(&self) -> Vec<&Package> {
        let mut sorted: Vec<&Package> = self.packages.iter().collect();
        sorted.sort_by(|left, right| left.name.cmp(&right.name));
        sorted
    }
}

/// SHA-256 in hexadecimal digits.
pub(super) fn sha256(text: &str) -> String {
    let hash = Sha256::digest(text);
    holdfast_model::Digest::sha256(&hash.into())
        .hex()
        .to_owned()
}

/// A list of texts between quotes, as Python's `json` and TOML write it.
pub(super) fn quoted(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    format!("[{}]", quoted.join(", "))
}
