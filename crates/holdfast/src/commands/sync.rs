//! `holdfast sync`: virtual environments made equal to their locks, and verified.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use holdfast_model::{
    Declared, Evaluation, Finding, LockMetadata, Locked, Observed, PackageId, Severity,
};
use holdfast_project::{Config, Project};
use holdfast_rules::{RuleSet, Selection, evaluate};
use holdfast_sources::Reach;
use holdfast_uv::{InstallCache, InstallRequest, Network as SolverNetwork, Uv};

use super::judged::{Judged, Part, outcome};
use crate::cli::SyncOptions;
use crate::environment::Environment;
use crate::network::{Door, Network};
use crate::output::{Outcome, Output};
use crate::place::Place;
use crate::progress::{Progress, Shown};
use crate::project;
use crate::solver::{explained, uv};
use crate::verifying::{Remember, Target, look, targets};

/// Installs what is locked where something differs, and verifies.
pub(crate) fn run(
    options: &SyncOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let project = project::open(&options.project.directory)?;
    let config = project::configuration(&project)?;
    let place = options.venv.clone().map(Place::here);
    let picked = &options.project.environments;
    let mut targets = targets(&project, config, picked, place, environment)?;
    let sync = Sync {
        project: &project,
        config,
        options,
        environment,
        output,
    };
    let mut parts = Vec::new();
    for target in &mut targets {
        parts.push(sync.one(target)?);
    }
    let judged = Judged {
        parts,
        selection: &SELECTION,
        root: &project.root,
    };
    Ok(outcome(judged, options.fail, output))
}

const SELECTION: Selection = Selection::Set(RuleSet::Verify);

/// What has to be done for an environment to be equal to its lock.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Repair {
    /// Nothing.
    Nothing,
    /// Packages are missing, or there are others; these are there and have to be installed again.
    Install(BTreeSet<PackageId>),
    /// It has to be made anew: files lie in it that no package brought, or its interpreter is another.
    Anew,
}

struct Sync<'a> {
    project: &'a Project,
    config: &'a Config,
    options: &'a SyncOptions,
    environment: &'a Environment,
    output: &'a Output,
}

impl Sync<'_> {
    fn one(&self, target: &mut Target) -> Result<Part> {
        let (locked, metadata) = locked(target, self.project)?;
        let repair = if target.place.path.join("pyvenv.cfg").is_file() {
            self.needed(target)?
        } else {
            must_be_free(&target.place.path)?;
            Repair::Anew
        };
        if repair != Repair::Nothing {
            self.repair(target, &locked, &metadata, repair)?;
        }
        Ok(Part::judge(&target.facts, &SELECTION, &self.config.policy))
    }

    /// What has to be done, by what verifying finds.
    fn needed(&self, target: &mut Target) -> Result<Repair> {
        look(
            target,
            &self.project.root,
            self.remember(),
            self.environment,
        )?;
        let evaluation = evaluate(&SELECTION, &target.facts, &self.config.policy);
        Ok(repair_of(&evaluation))
    }

    fn remember(&self) -> Remember {
        if self.options.no_cache {
            Remember::No
        } else {
            Remember::Yes
        }
    }

    fn repair(
        &self,
        target: &mut Target,
        locked: &Locked,
        metadata: &LockMetadata,
        repair: Repair,
    ) -> Result<()> {
        let progress = Progress::new(if self.output.shows_progress() {
            Shown::Yes
        } else {
            Shown::No
        });
        let (reach, solver_network) = if self.options.offline {
            (Reach::Offline, SolverNetwork::Offline)
        } else {
            (Reach::Online, SolverNetwork::Allowed)
        };
        let network = Network::new(Some(self.config), &declared(target), self.environment)?;
        let indexes = network.solver.indexes();
        let door = Door::open(&network, self.environment);
        let uv = uv(&door, &network, reach, self.environment, &progress)?;
        let place = project::canonical(&target.place.path);
        let mut again = match repair {
            Repair::Install(packages) => packages,
            Repair::Nothing | Repair::Anew => {
                progress.say(format!(
                    "making an environment with Python {}",
                    metadata.python
                ));
                make(&uv, &place, metadata, (solver_network, &network))?;
                BTreeSet::new()
            }
        };
        let packages = locked
            .packages
            .iter()
            .map(|package| package.package.clone())
            .collect();
        // uv's cache may hold files that were altered through another environment: what differs
        // after the first time is fetched again
        for cache in [InstallCache::Use, InstallCache::Avoid] {
            progress.say(format!("installing {} packages", locked.packages.len()));
            uv.install(&InstallRequest {
                lock: &project::canonical(&self.project.root).join(&locked.file),
                environment: &place,
                again: &again,
                packages: &packages,
                allow_build: &self.config.policy.allow_build,
                indexes: &indexes,
                network: solver_network,
                cache,
                variables: &network.variables,
            })
            .map_err(explained)?;
            progress.say("verifying");
            match self.needed(target)? {
                Repair::Install(altered) if !altered.is_empty() => again = altered,
                Repair::Install(_) | Repair::Nothing | Repair::Anew => break,
            }
        }
        progress.finish();
        Ok(())
    }
}

