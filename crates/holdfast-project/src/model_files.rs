//! Model files that a person names, in a project or in none.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use holdfast_artefact::Limits;
use holdfast_installed::sha256_of_file;
use holdfast_model::{Artefact, ArtefactFacts, Location, Observed};
use ignore::WalkBuilder;
use rayon::prelude::*;

use crate::ProjectError;

/// Whether a file is also hashed, for which all of it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashing {
    /// It is.
    Sha256,
    /// Only what tells is read.
    Skipped,
}

/// How standard input is named.
const STANDARD_INPUT: &str = "-";

/// What is in the model file at `path`, or in each file below it, whatever their names, sorted by
/// path. Paths are told as they are reached from `path`, links to files are followed.
///
/// A file that cannot be read is a fact; only a `path` that is not there is an error.
pub fn model_files(path: &Path, hashing: Hashing) -> Result<Vec<ArtefactFacts>, ProjectError> {
    let metadata = fs_err::metadata(path).map_err(|source| ProjectError::Unreachable {
        path: path.to_owned(),
        source,
    })?;
    if !metadata.is_dir() {
        let name = told(path);
        return Ok(vec![facts(name.clone(), look_at(path, &name, hashing))]);
    }
    let mut files = below(path);
    files.sort_by(|left, right| left.0.cmp(&right.0));
    let artefacts = files.into_par_iter().map(|(name, file)| {
        let observed = match file {
            Ok(file) => look_at(&file, &name, hashing),
            Err(reason) => unreadable(&name, reason),
        };
        facts(name, observed)
    });
    Ok(artefacts.collect())
}

/// What is in the model file that is read from `input`, standard input.
pub fn model_stream(mut input: impl Read, hashing: Hashing) -> std::io::Result<ArtefactFacts> {
    let mut file = fs_err::File::from_parts(tempfile::tempfile()?, STANDARD_INPUT);
    std::io::copy(&mut input, &mut file)?;
    let name = STANDARD_INPUT.to_owned();
    let observed = inspect(file, &name, hashing);
    Ok(facts(name, observed))
}

/// Every file below a directory, by its name from there, or why it cannot be reached. What git
/// ignores is not passed over, nor is what is hidden: model files are often both.
fn below(directory: &Path) -> Vec<(String, Result<PathBuf, String>)> {
    let walk = WalkBuilder::new(directory)
        .standard_filters(false)
        .follow_links(true)
        .build();
    let mut files = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) => {
                let is_directory = entry.file_type().is_none_or(|kind| kind.is_dir());
                if !is_directory {
                    files.push((told(entry.path()), Ok(entry.into_path())));
                }
            }
            // the other end of a loop of links is walked already
            Err(error) if is_loop(&error) => {}
            Err(error) => {
                let path = path_of(&error).unwrap_or(directory);
                files.push((told(path), Err(reason(&error))));
            }
        }
    }
    files
}

fn is_loop(error: &ignore::Error) -> bool {
    if let ignore::Error::WithDepth { err, .. } | ignore::Error::WithPath { err, .. } = error {
        return is_loop(err);
    }
    matches!(error, ignore::Error::Loop { .. })
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    if let ignore::Error::WithDepth { err, .. } = error {
        return path_of(err);
    }
    if let ignore::Error::WithPath { path, .. } = error {
        Some(path)
    } else {
        None
    }
}

fn reason(error: &ignore::Error) -> String {
    error
        .io_error()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// A path in messages and JSON: with `/`, and without `./` before it.
fn told(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

fn look_at(path: &Path, name: &str, hashing: Hashing) -> Observed<Artefact> {
    match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return unreadable(name, "it is no regular file".to_owned()),
        Err(error) => return unreadable(name, error.to_string()),
    }
    match fs_err::File::open(path) {
        Ok(file) => inspect(file, name, hashing),
        Err(error) => unreadable(name, error.to_string()),
    }
}

fn inspect(file: fs_err::File, name: &str, hashing: Hashing) -> Observed<Artefact> {
    let mut source = BufReader::new(file);
    let mut artefact = holdfast_artefact::inspect(name, &mut source, &Limits::default());
    if hashing == Hashing::Sha256 {
        let mut file = source.into_inner();
        match sha256_of_file(&mut file) {
            Ok(digest) => artefact.digest = Some(digest),
            Err(error) => return unreadable(name, error.to_string()),
        }
    }
    Observed::Present(artefact)
}

fn unreadable(name: &str, reason: String) -> Observed<Artefact> {
    Observed::Unreadable {
        location: Location::start_of(name),
        reason,
    }
}

fn facts(path: String, artefact: Observed<Artefact>) -> ArtefactFacts {
    ArtefactFacts {
        project: String::new(),
        path,
        artefact,
        declared: None,
        environment: None,
    }
}

#[cfg(test)]
mod tests {
    use holdfast_model::ArtefactFormat;

    use super::*;

    #[test]
    fn files_below_a_directory_are_looked_at_whatever_their_names() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        fs_err::create_dir(path.join(".hidden")).unwrap();
        fs_err::write(path.join(".hidden/x"), b"\x80\x04N.").unwrap();
        fs_err::write(path.join("readme.md"), "text").unwrap();
        fs_err::write(path.join(".gitignore"), "*").unwrap();
        fs_err::os::unix::fs::symlink(path, path.join("loop")).unwrap();
        fs_err::os::unix::fs::symlink("gone", path.join("broken")).unwrap();
        let found = model_files(path, Hashing::Sha256).unwrap();
        let names: Vec<&str> = found
            .iter()
            .map(|facts| facts.path.rsplit('/').next().unwrap())
            .collect();
        assert_eq!(names, [".gitignore", "x", "broken", "readme.md"]);
        let pickle = found[1].artefact.present().unwrap();
        assert_eq!(pickle.format, ArtefactFormat::Pickle);
        assert_eq!(pickle.digest.as_ref().unwrap().hex().len(), 64);
        assert!(matches!(found[2].artefact, Observed::Unreadable { .. }));
    }

    #[test]
    fn standard_input_is_a_file_like_any_other() {
        let facts = model_stream(&b"\x80\x04N."[..], Hashing::Skipped).unwrap();
        assert_eq!(facts.path, "-");
        assert_eq!(
            facts.artefact.present().unwrap().format,
            ArtefactFormat::Pickle
        );
    }
}
