//! What Python's own `packaging.pylock` makes of locks: of ours, and of those that others wrote.
//!
//! Needs `python3` (3.11, for `tomllib`) and, once, a package index; without them the tests skip and
//! say so, or fail where `CI=true`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::{read, testing, write};

/// Prints a line per file: its name, a tab, and what is wrong with it, or nothing.
const JUDGE: &str = r#"
import sys, pathlib, tomllib
from packaging.pylock import Pylock
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        Pylock.from_dict(tomllib.loads(path.read_bytes().decode()))
        verdict = ""
    except Exception as error:
        verdict = repr(error).replace("\n", " ")
    print(path.name, verdict, sep="\t")
"#;

#[test]
fn packaging_accepts_what_holdfast_writes() {
    let Some(packaging) = packaging() else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    for number in 0..200 {
        let locked = testing::locked().new_tree(&mut runner).unwrap().current();
        let path = directory.path().join(format!("{number:03}.toml"));
        fs_err::write(path, write(&locked)).unwrap();
    }
    let verdicts = verdicts(&packaging, directory.path());
    assert_eq!(verdicts.len(), 200);
    for (name, verdict) in verdicts {
        let text = fs_err::read_to_string(directory.path().join(&name)).unwrap();
        assert_eq!(verdict, "", "{name}:\n{text}");
    }
}

#[test]
fn holdfast_and_packaging_agree_on_the_locks_of_others() {
    let Some(packaging) = packaging() else { return };
    // where we deliberately differ, and why
    let exceptions = BTreeMap::from([
        // PDM leaves addresses to the index; what it locks can be audited all the same
        ("pdm-full.toml", "path or url must be provided"),
    ]);
    for (corpus, below) in [
        ("pip-pylocks", "tests/data/lockfiles"),
        ("packaging-pylocks", "tests/pylock"),
        (
            "osv-scalibr-lockfiles",
            "extractor/filesystem/language/python/pylock/testdata",
        ),
    ] {
        let Some(directory) = testkit::corpus(corpus).map(|corpus| corpus.join(below)) else {
            continue;
        };
        for (name, verdict) in verdicts(&packaging, &directory) {
            let bytes = fs_err::read(directory.join(&name)).unwrap();
            let ours = read(&bytes, &name);
            if let Some(reason) = exceptions.get(name.as_str()) {
                assert!(
                    ours.is_ok() && verdict.contains(reason),
                    "{name}: {verdict}"
                );
            } else {
                assert_eq!(
                    ours.is_ok(),
                    verdict.is_empty(),
                    "{name}: {ours:?}, {verdict}"
                );
            }
        }
    }
}

fn verdicts(packaging: &Path, directory: &Path) -> BTreeMap<String, String> {
    let output = Command::new("python3")
        .env("PYTHONPATH", packaging)
        .arg("-c")
        .arg(JUDGE)
        .arg(directory)
        .output()
        .expect("`python3` runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, verdict)| (name.to_owned(), verdict.to_owned()))
        .collect()
}

/// The directory that holds `packaging`, put there once by pip.
fn packaging() -> Option<PathBuf> {
    let directory = std::env::temp_dir().join("holdfast-oracle-packaging-26");
    if directory.exists() {
        return Some(directory);
    }
    let mut problem = String::new();
    for _ in 0..3 {
        match install(&directory) {
            Ok(()) => return Some(directory),
            Err(error) => problem = error,
        }
    }
    #[expect(clippy::disallowed_methods, reason = "tests read the environment")]
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!ci, "`packaging` is not at hand: {problem}");
    eprintln!("skipped: `packaging` is not at hand: {problem}");
    None
}

/// Installs into a staging directory and renames, so that tests side by side do not see half of it.
fn install(directory: &Path) -> Result<(), String> {
    let staging = tempfile::tempdir().map_err(|error| error.to_string())?;
    let environment = staging.path().join("environment");
    let target = staging.path().join("packaging");
    run(Command::new("python3")
        .args(["-m", "venv"])
        .arg(&environment))?;
    run(Command::new(environment.join("bin/python"))
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "packaging>=26",
            "--target",
        ])
        .arg(&target))?;
    match fs_err::rename(&target, directory) {
        Err(error) if !directory.exists() => Err(error.to_string()),
        _ => Ok(()),
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
