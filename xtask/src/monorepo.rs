//! A generated monorepo to measure with: many projects of ten kinds, each with a lock of many packages.
//!
//! The same sizes give the same bytes. Locks have what the tools write: edges, hashes, addresses, and
//! more files for packages that are compiled. Most are fresh; every tenth project asks for a package
//! that its lock lacks.

mod conda;
mod npm;
mod package;
mod pip;
mod project;
mod toml;

use std::path::Path;

use anyhow::Result;

use self::project::Project;

/// The files of a project: names and contents.
type Files = Vec<(&'static str, String)>;

/// What writes the files of a kind of project.
type Kind = fn(&Project) -> Files;

/// The kinds, which take turns.
const KINDS: [Kind; 10] = [
    pip::pinned,
    pip::compiled,
    toml::uv,
    toml::poetry,
    toml::pdm,
    pip::pipenv,
    conda::conda_lock,
    npm::package_lock,
    toml::pylock,
    conda::pixi,
];

/// How much to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// How many projects.
    pub(crate) projects: usize,
    /// How many packages a lock holds.
    pub(crate) packages: usize,
}

/// Writes the monorepo into a directory. What lies there already stays.
pub(crate) fn write(directory: &Path, size: Size) -> Result<()> {
    for (number, kind) in (0..size.projects).zip(KINDS.iter().cycle()) {
        let project = Project::new(number, size.packages);
        let place = directory.join(project.directory());
        fs_err::create_dir_all(&place)?;
        for (name, content) in kind(&project) {
            fs_err::write(place.join(name), content)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use holdfast_model::Observed;
    use holdfast_project::{GatherOptions, gather_path};

    use super::*;

    #[test]
    fn every_lock_of_a_monorepo_can_be_read_and_holds_what_it_should() {
        let directory = tempfile::tempdir().unwrap();
        let size = Size {
            projects: 10,
            packages: 40,
        };
        write(directory.path(), size).unwrap();
        let facts = gather_path(directory.path(), &GatherOptions::default()).unwrap();
        assert!(facts.unreadable.is_empty(), "{:?}", facts.unreadable);
        assert_eq!(facts.environments.len(), size.projects);
        for environment in &facts.environments {
            let Observed::Present(locked) = &environment.locked else {
                panic!("{}: {:?}", environment.project, environment.locked);
            };
            // some tools list the project, or the interpreter, as well
            let more = locked.packages.len().checked_sub(size.packages);
            assert!(more.is_some_and(|more| more <= 2), "{}", locked.file);
        }
    }
}
