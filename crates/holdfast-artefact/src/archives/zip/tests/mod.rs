//! Zip files made for the purpose, header by header.

mod written;

use std::io::{Cursor, Write};

use holdfast_model::HazardKind;
use proptest::prelude::*;

use super::headers::Header;
use super::*;
use crate::Limits;
use crate::archives::testing::{
    assert_quiet, disagreements, inspect, inspect_file, probe, reached, small,
};

/// An entry whose two headers can be told to differ.
#[derive(Clone)]
struct Piece {
    local: Header,
    central: Header,
    data: Vec<u8>,
    extra: Vec<u8>,
    mode: u32,
    descriptor: bool,
    is_listed: bool,
}

fn piece(name: &str, data: &[u8]) -> Piece {
    let header = Header {
        name: name.as_bytes().to_vec(),
        flags: 0,
        method: 0,
        crc: crc32fast::hash(data),
        compressed: data.len() as u64,
        size: data.len() as u64,
    };
    Piece {
        local: header.clone(),
        central: header,
        data: data.to_vec(),
        extra: Vec::new(),
        mode: 0,
        descriptor: false,
        is_listed: true,
    }
}

/// The same, compressed.
fn deflated(name: &str, data: &[u8]) -> Piece {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    let mut piece = piece(name, data);
    piece.data = encoder.finish().unwrap();
    for header in [&mut piece.local, &mut piece.central] {
        header.method = 8;
        header.compressed = piece.data.len() as u64;
    }
    piece
}

fn fields(header: &Header) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(header.flags.to_le_bytes());
    bytes.extend(header.method.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(header.crc.to_le_bytes());
    bytes.extend(u32::try_from(header.compressed).unwrap().to_le_bytes());
    bytes.extend(u32::try_from(header.size).unwrap().to_le_bytes());
    bytes.extend(u16::try_from(header.name.len()).unwrap().to_le_bytes());
    bytes
}

