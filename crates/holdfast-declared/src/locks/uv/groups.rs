//! Which extras and groups of the project each package of a `uv.lock` belongs to.

use std::collections::{HashMap, HashSet};

use holdfast_model::LockGroups;

use super::{Edge, Lock, Package, Wanted};
use crate::locks::collect::{self, MAIN};
use crate::locks::tree::Text;

/// Selections beyond this many are told for the packages that they ask for themselves, no further.
const FOLLOWED: usize = 64;

/// In a lock with more packages times selections than this, selections are not followed at all.
const MEMBERSHIPS: usize = 4_000_000;

/// Versions of one package that an edge without a version may lead to.
const FORKS: usize = 64;

/// What each package is part of.
pub(super) struct Selection<'l> {
    /// Names of the selections, sorted.
    names: Vec<&'l str>,
    /// By package: the selections that ask for it, and those that need it.
    asked: Vec<Vec<usize>>,
    needed: Vec<u64>,
    /// Whether the lock tells what was asked for.
    told: bool,
}

/// What an edge leads to.
pub(super) struct Target<'t> {
    name: &'t str,
    version: Option<&'t str>,
    extras: &'t [Text<'t>],
    pub(super) marker: Option<&'t str>,
}

impl<'t> From<&'t Edge<'t>> for Target<'t> {
    fn from(edge: &'t Edge<'t>) -> Self {
        Self {
            name: &edge.name,
            version: edge.version.as_deref(),
            extras: &edge.extra,
            marker: edge.marker.as_deref(),
        }
    }
}

impl<'t> From<&'t Wanted<'t>> for Target<'t> {
    fn from(wanted: &'t Wanted<'t>) -> Self {
        Self {
            name: &wanted.name,
            version: None,
            extras: &wanted.extras,
            marker: wanted.marker.as_deref(),
        }
    }
}

/// Nodes of the graph: a package, or a package with an extra of it.
pub(super) struct Nodes<'l> {
    packages: &'l [Package<'l>],
    by_name: HashMap<&'l str, Vec<usize>>,
    by_version: HashMap<(&'l str, &'l str), usize>,
    /// Node of an extra: its package, and the edges that it adds.
    extras: HashMap<(usize, &'l str), usize>,
    added: Vec<(usize, &'l [Edge<'l>])>,
}

impl<'l> Nodes<'l> {
    pub(super) fn new(packages: &'l [Package<'l>]) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_version = HashMap::new();
        let mut extras = HashMap::new();
        let mut added: Vec<(usize, &[Edge<'_>])> = Vec::new();
        for (position, package) in packages.iter().enumerate() {
            by_name.entry(&package.name).or_default().push(position);
            if let Some(version) = &package.version {
                by_version.insert((&*package.name, &**version), position);
            }
            for (extra, edges) in package.optional_dependencies.iter() {
                extras.insert((position, &**extra), packages.len() + added.len());
                added.push((position, edges));
            }
        }
        Self {
            packages,
            by_name,
            by_version,
            extras,
            added,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.packages.len() + self.added.len()
    }

    /// The position of the package that a node is, or is an extra of.
    pub(super) fn package(&self, node: usize) -> usize {
        match node.checked_sub(self.packages.len()) {
            None => node,
            Some(extra) => self.added.get(extra).map_or(node, |(package, _)| *package),
        }
    }

    /// Calls `visit` with each node that a name, a version and extras lead to.
    pub(super) fn reach(&self, target: &Target<'_>, mut visit: impl FnMut(usize)) {
        let several = self.by_name.get(target.name).map_or(&[][..], Vec::as_slice);
        let mut visit_one = |position: usize| {
            visit(position);
            for extra in target.extras {
                if let Some(node) = self.extras.get(&(position, &**extra)) {
                    visit(*node);
                }
            }
        };
        if let Some(version) = target.version {
            let exact = self.by_version.get(&(target.name, version));
            if let Some(position) = exact {
                visit_one(*position);
            }
            return;
        }
        for position in several.iter().take(FORKS) {
            visit_one(*position);
        }
    }

    pub(super) fn edges(&self, node: usize) -> &'l [Edge<'l>] {
        match self.packages.get(node) {
            Some(package) => &package.dependencies,
            None => self
                .added
                .get(node - self.packages.len())
                .map_or(&[], |(_, edges)| edges),
        }
    }
}

