use holdfast_model::{Artefact, HazardKind};

use super::super::testing::{exact, hazards, inspect, total, unread, writers};
use super::*;

const CONFIG: &str = r#"{"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Lambda", "config": {"name": "shout", "function": ["4wEA", null, null]}}]}}"#;

/// Bytes of numbers, widest last.
fn put(bytes: &mut Vec<u8>, number: u64, width: usize) {
    bytes.extend(&number.to_le_bytes()[..width]);
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

/// An attribute's message of a version; `heap` where its text is in one.
fn attribute(version: u8, name: &str, text: &str, heap: Option<u64>) -> Vec<u8> {
    let pad = |bytes: Vec<u8>| if version == 1 { padded(bytes) } else { bytes };
    let mut kind = match heap {
        Some(_) => vec![0x19, 1, 0, 0],
        None => vec![0x13, 0, 0, 0],
    };
    let length = if heap.is_some() { 16 } else { text.len() };
    put(&mut kind, length as u64, 4);
    let name = [name.as_bytes(), b"\0"].concat();
    let shape = vec![1, 0, 0, 0, 0, 0, 0, 0];
    let mut bytes = vec![version, 0];
    for part in [&name, &kind, &shape] {
        put(&mut bytes, part.len() as u64, 2);
    }
    if version == 3 {
        bytes.push(0);
    }
    for part in [name, kind, shape] {
        bytes.extend(pad(part));
    }
    match heap {
        Some(heap) => {
            put(&mut bytes, text.len() as u64, 4);
            put(&mut bytes, heap, 8);
            put(&mut bytes, 1, 4);
        }
        None => bytes.extend(text.as_bytes()),
    }
    padded(bytes)
}

/// A heap with one text.
fn heap(text: &str) -> Vec<u8> {
    let mut bytes = b"GCOL\x01\0\0\0".to_vec();
    put(&mut bytes, 32 + text.len().next_multiple_of(8) as u64, 8);
    put(&mut bytes, 1, 2);
    bytes.extend([1, 0, 0, 0, 0, 0]);
    put(&mut bytes, text.len() as u64, 8);
    bytes.extend(padded(text.as_bytes().to_vec()));
    bytes
}

/// A file of the first layout: a superblock, a header that goes on in a second block, a heap.
fn first(version: u8, base: usize) -> Vec<u8> {
    let mut bytes = vec![0; base];
    bytes.extend(MAGIC);
    bytes.extend([0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0]);
    for address in [base as u64, u64::MAX, 0, u64::MAX, 0, 96] {
        put(&mut bytes, address, 8);
    }
    bytes.resize(base + 96, 0);
    let config = attribute(version, "model_config", CONFIG, Some(512));
    let version = attribute(version, "keras_version", "2.13.1", None);
    bytes.extend([1, 0, 2, 0, 1, 0, 0, 0]);
    put(&mut bytes, 8 + version.len() as u64 + 24, 4);
    bytes.extend([0; 4]);
    message(&mut bytes, ATTRIBUTE, &version);
    let mut continuation = Vec::new();
    put(&mut continuation, 256, 8);
    put(&mut continuation, 8 + config.len() as u64, 8);
    message(&mut bytes, 0x10, &continuation);
    bytes.resize(base + 256, 0);
    message(&mut bytes, ATTRIBUTE, &config);
    bytes.resize(base + 512, 0);
    bytes.extend(heap(CONFIG));
    bytes
}

const ATTRIBUTE: u64 = 0x0c;

fn message(bytes: &mut Vec<u8>, kind: u64, content: &[u8]) {
    put(bytes, kind, 2);
    put(bytes, content.len() as u64, 2);
    put(bytes, 0, 4);
    bytes.extend(content);
}

/// A file of the second layout, with texts in the attributes themselves.
fn second() -> Vec<u8> {
    let mut messages = Vec::new();
    for (name, text) in [("backend", "tensorflow"), ("model_config", CONFIG)] {
        let content = attribute(3, name, text, None);
        messages.push(0x0c);
        put(&mut messages, content.len() as u64, 2);
        messages.push(0);
        messages.extend(content);
    }
    let mut bytes = MAGIC.to_vec();
    bytes.extend([2, 8, 8, 0]);
    for address in [0, u64::MAX, 0, 48] {
        put(&mut bytes, address, 8);
    }
    bytes.extend([0; 4]);
    bytes.extend(b"OHDR\x02\x01");
    put(&mut bytes, messages.len() as u64, 2);
    bytes.extend(messages);
    bytes.extend([0; 4]);
    bytes
}

fn has_lambda(found: &Artefact) -> bool {
    let lambda = |hazard: &HazardKind| matches!(hazard, HazardKind::Code { holder, .. } if holder == "shout");
    hazards(found).iter().any(lambda)
}

#[test]
fn a_model_of_keras_names_its_version_and_its_layers_with_code() {
    for version in 1..=3 {
        for base in [0, 512] {
            let found = inspect("m", &first(version, base));
            assert_eq!(found.format, ArtefactFormat::Hdf5);
            assert_eq!(unread(&found), Vec::<String>::new(), "{version} {base}");
            assert_eq!(writers(&found), [exact("keras", "2.13.1")]);
            assert!(has_lambda(&found));
        }
    }
}

#[test]
fn the_second_layout_is_read() {
    let found = inspect("m", &second());
    assert_eq!(unread(&found), Vec::<String>::new());
    assert_eq!(found.content.metadata["keras.backend"], "tensorflow");
    assert!(has_lambda(&found));
}

#[test]
fn a_header_that_goes_on_in_itself_ends() {
    let mut bytes = first(1, 0);
    // the continuation's address
    let place = bytes
        .windows(8)
        .rposition(|window| window == 256_u64.to_le_bytes());
    let place = place.expect("there is one");
    bytes[place..place + 8].copy_from_slice(&112_u64.to_le_bytes());
    bytes[place + 8..place + 16].copy_from_slice(&96_u64.to_le_bytes());
    let found = inspect("m", &bytes);
    assert_eq!(writers(&found), [exact("keras", "2.13.1")]);
}

#[test]
fn a_file_that_cannot_be_read_says_so() {
    let mut bytes = MAGIC.to_vec();
    bytes.push(9);
    assert_eq!(unread(&inspect("m", &bytes)), ["version 9 of HDF5"]);
    assert_eq!(unread(&inspect("m", MAGIC)), ["it ends too early"]);
}

total!("x.h5", b"\x89HDF\r\n\x1a\n\0", first(1, 0));
