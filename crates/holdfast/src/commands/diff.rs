//! `holdfast diff`: what differs between two locks or captures.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, anyhow, bail};
use holdfast_declared::{MemoryFiles, recognise};
use holdfast_installed::read_capture;
use holdfast_locked::diff::{AddedPackage, Change, ChangedPackage, RemovedPackage};
use holdfast_locked::diff::{Snapshot, SnapshotDiff, SnapshotPackage, diff_snapshots};
use holdfast_locked::{LockDiff, is_lock_file_name};
use holdfast_model::{Capture, Locked};
use holdfast_report::{Diff, LockDifference, PackageRef, SettingChange, diff_json, diff_text};

use crate::cli::DiffOptions;
use crate::output::{Outcome, Output};

/// Reads both, compares, prints.
pub(crate) fn run(options: &DiffOptions, output: &Output) -> Result<Outcome> {
    let before = read(&options.before)?;
    let after = read(&options.after)?;
    let found = match (&before, &after) {
        (Side::Locked(before), Side::Locked(after)) => {
            difference(options, holdfast_locked::diff(before, after))
        }
        (before, after) => {
            let found = diff_snapshots(before.snapshot(), after.snapshot());
            snapshot_difference(options, found)
        }
    };
    let diff = Diff { locks: vec![found] };
    let text = output.text_or_json(|style| diff_text(&diff, style), || diff_json(&diff))?;
    Ok(Outcome::clean(text))
}

/// What is compared.
enum Side {
    Locked(Box<Locked>),
    Captured(Box<Capture>),
}

impl Side {
    fn snapshot(&self) -> Snapshot<'_> {
        match self {
            Self::Locked(locked) => Snapshot::Locked(locked),
            Self::Captured(capture) => Snapshot::Captured(capture),
        }
    }
}

/// A lock or capture in a file, or in a revision of git.
fn read(named: &str) -> Result<Side> {
    if Path::new(named).is_file() {
        return parse(fs_err::read(named)?, named);
    }
    match named.split_once(':') {
        Some((revision, path)) if !revision.is_empty() && !path.is_empty() => {
            parse(from_git(revision, path)?, named)
        }
        _ => bail!(
            "there is no file `{named}`; for a file in git write `REV:PATH`, as in `HEAD~1:pylock.train.toml`"
        ),
    }
}

/// The content of a file in a revision; its path counts from here, or else from the root of the
/// repository.
fn from_git(revision: &str, path: &str) -> Result<Vec<u8>> {
    if revision.starts_with('-') {
        bail!("`{revision}` is no revision");
    }
    let mut said = String::new();
    for object in [format!("{revision}:./{path}"), format!("{revision}:{path}")] {
        let shown = Command::new("git")
            .args(["show", &object])
            .stdin(Stdio::null())
            .output()
            .context("cannot run `git`, which `REV:PATH` needs")?;
        if shown.status.success() {
            return Ok(shown.stdout);
        }
        String::from_utf8_lossy(&shown.stderr)
            .trim()
            .clone_into(&mut said);
    }
    Err(anyhow!("git has no `{revision}:{path}`: {said}"))
}

fn parse(bytes: Vec<u8>, named: &str) -> Result<Side> {
    let path = named.rsplit_once(':').map_or(named, |(_, path)| path);
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    if name.ends_with(".capture.json") {
        let capture = read_capture(&bytes).with_context(|| format!("cannot read `{named}`"))?;
        return Ok(Side::Captured(Box::new(capture)));
    }
    Ok(Side::Locked(Box::new(lock(bytes, name, named)?)))
}

fn lock(bytes: Vec<u8>, name: &str, named: &str) -> Result<Locked> {
    if is_lock_file_name(name) {
        return Ok(holdfast_locked::read(&bytes, named)?);
    }
    let format = recognise(name)
        .with_context(|| format!("`{named}` is no lock that Holdfast knows by its name"))?;
    let files = MemoryFiles::new().with(name, bytes);
    let reading = holdfast_declared::read(&files, name, format)?;
    reading.locked.with_context(|| {
        format!("`{named}` is no lock: it does not say one version for every package")
    })
}

