//! `holdfast export`: a lock in the format of another installer.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};
use holdfast_locked::import::{MAIN, Take, take};
use holdfast_model::{LockFormat, LockedPackage, PackageId, Platform};
use holdfast_report::export::{
    CondaOptions, ExportError, Exported, HashLines, conda_environment, constraints_txt,
    requirements_txt,
};
use holdfast_uv::Machines;

use crate::cli::{ExportFormat, ExportOptions, Format};
use crate::completing::some;
use crate::environment::Environment;
use crate::foreign::{Found, Kind, find};
use crate::output::{Outcome, Output};

/// Reads, chooses, prints.
pub(crate) fn run(
    options: &ExportOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    if output.format != Format::Text {
        bail!("the export has the format that `--to` names: leave `--format` out");
    }
    let kind = Kind::Any;
    let found = find(
        &options.path,
        kind,
        options.environment.as_ref(),
        environment,
    )?;
    let mut packages = packages(&found, options)?;
    leave_out_what_is_named_only(&mut packages, &found, output);
    let file = found.locked.file.rsplit('/').next().unwrap_or_default();
    let header = format!("made by `holdfast export` from {file}");
    let exported = match options.to {
        ExportFormat::Requirements => {
            let hashes = if options.no_hashes {
                HashLines::Without
            } else {
                HashLines::With
            };
            requirements_txt(&packages, hashes, &header)
        }
        ExportFormat::Constraints => constraints_txt(&packages, &header),
        ExportFormat::Conda => conda(&found, packages, &header, output),
    };
    let Exported { text, left_out } = exported.map_err(|error| explained(&error))?;
    if !left_out.is_empty() {
        let packages: Vec<&PackageId> = left_out.iter().collect();
        output.note(&format!(
            "left out, as this format has no place for them: {}",
            some(&packages)
        ));
    }
    Ok(Outcome::clean(text))
}

/// The packages that are installed where the groups that were asked for are.
fn packages(found: &Found, options: &ExportOptions) -> Result<Vec<LockedPackage>> {
    let known = &found.locked.groups.dependency_groups;
    let mut names: BTreeSet<String> = options.groups.iter().cloned().collect();
    if found.locked.format == LockFormat::Pixi {
        // each is an environment of its own
        let default = || known.iter().find(|name| *name == "default");
        if names.is_empty() {
            names.extend(default().or(known.first()).cloned());
        }
    } else {
        names.insert(MAIN.to_owned());
    }
    let taken = take(&found.locked, found.conditions.all(), Take::Only(&names))?;
    Ok(taken.packages)
}

/// Leaves out, and says so, what the lock names for other machines without locking it.
fn leave_out_what_is_named_only(packages: &mut Vec<LockedPackage>, found: &Found, output: &Output) {
    let (named, locked) = std::mem::take(packages)
        .into_iter()
        .partition(|package| found.only_names(package));
    *packages = locked;
    let named: Vec<LockedPackage> = named;
    if !named.is_empty() {
        let names: Vec<&PackageId> = named.iter().map(|it| &it.package).collect();
        output.note(&format!(
            "{} has no version of {}, which only some machines install: left out",
            found.locked.file,
            some(&names)
        ));
    }
}

/// For one kind of machine, as conda's packages differ from one to the next.
fn conda(
    found: &Found,
    packages: Vec<LockedPackage>,
    header: &str,
    output: &Output,
) -> Result<Exported, ExportError> {
    let metadata = found.locked.holdfast.as_ref();
    let python = metadata.map(|metadata| metadata.python.as_str());
    let platform = platform(found);
    let packages = match platform {
        Some(platform) => on(platform, python, packages),
        None => packages,
    };
    let several = metadata.is_some_and(|metadata| metadata.platforms.len() > 1)
        || found.locked.environments.len() > 1;
    if let Some(platform) = platform.filter(|_| several) {
        output.note(&format!(
            "the lock is for several machines, and this is for {platform}"
        ));
    }
    let name = found
        .environment
        .as_ref()
        .map_or("default", |name| name.as_str());
    conda_environment(
        &packages,
        &CondaOptions {
            header,
            name,
            python,
            platform,
        },
    )
}

/// The machine that the lock is for; of several the one at hand.
fn platform(found: &Found) -> Option<Platform> {
    let here = holdfast_installed::platform(Path::new("/"));
    let of_lock = found
        .locked
        .holdfast
        .as_ref()
        .map_or(&[][..], |metadata| metadata.platforms.as_slice());
    match of_lock {
        [only] => Some(*only),
        several => several
            .iter()
            .find(|platform| here.is_some_and(|here| here.marker() == platform.marker()))
            .copied()
            .or(here),
    }
}

/// What is installed on a machine.
fn on(
    platform: Platform,
    python: Option<&str>,
    packages: Vec<LockedPackage>,
) -> Vec<LockedPackage> {
    let minor = python
        .and_then(|python| python.split('.').nth(1))
        .and_then(|minor| minor.parse().ok());
    let Some(machines) = minor.and_then(|minor| Machines::new(minor, &[platform]).ok()) else {
        return packages;
    };
    let is_there = |package: &LockedPackage| {
        let marker = package.marker.as_deref();
        marker.is_none_or(|marker| machines.admit(marker))
    };
    packages.into_iter().filter(is_there).collect()
}

/// Adds what a person can do about it.
fn explained(error: &ExportError) -> anyhow::Error {
    let way_out = match error {
        ExportError::NoHashes { .. } => {
            "; write a file without hashes with `--no-hashes`, or make a lock that has them with `holdfast lock` or `holdfast import`"
        }
        ExportError::Ambiguous { .. } => "; choose with `--group`",
        ExportError::NoVersion { .. } => "; lock it again with the tool that wrote it",
        ExportError::Unwritable { .. } | ExportError::Nothing { .. } => "",
    };
    anyhow::anyhow!("{error}{way_out}")
}
