//! Why a package is there, as `holdfast why` shows it.

use holdfast_model::Location;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Report, document};
use crate::human;
use crate::layout::{Page, plain};
use crate::package::PackageRef;
use crate::style::{Role, Style};

/// Why a package is in one or more locks or environments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// The package that was asked about.
    pub name: String,
    /// One answer per lock or environment that has it and per version there; empty where none has.
    pub answers: Vec<WhyAnswer>,
    /// Where none has it: the name that was most likely meant.
    pub nearest: Option<String>,
}

/// Why a package is in one lock or environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WhyAnswer {
    /// The environment; null in a project without configuration.
    pub environment: Option<String>,
    /// The lock, or the directory of the environment.
    pub file: String,
    /// The package.
    #[serde(flatten)]
    pub package: PackageRef,
    /// Where a person asks for it.
    pub requirements: Vec<WhyRequirement>,
    /// Chains from what a person asks for down to the package, shortest first; without the one that
    /// consists of the package alone.
    pub paths: Vec<Vec<WhyStep>>,
    /// How many chains there are besides.
    pub more_paths: usize,
}

/// A requirement that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WhyRequirement {
    /// The requirement as written.
    pub text: String,
    /// Where it is written.
    pub location: Option<Location>,
}

/// A link of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WhyStep {
    /// The package.
    #[serde(flatten)]
    pub package: PackageRef,
    /// The range that the link before asks of it, where it is known; null in the first link.
    pub specifier: Option<String>,
    /// The marker under which the link before needs it.
    pub marker: Option<String>,
}

impl Report for Why {
    const SCHEMA: &'static str = "holdfast/why/1";
}

/// The answers as JSON (`holdfast/why/1`).
pub fn why_json(why: &Why) -> String {
    document(why)
}

/// The answers as text: a line per chain.
pub fn why_text(why: &Why, style: &Style) -> String {
    let mut page = Page::default();
    if why.answers.is_empty() {
        let name = plain(&why.name);
        let meant = why.nearest.as_deref().map_or_else(String::new, |near| {
            format!("; did you mean `{}`?", plain(near))
        });
        page.line(&format!("nothing that was looked at has `{name}`{meant}"));
    }
    for answer in &why.answers {
        page.blank();
        page.line(&title(answer, style));
        for requirement in &answer.requirements {
            page.line(&requirement_line(requirement, style));
        }
        for path in &answer.paths {
            write_path(path, &mut page, style);
        }
        if answer.more_paths > 0 {
            let more = human::count(answer.more_paths, "more chain", "more chains");
            page.line(&format!("  and {more}"));
        }
        if answer.requirements.is_empty() && answer.paths.is_empty() {
            page.line("  nothing in the lock says who asks for it");
        }
    }
    page.finish()
}

fn title(answer: &WhyAnswer, style: &Style) -> String {
    let package = style.paint(Role::Strong, &plain(&answer.package.in_words()));
    let file = plain(&answer.file);
    match &answer.environment {
        Some(environment) => format!("{package} · {} · {file}", plain(environment)),
        None => format!("{package} · {file}"),
    }
}

fn requirement_line(requirement: &WhyRequirement, style: &Style) -> String {
    let text = plain(&requirement.text);
    match &requirement.location {
        Some(location) => {
            let location = plain(&location.to_string()).into_owned();
            let location = style.paint(Role::Faint, &location);
            format!("  asked for directly: {text}  {location}")
        }
        None => format!("  asked for directly: {text}"),
    }
}

/// One chain; where it is too wide it is broken before an arrow.
fn write_path(path: &[WhyStep], page: &mut Page, style: &Style) {
    let mut line = String::new();
    let mut used = 0;
    for (number, step) in path.iter().enumerate() {
        let is_last = number + 1 == path.len();
        let words = step_in_words(step, is_last);
        let words = plain(&words);
        let needed = crate::layout::width(&words) + 3;
        if number > 0 && used + needed > style.width.max(40) {
            page.line(&line);
            line.clear();
            line.push_str("     ");
            used = line.len();
        } else {
            line.push(' ');
            used += 1;
        }
        if number > 0 {
            line.push_str(&style.paint(Role::Faint, "→ "));
        } else {
            line.push(' ');
        }
        let role = if is_last { Role::Strong } else { Role::Plain };
        line.push_str(&style.paint(role, &words));
        used += needed;
    }
    page.line(&line);
}

/// A link in words. The last one is the package itself: of it, the range matters.
fn step_in_words(step: &WhyStep, is_last: bool) -> String {
    let mut words = match &step.specifier {
        Some(specifier) if is_last && !specifier.is_empty() => {
            format!("{} {specifier}", step.package.name)
        }
        _ => step.package.in_words(),
    };
    if let Some(marker) = &step.marker {
        words.push_str(" if ");
        words.push_str(marker);
    }
    words
}
