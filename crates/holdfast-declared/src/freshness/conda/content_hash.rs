//! conda-lock's hash of what was asked for, for one platform: SHA-256 of channels, requirements and
//! virtual packages as JSON.
//!
//! What a requirement looks like has changed from version to version, and a lock does not say which
//! wrote it: all are tried.

use super::super::python_json::{Json, Layout, sha256};
use super::requested::{Manager, Spec, Specs};

/// A channel as the lock has it, which is how it was hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Channel {
    pub(super) url: String,
    pub(super) variables: Vec<String>,
}

/// What is the same for all requirements: the platform's channels, indexes and virtual packages.
pub(super) struct Surroundings {
    pub(super) channels: Vec<Channel>,
    pub(super) pip_repositories: Vec<String>,
    /// The usual ones first.
    pub(super) virtual_packages: Vec<String>,
}

/// How a version of conda-lock writes requirements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    keys: Keys,
    pip: Pip,
    /// JSON in strings has blanks, where an old library wrote it.
    blanks: bool,
}

/// What a requirement consists of besides the seven keys that it always has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Before 2.0: `optional`, and `selectors` with the platforms where not all have it.
    Selectors,
    /// Before 2.5.2.
    Few,
    /// With `hash`.
    Hash,
    /// From 3.0.0 to 3.0.2: with `hash` and `markers`.
    HashAndMarkers,
}

/// Versions for pip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pip {
    /// As conda writes them, before 3.0.
    AsConda,
    AsWritten,
}

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// All that is known.
    All,
    /// The first so many virtual packages, as most versions write it.
    Usual(usize),
}

/// Whether the requirements give a hash.
pub(super) fn matches(specs: &Specs, around: &Surroundings, expected: &str, reach: Reach) -> bool {
    let count = match reach {
        Reach::All => around.virtual_packages.len(),
        Reach::Usual(count) => count,
    };
    let mut forms = forms().filter(|form| reach == Reach::All || !form.blanks);
    forms.any(|form| {
        let Some(head) = head(specs, around, form) else {
            return false;
        };
        around.virtual_packages.iter().take(count).any(|packages| {
            let text = format!("{head}, \"virtual_package_hash\": {packages}}}");
            sha256(&text) == expected
        })
    })
}

fn forms() -> impl Iterator<Item = Form> {
    let shapes = [
        (Keys::Hash, Pip::AsWritten),
        (Keys::Hash, Pip::AsConda),
        (Keys::Few, Pip::AsConda),
        (Keys::HashAndMarkers, Pip::AsWritten),
        (Keys::Selectors, Pip::AsConda),
    ];
    [false, true]
        .into_iter()
        .flat_map(move |blanks| shapes.map(|(keys, pip)| Form { keys, pip, blanks }))
}

/// The text up to the virtual packages, whose key sorts last.
fn head(specs: &Specs, around: &Surroundings, form: Form) -> Option<String> {
    let layout = if form.blanks {
        Layout::Spaced
    } else {
        Layout::Compact
    };
    let text = |text: &str| Json::Text(text.to_owned()).text(layout);
    let colon = if form.blanks { ": " } else { ":" };
    let comma = if form.blanks { ", " } else { "," };
    let channels: Option<Vec<Json<'_, '_>>> = around
        .channels
        .iter()
        .map(|channel| {
            let url = text(&channel.url)?;
            let variables: Option<Vec<String>> =
                channel.variables.iter().map(|it| text(it)).collect();
            let variables = variables?.join(comma);
            Some(Json::Text(format!(
                "{{\"url\"{colon}{url}{comma}\"used_env_vars\"{colon}[{variables}]}}"
            )))
        })
        .collect();
    let specs = specs
        .iter()
        .map(|((manager, name), spec)| requirement(*manager, name, spec, form))
        .collect();
    let mut content = std::collections::BTreeMap::from([
        ("channels".to_owned(), Json::Array(channels?)),
        ("specs".to_owned(), Json::Array(specs)),
    ]);
    if !around.pip_repositories.is_empty() {
        let repositories: Option<Vec<Json<'_, '_>>> = around
            .pip_repositories
            .iter()
            .map(|url| Some(Json::Text(format!("{{\"url\"{colon}{}}}", text(url)?))))
            .collect();
        content.insert("pip_repositories".to_owned(), Json::Array(repositories?));
    }
    let mut text = Json::Object(content).text(Layout::Spaced)?;
    text.pop();
    Some(text)
}

fn requirement(manager: Manager, name: &str, spec: &Spec, form: Form) -> Json<'static, 'static> {
    let optional = |text: &Option<String>| text.clone().map_or(Json::Null, Json::Text);
    let version = match manager {
        Manager::Conda => spec.version.clone(),
        Manager::Pip => pip_version(&spec.version, form.pip),
    };
    let mut written = std::collections::BTreeMap::from(
        [
            ("build", optional(&spec.build)),
            ("category", Json::Text(spec.category.clone())),
            ("conda_channel", optional(&spec.channel)),
            (
                "extras",
                Json::Array(spec.extras.iter().cloned().map(Json::Text).collect()),
            ),
            ("manager", Json::Text(manager.name().to_owned())),
            ("name", Json::Text(name.to_owned())),
            ("version", Json::Text(version)),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    let others = match form.keys {
        Keys::Few => Vec::new(),
        Keys::Hash => vec![("hash", Json::Null)],
        Keys::HashAndMarkers => vec![("hash", Json::Null), ("markers", Json::Null)],
        Keys::Selectors => {
            let platforms = spec.platforms.as_ref().map_or(Json::Null, |platforms| {
                Json::Array(platforms.iter().cloned().map(Json::Text).collect())
            });
            let optional = Json::Boolean(spec.category != "main");
            vec![
                ("optional", optional),
                ("selectors", Json::object([("platform", platforms)])),
            ]
        }
    };
    written.extend(
        others
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value)),
    );
    Json::Object(written)
}

/// `==1.2,>=1` as a version of conda-lock has it, sorted.
fn pip_version(written: &str, form: Pip) -> String {
    if matches!(written, "" | "*") {
        return "*".to_owned();
    }
    let mut parts: Vec<String> = written
        .split(',')
        .flat_map(|part| match form {
            Pip::AsWritten => vec![part.replace("===", "==")],
            Pip::AsConda => as_conda(part),
        })
        .collect();
    parts.sort();
    parts.dedup();
    parts.join(",")
}

/// `~=1.4.2` as `>=1.4.2` and `<1.5.0`, `==1` as `=1`.
fn as_conda(part: &str) -> Vec<String> {
    let Some(version) = part.strip_prefix("~=") else {
        return vec![part.replace("===", "=").replace("==", "=")];
    };
    let numbers: Option<Vec<u64>> = version.split('.').map(|it| it.parse().ok()).collect();
    match numbers.as_deref() {
        Some([first, second, rest @ ..]) => {
            let zeros = ".0".repeat(rest.len());
            let upper = second.saturating_add(1);
            vec![format!(">={version}"), format!("<{first}.{upper}{zeros}")]
        }
        _ => vec![part.to_owned()],
    }
}
