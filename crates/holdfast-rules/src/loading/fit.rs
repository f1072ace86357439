//! How well a lock fits a model file, and which of several fits best.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{
    Artefact, ArtefactFacts, ArtefactFormat, EnvironmentFacts, LockFormat, Locked, Severity,
    WriterVersion,
};
use pep440_rs::Version;

use super::libraries::{names, package_of};
use super::promises::{Distance, ONNX_RUNTIME_SOURCE, onnx_limits, promise};
use crate::Context;

/// A model file beside the lock that it is judged by.
#[derive(Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) facts: &'a ArtefactFacts,
    pub(crate) environment: &'a EnvironmentFacts,
    pub(crate) locked: &'a Locked,
    /// How many locks could have been meant.
    pub(crate) choices: usize,
    pub(crate) problems: Vec<Problem>,
}

/// What is wrong between a model file and a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Another version of a library than wrote the file is locked.
    Version(VersionProblem),
    /// Another major version of numpy.
    Numpy {
        written: String,
        locked: String,
        severity: Severity,
        /// What comes of it.
        comes_of_it: &'static str,
    },
    /// Libraries that the file needs are not locked.
    NotLocked {
        libraries: Vec<String>,
        severity: Severity,
    },
}

/// A version of a library that was written with beside the one that is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionProblem {
    pub(crate) library: String,
    /// What the file is, as the middle of a sentence: `was written by scikit-learn 1.5.2`.
    pub(crate) is: String,
    pub(crate) written: String,
    pub(crate) locked: String,
    pub(crate) severity: Severity,
    /// Which promise is broken.
    pub(crate) says: String,
    pub(crate) source: Option<&'static str>,
}

impl Problem {
    fn severity(&self) -> Severity {
        match self {
            Self::Version(problem) => problem.severity,
            Self::Numpy { severity, .. } | Self::NotLocked { severity, .. } => *severity,
        }
    }
}

impl Judged<'_> {
    /// The lock, as messages name it.
    pub(crate) fn lock(&self) -> String {
        let file = &self.locked.file;
        match self.choices {
            1 => format!("`{file}`"),
            choices => format!("`{file}`, which of {choices} locks fits it best,"),
        }
    }
}

/// Every model file that could be read beside the lock that loads it: that of its environment, or of
/// all the project's the one that fits best. Those without a lock are left out.
pub(crate) fn judged<'a>(context: &Context<'a>) -> Vec<Judged<'a>> {
    let present = context.facts.artefacts.iter().filter_map(|facts| {
        let artefact = facts.artefact.present()?;
        Some((facts, artefact))
    });
    present
        .filter_map(|(facts, artefact)| best(context, facts, artefact))
        .collect()
}

/// The locks that may load a model file.
pub(crate) fn lock_of<'a>(
    context: &Context<'a>,
    facts: &'a ArtefactFacts,
) -> Vec<(&'a EnvironmentFacts, &'a Locked)> {
    context
        .environments()
        .filter(|environment| environment.project == facts.project)
        .filter(|environment| {
            let wanted = facts.environment.as_ref();
            wanted.is_none_or(|wanted| environment.name.as_ref() == Some(wanted))
        })
        .filter_map(|environment| Some((environment, environment.locked.present()?)))
        .filter(|(_, locked)| locked.format != LockFormat::Npm)
        .collect()
}

fn best<'a>(
    context: &Context<'a>,
    facts: &'a ArtefactFacts,
    artefact: &Artefact,
) -> Option<Judged<'a>> {
    let locks = lock_of(context, facts);
    let choices = locks.len();
    let count = |problems: &[Problem], severity| {
        let same = problems.iter().filter(|it| it.severity() == severity);
        same.count()
    };
    locks
        .into_iter()
        .map(|(environment, locked)| Judged {
            facts,
            environment,
            locked,
            choices,
            problems: problems(facts, artefact, locked),
        })
        // of equals the first, and environments are sorted
        .min_by_key(|judged| {
            [Severity::Error, Severity::Warning, Severity::Note]
                .map(|severity| count(&judged.problems, severity))
        })
}

