//! Ways from the roots to a package: why it is there.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use holdfast_model::PackageId;

use super::{Graph, NodeId};

/// How many steps are tried for each path that is wanted, before giving up on finding more.
const STEPS_PER_PATH: usize = 4096;

/// One package of a path that is being tried, and the one before it.
struct Step {
    node: NodeId,
    before: Option<usize>,
    length: usize,
}

impl Graph<'_> {
    /// At most `limit` ways from a root to any entry of `package`, shortest first; each begins at a
    /// root, ends at the package, and has no package twice.
    ///
    /// The number of ways grows without bounds in a large graph: they are looked for best first, and
    /// the search gives up after some thousand steps for each.
    pub fn paths_to(&self, package: &PackageId, limit: usize) -> Vec<Vec<NodeId>> {
        let distances = self.distances_to(package);
        let distance = |node: NodeId| distances.get(node.0).copied().flatten();
        let mut steps: Vec<Step> = Vec::new();
        let mut open = BinaryHeap::new();
        for root in self.roots() {
            if let Some(distance) = distance(*root) {
                open.push(Reverse((distance, steps.len())));
                steps.push(Step {
                    node: *root,
                    before: None,
                    length: 0,
                });
            }
        }
        let mut paths = Vec::new();
        let mut budget = limit.saturating_mul(STEPS_PER_PATH);
        while let Some(Reverse((_, index))) = open.pop() {
            if paths.len() >= limit || budget == 0 {
                break;
            }
            budget -= 1;
            let path = path(&steps, index);
            let (Some(last), Some(length)) = (
                path.last().copied(),
                steps.get(index).map(|step| step.length),
            ) else {
                continue;
            };
            if distance(last) == Some(0) {
                paths.push(path);
                continue;
            }
            let mut children: Vec<_> = self.children(last).iter().map(|edge| edge.to).collect();
            children.dedup();
            for child in children {
                if let Some(distance) = distance(child)
                    && !path.contains(&child)
                {
                    open.push(Reverse((length + 1 + distance, steps.len())));
                    steps.push(Step {
                        node: child,
                        before: Some(index),
                        length: length + 1,
                    });
                }
            }
        }
        paths
    }

    /// The shortest way to any entry of `package` from each root that leads to it, shortest first.
    pub fn shortest_chains_to(&self, package: &PackageId) -> Vec<Vec<NodeId>> {
        let distances = self.distances_to(package);
        let distance = |node: NodeId| distances.get(node.0).copied().flatten();
        let mut chains: Vec<_> = self
            .roots()
            .iter()
            .filter_map(|root| {
                let mut chain = vec![*root];
                let mut node = *root;
                let mut left = distance(node)?;
                while left > 0 {
                    left -= 1;
                    let edges = self.children(node);
                    node = edges
                        .iter()
                        .find(|edge| distance(edge.to) == Some(left))?
                        .to;
                    chain.push(node);
                }
                Some(chain)
            })
            .collect();
        chains.sort_by_key(|chain| (chain.len(), chain.clone()));
        chains
    }

    /// How many edges lead from each package to the nearest entry of `package`.
    fn distances_to(&self, package: &PackageId) -> Vec<Option<usize>> {
        let mut distances = vec![None; self.nodes.len()];
        let mut queue: VecDeque<_> = self.find(package).iter().map(|node| (*node, 0)).collect();
        while let Some((node, distance)) = queue.pop_front() {
            if let Some(known) = distances.get_mut(node.0)
                && known.is_none()
            {
                *known = Some(distance);
                let parents = self.parents(node).iter();
                queue.extend(parents.map(|parent| (*parent, distance + 1)));
            }
        }
        distances
    }
}

/// The packages from the root to a step.
fn path(steps: &[Step], last: usize) -> Vec<NodeId> {
    let step = steps.get(last);
    let mut path: Vec<_> = std::iter::successors(step, |step| {
        step.before.and_then(|before| steps.get(before))
    })
    .map(|step| step.node)
    .collect();
    path.reverse();
    path
}
