//! `holdfast import`: a lock of ours from one of another tool, versions unchanged.

mod home;
mod remarks;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use holdfast_locked::import::{Obstacle, Taken, obstacles};
use holdfast_model::{
    Declared, Digest, LockFormat, LockMetadata, LockSource, Locked, LockedPackage, PackageId,
    Platform, Purpose,
};
use holdfast_project::Config;
use holdfast_report::{Import, LockState, import_json, import_text};
use holdfast_sources::Reach;
use holdfast_uv::Machines;
use sha2::{Digest as _, Sha256};

use crate::cli::ImportOptions;
use crate::completing::{Completed, add_contents, add_files, describe, follow, some};
use crate::environment::Environment;
use crate::foreign::{Found, Kind, find};
use crate::network::{Door, Network};
use crate::output::{Outcome, Output};
use crate::packages::Indexes;
use crate::progress::{Progress, Shown};
use crate::{interpreter, project};

use home::Home;
use remarks::remarks;

/// Reads, completes, writes.
pub(crate) fn run(
    options: &ImportOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let found = find(&options.path, Kind::Foreign, None, environment)?;
    let home = Home::of(&found, options)?;
    let mut import = home.import(&found, options);
    let taken = home.take(&found, options)?;
    import.left_out = taken.left_out.clone();
    let Imported { locked, completed } =
        imported(&home, &found, taken, options, (environment, output))?;
    import.completed = completed.counts;
    import.notes.extend(completed.notes);
    import.notes.extend(remarks(&found, &home, &locked));
    describe_lock(&mut import, &locked);
    import.state = write(&home, &locked, options, environment)?;
    let text = output.text_or_json(|style| import_text(&import, style), || import_json(&import))?;
    Ok(Outcome::clean(text))
}

struct Imported {
    locked: Locked,
    completed: Completed,
}

/// The lock, with all that indexes can add.
fn imported(
    home: &Home,
    found: &Found,
    taken: Taken,
    options: &ImportOptions,
    (environment, output): (&Environment, &Output),
) -> Result<Imported> {
    let progress = Progress::new(if output.shows_progress() {
        Shown::Yes
    } else {
        Shown::No
    });
    let reach = if options.offline {
        Reach::Offline
    } else {
        Reach::Online
    };
    let config = home.project.config.as_ref();
    let declared: Vec<&Declared> = home.declared.iter().chain(&found.declared).collect();
    let mut network = Network::new(config, &declared, environment)?;
    let mut packages = taken.packages;
    follow(&packages, &mut network.routing);
    let door = Door::open(&network, environment);
    let manifest = home.declared.as_ref().or(found.declared.as_ref());
    let python = interpreter::choose(
        &interpreter::Question {
            config: config.map(|config| (config, &home.name)),
            declared: manifest,
            locked: &found.locked,
        },
        &crate::solver::scratch(environment),
        || crate::solver::uv(&door, &network, reach, environment, &progress),
    );
    let metadata = metadata(home, found, python.version)?;
    progress.say(format!("asking for {} packages", packages.len()));
    let client = door.client(&network.routing, reach, environment);
    let mut completed = add_files(&mut packages, &client, &found.locked.file);
    completed.notes.extend(python.note);
    completed.notes.extend(leave_out_other_machines(
        &mut packages,
        &metadata,
        (found, manifest),
    ));
    refuse_obstacles(&packages, &completed, found)?;
    progress.say(format!(
        "reading the metadata of {} packages",
        packages.len()
    ));
    let indexes = Indexes::new(client);
    describe(&mut packages, found.locked.format, &indexes, manifest);
    add_contents(&mut packages, &metadata, &indexes);
    completed.notes.extend(indexes.failures());
    progress.finish();
    say_who_asked(&mut packages, manifest);
    rebase(&mut packages, &home.below);
    for package in &mut packages {
        // what is no range of the standard is of no use to an installer
        package.requires_python = package.requires_python.take().and_then(|it| range(&it));
    }
    let mut locked = Locked {
        file: home.name.lock_file(),
        format: LockFormat::Pylock,
        created_by: "holdfast".to_owned(),
        requires_python: requires_python(config, &metadata.python, &found.locked),
        environments: Vec::new(),
        groups: taken.groups,
        holdfast: Some(metadata),
        packages,
    };
    locked.environments = match config.and_then(|config| config.platforms_of(&home.name)) {
        Some(platforms) => platforms.iter().map(|platform| platform.marker()).collect(),
        None => found.locked.environments.clone(),
    };
    settle_digest(&mut locked, home, found)?;
    Ok(Imported { locked, completed })
}

