//! Runs that are killed, and runs that meet: every lock is whole at every moment.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use sha2::{Digest as _, Sha256};
use testkit::{FakeProject, FakeRelease};

use crate::support::{Fixture, project, releases};

const PROJECT: &str = r#"
[environments.core]
python = "3.11"
platforms = ["linux-x86_64-glibc2.28"]
requirements = ["core.in"]

[environments.train]
extends = "core"
requirements = ["train.in"]

[environments.serve]
extends = "core"
requirements = ["serve.in"]
"#;

fn index(version: &str) -> Vec<FakeProject> {
    vec![
        project("numpy", releases([version])),
        project("numba", [FakeRelease::new(version).requires("numpy")]),
        project("fastapi", [FakeRelease::new(version).requires("numpy")]),
    ]
}

fn fixture(version: &str) -> Fixture {
    let fixture = Fixture::new("", index(version));
    fixture.write("holdfast.toml", PROJECT);
    fixture.write("core.in", "numpy\n");
    fixture.write("train.in", "numba\n");
    fixture.write("serve.in", "fastapi\n");
    fixture
}

fn start(fixture: &Fixture, arguments: &[&str]) -> Child {
    fixture
        .command(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How long a run takes that is left alone.
fn whole_run(fixture: &Fixture) -> Duration {
    let before = Instant::now();
    fixture.lock();
    before.elapsed()
}

/// Each lock is there, can be read, and is of one state or the other.
fn all_are_whole(fixture: &Fixture, states: &[Vec<String>; 2], what: &str) {
    for (name, file) in [
        ("train", "pylock.train.toml"),
        ("serve", "pylock.serve.toml"),
    ] {
        let text = fixture.read(file);
        let read = holdfast_locked::read(text.as_bytes(), file);
        assert!(read.is_ok(), "{what}: {file}: {read:?}");
        let versions = fixture.versions_in(name);
        let is_one = states
            .iter()
            .any(|state| versions.iter().all(|version| state.contains(version)));
        assert!(is_one, "{what}: {file} is a mixture: {versions:?}");
    }
}

fn state(version: &str) -> Vec<String> {
    ["numpy", "numba", "fastapi"]
        .iter()
        .map(|name| format!("{name} {version}"))
        .collect()
}

/// Kills runs that move everything, at moments spread over the whole run.
fn killed_at_every_moment(signal: &str, times: u32) {
    let fixture = fixture("1.0");
    let whole = whole_run(&fixture);
    fixture.publish(index("2.0"));
    let states = [state("1.0"), state("2.0")];
    let old = ["pylock.train.toml", "pylock.serve.toml"].map(|file| (file, fixture.read(file)));
    for time in 0..times {
        for (file, text) in &old {
            fixture.write(file, text);
        }
        let mut child = start(&fixture, &["lock", "--upgrade"]);
        // the middle of the run is where the locks are still being found out
        std::thread::sleep(whole * time * 5 / (times * 4));
        let killed = std::process::Command::new("kill")
            .args([signal, &child.id().to_string()])
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let status = child.wait().unwrap();
        let what = format!("{signal} after {time}/{times}, {killed}, {status}");
        assert!(
            status.success() || status.signal().is_some() || status.code() == Some(130),
            "{what}"
        );
        all_are_whole(&fixture, &states, &what);
    }
    // a run that is left alone mends what others left
    fixture.run(&["lock", "--upgrade"]).succeeds();
    assert_eq!(fixture.versions_in("train"), ["numba 2.0", "numpy 2.0"]);
    assert_eq!(fixture.versions_in("serve"), ["fastapi 2.0", "numpy 2.0"]);
    nothing_is_left(&fixture);
}

/// Temporary files and journals are gone.
fn nothing_is_left(fixture: &Fixture) {
    let mut files: Vec<String> = fs_err::read_dir(fixture.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let expected = [
        "core.in",
        "holdfast.toml",
        "pylock.serve.toml",
        "pylock.train.toml",
        "requirements.in",
        "serve.in",
        "train.in",
    ];
    assert_eq!(files, expected);
}

#[test]
fn a_kill_at_any_moment_leaves_each_lock_whole() {
    killed_at_every_moment("-KILL", 20);
}

#[test]
fn an_interrupt_at_any_moment_leaves_each_lock_whole() {
    killed_at_every_moment("-INT", 10);
}

/// As a run leaves it that was killed between two locks: the journal names what should be there.
fn half_finished() -> Fixture {
    let fixture = fixture("1.0");
    fixture.lock();
    let old = fixture.read("pylock.train.toml");
    fixture.publish(index("2.0"));
    fixture.run(&["lock", "--upgrade"]).succeeds();
    let mut journal = "version = 1\n".to_owned();
    for file in ["pylock.serve.toml", "pylock.train.toml"] {
        let digest: [u8; 32] = Sha256::digest(fixture.read(file)).into();
        let digest = holdfast_model::Digest::sha256(&digest);
        journal.extend([
            "\n[[locks]]\nfile = \"",
            file,
            "\"\ndigest = \"",
            &digest.to_string(),
            "\"\n",
        ]);
    }
    fixture.write(".pylock.pending", journal);
    fixture.write("pylock.train.toml", old);
    fixture
}

#[test]
fn the_next_run_notices_a_half_finished_set() {
    let fixture = half_finished();
    assert_snapshot!(
        "half_finished_check",
        fixture.run(&["lock", "--check"]).exits(1)
    );
    assert_snapshot!("half_finished_lock", fixture.lock());
    assert_eq!(
        fixture.versions_in("train")[1],
        fixture.versions_in("serve")[1],
    );
    nothing_is_left(&fixture);
    fixture.run(&["lock", "--check"]).succeeds();
}

#[test]
fn two_runs_at_once_do_not_tear_a_lock() {
    let fixture = fixture("1.0");
    fixture.lock();
    fixture.publish(index("2.0"));
    let states = [state("1.0"), state("2.0")];
    for round in 0..3 {
        let mut runs = [
            start(&fixture, &["lock", "--upgrade"]),
            start(&fixture, &["lock"]),
            start(&fixture, &["lock", "--upgrade"]),
        ];
        let statuses = runs.each_mut().map(|run| run.wait().unwrap());
        assert!(
            statuses.iter().all(std::process::ExitStatus::success),
            "{round}: {statuses:?}"
        );
        all_are_whole(&fixture, &states, "two at once");
    }
    fixture.run(&["lock", "--check"]).succeeds();
    nothing_is_left(&fixture);
}
