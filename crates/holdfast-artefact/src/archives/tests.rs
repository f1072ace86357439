//! Compressed files and tar files, most of them as Python's own modules write them.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use holdfast_model::{ArtefactFormat, HazardKind, UnreadPart, UnreadReason};
use proptest::prelude::*;

use super::testing::{assert_quiet, inspect, inspect_as, inspect_file, probe, python, reached};

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(3));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// The probe, `data`, as Python's modules compress it.
fn compressed(expressions: &[&str]) -> Vec<Vec<u8>> {
    let setup = format!("import bz2, lzma, gzip, zlib\ndata = bytes({:?})", probe());
    python(&setup, expressions)
}

/// An lz4 frame with one stored block, its checksums left out but for the header's.
fn lz4(data: &[u8]) -> Vec<u8> {
    let mut frame = b"\x04\x22\x4d\x18\x60\x40\x82".to_vec();
    let length = u32::try_from(data.len()).unwrap() | 0x8000_0000;
    frame.extend(length.to_le_bytes());
    frame.extend(data);
    frame.extend([0; 4]);
    frame
}

/// A Zstandard frame with one raw block, and an empty one that is skipped.
fn zstandard(data: &[u8]) -> Vec<u8> {
    let mut frame = b"\x28\xb5\x2f\xfd\x20".to_vec();
    frame.push(u8::try_from(data.len()).unwrap());
    let block = u32::try_from(data.len()).unwrap() << 3 | 1;
    frame.extend(&block.to_le_bytes()[..3]);
    frame.extend(data);
    frame.extend(b"\x50\x2a\x4d\x18\0\0\0\0");
    frame
}

#[test]
fn every_compressor_is_told_by_content_and_looked_into() {
    use ArtefactFormat::{Bzip2, Gzip, Lz4, Lzma, Xz, Zlib, Zstandard};
    let mut skipped = b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec();
    skipped.extend(zstandard(&probe()));
    let mut skipped_lz4 = b"\x51\x2a\x4d\x18\x03\0\0\0abc".to_vec();
    skipped_lz4.extend(lz4(&probe()));
    let cases = [
        (Gzip, gzip(&probe())),
        (Zlib, zlib(&probe())),
        (Zstandard, zstandard(&probe())),
        (Zstandard, skipped),
        (Lz4, lz4(&probe())),
        (Lz4, skipped_lz4),
    ];
    let by_python = [
        (Gzip, "gzip.compress(data[:9]) + gzip.compress(data[9:])"),
        (Zlib, "zlib.compress(data, 0)"),
        (Zlib, "zlib.compress(data, 6)"),
        (Zlib, "zlib.compress(data, 9)"),
        (Bzip2, "bz2.compress(data)"),
        (Bzip2, "bz2.compress(data[:9]) + bz2.compress(data[9:])"),
        (Xz, "lzma.compress(data)"),
        (Xz, "lzma.compress(data[:9]) + lzma.compress(data[9:])"),
        (Lzma, "lzma.compress(data, format=lzma.FORMAT_ALONE)"),
    ];
    let expressions = by_python.map(|(_, expression)| expression);
    let by_python = by_python.iter().zip(compressed(&expressions));
    let by_python = by_python.map(|((format, _), bytes)| (*format, bytes));
    for (format, bytes) in cases.into_iter().chain(by_python) {
        let artefact = inspect_file(&bytes);
        assert_eq!(artefact.format, format);
        assert_eq!(artefact.content.unread, [], "{format}");
        assert_quiet(&artefact.content);
        assert_eq!(reached(&artefact.content), ["model.bin"], "{format}");
    }
}

#[test]
fn streams_are_told_from_what_follows_wherever_a_buffer_ends() {
    let streams = [
        gzip(b""),
        gzip(b"a"),
        zlib(b"ab"),
        zlib(b"a"),
        lz4(b"abc"),
        lz4(b"abcd"),
    ];
    let bzip2 = compressed(&["bz2.compress(b'')", "bz2.compress(b'a')"]);
    for stream in streams.into_iter().chain(bzip2) {
        let content = inspect(&stream.repeat(8_200 / stream.len() + 9));
        // too many streams are another matter
        let is_limit = |part: &UnreadPart| matches!(part.reason, UnreadReason::Limit(_));
        assert!(content.unread.iter().all(is_limit), "{content:?}");
        assert_eq!(content.hazards, []);
    }
}

