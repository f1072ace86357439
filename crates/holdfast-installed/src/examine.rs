//! A look at every file of an environment: each is compared with what its package says of it, and
//! only what differs is kept.

use std::path::{Path, PathBuf};

use holdfast_model::{
    Contents, Digest, Ecosystem, FileList, Installed, InstalledPackage, Native, PackageId,
    parse_record,
};
use rayon::prelude::*;

use crate::files::{Claimed, Files};
use crate::native::{self, NativeExamination};
use crate::place::{Place, with_slashes};
use crate::record::{self, Claim, Role};
use crate::root::Root;
use crate::seen::Seen;
use crate::stat_cache::StatCache;
use crate::{InstalledError, conda, interpreter, observe_place, program, read, walk};

/// What each package's list of files says; nothing where it has none.
type Records = Vec<Option<Result<Vec<Claim>, String>>>;

/// How to look at an environment.
#[derive(Debug, Clone, Default)]
pub struct Examination {
    /// The time, in nanoseconds since 1970.
    pub now: i64,
    /// Where to keep what was read, for a quicker second look; nothing to read everything.
    pub cache: Option<PathBuf>,
    /// The directories in `PYTHONPATH`.
    pub python_path: Vec<PathBuf>,
    /// The directory from which programs are started, where that is known.
    pub current_directory: Option<PathBuf>,
    /// Where the file system begins that the environment is on; nothing for this machine's own.
    /// Links are followed as the system inside would follow them.
    pub root: Option<PathBuf>,
    /// How to look at the native layer; nothing to leave it out.
    pub native: Option<NativeExamination>,
}

/// What is installed in the environment at `path`, down to every file. Nothing is run, no link is
/// followed out of the environment, and nothing is judged.
pub fn examine(path: &Path, examination: &Examination) -> Result<Installed, InstalledError> {
    let place = Place::find_on(system(examination)?, path)?.whole();
    examine_place(&place, examination)
}

/// What is installed at a place, of which all paths are relative to the environment's directory.
pub(crate) fn examine_place(
    place: &Place,
    examination: &Examination,
) -> Result<Installed, InstalledError> {
    let mut installed = observe_place(place);
    let prefix = real_prefix(place)?;
    let cache = StatCache::open(examination.cache.as_deref(), &prefix, examination.now);
    let directories = directories(place);
    let walked = walk::walk(place);
    let records: Records = installed
        .packages
        .par_iter()
        .map(|package| read_claims(place, package))
        .collect();
    let claims = claims_of(&records);
    let claimed = claimed(&claims);
    let programs = place.system.written(&program::programs(place));
    let files = Files {
        system: &place.system,
        prefix: &prefix,
        programs: &programs,
        walked_directories: &directories,
        walked: &walked,
        cache: &cache,
        claims: &claims,
    };
    let judged = files.judge_all(&claimed);
    let seen = Seen {
        place,
        directories: &directories,
        walked: &walked,
        packages: &names(&installed),
        claims: &claims,
        claimed: &claimed,
        judged: &judged,
    };
    let unlisted = unlisted(&installed, &records);
    for (position, record) in records.iter().enumerate() {
        let contents = seen.package(position, record.as_ref());
        if let Some(package) = installed.packages.get_mut(position) {
            package.contents = Some(contents);
        }
    }
    installed
        .unreadable
        .extend(walked.unreadable.iter().cloned());
    installed.unreadable.sort();
    installed.unreadable.dedup();
    let contents = seen.contents(&prefix, &unlisted, &cache, examination);
    if let Some(how) = &examination.native {
        installed.native = Some(look_below(
            place,
            &seen,
            &installed.packages,
            (&contents, how),
        )?);
    }
    installed.contents = Some(contents);
    if let Some(contents) = &installed.contents
        && let Some(version) = &contents.interpreter.version
    {
        installed.python = Some(version.clone());
    }
    Ok(installed)
}

/// The environment's directory, without links.
fn real_prefix(place: &Place) -> Result<PathBuf, InstalledError> {
    let real = place.system.canonical(&place.prefix);
    real.map_err(|source| InstalledError::Unreachable {
        path: place.prefix.clone(),
        source,
    })
}

/// What each package claims; nothing where that cannot be told.
fn claims_of(records: &[Option<Result<Vec<Claim>, String>>]) -> Vec<&[Claim]> {
    let claims = records.iter().map(|record| match record {
        Some(Ok(claims)) => claims.as_slice(),
        Some(Err(_)) | None => &[],
    });
    claims.collect()
}

