//! What tests of formats have in common.

use std::io::Cursor;

use holdfast_model::{Artefact, HazardKind, WriterVersion};
use proptest::prelude::*;

use crate::Limits;

/// What is told of these bytes.
pub(super) fn inspect(name: &str, bytes: &[u8]) -> Artefact {
    crate::inspect(name, &mut Cursor::new(bytes), &Limits::default())
}

/// The kinds of hazards that are told.
pub(super) fn hazards(artefact: &Artefact) -> Vec<HazardKind> {
    let hazards = &artefact.content.hazards;
    hazards.iter().map(|hazard| hazard.kind.clone()).collect()
}

/// The writers that are told, with their versions as they are printed.
pub(super) fn writers(artefact: &Artefact) -> Vec<(String, String)> {
    let writers = artefact.content.writers.iter();
    writers
        .map(|writer| (writer.library.clone(), writer.version.to_string()))
        .collect()
}

/// A writer with an exact version.
pub(super) fn exact(library: &str, version: &str) -> (String, String) {
    let version = WriterVersion::Exact(version.to_owned());
    (library.to_owned(), version.to_string())
}

/// What could not be read, as it is printed.
pub(super) fn unread(artefact: &Artefact) -> Vec<String> {
    let unread = artefact.content.unread.iter();
    unread.map(|part| part.reason.to_string()).collect()
}

/// One of the corpus' files; nothing where the corpus is absent.
pub(super) fn artefact(name: &str) -> Option<Vec<u8>> {
    let directory = testkit::corpus("model-artefacts")?;
    Some(fs_err::read(directory.join("art").join(name)).expect("the corpus is whole"))
}

/// These bytes with some changed, some cut out, and perhaps an early end.
pub(super) fn damaged(seed: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = seed.len().max(1);
    let changes = prop::collection::vec((0..length, any::<u8>()), 0..6);
    let cut = prop::option::weighted(0.3, (0..length, 1..16_usize));
    let end = prop::option::weighted(0.3, 0..length);
    (changes, cut, end).prop_map(move |(changes, cut, end)| {
        let mut bytes = seed.clone();
        for (place, byte) in changes {
            if let Some(old) = bytes.get_mut(place) {
                *old = byte;
            }
        }
        if let Some((place, count)) = cut {
            let end = (place + count).min(bytes.len());
            bytes.drain(place.min(end)..end);
        }
        bytes.truncate(end.unwrap_or(usize::MAX));
        bytes
    })
}

/// Property tests of a reader: arbitrary bytes behind `$magic`, and damaged `$seed`.
macro_rules! total {
    ($name:literal, $magic:expr, $seed:expr) => {
        proptest::proptest! {
            #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]

            #[test]
            fn any_bytes_are_read_without_panic(
                rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..512)
            ) {
                let mut bytes: Vec<u8> = $magic.to_vec();
                bytes.extend(rest);
                super::super::testing::inspect($name, &bytes);
            }

            #[test]
            fn damaged_files_are_read_without_panic(
                bytes in super::super::testing::damaged($seed)
            ) {
                super::super::testing::inspect($name, &bytes);
            }
        }
    };
}

pub(super) use total;
