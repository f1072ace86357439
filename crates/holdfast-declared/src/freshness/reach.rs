//! What in a lock no requirement leads to: it was asked for once, and is not any more.
//!
//! Edges are followed whatever their conditions and by name alone, so that what is left over is so on
//! every machine.

use std::collections::{HashMap, HashSet};

use holdfast_model::{Declared, Ecosystem, Locked, LockedPackage, PackageId, Staleness};

/// What conda and pixi add to whatever has Python.
const ADDED: [&str; 3] = ["pip", "setuptools", "wheel"];

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Roots {
    packages: HashSet<PackageId>,
}

impl Roots {
    /// All that is declared, the interpreter included, and what comes by itself.
    pub(super) fn of(declared: &Declared) -> Self {
        let mut roots = Self::default();
        roots.extend(declared.requirements.iter().map(|it| it.package.clone()));
        if !declared.python.is_empty() {
            roots.extend([PackageId::new(Ecosystem::Conda, "python")]);
        }
        roots
    }

    /// Adds packages.
    pub(super) fn extend(&mut self, packages: impl IntoIterator<Item = PackageId>) {
        self.packages.extend(packages);
    }
}

/// The packages of a lock that nothing leads to, without those that only they need.
pub(super) fn left_over(roots: &Roots, locked: &Locked) -> Vec<Staleness> {
    let unreached = unreached(roots, locked);
    let needed: HashSet<&PackageId> = unreached
        .iter()
        .flat_map(|package| needs(package))
        .filter(|(needing, needed)| needing != needed)
        .map(|(_, needed)| needed)
        .collect();
    let tops: Vec<&&LockedPackage> = unreached
        .iter()
        .filter(|package| !needed.contains(&package.package))
        .collect();
    // packages that need each other in a circle have none that is needed by nobody
    let named = if tops.is_empty() {
        unreached.iter().take(1).collect()
    } else {
        tops
    };
    named
        .into_iter()
        .map(|package| Staleness {
            message: format!(
                "`{}` was locked because it was asked for, and nobody asks for it any more",
                package.package
            ),
            location: package.location.clone(),
        })
        .collect()
}

fn needs(package: &LockedPackage) -> impl Iterator<Item = (&PackageId, &PackageId)> {
    let edges = package.dependencies.iter();
    edges.map(|edge| (&package.package, &edge.package))
}

fn unreached<'l>(roots: &Roots, locked: &'l Locked) -> Vec<&'l LockedPackage> {
    let mut by_name: HashMap<&PackageId, Vec<&LockedPackage>> = HashMap::new();
    for package in &locked.packages {
        by_name.entry(&package.package).or_default().push(package);
    }
    let mut reached: HashSet<&PackageId> = HashSet::new();
    let mut open: Vec<&PackageId> = by_name
        .keys()
        .copied()
        .filter(|id| roots.packages.contains(*id) || ADDED.contains(&id.name()))
        .collect();
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            let entries = by_name.get(id).map_or(&[][..], Vec::as_slice);
            open.extend(entries.iter().flat_map(|it| needs(it)).map(|(_, id)| id));
        }
    }
    let packages = locked.packages.iter();
    packages
        .filter(|package| !reached.contains(&package.package))
        .collect()
}
