//! Kills at random moments, savers side by side, and the ordinary cases.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use holdfast_model::{LockMetadata, Locked, LockedPackage, PackageId};

use super::*;
use crate::{read, write};

const ENVIRONMENTS: [&str; 3] = ["core", "serve", "train"];

/// A set of locks of some size that knows who wrote it, and when.
fn generation(writer: u32, number: u32) -> Vec<(EnvironmentName, String)> {
    let declarations = digest(format!("{writer}/{number}").as_bytes());
    let set = ENVIRONMENTS.map(|name| {
        let environment: EnvironmentName = name.parse().unwrap();
        let mut locked = template();
        if let Some(metadata) = &mut locked.holdfast {
            metadata.environment = environment.clone();
            metadata.declarations = declarations.clone();
        }
        (environment, write(&locked))
    });
    set.to_vec()
}

fn template() -> Locked {
    let text = r#"
lock-version = "1.0"
created-by = "holdfast"
[[packages]]
name = "p"
archive = { path = "p.zip", hashes = { sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }
[tool.holdfast]
version = 1
environment = "core"
python = "3.11.7"
implementation = "cpython"
declarations = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
uv = "0.9.1"
"#;
    let mut locked = read(text.as_bytes(), "pylock.core.toml").unwrap();
    let package = locked.packages.remove(0);
    locked.packages = (0..200)
        .map(|number| LockedPackage {
            package: PackageId::pypi(&format!("p{number}")),
            ..package.clone()
        })
        .collect();
    locked
}

/// The declarations that each lock in place names; fails where one is not whole.
fn in_place(directory: &Path) -> Vec<Digest> {
    ENVIRONMENTS
        .iter()
        .map(|name| {
            let file = format!("pylock.{name}.toml");
            let bytes = fs_err::read(directory.join(&file)).unwrap();
            let locked = read(&bytes, &file).unwrap();
            assert_eq!(locked.packages.len(), 200);
            let LockMetadata { declarations, .. } = locked.holdfast.unwrap();
            declarations
        })
        .collect()
}

fn is_one_set(declarations: &[Digest]) -> bool {
    declarations.windows(2).all(|pair| pair[0] == pair[1])
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs_err::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

const LOOP: &str = "HOLDFAST_TEST_SAVE_LOOP";

/// No test: what the next one starts and kills.
#[test]
fn saver_that_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "how a test talks to its child")]
    let Ok(directory) = std::env::var(LOOP) else {
        return;
    };
    let directory = Path::new(&directory);
    println!("\nready");
    for number in 0.. {
        let set = generation(std::process::id(), number);
        save(&directory.join("project"), &set, &directory.join("guard")).unwrap();
    }
}

#[test]
fn a_kill_at_any_moment_leaves_each_lock_whole() {
    let directory = tempfile::tempdir().unwrap();
    let project = directory.path().join("project");
    let guard = directory.path().join("guard");
    fs_err::create_dir(&project).unwrap();
    save(&project, &generation(0, 0), &guard).unwrap();
    let mut moment: u64 = 7;
    for _ in 0..36 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "save::tests::saver_that_is_killed",
                "--nocapture",
            ])
            .env(LOOP, directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        assert!(output.lines().any(|line| line.unwrap() == "ready"));
        moment = moment
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        std::thread::sleep(Duration::from_micros((moment >> 33) % 60_000));
        child.kill().unwrap();
        child.wait().unwrap();

        let declarations = in_place(&project);
        match pending(&project) {
            None => assert!(is_one_set(&declarations)),
            Some(pending) => {
                let states: Vec<_> = pending.locks.iter().map(|lock| lock.state).collect();
                assert_eq!(states.len(), 3);
                assert!(states.contains(&PendingState::Old));
            }
        }
    }
    save(&project, &generation(0, 1), &guard).unwrap();
    assert_eq!(pending(&project), None);
    assert_eq!(
        names(&project),
        ["pylock.core.toml", "pylock.serve.toml", "pylock.train.toml"]
    );
}

#[test]
fn two_savers_at_once_tear_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let project = directory.path().join("project");
    let guard = directory.path().join("guard");
    fs_err::create_dir(&project).unwrap();
    save(&project, &generation(0, 0), &guard).unwrap();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let savers: Vec<_> = (1..=2)
            .map(|writer| {
                let (project, guard) = (&project, &guard);
                scope.spawn(move || {
                    for number in 0..25 {
                        save(project, &generation(writer, number), guard).unwrap();
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                in_place(&project);
            }
        });
        for saver in savers {
            saver.join().unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
    });
    assert!(is_one_set(&in_place(&project)));
    assert_eq!(pending(&project), None);
}

