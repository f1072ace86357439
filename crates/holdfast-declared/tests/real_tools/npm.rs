//! npm in all three lockfile versions, with workspaces.

use std::path::Path;
use std::process::Command;

use crate::project::{Asking, Cosmetic, Project, Real};
use crate::tools::{npm, run};

fn check(version: u32, project: &Project) {
    let Some(npm) = npm() else { return };
    let lock = |root: &Path| {
        let mut command = Command::new(&npm);
        command
            .args([
                "install",
                "--package-lock-only",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
            ])
            .arg(format!("--lockfile-version={version}"))
            .current_dir(root);
        run(&mut command)
    };
    // `npm ci` accepts what it can make do with, which is not what is compared here
    project.check(&Asking {
        lock: &lock,
        is_fresh: None,
    });
}

const PLAIN: &str = r#"{
  "name": "plain",
  "version": "1.0.0",
  "dependencies": { "ms": "^2.1.0", "debug": "4.3.4" },
  "devDependencies": { "is-number": "~7.0.0" },
  "optionalDependencies": { "wrappy": "^1.0.2" }
}
"#;

const PLAIN_CHANGES: &[crate::project::Change] = &[
    Cosmetic("{ \"ms\": \"^2.1.0\", ", "{\n    \"ms\": \"^2.1.0\",\n    "),
    Cosmetic(
        "\"name\": \"plain\"",
        "\"description\": \"x\",\n  \"name\": \"plain\"",
    ),
    Real("^2.1.0", "^1.0.0", "ms@^1.0.0"),
    Real(
        "\"debug\": \"4.3.4\"",
        "\"debug\": \"4.3.3\"",
        "debug@4.3.3",
    ),
    Real("~7.0.0", "^6.0.0", "is-number@^6.0.0"),
    Real(
        "\"ms\": \"^2.1.0\"",
        "\"ms\": \"^2.1.0\", \"once\": \"1\"",
        "once@1",
    ),
];

#[test]
fn lockfile_version_3_of_npm_over_the_network() {
    check(
        3,
        &Project {
            files: &[("package.json", PLAIN)],
            manifest: "package.json",
            lock: "package-lock.json",
            packages: &["ms", "debug", "is-number", "wrappy"],
            changes: PLAIN_CHANGES,
        },
    );
    check(
        3,
        &Project {
            files: &[("package.json", PLAIN)],
            manifest: "package.json",
            lock: "package-lock.json",
            packages: &["ms"],
            changes: &[
                Real("\"ms\": \"^2.1.0\", ", "", "ms@^2.1.0"),
                Real("^1.0.2", "^1.0.1", "wrappy@^1.0.1"),
            ],
        },
    );
}

#[test]
fn lockfile_version_2_of_npm_over_the_network() {
    check(
        2,
        &Project {
            files: &[("package.json", PLAIN)],
            manifest: "package.json",
            lock: "package-lock.json",
            packages: &["ms", "debug", "is-number", "wrappy"],
            changes: PLAIN_CHANGES,
        },
    );
}

#[test]
fn lockfile_version_1_of_npm_over_the_network() {
    check(
        1,
        &Project {
            files: &[("package.json", PLAIN)],
            manifest: "package.json",
            lock: "package-lock.json",
            packages: &["ms", "debug", "is-number", "wrappy"],
            changes: PLAIN_CHANGES,
        },
    );
}

#[test]
fn workspaces_and_peers_of_npm_over_the_network() {
    check(
        3,
        &Project {
            files: &[
                (
                    "package.json",
                    "{\"name\": \"root\", \"private\": true, \"workspaces\": [\"packages/*\"], \"dependencies\": {\"@scope/one\": \"*\"}}\n",
                ),
                (
                    "packages/one/package.json",
                    "{\"name\": \"@scope/one\", \"version\": \"1.0.0\", \"dependencies\": {\"ms\": \"2.1.2\"}, \"peerDependencies\": {\"wrappy\": \"1\"}}\n",
                ),
            ],
            manifest: "packages/one/package.json",
            lock: "package-lock.json",
            packages: &["@scope/one", "ms", "wrappy"],
            changes: &[
                Cosmetic("\"version\": \"1.0.0\", ", "\"version\":  \"1.0.0\",\n"),
                Real("2.1.2", "2.1.3", "ms@2.1.3"),
                Real("\"wrappy\": \"1\"", "\"wrappy\": \"1.0.x\"", "wrappy@1.0.x"),
            ],
        },
    );
}
