//! The graph as a tree, line by line.

use holdfast_model::Dependency;

use super::{Graph, NodeId};

/// A line of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeLine<'l> {
    /// The package.
    pub node: NodeId,
    /// How deep it is below its root, which is at 0.
    pub depth: usize,
    /// Whether no sibling comes after it.
    pub is_last: bool,
    /// What leads to it from the line above it; absent for a root.
    pub dependency: Option<&'l Dependency>,
    /// Whether what it depends on follows.
    pub visit: Visit,
}

/// Whether what a package depends on follows its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// It does, if there is anything.
    Here,
    /// It stands at an earlier line of the package.
    Before,
    /// The package is one of those above the line: a cycle.
    Cycle,
}

impl<'l> Graph<'l> {
    /// The trees of all roots. Each package is expanded once, so there are no more lines than roots
    /// and edges together.
    pub fn tree(&self) -> Vec<TreeLine<'l>> {
        let mut walk = Walk {
            graph: self,
            lines: Vec::new(),
            is_expanded: vec![false; self.nodes.len()],
            above: Vec::new(),
        };
        for (position, root) in self.roots().iter().enumerate() {
            walk.from(*root, position + 1 == self.roots().len());
        }
        walk.lines
    }

    /// The tree below one package.
    pub fn tree_below(&self, node: NodeId) -> Vec<TreeLine<'l>> {
        let mut walk = Walk {
            graph: self,
            lines: Vec::new(),
            is_expanded: vec![false; self.nodes.len()],
            above: Vec::new(),
        };
        walk.from(node, true);
        walk.lines
    }
}

struct Walk<'g, 'l> {
    graph: &'g Graph<'l>,
    lines: Vec<TreeLine<'l>>,
    is_expanded: Vec<bool>,
    /// The packages from the root to the line before.
    above: Vec<NodeId>,
}

impl Walk<'_, '_> {
    fn from(&mut self, root: NodeId, is_last: bool) {
        let mut open = vec![TreeLine {
            node: root,
            depth: 0,
            is_last,
            dependency: None,
            visit: Visit::Here,
        }];
        while let Some(mut line) = open.pop() {
            self.above.truncate(line.depth);
            line.visit = self.visit(line.node);
            if line.visit == Visit::Here {
                if let Some(is_expanded) = self.is_expanded.get_mut(line.node.0) {
                    *is_expanded = true;
                }
                let edges = self.graph.children(line.node).iter().rev();
                open.extend(edges.enumerate().map(|(position, edge)| TreeLine {
                    node: edge.to,
                    depth: line.depth + 1,
                    is_last: position == 0,
                    dependency: Some(edge.dependency),
                    visit: Visit::Here,
                }));
            }
            self.above.push(line.node);
            self.lines.push(line);
        }
    }

    fn visit(&self, node: NodeId) -> Visit {
        let is_expanded = self.is_expanded.get(node.0) == Some(&true);
        if !is_expanded || self.graph.children(node).is_empty() {
            Visit::Here
        } else if self.above.contains(&node) {
            Visit::Cycle
        } else {
            Visit::Before
        }
    }
}
