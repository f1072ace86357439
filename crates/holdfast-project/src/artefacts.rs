//! Model files: those that the configuration names, and those that are found.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;

use holdfast_artefact::Limits;
use holdfast_declared::{FilesError, ProjectFiles, ReadError};
use holdfast_installed::sha256_of_file;
use holdfast_model::{
    Artefact, ArtefactFacts, Digest, EnvironmentFacts, EnvironmentName, Location, LockMetadata,
    LockedArtefact, Observed,
};
use rayon::prelude::*;

use crate::config::Config;
use crate::project::path_in;
use crate::{Project, ProjectError};

/// Whether model files are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Artefacts {
    /// They are left alone.
    #[default]
    Ignore,
    /// They are inspected, and hashed where a lock records a hash.
    Inspect,
}

/// How many model files that nobody named are inspected in one project.
const MOST_FOUND: usize = 1_000;

/// The model files that a configuration names, not looked at yet: those of `names`, and those of no
/// environment in particular. `directory` is the configuration's.
pub(crate) fn configured(
    config: &Config,
    directory: &str,
    names: Option<&[EnvironmentName]>,
) -> Vec<ArtefactFacts> {
    let is_wanted = |environment: Option<&EnvironmentName>| match (environment, names) {
        (Some(environment), Some(names)) => names.contains(environment),
        (None, _) | (_, None) => true,
    };
    config
        .artefacts
        .iter()
        .filter(|artefact| is_wanted(artefact.environment.as_ref()))
        .map(|artefact| ArtefactFacts {
            project: directory.to_owned(),
            path: path_in(directory, &artefact.path),
            artefact: Observed::NotLookedFor,
            declared: Some(artefact.location.clone()),
            environment: artefact.environment.clone(),
        })
        .collect()
}

/// The model files that were found in a project, not looked at yet.
pub(crate) fn found(directory: &str, paths: &[&str]) -> Vec<ArtefactFacts> {
    paths
        .iter()
        .map(|path| ArtefactFacts {
            project: directory.to_owned(),
            path: (*path).to_owned(),
            artefact: Observed::NotLookedFor,
            declared: None,
            environment: None,
        })
        .collect()
}

/// Looks at the model files of a part: at all that are named, and at the first that were found.
pub(crate) fn inspect(
    files: &ProjectFiles,
    artefacts: &mut [ArtefactFacts],
    environments: &[EnvironmentFacts],
) {
    if artefacts.is_empty() {
        return;
    }
    let recorded = recorded(environments);
    let mut nobody_named = 0;
    let wanted: Vec<&mut ArtefactFacts> = artefacts
        .iter_mut()
        .filter(|facts| {
            if facts.declared.is_none() {
                nobody_named += 1;
            }
            facts.declared.is_some() || nobody_named <= MOST_FOUND
        })
        .collect();
    wanted.into_par_iter().for_each(|facts| {
        let is_recorded = |size| recorded.contains(&(facts.path.clone(), size));
        facts.artefact = look_at(files, &facts.path, is_recorded);
    });
}

/// The model files that locks record, by path and size: the others need not be hashed.
fn recorded(environments: &[EnvironmentFacts]) -> BTreeSet<(String, u64)> {
    let locks = environments.iter().filter_map(|environment| {
        let metadata = environment.locked.present()?.holdfast.as_ref()?;
        Some((environment.project.as_str(), metadata))
    });
    locks
        .flat_map(|(project, metadata)| {
            let artefacts = metadata.artefacts.iter();
            artefacts.map(move |artefact| (path_in(project, &artefact.path), artefact.size))
        })
        .collect()
}

fn look_at(
    files: &ProjectFiles,
    path: &str,
    is_hashed: impl Fn(u64) -> bool,
) -> Observed<Artefact> {
    let unreadable = |reason: String| Observed::Unreadable {
        location: Location::start_of(path),
        reason,
    };
    let file = match files.open(path) {
        Ok(file) => file,
        Err(FilesError::NotFound) => {
            return Observed::Absent {
                expected: Location::start_of(path),
            };
        }
        Err(error) => return unreadable(error.to_string()),
    };
    let mut source = BufReader::new(file);
    let mut artefact = holdfast_artefact::inspect(path, &mut source, &Limits::default());
    if is_hashed(artefact.size) {
        let mut file = source.into_inner();
        match sha256_of_file(&mut file) {
            Ok(digest) => artefact.digest = Some(digest),
            Err(error) => return unreadable(error.to_string()),
        }
    }
    Observed::Present(artefact)
}

/// The model files that a configuration names, as locks are to record them.
#[derive(Debug, Clone, Default)]
pub struct ArtefactRecords {
    /// By path: what is there, or nothing where the file is not.
    found: BTreeMap<String, Option<(u64, Digest)>>,
    named: Vec<(String, Option<EnvironmentName>)>,
}

/// Hashes the model files that the configuration names for these environments. One that is not there
/// is none of them; one that is there and cannot be read is an error at the place that names it.
pub fn artefact_records(
    project: &Project,
    names: &[EnvironmentName],
) -> Result<ArtefactRecords, ProjectError> {
    let Some(config) = &project.config else {
        return Ok(ArtefactRecords::default());
    };
    let wanted = configured(config, "", Some(names));
    let paths: BTreeMap<&str, &Location> = wanted
        .iter()
        .filter_map(|facts| Some((facts.path.as_str(), facts.declared.as_ref()?)))
        .collect();
    let found = paths
        .into_par_iter()
        .map(|(path, named_at)| Ok((path.to_owned(), record(&project.files, path, named_at)?)))
        .collect::<Result<_, ReadError>>()?;
    Ok(ArtefactRecords {
        found,
        named: wanted
            .into_iter()
            .map(|facts| (facts.path, facts.environment))
            .collect(),
    })
}

fn record(
    files: &ProjectFiles,
    path: &str,
    named_at: &Location,
) -> Result<Option<(u64, Digest)>, ReadError> {
    let failed = |why: String| {
        let message = format!("it names `{path}`, which cannot be read: {why}");
        ReadError::new(named_at.clone(), message).with_fix("correct the path, or the file")
    };
    let mut file = match files.open(path) {
        Ok(file) => file,
        Err(FilesError::NotFound) => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
    };
    let size = file.metadata().map_err(|error| failed(error.to_string()))?;
    let digest = sha256_of_file(&mut file).map_err(|error| failed(error.to_string()))?;
    Ok(Some((size.len(), digest)))
}

impl ArtefactRecords {
    /// What the lock of an environment is to record. Of a file that is not there, what the lock
    /// recorded `before` is kept.
    pub fn of(&self, name: &EnvironmentName, before: Option<&LockMetadata>) -> Vec<LockedArtefact> {
        let of_name = self.named.iter().filter(|(_, environment)| {
            environment
                .as_ref()
                .is_none_or(|environment| environment == name)
        });
        let mut records: Vec<LockedArtefact> = of_name
            .filter_map(|(path, _)| match self.found.get(path)? {
                Some((size, digest)) => Some(LockedArtefact {
                    path: path.clone(),
                    size: *size,
                    digest: digest.clone(),
                }),
                None => before?.artefact(path).cloned(),
            })
            .collect();
        records.sort();
        records
    }

    /// The files that are named and not there.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.found
            .iter()
            .filter(|(_, found)| found.is_none())
            .map(|(path, _)| path.as_str())
    }
}
