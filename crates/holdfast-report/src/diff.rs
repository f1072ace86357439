//! What differs between two locks, as `holdfast diff` shows it.

mod markdown;
mod text;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Report, document};
use crate::package::PackageRef;

pub use markdown::diff_markdown;
pub use text::diff_text;

/// The differences between pairs of locks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Diff {
    /// One part per pair of locks that were compared, sorted.
    pub locks: Vec<LockDifference>,
}

/// The differences between two locks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockDifference {
    /// What was compared: a path, or `REV:PATH` in git.
    pub before: String,
    /// What it was compared with.
    pub after: String,
    /// Settings that differ, such as the interpreter; sorted by name.
    pub settings: Vec<SettingChange>,
    /// Packages that were not there before; sorted.
    pub added: Vec<AddedPackage>,
    /// Packages that are not there any more; sorted.
    pub removed: Vec<RemovedPackage>,
    /// Packages that are there in another form; sorted.
    pub changed: Vec<ChangedPackage>,
}

/// A setting that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SettingChange {
    /// Its name: `python`, `platforms`.
    pub name: String,
    /// Its value before; null where there was none.
    pub before: Option<String>,
    /// Its value after; null where there is none.
    pub after: Option<String>,
}

/// A package that was not there before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct AddedPackage {
    /// The package.
    #[serde(flatten)]
    pub package: PackageRef,
    /// Whether a person asks for it; null where that cannot be told.
    pub direct: Option<bool>,
    /// For a transitive package, the chains that brought it in: names from what a person asks for
    /// down to what depends on it.
    pub brought_in_by: Vec<Vec<String>>,
}

/// A package that is not there any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct RemovedPackage {
    /// The package.
    #[serde(flatten)]
    pub package: PackageRef,
    /// Whether a person asked for it; null where that cannot be told.
    pub direct: Option<bool>,
}

/// A package that is there in another form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ChangedPackage {
    /// Its package URL, without a version.
    pub purl: String,
    /// Its name.
    pub name: String,
    /// Its version before; null where there was none.
    pub before: Option<String>,
    /// Its version after; null where there is none.
    pub after: Option<String>,
    /// Whether a person asks for it; null where that cannot be told.
    pub direct: Option<bool>,
    /// What else differs, in words, at the same version or besides it: `files`, `marker`; sorted.
    pub also: Vec<String>,
}

impl Report for Diff {
    const SCHEMA: &'static str = "holdfast/diff/1";
}

/// The differences as JSON (`holdfast/diff/1`).
pub fn diff_json(diff: &Diff) -> String {
    document(diff)
}

impl LockDifference {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
            && self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
    }

    /// The number of packages added, removed and changed: `3 added, 1 removed, 2 changed`.
    fn counts(&self) -> String {
        let counts = [
            (self.added.len(), "added"),
            (self.removed.len(), "removed"),
            (self.changed.len(), "changed"),
        ];
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{} {word}", crate::human::grouped(number)))
            .collect();
        if counts.is_empty() {
            "the same packages".to_owned()
        } else {
            counts.join(", ")
        }
    }
}

/// Who asked for a package that was added: `direct`, or the shortest chain.
fn cause(package: &AddedPackage) -> String {
    let shortest = package.brought_in_by.iter().min_by_key(|chain| chain.len());
    match (package.direct, shortest) {
        (Some(true), _) => "asked for directly".to_owned(),
        (_, Some(chain)) => {
            let more = package.brought_in_by.len() - 1;
            let chain = chain.join(" → ");
            if more == 0 {
                format!("brought in by {chain}")
            } else {
                format!("brought in by {chain} and {more} more")
            }
        }
        (_, None) => String::new(),
    }
}

/// A version, or a dash where there is none.
fn or_dash(version: Option<&String>) -> &str {
    version.map_or("-", String::as_str)
}

/// What is to be known of a changed package besides its versions.
fn remarks(package: &ChangedPackage) -> String {
    let direct = (package.direct == Some(true)).then_some("asked for directly");
    let also = (!package.also.is_empty())
        .then(|| format!("{} changed", crate::human::list(&package.also)));
    let remarks: Vec<String> = direct.map(str::to_owned).into_iter().chain(also).collect();
    remarks.join("; ")
}
