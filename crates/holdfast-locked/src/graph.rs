//! Who depends on whom in a lock, of any format.
//!
//! Nodes are packages by name, version and marker, as universal locks repeat a name. Cycles are real
//! (some packages need each other), so nothing here walks without remembering where it was, and
//! nothing recurses.

mod paths;
mod tree;

use std::collections::{BTreeMap, VecDeque};

use holdfast_model::{Dependency, Locked, LockedPackage, PackageId};
use pep440_rs::Version;

pub use self::tree::{TreeLine, Visit};

/// A package of a [`Graph`]. Ordered by name, version and marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(usize);

/// The dependency graph of a lock.
#[derive(Debug, Clone)]
pub struct Graph<'l> {
    nodes: Vec<&'l LockedPackage>,
    by_name: BTreeMap<&'l PackageId, Vec<NodeId>>,
    children: Vec<Vec<Edge<'l>>>,
    parents: Vec<Vec<NodeId>>,
    roots: Vec<NodeId>,
}

/// That one package asks for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge<'l> {
    /// What is asked for.
    pub to: NodeId,
    /// What the lock says of it.
    pub dependency: &'l Dependency,
}

impl<'l> Graph<'l> {
    /// The graph of a lock. Edges to packages that the lock does not have are left out.
    pub fn new(locked: &'l Locked) -> Self {
        let mut nodes: Vec<&LockedPackage> = locked.packages.iter().collect();
        nodes.sort_by(|left, right| key(left).cmp(&key(right)));
        let mut by_name: BTreeMap<&PackageId, Vec<NodeId>> = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            by_name
                .entry(&node.package)
                .or_default()
                .push(NodeId(index));
        }
        let mut graph = Self {
            children: Vec::with_capacity(nodes.len()),
            parents: vec![Vec::new(); nodes.len()],
            roots: Vec::new(),
            nodes,
            by_name,
        };
        graph.connect();
        graph.roots = graph.find_roots();
        graph
    }

    /// Every package, sorted by name, version and marker.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// The package of a node; nothing for a node of another graph.
    pub fn package(&self, node: NodeId) -> Option<&'l LockedPackage> {
        self.nodes.get(node.0).copied()
    }

    /// The entries of a package: several where the lock forks, none where it has none.
    pub fn find(&self, package: &PackageId) -> &[NodeId] {
        self.by_name.get(package).map_or(&[], Vec::as_slice)
    }

    /// The packages that a person asked for, or, where the lock does not tell, those that nobody
    /// depends on. Of a cycle that nobody depends on it is the first by name.
    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    /// What a package asks for, sorted.
    pub fn children(&self, node: NodeId) -> &[Edge<'l>] {
        self.children.get(node.0).map_or(&[], Vec::as_slice)
    }

    /// Who asks for a package, sorted, each once.
    pub fn parents(&self, node: NodeId) -> &[NodeId] {
        self.parents.get(node.0).map_or(&[], Vec::as_slice)
    }

    fn connect(&mut self) {
        for (index, node) in self.nodes.iter().enumerate() {
            let mut edges: Vec<Edge<'l>> = Vec::new();
            for dependency in &node.dependencies {
                let targets = self.targets(dependency);
                edges.extend(targets.into_iter().map(|to| Edge { to, dependency }));
            }
            edges.sort_by_key(|edge| (edge.to, edge.dependency));
            for edge in &edges {
                if let Some(parents) = self.parents.get_mut(edge.to.0)
                    && parents.last() != Some(&NodeId(index))
                {
                    parents.push(NodeId(index));
                }
            }
            self.children.push(edges);
        }
    }

    /// The entries that an edge means: those of its version, where it names one that is there.
    fn targets(&self, dependency: &Dependency) -> Vec<NodeId> {
        let all = self.find(&dependency.package);
        let Some(version) = &dependency.version else {
            return all.to_vec();
        };
        let of_version: Vec<_> = all
            .iter()
            .filter(|node| {
                let own = self
                    .package(**node)
                    .and_then(|node| node.version.as_deref());
                own.is_some_and(|own| is_same_version(own, version))
            })
            .copied()
            .collect();
        if of_version.is_empty() {
            all.to_vec()
        } else {
            of_version
        }
    }

    fn find_roots(&self) -> Vec<NodeId> {
        let is_root = |node: &NodeId| match self.package(*node).and_then(|node| node.direct) {
            Some(direct) => direct,
            None => self.parents(*node).iter().all(|parent| parent == node),
        };
        let mut roots: Vec<_> = self.nodes().filter(is_root).collect();
        let mut reached = vec![false; self.nodes.len()];
        self.reach(&roots, &mut reached);
        for node in self.nodes() {
            let is_unknown = self.package(node).is_some_and(|node| node.direct.is_none());
            if is_unknown && reached.get(node.0) == Some(&false) {
                roots.push(node);
                self.reach(&[node], &mut reached);
            }
        }
        roots.sort_unstable();
        roots
    }

    /// Marks everything that can be reached.
    fn reach(&self, from: &[NodeId], reached: &mut [bool]) {
        let mut queue: VecDeque<_> = from.iter().copied().collect();
        while let Some(node) = queue.pop_front() {
            if let Some(mark) = reached.get_mut(node.0)
                && !*mark
            {
                *mark = true;
                queue.extend(self.children(node).iter().map(|edge| edge.to));
            }
        }
    }
}

fn key(package: &LockedPackage) -> (&PackageId, Option<Version>, Option<&str>, Option<&str>) {
    let version = package.version.as_deref();
    (
        &package.package,
        version.and_then(|version| version.parse().ok()),
        version,
        package.marker.as_deref(),
    )
}

/// Whether two texts are the same version (PEP 440: `1.0` is `1.0.0`).
pub(crate) fn is_same_version(left: &str, right: &str) -> bool {
    left == right
        || matches!(
            (left.parse::<Version>(), right.parse::<Version>()),
            (Ok(left), Ok(right)) if left == right
        )
}

#[cfg(test)]
pub(crate) mod tests;
