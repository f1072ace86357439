//! What is said of a bisection, in text and in HTML alike.

use super::{
    Bisection, BisectionVerdict, Culprit, Difference, Exchange, Explains, Together, Trial,
    TrialOutcome,
};
use crate::comparison::part;
use crate::human;
use crate::style::Role;

/// How many characters of a value are shown: any number has fewer.
const LONGEST_VALUE: usize = 32;

fn grouped(count: u64) -> String {
    human::grouped(human::amount(count))
}

/// What differs between the locks, and how much the predictions do.
pub(super) fn summary(bisection: &Bisection) -> String {
    let count = bisection.changes.len();
    let differ = if count == 1 { "differs" } else { "differ" };
    let packages = human::count(count, "package", "packages");
    let changed = match bisection.verdict {
        BisectionVerdict::NotReproducible | BisectionVerdict::Unstable => {
            return format!("{packages} {differ}");
        }
        BisectionVerdict::Culprits | BisectionVerdict::None | BisectionVerdict::Inseparable => {
            bisection.difference.changed
        }
    };
    let predictions = human::count(human::amount(bisection.inputs), "prediction", "predictions");
    let change = if changed == 1 { "changes" } else { "change" };
    match changed {
        0 => format!("{packages} {differ}, no prediction changes"),
        _ => format!(
            "{packages} {differ}, {} of {predictions} {change}",
            grouped(changed)
        ),
    }
}

/// `numpy 1.26.4 → 2.0.0`; `+ six 1.16.0` and `- six 1.16.0` where it is on one side alone.
pub(super) fn exchange(exchange: &Exchange) -> String {
    let package = &exchange.package;
    match (&exchange.before, &exchange.after) {
        (Some(before), Some(after)) => format!("{package} {before} → {after}"),
        (None, Some(after)) => format!("{package} {after}, which was not there,"),
        (Some(before), None) => format!("{package} {before}, which is not there any more,"),
        (None, None) => package.clone(),
    }
}

/// Who is responsible, in one sentence.
pub(super) fn responsible(culprit: &Culprit) -> String {
    let changes: Vec<String> = culprit.changes.iter().map(exchange).collect();
    let changes = human::list(&changes);
    match (culprit.together, culprit.changes.len()) {
        (Together::Alone, _) | (_, 0 | 1) => format!("{changes} is responsible"),
        (Together::Interaction, 2) => {
            format!("{changes} are responsible, neither without the other")
        }
        (Together::Interaction, _) => format!("{changes} are responsible, none without the others"),
        (Together::Inseparable, _) => {
            format!("one or more of {changes} are responsible; they cannot be tried apart")
        }
    }
}

/// What a culprit does by itself, and how much of the whole difference that is.
pub(super) fn effect(culprit: &Culprit, bisection: &Bisection) -> Vec<String> {
    let it = match culprit.changes.len() {
        0 | 1 => "it",
        _ => "them",
    };
    let is_first = bisection.culprits.first() == Some(culprit);
    let alone = match (is_first, culprit.carried.is_empty()) {
        (true, true) => format!("with {it} alone"),
        (true, false) => format!("with {it} and what moved along"),
        (false, _) => format!("with {it} on top of what comes before"),
    };
    let predictions = human::count(human::amount(bisection.inputs), "prediction", "predictions");
    let change = if culprit.difference.changed == 1 {
        "changes"
    } else {
        "change"
    };
    let mut first = format!(
        "{} of {predictions} {change} {alone}",
        grouped(culprit.difference.changed)
    );
    for more in more_of(&culprit.difference) {
        first.push_str(", ");
        first.push_str(&more);
    }
    let mut lines = vec![first];
    let all = bisection.difference.changed;
    match culprit.explains {
        Explains::All => lines.extend(innocent(culprit, bisection)),
        Explains::Part => lines.push(format!(
            "explains {} of the {} that change",
            grouped(culprit.explained),
            human::count(human::amount(all), "prediction", "predictions"),
        )),
    }
    lines
}

/// That nothing else matters, as far as it was tried.
fn innocent(culprit: &Culprit, bisection: &Bisection) -> Option<String> {
    let is_one_of = |package: &str, changes: &[Exchange]| {
        changes.iter().any(|change| change.package == package)
    };
    let carried: Vec<Exchange> = culprit
        .carried
        .iter()
        .map(|one| one.change.clone())
        .collect();
    let names = bisection
        .changes
        .iter()
        .map(|change| change.package.as_str());
    let others: Vec<&str> = names
        .filter(|name| !is_one_of(name, &culprit.changes) && !is_one_of(name, &carried))
        .collect();
    let was_tried = bisection.trials.iter().any(|trial| {
        let exchanged = &trial.exchanged;
        trial.outcome == TrialOutcome::Same
            && others
                .iter()
                .all(|name| exchanged.iter().any(|one| one == name))
            && !exchanged
                .iter()
                .any(|name| is_one_of(name, &culprit.changes))
    });
    match (others.len(), was_tried) {
        (0, _) => None,
        (_, false) => Some("that is the whole difference".to_owned()),
        (1, true) => Some("the one other change leaves every prediction as it was".to_owned()),
        (number, true) => Some(format!(
            "all other {} changes together leave every prediction as it was",
            human::grouped(number)
        )),
    }
}