/// What the environment's files declare, indexes among it.
fn declared(target: &Target) -> Vec<&Declared> {
    let environments = target.facts.environments.iter();
    environments
        .filter_map(|facts| match &facts.declared {
            Observed::Present(declared) => Some(declared),
            Observed::NotLookedFor | Observed::Absent { .. } | Observed::Unreadable { .. } => None,
        })
        .collect()
}

fn make(
    uv: &Uv,
    place: &Path,
    metadata: &LockMetadata,
    (solver_network, network): (SolverNetwork, &Network),
) -> Result<()> {
    // `cpython@3.11.7`, so that another implementation on the way is not taken
    let python = format!("{}@{}", metadata.implementation, metadata.python);
    uv.make_environment(place, &python, solver_network, &network.variables)
        .map_err(explained)
}

/// What verifying found, as what has to be done about it.
fn repair_of(evaluation: &Evaluation) -> Repair {
    let mut packages = BTreeSet::new();
    let mut any = false;
    for finding in &evaluation.findings {
        if finding.severity == Severity::Note {
            continue;
        }
        any = true;
        match finding.rule.as_ref() {
            "unowned-file" | "start-up-code" | "interpreter-mismatch" => return Repair::Anew,
            "altered-file" | "missing-file" | "altered-record" | "version-mismatch" => {
                match package_of(finding) {
                    Some(package) => packages.insert(package),
                    None => return Repair::Anew,
                };
            }
            _ => {}
        }
    }
    if any {
        Repair::Install(packages)
    } else {
        Repair::Nothing
    }
}

/// The package of PyPI that a finding is about.
fn package_of(finding: &Finding) -> Option<PackageId> {
    let name = finding.subject.as_ref()?.strip_prefix("pkg:pypi/")?;
    let name = name.split('@').next().unwrap_or(name);
    Some(PackageId::pypi(name))
}

/// The lock of a target, which Holdfast wrote.
fn locked(target: &Target, project: &Project) -> Result<(Locked, LockMetadata)> {
    let locked = target.locked(project)?;
    let metadata = locked.holdfast.clone().with_context(|| {
        format!(
            "`{}` is no lock of Holdfast: run `holdfast lock`",
            locked.file
        )
    })?;
    Ok((locked.clone(), metadata))
}

/// Makes sure that nothing is lost where an environment is made.
fn must_be_free(place: &PathBuf) -> Result<()> {
    let is_free = match fs_err::read_dir(place) {
        Ok(mut listing) => listing.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if is_free {
        return Ok(());
    }
    bail!(
        "`{}` is there and is no virtual environment: name another place with `--venv`, or remove it",
        place.display()
    )
}
