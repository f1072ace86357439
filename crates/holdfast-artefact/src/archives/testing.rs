//! What the tests of this folder share.

use std::io::Cursor;
use std::process::{Command, Stdio};

use holdfast_model::{Artefact, ArtefactContent, HazardKind};

use crate::Limits;

/// A file that is told when it is reached: an empty zip file.
pub(super) fn probe() -> Vec<u8> {
    let mut bytes = b"PK\x05\x06".to_vec();
    bytes.extend([0; 18]);
    bytes
}

pub(super) fn small() -> Limits {
    Limits {
        in_memory: 1 << 16,
        expanded: 4 << 20,
        ratio: 10,
        depth: 25,
        members: 500,
        listed: 200,
        header: 1 << 20,
        steps: 1_000_000,
    }
}

pub(super) fn inspect_file(bytes: &[u8]) -> Artefact {
    inspect_as("model.bin", bytes)
}

/// The same under another name.
pub(super) fn inspect_as(name: &str, bytes: &[u8]) -> Artefact {
    crate::inspect(name, &mut Cursor::new(bytes), &small())
}

pub(super) fn inspect(bytes: &[u8]) -> ArtefactContent {
    inspect_file(bytes).content
}

pub(super) fn disagreements(content: &ArtefactContent) -> Vec<String> {
    let hazards = content.hazards.iter();
    hazards
        .filter_map(|hazard| {
            let HazardKind::Disagreement { what } = &hazard.kind else {
                return None;
            };
            Some(what.clone())
        })
        .collect()
}

pub(super) fn reached(content: &ArtefactContent) -> Vec<String> {
    let members = content.members.iter();
    members.map(|member| member.within.join("!")).collect()
}

#[track_caller]
pub(super) fn assert_quiet(content: &ArtefactContent) {
    assert_eq!(content.hazards, []);
    assert_eq!(content.unread, []);
}

/// Runs Python with a script that writes a zip file to its standard output.
pub(super) fn python(script: &str) -> Vec<u8> {
    let output = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::null())
        .output()
        .expect("`python3` runs");
    assert!(output.status.success(), "{output:?}");
    output.stdout
}
