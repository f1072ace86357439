//! Everything that a `pyproject.toml` says, before anything is selected.

use std::collections::BTreeMap;

use holdfast_model::{Declared, Location, Requirement};

use crate::ReadError;
use crate::pep508::normalise_name;

/// All parts of the file.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// The project's name, normalised.
    pub(super) name: Option<String>,
    /// The project's own dependencies.
    pub(super) project: Vec<Requirement>,
    /// Whether `[project]` lists its dependencies itself.
    pub(super) static_dependencies: bool,
    /// Extras by their normalised name.
    pub(super) extras: BTreeMap<String, Vec<Requirement>>,
    /// Dependency groups by their normalised name.
    pub(super) groups: BTreeMap<String, Group>,
    /// What builds the project.
    pub(super) build: Vec<Requirement>,
    /// Constraints, overrides, indexes, options and what could not be read.
    pub(super) rest: Declared,
}

/// A dependency group.
#[derive(Debug)]
pub(super) struct Group {
    /// The name as written.
    pub(super) name: String,
    /// Its own requirements.
    pub(super) requirements: Vec<Requirement>,
    /// Groups that it includes, as written.
    pub(super) includes: Vec<(String, Location)>,
}

impl Manifest {
    /// The group of that name, made where there is none.
    pub(super) fn group(&mut self, name: &str) -> &mut Group {
        self.groups
            .entry(normalise_name(name))
            .or_insert_with(|| Group {
                name: name.to_owned(),
                requirements: Vec::new(),
                includes: Vec::new(),
            })
    }

    /// A new group; an error where one of the same normalised name is there.
    pub(super) fn new_group(
        &mut self,
        name: &str,
        location: &Location,
    ) -> Result<&mut Group, ReadError> {
        if let Some(first) = self.groups.get(&normalise_name(name)) {
            return Err(ReadError::new(
                location.clone(),
                format!(
                    "the dependency groups `{}` and `{name}` have the same name",
                    first.name
                ),
            )
            .with_fix("rename one of them, or join them"));
        }
        Ok(self.group(name))
    }

    /// Every requirement, constraints and overrides included.
    pub(super) fn lists(&mut self) -> impl Iterator<Item = &mut Vec<Requirement>> {
        std::iter::once(&mut self.project)
            .chain(self.extras.values_mut())
            .chain(
                self.groups
                    .values_mut()
                    .map(|group| &mut group.requirements),
            )
            .chain(std::iter::once(&mut self.build))
    }
}