fn difference(options: &DiffOptions, found: LockDiff) -> LockDifference {
    let mut settings: Vec<SettingChange> = found
        .interpreter
        .into_iter()
        .chain(found.metadata)
        .map(|change| SettingChange {
            name: change.key.to_owned(),
            before: change.before,
            after: change.after,
        })
        .collect();
    if !found.platforms.is_empty() {
        let words = |platforms: &[holdfast_model::Platform]| {
            let words: Vec<String> = platforms.iter().map(ToString::to_string).collect();
            (!words.is_empty()).then(|| words.join(", "))
        };
        settings.push(SettingChange {
            name: "platforms".to_owned(),
            before: words(&found.platforms.removed),
            after: words(&found.platforms.added),
        });
    }
    settings.extend(found.artefacts.into_iter().map(|change| SettingChange {
        name: format!("artefact {}", change.path),
        before: change.before.map(|digest| digest.to_string()),
        after: change.after.map(|digest| digest.to_string()),
    }));
    settings.sort();
    LockDifference {
        before: options.before.clone(),
        after: options.after.clone(),
        settings,
        added: found.added.into_iter().map(added).collect(),
        removed: found.removed.iter().map(removed).collect(),
        changed: found.changed.iter().map(changed).collect(),
    }
}

fn snapshot_difference(options: &DiffOptions, found: SnapshotDiff) -> LockDifference {
    let named = |package: &SnapshotPackage| PackageRef {
        purl: package.versioned.clone(),
        name: package.name.clone(),
        version: package.version.clone(),
    };
    LockDifference {
        before: options.before.clone(),
        after: options.after.clone(),
        settings: found
            .settings
            .into_iter()
            .map(|(name, before, after)| SettingChange {
                name,
                before,
                after,
            })
            .collect(),
        added: found
            .added
            .iter()
            .map(|package| holdfast_report::AddedPackage {
                package: named(package),
                direct: package.direct,
                brought_in_by: Vec::new(),
            })
            .collect(),
        removed: found
            .removed
            .iter()
            .map(|package| holdfast_report::RemovedPackage {
                package: named(package),
                direct: package.direct,
            })
            .collect(),
        changed: found
            .changed
            .into_iter()
            .map(|(before, after, also)| holdfast_report::ChangedPackage {
                purl: after.purl,
                name: after.name,
                before: before.version,
                after: after.version,
                direct: after.direct,
                also: also.into_iter().map(str::to_owned).collect(),
            })
            .collect(),
    }
}

fn added(package: AddedPackage) -> holdfast_report::AddedPackage {
    holdfast_report::AddedPackage {
        package: PackageRef::new(&package.package, package.version.as_deref()),
        direct: package.direct,
        brought_in_by: package
            .brought_in_by
            .into_iter()
            .map(|chain| {
                let above = chain.len().saturating_sub(1);
                chain
                    .into_iter()
                    .take(above)
                    .map(|package| package.name().to_owned())
                    .collect()
            })
            .collect(),
    }
}

fn removed(package: &RemovedPackage) -> holdfast_report::RemovedPackage {
    holdfast_report::RemovedPackage {
        package: PackageRef::new(&package.package, package.version.as_deref()),
        direct: package.direct,
    }
}

fn changed(package: &ChangedPackage) -> holdfast_report::ChangedPackage {
    let mut versions = (package.version.clone(), package.version.clone());
    let mut also = Vec::new();
    for change in &package.changes {
        match change {
            Change::Version { before, after, .. } => versions = (before.clone(), after.clone()),
            Change::Source { .. } => also.push("source".to_owned()),
            Change::Altered { file, .. } => also.push(format!("content of {file}")),
            Change::Files { .. } => also.push("files".to_owned()),
            Change::Licence(_) => also.push("licence".to_owned()),
            Change::Marker(_) => also.push("marker".to_owned()),
            Change::RequiresPython(_) => also.push("requires-python".to_owned()),
            Change::Direct { .. } => also.push("directness".to_owned()),
        }
    }
    if versions.0 != versions.1 {
        // other files come with another version
        also.retain(|what| what != "files");
    }
    also.sort();
    holdfast_report::ChangedPackage {
        purl: package.package.purl(None),
        name: package.package.name().to_owned(),
        before: versions.0,
        after: versions.1,
        direct: package.direct,
        also,
    }
}