#[test]
fn content_is_named_after_its_file() {
    let bytes = gzip(&probe());
    let name = |outer: &str| reached(&inspect_as(outer, &bytes).content).join("");
    assert_eq!(name("a/model.pkl.gz"), "model.pkl");
    assert_eq!(name("models.TGZ"), "models.tar");
    assert_eq!(name("-"), "content");
    let mut named = b"\x1f\x8b\x08\x08\0\0\0\0\0\x03../evil.pkl\0".to_vec();
    named.extend(&bytes[10..]);
    let content = inspect(&named);
    assert_eq!(reached(&content), ["../evil.pkl"]);
    assert!(matches!(
        content.hazards[0].kind,
        HazardKind::EscapingPath { .. }
    ));
}

#[test]
fn what_follows_the_last_stream_is_told_and_looked_at() {
    for mut bytes in [gzip(b"x"), zlib(b"x"), lz4(b"x")] {
        let mut padded = bytes.clone();
        padded.extend([0; 700]);
        assert_quiet(&inspect(&padded));
        bytes.extend(lz4(&probe()));
        if !bytes.starts_with(b"\x04") {
            let content = inspect(&bytes);
            assert_eq!(content.unread.len(), 1, "{content:?}");
            assert_eq!(
                content.hazards[0].kind,
                HazardKind::Appended {
                    format: ArtefactFormat::Lz4
                }
            );
            assert_eq!(reached(&content), ["after the end!content"]);
        }
    }
}

#[test]
fn damage_is_told_and_what_came_before_is_looked_at() {
    let mut data = probe();
    data.extend((0..100_000_u32).flat_map(u32::to_le_bytes));
    let bytes = gzip(&data);
    let content = inspect(&bytes[..bytes.len() / 2]);
    assert_eq!(content.unread[0].reason, UnreadReason::Truncated);
}

#[test]
fn dictionaries_that_are_too_large_are_refused() {
    let mut bytes = compressed(&["lzma.compress(data, format=lzma.FORMAT_ALONE)"]).remove(0);
    bytes[1..5].copy_from_slice(&0x4000_0000_u32.to_le_bytes());
    let content = inspect(&bytes);
    assert!(
        matches!(content.unread[0].reason, UnreadReason::Limit(_)),
        "{content:?}"
    );
}

#[test]
fn text_is_no_compressed_file() {
    for text in ["x\u{1}yz", "x^2 + y^2", "BZh is no header", "xx"] {
        let artefact = inspect_file(text.as_bytes());
        assert_eq!(artefact.format, ArtefactFormat::Unknown, "{text}");
    }
}

#[test]
fn streams_in_streams_and_bombs_end_at_the_limits() {
    let mut nested = probe();
    for _ in 0..40 {
        nested = gzip(&nested);
    }
    let content = inspect(&nested);
    assert_eq!(content.members.len(), 25);
    assert_eq!(content.unread.len(), 1);

    let bombs = compressed(&[
        "gzip.compress(bytes(2 << 20))",
        "zlib.compress(bytes(2 << 20))",
        "bz2.compress(bytes(2 << 20))",
        "lzma.compress(bytes(2 << 20), preset=0)",
        "lzma.compress(bytes(2 << 20), format=lzma.FORMAT_ALONE, preset=0)",
    ]);
    for bomb in bombs {
        let content = inspect(&bomb);
        assert_eq!(content.unread.len(), 1);
        assert!(matches!(content.unread[0].reason, UnreadReason::Limit(_)));
    }
    // each empty member costs a decoder
    let content = inspect(&gzip(b"").repeat(1000));
    assert!(matches!(content.unread[0].reason, UnreadReason::Limit(_)));
}

/// What makes tar files of the probe in Python.
const TAR: &str = "
import io, tarfile
def entry(t, name, kind=tarfile.REGTYPE, link='', content=None, pax={}):
    content = data if content is None else content
    info = tarfile.TarInfo(name)
    info.type = kind; info.linkname = link; info.pax_headers = pax
    if kind == tarfile.REGTYPE: info.size = len(content)
    t.addfile(info, io.BytesIO(content) if kind == tarfile.REGTYPE else None)
def made(format, *entries):
    out = io.BytesIO()
    t = tarfile.open(fileobj=out, mode='w', format=format)
    for e in entries: entry(t, **e)
    t.close()
    return out.getvalue()
";

/// Tar files as Python writes them, of the arguments of `made`.
fn tar<T: AsRef<str>>(calls: &[T]) -> Vec<Vec<u8>> {
    let setup = format!("data = bytes({:?})\n{TAR}", probe());
    let calls: Vec<_> = calls
        .iter()
        .map(|call| format!("made(tarfile.{})", call.as_ref()))
        .collect();
    python(&setup, &calls)
}

