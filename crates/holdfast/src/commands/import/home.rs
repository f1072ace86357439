//! Which project and which environment an imported lock becomes part of, and what of it is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use holdfast_locked::import::{MAIN, Take, Taken, take};
use holdfast_model::{Declared, EnvironmentName, LockFormat};
use holdfast_project::{Config, Project};
use holdfast_report::{Import, ImportedFrom, LockState};

use crate::cli::ImportOptions;
use crate::foreign::Found;
use crate::project;

/// The project that the lock becomes part of.
pub(super) struct Home {
    pub(super) project: Project,
    pub(super) name: EnvironmentName,
    /// What the configuration declares for the environment.
    pub(super) declared: Option<Declared>,
    /// The directory of the imported lock, as seen from the project: empty where it is the same.
    pub(super) below: PathBuf,
}

impl Home {
    pub(super) fn of(found: &Found, options: &ImportOptions) -> Result<Self> {
        let lock = found.root.join(&found.locked.file);
        let directory = match lock.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let project = nearest(&directory)?;
        let below = project::canonical(&directory)
            .strip_prefix(project::canonical(&project.root))
            .map(Path::to_owned)
            .unwrap_or_default();
        let name = name(project.config.as_ref(), found, options)?;
        let declared = match &project.config {
            Some(_) => Some(holdfast_project::environment_declared(&project, &name)?),
            None => None,
        };
        Ok(Self {
            project,
            name,
            declared,
            below,
        })
    }

    /// A report in which what comes later is still missing.
    pub(super) fn import(&self, found: &Found, options: &ImportOptions) -> Import {
        let shown = if options.path.is_dir() {
            found.locked.file.clone()
        } else {
            options.path.display().to_string()
        };
        Import {
            from: ImportedFrom {
                file: shown,
                format: found.locked.format.as_str().to_owned(),
                created_by: found.locked.created_by.clone(),
            },
            environment: self.name.to_string(),
            file: self.name.lock_file(),
            state: LockState::Unchanged,
            python: String::new(),
            platforms: Vec::new(),
            packages: BTreeMap::new(),
            bytes: None,
            completed: holdfast_report::ImportCompleted::default(),
            left_out: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// The groups that are asked for: by name, else as the environment is configured, else all.
    pub(super) fn take(&self, found: &Found, options: &ImportOptions) -> Result<Taken> {
        let wanted = self.selection(found, options);
        let conditions = found.conditions.all();
        let wanted = match &wanted {
            Some(names) => Take::Only(names),
            None => Take::Everything,
        };
        Ok(take(&found.locked, conditions, wanted)?)
    }

    fn selection(&self, found: &Found, options: &ImportOptions) -> Option<BTreeSet<String>> {
        let known = &found.locked.groups.dependency_groups;
        if found.locked.format == LockFormat::Pixi {
            // each is an environment of its own
            let like_ours = || known.iter().find(|name| *name == self.name.as_str());
            let default = || known.iter().find(|name| *name == "default");
            let names: BTreeSet<String> = if options.groups.is_empty() {
                like_ours()
                    .or_else(default)
                    .or(known.first())
                    .into_iter()
                    .cloned()
                    .collect()
            } else {
                options.groups.iter().cloned().collect()
            };
            return Some(names);
        }
        let main = || BTreeSet::from([MAIN.to_owned()]);
        if !options.groups.is_empty() {
            let mut names = main();
            names.extend(options.groups.iter().cloned());
            return Some(names);
        }
        let config = self.project.config.as_ref()?;
        let mut names = BTreeSet::new();
        for (_, environment) in config.chain(&self.name) {
            let chosen = environment.groups.iter().chain(&environment.extras);
            names.extend(chosen.map(|name| name.value.clone()));
            // a file of requirements, or the project with its extras, is not a group
            if !environment.requirements.is_empty() || !environment.extras.is_empty() {
                names.insert(MAIN.to_owned());
            }
        }
        if names.is_empty() {
            Some(main())
        } else {
            Some(names)
        }
    }
}

/// The project above a directory that is configured; the directory itself where none is.
fn nearest(directory: &Path) -> Result<Project> {
    let start = project::canonical(directory);
    for candidate in start.ancestors() {
        let project = project::open(candidate)?;
        if project.config.is_some() {
            return Ok(project);
        }
        if candidate.join(".git").exists() {
            break;
        }
    }
    project::open(directory)
}

/// The environment's name: as asked for, else the only one of the configuration, else `default`.
fn name(
    config: Option<&Config>,
    found: &Found,
    options: &ImportOptions,
) -> Result<EnvironmentName> {
    if let Some(config) = config.filter(|config| !config.environments.is_empty()) {
        let asked: Vec<EnvironmentName> = options.environment.iter().cloned().collect();
        let picked = project::picked(config, &asked)?;
        return match picked.as_slice() {
            [only] => Ok(only.clone()),
            several => {
                let names: Vec<&str> = several.iter().map(EnvironmentName::as_str).collect();
                bail!(
                    "{} configures several environments: pick the one that `{}` is the lock of with `-e`: {}",
                    config.file,
                    found.locked.file,
                    names.join(", ")
                )
            }
        };
    }
    match &options.environment {
        Some(name) => Ok(name.clone()),
        None => Ok("default".parse()?),
    }
}