/// Leaves out what the lock has no files of and what is not installed on its machines anyway: pipenv
/// writes down what is for other machines without locking it.
fn leave_out_other_machines(
    packages: &mut Vec<LockedPackage>,
    metadata: &LockMetadata,
    (found, manifest): (&Found, Option<&Declared>),
) -> Option<String> {
    let machines = machines(metadata)?;
    let incomplete: BTreeSet<PackageId> = obstacles(packages)
        .iter()
        .map(|obstacle| obstacle.package().clone())
        .collect();
    let is_not_for_us = |marker: Option<&str>| marker.is_some_and(|it| !machines.admit(it));
    // of what has no version either, the lock does not even say which machines want it
    let nobody_here_asked = |package: &LockedPackage| {
        let asked = manifest.iter().flat_map(|declared| &declared.requirements);
        let mut asked = asked.filter(|it| it.package == package.package).peekable();
        package.version.is_none()
            && asked.peek().is_some()
            && asked.all(|it| is_not_for_us(it.marker.as_deref()))
    };
    let is_elsewhere = |package: &LockedPackage| {
        incomplete.contains(&package.package)
            && (is_not_for_us(package.marker.as_deref()) || nobody_here_asked(package))
    };
    let left_out: BTreeSet<PackageId> = packages
        .iter()
        .filter(|package| is_elsewhere(package))
        .map(|package| package.package.clone())
        .collect();
    packages.retain(|package| !is_elsewhere(package));
    let names: Vec<&PackageId> = left_out.iter().collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} has no files of {}, which other machines would install: left out",
            found.locked.file,
            some(&names)
        )
    })
}

/// The machines of a lock; nothing where its interpreter is not known.
fn machines(metadata: &LockMetadata) -> Option<Machines> {
    let minor = metadata.python.split('.').nth(1)?.parse().ok()?;
    Machines::new(minor, &metadata.platforms).ok()
}

/// Names what no lock can hold, and what would help.
fn refuse_obstacles(
    packages: &[LockedPackage],
    completed: &Completed,
    found: &Found,
) -> Result<()> {
    let obstacles = obstacles(packages);
    let Some(first) = obstacles.first() else {
        return Ok(());
    };
    let same: Vec<&PackageId> = obstacles
        .iter()
        .filter(|other| std::mem::discriminant(*other) == std::mem::discriminant(first))
        .map(Obstacle::package)
        .collect();
    let names = some(&same);
    let file = &found.locked.file;
    match first {
        Obstacle::NoFile(package) if has_no_version(packages, package) => {
            bail!("{file} has no version of {names}: lock it again with the tool that wrote it")
        }
        Obstacle::NoFile(package) => {
            let why = completed.failures.get(package).map_or_else(
                || "no index has a file of it with the hash that is locked".to_owned(),
                Clone::clone,
            );
            bail!(
                "{file} does not say where the files of {names} are, and neither can an index: {why}"
            )
        }
        Obstacle::NoCommit(_) => bail!(
            "{file} names a repository without its commit for {names}: a lock cannot hold that; name the commit"
        ),
        Obstacle::NoHash(package) if is_from_index(packages, package) => bail!(
            "{file} has no hash that can be checked for files of {names}, and no index tells one: lock it again with the tool that wrote it"
        ),
        Obstacle::NoHash(_) => bail!(
            "{file} has an address without a hash for {names}: a lock cannot hold that; add `--hash=sha256:…`, or `#sha256=…` to the address"
        ),
    }
}

fn has_no_version(packages: &[LockedPackage], id: &PackageId) -> bool {
    let mut entries = packages.iter().filter(|package| package.package == *id);
    entries.any(|package| package.version.is_none())
}

fn is_from_index(packages: &[LockedPackage], id: &PackageId) -> bool {
    let mut entries = packages.iter().filter(|package| package.package == *id);
    entries.any(|package| matches!(package.source, LockSource::Registry { .. }))
}

/// Whether people asked for a package, where the lock does not tell and the manifest does.
fn say_who_asked(packages: &mut [LockedPackage], declared: Option<&Declared>) {
    let Some(declared) = declared else { return };
    let asked: BTreeSet<&PackageId> = declared
        .requirements
        .iter()
        .filter(|requirement| requirement.purpose != Purpose::Build)
        .map(|requirement| &requirement.package)
        .collect();
    for package in packages {
        if package.direct.is_none() {
            package.direct = Some(asked.contains(&package.package));
        }
    }
}

/// Paths as seen from the project instead of from the imported lock.
fn rebase(packages: &mut [LockedPackage], below: &Path) {
    if below.as_os_str().is_empty() {
        return;
    }
    let moved = |path: &str| -> String {
        let is_fixed = path.contains("://") || Path::new(path).is_absolute();
        if is_fixed {
            return path.to_owned();
        }
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        let path = path.trim_start_matches("./");
        format!("{}/{path}", parts.join("/"))
    };
    for package in packages {
        match &mut package.source {
            LockSource::Archive { url } => *url = moved(url),
            LockSource::Directory { path, .. } => *path = moved(path),
            LockSource::Registry { .. } | LockSource::Vcs { .. } => {}
        }
    }
}