#[test]
fn every_kind_of_tar_is_quiet_and_reached() {
    let last = format!("{}/{}", "l".repeat(150), "m".repeat(90));
    let entries = format!(
        "dict(name='d', kind=tarfile.DIRTYPE), dict(name='d/a'), dict(name='d/link', kind=tarfile.SYMTYPE, link='a'), dict(name='{last}')"
    );
    let formats = ["USTAR_FORMAT", "GNU_FORMAT", "PAX_FORMAT"];
    let calls = formats.map(|format| format!("{format}, {entries}"));
    for (format, bytes) in formats.iter().zip(tar(&calls)) {
        let artefact = inspect_file(&bytes);
        assert_eq!(artefact.format, ArtefactFormat::Tar, "{format}");
        assert_eq!(artefact.content.unread, [], "{format}");
        assert_quiet(&artefact.content);
        assert_eq!(reached(&artefact.content), ["d/a", &last], "{format}");
        let content = inspect_as("m.tar.gz", &gzip(&bytes)).content;
        assert_eq!(content.members.last().unwrap().within, ["m.tar"]);
    }
}

#[test]
fn paths_that_climb_out_of_a_tar_are_told() {
    let call = "PAX_FORMAT, dict(name='../a'), dict(name='/b'),
dict(name='d/l', kind=tarfile.SYMTYPE, link='../../x'),
dict(name='h', kind=tarfile.LNKTYPE, link='../y'),
dict(name='k', kind=tarfile.LNKTYPE, link='d/l')";
    let content = inspect(&tar(&[call])[0]);
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
    assert_eq!(
        paths,
        [
            ("../a", "entry"),
            ("/b", "entry"),
            ("../../x", "link"),
            ("../y", "link")
        ]
    );
    assert_eq!(reached(&content), ["../a", "/b"]);
}

#[test]
fn sizes_that_differ_and_entries_behind_the_end_are_told() {
    let files = tar(&[
        "PAX_FORMAT, dict(name='a', pax={'size': '0'})",
        "GNU_FORMAT, dict(name='a')",
    ]);
    let content = inspect(&files[0]);
    assert!(
        matches!(content.hazards[0].kind, HazardKind::Disagreement { .. }),
        "{content:?}"
    );
    let mut both = files[1][..2048].to_vec();
    both.extend(&files[1]);
    let content = inspect(&both);
    assert!(!content.unread.is_empty(), "{content:?}");
    assert_eq!(reached(&content), ["a", "after the end!a"], "{content:?}");
}

#[test]
fn a_tar_that_ends_early_is_told() {
    let call = "GNU_FORMAT, dict(name='a'), dict(name='b', content=data * 100)";
    let content = inspect(&tar(&[call])[0][..2000]);
    assert_eq!(content.unread[0].reason, UnreadReason::Truncated);
    assert_eq!(content.members[0].within, ["a"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn damaged_streams_end(kind in 0_usize..4, changes in prop::collection::vec((0_usize..120, any::<u8>()), 1..5), cut in 10_usize..200) {
        let mut bytes = match kind {
            0 => gzip(&gzip(&probe())),
            1 => zlib(&lz4(&probe())),
            2 => lz4(&zstandard(&probe())),
            _ => zstandard(&zlib(&probe())),
        };
        for (at, value) in changes {
            let length = bytes.len();
            bytes[at % length] = value;
        }
        bytes.truncate(cut);
        inspect(&bytes);
    }

    #[test]
    fn any_bytes_behind_a_signature_end(kind in 0_usize..8, rest in prop::collection::vec(any::<u8>(), 0..300)) {
        let signatures: [&[u8]; 8] = [
            b"\x1f\x8b\x08",
            b"x\x9c",
            b"BZh91AY&SY",
            b"\xfd7zXZ\0",
            b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0",
            b"\x28\xb5\x2f\xfd",
            b"\x04\x22\x4d\x18",
            b"\x50\x2a\x4d\x18",
        ];
        let mut bytes = signatures[kind].to_vec();
        bytes.extend(rest);
        inspect(&bytes);
    }

    #[test]
    fn damaged_tar_files_end(changes in prop::collection::vec((0_usize..1024, any::<u8>()), 0..4), kind in any::<u8>(), size in any::<[u8; 12]>()) {
        let mut bytes = vec![0; 1024];
        bytes[0] = b'a';
        bytes[156] = kind;
        bytes[124..136].copy_from_slice(&size);
        bytes[257..262].copy_from_slice(b"ustar");
        for (at, value) in changes {
            bytes[at] = value;
        }
        bytes[148..156].fill(b' ');
        let sum: u64 = bytes[..512].iter().map(|byte| u64::from(*byte)).sum();
        bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        inspect(&bytes);
        inspect(&bytes.repeat(3));
    }
}