#[test]
fn a_lock_that_does_not_change_is_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    let guard = directory.path().join("cache/guard");
    let project = directory.path().join("project");
    fs_err::create_dir(&project).unwrap();
    let mut set = generation(0, 0);
    let first = save(&project, &set, &guard).unwrap();
    assert_eq!(first.written.len(), 3);
    let long_ago = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let modified = |file: &str| {
        let metadata = fs_err::metadata(project.join(file)).unwrap();
        metadata.modified().unwrap()
    };
    for file in names(&project) {
        let file = fs_err::OpenOptions::new()
            .append(true)
            .open(project.join(file))
            .unwrap();
        file.file().set_modified(long_ago).unwrap();
    }
    set[1].1 = generation(0, 1)[1].1.clone();
    let second = save(&project, &set, &guard).unwrap();
    assert_eq!(second.written, ["serve".parse().unwrap()]);
    assert_eq!(second.unchanged.len(), 2);
    assert_eq!(modified("pylock.core.toml"), long_ago);
    assert_ne!(modified("pylock.serve.toml"), long_ago);
}

#[test]
fn a_half_saved_set_is_told_and_mended_by_the_next_run() {
    let directory = tempfile::tempdir().unwrap();
    let project = directory.path().join("project");
    let guard = directory.path().join("guard");
    fs_err::create_dir(&project).unwrap();
    save(&project, &generation(0, 0)[..2], &guard).unwrap();
    let new = generation(0, 1);
    let set = new
        .iter()
        .map(|(name, text)| (name, digest(text.as_bytes())));
    journal::write(&project, set).unwrap();
    fs_err::write(project.join("pylock.core.toml"), &new[0].1).unwrap();
    fs_err::write(project.join(".pylock.pylock.serve.toml.x1.tmp"), "half").unwrap();
    let told = pending(&project).unwrap();
    let states: Vec<_> = told
        .locks
        .iter()
        .map(|lock| (lock.file.as_str(), lock.state))
        .collect();
    assert_eq!(
        states,
        [
            ("pylock.core.toml", PendingState::Saved),
            ("pylock.serve.toml", PendingState::Old),
            ("pylock.train.toml", PendingState::Missing),
        ]
    );
    let saved = save(&project, &new, &guard).unwrap();
    assert_eq!(saved.unchanged, ["core".parse().unwrap()]);
    assert_eq!(pending(&project), None);
    assert_eq!(
        names(&project),
        ["pylock.core.toml", "pylock.serve.toml", "pylock.train.toml"]
    );
}

#[test]
fn a_spoilt_journal_is_told_too() {
    let directory = tempfile::tempdir().unwrap();
    for text in [
        "",
        "what",
        "[[locks]]\nfile = \"../pylock.toml\"\ndigest = \"sha256:aa\"",
    ] {
        fs_err::write(directory.path().join(".pylock.pending"), text).unwrap();
        assert_eq!(
            pending(directory.path()),
            Some(Pending { locks: Vec::new() })
        );
    }
}

#[test]
fn a_lock_that_cannot_be_replaced_leaves_the_old_set() {
    let directory = tempfile::tempdir().unwrap();
    let project = directory.path().join("project");
    fs_err::create_dir_all(project.join("pylock.core.toml/x")).unwrap();
    let error = save(&project, &generation(0, 0), &directory.path().join("guard")).unwrap_err();
    assert!(matches!(error, SaveError::Replace { .. }), "{error}");
    assert_eq!(names(&project), ["pylock.core.toml"]);
    let missing = directory.path().join("missing");
    let error = save(&missing, &generation(0, 0), &directory.path().join("guard")).unwrap_err();
    assert!(matches!(error, SaveError::Write { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn locks_keep_their_permissions_and_links() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let project = directory.path().join("project");
    let guard = directory.path().join("guard");
    fs_err::create_dir(&project).unwrap();
    fs_err::write(directory.path().join("real.toml"), "old").unwrap();
    fs_err::os::unix::fs::symlink("../real.toml", project.join("pylock.serve.toml")).unwrap();
    fs_err::write(project.join("pylock.core.toml"), "old").unwrap();
    let mode = |path: &str| {
        let metadata = fs_err::metadata(directory.path().join(path)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    let core = project.join("pylock.core.toml");
    fs_err::set_permissions(&core, std::fs::Permissions::from_mode(0o640)).unwrap();
    let plain = mode("real.toml");
    save(&project, &generation(0, 0), &guard).unwrap();
    assert_eq!(mode("project/pylock.core.toml"), 0o640);
    assert_eq!(mode("project/pylock.train.toml"), plain);
    let link = fs_err::symlink_metadata(project.join("pylock.serve.toml")).unwrap();
    assert!(link.is_symlink());
    assert!(is_one_set(&in_place(&project)));
}
