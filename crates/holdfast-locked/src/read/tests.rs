//! What is read, and what is refused where.

use std::path::PathBuf;

use holdfast_model::{Digest, Location, LockSource};

use super::*;

/// The shortest lock there is, for tests to spoil.
const SMALL: &str = r#"lock-version = "1.0"
created-by = "someone"

[[packages]]
name = "numpy"
version = "1.26.4"
index = "https://user:secret@pypi.org/simple"

[[packages.wheels]]
url = "https://user:secret@files.org/numpy-1.26.4-py3-none-any.whl"
upload-time = 2024-02-05T23:57:31Z
size = 12
hashes = { sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
"#;

const HOLDFAST: &str = r#"
[tool.holdfast]
version = 1
environment = "train"
python = "3.11.7"
implementation = "cpython"
platforms = ["linux-x86_64-glibc2.28"]
declarations = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
uv = "0.9.1"
"#;

fn read_text(text: &str) -> Result<Locked, LockError> {
    read(text.as_bytes(), "pylock.toml")
}

/// The message of the error, with its place.
fn refusal(text: &str) -> String {
    match read_text(text) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => {
            assert!(error.fix.is_some(), "{error}");
            error.to_string()
        }
    }
}

#[test]
fn a_small_lock_is_read_without_credentials() {
    let locked = read_text(SMALL).unwrap();
    let package = &locked.packages[0];
    assert_eq!(package.purl(), "pkg:pypi/numpy@1.26.4");
    assert_eq!(package.location, Location::new("pylock.toml", 5, 8));
    assert_eq!(
        package.source,
        LockSource::Registry {
            index: Some("https://pypi.org/simple".to_owned())
        }
    );
    let file = &package.files[0];
    assert_eq!(file.name, "numpy-1.26.4-py3-none-any.whl");
    assert_eq!(
        file.url.as_deref(),
        Some("https://files.org/numpy-1.26.4-py3-none-any.whl")
    );
    assert_eq!(file.size, Some(12));
    assert_eq!(file.sha256(), Some(&Digest::sha256(&[0xaa; 32])));
    assert_eq!(locked.holdfast, None);
    assert!(!format!("{locked:?}").contains("secret"));
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table, one row per way to break a lock"
)]
fn each_broken_lock_is_refused_at_its_place() {
    let spoil = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        refusal(&SMALL.replace(from, to))
    };
    for (answer, expected) in [
        (refusal(""), "1:1: `lock-version` is missing"),
        (
            spoil("\"1.0\"", "1.0"),
            "1:16: `lock-version` must be a string, not a float",
        ),
        (
            spoil("\"1.0\"", "\"2.0\""),
            "1:16: version `2.0` of `pylock.toml` is not understood, only 1.0",
        ),
        (
            spoil("\"1.0\"", "\"one\""),
            "1:16: `lock-version` is no version: `one`",
        ),
        (
            spoil("created-by = \"someone\"\n", ""),
            "1:1: `created-by` is missing",
        ),
        (
            spoil("\"someone\"", "\"holdfast\""),
            "13:89: the lock is cut short: Holdfast wrote it, and its last table, `[tool.holdfast]`, is missing",
        ),
        (
            refusal("lock-version = \"1.0\"\ncreated-by = \"x\""),
            "1:1: `packages` is missing",
        ),
        (
            refusal("lock-version = \"1.0\"\ncreated-by = \"x\"\npackages = 3"),
            "3:12: `packages` must be an array, not an integer",
        ),
        (
            refusal("lock-version = \"1.0\"\ncreated-by = \"x\"\npackages = [3]"),
            "3:13: `packages` must be a table, not an integer",
        ),
        (
            spoil("name = \"numpy\"\n", ""),
            "4:1: `packages.name` is missing",
        ),
        (
            spoil("\"numpy\"", "\"num py\""),
            "5:8: `packages.name` names no package: `num py`",
        ),
        (
            spoil("\"1.26.4\"", "\"latest\""),
            "6:11: `packages.version` is no version (PEP 440): `latest`",
        ),
        (
            spoil("\"1.26.4\"", "[\"1.26.4\"]"),
            "6:11: `packages.version` must be a string, not an array",
        ),
        (
            spoil("\"1.26.4\"", "\"1.26.5\""),
            "10:7: `numpy-1.26.4-py3-none-any.whl` is no file of `numpy` 1.26.5",
        ),
        (
            spoil("\"numpy\"", "\"scipy\""),
            "10:7: `numpy-1.26.4-py3-none-any.whl` is no file of `scipy` 1.26.4",
        ),
        (
            spoil("-any.whl", ".whl"),
            "10:7: `numpy-1.26.4-py3-none.whl` is no file name of a wheel: expected `name-version-python-abi-platform.whl`",
        ),
        (
            spoil("12\n", "-12\n"),
            "12:8: `packages.wheels.size` is not a whole number of at least 0: `-12`",
        ),
        (
            spoil("12\n", "\"12\"\n"),
            "12:8: `packages.wheels.size` must be a whole number of at least 0, not a string",
        ),
        (
            spoil("T23:57:31Z", ""),
            "11:15: `packages.wheels.upload-time` is not a date and time in UTC: `2024-02-05`",
        ),
        (
            spoil("sha256 = \"aa", "sha256 = \"a"),
            "13:21: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is no sha256 digest: expected 64 hexadecimal digits",
        ),
        (
            spoil(
                "{ sha256 = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" }",
                "{}",
            ),
            "13:10: `packages.wheels.hashes` has no hash in it",
        ),
        (
            spoil("hashes", "hash"),
            "9:1: `packages.wheels.hashes` is missing",
        ),
        (
            spoil("[[packages.wheels]]", "[[packages.sdist]]"),
            "9:1: `packages.sdist` must be a table, not an array",
        ),
        (
            spoil("[[packages.wheels]]", "[[packages.other]]"),
            "5:8: `numpy` has no source, so it cannot be installed",
        ),
        (
            spoil("index", "directory.path = \".\"\nindex"),
            "10:1: `numpy` has two sources, `directory` and `wheels`",
        ),
        (
            spoil("\"1.26.4\"", "\"1.26.4"),
            "6:18: this is not TOML: invalid basic string, expected `\"`",
        ),
        (
            spoil("\n[[packages]]", "requires-python = \"3.11\"\n[[packages]]"),
            "3:19: `requires-python` is no range of versions: Unexpected end of version specifier, expected operator",
        ),
        (
            refusal(&format!("{SMALL}{}", &SMALL[SMALL.find("[[").unwrap()..])),
            "15:8: `numpy` 1.26.4 is locked twice, first in line 5",
        ),
    ] {
        assert_eq!(answer, format!("pylock.toml:{expected}"));
    }
}

