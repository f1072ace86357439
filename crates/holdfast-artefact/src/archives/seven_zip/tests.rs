//! The samples were written by py7zr 1.1.4, each with an empty zip file as `a` and as `d/b`, and with
//! an empty file.

use holdfast_model::{ArtefactFormat, UnreadReason};
use proptest::prelude::*;

use crate::archives::testing::{assert_quiet, inspect, inspect_file, reached};

const SAMPLES: [(&str, &[u8]); 8] = [
    ("lzma2", include_bytes!("samples/lzma2.7z")),
    ("lzma", include_bytes!("samples/lzma.7z")),
    ("bzip2", include_bytes!("samples/bzip2.7z")),
    ("deflate", include_bytes!("samples/deflate.7z")),
    ("copy", include_bytes!("samples/copy.7z")),
    ("zstd", include_bytes!("samples/zstd.7z")),
    ("bcj", include_bytes!("samples/bcj.7z")),
    ("delta", include_bytes!("samples/delta.7z")),
];

#[test]
fn what_is_compressed_in_any_usual_way_is_reached() {
    for (name, bytes) in SAMPLES {
        let artefact = inspect_file(bytes);
        assert_eq!(artefact.format, ArtefactFormat::SevenZip, "{name}");
        assert_eq!(artefact.content.unread, [], "{name}");
        assert_quiet(&artefact.content);
        assert_eq!(reached(&artefact.content), ["a", "d/b"], "{name}");
    }
}

#[test]
fn what_is_encrypted_or_not_known_is_unread() {
    let content = inspect(include_bytes!("samples/encrypted.7z"));
    let names: Vec<_> = content.unread.iter().map(|part| &part.at.members).collect();
    assert_eq!(names, [&["a"], &["d/b"], &["empty"]]);
    assert_eq!(content.unread[0].reason, UnreadReason::Encrypted);
    let content = inspect(include_bytes!("samples/hidden.7z"));
    assert_eq!(content.unread[0].reason, UnreadReason::Encrypted);
    let content = inspect(include_bytes!("samples/ppmd.7z"));
    assert!(
        matches!(&content.unread[0].reason, UnreadReason::Unsupported(what) if what.contains("30401")),
        "{content:?}"
    );
}

#[test]
fn the_sample_of_picklescan_is_opened() {
    let Some(corpus) = testkit::corpus("picklescan-samples") else {
        return;
    };
    let bytes = fs_err::read(corpus.join("tests/data/malicious1.7z")).unwrap();
    let artefact = inspect_file(&bytes);
    assert_eq!(artefact.format, ArtefactFormat::SevenZip);
    assert_eq!(artefact.content.hazards, []);
}

#[test]
fn what_follows_is_told() {
    let mut bytes = SAMPLES[0].1.to_vec();
    bytes.extend(b"more");
    let content = inspect(&bytes);
    assert!(
        matches!(&content.unread[0].reason, UnreadReason::Malformed(what) if what.starts_with("4 bytes follow"))
    );
}

#[test]
fn a_damaged_file_is_told_and_its_end_too() {
    let bytes = SAMPLES[4].1;
    let mut damaged = bytes.to_vec();
    damaged[40] ^= 1;
    let content = inspect(&damaged);
    assert!(
        content.unread.iter().any(|part| part.reason
            == UnreadReason::Malformed("it does not match its checksum".to_owned())),
        "{content:?}"
    );
    let content = inspect(&bytes[..100]);
    assert_eq!(content.unread[0].reason, UnreadReason::Truncated);
}

/// A sample with a header of our own behind its data.
fn with_header(header: &[u8]) -> Vec<u8> {
    let mut bytes = b"7z\xbc\xaf\x27\x1c\0\x04\0\0\0\0".to_vec();
    bytes.extend(16_u64.to_le_bytes());
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(crc32fast::hash(header).to_le_bytes());
    bytes.extend([0x5d; 16]);
    bytes.extend(header);
    bytes
}

#[test]
fn claims_cost_nothing() {
    // 2^56 packed streams, 2^56 files
    for header in [
        &b"\x01\x04\x06\0\xff\0\0\0\0\0\0\0\x01"[..],
        b"\x01\x05\xff\0\0\0\0\0\0\0\x01",
        b"\x01\x04\x07\x0b\xff\0\0\0\0\0\0\0\x01\0",
    ] {
        let content = inspect(&with_header(header));
        assert_eq!(content.unread.len(), 1, "{content:?}");
    }
    // a dictionary of 4 GiB, and a folder that claims 2^56 bytes
    let folder = b"\x01\x04\x06\0\x01\x09\x10\0\x07\x0b\x01\0\x01\x23\x03\x01\x01\x05\x5d\xff\xff\xff\xff\x0c\xff\0\0\0\0\0\0\0\x01\0\0\0";
    let content = inspect(&with_header(folder));
    assert!(
        matches!(content.unread[0].reason, UnreadReason::Limit(_)),
        "{content:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_files_end(sample in 0_usize..8, changes in prop::collection::vec((0_usize..256, any::<u8>()), 1..6)) {
        let mut bytes = SAMPLES[sample].1.to_vec();
        for (at, value) in changes {
            let length = bytes.len();
            bytes[at % length] = value;
        }
        inspect(&bytes);
    }

    #[test]
    fn any_header_ends(header in prop::collection::vec(prop_oneof![0_u8..0x20, any::<u8>()], 0..80)) {
        inspect(&with_header(&header));
        let mut header = header;
        header.insert(0, 1);
        header.insert(1, 4);
        inspect(&with_header(&header));
    }
}
