//! A project judged part by part says what it says as a whole, in the same order every time.

#![expect(
    clippy::unwrap_used,
    reason = "in tests, helpers included, a panic is the way to fail"
)]

use std::path::Path;

use holdfast_knowledge::{Advisories, parse_record};
use holdfast_model::{Evaluation, Facts};
use holdfast_project::{
    GatherOptions, Project, gather, gather_each, gather_path, gather_path_each, open,
};
use holdfast_rules::{Policy, Selection, evaluate};

const ADVISORY: &str = r#"{"id": "PYSEC-2024-1", "modified": "2024-01-01T00:00:00Z",
  "affected": [{"package": {"ecosystem": "PyPI", "name": "pillow"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "10.0.1"}]}]}]}"#;

const LOCK: &str = r#"
lock-version = "1.0"
created-by = "pip"
[[packages]]
name = "pillow"
version = "9.5.0"
wheels = [{ name = "pillow-9.5.0-py3-none-any.whl", url = "https://files.example/pillow-9.5.0-py3-none-any.whl", hashes = {} }]
"#;

/// Environments that share a core and have different versions of it.
const CONFIG: &str = r#"
[environments.core]
python = "3.11"
requirements = ["core.in"]
[environments.train]
extends = "core"
requirements = ["train.in"]
[environments.serve]
extends = "core"
requirements = ["serve.in"]
"#;

fn lock_of(environment: &str, pillow: &str) -> String {
    let zeros = "0".repeat(64);
    format!(
        "lock-version = \"1.0\"\ncreated-by = \"holdfast\"\n\n[[packages]]\nname = \"pillow\"\nversion = \"{pillow}\"\n\n[[packages.wheels]]\nname = \"pillow-{pillow}-py3-none-any.whl\"\nurl = \"https://files.example/pillow-{pillow}-py3-none-any.whl\"\nhashes = {{ sha256 = \"{zeros}\" }}\n\n[packages.tool.holdfast]\ndirect = true\n\n[tool.holdfast]\nversion = 1\nenvironment = \"{environment}\"\nextends = \"core\"\npython = \"3.11.7\"\nimplementation = \"cpython\"\nplatforms = [\"linux-x86_64-glibc2.28\"]\ndeclarations = \"sha256:{zeros}\"\nuv = \"0.9.0\"\n"
    )
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, text).unwrap();
}

fn family(root: &Path, directory: &str) {
    let place = root.join(directory);
    write(&place, "holdfast.toml", CONFIG);
    write(&place, "core.in", "pillow>=9\n");
    write(&place, "train.in", "xgboost\n");
    write(&place, "serve.in", "fastapi\n");
    write(&place, "pylock.train.toml", &lock_of("train", "9.5.0"));
    write(&place, "pylock.serve.toml", &lock_of("serve", "10.2.0"));
}

/// Fifty projects of ten kinds, some of which read files that lie above them.
fn monorepo() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let root_path = root.path();
    write(root_path, ".python-version", "3.11\n");
    write(root_path, "common/base.in", "pillow>=9\nrequests\n");
    write(
        root_path,
        "pip.conf",
        "[global]\nextra-index-url = https://pypi.example/simple\n",
    );
    for number in 0..50 {
        let directory = format!("team-{}/service-{number:02}", number % 4);
        let place = root_path.join(&directory);
        match number % 10 {
            0 => write(&place, "requirements.txt", "pillow==9.5.0\nnumpy\n"),
            1 => {
                write(
                    &place,
                    "requirements.in",
                    "-r ../../common/base.in\nflask\n",
                );
                write(&place, "requirements.txt", "pillow==9.5.0\n");
            }
            2 => {
                write(&place, "requirements.in", "-r ../../common/base.in\n");
                write(&place, ".python-version", "3.12.1\n");
            }
            3 => {
                let text =
                    "[project]\nname = \"x\"\nversion = \"1\"\ndependencies = [\"pillow\"]\n";
                write(&place, "pyproject.toml", text);
                write(&place, "pylock.toml", LOCK);
            }
            4 => family(root_path, &directory),
            5 => write(&place, "pylock.toml", "lock-version ="),
            6 => write(&place, "requirements.txt", "this is no requirement\n"),
            7 => write(
                &place,
                "holdfast.toml",
                "[environments.train]\nrequirements = [1]\n",
            ),
            8 => write(
                &place,
                "requirements.txt",
                "-r ../../common/base.in\npillow>=9\npillow<9\n",
            ),
            _ => write(
                &place,
                "pip.conf",
                "[global]\nextra-index-url = https://pypi.example/simple\n",
            ),
        }
    }
    root
}

