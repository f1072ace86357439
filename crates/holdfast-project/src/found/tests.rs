//! Which files make which environments.

use holdfast_declared::MemoryFiles;
use holdfast_model::{Freshness, Observed};

use super::*;
use crate::discover::{kind_of, project_of};

/// One line for each environment: its manifests and its lock.
fn found(content: &[(&str, &str)]) -> Vec<String> {
    let (environments, _) = read(content);
    environments
        .environments
        .iter()
        .map(|environment| {
            let declared = match &environment.declared {
                Observed::Present(declared) => declared
                    .files
                    .iter()
                    .map(|file| file.path.as_str())
                    .collect::<Vec<_>>()
                    .join(" "),
                Observed::Unreadable { location, .. } => format!("unreadable {location}"),
                Observed::NotLookedFor => "-".to_owned(),
                Observed::Absent { .. } => "absent".to_owned(),
            };
            let locked = match &environment.locked {
                Observed::Present(locked) => locked.file.clone(),
                Observed::Unreadable { location, .. } => format!("unreadable {location}"),
                Observed::NotLookedFor => "-".to_owned(),
                Observed::Absent { .. } => "absent".to_owned(),
            };
            format!("{declared} | {locked}")
        })
        .collect()
}

fn read(content: &[(&str, &str)]) -> (Found, Vec<String>) {
    let mut files = MemoryFiles::new();
    let mut discovered = Vec::new();
    for (path, text) in content {
        files = files.with(*path, *text);
        if let Some(kind) = kind_of(path) {
            discovered.push(Discovered {
                project: project_of(path),
                path: (*path).to_owned(),
                kind,
            });
        }
    }
    discovered.sort();
    let discovered: Vec<&Discovered> = discovered.iter().collect();
    let found = environments(&files, "", &discovered, &|_| false);
    let unreadable = found
        .unreadable
        .iter()
        .map(|file| file.location.to_string())
        .collect();
    (found, unreadable)
}

const COMPILED: &str = "numpy==1.26.4 \\\n    --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n    # via -r train.in\n";

#[test]
fn a_compiled_file_is_the_lock_of_its_input() {
    assert_eq!(
        found(&[
            ("requirements/train.in", "numpy>=1\n"),
            ("requirements/train.txt", COMPILED),
        ]),
        ["requirements/train.in | requirements/train.txt"]
    );
    // the input lies elsewhere, and the compiled file says so
    assert_eq!(
        found(&[
            ("requirements/train.in", "numpy>=1\n"),
            (
                "requirements.txt",
                &COMPILED.replace("train.in", "requirements/train.in")
            )
        ]),
        ["requirements/train.in | requirements.txt"]
    );
    assert_eq!(
        found(&[
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\ndependencies = [\"numpy\"]\n"
            ),
            (
                "requirements.txt",
                &COMPILED.replace("-r train.in", "x (pyproject.toml)")
            ),
        ]),
        ["pyproject.toml | requirements.txt"]
    );
}

#[test]
fn a_pinned_file_is_its_own_lock() {
    assert_eq!(
        found(&[("requirements.txt", "numpy==1.26.4\n")]),
        ["requirements.txt | requirements.txt"]
    );
    let (found, _) = read(&[("requirements.txt", "numpy==1.26.4\n")]);
    assert_eq!(found.environments[0].freshness, Freshness::NotApplicable);
}

#[test]
fn included_files_are_no_environments_of_their_own() {
    assert_eq!(
        found(&[
            ("requirements.txt", "numpy>=1\n"),
            (
                "requirements-dev.txt",
                "-r requirements.txt\n-c constraints.txt\npytest\n"
            ),
            ("constraints.txt", "pytest<9\n"),
        ]),
        ["requirements-dev.txt requirements.txt constraints.txt | absent"]
    );
    // except where they have a lock of their own
    assert_eq!(
        found(&[
            ("base.requirements.in", "numpy>=1\n"),
            ("requirements.in", "-r base.requirements.in\n"),
            ("base.requirements.txt", "numpy==1.26.4\n"),
            ("requirements.txt", "numpy==1.26.4\n"),
        ]),
        [
            "base.requirements.in | base.requirements.txt",
            "requirements.in base.requirements.in | requirements.txt",
        ]
    );
}

