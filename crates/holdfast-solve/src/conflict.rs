//! Why there is no set of versions that satisfies everything, in terms of what people wrote.

mod text;

use std::collections::{BTreeSet, VecDeque};

use holdfast_model::{EnvironmentName, Location, LockSource, Locked, PackageId, WheelFilename};
use holdfast_uv::{Answer, SolveRequest};
use jiff::Timestamp;
use pep440_rs::Version;

use crate::admissible::is_asked_for;
use crate::joint::Joint;
use crate::lock::LockError;
use crate::refused::{Candidate, versions_text};

/// The smallest set of things that cannot all be had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conflict {
    /// Packages of which everything that fits is refused; none where the declarations alone
    /// contradict each other.
    pub refused: Vec<RefusedPackage>,
    /// Releases that would fit and are too young.
    pub too_young: Vec<TooYoung>,
    /// Environments that are kept as they are locked, where that is what stands in the way.
    pub kept: Vec<EnvironmentName>,
    /// What is refused of the packages that those environments keep.
    pub kept_refused: Vec<KeptPackage>,
    /// Packages that no index has.
    pub unknown: Vec<UnknownPackage>,
    /// The requirements that people wrote and that the solver's explanation speaks of.
    pub declared: Vec<Chain>,
    /// The solver's own explanation.
    pub solver: String,
}

/// A package of which everything that fits is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedPackage {
    /// The package.
    pub package: PackageId,
    /// Who asks for it: from a requirement that a person wrote to the package.
    pub chains: Vec<Chain>,
    /// Why, and which versions; in the order in which they were found.
    pub reasons: Vec<(String, String)>,
    /// The oldest release above everything that is refused.
    pub first_good: Option<String>,
    /// Where there is none above, the newest release that is not refused.
    pub last_good: Option<String>,
    /// Whether a release that would fit has a source archive.
    pub source: SourceArchive,
}

/// Whether a package could be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceArchive {
    /// It has a source archive.
    Present,
    /// It has none.
    Absent,
}

/// A package that a kept environment has, and that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPackage {
    /// The environment.
    pub environment: EnvironmentName,
    /// The package.
    pub package: PackageId,
    /// Its version.
    pub version: String,
    /// Why it is refused.
    pub reasons: Vec<String>,
}

/// A package that no index has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPackage {
    /// The package.
    pub package: PackageId,
    /// The index that it belongs to, where it belongs to one.
    pub index: Option<String>,
    /// The requirements that ask for it; empty where only other packages do.
    pub chains: Vec<Chain>,
    /// The packages that ask for it, as the solver names them: `front==1.0`.
    pub holders: Vec<String>,
}

/// A path from a requirement that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The requirement as written.
    pub requirement: String,
    /// Where.
    pub location: Location,
    /// The packages between, and the package itself; empty where the requirement asks for it.
    pub through: Vec<String>,
}

/// A release that would fit and is too young.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooYoung {
    /// The package.
    pub package: PackageId,
    /// The release.
    pub version: String,
    /// When it was uploaded; absent where its index does not tell.
    pub uploaded: Option<Timestamp>,
}

impl Conflict {
    /// Finds what stands in the way, by asking again with less refused.
    pub(crate) fn explain(joint: &mut Joint<'_>, solver: String) -> Result<Self, LockError> {
        let mut conflict = Self {
            solver,
            ..Self::default()
        };
        conflict.kept = kept(joint)?;
        if !conflict.kept.is_empty() {
            conflict.kept_refused = kept_refused(joint);
            return Ok(conflict);
        }
        let all: Vec<PackageId> = joint.refused.packages.keys().cloned().collect();
        for package in &all {
            let Some(without) = joint.refused.packages.remove(package) else {
                continue;
            };
            if let Answer::Solved(_) = joint.ask(&joint.solve_request())? {
                joint.refused.packages.insert(package.clone(), without);
            }
        }
        let needed: Vec<PackageId> = joint.refused.packages.keys().cloned().collect();
        for package in needed {
            conflict.refused.push(refused_package(joint, &package));
        }
        if conflict.refused.is_empty() {
            conflict.unknown = unknown(joint, &conflict.solver);
        }
        if conflict.is_without_reason() {
            conflict.too_young = too_young(joint)?;
        }
        if conflict.is_without_reason() {
            conflict.declared = declared(joint, &conflict.solver);
        }
        Ok(conflict)
    }

    /// Whether nothing but the declarations themselves is known to stand in the way.
    fn is_without_reason(&self) -> bool {
        self.refused.is_empty()
            && self.kept.is_empty()
            && self.unknown.is_empty()
            && self.too_young.is_empty()
    }
}