fn advisories() -> Advisories {
    let mut advisories = Advisories::new(None);
    advisories.add_records(vec![parse_record(ADVISORY.as_bytes(), "a.json").unwrap()]);
    advisories
}

fn options(advisories: &Advisories) -> GatherOptions<'_> {
    GatherOptions {
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
        advisories: Some(advisories),
        ..GatherOptions::default()
    }
}

fn judged(facts: &Facts) -> Evaluation {
    evaluate(&Selection::All, facts, &Policy::default())
}

fn by_parts(project: &Project, options: &GatherOptions<'_>) -> Evaluation {
    let parts = gather_each(project, options, |facts| judged(&facts)).unwrap();
    Evaluation::merged(parts)
}

#[test]
fn parts_say_what_the_whole_says() {
    let root = monorepo();
    let advisories = advisories();
    let options = options(&advisories);
    let project = open(root.path()).unwrap();
    let whole = judged(&gather(&project, &options).unwrap());
    let has = |rule: &str| whole.findings.iter().any(|finding| finding.rule == rule);
    for rule in [
        "known-vulnerability",
        "core-skew",
        "unreadable-file",
        "stale-lock",
        "missing-lock",
        "extra-index",
        "conflicting-constraints",
    ] {
        assert!(has(rule), "{rule}");
    }
    assert_eq!(by_parts(&project, &options), whole);
}

#[test]
fn parts_say_what_the_whole_says_where_the_directory_itself_is_configured() {
    let root = monorepo();
    family(root.path(), "");
    write(
        root.path(),
        "train.in",
        "-r team-0/service-00/requirements.txt\n-r common/base.in\n",
    );
    let advisories = advisories();
    let options = options(&advisories);
    let project = open(root.path()).unwrap();
    let whole = gather(&project, &options).unwrap();
    // what belongs to a configured environment makes none of its own
    let mut environments = whole.environments.iter();
    assert!(environments.all(|environment| environment.project != "team-0/service-00"));
    assert_eq!(by_parts(&project, &options), judged(&whole));
}

#[test]
fn parts_are_answered_in_the_order_of_their_directories_every_time() {
    let root = monorepo();
    let advisories = advisories();
    let options = options(&advisories);
    let project = open(root.path()).unwrap();
    let directories = || {
        gather_each(&project, &options, |facts| {
            let first = facts.environments.first();
            let directory = first.map(|environment| environment.project.clone());
            directory.unwrap_or_else(|| facts.unreadable[0].location.file.clone())
        })
        .unwrap()
    };
    let first = directories();
    assert_eq!(first.len(), 51);
    assert!(first.is_sorted(), "{first:?}");
    for _ in 0..5 {
        assert_eq!(directories(), first);
    }
}

#[test]
fn a_file_is_one_part_and_parts_without_anything_are_left_out() {
    let root = monorepo();
    let advisories = advisories();
    let options = options(&advisories);
    let lock = root.path().join("team-3/service-03/pylock.toml");
    let parts = gather_path_each(&lock, &options, |facts| judged(&facts)).unwrap();
    assert_eq!(parts, [judged(&gather_path(&lock, &options).unwrap())]);

    let empty = tempfile::tempdir().unwrap();
    write(empty.path(), "tool/pyproject.toml", "[tool.ruff]\n");
    let parts = gather_path_each(empty.path(), &options, |_| ()).unwrap();
    assert!(parts.is_empty());
}
