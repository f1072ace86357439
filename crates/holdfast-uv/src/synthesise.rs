//! A solve request as a project that uv can lock.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use holdfast_model::{PackageId, Platform, Requirement, RequirementSource};
use serde::Serialize;

use crate::request::{IndexRole, SolveRequest, SolveSource};

/// The name of the project that uv locks.
pub(crate) const PROJECT: &str = "holdfast-solve";

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Pyproject<'a> {
    project: Project,
    dependency_groups: BTreeMap<&'a str, Vec<String>>,
    tool: Tool<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Project {
    name: &'static str,
    version: &'static str,
    requires_python: String,
}

#[derive(Serialize)]
struct Tool<'a> {
    uv: Options<'a>,
}

/// `[tool.uv]`: everything that decides what uv chooses, so that no configuration of the machine does.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Options<'a> {
    package: bool,
    environments: Vec<String>,
    required_environments: Vec<String>,
    resolution: &'static str,
    prerelease: &'static str,
    index_strategy: &'static str,
    constraint_dependencies: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    override_dependencies: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    exclude_newer: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    exclude_newer_package: BTreeMap<&'a str, String>,
    no_build: bool,
    /// uv builds a package in spite of `no-build` where its wheels are refused by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    no_binary_package: Vec<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sources: BTreeMap<&'a str, Source<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    index: Vec<Index<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Source<'a> {
    Index { index: &'a str },
    Path { path: String, editable: bool },
}

#[derive(Serialize)]
struct Index<'a> {
    name: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explicit: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
}

/// The `pyproject.toml` of a request.
pub(crate) fn pyproject(request: &SolveRequest) -> Result<String, toml::ser::Error> {
    let dependency_groups = request
        .environments
        .iter()
        .map(|environment| {
            (
                environment.name.as_str(),
                environment.requirements.iter().map(pep508).collect(),
            )
        })
        .collect();
    toml::to_string(&Pyproject {
        project: Project {
            name: PROJECT,
            version: "0",
            requires_python: requires_python(request),
        },
        dependency_groups,
        tool: Tool {
            uv: options(request),
        },
    })
}

/// The `uv.lock` that makes uv keep what is locked: names and versions alone, which uv finds
/// outdated, solves again and prefers. Empty where there is nothing to keep.
pub(crate) fn preferences(request: &SolveRequest) -> Option<String> {
    if request.preferences.is_empty() {
        return None;
    }
    let default = request
        .indexes
        .iter()
        .find(|index| index.role == IndexRole::Default)
        .map_or("https://pypi.org/simple", |index| index.url.as_str());
    let markers: Vec<String> = markers(&request.platforms)
        .iter()
        .map(|text| quoted(text))
        .collect();
    let mut text = format!(
        "version = 1\nrevision = 3\nrequires-python = {}\nresolution-markers = [{markers}]\nsupported-markers = [{markers}]\n",
        quoted(&requires_python(request)),
        markers = markers.join(", "),
    );
    for preference in &request.preferences {
        let index = preference.index.as_deref().unwrap_or(default);
        // writing to a String cannot fail
        let _ = write!(
            text,
            "\n[[package]]\nname = {}\nversion = {}\nsource = {{ registry = {} }}\n",
            quoted(preference.package.name()),
            quoted(&preference.version),
            quoted(index),
        );
    }
    Some(text)
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn requires_python(request: &SolveRequest) -> String {
    format!("=={}.*", request.python)
}

fn markers(platforms: &[Platform]) -> Vec<String> {
    let mut markers: Vec<String> = platforms.iter().map(|platform| platform.marker()).collect();
    markers.dedup();
    markers
}

fn options(request: &SolveRequest) -> Options<'_> {
    let markers = markers(&request.platforms);
    Options {
        package: false,
        environments: markers.clone(),
        required_environments: markers,
        resolution: "highest",
        prerelease: "if-necessary-or-explicit",
        index_strategy: "first-index",
        constraint_dependencies: &request.constraints,
        override_dependencies: &request.overrides,
        exclude_newer: request.exclude_newer.map(|limit| limit.to_string()),
        exclude_newer_package: request
            .exclude_newer_package
            .iter()
            .map(|(package, limit)| (package.name(), limit.to_string()))
            .collect(),
        no_build: true,
        no_binary_package: request.allow_build.iter().map(PackageId::name).collect(),
        sources: sources(request),
        index: request
            .indexes
            .iter()
            .map(|index| Index {
                name: &index.name,
                url: &index.url,
                default: (index.role == IndexRole::Default).then_some(true),
                explicit: (index.role == IndexRole::Explicit).then_some(true),
                format: (index.role == IndexRole::FindLinks).then_some("flat"),
            })
            .collect(),
    }
}

