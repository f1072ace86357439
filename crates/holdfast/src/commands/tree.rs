//! `holdfast tree`: what depends on what.

use anyhow::Result;
use holdfast_locked::Graph;
use holdfast_report::{Forest, Tree, TreeDependency, TreePackage, tree_json, tree_text};

use super::locks::{FoundLock, locks, reference};
use crate::cli::TreeOptions;
use crate::environment::Environment;
use crate::output::{Outcome, Output};

/// Draws every lock that the path leads to.
pub(crate) fn run(
    options: &TreeOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let locks = locks(&options.path, &options.environments, environment)?;
    let forest = Forest {
        trees: locks.iter().map(tree).collect(),
    };
    let text = output.text_or_json(|style| tree_text(&forest, style), || tree_json(&forest))?;
    Ok(Outcome::clean(text))
}

fn tree(found: &FoundLock) -> Tree {
    let graph = Graph::new(&found.locked);
    let packages = graph.nodes().filter_map(|node| {
        let package = graph.package(node)?;
        let dependencies = graph.children(node).iter().filter_map(|edge| {
            Some(TreeDependency {
                purl: graph.package(edge.to)?.purl(),
                specifier: edge.dependency.specifier.clone(),
                marker: edge.dependency.marker.clone(),
            })
        });
        Some(TreePackage {
            package: reference(package),
            direct: package.direct,
            dependencies: dependencies.collect(),
        })
    });
    Tree {
        environment: found.environment.as_ref().map(ToString::to_string),
        file: found.locked.file.clone(),
        roots: graph
            .roots()
            .iter()
            .filter_map(|root| graph.package(*root))
            .map(holdfast_model::LockedPackage::purl)
            .collect(),
        packages: packages.collect(),
    }
}
