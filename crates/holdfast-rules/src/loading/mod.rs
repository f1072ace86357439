//! Model files beside the locks that load them: what the rules about both have in common.

mod fit;
mod libraries;
mod promises;

use holdfast_model::{ArtefactFacts, Location};

pub(crate) use fit::{Judged, Problem, VersionProblem, judged, lock_of, writers};

use crate::text;

/// Where findings about a model file are: where the configuration names it, else the file.
pub(crate) fn place(facts: &ArtefactFacts) -> Location {
    facts
        .declared
        .clone()
        .unwrap_or_else(|| Location::start_of(facts.path.as_str()))
}

/// The file's path as a lock has it: relative to its project's directory.
pub(crate) fn path_in_project(facts: &ArtefactFacts) -> &str {
    facts
        .path
        .strip_prefix(facts.project.as_str())
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(&facts.path)
}

/// `` `a`, `b` and 3 more ``: model files, each once.
pub(crate) fn some_paths(paths: &[&str]) -> String {
    let mut paths = paths.to_vec();
    paths.dedup();
    text::some_of(paths)
}
