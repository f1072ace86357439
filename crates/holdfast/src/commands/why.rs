//! `holdfast why`: every path from a requirement to a package.

use std::collections::BTreeMap;

use anyhow::Result;
use holdfast_locked::Graph;
use holdfast_locked::graph::NodeId;
use holdfast_model::{Ecosystem, LockedPackage, PackageId};
use holdfast_report::{Why, WhyAnswer, WhyRequirement, WhyStep, why_json, why_text};

use super::locks::{FoundLock, locks, reference};
use crate::cli::WhyOptions;
use crate::environment::Environment;
use crate::nearest::nearest;
use crate::output::{Exit, Outcome, Output};

/// As many paths as a person reads.
const SHOWN: usize = 12;
/// As many as are counted.
const COUNTED: usize = 200;

/// Answers for every lock that the path leads to. A package that none has exits 1.
pub(crate) fn run(
    options: &WhyOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let locks = locks(&options.path, &options.environments, environment)?;
    let mut why = Why {
        name: options.package.clone(),
        answers: Vec::new(),
        nearest: None,
    };
    for found in &locks {
        let graph = Graph::new(&found.locked);
        for package in [Ecosystem::Pypi, Ecosystem::Npm, Ecosystem::Conda]
            .map(|ecosystem| PackageId::new(ecosystem, &options.package))
        {
            why.answers.extend(answers(found, &graph, &package));
        }
    }
    if why.answers.is_empty() {
        let names = locks.iter().flat_map(|found| &found.locked.packages);
        let names = names.map(|package| package.package.name());
        why.nearest = nearest(&options.package, names).map(str::to_owned);
    }
    let exit = if why.answers.is_empty() {
        Exit::Findings
    } else {
        Exit::Clean
    };
    let text = output.text_or_json(|style| why_text(&why, style), || why_json(&why))?;
    Ok(Outcome::new(text, exit))
}

/// One answer per entry of the package, with the paths that end at it.
fn answers(found: &FoundLock, graph: &Graph<'_>, package: &PackageId) -> Vec<WhyAnswer> {
    let mut by_end: BTreeMap<NodeId, Vec<Vec<NodeId>>> = graph
        .find(package)
        .iter()
        .map(|node| (*node, Vec::new()))
        .collect();
    for path in graph.paths_to(package, COUNTED) {
        if let Some(paths) = path.last().and_then(|end| by_end.get_mut(end)) {
            paths.push(path);
        }
    }
    by_end
        .into_iter()
        .filter_map(|(node, mut paths)| {
            let entry = graph.package(node)?;
            paths.retain(|path| path.len() > 1);
            let more_paths = paths.len().saturating_sub(SHOWN);
            paths.truncate(SHOWN);
            Some(WhyAnswer {
                environment: found.environment.as_ref().map(ToString::to_string),
                file: found.locked.file.clone(),
                package: reference(entry),
                requirements: requirements(found, entry),
                paths: paths.iter().map(|path| steps(graph, path)).collect(),
                more_paths,
            })
        })
        .collect()
}

/// Where people ask for a package; without a place where only the lock says that somebody does.
fn requirements(found: &FoundLock, entry: &LockedPackage) -> Vec<WhyRequirement> {
    let mut written: Vec<WhyRequirement> = found
        .requirements(entry)
        .map(|requirement| WhyRequirement {
            text: requirement.text.clone(),
            location: Some(requirement.location.clone()),
        })
        .collect();
    if written.is_empty() && entry.direct == Some(true) {
        written.push(WhyRequirement {
            text: entry.package.name().to_owned(),
            location: None,
        });
    }
    written
}

fn steps(graph: &Graph<'_>, path: &[NodeId]) -> Vec<WhyStep> {
    let before = std::iter::once(None).chain(path.iter().copied().map(Some));
    before
        .zip(path)
        .filter_map(|(before, node)| {
            let edge = before
                .and_then(|before| graph.children(before).iter().find(|edge| edge.to == *node));
            Some(WhyStep {
                package: reference(graph.package(*node)?),
                specifier: edge.and_then(|edge| edge.dependency.specifier.clone()),
                marker: edge.and_then(|edge| edge.dependency.marker.clone()),
            })
        })
        .collect()
}