/// Reads `Because x was not found in the package registry`.
fn unknown(joint: &Joint<'_>, solver: &str) -> Vec<UnknownPackage> {
    let names: BTreeSet<&str> = solver
        .match_indices(" was not found in the package registry")
        .filter_map(|(position, _)| solver.get(..position)?.rsplit(char::is_whitespace).next())
        .collect();
    names
        .into_iter()
        .map(|name| {
            let package = PackageId::pypi(name);
            UnknownPackage {
                index: joint
                    .only_index(&package)
                    .map(|(index, _)| index.to_owned()),
                chains: direct_chains(joint, &package),
                holders: holders(solver, name),
                package,
            }
        })
        .collect()
}

/// Reads `Because front==1.0 depends on x` and `all versions of front depend on x`.
fn holders(solver: &str, name: &str) -> Vec<String> {
    let mut holders: Vec<String> = [" depends on ", " depend on "]
        .into_iter()
        .flat_map(|words| solver.match_indices(words))
        .filter_map(|(position, words)| {
            let (before, after) = (
                solver.get(..position)?,
                solver.get(position + words.len()..)?,
            );
            let on = after
                .split(|letter: char| letter.is_whitespace() || "=<>!~[,".contains(letter))
                .next()?;
            let (rest, by) = before.rsplit_once(char::is_whitespace)?;
            (on == name && !rest.ends_with("environment")).then(|| by.to_owned())
        })
        .collect();
    holders.sort();
    holders.dedup();
    holders
}

/// The requirements that the solver names, in the order in which they are written.
fn declared(joint: &Joint<'_>, solver: &str) -> Vec<Chain> {
    let is_named = |package: &PackageId| {
        solver
            .split(|letter: char| letter.is_whitespace() || "=<>!~[,;".contains(letter))
            .any(|word| word == package.name())
    };
    let packages: BTreeSet<&PackageId> = joint
        .requirements()
        .map(|(_, requirement)| &requirement.package)
        .filter(|package| is_named(package))
        .collect();
    let mut chains: Vec<Chain> = packages
        .into_iter()
        .flat_map(|package| direct_chains(joint, package))
        .collect();
    chains.sort_by(|left, right| left.location.cmp(&right.location));
    chains
}

fn refused_package(joint: &Joint<'_>, package: &PackageId) -> RefusedPackage {
    let refused = joint.refused.packages.get(package);
    let reasons = refused
        .into_iter()
        .flat_map(|refused| &refused.reasons)
        .map(|(reason, versions)| (reason.clone(), versions_text(versions)))
        .collect();
    let (first_good, last_good) = good(joint, package);
    RefusedPackage {
        package: package.clone(),
        chains: chains(joint, package),
        reasons,
        first_good: first_good.map(|version| version.to_string()),
        last_good: last_good.map(|version| version.to_string()),
        source: source(joint, package),
    }
}

/// The oldest release above everything that is refused; else the newest that is not refused.
fn good(joint: &Joint<'_>, package: &PackageId) -> (Option<Version>, Option<Version>) {
    let (Some(releases), Some(refused)) = (
        joint.releases.get(package),
        joint.refused.packages.get(package),
    ) else {
        return (None, None);
    };
    let candidates = joint.machine().candidates(package, releases);
    let worst = releases
        .releases
        .iter()
        .rfind(|release| refused.versions.contains(&release.version))
        .map(|release| &release.version);
    let first = candidates
        .iter()
        .find(|candidate| worst.is_none_or(|worst| candidate.version > *worst));
    let last = candidates
        .iter()
        .rfind(|candidate| !refused.versions.contains(&candidate.version))
        .filter(|_| first.is_none());
    let version = |candidate: &Candidate| candidate.version.clone();
    (first.map(version), last.map(version))
}

/// Whether something that is refused and would fit has a source archive.
fn source(joint: &Joint<'_>, package: &PackageId) -> SourceArchive {
    let requirements = joint.requirements_of(package);
    let has_source = joint.releases.get(package).is_some_and(|releases| {
        releases.releases.iter().any(|release| {
            is_asked_for(&requirements, &release.version)
                && release.files.iter().any(|file| !is_wheel(&file.name))
        })
    });
    if has_source {
        SourceArchive::Present
    } else {
        SourceArchive::Absent
    }
}

fn is_wheel(name: &str) -> bool {
    name.parse::<WheelFilename>().is_ok()
}

/// Who asks for a package: directly, else by the shortest path in the first solution.
fn chains(joint: &Joint<'_>, package: &PackageId) -> Vec<Chain> {
    let mut chains = direct_chains(joint, package);
    if chains.is_empty() {
        for locked in joint.first.iter().flatten() {
            chains.extend(shortest(joint, locked, package));
        }
    }
    without_repetition(chains)
}

