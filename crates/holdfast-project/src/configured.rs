//! Environments as the configuration says them: declarations merged along `extends`, digest, lock.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_declared::{
    DigestInputs, Files, FilesError, Format, PyprojectSelection, ReadError, digest, join, read,
    read_pyproject, recognise,
};
use holdfast_model::{
    Declared, DeclaredIndex, DeclaredPython, Digest, EnvironmentFacts, EnvironmentName, Freshness,
    IndexKind, Location, Locked, Observed, ProjectRole, Requirement, Staleness,
};

use crate::config::{Config, Environment, PythonChoice, Written};
use crate::project::path_in;
use crate::{Project, ProjectError};

/// What an environment declares, with all that it extends, the shared part first.
pub fn environment_declared(
    project: &Project,
    name: &EnvironmentName,
) -> Result<Declared, ProjectError> {
    project.check_names(std::slice::from_ref(name))?;
    match &project.config {
        Some(config) => Ok(Configured::of(project, config).declared(name)?),
        None => Ok(Declared::default()),
    }
}

/// SHA-256 of all that decides an environment's lock and that people wrote: what it declares, its
/// interpreter, its platforms and its indexes. Comments, order and places do not matter; neither
/// does what merely judges a lock, such as licences or the holding period.
pub fn declarations_digest(
    project: &Project,
    name: &EnvironmentName,
) -> Result<Digest, ProjectError> {
    let declared = environment_declared(project, name)?;
    match &project.config {
        Some(config) => Ok(Configured::of(project, config).digest(name, &declared)),
        None => Ok(digest_of_files(&declared)),
    }
}

/// SHA-256 of what files declare by themselves, without a configuration.
pub(crate) fn digest_of_files(declared: &Declared) -> Digest {
    digest(&DigestInputs {
        declared: &[declared],
        settings: settings_of_files(declared),
    })
}

/// What the files say of indexes and of the installer's options.
fn settings_of_files(declared: &Declared) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    for (position, index) in declared.indexes.iter().enumerate() {
        let key = format!("index {position:04} {:?}", index.kind);
        settings.insert(key, index.url.clone());
    }
    let mut options: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for option in &declared.options {
        let values = options.entry(&option.name).or_default();
        values.insert(option.value.as_deref().unwrap_or_default());
    }
    for (name, values) in options {
        let values: Vec<&str> = values.into_iter().collect();
        settings.insert(format!("option {name}"), values.join(" "));
    }
    settings
}

/// A configuration with the files that it speaks of.
pub(crate) struct Configured<'a> {
    pub(crate) files: &'a (dyn Files + Sync),
    /// The project's directory, relative to the directory that was checked.
    pub(crate) directory: &'a str,
    pub(crate) config: &'a Config,
    /// Whether a run was killed between the locks of a set.
    pub(crate) interrupted: Option<String>,
}

impl<'a> Configured<'a> {
    pub(crate) fn of(project: &'a Project, config: &'a Config) -> Self {
        Self {
            files: &project.files,
            directory: "",
            config,
            interrupted: None,
        }
    }

    /// The facts of one environment.
    pub(crate) fn facts(&self, name: &EnvironmentName) -> EnvironmentFacts {
        let is_shared = self.config.is_shared(name);
        let declared = match self.declared(name) {
            Ok(declared) => Observed::Present(declared),
            Err(error) => crate::unreadable::observed(error),
        };
        let locked = if is_shared {
            Observed::NotLookedFor
        } else {
            self.locked(name)
        };
        let freshness = match (&declared, &locked) {
            (Observed::Present(declared), Observed::Present(locked)) => {
                self.freshness(name, declared, locked)
            }
            _ => Freshness::NotApplicable,
        };
        EnvironmentFacts {
            project: self.directory.to_owned(),
            name: Some(name.clone()),
            extends: self
                .config
                .environments
                .get(name)
                .and_then(|environment| environment.extends.as_ref())
                .map(|parent| parent.value.clone()),
            declared,
            locked,
            installed: Observed::NotLookedFor,
            freshness,
        }
    }

    /// What an environment declares, the shared part first.
    pub(crate) fn declared(&self, name: &EnvironmentName) -> Result<Declared, ReadError> {
        let mut declared = Declared::default();
        for (_, environment) in self.config.chain(name) {
            for part in self.parts(environment)? {
                declared.merge(part);
            }
        }
        // a shared part that a requirements file includes as well is declared once
        forget_repetitions(&mut declared.requirements);
        forget_repetitions(&mut declared.constraints);
        forget_repetitions(&mut declared.overrides);
        self.add_configured(name, &mut declared);
        Ok(declared)
    }

