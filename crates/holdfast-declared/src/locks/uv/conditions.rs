//! Under which markers each selection of a `uv.lock` installs each package.
//!
//! The lock has markers on its edges alone: a package is installed where some path from a selection
//! to it holds.

use std::collections::BTreeMap;

use pep508_rs::MarkerTree;

use super::Lock;
use super::groups::{Nodes, Target, roots};
use crate::locks::collect;
use crate::locks::conditions::Condition;
use crate::locks::conditions::walk::{Budget, Entangled, Graph, follow};

/// The condition of each package of the lock, the project itself left out.
pub(crate) fn conditions(lock: &Lock<'_>) -> Result<Vec<Condition>, Entangled> {
    let nodes = Nodes::new(&lock.package);
    let mut selections: BTreeMap<&str, Vec<Target<'_>>> = BTreeMap::new();
    for (name, targets) in roots(lock) {
        selections.entry(name).or_default().extend(targets);
    }
    let mut conditions = vec![Condition::new(); lock.package.len()];
    let mut budget = Budget::default();
    for (name, targets) in &selections {
        let Some(name) = collect::name(name) else {
            continue;
        };
        let mut starts = Vec::new();
        for target in targets {
            nodes.reach(target, |node| starts.push((node, target.marker)));
        }
        let reached = follow(&nodes, starts, &mut budget)?;
        for (position, marker) in by_package(&nodes, reached) {
            if let Some(condition) = conditions.get_mut(position) {
                condition.insert(name.clone(), marker.try_to_string());
            }
        }
    }
    let mut of_others = Vec::with_capacity(conditions.len());
    for (package, mut condition) in lock.package.iter().zip(conditions) {
        if package.source.r#virtual.is_some() {
            // a member of the workspace that is no package
            condition.clear();
        }
        if !package.is_root() {
            of_others.push(condition);
        }
    }
    Ok(of_others)
}

/// Where each package or one of its extras is reached.
fn by_package(nodes: &Nodes<'_>, reached: Vec<MarkerTree>) -> BTreeMap<usize, MarkerTree> {
    let mut by_package: BTreeMap<usize, MarkerTree> = BTreeMap::new();
    for (node, marker) in reached.into_iter().enumerate() {
        if !marker.is_false() {
            by_package
                .entry(nodes.package(node))
                .or_insert(MarkerTree::FALSE)
                .or(marker);
        }
    }
    by_package
}

impl Graph for Nodes<'_> {
    fn count(&self) -> usize {
        Self::count(self)
    }

    fn edges(&self, node: usize, visit: &mut dyn FnMut(usize, Option<&str>)) {
        for edge in Self::edges(self, node) {
            let target = Target::from(edge);
            self.reach(&target, |node| visit(node, target.marker));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse as read;
    use super::*;
    use crate::locks::source::Source;

    const LOCK: &str = r#"
version = 1
requires-python = ">=3.9"

[[package]]
name = "app"
source = { virtual = "." }
dependencies = [
    { name = "click" },
    { name = "uvicorn", extra = ["standard"], marker = "python_full_version >= '3.10'" },
]
[package.dev-dependencies]
dev = [{ name = "colorama" }]

[[package]]
name = "click"
version = "8.1"
dependencies = [{ name = "colorama", marker = "sys_platform == 'win32'" }]

[[package]]
name = "colorama"
version = "0.4"

[[package]]
name = "uvicorn"
version = "0.30"
dependencies = [{ name = "click" }]
[package.optional-dependencies]
standard = [
    { name = "colorama", marker = "sys_platform == 'win32'" },
    { name = "uvloop", marker = "sys_platform != 'win32'" },
]
other = [{ name = "unwanted" }]

[[package]]
name = "uvloop"
version = "0.19"
dependencies = [{ name = "uvicorn" }]

[[package]]
name = "unwanted"
version = "1"
"#;

    fn told(text: &str) -> Vec<Vec<String>> {
        let source = Source::new(text, "uv.lock");
        let lock = read(&source).unwrap();
        conditions(&lock)
            .unwrap()
            .into_iter()
            .map(|condition| {
                let lines = condition.into_iter();
                lines
                    .map(|(name, marker)| match marker {
                        Some(marker) => format!("{name}: {marker}"),
                        None => name,
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn markers_of_edges_become_markers_of_packages() {
        assert_eq!(
            told(LOCK),
            [
                vec!["main"],
                vec!["dev", "main: sys_platform == 'win32'"],
                vec!["main: python_full_version >= '3.10'"],
                vec!["main: python_full_version >= '3.10' and sys_platform != 'win32'"],
                vec![],
            ]
        );
    }

    #[test]
    fn members_that_are_no_packages_are_not_installed() {
        let text = "version = 1\n[manifest]\nmembers = [\"a\", \"b\"]\n\
            [[package]]\nname = \"a\"\nsource = { virtual = \"a\" }\ndependencies = [{ name = \"b\" }, { name = \"six\" }]\n\
            [[package]]\nname = \"b\"\nsource = { editable = \"b\" }\n\
            [[package]]\nname = \"six\"\nversion = \"1\"\n";
        assert_eq!(told(text), [vec![], vec!["main"], vec!["main"]]);
    }
}
