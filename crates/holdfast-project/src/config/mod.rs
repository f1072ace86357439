//! `holdfast.toml`, or `[tool.holdfast]` of pyproject.toml: what the environments are.
//!
//! Text becomes `Unvalidated`, with the place of each value, and that becomes [`Config`], once; all
//! mistakes are reported together. Nothing here reads a file.

mod error;
mod python;
mod read;
mod reader;
mod shown;
mod suggest;
mod unvalidated;
mod validate;
mod values;

use std::collections::BTreeMap;

use holdfast_model::{EnvironmentName, Location, Platform};
use holdfast_rules::Policy;

pub use error::{ConfigError, ConfigErrors};
pub use python::{PythonChoice, PythonChoiceError};
pub use read::ConfigFile;
pub(crate) use suggest::did_you_mean;
pub use unvalidated::Written;

/// A configuration in which everything that can be told from its text alone is right.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file, relative to the directory that was checked.
    pub file: String,
    /// The environments, shared parts included; empty where only policy is set.
    pub environments: BTreeMap<EnvironmentName, Environment>,
    /// Indexes besides the default one, in the order of the file.
    pub indexes: Vec<Index>,
    /// What rules judge by: holding period, licences, waivers, what may be built.
    pub policy: Policy,
    /// What is known about packages.
    pub knowledge: KnowledgeSettings,
    /// Model files and who loads them, in the order of the file.
    pub artefacts: Vec<ConfiguredArtefact>,
}

/// A model file that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredArtefact {
    /// The file, relative to the project's directory, normalised.
    pub path: String,
    /// The environment that loads it; absent where any may.
    pub environment: Option<EnvironmentName>,
    /// Where its path is written.
    pub location: Location,
}

/// An environment as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its interpreter, where this environment itself says it.
    pub python: Option<Written<PythonChoice>>,
    /// Files that say what to install, relative to the project's directory, normalised.
    pub requirements: Vec<Written<String>>,
    /// Dependency groups of pyproject.toml.
    pub groups: Vec<Written<String>>,
    /// Extras of pyproject.toml.
    pub extras: Vec<Written<String>>,
    /// The environment that it adds to.
    pub extends: Option<Written<EnvironmentName>>,
    /// The machines to lock for, sorted, where this environment itself says it; never empty.
    pub platforms: Option<Vec<Written<Platform>>>,
    /// Where it is written.
    pub location: Location,
}

/// A package index with the packages that come from it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Address of its simple API, without credentials.
    pub url: String,
    /// Patterns of normalised names, `*` for any part; never empty.
    pub packages: Vec<String>,
    /// Where it is written.
    pub location: Location,
}

/// What is known about packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnowledgeSettings {
    /// Advisories besides the feed, in the order of the file.
    pub advisories: Vec<Written<AdvisorySource>>,
    /// Address of the OSV export to use in place of the default.
    pub feed: Option<String>,
}

/// Where advisories come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdvisorySource {
    /// A folder or archive, relative to the project's directory, normalised.
    Path(String),
    /// An address.
    Address(String),
}

impl Config {
    /// Reads a configuration. Nothing where `kind` is pyproject.toml and it has no `[tool.holdfast]`.
    ///
    /// `file` is what locations name, relative to the directory that was checked.
    pub fn parse(text: &str, file: &str, kind: ConfigFile) -> Result<Option<Self>, ConfigErrors> {
        read::read(text, file, kind)?
            .map(|(unvalidated, errors)| validate::validate(unvalidated, file, errors))
            .transpose()
    }

    /// The environment and those it extends, the shared part first; empty for an unknown name.
    pub fn chain(&self, name: &EnvironmentName) -> Vec<(&EnvironmentName, &Environment)> {
        let mut chain = Vec::new();
        let mut next = self.environments.get_key_value(name);
        while let Some((name, environment)) = next {
            chain.push((name, environment));
            // a validated configuration has no cycle; the bound keeps one made by hand finite
            if chain.len() > self.environments.len() {
                break;
            }
            next = environment
                .extends
                .as_ref()
                .and_then(|parent| self.environments.get_key_value(&parent.value));
        }
        chain.reverse();
        chain
    }

    /// Names of the environments that get a lock of their own: those that nobody extends.
    pub fn locked_environments(&self) -> Vec<&EnvironmentName> {
        self.environments
            .keys()
            .filter(|name| !self.is_shared(name))
            .collect()
    }

    /// Whether other environments extend this one, which makes it a shared part without a lock.
    pub fn is_shared(&self, name: &EnvironmentName) -> bool {
        self.environments.values().any(|environment| {
            environment
                .extends
                .as_ref()
                .is_some_and(|parent| parent.value == *name)
        })
    }

    /// The interpreter that an environment asks for, its own or that of what it extends.
    pub fn python_of(&self, name: &EnvironmentName) -> Option<&Written<PythonChoice>> {
        self.chain(name)
            .into_iter()
            .rev()
            .find_map(|(_, environment)| environment.python.as_ref())
    }

    /// The machines that an environment is locked for, its own or those of what it extends; absent
    /// where that is the machine at hand.
    pub fn platforms_of(&self, name: &EnvironmentName) -> Option<Vec<Platform>> {
        self.chain(name)
            .into_iter()
            .rev()
            .find_map(|(_, environment)| environment.platforms.as_ref())
            .map(|platforms| platforms.iter().map(|platform| platform.value).collect())
    }

    /// Which packages come from which address and from nowhere else: patterns with the address of
    /// their index. The first that matches counts; the pattern that says most comes first.
    pub fn routes(&self) -> Vec<(String, String)> {
        let mut routes: Vec<(String, String)> = self
            .indexes
            .iter()
            .flat_map(|index| {
                index
                    .packages
                    .iter()
                    .map(|pattern| (pattern.clone(), index.url.clone()))
            })
            .collect();
        let literal = |pattern: &str| pattern.chars().filter(|letter| *letter != '*').count();
        routes.sort_by_key(|(pattern, _)| {
            std::cmp::Reverse((literal(pattern), !pattern.contains('*')))
        });
        routes
    }
}

/// The JSON schema of `holdfast.toml`, for editors.
pub fn config_schema() -> schemars::Schema {
    schemars::schema_for!(unvalidated::Unvalidated)
}

#[cfg(test)]
mod tests;
