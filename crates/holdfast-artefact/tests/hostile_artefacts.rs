//! Files that are made to exhaust, escape or deceive whoever reads them: what is said of each.

#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic where its own numbers are wrong"
)]

use std::io::{Cursor, Write as _};

use holdfast_artefact::{Limits, inspect};
use holdfast_model::{Artefact, ArtefactFormat, HazardKind, ImportUsage, UnreadReason};

fn read(bytes: Vec<u8>) -> Artefact {
    inspect("model.bin", &mut Cursor::new(bytes), &Limits::default())
}

/// What reading stopped at, where it was a limit.
fn limits_met(artefact: &Artefact) -> Vec<&str> {
    let unread = artefact.content.unread.iter();
    unread
        .filter_map(|part| match &part.reason {
            UnreadReason::Limit(limit) => Some(limit.as_str()),
            _ => None,
        })
        .collect()
}

/// What is called, by its full name.
fn calls(artefact: &Artefact) -> Vec<String> {
    let imports = artefact.content.imports.iter();
    imports
        .filter(|import| import.usage == ImportUsage::Called)
        .map(|import| format!("{}.{}", import.module, import.name))
        .collect()
}

/// A zip archive with one entry, whose bytes are `content` as `method` keeps them.
fn zip(name: &str, method: u16, content: &[u8], expanded: &[u8]) -> Vec<u8> {
    let checksum = crc32fast::hash(expanded).to_le_bytes();
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let length = u16::try_from(name.len()).unwrap().to_le_bytes();
    let common = [
        &[20, 0, 0, 0][..],
        &method.to_le_bytes(),
        &[0, 0, 0x21, 0x58],
        &checksum,
        &size(content),
        &size(expanded),
        &length,
        &[0, 0],
    ]
    .concat();
    let local = [b"PK\x03\x04", &common[..], name.as_bytes(), content].concat();
    let central = [
        b"PK\x01\x02\x14\x00",
        &common[..],
        &[0; 14],
        name.as_bytes(),
    ]
    .concat();
    let end = [
        b"PK\x05\x06\0\0\0\0\x01\0\x01\0",
        &size(&central)[..],
        &size(&local),
        &[0, 0],
    ]
    .concat();
    [local, central, end].concat()
}

fn stored(name: &str, content: &[u8]) -> Vec<u8> {
    zip(name, 0, content, content)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn deflated(name: &str, content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    zip(name, 8, &encoder.finish().unwrap(), content)
}

const CALL: &[u8] = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.";

#[test]
fn archives_in_archives_are_opened_to_a_depth_and_no_further() {
    let nest = |depth: usize| {
        (0..depth).fold(CALL.to_vec(), |inner, level| {
            if level % 2 == 0 {
                stored("inner.zip", &inner)
            } else {
                gzip(&inner)
            }
        })
    };
    let artefact = read(nest(Limits::default().depth));
    assert_eq!(calls(&artefact), ["os.system"]);
    assert_eq!(artefact.content.unread, []);

    let artefact = read(nest(20));
    assert_eq!(
        limits_met(&artefact),
        ["files lie more than 12 deep in one another"]
    );
    assert!(calls(&artefact).is_empty());
}

#[test]
fn a_bomb_is_told_and_not_expanded() {
    let limits = Limits {
        expanded: 1 << 20,
        ratio: 20,
        ..Limits::default()
    };
    let zeros = vec![0; 32 << 20];
    for bomb in [
        deflated("archive/data.pkl", &zeros),
        gzip(&zeros),
        deflated("inner.gz", &gzip(&zeros)),
    ] {
        let artefact = inspect("model.bin", &mut Cursor::new(bomb), &limits);
        let met = limits_met(&artefact);
        assert!(!met.is_empty(), "{:?}", artefact.content.unread);
        assert!(
            met.iter().all(|limit| limit.contains("admitted")),
            "{met:?}"
        );
    }
}

#[test]
fn entries_that_climb_out_are_hazards() {
    for name in [
        "../../etc/cron.d/x",
        "/etc/passwd",
        "a/../../b",
        "..\\..\\x",
    ] {
        let artefact = read(stored(name, b"x"));
        let escapes = artefact.content.hazards.iter().any(
            |hazard| matches!(&hazard.kind, HazardKind::EscapingPath { path, .. } if path == name),
        );
        assert!(escapes, "{name}: {:?}", artefact.content.hazards);
    }
}

#[test]
fn a_gguf_file_of_2_to_the_60_tensors_is_refused() {
    let header = [
        b"GGUF\x03\0\0\0".as_slice(),
        &(1_u64 << 60).to_le_bytes(),
        &0_u64.to_le_bytes(),
    ]
    .concat();
    let artefact = read(header.clone());
    assert_eq!(artefact.format, ArtefactFormat::Gguf);
    assert_eq!(artefact.content.unread.len(), 1, "{:?}", artefact.content);
    // and where there are bytes that could be some of them
    let artefact = read([header, vec![0; 1 << 20]].concat());
    assert!(!artefact.content.unread.is_empty());
    assert!(artefact.content.tensors.first.len() <= 50);
}

#[test]
fn a_number_of_the_memo_costs_no_memory() {
    // `os.system` is put aside under 2³¹ and taken from there
    let pickle =
        b"\x80\x02cos\nsystem\nr\x00\x00\x00\x800j\x00\x00\x00\x80X\x02\x00\x00\x00id\x85R.";
    let artefact = read(pickle.to_vec());
    assert_eq!(calls(&artefact), ["os.system"]);
    assert_eq!(artefact.content.unread, []);
}

#[test]
fn a_safetensors_header_of_100_megabytes_is_read_in_passing_and_a_longer_one_refused() {
    let file = |length: u64, header: &[u8]| {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.resize(
            bytes
                .len()
                .max(usize::try_from(length.min(1 << 30)).unwrap() + 12),
            b' ',
        );
        inspect(
            "model.safetensors",
            &mut Cursor::new(bytes),
            &Limits::default(),
        )
    };
    let header = b"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    let artefact = file(100_000_000, header);
    assert_eq!(artefact.format, ArtefactFormat::Safetensors);
    assert_eq!(artefact.content.tensors.count, 1);
    assert_eq!(artefact.content.unread, []);
    let artefact = file(100_000_001, header);
    assert!(
        matches!(&artefact.content.unread[0].reason, UnreadReason::Malformed(what) if what.contains("100000001")),
        "{:?}",
        artefact.content.unread
    );
    // one that is larger than its file
    let bytes = [&99_000_000_u64.to_le_bytes()[..], header].concat();
    let artefact = inspect(
        "model.safetensors",
        &mut Cursor::new(bytes),
        &Limits::default(),
    );
    assert_eq!(artefact.content.unread[0].reason, UnreadReason::Truncated);
}