    pub(crate) fn digest(&self, name: &EnvironmentName, declared: &Declared) -> Digest {
        let mut settings = settings_of_files(declared);
        let python = if let Some(python) = self.config.python_of(name) {
            python.value.to_string()
        } else {
            let said = declared.python.iter().map(|python| python.text.as_str());
            let said: BTreeSet<&str> = said.collect();
            said.into_iter().collect::<Vec<_>>().join(" ")
        };
        settings.insert("python".to_owned(), python);
        if let Some(platforms) = self.config.platforms_of(name) {
            let platforms: Vec<String> = platforms.iter().map(ToString::to_string).collect();
            settings.insert("platforms".to_owned(), platforms.join(" "));
        }
        for index in &self.config.indexes {
            let mut packages = index.packages.clone();
            packages.sort();
            settings.insert(
                format!("index of {}", packages.join(" ")),
                index.url.clone(),
            );
        }
        digest(&DigestInputs {
            declared: &[declared],
            settings,
        })
    }

    fn freshness(&self, name: &EnvironmentName, declared: &Declared, locked: &Locked) -> Freshness {
        let digest = self.digest(name, declared);
        let freshness = holdfast_locked::freshness(locked, &digest, declared);
        let mut also = self.left_over(name, locked);
        if let Some(interrupted) = &self.interrupted {
            also.push(interrupted.clone());
        }
        if also.is_empty() {
            return freshness;
        }
        let mut differences = match freshness {
            Freshness::Stale(differences) => differences,
            Freshness::Fresh | Freshness::NotApplicable | Freshness::Unknown { .. } => Vec::new(),
        };
        differences.extend(also.into_iter().map(|message| Staleness {
            message,
            location: Location::start_of(locked.file.clone()),
        }));
        Freshness::Stale(differences)
    }

    /// Model files that the lock records and that the configuration does not name any more.
    fn left_over(&self, name: &EnvironmentName, locked: &Locked) -> Vec<String> {
        let is_named = |path: &str| {
            self.config.artefacts.iter().any(|artefact| {
                let environment = artefact.environment.as_ref();
                artefact.path == path && environment.is_none_or(|environment| environment == name)
            })
        };
        let recorded = locked.holdfast.iter().flat_map(|it| &it.artefacts);
        recorded
            .filter(|artefact| !is_named(&artefact.path))
            .map(|artefact| {
                format!(
                    "`{}` is recorded, and the configuration does not name it for `{name}`",
                    artefact.path
                )
            })
            .collect()
    }

    fn locked(&self, name: &EnvironmentName) -> Observed<Locked> {
        read_lock(self.files, &path_in(self.directory, &name.lock_file()))
    }

    /// What each file of one environment declares, in the order of the configuration.
    fn parts(&self, environment: &Environment) -> Result<Vec<Declared>, ReadError> {
        let pyproject = path_in(self.directory, "pyproject.toml");
        let names = |list: &[Written<String>]| list.iter().map(|name| name.value.clone()).collect();
        let mut selection = PyprojectSelection {
            project: !environment.extras.is_empty(),
            groups: names(&environment.groups),
            extras: names(&environment.extras),
        };
        let mut parts = Vec::new();
        for written in &environment.requirements {
            let path = path_in(self.directory, &written.value);
            if path == pyproject {
                selection.project = true;
                self.must_exist(&path, &written.location)?;
            } else {
                parts.push(self.requirements_file(&path, &written.location)?);
            }
        }
        if selection != PyprojectSelection::default() {
            if let Some(named) = environment.groups.first().or(environment.extras.first()) {
                self.must_exist(&pyproject, &named.location)?;
            }
            let part = read_pyproject(self.files, &pyproject, &selection)
                .map_err(|error| at_its_name(error, environment, &pyproject))?;
            parts.push(part);
        }
        Ok(parts)
    }

