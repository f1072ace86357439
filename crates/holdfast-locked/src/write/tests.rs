//! What is written reads back as what was given, and never differently.

use holdfast_model::{Digest, Location, LockSource, LockedFile, PackageId};
use proptest::prelude::*;

use super::*;
use crate::{read, testing};

/// A lock without what writing may change: the order of packages and where they are written.
fn bare(mut locked: Locked) -> Locked {
    for package in &mut locked.packages {
        package.location = Location::start_of("pylock.toml");
    }
    locked.packages.sort_by(|left, right| {
        (&left.package, &left.version, &left.marker).cmp(&(
            &right.package,
            &right.version,
            &right.marker,
        ))
    });
    locked
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_lock_is_read_back_as_it_was_written(locked in testing::locked()) {
        let text = write(&locked);
        let again = read(text.as_bytes(), "pylock.toml")
            .map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(bare(again), bare(locked), "{}", text);
    }

    #[test]
    fn the_bytes_do_not_depend_on_where_the_lock_came_from(
        locked in testing::locked(),
        turn in any::<prop::sample::Index>(),
    ) {
        let text = write(&locked);
        let again = read(text.as_bytes(), "pylock.toml").unwrap();
        prop_assert_eq!(&write(&again), &text);
        let mut turned = locked;
        if !turned.packages.is_empty() {
            let middle = turn.index(turned.packages.len());
            turned.packages.rotate_left(middle);
        }
        for package in &mut turned.packages {
            package.files.reverse();
            package.dependencies.reverse();
        }
        prop_assert_eq!(&write(&turned), &text);
    }

    #[test]
    fn every_line_ends_and_every_reader_agrees(locked in testing::locked()) {
        let text = write(&locked);
        prop_assert!(text.ends_with('\n') && !text.contains("\n\n\n") && !text.contains('\r'));
        let plain: toml::Table = text.parse().unwrap();
        let of_pypi = locked
            .packages
            .iter()
            .filter(|package| package.package.ecosystem() == Ecosystem::Pypi);
        prop_assert_eq!(plain["packages"].as_array().unwrap().len(), of_pypi.count());
    }

    #[test]
    fn spoilt_locks_are_refused_or_read_and_never_panic(
        locked in testing::locked(),
        spoils in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..6),
    ) {
        let mut bytes = write(&locked).into_bytes();
        for (place, byte, how) in spoils {
            // what was truncated and then lost its last byte has no place left
            if bytes.is_empty() {
                break;
            }
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] = byte,
                1 => { bytes.remove(place); }
                2 => bytes.insert(place, byte),
                _ => bytes.truncate(place.max(1)),
            }
        }
        if let Err(error) = read(&bytes, "pylock.toml") {
            prop_assert!(error.location.line >= 1 && !error.message.is_empty());
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, "pylock.toml");
    }
}

fn example() -> Locked {
    let text = r#"
lock-version = "1.0"
created-by = "holdfast"
requires-python = "==3.11.*"
environments = ["sys_platform == 'linux' and platform_machine == 'x86_64'"]

[[packages]]
name = "scipy"
version = "1.13.0"
index = "https://pypi.org/simple"
dependencies = [{ name = "numpy" }, { name = "tomli" }]
[[packages.wheels]]
url = "https://files.example/scipy-1.13.0-cp311-cp311-manylinux_2_17_x86_64.whl"
upload-time = 2024-04-02T22:56:00.5Z
size = 38608954
hashes.sha256 = "637e98dcf185ba7f8e663e122ebf908c4702420477ae52a04f9908707456ba4d"
[packages.tool.holdfast]
direct = true
licence = "BSD-3-Clause"
requires = [{ name = "numpy", specifier = ">=1.22.4,<2.3" }]

[[packages]]
name = "numpy"
version = "1.26.4"
index = "https://pypi.org/simple"
[packages.sdist]
url = "https://files.example/numpy-1.26.4.tar.gz"
hashes.sha256 = "2a02aba9ed12e4ac4eb3ea9421c420301a0c6460d9830d74a9df87efa4912010"

[tool.holdfast]
version = 1
environment = "train"
extends = "core"
python = "3.11.7"
implementation = "cpython"
platforms = ["linux-x86_64-glibc2.28"]
declarations = "sha256:637e98dcf185ba7f8e663e122ebf908c4702420477ae52a04f9908707456ba4d"
cutoff = 2024-06-01T00:00:00Z
uv = "0.9.1"
[[tool.holdfast.passed-over]]
package = "pillow"
version = "9.5.0"
reason = "PYSEC-2023-175"
took = "10.4.0"
"#;
    read(text.as_bytes(), "pylock.train.toml").unwrap()
}

