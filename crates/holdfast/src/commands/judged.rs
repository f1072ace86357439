//! An evaluation as the result of a command.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use holdfast_model::{Evaluation, Facts, Location, Observed};
use holdfast_report::{LookedAt, evaluation_json, evaluation_sarif, evaluation_text};
use holdfast_rules::{Policy, Selection, catalogue, evaluate};

use super::explain::rules;
use crate::cli::{FailOptions, Format};
use crate::output::{Exit, Outcome, Output};

/// A part of a project, judged; its facts are forgotten.
pub(crate) struct Part {
    evaluation: Evaluation,
    /// The files that were looked at, which other parts may look at as well.
    files: BTreeSet<String>,
    /// The model files, of which no lines are shown: those that are text have lines of megabytes.
    artefacts: BTreeSet<String>,
    environments: usize,
    packages: usize,
    /// The first thing that cannot be read: where, and why.
    unreadable: Option<String>,
}

impl Part {
    /// Judges the facts of a part.
    pub(crate) fn judge(facts: &Facts, selection: &Selection, policy: &Policy) -> Self {
        let mut part = Self {
            evaluation: evaluate(selection, facts, policy),
            files: BTreeSet::new(),
            artefacts: BTreeSet::new(),
            environments: facts.environments.len(),
            packages: 0,
            unreadable: first_unreadable(facts),
        };
        let artefacts = facts.artefacts.iter();
        part.artefacts
            .extend(artefacts.map(|facts| facts.path.clone()));
        part.files.extend(part.artefacts.iter().cloned());
        for environment in &facts.environments {
            if let Observed::Present(declared) = &environment.declared {
                let files = declared.files.iter().map(|file| file.path.clone());
                part.files.extend(files);
            }
            if let Observed::Present(locked) = &environment.locked {
                part.files.insert(locked.file.clone());
                part.packages += locked.packages.len();
            } else if let Observed::Present(installed) = &environment.installed {
                part.packages += installed.packages.len();
            }
        }
        part
    }
}

fn first_unreadable(facts: &Facts) -> Option<String> {
    unreadable(facts).into_iter().next()
}

/// What cannot be read: where, and why. Sorted by environments, then files.
pub(crate) fn unreadable(facts: &Facts) -> Vec<String> {
    let of_environments = facts
        .environments
        .iter()
        .flat_map(|environment| [unread(&environment.declared), unread(&environment.locked)]);
    let others = facts
        .unreadable
        .iter()
        .map(|file| Some((&file.location, file.reason.as_str())));
    let mut told = Vec::new();
    for (location, reason) in of_environments.chain(others).flatten() {
        let unreadable = format!("{location}: {reason}");
        if !told.contains(&unreadable) {
            told.push(unreadable);
        }
    }
    told
}

fn unread<T>(observed: &Observed<T>) -> Option<(&Location, &str)> {
    match observed {
        Observed::Unreadable { location, reason } => Some((location, reason)),
        Observed::Present(_) | Observed::Absent { .. } | Observed::NotLookedFor => None,
    }
}

/// What was judged, and where its files are.
pub(crate) struct Judged<'a> {
    /// The parts, in order.
    pub(crate) parts: Vec<Part>,
    pub(crate) selection: &'a Selection,
    /// The directory that locations are relative to.
    pub(crate) root: &'a Path,
}

/// Prints an evaluation, and exits as it asks for.
pub(crate) fn outcome(judged: Judged<'_>, fail: FailOptions, output: &Output) -> Outcome {
    let root = judged.root;
    let artefacts: BTreeSet<String> = judged
        .parts
        .iter()
        .flat_map(|part| part.artefacts.clone())
        .collect();
    let source = |file: &str| {
        let is_shown = !artefacts.contains(file);
        is_shown.then(|| source(&root.join(file))).flatten()
    };
    let looked_at = looked_at(&judged);
    let evaluation = &Evaluation::merged(judged.parts.into_iter().map(|part| part.evaluation));
    let text = match output.format {
        Format::Text => evaluation_text(evaluation, &looked_at, Some(&source), &output.style),
        Format::Json => evaluation_json(evaluation),
        Format::Sarif => evaluation_sarif(evaluation, &rules()),
    };
    let exit = exit(evaluation, fail);
    Outcome::new(text, exit)
}

/// How a run ends with this evaluation.
pub(crate) fn exit(evaluation: &Evaluation, fail: FailOptions) -> Exit {
    let fails = evaluation.at_least(fail.fail_on.into()).next().is_some()
        || (fail.strict && !evaluation.not_evaluated.is_empty());
    if fails { Exit::Findings } else { Exit::Clean }
}

/// The largest file of which lines are shown: larger ones are not read either.
const LARGEST_SHOWN: u64 = 64 * 1024 * 1024;

/// A file's text for excerpts; nothing where it has none to show.
fn source(file: &Path) -> Option<String> {
    let size = fs_err::metadata(file).ok()?.len();
    (size <= LARGEST_SHOWN)
        .then(|| fs_err::read_to_string(file).ok())
        .flatten()
}

fn looked_at(judged: &Judged<'_>) -> LookedAt {
    let parts = || judged.parts.iter();
    let files: BTreeSet<&str> = parts()
        .flat_map(|part| &part.files)
        .map(String::as_str)
        .collect();
    LookedAt {
        rules: catalogue()
            .iter()
            .filter(|rule| judged.selection.includes(rule))
            .count(),
        files: files.len(),
        environments: parts().map(|part| part.environments).sum(),
        packages: parts().map(|part| part.packages).sum(),
    }
}

/// Makes sure that a clean result cannot be taken for one over nothing at all.
pub(crate) fn something_was_found(facts: &Facts, path: &Path) -> Result<()> {
    let nothing = facts.environments.is_empty() && facts.unreadable.is_empty();
    anyhow::ensure!(!nothing, nothing_in(path));
    Ok(())
}

/// The same, of parts: those in which nothing was found are left out.
pub(crate) fn some_part_was_found(parts: &[Part], path: &Path) -> Result<()> {
    anyhow::ensure!(!parts.is_empty(), nothing_in(path));
    Ok(())
}

/// Makes sure that a file that a person names was read: in a project, one that was not is a gap
/// among others, and here it is all there is.
pub(crate) fn everything_was_read(parts: &[Part]) -> Result<()> {
    match parts.iter().find_map(|part| part.unreadable.as_ref()) {
        Some(unreadable) => anyhow::bail!("{unreadable}"),
        None => Ok(()),
    }
}

fn nothing_in(path: &Path) -> String {
    format!(
        "`{}` has no requirements, no manifest and no lock that Holdfast knows: name the project's directory",
        path.display()
    )
}
