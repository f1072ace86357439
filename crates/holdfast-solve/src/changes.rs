//! What a run changed in locks that were there before.

use holdfast_model::{EnvironmentName, Locked, PackageId};
use pep440_rs::Version;

use crate::refused::Refused;
use crate::request::Upgrade;

/// A package that moved, came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The environment.
    pub environment: EnvironmentName,
    /// The package.
    pub package: PackageId,
    /// The version before; absent where the package is new.
    pub from: Option<String>,
    /// The version now; absent where the package is gone.
    pub to: Option<String>,
    /// Why.
    pub cause: ChangeCause,
}

/// Why a package moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeCause {
    /// Its version was refused, for these reasons.
    Refused(Vec<String>),
    /// An upgrade was asked for.
    Upgrade,
    /// Something else that changed brought it about.
    Follows,
}

/// What is different between a lock as it was and as it is, sorted by package.
pub(crate) fn changes(
    environment: &EnvironmentName,
    before: &Locked,
    after: &Locked,
    refused: &Refused,
    upgrade: &Upgrade,
) -> Vec<Change> {
    let old = before.by_package();
    let new = after.by_package();
    let names: std::collections::BTreeSet<&PackageId> =
        old.keys().chain(new.keys()).copied().collect();
    let version = |packages: Option<&Vec<&holdfast_model::LockedPackage>>| {
        let mut versions: Vec<&str> = packages?
            .iter()
            .filter_map(|package| package.version.as_deref())
            .collect();
        versions.sort_unstable();
        (!versions.is_empty()).then(|| versions.join(", "))
    };
    names
        .into_iter()
        .filter_map(|package| {
            let from = version(old.get(package));
            let to = version(new.get(package));
            if from == to {
                return None;
            }
            let cause = cause(package, from.as_deref(), refused, upgrade);
            Some(Change {
                environment: environment.clone(),
                package: package.clone(),
                from,
                to,
                cause,
            })
        })
        .collect()
}

fn cause(
    package: &PackageId,
    from: Option<&str>,
    refused: &Refused,
    upgrade: &Upgrade,
) -> ChangeCause {
    let reasons = from
        .and_then(|version| version.parse::<Version>().ok())
        .and_then(|version| Some(refused.packages.get(package)?.reasons_against(&version)))
        .unwrap_or_default();
    if !reasons.is_empty() {
        ChangeCause::Refused(reasons.into_iter().map(str::to_owned).collect())
    } else if upgrade.packages.includes(package) {
        ChangeCause::Upgrade
    } else {
        ChangeCause::Follows
    }
}