#[test]
fn each_broken_table_of_ours_is_refused_at_its_place() {
    let ours = SMALL.replace("someone", "holdfast") + HOLDFAST;
    assert!(read_text(&ours).unwrap().holdfast.is_some());
    let spoil = |from: &str, to: &str| {
        assert!(ours.contains(from), "{from}");
        refusal(&ours.replace(from, to))
    };
    for (answer, expected) in [
        (
            spoil("version = 1\n", "version = 2\n"),
            "16:11: version 2 of `[tool.holdfast]` is not understood, only up to 1",
        ),
        (
            spoil("version = 1\n", "version = 0\n"),
            "16:11: version 0 of `[tool.holdfast]` is not understood, only up to 1",
        ),
        (
            spoil("version = 1\n", ""),
            "15:1: `tool.holdfast.version` is missing",
        ),
        (
            spoil("uv = \"0.9.1\"\n", ""),
            "15:1: `tool.holdfast.uv` is missing",
        ),
        (
            spoil("\"linux-x86_64-glibc2.28\"", "\"beos\""),
            "20:14: `tool.holdfast.platforms`: `beos` is no platform: write for example `linux-x86_64-glibc2.28`, `linux-aarch64-musl1.2`, `macos-arm64-14.0` or `windows-x86_64`",
        ),
        (
            spoil("\"train\"", "\"a.b\""),
            "17:15: `tool.holdfast.environment`: `a.b` cannot name an environment: use up to 64 letters, digits, `-` and `_`, beginning with a letter or a digit",
        ),
        (
            spoil("\"sha256:aa", "\"sha256:a"),
            "21:16: `tool.holdfast.declarations`: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is no sha256 digest: expected 64 hexadecimal digits",
        ),
    ] {
        assert_eq!(answer, format!("pylock.toml:{expected}"));
    }
    let error = read_text(&ours.replace("version = 1\n", "version = 2\n")).unwrap_err();
    assert!(error.fix.unwrap().contains("upgrade holdfast"));
}

