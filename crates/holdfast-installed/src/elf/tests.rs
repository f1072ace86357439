//! Libraries made here, byte for byte, and libraries of this machine.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;

/// A shared library in the making: 64 bits, little-endian.
#[derive(Debug, Clone, Default)]
pub(crate) struct Library {
    pub(crate) name: &'static str,
    pub(crate) needed: Vec<&'static str>,
    pub(crate) rpath: &'static str,
    pub(crate) runpath: &'static str,
    /// Library, version.
    pub(crate) versions: Vec<(&'static str, &'static str)>,
    pub(crate) defines: Vec<&'static str>,
    pub(crate) is_foreign: bool,
}

/// What addresses are ahead of places in the file.
const BASE: u64 = 0x1000;

impl Library {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut texts = vec![0_u8];
        let mut text = |text: &str| {
            let position = texts.len() as u64;
            texts.extend_from_slice(text.as_bytes());
            texts.push(0);
            position
        };
        let mut dynamic: Vec<(u64, u64)> = Vec::new();
        if !self.name.is_empty() {
            dynamic.push((14, text(self.name)));
        }
        dynamic.extend(self.needed.iter().map(|name| (1, text(name))));
        if !self.rpath.is_empty() {
            dynamic.push((15, text(self.rpath)));
        }
        if !self.runpath.is_empty() {
            dynamic.push((29, text(self.runpath)));
        }
        let needs = self.needs(&mut text);
        let definitions = self.definitions(&mut text);
        let start = 64 + 2 * 56;
        let texts_at = start + BASE;
        let needs_at = texts_at + texts.len() as u64;
        let definitions_at = needs_at + needs.len() as u64;
        dynamic.push((5, texts_at));
        if !needs.is_empty() {
            dynamic.push((0x6fff_fffe, needs_at));
            dynamic.push((0x6fff_ffff, self.versions.len() as u64));
        }
        if !definitions.is_empty() {
            dynamic.push((0x6fff_fffc, definitions_at));
            dynamic.push((0x6fff_fffd, self.defines.len() as u64));
        }
        dynamic.push((0, 0));
        let dynamic_at = definitions_at + definitions.len() as u64 - BASE;
        let size = dynamic_at + dynamic.len() as u64 * 16;
        let mut bytes = self.header();
        bytes.extend(segment(1, 0, BASE, size));
        let length = dynamic.len() as u64 * 16;
        bytes.extend(segment(2, dynamic_at, dynamic_at + BASE, length));
        bytes.extend(texts);
        bytes.extend(needs);
        bytes.extend(definitions);
        for (tag, value) in dynamic {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        bytes
    }

    fn needs(&self, mut text: impl FnMut(&str) -> u64) -> Vec<u8> {
        let mut needs = Vec::new();
        for (position, (library, version)) in self.versions.iter().enumerate() {
            let is_last = position + 1 == self.versions.len();
            let (library, version) = (text(library), text(version));
            needs.extend(1_u16.to_le_bytes());
            needs.extend(1_u16.to_le_bytes());
            for value in [library, 16, if is_last { 0 } else { 32 }, 0] {
                needs.extend(u32::try_from(value).unwrap().to_le_bytes());
            }
            needs.extend([0, 0, 2, 0]);
            for value in [version, 0] {
                needs.extend(u32::try_from(value).unwrap().to_le_bytes());
            }
        }
        needs
    }

    fn definitions(&self, mut text: impl FnMut(&str) -> u64) -> Vec<u8> {
        let mut definitions = Vec::new();
        for (position, version) in self.defines.iter().enumerate() {
            let is_last = position + 1 == self.defines.len();
            for value in [1_u16, 0, 2, 1] {
                definitions.extend(value.to_le_bytes());
            }
            let next = if is_last { 0 } else { 28 };
            for value in [0, 20, next, text(version), 0] {
                definitions.extend(u32::try_from(value).unwrap().to_le_bytes());
            }
        }
        definitions
    }

    fn header(&self) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        let machine: u16 = if self.is_foreign { 183 } else { 62 };
        for value in [3_u16, machine, 1, 0] {
            bytes.extend(value.to_le_bytes());
        }
        for value in [0_u64, 64, 0] {
            bytes.extend(value.to_le_bytes());
        }
        for value in [0_u16, 0, 64, 56, 2, 64, 0, 0] {
            bytes.extend(value.to_le_bytes());
        }
        bytes
    }
}