fn problems(facts: &ArtefactFacts, artefact: &Artefact, locked: &Locked) -> Vec<Problem> {
    let versions = Versions::of(locked);
    let mut problems = Vec::new();
    for (library, written) in writers(artefact) {
        if artefact.format == ArtefactFormat::Onnx {
            // a model is not loaded by what made it
            continue;
        }
        let found = versions.of_library(library);
        let mut candidates: Vec<Problem> = Vec::new();
        let mut fits = found.is_empty();
        for locked in &found {
            let problem = if library == "numpy" {
                numpy(written, locked)
            } else {
                version(library, written, artefact.format, locked)
            };
            match problem {
                Some(problem) => candidates.push(problem),
                None => fits = true,
            }
        }
        // a lock that forks by marker has several; the one that fits best may be meant
        if !fits {
            problems.extend(candidates.into_iter().min_by_key(Problem::severity));
        }
    }
    if artefact.format == ArtefactFormat::Onnx {
        problems.extend(onnx(artefact, &versions));
    }
    problems.extend(not_locked(facts, artefact, locked, &versions));
    problems
}

/// The libraries that wrote a file, each with the most that is known of its version.
pub(crate) fn writers(artefact: &Artefact) -> BTreeSet<(&str, &WriterVersion)> {
    let all = || {
        let writers = artefact.content.writers.iter();
        writers.map(|writer| (writer.library.as_str(), &writer.version))
    };
    let rank = |version: &WriterVersion| match version {
        WriterVersion::Exact(_) => 2,
        WriterVersion::Major(_) => 1,
        WriterVersion::Unknown => 0,
    };
    all()
        .filter(|(library, version)| {
            all().all(|(other, more)| other != *library || rank(more) <= rank(version))
        })
        .collect()
}

/// The versions that a lock has, by the names of packages.
struct Versions<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'a> Versions<'a> {
    fn of(locked: &'a Locked) -> Self {
        let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for package in &locked.packages {
            let of_name = versions.entry(package.package.name()).or_default();
            of_name.extend(package.version.as_deref());
        }
        Self(versions)
    }

    fn has(&self, library: &str) -> bool {
        names(library).any(|name| self.0.contains_key(name))
    }

    fn of_library(&self, library: &str) -> Vec<&'a str> {
        names(library)
            .filter_map(|name| self.0.get(name))
            .flatten()
            .copied()
            .collect()
    }
}

fn parsed(version: &str) -> Option<Version> {
    version.parse().ok()
}

fn number(version: &Version, position: usize) -> u64 {
    version.release().get(position).copied().unwrap_or_default()
}

fn version(
    library: &str,
    written: &WriterVersion,
    format: ArtefactFormat,
    locked_text: &str,
) -> Option<Problem> {
    let locked = parsed(locked_text)?.without_local();
    let promise = promise(library, format);
    let problem = |severity, says: String| {
        Problem::Version(VersionProblem {
            library: library.to_owned(),
            is: match written {
                WriterVersion::Unknown => format!("was written by {library}"),
                WriterVersion::Exact(_) | WriterVersion::Major(_) => {
                    format!("was written by {library} {written}")
                }
            },
            written: written.to_string(),
            locked: locked_text.to_owned(),
            severity,
            says,
            source: promise.map(|promise| promise.source),
        })
    };
    let removed = promise
        .and_then(|promise| promise.removed_in)
        .and_then(parsed);
    if removed.is_some_and(|removed| locked >= removed) {
        return Some(problem(
            Severity::Error,
            promise
                .map(|promise| promise.says)
                .unwrap_or_default()
                .to_owned(),
        ));
    }
    let (first, is_older) = difference(written, &locked)?;
    match promise {
        Some(promise) => {
            let distance = if is_older {
                promise.older
            } else {
                promise.newer
            };
            Some(problem(severity(distance, first)?, promise.says.to_owned()))
        }
        None => Some(problem(
            Severity::Note,
            format!(
                "what {library} promises about loading files of other versions is not known here"
            ),
        )),
    }
}

fn severity(distance: Distance, first: usize) -> Option<Severity> {
    match first {
        0 => distance.major,
        1 => distance.minor,
        _ => distance.patch,
    }
}