/// The file system that the environment is on.
fn system(examination: &Examination) -> Result<Root, InstalledError> {
    let Some(root) = &examination.root else {
        return Ok(Root::whole());
    };
    Root::new(root).map_err(|source| InstalledError::Unreachable {
        path: root.clone(),
        source,
    })
}

/// The directories with packages, relative to the environment.
fn directories(place: &Place) -> Vec<String> {
    let relative = |path: &PathBuf| {
        let path = path.strip_prefix(&place.prefix);
        with_slashes(path.unwrap_or(Path::new("")))
    };
    place.site_packages.iter().map(relative).collect()
}

fn names(installed: &Installed) -> Vec<PackageId> {
    let name = |package: &InstalledPackage| package.package.clone();
    installed.packages.iter().map(name).collect()
}

/// Looks at the native layer.
fn look_below(
    place: &Place,
    seen: &Seen<'_>,
    packages: &[InstalledPackage],
    (contents, how): (&Contents, &NativeExamination),
) -> Result<Native, InstalledError> {
    let prefix = real_prefix(place)?;
    let minor = interpreter::minor(place);
    let executable = contents.interpreter.executable.as_deref();
    let executable = executable.map(|path| place.system.here(Path::new(path)));
    let environment = native::Environment {
        prefix: &prefix,
        walked: seen.walked,
        owners: &seen.owners(),
        packages,
        executable: executable.as_deref(),
        minor: minor.as_deref(),
    };
    Ok(native::look(&environment, &place.system, how))
}

/// The metadata of packages whose files nobody can tell.
fn unlisted(installed: &Installed, records: &[Option<Result<Vec<Claim>, String>>]) -> Vec<String> {
    installed
        .packages
        .iter()
        .zip(records)
        .filter(|(_, record)| !matches!(record, Some(Ok(_))))
        .map(|(package, _)| package.path.clone())
        .chain(
            installed
                .unreadable
                .iter()
                .map(|file| file.location.file.clone()),
        )
        .collect()
}

/// The paths in which the `RECORD` of an installed package differs from the wheel's own; nothing
/// where one of them cannot be read.
pub fn record_differences(path: &Path, metadata: &str, wheel: &str) -> Option<Vec<String>> {
    differences(&Place::find(path).ok()?.whole(), metadata, wheel)
}

/// The same of a package at a place.
pub(crate) fn differences(place: &Place, metadata: &str, wheel: &str) -> Option<Vec<String>> {
    let claims = read_record(place, metadata)?.ok()?;
    let programs = place.system.written(&program::programs(place));
    let listed = claims.iter().filter_map(|claim| {
        let hash = claim.hash.clone()?;
        let restored = match (&claim.role, &claim.path) {
            (Role::Script(_), Some(path)) => {
                restored(&place.system, &place.prefix.join(path), &programs)
            }
            _ => None,
        };
        Some((claim, restored.unwrap_or(hash)))
    });
    let installed = record::list(listed);
    let wheel = FileList::of_wheel(&parse_record(wheel).ok()?);
    let differences = wheel.differences(&installed);
    Some(differences.into_iter().map(str::to_owned).collect())
}

fn restored(system: &Root, path: &Path, programs: &Path) -> Option<Digest> {
    let content = system.head(path, 4 << 20).ok()?;
    let script = crate::launcher::script(&content)?;
    crate::launcher::is_own(&script.interpreter, programs)
        .then(|| read::sha256(&crate::launcher::restored(&script)))
}

fn read_claims(place: &Place, package: &InstalledPackage) -> Option<Result<Vec<Claim>, String>> {
    if package.package.ecosystem() == Ecosystem::Conda {
        let path = place.system.real(&place.prefix.join(&package.path));
        let path = path.map_err(|error| error.to_string());
        return Some(path.and_then(|path| conda::claims(&place.system, &path)));
    }
    read_record(place, &package.path)
}

fn read_record(place: &Place, metadata: &str) -> Option<Result<Vec<Claim>, String>> {
    let directory = place.system.real(&place.prefix.join(metadata)).ok()?;
    let site = metadata.rsplit_once('/').map_or("", |(site, _)| site);
    record::read(&place.system, &directory, site)
}

pub(crate) fn claimed<'a>(claims: &[&'a [Claim]]) -> Claimed<'a> {
    let mut claimed = Claimed::new();
    for (package, claims) in claims.iter().enumerate() {
        for (position, claim) in claims.iter().enumerate() {
            if let Some(path) = &claim.path {
                claimed
                    .entry(path.as_str())
                    .or_default()
                    .push((package, position));
            }
        }
    }
    claimed
}