/// The requirements that ask for a package by name.
fn direct_chains(joint: &Joint<'_>, package: &PackageId) -> Vec<Chain> {
    let chains = joint
        .requirements_of(package)
        .into_iter()
        .map(|(_, requirement)| Chain {
            requirement: requirement.text.clone(),
            location: requirement.location.clone(),
            through: Vec::new(),
        });
    without_repetition(chains.collect())
}

/// A requirement of a shared part is one of every environment that extends it.
fn without_repetition(mut chains: Vec<Chain>) -> Vec<Chain> {
    let mut seen = BTreeSet::new();
    chains.retain(|chain| seen.insert((chain.location.clone(), chain.through.clone())));
    chains
}

fn shortest(joint: &Joint<'_>, locked: &Locked, target: &PackageId) -> Option<Chain> {
    let environment = &locked.holdfast.as_ref()?.environment;
    let by_package = locked.by_package();
    let mut queue: VecDeque<Vec<&PackageId>> = VecDeque::new();
    let mut seen: BTreeSet<&PackageId> = BTreeSet::new();
    for package in locked
        .packages
        .iter()
        .filter(|package| package.direct == Some(true))
    {
        if seen.insert(&package.package) {
            queue.push_back(vec![&package.package]);
        }
    }
    while let Some(path) = queue.pop_front() {
        let Some(last) = path.last() else { continue };
        if *last == target {
            let root = path.first()?;
            let (_, requirement) = joint.requirements().find(|(name, requirement)| {
                *name == environment && requirement.package == **root
            })?;
            return Some(Chain {
                requirement: requirement.text.clone(),
                location: requirement.location.clone(),
                through: path
                    .iter()
                    .skip(1)
                    .map(|package| package.name().to_owned())
                    .collect(),
            });
        }
        for next in by_package
            .get(last)
            .into_iter()
            .flatten()
            .flat_map(|package| &package.dependencies)
        {
            if seen.insert(&next.package) {
                let mut longer = path.clone();
                longer.push(&next.package);
                queue.push_back(longer);
            }
        }
    }
    None
}

/// The environments that are kept, if there is a solution without keeping them.
fn kept(joint: &mut Joint<'_>) -> Result<Vec<EnvironmentName>, LockError> {
    if joint.kept.is_empty() {
        return Ok(Vec::new());
    }
    let kept = std::mem::take(&mut joint.kept);
    let answer = joint.ask(&joint.solve_request())?;
    let names = kept
        .iter()
        .map(|environment| environment.name.clone())
        .collect();
    joint.kept = kept;
    Ok(if matches!(answer, Answer::Solved(_)) {
        names
    } else {
        Vec::new()
    })
}

/// What is refused of the packages that the kept environments have.
fn kept_refused(joint: &Joint<'_>) -> Vec<KeptPackage> {
    let mut found = Vec::new();
    for environment in &joint.kept {
        let packages = environment
            .previous
            .iter()
            .flat_map(|locked| &locked.packages);
        for package in packages {
            let (Some(version), Some(refused)) = (
                &package.version,
                joint.refused.packages.get(&package.package),
            ) else {
                continue;
            };
            let reasons: Vec<String> = version
                .parse()
                .map(|version| refused.reasons_against(&version))
                .unwrap_or_default()
                .into_iter()
                .map(str::to_owned)
                .collect();
            if !reasons.is_empty() {
                found.push(KeptPackage {
                    environment: environment.name.clone(),
                    package: package.package.clone(),
                    version: version.clone(),
                    reasons,
                });
            }
        }
    }
    found
}

/// The releases that a solution without a holding period would take and that are too young.
fn too_young(joint: &mut Joint<'_>) -> Result<Vec<TooYoung>, LockError> {
    let Some(cutoff) = joint.cutoff else {
        return Ok(Vec::new());
    };
    let request = SolveRequest {
        exclude_newer: None,
        ..joint.solve_request()
    };
    let Answer::Solved(solved) = joint.ask(&request)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for package in solved
        .solution
        .split(&request)?
        .into_iter()
        .flat_map(|environment| environment.packages)
    {
        let uploaded = package
            .files
            .iter()
            .filter_map(|file| file.upload_time)
            .min();
        let is_local = !matches!(package.source, LockSource::Registry { .. });
        if let Some(version) = package.version
            && !is_local
            && uploaded.is_none_or(|uploaded| uploaded > cutoff)
            && seen.insert((package.package.clone(), version.clone()))
        {
            found.push(TooYoung {
                package: package.package,
                version,
                uploaded,
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_a_package_is_read_from_the_explanation() {
        let solver = "Because x was not found in the package registry and front==1.0 depends on x>=1, …\nBecause all versions of back depend on x and environment app depends on x, …";
        assert_eq!(holders(solver, "x"), ["back", "front==1.0"]);
    }
}