#[test]
fn the_layout_is_one_line_per_file_and_edge() {
    let expected = r#"lock-version = "1.0"
environments = [
    "sys_platform == 'linux' and platform_machine == 'x86_64'",
]
requires-python = "==3.11.*"
created-by = "holdfast"

[[packages]]
name = "numpy"
version = "1.26.4"
index = "https://pypi.org/simple"
sdist = { url = "https://files.example/numpy-1.26.4.tar.gz", hashes = { sha256 = "2a02aba9ed12e4ac4eb3ea9421c420301a0c6460d9830d74a9df87efa4912010" } }

[[packages]]
name = "scipy"
version = "1.13.0"
dependencies = [
    { name = "numpy" },
    { name = "tomli" },
]
index = "https://pypi.org/simple"
wheels = [
    { url = "https://files.example/scipy-1.13.0-cp311-cp311-manylinux_2_17_x86_64.whl", upload-time = 2024-04-02T22:56:00.5Z, size = 38608954, hashes = { sha256 = "637e98dcf185ba7f8e663e122ebf908c4702420477ae52a04f9908707456ba4d" } },
]

[packages.tool.holdfast]
licence = "BSD-3-Clause"
direct = true
requires = [
    { name = "numpy", specifier = ">=1.22.4,<2.3" },
]

[[tool.holdfast.passed-over]]
package = "pillow"
version = "9.5.0"
reason = "PYSEC-2023-175"
took = "10.4.0"

[tool.holdfast]
version = 1
environment = "train"
extends = "core"
python = "3.11.7"
implementation = "cpython"
platforms = [
    "linux-x86_64-glibc2.28",
]
declarations = "sha256:637e98dcf185ba7f8e663e122ebf908c4702420477ae52a04f9908707456ba4d"
cutoff = 2024-06-01T00:00:00Z
uv = "0.9.1"
"#;
    assert_eq!(write(&example()), expected);
}

#[test]
fn no_credentials_are_written() {
    let mut locked = example();
    let digest = Digest::sha256(&[1; 32]);
    let file = |url: &str| LockedFile {
        name: "a-1-py3-none-any.whl".to_owned(),
        url: Some(url.to_owned()),
        size: None,
        upload_time: None,
        hashes: vec![digest.clone()],
        contents: None,
    };
    let package = locked.packages[0].clone();
    let sources = [
        LockSource::Registry {
            index: Some("https://user:hunter2@index/simple".to_owned()),
        },
        LockSource::Archive {
            url: "https://hunter2@files/a.zip".to_owned(),
        },
        LockSource::Vcs {
            system: "git".to_owned(),
            url: "git+ssh://git:hunter2@host/a".to_owned(),
            commit: None,
        },
    ];
    for source in sources {
        locked.packages.push(LockedPackage {
            package: PackageId::pypi("a"),
            source,
            files: vec![file("https://user:hunter2@files/a-1-py3-none-any.whl")],
            ..package.clone()
        });
    }
    if let Some(metadata) = &mut locked.holdfast {
        metadata.passed_over[0].reason = "https://u:hunter2@index answered 403".to_owned();
        metadata.passed_over[0].way_out = Some("see https://hunter2@index".to_owned());
    }
    let text = write(&locked);
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn of_several_source_archives_one_is_written() {
    let mut locked = example();
    let numpy = locked
        .packages
        .iter_mut()
        .find(|package| package.package.name() == "numpy")
        .unwrap();
    let mut zip = numpy.files[0].clone();
    zip.name = "numpy-1.26.4.zip".to_owned();
    zip.url = Some("https://files.example/a/numpy-1.26.4.zip".to_owned());
    numpy.files.insert(0, zip);
    let text = write(&locked);
    assert!(
        text.contains("numpy-1.26.4.tar.gz") && !text.contains(".zip"),
        "{text}"
    );
}

#[test]
fn a_lock_without_packages_is_a_lock() {
    let mut locked = example();
    locked.packages.clear();
    let text = write(&locked);
    assert_eq!(
        read(text.as_bytes(), "pylock.train.toml").unwrap().packages,
        []
    );
}

#[test]
fn the_lock_in_the_docs_is_what_is_written() {
    let page = include_str!("../../../../docs/formats/pylock.md");
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let locked = read(example.as_bytes(), "pylock.train.toml").unwrap();
    assert_eq!(write(&locked), example);
}
