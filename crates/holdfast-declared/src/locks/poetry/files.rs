//! The files of packages, wherever a version of Poetry puts them: under each package, since 1.2; in
//! `[metadata.files]` by the package's name, since 1.0; before, hashes without file names in
//! `[metadata.hashes]`.

use std::collections::HashMap;

use holdfast_model::LockedFile;

use super::super::collect::{digest, file, file_at};
use super::super::tree::Text;
use super::{File, Metadata, Package};

/// Versions of one package that may share a list of hashes without file names.
const SHARED: usize = 16;

/// What stands in `[metadata]`.
pub(super) struct Files<'l> {
    files: HashMap<&'l str, &'l [File<'l>]>,
    /// The same files by the version in their names, for packages of several versions.
    files_of_version: HashMap<(&'l str, &'l str), Vec<&'l File<'l>>>,
    hashes: HashMap<&'l str, &'l [Text<'l>]>,
}

impl<'l> Files<'l> {
    pub(super) fn new(metadata: Option<&'l Metadata<'l>>) -> Self {
        let mut files_of_version: HashMap<(&str, &str), Vec<&File<'_>>> = HashMap::new();
        for (name, files) in metadata.into_iter().flat_map(|it| it.files.iter()) {
            for file in files {
                if let Some(version) = version_in(&file.file) {
                    files_of_version
                        .entry((name, version))
                        .or_default()
                        .push(file);
                }
            }
        }
        Self {
            files_of_version,
            files: metadata
                .into_iter()
                .flat_map(|metadata| metadata.files.iter())
                .map(|(name, files)| (&**name, files.as_slice()))
                .collect(),
            hashes: metadata
                .into_iter()
                .flat_map(|metadata| metadata.hashes.iter())
                .map(|(name, hashes)| (&**name, hashes.as_slice()))
                .collect(),
        }
    }

    /// The files of a package, of which the lock has so many versions.
    pub(super) fn of(&self, written: &Package<'_>, versions: usize) -> Vec<LockedFile> {
        let name = &*written.name;
        if let Some(files) = &written.files {
            return files.iter().map(read_file).collect();
        }
        if let Some(hashes) = self.hashes.get(name).filter(|_| versions <= SHARED) {
            let mut nameless = file("");
            nameless.hashes = hashes
                .iter()
                .filter_map(|hash| digest(&format!("sha256:{}", &**hash)))
                .collect();
            return vec![nameless];
        }
        if versions > 1 {
            let version = written.version.as_deref().unwrap_or_default();
            let files = self.files_of_version.get(&(name, version));
            return files
                .into_iter()
                .flatten()
                .map(|file| read_file(file))
                .collect();
        }
        let files = self.files.get(name).copied().unwrap_or_default();
        files.iter().map(read_file).collect()
    }
}

/// The version in the name of a wheel or a source archive.
fn version_in(file: &str) -> Option<&str> {
    if let Some(stem) = file.strip_suffix(".whl") {
        return stem.split('-').nth(1);
    }
    let stem = [".tar.gz", ".zip", ".tar.bz2", ".tgz"]
        .into_iter()
        .find_map(|extension| file.strip_suffix(extension))?;
    stem.rsplit_once('-').map(|(_, version)| version)
}

fn read_file(written: &File<'_>) -> LockedFile {
    let mut read = match &written.url {
        Some(url) => file_at(url),
        None => file(&*written.file),
    };
    read.name = written.file.to_text();
    read.hashes = written
        .hash
        .as_deref()
        .and_then(digest)
        .into_iter()
        .collect();
    read
}