/// Flipped labels, and the largest difference with its values.
fn more_of(difference: &Difference) -> Vec<String> {
    let mut parts = Vec::new();
    if difference.flipped > 0 {
        let flip = if difference.flipped == 1 {
            "flips"
        } else {
            "flip"
        };
        let labels = human::count(human::amount(difference.flipped), "label", "labels");
        parts.push(format!("{labels} {flip}"));
    }
    if let Some(largest) = &difference.largest {
        let size = largest.absolute.map_or_else(
            || "largest difference".to_owned(),
            |size| format!("largest difference {}", human::number(size)),
        );
        let part = match largest.path.as_str() {
            "" => String::new(),
            path => format!(", {}", part(path)),
        };
        let (before, after) = values(&largest.before, &largest.after);
        parts.push(format!(
            "{size} (input {}{part}: {before} → {after})",
            largest.input
        ));
    }
    parts
}

/// Both values to the digits that matter, unless they look the same so.
fn values(before: &str, after: &str) -> (String, String) {
    let rounded = (value(before), value(after));
    if rounded.0 != rounded.1 {
        return rounded;
    }
    let whole = |json: &str| human::short(json, LONGEST_VALUE);
    (whole(before), whole(after))
}

/// A value to the digits that matter where it is a number.
fn value(json: &str) -> String {
    match json.parse::<f64>() {
        Ok(number) if number.is_finite() => human::number(number),
        Ok(_) | Err(_) => human::short(json, LONGEST_VALUE),
    }
}

/// How predictions differ: `12 of 200 predictions differ, largest difference …`.
fn differ(difference: &Difference, inputs: u64) -> String {
    let predictions = human::count(human::amount(inputs), "prediction", "predictions");
    let differ = if difference.changed == 1 {
        "differs"
    } else {
        "differ"
    };
    let mut text = format!("{} of {predictions} {differ}", grouped(difference.changed));
    for more in more_of(difference) {
        text.push_str(", ");
        text.push_str(&more);
    }
    text
}

/// Why there are no culprits, and what to do: a sentence, and more below it.
pub(super) fn without_culprits(bisection: &Bisection) -> Option<(Role, String, Vec<String>)> {
    let by_how_much = bisection
        .disagreement
        .as_ref()
        .map(|difference| differ(difference, bisection.inputs));
    let (role, headline, advice) = match bisection.verdict {
        BisectionVerdict::Culprits => return None,
        BisectionVerdict::Inseparable if !bisection.culprits.is_empty() => return None,
        BisectionVerdict::Inseparable => (
            Role::Error,
            "the changes that are responsible cannot be tried apart".to_owned(),
            "",
        ),
        BisectionVerdict::None => (
            Role::Added,
            "no change is responsible: both locks predict the same".to_owned(),
            "",
        ),
        BisectionVerdict::NotReproducible => (
            Role::Error,
            format!(
                "the recorded predictions do not come back under {}",
                bisection.from.lock
            ),
            "no package is responsible for that: look at model files, the code and the machine, or record them again with `holdfast golden record`",
        ),
        BisectionVerdict::Unstable => (
            Role::Error,
            "two runs of the same environment predict differently".to_owned(),
            "fix the seeds and the number of threads in the predict script, or allow for the difference with a tolerance",
        ),
    };
    let advice = (!advice.is_empty()).then(|| advice.to_owned());
    let more = by_how_much.into_iter().chain(advice).collect();
    Some((role, headline, more))
}

/// What no culprit explains.
pub(super) fn remaining(bisection: &Bisection) -> Option<String> {
    let remaining = bisection.remaining.as_ref()?;
    let text = differ(remaining, bisection.inputs);
    Some(format!(
        "beside the second lock with all of that in place, {text}: it takes more of the changes than were told apart"
    ))
}

/// `tried 6 environments in 14 s`.
pub(super) fn tried(bisection: &Bisection) -> String {
    let environments = human::count(
        human::amount(bisection.environments),
        "environment",
        "environments",
    );
    match bisection.seconds.and_then(human::seconds) {
        Some(seconds) => format!("tried {environments} in {seconds}"),
        None => format!("tried {environments}"),
    }
}

/// The packages that a trial took from the second lock; of more than `named`, the first.
pub(super) fn exchanged(trial: &Trial, bisection: &Bisection, named: usize) -> String {
    let names = &trial.exchanged;
    let all = bisection.changes.len();
    if names.is_empty() {
        return "none".to_owned();
    }
    if names.len() == all && all > 1 {
        return format!("all {}", human::grouped(all));
    }
    let left: Vec<&str> = bisection
        .changes
        .iter()
        .map(|change| change.package.as_str())
        .filter(|name| !names.iter().any(|one| one == name))
        .collect();
    if left.len() < names.len() {
        return format!("all but {}", first_of(&left, named));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    first_of(&names, named)
}

fn first_of(names: &[&str], named: usize) -> String {
    let more = names.len().saturating_sub(named);
    // "and 1 more" would take the room of the name
    if more <= 1 {
        return names.join(", ");
    }
    let first: Vec<&str> = names.iter().take(named).copied().collect();
    format!("{} and {} more", first.join(", "), human::grouped(more))
}

/// How a trial ended, and its colour.
pub(super) fn outcome(outcome: TrialOutcome) -> (Role, &'static str) {
    match outcome {
        TrialOutcome::Same => (Role::Added, "same"),
        TrialOutcome::Different => (Role::Error, "different"),
        TrialOutcome::Unresolved => (Role::Warning, "unresolved"),
    }
}

/// How many predictions changed in a trial, or why it has none.
pub(super) fn result(trial: &Trial) -> String {
    match (&trial.reason, trial.changed) {
        (Some(reason), _) => reason.clone(),
        (None, Some(changed)) if changed > 0 => format!("{} changed", grouped(changed)),
        (None, _) => String::new(),
    }
}

/// How long a trial took.
pub(super) fn took(trial: &Trial) -> String {
    let parts = [trial.seconds_install, trial.seconds_run];
    let parts: Vec<f64> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return String::new();
    }
    human::seconds(parts.iter().sum()).unwrap_or_default()
}