impl<'l> Selection<'l> {
    pub(super) fn new(lock: &'l Lock<'l>) -> Self {
        let nodes = Nodes::new(&lock.package);
        let roots = roots(lock);
        let mut names: Vec<&str> = roots.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        let follow = names.len().min(FOLLOWED) * lock.package.len() <= MEMBERSHIPS;
        let mut asked = vec![Vec::new(); lock.package.len()];
        let mut needed = vec![0_u64; nodes.count()];
        let mut changed = Vec::new();
        for (name, targets) in &roots {
            let number = names.binary_search(name).unwrap_or_default();
            for target in targets {
                nodes.reach(target, |node| {
                    if let Some(asked) = asked.get_mut(node)
                        && asked.last() != Some(&number)
                    {
                        asked.push(number);
                    }
                    if number < FOLLOWED && follow {
                        mark(&mut needed, &mut changed, node, 1 << number);
                    }
                });
            }
        }
        // a node changes at most once per selection, so this ends
        while let Some(node) = changed.pop() {
            let mask = needed.get(node).copied().unwrap_or_default();
            for edge in nodes.edges(node) {
                nodes.reach(&edge.into(), |target| {
                    mark(&mut needed, &mut changed, target, mask);
                });
            }
        }
        Self {
            told: !roots.is_empty(),
            names,
            asked,
            needed,
        }
    }

    /// Whether a person asked for the package; nothing where the lock does not tell.
    pub(super) fn direct(&self, position: usize) -> Option<bool> {
        self.told.then(|| {
            self.asked
                .get(position)
                .is_some_and(|asked| !asked.is_empty())
        })
    }

    /// The selections that the package belongs to; the caller sorts them.
    pub(super) fn groups(&self, position: usize) -> Vec<String> {
        let mask = self.needed.get(position).copied().unwrap_or_default();
        let needed = (0..FOLLOWED.min(self.names.len())).filter(|number| mask & (1 << number) != 0);
        let asked = self.asked.get(position).into_iter().flatten().copied();
        let mut groups: Vec<String> = needed
            .chain(asked)
            .filter_map(|number| self.names.get(number))
            .filter_map(|name| collect::name(name))
            .collect();
        groups.sort();
        groups.dedup();
        groups
    }

    /// The extras and groups that an installer may choose from.
    pub(super) fn offered(lock: &Lock<'_>) -> LockGroups {
        let mut extras = Vec::new();
        let mut groups = Vec::new();
        for package in lock.package.iter().filter(|package| package.is_root()) {
            extras.extend(
                package
                    .optional_dependencies
                    .iter()
                    .map(|(name, _)| name.to_text()),
            );
            groups.extend(
                package
                    .dev_dependencies
                    .iter()
                    .map(|(name, _)| name.to_text()),
            );
        }
        collect::groups(extras, groups)
    }
}

fn mark(needed: &mut [u64], changed: &mut Vec<usize>, node: usize, mask: u64) {
    if let Some(known) = needed.get_mut(node)
        && *known | mask != *known
    {
        *known |= mask;
        changed.push(node);
    }
}

/// The selections of all members of the workspace, each with what it asks for.
pub(super) fn roots<'l>(lock: &'l Lock<'l>) -> Vec<(&'l str, Vec<Target<'l>>)> {
    let members: HashSet<&str> = lock.manifest.members.iter().map(|name| &**name).collect();
    let is_member = |package: &Package<'_>| {
        package.is_root() || (package.directory().is_some() && members.contains(&*package.name))
    };
    let mut roots = Vec::new();
    for package in lock.package.iter().filter(|package| is_member(package)) {
        roots.push((MAIN, targets(&package.dependencies)));
        let selections = package
            .optional_dependencies
            .iter()
            .chain(package.dev_dependencies.iter());
        for (name, edges) in selections {
            roots.push((&**name, targets(edges)));
        }
    }
    // a script, or a workspace whose root is no package, asks in the manifest
    if !lock.manifest.requirements.is_empty() {
        roots.push((MAIN, targets(&lock.manifest.requirements)));
    }
    for (name, wanted) in lock.manifest.dependency_groups.iter() {
        roots.push((&**name, targets(wanted)));
    }
    roots
}

fn targets<'l, T>(several: &'l [T]) -> Vec<Target<'l>>
where
    Target<'l>: From<&'l T>,
{
    several.iter().map(Target::from).collect()
}
