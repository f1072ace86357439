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
        expanded: 1 << 20,
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

/// Runs Python: what each of the expressions is, which are bytes, after `setup`. One process for all,
/// for starting it takes longer than all else.
pub(super) fn python<T: AsRef<str>>(setup: &str, expressions: &[T]) -> Vec<Vec<u8>> {
    let mut script = format!("{setup}\n");
    for expression in expressions {
        script.extend(["print((", expression.as_ref(), ").hex())\n"]);
    }
    let output = Command::new("python3")
        .args(["-c", &script])
        .stdin(Stdio::null())
        .output()
        .expect("`python3` runs");
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).expect("text");
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).expect("text");
        u8::from_str_radix(pair, 16).expect("a number")
    };
    lines
        .lines()
        .map(|line| line.as_bytes().chunks(2).map(byte).collect())
        .collect()
}
