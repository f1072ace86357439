//! Conditions of a lock that has markers on its edges alone: from what its manifest asks for, along
//! the edges.

use std::collections::{BTreeMap, HashMap};

use holdfast_model::{Declared, LockedPackage, PackageId, Purpose};

use super::super::collect::MAIN;
use super::walk::{self, Budget, Entangled};
use super::{Condition, by_groups};

/// When each package is installed. What nothing that is declared leads to keeps what the lock says of
/// it.
pub(super) fn conditions(
    packages: &[LockedPackage],
    declared: &Declared,
) -> Result<Vec<Condition>, Entangled> {
    let graph = Packages::new(packages);
    let mut selections: BTreeMap<&str, Vec<(usize, Option<&str>)>> = BTreeMap::new();
    for requirement in &declared.requirements {
        let name = match &requirement.purpose {
            Purpose::Runtime => MAIN,
            Purpose::Group(name) | Purpose::Extra(name) => name,
            Purpose::Build => continue,
        };
        let roots = selections.entry(name).or_default();
        for node in graph.find(&requirement.package) {
            roots.push((*node, requirement.marker.as_deref()));
        }
    }
    let mut conditions = vec![Condition::new(); packages.len()];
    let mut budget = Budget::default();
    for (name, roots) in selections {
        let reached = walk::follow(&graph, roots, &mut budget)?;
        for (condition, marker) in conditions.iter_mut().zip(reached) {
            if !marker.is_false() {
                condition.insert(name.to_owned(), marker.try_to_string());
            }
        }
    }
    for (condition, package) in conditions.iter_mut().zip(packages) {
        if condition.is_empty() {
            *condition = by_groups(package);
        }
    }
    Ok(conditions)
}

/// The packages of a lock as a graph. An edge to a package of several versions leads to each.
struct Packages<'l> {
    list: &'l [LockedPackage],
    by_name: HashMap<&'l PackageId, Vec<usize>>,
}

/// Versions of one package that an edge may lead to.
const FORKS: usize = 64;

impl<'l> Packages<'l> {
    fn new(list: &'l [LockedPackage]) -> Self {
        let mut by_name: HashMap<&PackageId, Vec<usize>> = HashMap::new();
        for (position, package) in list.iter().enumerate() {
            by_name.entry(&package.package).or_default().push(position);
        }
        Self { list, by_name }
    }

    fn find(&self, package: &PackageId) -> &[usize] {
        let found = self.by_name.get(package).map_or(&[][..], Vec::as_slice);
        found.get(..FORKS).unwrap_or(found)
    }
}

impl walk::Graph for Packages<'_> {
    fn count(&self) -> usize {
        self.list.len()
    }

    fn edges(&self, node: usize, visit: &mut dyn FnMut(usize, Option<&str>)) {
        let package = self.list.get(node);
        for edge in package.into_iter().flat_map(|it| &it.dependencies) {
            // whether the extra was asked for is not known: what it brings is in the lock, so it was
            let marker = edge
                .marker
                .as_deref()
                .filter(|marker| !marker.contains("extra"));
            for target in self.find(&edge.package) {
                visit(*target, marker);
            }
        }
    }
}