/// The interpreters that an installer accepts: of the environment where it is configured, else as the
/// imported lock says.
fn requires_python(config: Option<&Config>, python: &str, found: &Locked) -> Option<String> {
    let of_minor = || {
        let mut parts = python.split('.');
        Some(format!("=={}.{}.*", parts.next()?, parts.next()?))
    };
    if config.is_some() && !python.is_empty() {
        return of_minor();
    }
    let text = found.requires_python.as_deref()?;
    // an exact patch would make installers refuse every other
    let is_patch = text.starts_with("==") && !text.ends_with('*') && !text.contains(',');
    if is_patch {
        return of_minor();
    }
    range(text)
}

/// A range of interpreters as the standard writes it; nothing for what is none.
fn range(text: &str) -> Option<String> {
    let specifiers: pep440_rs::VersionSpecifiers = text.parse().ok()?;
    let parts: Vec<String> = specifiers.iter().map(ToString::to_string).collect();
    Some(parts.join(",")).filter(|text| !text.is_empty())
}

fn metadata(home: &Home, found: &Found, python: String) -> Result<LockMetadata> {
    let config = home.project.config.as_ref();
    let extends = config
        .and_then(|config| config.environments.get(&home.name))
        .and_then(|environment| environment.extends.as_ref())
        .map(|parent| parent.value.clone());
    let mut platforms = match config {
        Some(config) => project::platforms(config, &home.name)?,
        None => platforms(&found.locked),
    };
    platforms.sort();
    Ok(LockMetadata {
        version: 1,
        environment: home.name.clone(),
        extends,
        python,
        implementation: "cpython".to_owned(),
        platforms,
        // what it was made from, until it is known to be what is declared
        declarations: digest_of(&found.root.join(&found.locked.file))?,
        cutoff: None,
        advisories: None,
        uv: NO_SOLVER.to_owned(),
        passed_over: Vec::new(),
        exemptions: Vec::new(),
        // `lock` records them
        artefacts: Vec::new(),
    })
}

/// In place of uv's version, in a lock that it did not solve.
const NO_SOLVER: &str = "none";

/// The machines that a lock of conda's world is for; else the machine at hand, if it can be told.
fn platforms(locked: &Locked) -> Vec<Platform> {
    let known = [
        "linux-x86_64",
        "linux-aarch64",
        "macos-x86_64",
        "macos-arm64",
        "windows-x86_64",
        "windows-arm64",
    ];
    let named: Vec<Platform> = known
        .iter()
        .filter_map(|text| text.parse::<Platform>().ok())
        .filter(|platform| locked.environments.contains(&platform.marker()))
        .collect();
    if named.is_empty() {
        holdfast_installed::platform(Path::new("/"))
            .into_iter()
            .collect()
    } else {
        named
    }
}

fn digest_of(file: &Path) -> Result<Digest> {
    let bytes = fs_err::read(file)?;
    Ok(Digest::sha256(&Sha256::digest(&bytes).into()))
}

/// Says that the lock is what is declared, if it is: then it is fresh, and `holdfast lock` keeps it.
fn settle_digest(locked: &mut Locked, home: &Home, found: &Found) -> Result<()> {
    let digest = match (&home.declared, &found.declared) {
        (Some(declared), _) => {
            if !holdfast_locked::unsatisfied(locked, declared).is_empty() {
                return Ok(());
            }
            holdfast_project::declarations_digest(&home.project, &home.name)?
        }
        (None, Some(declared)) => holdfast_declared::digest(&holdfast_declared::DigestInputs {
            declared: &[declared],
            settings: BTreeMap::new(),
        }),
        (None, None) => return Ok(()),
    };
    if let Some(metadata) = &mut locked.holdfast {
        metadata.declarations = digest;
    }
    Ok(())
}

fn describe_lock(import: &mut Import, locked: &Locked) {
    if let Some(metadata) = &locked.holdfast {
        import.python.clone_from(&metadata.python);
        import.platforms = metadata.platforms.iter().map(ToString::to_string).collect();
    }
    let distinct: BTreeSet<&PackageId> = locked.packages.iter().map(|it| &it.package).collect();
    for package in distinct {
        let ecosystem = package.ecosystem().purl_type().to_owned();
        *import.packages.entry(ecosystem).or_default() += 1;
    }
    import.bytes = locked.packages.iter().map(LockedPackage::size).sum();
}

fn write(
    home: &Home,
    locked: &Locked,
    options: &ImportOptions,
    environment: &Environment,
) -> Result<LockState> {
    let root = &home.project.root;
    let text = holdfast_locked::write(locked);
    let there = fs_err::read(root.join(home.name.lock_file())).ok();
    if there.is_some_and(|there| there == text.as_bytes()) {
        return Ok(LockState::Unchanged);
    }
    if options.dry_run {
        return Ok(LockState::WouldWrite);
    }
    let one_at_a_time = environment.cache().join("locks").join(project::key(root));
    holdfast_locked::save(root, &[(home.name.clone(), text)], &one_at_a_time)
        .context("cannot write the lock")?;
    Ok(LockState::Written)
}
