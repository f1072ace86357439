//! Choosing groups and extras of a lock, and saying of each package when it is installed.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{LockFormat, LockGroups, Locked, LockedPackage, PackageId};

use super::markers::{When, any_of, both, chosen};
use crate::groups;

/// The selection of what a project always needs.
pub const MAIN: &str = "main";

/// Each group, extra or environment that installs a package, with the marker under which it does.
pub type Condition = BTreeMap<String, Option<String>>;

/// What is taken of a lock.
#[derive(Debug, Clone, Copy)]
pub enum Take<'t> {
    /// All of it: groups and extras stay a choice of whoever installs the lock.
    Everything,
    /// These groups, extras or environments, with [`MAIN`] by its name, as one selection.
    Only(&'t BTreeSet<String>),
}

/// What was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The packages, each with the marker under which it is installed.
    pub packages: Vec<LockedPackage>,
    /// The choices that are left.
    pub groups: LockGroups,
    /// How many packages of each group were left out.
    pub left_out: BTreeMap<String, usize>,
}

/// Why something cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    /// The lock has no such group.
    #[error("`{file}` has no group `{name}`: {}", there_are(known))]
    NoSuchGroup {
        /// The lock.
        file: String,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Nothing at all is part of what was asked for.
    #[error("nothing of `{file}` belongs to `{}`: {}", names.join("`, `"), there_are(known))]
    Nothing {
        /// The lock.
        file: String,
        /// What was asked for.
        names: Vec<String>,
        /// What there is.
        known: Vec<String>,
    },
}

fn there_are(known: &[String]) -> String {
    if known.is_empty() {
        return "it has no groups at all".to_owned();
    }
    format!("there are `{}`", known.join("`, `"))
}

/// Takes what was chosen of a lock. `conditions` say of each of its packages, in their order, when it
/// is installed.
pub fn take(
    locked: &Locked,
    conditions: &[Condition],
    wanted: Take<'_>,
) -> Result<Taken, TakeError> {
    match wanted {
        // the standard says it in markers already
        Take::Everything if locked.format == LockFormat::Pylock => Ok(Taken {
            packages: locked.packages.clone(),
            groups: locked.groups.clone(),
            left_out: BTreeMap::new(),
        }),
        Take::Everything => Ok(everything(locked, conditions)),
        Take::Only(names) => only(locked, conditions, names),
    }
}

fn everything(locked: &Locked, conditions: &[Condition]) -> Taken {
    let choices = Choices::of(locked, conditions);
    let mut packages = Vec::new();
    for (package, condition) in locked.packages.iter().zip(conditions) {
        packages.extend(installed(package, choices.when(condition)));
    }
    Taken {
        packages,
        groups: choices.left(locked),
        left_out: BTreeMap::new(),
    }
}

fn only(
    locked: &Locked,
    conditions: &[Condition],
    names: &BTreeSet<String>,
) -> Result<Taken, TakeError> {
    let known = known(locked, conditions);
    for name in names {
        if name != MAIN && !known.contains(name) {
            return Err(TakeError::NoSuchGroup {
                file: locked.file.clone(),
                name: name.clone(),
                known: known.into_iter().collect(),
            });
        }
    }
    let defaults = locked.groups.default_groups.iter().map(String::as_str);
    let mut active: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    if names.contains(MAIN) {
        active.extend(defaults);
        active.extend(ALWAYS);
    }
    let is_chosen = |word: &str| {
        let name = of_uv(word);
        active
            .iter()
            .any(|active| is_same(active, word) || is_same(active, name))
    };
    let mut packages = Vec::new();
    let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
    for (package, condition) in locked.packages.iter().zip(conditions) {
        // of the standard's markers, those of always installed packages name no group
        let is_standard = locked.format == LockFormat::Pylock;
        let held: Vec<When> = condition
            .iter()
            .filter(|(name, _)| is_standard || active.contains(name.as_str()))
            .map(|(_, marker)| decided(marker.as_deref(), &is_chosen))
            .collect();
        let taken = installed(package, any_of(&held));
        if taken.is_none() {
            for name in condition.keys().filter(|name| *name != MAIN) {
                *left_out.entry(name.clone()).or_default() += 1;
            }
        }
        packages.extend(taken);
    }
    if packages.is_empty() && !locked.packages.is_empty() {
        return Err(TakeError::Nothing {
            file: locked.file.clone(),
            names: names.iter().cloned().collect(),
            known: known.into_iter().collect(),
        });
    }
    Ok(Taken {
        packages,
        groups: LockGroups::default(),
        left_out,
    })
}

/// The package as it is installed, where it ever is.
fn installed(package: &LockedPackage, when: When) -> Option<LockedPackage> {
    let marker = match when {
        When::Always => None,
        When::If(marker) => Some(marker),
        When::Never => return None,
    };
    Some(LockedPackage {
        groups: marker.as_deref().map(groups::of_marker).unwrap_or_default(),
        marker,
        ..package.clone()
    })
}