fn sources(request: &SolveRequest) -> BTreeMap<&str, Source<'_>> {
    let mut sources = BTreeMap::new();
    for (package, SolveSource::Index(index)) in &request.sources {
        sources.insert(package.name(), Source::Index { index });
    }
    for requirement in request
        .environments
        .iter()
        .flat_map(|environment| &environment.requirements)
    {
        if let RequirementSource::Path { path, editable } = &requirement.source {
            let path = request.root.join(path).to_string_lossy().into_owned();
            sources.insert(
                requirement.package.name(),
                Source::Path {
                    path,
                    editable: *editable,
                },
            );
        }
    }
    sources
}

/// A requirement as PEP 508 text. A path is left to the project's sources.
pub fn pep508(requirement: &Requirement) -> String {
    let mut text = requirement.package.name().to_owned();
    if !requirement.extras.is_empty() {
        // writing to a String cannot fail
        let _ = write!(text, "[{}]", requirement.extras.join(","));
    }
    match &requirement.source {
        RequirementSource::Registry { .. } | RequirementSource::Path { .. } => {
            text.push_str(&requirement.range.text);
        }
        RequirementSource::Url(url) => {
            let _ = write!(text, " @ {url}");
        }
        RequirementSource::Vcs {
            system,
            url,
            revision,
        } => {
            let _ = write!(text, " @ {system}+{url}");
            if let Some(revision) = revision {
                let _ = write!(text, "@{revision}");
            }
        }
    }
    if let Some(marker) = &requirement.marker {
        let _ = write!(text, " ; {marker}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use holdfast_model::{Location, Purpose, VersionRange};

    use super::*;
    use crate::request::{Network, Preference, SolveEnvironment, SolveIndex};

    fn requirement(name: &str, specifiers: &str) -> Requirement {
        Requirement {
            package: PackageId::pypi(name),
            text: format!("{name}{specifiers}"),
            range: VersionRange::pep440(specifiers.parse().unwrap()),
            extras: vec!["gpu".to_owned()],
            marker: Some("sys_platform == 'linux'".to_owned()),
            source: RequirementSource::Registry { index: None },
            hashes: Vec::new(),
            purpose: Purpose::Runtime,
            via: Vec::new(),
            location: Location::start_of("requirements.in"),
        }
    }

    fn request() -> SolveRequest {
        SolveRequest {
            python: "3.11".to_owned(),
            platforms: vec!["linux-x86_64-glibc2.28".parse().unwrap()],
            environments: vec![SolveEnvironment {
                name: "train".parse().unwrap(),
                extends: None,
                platforms: vec!["linux-x86_64-glibc2.28".parse().unwrap()],
                requirements: vec![requirement("numpy", ">=1,<2")],
            }],
            constraints: vec!["pillow>=10.2".to_owned()],
            overrides: Vec::new(),
            preferences: vec![Preference {
                package: PackageId::pypi("numpy"),
                version: "1.26.4".to_owned(),
                index: None,
            }],
            exclude_newer: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            exclude_newer_package: BTreeMap::from([(
                PackageId::pypi("pillow"),
                "2026-01-02T00:00:00Z".parse().unwrap(),
            )]),
            indexes: vec![SolveIndex {
                name: "internal".to_owned(),
                url: "https://packages.example/simple".to_owned(),
                role: IndexRole::Explicit,
            }],
            sources: BTreeMap::from([(
                PackageId::pypi("acme-features"),
                SolveSource::Index("internal".to_owned()),
            )]),
            allow_build: BTreeSet::from([PackageId::pypi("ffmpy")]),
            network: Network::Allowed,
            root: "/project".into(),
            scratch: "/scratch".into(),
            variables: BTreeMap::new(),
        }
    }

    #[test]
    fn a_request_becomes_a_project_with_a_group_per_environment() {
        insta::assert_snapshot!(pyproject(&request()).unwrap());
    }

    #[test]
    fn preferences_are_a_lock_of_names_and_versions() {
        insta::assert_snapshot!(preferences(&request()).unwrap());
    }

    #[test]
    fn sources_of_all_kinds_become_pep_508() {
        let mut from_git = requirement("x", "");
        from_git.extras.clear();
        from_git.marker = None;
        from_git.source = RequirementSource::Vcs {
            system: "git".to_owned(),
            url: "https://git.example/x.git".to_owned(),
            revision: Some("abc".to_owned()),
        };
        assert_eq!(pep508(&from_git), "x @ git+https://git.example/x.git@abc");
        from_git.source = RequirementSource::Url("https://files.example/x-1.whl".to_owned());
        assert_eq!(pep508(&from_git), "x @ https://files.example/x-1.whl");
        assert_eq!(
            pep508(&requirement("numpy", ">=1,<2")),
            "numpy[gpu]>=1, <2 ; sys_platform == 'linux'".replace(", ", ",")
        );
    }
}
