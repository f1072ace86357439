//! What rules about model files share.

use holdfast_model::{Artefact, ArtefactFacts, Hazard, HazardKind, Layer, Location, Within};

use crate::answer::Answer;
use crate::{Context, FindingBuilder, Rule};

/// The model files that could be looked at.
pub(crate) fn artefacts<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (&'a ArtefactFacts, &'a Artefact)> + use<'a> {
    context
        .facts
        .artefacts
        .iter()
        .filter_map(|facts| Some((facts, facts.artefact.present()?)))
}

/// A finding about a place within a model file.
pub(crate) fn finding(
    rule: &'static Rule,
    facts: &ArtefactFacts,
    at: &Within,
    message: String,
) -> FindingBuilder {
    let location = facts
        .declared
        .clone()
        .unwrap_or_else(|| Location::start_of(facts.path.clone()));
    let mut finding = rule
        .finding(Layer::Models)
        .at(&location)
        .message(message)
        .subject(facts.path.clone());
    if !at.members.is_empty() {
        finding = finding.detail("member", at.members.join("!"));
    }
    if let Some(offset) = at.offset {
        finding = finding.detail("offset", offset);
    }
    match &facts.environment {
        Some(name) => finding.in_environment(name),
        None => finding,
    }
}

/// The file's name in a message, and the member's where it lies in one: `` `a.zip` (in `b.pkl`) ``.
pub(crate) fn named(facts: &ArtefactFacts, at: &Within) -> String {
    if at.members.is_empty() {
        format!("`{}`", facts.path)
    } else {
        format!("`{}` (in `{}`)", facts.path, at.members.join("!"))
    }
}

/// One finding for each hazard that a rule has words for.
pub(crate) fn hazards(
    rule: &'static Rule,
    context: &Context<'_>,
    fix: &str,
    words: fn(&HazardKind) -> Option<String>,
) -> Answer {
    let mut answer = rule.answer();
    for (facts, artefact) in artefacts(context) {
        for Hazard { kind, at } in &artefact.content.hazards {
            let Some(what) = words(kind) else {
                continue;
            };
            let message = format!("{} {what}", named(facts, at));
            answer.find(finding(rule, facts, at, message).fix(fix));
        }
    }
    answer
}
