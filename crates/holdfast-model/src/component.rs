//! A component of an environment, as `holdfast list` shows it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The seven layers of an environment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The Python interpreter, to the patch.
    Interpreter,
    /// Packages of PyPI, conda and npm.
    Packages,
    /// CUDA, driver, shared libraries, glibc.
    Native,
    /// Packages of the operating system.
    System,
    /// The container's base image.
    Image,
    /// Weights and other artefacts.
    Models,
    /// Hosted models, agent runtimes, environment variables.
    Services,
}

impl Layer {
    /// The layer's name, as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interpreter => "interpreter",
            Self::Packages => "packages",
            Self::Native => "native",
            Self::System => "system",
            Self::Image => "image",
            Self::Models => "models",
            Self::Services => "services",
        }
    }
}

/// The four states of an environment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// What people wrote.
    Declared,
    /// Exact versions and hashes.
    Locked,
    /// What is on a machine or in an image.
    Installed,
    /// A lock bound to a model version.
    Released,
}

impl State {
    /// The state's name, as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Locked => "locked",
            Self::Installed => "installed",
            Self::Released => "released",
        }
    }
}

/// One thing that an environment consists of, in one state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Component {
    /// Package URL; with a version only where one version is named.
    pub purl: String,
    /// Name, normalised where the ecosystem says how.
    pub name: String,
    /// The version; null where only a range is declared.
    pub version: Option<String>,
    /// The range as declared; null where nothing is said, or in another state.
    pub specifier: Option<String>,
    /// The state it was seen in.
    pub state: State,
    /// The layer it belongs to.
    pub layer: Layer,
    /// The environment; null in a project without configuration.
    pub environment: Option<String>,
    /// Whether a person asked for it; null where that cannot be told.
    pub direct: Option<bool>,
    /// The environment marker (PEP 508) under which it is part of the environment.
    pub marker: Option<String>,
    /// Hashes of its files, `sha256:…`, sorted.
    pub hashes: Vec<String>,
    /// Where it is written.
    pub location: Option<crate::Location>,
}

/// What `holdfast list --format json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inventory {
    /// `holdfast/inventory/1`.
    pub schema: String,
    /// The components, sorted by environment, state, name and version.
    pub components: Vec<Component>,
}

impl Inventory {
    /// The schema that this version of Holdfast writes.
    pub const SCHEMA: &'static str = "holdfast/inventory/1";

    /// An inventory of `components`, sorted.
    pub fn new(mut components: Vec<Component>) -> Self {
        components.sort_by(|left, right| {
            let key = |component: &Component| {
                (
                    component.environment.clone(),
                    component.state,
                    component.layer,
                    component.name.clone(),
                    component.version.clone(),
                    component.location.clone(),
                )
            };
            key(left).cmp(&key(right))
        });
        Self {
            schema: Self::SCHEMA.to_owned(),
            components,
        }
    }
}