    fn requirements_file(&self, path: &str, named_at: &Location) -> Result<Declared, ReadError> {
        self.must_exist(path, named_at)?;
        // whatever its name says: a person who calls a file requirements means them
        let format = match recognise(path) {
            Some(Format::Pyproject) => {
                let selection = PyprojectSelection {
                    project: true,
                    ..PyprojectSelection::default()
                };
                return read_pyproject(self.files, path, &selection);
            }
            Some(Format::Constraints) | None => Format::Requirements,
            Some(format) => format,
        };
        let reading = read(self.files, path, format)?;
        reading.declared.ok_or_else(|| {
            ReadError::new(
                named_at.clone(),
                format!("`{path}` is a lock: it does not say what is asked for"),
            )
            .with_fix("name the file that the lock was made from")
        })
    }

    /// A file that is not there is a mistake of the configuration, and reported at its place.
    fn must_exist(&self, path: &str, named_at: &Location) -> Result<(), ReadError> {
        if self.files.exists(path) {
            return Ok(());
        }
        let why = match self.files.read(path) {
            Err(FilesError::NotFound) | Ok(_) => "which is not there".to_owned(),
            Err(error) => format!("which cannot be read: {error}"),
        };
        Err(
            ReadError::new(named_at.clone(), format!("it names `{path}`, {why}"))
                .with_fix("correct the path, or add the file"),
        )
    }

    /// Adds what the configuration itself says of interpreter and indexes.
    fn add_configured(&self, name: &EnvironmentName, declared: &mut Declared) {
        match self.config.python_of(name) {
            Some(python) => declared.python.insert(0, declared_python(python)),
            None => declared
                .python
                .extend(python_version_file(self.files, self.directory)),
        }
        for index in &self.config.indexes {
            declared.indexes.push(DeclaredIndex {
                kind: IndexKind::Explicit,
                url: index.url.clone(),
                name: Some(index.name.clone()),
                location: index.location.clone(),
            });
        }
        if declared.role == ProjectRole::Unknown {
            // it is locked, which nobody does for a library's users
            declared.role = ProjectRole::Application;
        }
    }
}

/// What `.python-version` says, in this directory or the nearest one above it.
pub(crate) fn python_version_file(files: &dyn Files, directory: &str) -> Vec<DeclaredPython> {
    let mut path = path_in(directory, ".python-version");
    loop {
        if files.exists(&path) {
            return read(files, &path, Format::PythonVersion)
                .ok()
                .and_then(|reading| reading.declared)
                .map(|declared| declared.python)
                .unwrap_or_default();
        }
        match join(&path, "../.python-version") {
            Some(above) => path = above,
            None => return Vec::new(),
        }
    }
}

/// A group or an extra that pyproject.toml lacks is a mistake of the configuration, which names it.
fn at_its_name(mut error: ReadError, environment: &Environment, pyproject: &str) -> ReadError {
    let named = [&environment.groups, &environment.extras]
        .into_iter()
        .flatten()
        .find(|name| error.message.ends_with(&format!("`{}`", name.value)));
    if let Some(name) = named
        && error.location == Location::start_of(pyproject)
    {
        error.location = name.location.clone();
        error.message = format!("{} in `{pyproject}`", error.message);
    }
    error
}

fn declared_python(python: &Written<PythonChoice>) -> DeclaredPython {
    let text = python.value.to_string();
    let specifier = match python.value.patch {
        Some(_) => format!("=={text}"),
        None => format!("=={text}.*"),
    };
    DeclaredPython {
        text,
        specifiers: specifier.parse().ok(),
        location: python.location.clone(),
    }
}

/// Keeps the first of each requirement that is written at the same place.
fn forget_repetitions(requirements: &mut Vec<Requirement>) {
    let mut seen = BTreeSet::new();
    requirements.retain(|requirement| {
        seen.insert((
            requirement.location.clone(),
            requirement.text.clone(),
            requirement.purpose.clone(),
        ))
    });
}

/// The lock in a file that may be there.
pub(crate) fn read_lock(files: &dyn Files, path: &str) -> Observed<Locked> {
    match files.read(path) {
        Ok(bytes) => match holdfast_locked::read(&bytes, path) {
            Ok(locked) => Observed::Present(locked),
            Err(error) => crate::unreadable::observed_with(
                error.location,
                &error.message,
                error.fix.as_deref(),
            ),
        },
        Err(FilesError::NotFound) => Observed::Absent {
            expected: Location::start_of(path),
        },
        Err(error) => Observed::Unreadable {
            location: Location::start_of(path),
            reason: error.to_string(),
        },
    }
}