#[test]
fn a_lock_that_lost_its_end_is_told_from_a_whole_one() {
    let ours = SMALL.replace("someone", "holdfast") + HOLDFAST;
    for end in 0..ours.trim_end().len() {
        let cut = &ours[..end];
        assert!(read_text(cut).is_err(), "{cut}");
    }
}

#[test]
fn an_unknown_minor_version_warns_of_what_it_adds() {
    let text = SMALL
        .replace("\"1.0\"", "\"1.7\"\nnovelty = 1")
        .replace("size = 12", "size = 12\ncolour = \"red\"");
    let reading = read_noting(text.as_bytes(), "pylock.toml").unwrap();
    let warnings: Vec<_> = reading
        .warnings
        .iter()
        .map(|warning| format!("{}: {}", warning.location.line, warning.message))
        .collect();
    assert_eq!(
        warnings,
        [
            "1: version `1.7` of `pylock.toml` is read as 1.0",
            "2: `novelty` is not known and was passed over",
            "14: `packages.wheels.colour` is not known and was passed over",
        ]
    );
    let known = SMALL.replace("size = 12", "size = 12\ncolour = \"red\"");
    assert!(
        read_noting(known.as_bytes(), "x")
            .unwrap()
            .warnings
            .is_empty()
    );
}

#[test]
fn an_algorithm_that_is_unknown_is_said() {
    let text = SMALL.replace("{ sha256", "{ sha3_256 = \"00\", sha256");
    let reading = read_noting(text.as_bytes(), "x").unwrap();
    assert_eq!(reading.warnings.len(), 1);
    assert_eq!(reading.locked.packages[0].files[0].hashes.len(), 1);
}

#[test]
fn a_name_with_more_dots_is_no_name_of_a_lock() {
    let error = read(SMALL.as_bytes(), "pylock.train.gpu.toml").unwrap_err();
    assert!(error.fix.unwrap().contains("pylock.train-gpu.toml"));
}

/// Whether a file of others is a lock as its authors mean, and how many packages it has, or where it
/// is refused.
type Expectation = (&'static str, Result<usize, &'static str>);

fn check(directory: &std::path::Path, expectations: &[Expectation]) {
    let mut names: Vec<_> = fs_err::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut expected: Vec<_> = expectations.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(names, expected, "every file has an expectation");
    for (name, expectation) in expectations {
        let bytes = fs_err::read(directory.join(name)).unwrap();
        let answer = read(&bytes, name);
        match (&answer, expectation) {
            (Ok(locked), Ok(count)) => {
                assert_eq!(locked.packages.len(), *count, "{name}");
                let again = read(crate::write(locked).as_bytes(), name).unwrap();
                assert_eq!(sorted(again), sorted(locked.clone()), "{name}");
            }
            (Err(error), Err(message)) => assert_eq!(error.to_string(), *message),
            _ => panic!("{name}: {answer:?}"),
        }
    }
}

/// A lock without what writing may change: the order of packages and where they are.
fn sorted(mut locked: Locked) -> Locked {
    for package in &mut locked.packages {
        package.location = Location::start_of("");
        if matches!(package.source, LockSource::Directory { .. }) {
            package.version = None;
        }
    }
    locked
        .packages
        .sort_by_key(|package| (package.package.clone(), package.version.clone()));
    locked
}

fn corpus(name: &str, below: &str) -> Option<PathBuf> {
    testkit::corpus(name).map(|directory| directory.join(below))
}

#[test]
fn the_locks_of_pips_own_tests_are_read_as_pip_means() {
    let Some(directory) = corpus("pip-pylocks", "tests/data/lockfiles") else {
        return;
    };
    check(
        &directory,
        &[
            ("pylock.certifi-with-upload_time.toml", Ok(1)),
            ("pylock.certifi-without-upload_time.toml", Ok(1)),
            ("pylock.directory.toml", Ok(2)),
            // no version, and a package without a source: pip, too, names the version first
            (
                "pylock.invalid.toml",
                Err("pylock.invalid.toml:1:1: `lock-version` is missing"),
            ),
            // well formed: the hash is that of another file, which only the download can tell
            ("pylock.invalidhash.toml", Ok(1)),
            ("pylock.mixed.toml", Ok(2)),
            ("pylock.oldpython.toml", Ok(1)),
            ("pylock.onearchive.toml", Ok(1)),
            ("pylock.onesdist.toml", Ok(1)),
            ("pylock.onewheel.toml", Ok(1)),
            ("pylock.prerelease-archive.toml", Ok(1)),
            ("pylock.prerelease-wheel.toml", Ok(1)),
            ("pylock.toml", Ok(3)),
        ],
    );
}

