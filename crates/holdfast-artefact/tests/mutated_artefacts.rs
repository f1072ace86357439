//! Model files of the corpora, cut short and changed at random: whatever comes of them, reading ends
//! soon. The same changes every time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic where its own numbers are wrong"
)]

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use holdfast_artefact::{Limits, inspect};

/// Changes that are tried of each file.
const CHANGES: u64 = 64;
/// How long reading a changed file may take, on a busy machine and without optimisation.
const LONGEST: Duration = Duration::from_secs(10);

/// What is put into files: marks of formats, opcodes that call, lengths beyond all bounds.
const PIECES: &[&[u8]] = &[
    b"\x80\x04",
    b"cos\nsystem\n",
    b"\x8c\x02os\x8c\x06system\x93",
    b")R",
    b"(S'id'\nios\nsystem\n.",
    b"\x94h\x00h\xff",
    b"r\xff\xff\xff\x7f",
    b"X\xff\xff\xff\xff",
    b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff",
    b"((((((((",
    b"0000000",
    b"22222222",
    b".",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
    b"BZh9",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"GGUF\x03\0\0\0\xff\xff\xff\xff\xff\xff\xff\x0f",
    b"\x93NUMPY\x01\0\xff\xff",
    b"\x89HDF\r\n\x1a\n",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"{\"a\":[[[[[[[[",
    b"\"\\ud800\"",
    b"{{ x.__class__ }}",
    b"[$U#L\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"../../",
    b"\0\0\0\0\0\0\0\0",
];

/// Little of everything, as a hostile file would be refused soon.
fn limits() -> Limits {
    Limits {
        in_memory: 1 << 16,
        expanded: 1 << 20,
        ratio: 20,
        depth: 6,
        members: 2_000,
        listed: 200,
        header: 1 << 20,
        steps: 200_000,
    }
}

/// Numbers as good as random ones, and the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // xorshift
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or_default() % limit.max(1)
    }
}

fn changed(original: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=numbers.below(3) {
        let position = numbers.below(bytes.len() + 1);
        let length = numbers.below(40).min(bytes.len() - position);
        match numbers.below(6) {
            0 => bytes.truncate(position),
            1 => drop(bytes.drain(position..position + length)),
            2 | 3 if position < bytes.len() => bytes[position] ^= 1 << numbers.below(8),
            4 => {
                let part = bytes[position..position + length].to_vec();
                let elsewhere = numbers.below(bytes.len() + 1);
                bytes.splice(elsewhere..elsewhere, part);
            }
            _ => {
                let piece = PIECES[numbers.below(PIECES.len())];
                let length = piece.len().min(bytes.len() - position);
                bytes.splice(position..position + length, piece.iter().copied());
            }
        }
    }
    bytes
}

fn try_out(name: &str, bytes: Vec<u8>) {
    let size = bytes.len() as u64;
    #[expect(
        clippy::disallowed_methods,
        reason = "how long it takes is what is tested"
    )]
    let begun = Instant::now();
    let artefact = inspect(name, &mut Cursor::new(bytes), &limits());
    let took = begun.elapsed();
    assert!(took < LONGEST, "{name}: {took:?}");
    assert_eq!(artefact.size, size, "{name}");
    let content = &artefact.content;
    for listed in [
        content.imports.len(),
        content.hazards.len(),
        content.unread.len(),
        content.members.len(),
    ] {
        assert!(listed <= limits().listed, "{name}");
    }
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(directory).unwrap();
    let mut files = Vec::new();
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn mutate(corpus: &str, least: usize) {
    let Some(directory) = testkit::corpus(corpus) else {
        return;
    };
    let files = files_below(&directory);
    assert!(files.len() > least, "only {} files", files.len());
    for (number, path) in files.iter().enumerate() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let original = fs_err::read(path).unwrap();
        let seed = 0x9E37_79B9_7F4A_7C15 ^ ((number as u64 + 1) << 7);
        let mut numbers = Numbers(seed);
        for cut in [1, 2, 3, 7].map(|part| original.len() * part / 8) {
            try_out(name, original[..cut].to_vec());
        }
        try_out(name, original[..original.len().saturating_sub(1)].to_vec());
        for _ in 0..CHANGES {
            try_out(name, changed(&original, &mut numbers));
        }
    }
}

#[test]
fn changed_files_that_are_meant_to_harm_are_read_or_refused() {
    mutate("picklescan-samples", 100);
}

#[test]
fn changed_models_are_read_or_refused() {
    mutate("model-artefacts", 40);
}
