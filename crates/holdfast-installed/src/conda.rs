//! Packages of conda, from the records that it keeps in `conda-meta`: one JSON file for each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use holdfast_model::{Digest, Ecosystem, HashAlgorithm, InstalledPackage, PackageId};
use serde::Deserialize;

use crate::place::Place;
use crate::record::{Claim, Role};
use crate::root::Root;

/// The largest record of a package has about ten megabytes.
const LARGEST: u64 = 128 << 20;

/// The directory of records, in an environment.
pub(crate) const DIRECTORY: &str = "conda-meta";

/// A record, as conda, mamba and pixi write it.
#[derive(Debug, Deserialize)]
struct Record {
    name: String,
    version: String,
    #[serde(default)]
    license: Option<String>,
    #[serde(default)]
    depends: Vec<String>,
    #[serde(default)]
    requested_spec: Option<String>,
    #[serde(default)]
    requested_specs: Option<Vec<String>>,
}

/// The part of a record that says which files there are.
#[derive(Debug, Deserialize)]
struct Listing {
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    paths_data: Paths,
}

#[derive(Debug, Default, Deserialize)]
struct Paths {
    #[serde(default)]
    paths: Vec<PathRecord>,
}

#[derive(Debug, Deserialize)]
struct PathRecord {
    #[serde(rename = "_path")]
    path: String,
    #[serde(default)]
    path_type: Option<String>,
    #[serde(default)]
    sha256: Option<String>,
    #[serde(default)]
    sha256_in_prefix: Option<String>,
    /// What the path of the environment was written over, which changes the hash.
    #[serde(default)]
    prefix_placeholder: Option<String>,
}

/// The package of a record; nothing where the file is none.
pub(crate) fn package(path: &Path, place: &Place) -> Option<Result<InstalledPackage, String>> {
    path.extension().filter(|extension| *extension == "json")?;
    Some(read_package(path, place))
}

fn read_package(path: &Path, place: &Place) -> Result<InstalledPackage, String> {
    let record: Record = parsed(&place.system, path)?;
    let of_conda = |name: &str| PackageId::new(Ecosystem::Conda, name);
    let dependencies: BTreeSet<PackageId> = record
        .depends
        .iter()
        .filter_map(|specification| specification.split_whitespace().next())
        // a virtual package, such as `__glibc`, stands for the machine
        .filter(|name| !name.starts_with("__"))
        .map(of_conda)
        .collect();
    let direct = match (&record.requested_spec, &record.requested_specs) {
        (None, None) => None,
        (one, several) => Some(
            one.as_ref().is_some_and(|one| !one.is_empty())
                || several.as_ref().is_some_and(|several| !several.is_empty()),
        ),
    };
    Ok(InstalledPackage {
        package: of_conda(&record.name),
        version: record.version,
        licence: record.license.filter(|licence| !licence.is_empty()),
        direct,
        dependencies: dependencies.into_iter().collect(),
        path: place.relative(path),
        origin: None,
        contents: None,
    })
}

/// The files that a package claims. Hashes are those that the files have in this environment.
pub(crate) fn claims(system: &Root, path: &Path) -> Result<Vec<Claim>, String> {
    let listing: Listing = parsed(system, path)?;
    let mut claims: BTreeMap<String, Claim> = BTreeMap::new();
    let mut directories = BTreeSet::new();
    for record in &listing.paths_data.paths {
        if record.path_type.as_deref() == Some("directory") {
            directories.insert(record.path.as_str());
        } else {
            claims.insert(record.path.clone(), claim(record)?);
        }
    }
    // what old versions compiled at installation is in this list alone
    for written in &listing.files {
        if !directories.contains(written.as_str()) {
            claims.entry(written.clone()).or_insert_with(|| Claim {
                path: within(written),
                written: written.clone(),
                hash: None,
                role: without_hash(written),
            });
        }
    }
    Ok(claims.into_values().collect())
}

/// What a file is of which no hash is recorded.
fn without_hash(written: &str) -> Role {
    let extension = Path::new(written).extension();
    if extension.is_some_and(|extension| extension == "pyc") {
        Role::Bytecode
    } else {
        Role::Placed(written.to_owned())
    }
}

fn claim(record: &PathRecord) -> Result<Claim, String> {
    let kind = record.path_type.as_deref().unwrap_or_default();
    let hash = match (&record.sha256_in_prefix, &record.sha256) {
        (Some(hash), _) => Some(hash),
        (None, Some(hash)) if record.prefix_placeholder.is_none() => Some(hash),
        (None, _) => None,
    };
    let hash = hash
        .map(|hash| Digest::new(HashAlgorithm::Sha256, hash))
        .transpose()
        .map_err(|error| format!("the hash of `{}`: {error}", record.path))?;
    let role = if kind == "softlink" {
        Role::Link
    } else if hash.is_none() && kind.contains("entry_point") {
        // written at installation, and not hashed by every tool
        Role::Installer
    } else if hash.is_none() {
        without_hash(&record.path)
    } else {
        Role::Placed(record.path.clone())
    };
    Ok(Claim {
        path: within(&record.path),
        written: record.path.clone(),
        hash: hash.filter(|_| role != Role::Link),
        role,
    })
}

fn parsed<T: for<'de> Deserialize<'de>>(system: &Root, path: &Path) -> Result<T, String> {
    let bytes = system
        .whole_file(path, LARGEST)
        .map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| format!("no record of conda: {error}"))
}

/// A path within the environment; nothing where it leads out.
fn within(written: &str) -> Option<String> {
    let parts: Vec<&str> = written.split(['/', '\\']).collect();
    let is_plain = parts
        .iter()
        .all(|part| !part.is_empty() && *part != "." && *part != ".." && !part.contains('\0'));
    is_plain.then(|| parts.join("/"))
}

#[cfg(test)]
mod tests;
