//! The example end to end against the real package index, and its lock in the hands of installers
//! that nobody here wrote.
//!
//! Without a network these tests skip and say so; with `CI=true` they fail instead.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::support::{skip, uv};

/// Caches are kept from run to run: what is asked here is a lot.
fn kept(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("real")
        .join(name);
    fs_err::create_dir_all(&directory).unwrap();
    directory
}

pub(crate) fn run(command: &mut Command) -> Output {
    command
        .env("HOLDFAST_CACHE_DIR", kept("holdfast"))
        .env("UV_CACHE_DIR", kept("uv"))
        .env("HOLDFAST_UV", uv())
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env_remove("PIP_FIND_LINKS")
        .output()
        .unwrap()
}

/// Runs it up to three times: the network may fail, and an index may be busy.
fn tried(command: impl Fn() -> Command) -> Result<String, String> {
    let mut said = String::new();
    for _ in 0..3 {
        let output = run(&mut command());
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(printed);
        }
        said = format!("{printed}{}", String::from_utf8_lossy(&output.stderr));
    }
    Err(said)
}

fn is_about_the_network(said: &str) -> bool {
    [
        "could not be asked",
        "cannot fetch",
        "Failed to fetch",
        "Connection",
        "Temporary failure",
        "NewConnectionError",
    ]
    .iter()
    .any(|sign| said.contains(sign))
}

/// What it printed; nothing where the network is to blame that there is nothing.
pub(crate) fn online(command: impl Fn() -> Command) -> Option<String> {
    match tried(command) {
        Ok(printed) => Some(printed),
        Err(said) if is_about_the_network(&said) => {
            skip(&format!("the package index cannot be reached: {said}"));
            None
        }
        Err(said) => panic!("{said}"),
    }
}

struct Example {
    directory: tempfile::TempDir,
    printed: String,
}

impl Example {
    fn path(&self) -> PathBuf {
        self.directory.path().join("churn")
    }

    fn holdfast(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        command.args(arguments).current_dir(self.path());
        command
    }
}

/// A copy of the example without its locks, locked once for all tests.
fn example() -> Option<&'static Example> {
    static EXAMPLE: OnceLock<Option<Example>> = OnceLock::new();
    EXAMPLE
        .get_or_init(|| {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/churn");
            let mut example = Example {
                directory: tempfile::tempdir().unwrap(),
                printed: String::new(),
            };
            copy(&source, &example.path());
            for name in ["train", "serve"] {
                fs_err::remove_file(example.path().join(format!("pylock.{name}.toml"))).unwrap();
            }
            // the model was written under those locks, and need not fit what is newest today
            fs_err::remove_file(example.path().join("model.joblib")).unwrap();
            example.printed = online(|| example.holdfast(&["lock"]))?;
            Some(example)
        })
        .as_ref()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs_err::copy(entry.path(), target).unwrap();
        }
    }
}

