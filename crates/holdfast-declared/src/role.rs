//! What a project is: an application, which wants exact versions, or a library, which wants ranges.
//!
//! The rule is written down in `docs/formats/pyproject.md`. In a directory and then in those above it,
//! the first that says something decides:
//! 1. `pyproject.toml` that says it is not packaged (`[tool.uv] package = false`, `[tool.poetry]
//!    package-mode = false`, `[tool.pdm] distribution = false`, or a `Private ::` classifier) is an
//!    application's;
//! 2. `pyproject.toml` with `[build-system]` and a name, or a `setup.py`, or a `setup.cfg` with
//!    `[metadata]` and a name, is a library's;
//! 3. `pyproject.toml` with a name and without `[build-system]`, requirements files at their usual
//!    places, or files that deploy (`Dockerfile`, `Procfile`, `MLproject`, …), are an application's.

use holdfast_model::ProjectRole;

use crate::document::Document;
use crate::{Files, decode};

/// Files that only something that is deployed has.
const DEPLOYMENT: &[&str] = &[
    "Dockerfile",
    "Containerfile",
    "Procfile",
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yaml",
    "manage.py",
    "runtime.txt",
    "MLproject",
    "MLmodel",
    "bentofile.yaml",
    "app.yaml",
    "serverless.yml",
];

/// Requirements files at their usual places.
const REQUIREMENTS: &[&str] = &[
    "requirements.txt",
    "requirements.in",
    "requirements/base.txt",
    "requirements/base.in",
    "requirements/prod.txt",
    "Pipfile",
    "environment.yml",
    "environment.yaml",
];

/// What the project that the file at `path` belongs to is.
pub(crate) fn role(files: &dyn Files, path: &str) -> ProjectRole {
    let mut directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    loop {
        let found = role_of_directory(files, directory);
        if found != ProjectRole::Unknown || directory.is_empty() {
            return found;
        }
        directory = directory.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

fn role_of_directory(files: &dyn Files, directory: &str) -> ProjectRole {
    let at = |name: &str| {
        let path = format!("{directory}/{name}");
        path.trim_start_matches('/').to_owned()
    };
    let text = |name: &str| {
        let path = at(name);
        let bytes = files.read(&path).ok()?;
        decode(&bytes, &path).ok()
    };
    let pyproject = text("pyproject.toml").map_or(Packaging::Silent, |text| packaging(&text));
    match pyproject {
        Packaging::Refused => return ProjectRole::Application,
        Packaging::Built => return ProjectRole::Library,
        Packaging::NamedOnly | Packaging::Silent => {}
    }
    let setup_cfg = || text("setup.cfg").is_some_and(|text| names_a_project(&text));
    if files.exists(&at("setup.py")) || setup_cfg() {
        return ProjectRole::Library;
    }
    let has = |names: &[&str]| names.iter().any(|name| files.exists(&at(name)));
    if pyproject == Packaging::NamedOnly || has(REQUIREMENTS) || has(DEPLOYMENT) {
        return ProjectRole::Application;
    }
    ProjectRole::Unknown
}

/// What a `pyproject.toml` says of packaging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packaging {
    /// The project is not to be packaged or published.
    Refused,
    /// It has a build backend and a name.
    Built,
    /// It has a name only.
    NamedOnly,
    /// Nothing.
    Silent,
}

fn packaging(text: &str) -> Packaging {
    let Ok(toml) = Document::toml(text, "") else {
        return Packaging::Silent;
    };
    let root = toml.root();
    let refused = [
        ["tool", "uv", "package"],
        ["tool", "poetry", "package-mode"],
        ["tool", "pdm", "distribution"],
    ]
    .iter()
    .any(|path| root.at(path).and_then(|node| node.as_bool()) == Some(false));
    let tables = [root.get("project"), root.at(&["tool", "poetry"])];
    let private = tables
        .iter()
        .flatten()
        .filter_map(|table| table.optional_items("classifiers").ok())
        .flatten()
        .any(|node| node.as_str().is_some_and(|it| it.starts_with("Private ::")));
    if refused || private {
        return Packaging::Refused;
    }
    let named = root.at(&["project", "name"]).is_some();
    let poetry = root.at(&["tool", "poetry", "name"]).is_some();
    let built = root.get("build-system").is_some();
    match (named || poetry, built) {
        (true, true) => Packaging::Built,
        (true, false) => Packaging::NamedOnly,
        (false, _) => Packaging::Silent,
    }
}

/// Whether a `setup.cfg` has `name = …` under `[metadata]`.
fn names_a_project(text: &str) -> bool {
    text.lines()
        .skip_while(|line| line.trim() != "[metadata]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .any(|line| {
            line.strip_prefix("name")
                .is_some_and(|rest| rest.trim_start().starts_with(['=', ':']))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryFiles;

    fn role_of(files: &[(&str, &str)], path: &str) -> ProjectRole {
        let files = files.iter().fold(MemoryFiles::new(), |all, (path, text)| {
            all.with(*path, *text)
        });
        role(&files, path)
    }

    #[test]
    fn packaging_decides_before_requirements_files() {
        let built = "[build-system]\nrequires = []\n[project]\nname = 'a'\n";
        let refused = "[project]\nname = 'a'\n[tool.uv]\npackage = false\n[build-system]\n";
        let named = "[project]\nname = 'a'\n";
        let tool = "[tool.ruff]\nline-length = 88\n[build-system]\nrequires = []\n";
        let requirements = ("requirements.txt", "numpy");
        for (files, expected) in [
            (
                vec![("pyproject.toml", built), requirements],
                ProjectRole::Library,
            ),
            (vec![("pyproject.toml", refused)], ProjectRole::Application),
            (vec![("pyproject.toml", named)], ProjectRole::Application),
            (vec![("pyproject.toml", tool)], ProjectRole::Unknown),
            (
                vec![("pyproject.toml", tool), requirements],
                ProjectRole::Application,
            ),
            (
                vec![("pyproject.toml", "broken = ["), requirements],
                ProjectRole::Application,
            ),
            (vec![("setup.py", ""), requirements], ProjectRole::Library),
            (
                vec![("setup.cfg", "[metadata]\nname = a\n")],
                ProjectRole::Library,
            ),
            (
                vec![("setup.cfg", "[flake8]\nname = a\n")],
                ProjectRole::Unknown,
            ),
            (vec![("Dockerfile", "")], ProjectRole::Application),
            (vec![("dev.txt", "")], ProjectRole::Unknown),
        ] {
            assert_eq!(role_of(&files, "x.txt"), expected, "{files:?}");
        }
    }

    #[test]
    fn a_folder_of_requirements_belongs_to_the_project_above() {
        let files = [
            (
                "app/pyproject.toml",
                "[project]\nname='a'\n[build-system]\n",
            ),
            ("app/requirements/dev.in", "pytest"),
            ("Dockerfile", ""),
        ];
        assert_eq!(
            role_of(&files, "app/requirements/dev.in"),
            ProjectRole::Library
        );
    }
}