/// The position of the first number in which two versions differ, and whether the file's is older.
/// Nothing where they are the same, as far as is known.
fn difference(written: &WriterVersion, locked: &Version) -> Option<(usize, bool)> {
    match written {
        WriterVersion::Unknown => None,
        WriterVersion::Major(major) => {
            let locked = number(locked, 0);
            (*major != locked).then_some((0, *major < locked))
        }
        WriterVersion::Exact(text) => {
            let written = parsed(text)?.without_local();
            if written == *locked {
                return None;
            }
            let first = (0..2).find(|at| number(&written, *at) != number(locked, *at));
            Some((first.unwrap_or(2), written < *locked))
        }
    }
}

/// The first numpy of 1.x that has stand-ins for the modules of 2: as its wheels show.
const FIRST_WITH_CORE: [u64; 3] = [1, 26, 1];

fn numpy(written: &WriterVersion, locked_text: &str) -> Option<Problem> {
    let locked = parsed(locked_text)?;
    let (first, is_older) = difference(written, &locked)?;
    if first != 0 {
        return None;
    }
    let has_core = locked.release() >= FIRST_WITH_CORE.as_slice();
    let (severity, comes_of_it) = if is_older {
        (
            Severity::Warning,
            "it loads, and may compute other numbers: numpy 2 changed how types are promoted (NEP 50)",
        )
    } else if has_core {
        (
            Severity::Warning,
            "arrays load through stand-ins that numpy has for that alone, and may compute other numbers (NEP 50)",
        )
    } else {
        (
            Severity::Error,
            "it cannot be loaded: `numpy._core` is not there before 1.26.1",
        )
    };
    Some(Problem::Numpy {
        written: written.to_string(),
        locked: locked_text.to_owned(),
        severity,
        comes_of_it,
    })
}

/// What a model asks of ONNX Runtime beyond what the locked release reads: the worst of it for each
/// number.
fn onnx(artefact: &Artefact, versions: &Versions<'_>) -> Vec<Problem> {
    let locked = versions.of_library("onnxruntime");
    let limits: Vec<_> = locked
        .iter()
        .filter_map(|text| Some((*text, onnx_limits(parsed(text)?.release())?)))
        .collect();
    // where there are several, one that is not known may be meant
    if limits.len() < locked.len() {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (key, value) in &artefact.content.metadata {
        let Ok(asked) = value.trim().parse::<u64>() else {
            continue;
        };
        let best = limits
            .iter()
            .filter_map(|(text, limits)| Some((limits.of(key)?, *text)))
            .max();
        let Some(((limit, what), locked)) = best else {
            continue;
        };
        if asked > limit {
            problems.push(Problem::Version(VersionProblem {
                library: "onnxruntime".to_owned(),
                is: format!("needs {what} {asked}"),
                written: asked.to_string(),
                locked: locked.to_owned(),
                severity: Severity::Error,
                says: format!("ONNX Runtime {locked} reads up to {limit}"),
                source: Some(ONNX_RUNTIME_SOURCE),
            }));
        }
    }
    problems
}

fn not_locked(
    facts: &ArtefactFacts,
    artefact: &Artefact,
    locked: &Locked,
    versions: &Versions<'_>,
) -> Option<Problem> {
    let mut needed: BTreeSet<&str> = artefact
        .content
        .imports
        .iter()
        .filter_map(|import| package_of(&import.module))
        .collect();
    if artefact.format != ArtefactFormat::Onnx {
        needed.extend(writers(artefact).into_iter().map(|(library, _)| library));
    }
    let missing: Vec<String> = needed
        .iter()
        .filter(|library| !versions.has(library))
        .map(|library| (*library).to_owned())
        .collect();
    // pinned requirements may leave out what their packages need
    let may_be_incomplete = locked.format == LockFormat::Requirements;
    if missing.is_empty() || (may_be_incomplete && missing.len() < needed.len()) {
        return None;
    }
    Some(Problem::NotLocked {
        libraries: missing,
        // nobody said that this lock loads it
        severity: match facts.declared {
            Some(_) => Severity::Error,
            None => Severity::Warning,
        },
    })
}