/// The interpreter that the example was locked for.
fn python() -> String {
    let mut command = Command::new(uv());
    command.args([
        "python",
        "find",
        "--no-project",
        "--no-python-downloads",
        "3.11",
    ]);
    let output = run(&mut command);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn real_index_the_example_is_locked_checked_and_explained() {
    let Some(example) = example() else { return };
    for text in [
        "train   python 3.11.",
        "serve   python 3.11.",
        "core  ",
        "passed over",
    ] {
        assert!(
            example.printed.contains(text),
            "no `{text}` in\n{}",
            example.printed
        );
    }
    for name in ["train", "serve"] {
        let file = format!("pylock.{name}.toml");
        let text = fs_err::read_to_string(example.path().join(&file)).unwrap();
        let locked = holdfast_locked::read(text.as_bytes(), &file).unwrap();
        assert!(locked.packages.len() > 20, "{}", locked.packages.len());
        for package in &locked.packages {
            assert!(!package.files.is_empty(), "{} has no file", package.package);
            for file in &package.files {
                assert!(
                    file.sha256().is_some() && file.upload_time.is_some(),
                    "{file:?}"
                );
            }
        }
    }
    let checked = run(&mut example.holdfast(&["lock", "--check"]));
    assert!(checked.status.success(), "{checked:?}");
    let checked = run(&mut example.holdfast(&["check", "--format", "json"]));
    let evaluation: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(evaluation["summary"]["error"], 0, "{evaluation:#}");
    let why = run(&mut example.holdfast(&["why", "numpy"]));
    let why = String::from_utf8(why.stdout).unwrap();
    assert!(why.contains("requirements/core.in"), "{why}");
}

#[test]
fn real_index_a_second_lock_changes_nothing() {
    let Some(example) = example() else { return };
    let path = example.path().join("pylock.train.toml");
    let before = fs_err::metadata(&path).unwrap().modified().unwrap();
    let again = run(&mut example.holdfast(&["lock", "--offline"]));
    assert!(again.status.success(), "{again:?}");
    assert_eq!(fs_err::metadata(&path).unwrap().modified().unwrap(), before);
}

#[test]
fn real_index_pip_installs_the_lock() {
    let Some(example) = example() else { return };
    let environment = tempfile::tempdir().unwrap();
    let made = Command::new(python())
        .args(["-m", "venv"])
        .arg(environment.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let interpreter = environment.path().join("bin/python");
    let pip = |arguments: &[&str]| {
        let mut command = Command::new(&interpreter);
        command.args(["-m", "pip"]).args(arguments);
        command
    };
    if online(|| pip(&["install", "--quiet", "--upgrade", "pip"])).is_none() {
        return;
    }
    let lock = example.path().join("pylock.serve.toml");
    let install = [
        "install",
        "--quiet",
        "--requirement",
        lock.to_str().unwrap(),
    ];
    if online(|| pip(&install)).is_none() {
        return;
    }
    let checked = run(&mut pip(&["check"]));
    assert!(checked.status.success(), "{checked:?}");
    let imported = run(Command::new(&interpreter).args(["-c", "import fastapi, pandas, sklearn"]));
    assert!(imported.status.success(), "{imported:?}");
    // compiled files are there, whose code is not compared
    is_as_locked(example, environment.path(), 1);
}

/// `verify` finds nothing but notes, and could not look at so many things.
fn is_as_locked(example: &Example, environment: &Path, gaps: u64) {
    let venv = environment.to_str().unwrap();
    let arguments = ["verify", "-e", "serve", "--venv", venv, "--format", "json"];
    let verified = run(&mut example.holdfast(&arguments));
    let evaluation: serde_json::Value = serde_json::from_slice(&verified.stdout)
        .unwrap_or_else(|error| panic!("{error}: {verified:?}"));
    let summary = &evaluation["summary"];
    assert_eq!(summary["error"], 0, "{evaluation:#}");
    assert_eq!(summary["warning"], 0, "{evaluation:#}");
    assert_eq!(summary["not_evaluated"], gaps, "{evaluation:#}");
}

#[test]
fn real_index_an_environment_is_synced_and_every_change_is_repaired() {
    let Some(example) = example() else { return };
    let parent = tempfile::tempdir().unwrap();
    let environment = parent.path().join("venv");
    let venv = environment.to_str().unwrap();
    let sync = || example.holdfast(&["sync", "-e", "serve", "--venv", venv]);
    let Some(said) = online(sync) else { return };
    assert!(said.contains("clean: "), "{said}");
    is_as_locked(example, &environment, 0);
    let site = environment.join("lib/python3.11/site-packages");
    let library = fs_err::read_dir(site.join("numpy/core"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "so"))
        .unwrap();
    let mut bytes = fs_err::read(&library).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs_err::write(&library, bytes).unwrap();
    fs_err::remove_dir_all(site.join("joblib")).unwrap();
    let found = run(&mut example.holdfast(&["verify", "-e", "serve", "--venv", venv]));
    let found = String::from_utf8(found.stdout).unwrap();
    for text in [
        "altered-file",
        "numpy 1.",
        "missing-file",
        "joblib",
        "2 errors",
    ] {
        assert!(found.contains(text), "no `{text}` in\n{found}");
    }
    let said = online(sync).unwrap();
    assert!(said.contains("clean: "), "{said}");
}

#[test]
fn real_index_uv_installs_the_lock_and_the_environment_is_audited() {
    let Some(example) = example() else { return };
    let parent = tempfile::tempdir().unwrap();
    let environment = parent.path().join("venv");
    let mut make = Command::new(uv());
    make.args(["venv", "--quiet", "--python", &python()])
        .arg(&environment);
    let made = run(&mut make);
    assert!(made.status.success(), "{made:?}");
    let sync = || {
        let mut command = Command::new(uv());
        command
            .args(["pip", "sync", "--quiet", "pylock.serve.toml", "--python"])
            .arg(&environment)
            .current_dir(example.path());
        command
    };
    if online(sync).is_none() {
        return;
    }
    let venv = environment.to_str().unwrap();
    let audited = run(&mut example.holdfast(&["audit", "--venv", venv, "--format", "json"]));
    let evaluation: serde_json::Value = serde_json::from_slice(&audited.stdout)
        .unwrap_or_else(|error| panic!("{error}: {audited:?}"));
    assert_eq!(evaluation["summary"]["error"], 0, "{evaluation:#}");
    let listed = run(&mut example.holdfast(&["list", venv, "--format", "json"]));
    let inventory: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let lock = fs_err::read_to_string(example.path().join("pylock.serve.toml")).unwrap();
    let locked = holdfast_locked::read(lock.as_bytes(), "pylock.serve.toml").unwrap();
    is_as_locked(example, &environment, 0);
    for package in &locked.packages {
        let purl = package.purl();
        let components = inventory["components"].as_array().unwrap();
        let is_installed = components
            .iter()
            .any(|component| component["purl"] == purl.as_str());
        assert!(is_installed, "{purl} is not installed");
    }
}