/// When a marker holds under the choices that were made; no marker always does.
fn decided(marker: Option<&str>, is_chosen: &dyn Fn(&str) -> bool) -> When {
    marker.map_or(When::Always, |marker| chosen(marker, is_chosen))
}

/// Names of all groups, extras and environments of a lock; [`MAIN`] where something belongs to it.
fn known(locked: &Locked, conditions: &[Condition]) -> BTreeSet<String> {
    let LockGroups {
        extras,
        dependency_groups,
        default_groups: _,
    } = &locked.groups;
    conditions
        .iter()
        .flat_map(BTreeMap::keys)
        .chain(extras)
        .chain(dependency_groups)
        .cloned()
        .collect()
}

/// npm's marks that do not keep a package from being installed.
const ALWAYS: [&str; 2] = ["optional", "peer"];

/// The choices that a lock leaves to whoever installs it.
struct Choices {
    extras: BTreeSet<String>,
    groups: BTreeSet<String>,
    /// Whether `optional` and `peer` are no choices, as npm has them.
    is_npm: bool,
}

impl Choices {
    fn of(locked: &Locked, conditions: &[Condition]) -> Self {
        let is_npm = locked.format == LockFormat::Npm;
        let extras: BTreeSet<String> = locked.groups.extras.iter().cloned().collect();
        let listed: BTreeSet<String> = locked.groups.dependency_groups.iter().cloned().collect();
        let mut groups = listed.clone();
        groups.extend(
            known(locked, conditions)
                .into_iter()
                .filter(|name| name != MAIN && !extras.contains(name))
                .filter(|name| !(is_npm && ALWAYS.contains(&name.as_str()))),
        );
        Self {
            extras,
            groups,
            is_npm,
        }
    }

    /// When a package is installed.
    fn when(&self, condition: &Condition) -> When {
        let mut always = Vec::new();
        let mut by_choice: BTreeMap<When, Vec<String>> = BTreeMap::new();
        for (name, marker) in condition {
            let is_chosen = |word: &str| is_same(word, name) || is_same(of_uv(word), name);
            let when = decided(marker.as_deref(), &is_chosen);
            if name == MAIN || (self.is_npm && ALWAYS.contains(&name.as_str())) {
                always.push(when);
            } else {
                let clauses = by_choice.entry(when).or_default();
                clauses.extend(self.clauses(name));
            }
        }
        let main = any_of(&always);
        let mut alternatives = Vec::new();
        match &main {
            When::Always => return When::Always,
            When::If(marker) => alternatives.push(marker.clone()),
            When::Never => {}
        }
        for (when, clauses) in by_choice {
            // what main installs anyway needs no choice
            if clauses.is_empty() || when == main {
                continue;
            }
            let chosen = clauses.join(" or ");
            match when {
                When::Always => alternatives.push(chosen),
                When::If(marker) => alternatives.push(both(&chosen, &marker)),
                When::Never => {}
            }
        }
        match alternatives.as_slice() {
            [] => When::Never,
            [only] => When::If(only.clone()),
            several => When::If(joined(several)),
        }
    }

    /// The standard's words for a choice.
    fn clauses(&self, name: &str) -> Vec<String> {
        // what cannot be quoted cannot be chosen
        let quote = match (name.contains('\''), name.contains('"')) {
            (false, _) => '\'',
            (true, false) => '"',
            (true, true) => return Vec::new(),
        };
        let mut clauses = Vec::new();
        if self.extras.contains(name) {
            clauses.push(format!("{quote}{name}{quote} in extras"));
        }
        if self.groups.contains(name) {
            clauses.push(format!("{quote}{name}{quote} in dependency_groups"));
        }
        clauses
    }

    fn left(self, locked: &Locked) -> LockGroups {
        LockGroups {
            extras: self.extras.into_iter().collect(),
            dependency_groups: self.groups.into_iter().collect(),
            default_groups: locked.groups.default_groups.clone(),
        }
    }
}

/// Alternatives as one marker. `and` binds more tightly than `or`, and is enclosed for people.
fn joined(alternatives: &[String]) -> String {
    let enclosed: Vec<String> = alternatives
        .iter()
        .map(|marker| {
            if marker.contains(" and ") {
                format!("({marker})")
            } else {
                marker.clone()
            }
        })
        .collect();
    enclosed.join(" or ")
}

/// Whether two names of extras or groups are the same (PEP 685).
fn is_same(left: &str, right: &str) -> bool {
    left == right || PackageId::pypi(left) == PackageId::pypi(right)
}

/// The extra or group that a word of uv's means, which names the project as well:
/// `extra-3-app-gpu`, `group-3-app-dev`, where 3 is the length of `app`. Any other word as it is.
fn of_uv(word: &str) -> &str {
    let name = || {
        let rest = word
            .strip_prefix("extra-")
            .or_else(|| word.strip_prefix("group-"))?;
        let (length, rest) = rest.split_once('-')?;
        let length: usize = length.parse().ok()?;
        rest.get(length..)?.strip_prefix('-')
    };
    name().unwrap_or(word)
}