#[test]
fn the_example_of_the_standard_is_read() {
    let Some(directory) = corpus("packaging-pylocks", "tests/pylock") else {
        return;
    };
    check(&directory, &[("pylock.spec-example.toml", Ok(3))]);
    let bytes = fs_err::read(directory.join("pylock.spec-example.toml")).unwrap();
    let locked = read(&bytes, "pylock.toml").unwrap();
    assert_eq!(locked.requires_python.as_deref(), Some("==3.12.*"));
    assert_eq!(locked.environments.len(), 2);
    assert_eq!(locked.packages[1].dependencies[0].package.name(), "attrs");
    let identity = &locked.packages[0].attestations[0];
    assert_eq!(identity.kind, "GitHub");
    assert_eq!(identity.claims["repository"], "python-attrs/attrs");
}

#[test]
fn the_locks_of_a_scanners_tests_are_read() {
    let below = "extractor/filesystem/language/python/pylock/testdata";
    let Some(directory) = corpus("osv-scalibr-lockfiles", below) else {
        return;
    };
    check(
        &directory,
        &[
            ("commits.toml", Ok(8)),
            // the scanner finds nothing in it; a lock must say its version
            (
                "empty.toml",
                Err("empty.toml:1:1: `lock-version` is missing"),
            ),
            ("example.toml", Ok(3)),
            // names to be told from text that looks like names; no package has a source
            (
                "names-outside-package-block.toml",
                Err(
                    "names-outside-package-block.toml:7:8: `first-pkg` has no source, so it cannot be installed",
                ),
            ),
            (
                "not-toml.txt",
                Err("not-toml.txt:1:6: this is not TOML: key with no value, expected `=`"),
            ),
            ("pdm-full.toml", Ok(10)),
            ("pip-full.toml", Ok(5)),
            ("pip-just-self.toml", Ok(1)),
        ],
    );
    let bytes = fs_err::read(directory.join("pdm-full.toml")).unwrap();
    let locked = read(&bytes, "pylock.toml").unwrap();
    assert_eq!(locked.groups.default_groups, ["default"]);
    let groups = |name: &str| {
        let package = locked
            .packages
            .iter()
            .find(|package| package.package.name() == name);
        package.unwrap().groups.clone()
    };
    assert_eq!(groups("idna"), ["default", "security"]);
    assert_eq!(groups("py"), ["tests"]);
}

#[test]
fn model_files_are_read_and_a_broken_entry_is_refused_at_its_place() {
    let entry = r#"
[[tool.holdfast.artefacts]]
path = "models/churn.joblib"
size = 1234
hashes = { sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
"#;
    let text = format!("{SMALL}{entry}{HOLDFAST}");
    let locked = read_text(&text).unwrap();
    let metadata = locked.holdfast.as_ref().unwrap();
    let artefact = metadata.artefact("models/churn.joblib").unwrap();
    assert_eq!((artefact.size, artefact.digest.hex().len()), (1234, 64));
    assert_eq!(
        crate::write(&locked),
        crate::write(&read_text(&crate::write(&locked)).unwrap())
    );
    assert!(crate::write(&locked).contains(entry));
    // a lock of an earlier version has none
    let older = read_text(&format!("{SMALL}{HOLDFAST}")).unwrap();
    assert!(older.holdfast.unwrap().artefacts.is_empty());
    for (from, to, message) in [
        (
            "size = 1234\n",
            "",
            "`tool.holdfast.artefacts.size` is missing",
        ),
        ("sha256 = \"aaaa", "sha256 = \"aaa", "digest"),
        ("path = \"models/churn.joblib\"\n", "", "path` is missing"),
    ] {
        let at = text.find("[[tool").unwrap();
        let spoilt = format!("{}{}", &text[..at], text[at..].replacen(from, to, 1));
        assert!(refusal(&spoilt).contains(message), "{}", refusal(&spoilt));
    }
}
