//! What was recorded, as `holdfast golden record` says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Report, document};
use crate::human;
use crate::layout::Page;
use crate::style::{Role, Style};

/// What a golden set has, in a few words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recording {
    /// The golden set: its path as it was given.
    pub golden: String,
    /// The environment.
    pub environment: Option<String>,
    /// The lock: its path.
    pub lock: String,
    /// SHA-256 of the lock, `sha256:` and hexadecimal digits.
    pub lock_digest: String,
    /// The interpreter: `3.11.7`.
    pub python: String,
    /// Inputs.
    pub inputs: u64,
    /// Inputs on which the model failed; that is recorded as well.
    pub failed: u64,
    /// The files that the predictions depend on, sorted.
    pub artefacts: Vec<String>,
    /// Warnings that were raised.
    pub warnings: u64,
    /// What kept the model from the network and within limits; `uncontained` where nothing did.
    pub contained: Vec<String>,
    /// Seconds that the run took, loading included.
    pub seconds: f64,
    /// The most memory that was resident at once, in bytes.
    pub memory: Option<u64>,
}

impl Report for Recording {
    const SCHEMA: &'static str = "holdfast/recording/1";
}

/// The recording as JSON (`holdfast/recording/1`).
pub fn recording_json(recording: &Recording) -> String {
    document(recording)
}

/// The recording as text.
pub fn recording_text(recording: &Recording, style: &Style) -> String {
    let mut page = Page::default();
    let environment = recording
        .environment
        .as_ref()
        .map_or_else(String::new, |name| format!("{name}, "));
    page.line(&format!(
        "{}  {} · {environment}{} ({}) · python {}",
        style.paint(Role::Strong, &recording.golden),
        inputs(recording.inputs),
        recording.lock,
        human::digest(&recording.lock_digest),
        recording.python,
    ));
    if recording.failed > 0 {
        let failed = format!(
            "the model failed on {}, which is recorded as well",
            inputs(recording.failed)
        );
        page.labelled(2, ("note:", Role::Warning), &failed, style);
    }
    if recording.warnings > 0 {
        let raised = match recording.warnings {
            1 => "it raised a warning, which is recorded as well".to_owned(),
            warnings => format!("it raised {warnings} warnings, which are recorded as well"),
        };
        page.labelled(2, ("note:", Role::Note), &raised, style);
    }
    let files = if recording.artefacts.is_empty() {
        "no model file is named under `[[artefacts]]` or found: a change of one will not be seen"
            .to_owned()
    } else {
        recording.artefacts.join(", ")
    };
    page.labelled(2, ("files:", Role::Faint), &files, style);
    let contained = recording.contained.join(", ");
    page.labelled(
        2,
        ("run:", Role::Faint),
        &format!("{} · {contained}", cost(recording)),
        style,
    );
    page.finish()
}

fn inputs(count: u64) -> String {
    human::count(
        usize::try_from(count).unwrap_or(usize::MAX),
        "input",
        "inputs",
    )
}

fn cost(recording: &Recording) -> String {
    let seconds = human::seconds(recording.seconds);
    let memory = recording.memory.map(human::bytes);
    let parts: Vec<String> = seconds.into_iter().chain(memory).collect();
    parts.join(", ")
}