#[test]
fn an_input_whose_output_pins_nothing_has_no_lock() {
    assert_eq!(
        found(&[
            ("requirements.in", "numpy\n"),
            ("requirements.txt", "numpy>=1\n")
        ]),
        ["requirements.in | absent", "requirements.txt | absent"]
    );
}

#[test]
fn a_standard_lock_belongs_to_the_manifest_that_its_name_or_place_tells() {
    let lock = "lock-version = \"1.0\"\ncreated-by = \"pip\"\npackages = []\n";
    assert_eq!(
        found(&[
            ("requirements-train.in", "numpy\n"),
            ("requirements/serve.in", "fastapi\n"),
            ("pylock.train.toml", lock),
            ("pylock.serve.toml", lock),
            ("pylock.old.toml", lock),
        ]),
        [
            "- | pylock.old.toml",
            "requirements-train.in | pylock.train.toml",
            "requirements/serve.in | pylock.serve.toml",
        ]
    );
    assert_eq!(
        found(&[
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\ndependencies = [\"numpy\"]\n"
            ),
            ("requirements.txt", "numpy\n"),
            ("pylock.toml", lock),
        ]),
        ["pyproject.toml | pylock.toml", "requirements.txt | absent"]
    );
    assert_eq!(
        found(&[("requirements.txt", "numpy\n"), ("pylock.toml", lock)]),
        ["requirements.txt | pylock.toml"]
    );
}

#[test]
fn a_broken_lock_is_one_that_cannot_be_read_and_a_broken_manifest_is_named() {
    let (found, unreadable) = read(&[
        ("pylock.toml", "lock-version ="),
        ("requirements.txt", "this is no requirement\n"),
        ("requirements-dev.txt", "pytest\n"),
    ]);
    assert_eq!(unreadable, ["requirements.txt:1:6"]);
    let broken: Vec<_> = found
        .environments
        .iter()
        .filter(|environment| matches!(environment.locked, Observed::Unreadable { .. }))
        .collect();
    assert_eq!(broken.len(), 1);
    // a compiled file that cannot be read is a broken lock
    let (found, _) = read(&[
        ("requirements.in", "numpy\n"),
        ("requirements.txt", "numpy==1.26.4\n<<<<<<< HEAD\n"),
    ]);
    assert_eq!(found.environments.len(), 1);
    assert!(
        matches!(&found.environments[0].locked, Observed::Unreadable { location, .. } if location.line == 2)
    );
}

#[test]
fn what_is_said_of_the_interpreter_holds_for_the_project() {
    let (found, _) = read(&[
        (".python-version", "3.11.7\n"),
        ("requirements.txt", "numpy\n"),
        ("requirements-dev.txt", "pytest\n"),
    ]);
    for environment in &found.environments {
        let declared = environment.declared.present().unwrap();
        assert_eq!(declared.python[0].text, "3.11.7");
    }
    let (found, _) = read(&[
        (
            "pyproject.toml",
            "[project]\nname = \"x\"\nrequires-python = \">=3.10\"\n",
        ),
        ("requirements.txt", "numpy\n"),
    ]);
    assert_eq!(found.environments.len(), 1);
    let declared = found.environments[0].declared.present().unwrap();
    assert_eq!(declared.python[0].text, ">=3.10");
}

#[test]
fn files_that_declare_nothing_make_no_environment() {
    assert_eq!(
        found(&[
            ("pyproject.toml", "[tool.ruff]\nline-length = 100\n"),
            (".python-version", "3.11\n"),
            ("requirements.txt", "# nothing\n"),
        ]),
        Vec::<String>::new()
    );
    assert_eq!(
        found(&[(
            "pip.conf",
            "[global]\nextra-index-url = https://x.example/simple\n"
        )]),
        ["pip.conf | absent"]
    );
    let (found, _) = read(&[(
        "pip.conf",
        "[global]\nextra-index-url = https://x.example/simple\n",
    )]);
    let declared = found.environments[0].declared.present().unwrap();
    assert_eq!(declared.indexes.len(), 1);
}