/// The zip file of these entries, behind `prefix`, with offsets that count from `shift`.
fn zip_behind(prefix: &[u8], shift: usize, pieces: &[Piece]) -> Vec<u8> {
    let mut bytes = prefix.to_vec();
    let mut directory = Vec::new();
    let mut count = 0_u16;
    for piece in pieces {
        let at = u32::try_from(bytes.len() - shift).unwrap();
        bytes.extend(b"PK\x03\x04\x14\x00");
        bytes.extend(fields(&piece.local));
        bytes.extend(u16::try_from(piece.extra.len()).unwrap().to_le_bytes());
        bytes.extend(&piece.local.name);
        bytes.extend(&piece.extra);
        bytes.extend(&piece.data);
        if piece.descriptor {
            bytes.extend(b"PK\x07\x08");
            bytes.extend(piece.central.crc.to_le_bytes());
            bytes.extend(
                u32::try_from(piece.central.compressed)
                    .unwrap()
                    .to_le_bytes(),
            );
            bytes.extend(u32::try_from(piece.central.size).unwrap().to_le_bytes());
        }
        if piece.is_listed {
            count = count.wrapping_add(1);
            directory.extend(b"PK\x01\x02\x14\x03\x14\x00");
            directory.extend(fields(&piece.central));
            directory.extend([0; 8]);
            directory.extend((piece.mode << 16).to_le_bytes());
            directory.extend(at.to_le_bytes());
            directory.extend(&piece.central.name);
        }
    }
    let at = u32::try_from(bytes.len() - shift).unwrap();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

fn zip(pieces: &[Piece]) -> Vec<u8> {
    zip_behind(&[], 0, pieces)
}

#[test]
fn an_ordinary_zip_file_is_quiet_and_its_members_are_reached() {
    let content = inspect(&zip(&[piece("a", &probe()), piece("d/b", &probe())]));
    assert_quiet(&content);
    assert_eq!(reached(&content), ["a", "d/b"]);
    assert_eq!(inspect_file(&zip(&[])).format, ArtefactFormat::Zip);
    assert_quiet(&inspect(&zip(&[])));
}

#[test]
fn what_follows_the_data_is_no_disagreement() {
    let mut open = piece("a", &probe());
    open.descriptor = true;
    open.central.flags = 8;
    open.local = Header {
        flags: 8,
        crc: 0,
        compressed: 0,
        size: 0,
        ..open.local
    };
    open.extra = b"FB\x04\0ZZZZ".to_vec();
    let content = inspect(&zip(&[open, piece("b", &probe())]));
    assert_quiet(&content);
    assert_eq!(reached(&content), ["a", "b"]);
}

type Change = fn(&mut Piece);

#[test]
fn headers_that_differ_are_told_and_both_are_followed() {
    let changes: [(&str, Change); 5] = [
        ("its own header", |piece| piece.local.name = b"b".to_vec()),
        ("method 8", |piece| piece.local.method = 8),
        ("compressed size 3", |piece| piece.local.compressed = 3),
        ("CRC 1", |piece| piece.local.crc = 1),
        ("the flags 0x1", |piece| piece.local.flags = 1),
    ];
    for (what, change) in changes {
        let mut changed = piece("a", &probe());
        change(&mut changed);
        let content = inspect(&zip(&[changed, piece("z", &probe())]));
        let told = disagreements(&content).join("; ");
        assert!(told.contains(what), "{what}: {told}");
        assert!(reached(&content).contains(&"a".to_owned()), "{what}");
    }
}

#[test]
fn an_entry_that_only_one_list_has_is_told_and_looked_at() {
    let mut hidden = piece("hidden", &probe());
    hidden.is_listed = false;
    let content = inspect(&zip(&[piece("a", b"x"), hidden]));
    assert_eq!(
        disagreements(&content),
        ["the central directory does not list it"]
    );
    assert_eq!(reached(&content), ["hidden"]);

    let mut bytes = zip(&[piece("a", &probe())]);
    bytes[0] = b'Q';
    let content = inspect(&bytes);
    assert!(reached(&content).contains(&"a".to_owned()), "{content:?}");
    assert!(
        disagreements(&content)
            .contains(&"the central directory lists it, and it has no header".to_owned())
    );
}

#[test]
fn names_twice_and_names_with_nul_are_told() {
    let content = inspect(&zip(&[
        piece("a", b"1"),
        piece("a", b"2"),
        piece("b\0.txt", b"3"),
    ]));
    assert_eq!(
        disagreements(&content),
        ["it lists `a` twice", "the name `b\\0.txt` holds a NUL"]
    );
}

#[test]
fn bytes_around_the_archive_are_told() {
    let pieces = [piece("a", &probe())];
    let mut behind = zip(&pieces);
    behind.extend(b"more");
    assert_eq!(disagreements(&inspect(&behind)), ["4 bytes follow its end"]);

    for shift in [0, 7] {
        let content = inspect(&zip_behind(b"PK\0\0abc", shift, &pieces));
        let told: Vec<_> = content.hazards.iter().map(|hazard| &hazard.kind).collect();
        assert!(
            matches!(told.first(), Some(HazardKind::Appended { .. })),
            "{told:?}"
        );
        assert_eq!(reached(&content), ["a"]);
    }

    let outer = zip_behind(&zip(&[piece("first", &probe())]), 0, &pieces);
    let content = inspect(&outer);
    let told = disagreements(&content).join("; ");
    assert!(told.contains("belong to no entry"), "{told}");
    assert_eq!(reached(&content), ["a", "first"]);
}

#[test]
fn an_end_in_the_comment_of_an_end_is_told_and_both_are_read() {
    let mut bytes = zip(&[piece("a", &probe())]);
    let inner = zip(&[piece("b", &probe())]);
    let length = u16::try_from(inner.len()).unwrap().to_le_bytes();
    let at = bytes.len() - 2;
    bytes[at..].copy_from_slice(&length);
    bytes.extend(inner);
    let content = inspect(&bytes);
    assert!(
        disagreements(&content)
            .contains(&"it has two ends, one in the comment of the other".to_owned())
    );
    let mut reached = reached(&content);
    reached.sort();
    assert_eq!(reached, ["a", "b"]);
}

#[test]
fn overlapping_entries_are_told() {
    let mut bytes = zip(&[piece("a", &probe()), piece("b", b"x")]);
    let second = bytes
        .windows(4)
        .rposition(|window| window == b"PK\x01\x02")
        .unwrap();
    // the second entry's header is where the first one's is
    bytes[second + 42..second + 46].fill(0);
    let told = disagreements(&inspect(&bytes));
    assert!(told.contains(&"entries overlap".to_owned()), "{told:?}");
}

#[test]
fn a_wrong_checksum_is_told_and_the_content_looked_at() {
    let mut wrong = piece("a", &probe());
    wrong.local.crc = 5;
    wrong.central.crc = 5;
    let content = inspect(&zip(&[wrong]));
    let told = disagreements(&content).join("; ");
    assert!(told.contains("its headers say 0x00000005"), "{told}");
    assert_eq!(reached(&content), ["a"]);
}

#[test]
fn what_is_encrypted_is_unread_and_what_only_says_so_is_read() {
    let mut encrypted = piece("a", &[7; 40]);
    for header in [&mut encrypted.local, &mut encrypted.central] {
        header.flags = 1;
        header.size = 28;
    }
    let content = inspect(&zip(&[encrypted]));
    assert_eq!(content.hazards, []);
    assert_eq!(content.unread[0].reason, UnreadReason::Encrypted);
    assert_eq!(content.unread[0].at.members, ["a"]);

    for flag in [0x1, 0x20, 0x40] {
        let mut flagged = piece("a", &probe());
        flagged.local.flags = flag;
        flagged.central.flags = flag;
        let content = inspect(&zip(&[flagged]));
        assert_eq!(disagreements(&content).len(), 1);
        assert_eq!(content.unread, []);
        assert_eq!(reached(&content), ["a"]);
    }
}

#[test]
fn names_and_links_that_climb_out_are_told() {
    let mut link = piece("d/link", b"../../etc/passwd");
    link.mode = 0o120_777;
    let mut innocent = piece("d/other", b"../a");
    innocent.mode = 0o120_777;
    let content = inspect(&zip(&[piece("../a", b""), link, innocent]));
    let paths: Vec<_> = content
        .hazards
        .iter()
        .map(|hazard| {
            let HazardKind::EscapingPath { path, of } = &hazard.kind else {
                panic!("{hazard:?}");
            };
            (path.as_str(), *of)
        })
        .collect();
    assert_eq!(paths, [("../a", "entry"), ("../../etc/passwd", "link")]);
}

#[test]
fn the_storages_of_torch_are_not_read_and_its_notes_are_kept() {
    let pieces = [
        piece("m/data.pkl", b""),
        piece("m/data/0", &[1, 2, 3]),
        piece("m/data/1", &probe()),
        piece("m/data/2", &zip(&[piece("inner", &probe())])),
        piece("m/version", b"3\n"),
        piece("m/byteorder", b"little"),
    ];
    let artefact = inspect_file(&zip(&pieces));
    assert_eq!(artefact.format, ArtefactFormat::Torch);
    let metadata = &artefact.content.metadata;
    assert_eq!(metadata["version"], "3");
    assert_eq!(metadata["byteorder"], "little");
    // what begins as an archive is looked into, and nothing else
    assert_eq!(reached(&artefact.content), ["m/data/2!inner", "m/data/2"]);
    assert_quiet(&artefact.content);
}

#[test]
fn a_truncated_zip_file_is_read_from_its_front() {
    let bytes = zip(&[deflated("a", &probe()), deflated("b", &probe())]);
    let content = inspect(&bytes[..bytes.len() - 40]);
    assert_eq!(reached(&content), ["a", "b"]);
    assert_eq!(content.hazards, []);
    assert_eq!(content.unread.len(), 1);
}

#[test]
fn claims_of_many_entries_and_large_ones_cost_nothing() {
    let mut bytes = zip(&[piece("a", &probe())]);
    let end = bytes.len() - 22;
    bytes[end + 8..end + 12].fill(0xff);
    assert_eq!(
        disagreements(&inspect(&bytes)),
        ["it says that it has 65535 entries, and lists 1"]
    );
    let mut large = piece("a", &probe());
    for header in [&mut large.local, &mut large.central] {
        header.compressed = 0xffff_fff0;
        header.size = 0xffff_fff0;
    }
    let content = inspect(&zip(&[large]));
    assert!(!content.unread.is_empty());
}

#[test]
fn more_entries_than_the_old_record_counts_are_quiet() {
    let limits = Limits {
        members: 100_000,
        ..small()
    };
    let pieces: Vec<_> = (0..65_540)
        .map(|number| piece(&number.to_string(), b""))
        .collect();
    let artefact = crate::inspect("a", &mut Cursor::new(zip(&pieces)), &limits);
    assert_quiet(&artefact.content);
}

#[test]
fn bombs_end_at_the_limits() {
    // many entries with one and the same content
    let mut pieces = vec![piece("a", &vec![0; 300_000])];
    pieces.extend((0..100).map(|number| piece(&format!("b{number}"), b"")));
    let mut bytes = zip(&pieces);
    let places: Vec<usize> = bytes
        .windows(4)
        .enumerate()
        .filter_map(|(at, window)| (window == b"PK\x01\x02").then_some(at))
        .collect();
    for place in places {
        bytes[place + 20..place + 24].copy_from_slice(&300_000_u32.to_le_bytes());
        bytes[place + 24..place + 28].copy_from_slice(&300_000_u32.to_le_bytes());
        bytes[place + 42..place + 46].fill(0);
    }
    let content = inspect(&bytes);
    let limits = content.unread.iter();
    assert!(
        limits
            .clone()
            .any(|part| matches!(part.reason, UnreadReason::Limit(_))),
        "{content:?}"
    );

    // archives in archives
    let mut nested = probe();
    for _ in 0..40 {
        nested = zip(&[piece("n", &nested)]);
    }
    let content = inspect(&nested);
    assert_eq!(content.members.len(), 25);
    assert_eq!(content.unread.len(), 1);
}

#[test]
fn a_bomb_of_deflate_ends_at_the_limit() {
    let content = inspect(&zip(&[deflated("a", &vec![0; 2 << 20])]));
    assert_eq!(content.unread.len(), 1);
    assert!(matches!(content.unread[0].reason, UnreadReason::Limit(_)));
}

fn sample() -> Vec<u8> {
    let mut open = deflated("d", &probe());
    open.descriptor = true;
    zip(&[
        piece("a", &probe()),
        open,
        piece("m/data.pkl", b"x"),
        piece("m/data/0", b"y"),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_zip_files_end(changes in prop::collection::vec((0_usize..400, any::<u8>()), 0..12), cut in 0_usize..500) {
        let mut bytes = sample();
        for (at, value) in changes {
            let length = bytes.len();
            bytes[at % length] = value;
        }
        bytes.truncate(cut.max(4));
        inspect(&bytes);
    }

    #[test]
    fn any_bytes_between_signatures_end(parts in prop::collection::vec((0_usize..6, prop::collection::vec(any::<u8>(), 0..60)), 0..12)) {
        const SIGNATURES: [&[u8]; 6] = [b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"];
        let mut bytes = b"PK\x03\x04".to_vec();
        for (signature, part) in parts {
            bytes.extend(SIGNATURES[signature]);
            bytes.extend(part);
        }
        inspect(&bytes);
    }
}
