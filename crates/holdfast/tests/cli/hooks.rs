//! The hooks of `.pre-commit-hooks.yaml`: they run where a file of theirs changed, and what they run
//! is there.

use regex::Regex;

use crate::bad_formats::FILES;
use crate::support::Fixture;

const HOOKS: &str = include_str!("../../../../.pre-commit-hooks.yaml");

fn values(key: &str) -> Vec<&'static str> {
    let start = format!("  {key}: ");
    HOOKS
        .lines()
        .filter_map(|line| line.strip_prefix(start.as_str()))
        .collect()
}

#[test]
fn a_change_of_any_file_that_is_read_starts_the_check() {
    let check = Regex::new(values("files")[0]).unwrap();
    let more = [
        "requirements/train.in",
        "reqs/base.txt",
        "environment-gpu.yaml",
        "conda.yaml",
        "requirements.lock",
        "npm-shrinkwrap.json",
        "spec-file.txt",
        "pylock.train.toml",
        "holdfast.toml",
        "train.conda-lock.yaml",
    ];
    for name in FILES.iter().map(|(name, _)| *name).chain(more) {
        assert!(check.is_match(name), "{name}");
        assert!(check.is_match(&format!("services/a/{name}")), "{name}");
    }
    for name in [
        "README.md",
        "src/main.py",
        "notes.txt",
        "my.config.yaml.bak",
    ] {
        assert!(!check.is_match(name), "{name}");
    }
}

#[test]
fn what_hooks_run_is_a_command_of_ours() {
    let entries = values("entry");
    assert_eq!(entries, ["holdfast check", "holdfast lock --check"]);
    let fixture = Fixture::empty();
    for entry in entries {
        let mut arguments: Vec<&str> = entry.split(' ').skip(1).collect();
        arguments.push("--help");
        fixture.run(&arguments).succeeds();
    }
}