fn segment(kind: u32, offset: u64, address: u64, size: u64) -> Vec<u8> {
    let mut bytes = kind.to_le_bytes().to_vec();
    bytes.extend(4_u32.to_le_bytes());
    for value in [offset, address, address, size, size, 8] {
        bytes.extend(value.to_le_bytes());
    }
    bytes
}

fn library() -> Library {
    Library {
        name: "libx.so.1",
        needed: vec!["libc.so.6", "libgomp.so.1"],
        rpath: "$ORIGIN/a:/b",
        runpath: "$ORIGIN/../x.libs",
        versions: vec![("libc.so.6", "GLIBC_2.34"), ("libgomp.so.1", "GOMP_4.0")],
        defines: vec!["X_1.0", "X_2.0"],
        is_foreign: false,
    }
}

fn parsed(bytes: &[u8]) -> Result<Option<Elf>> {
    read(Cursor::new(bytes))
}

#[test]
fn everything_that_a_library_says_is_read() {
    let elf = parsed(&library().bytes()).unwrap().unwrap();
    assert_eq!(elf.name.as_deref(), Some("libx.so.1"));
    assert_eq!(elf.needed, ["libc.so.6", "libgomp.so.1"]);
    assert_eq!(elf.rpath, ["$ORIGIN/a", "/b"]);
    assert_eq!(elf.runpath, ["$ORIGIN/../x.libs"]);
    let version = |library: &str, version: &str| (library.to_owned(), version.to_owned());
    assert_eq!(
        elf.versions,
        [
            version("libc.so.6", "GLIBC_2.34"),
            version("libgomp.so.1", "GOMP_4.0")
        ]
    );
    assert_eq!(elf.defines, ["X_1.0", "X_2.0"]);
    assert!(!elf.no_default);
    let foreign = Library {
        is_foreign: true,
        ..library()
    };
    let foreign = parsed(&foreign.bytes()).unwrap().unwrap();
    assert_ne!(foreign.kind, elf.kind);
}

#[test]
fn what_is_no_library_is_none() {
    for bytes in [b"".as_slice(), b"#!/bin/sh\nexit 0\n# more\n", b"\x7fEL"] {
        assert!(parsed(bytes).unwrap().is_none());
    }
}

#[test]
fn a_library_that_is_cut_off_is_damaged_and_no_panic() {
    let bytes = library().bytes();
    for length in 20..bytes.len() {
        assert!(parsed(&bytes[..length]).is_err(), "{length}");
    }
}

#[test]
fn a_list_that_goes_in_circles_ends() {
    let mut bytes = library().bytes();
    // every entry of needed versions points to itself: `vn_next` 0 and huge counts
    let position = bytes
        .windows(8)
        .position(|window| window == 0x6fff_ffff_u64.to_le_bytes())
        .unwrap();
    bytes[position + 8..position + 16].copy_from_slice(&u64::MAX.to_le_bytes());
    parsed(&bytes).unwrap();
}

/// The machine's own C library, where it has one of the usual kind.
#[test]
fn the_c_library_of_this_machine_defines_versions() {
    let path = std::path::Path::new("/lib/x86_64-linux-gnu/libc.so.6");
    if !path.is_file() {
        println!("skipped: no `{}`", path.display());
        return;
    }
    let elf = read(fs_err::File::open(path).unwrap()).unwrap().unwrap();
    assert_eq!(elf.name.as_deref(), Some("libc.so.6"));
    assert!(elf.defines.contains(&"GLIBC_2.2.5".to_owned()));
    assert!(elf.needed.contains(&"ld-linux-x86-64.so.2".to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read_without_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        let _ = parsed(&bytes);
        if bytes.len() > 8 {
            bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
            let _ = parsed(&bytes);
            bytes[4] = 1;
            let _ = parsed(&bytes);
        }
    }

    #[test]
    fn damaged_libraries_are_read_without_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
    ) {
        let mut bytes = library().bytes();
        for (position, byte) in damage {
            let position = position.index(bytes.len());
            bytes[position] = byte;
        }
        if let Ok(Some(elf)) = parsed(&bytes) {
            prop_assert!(elf.needed.len() <= MOST && elf.versions.len() <= MOST);
        }
    }
}
