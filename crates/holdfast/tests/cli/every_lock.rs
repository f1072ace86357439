//! What can be asked of any tool's lock: what is in it, what depends on what, what is wrong with it
//! and where, and how it differs from another.

use insta::assert_snapshot;

use crate::support::foreign::{CONDA_EXPLICIT, LOCKS, NPM, filled, unconfigured};
use crate::support::{Fixture, vulnerability};

/// Every lock, each in a directory of its own that is called like it.
fn all() -> Vec<(String, String)> {
    let python = LOCKS.iter().copied();
    let others = [
        ("conda-linux-64.lock", CONDA_EXPLICIT),
        ("package-lock.json", NPM),
    ];
    python
        .chain(others)
        .map(|(file, template)| (file.to_owned(), template.to_owned()))
        .collect()
}

fn with_all() -> (Fixture, Vec<String>) {
    let fixture = unconfigured();
    let mut paths = Vec::new();
    for (file, template) in all() {
        let stem = file.replace('.', "-");
        let path = format!("{stem}/{file}");
        fixture.write(&path, filled(&template, fixture.index()));
        paths.push(path);
    }
    (fixture, paths)
}

/// `name version` of everything locked, with its line.
fn listed(fixture: &Fixture, path: &str) -> Vec<String> {
    let list = fixture.run(&["list", path, "--format", "json"]).succeeds();
    let list = list.json();
    let mut lines: Vec<String> = list["components"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["state"] == "locked")
        .map(|it| {
            format!(
                "{} at {}:{}, {} hashes",
                it["purl"].as_str().unwrap(),
                it["location"]["line"],
                it["location"]["column"],
                it["hashes"].as_array().unwrap().len()
            )
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn list_shows_what_is_in_any_of_them() {
    let (fixture, paths) = with_all();
    let mut told = String::new();
    for path in &paths {
        told.push_str(&format_args!("{path}\n").to_string());
        for line in listed(&fixture, path) {
            told.push_str(&format_args!("  {line}\n").to_string());
        }
    }
    assert_snapshot!(told);
    // the line that is named has the name, or the address that has it
    for path in &paths {
        let text = fixture.read(path);
        for line in listed(&fixture, path) {
            let (purl, place) = line.split_once(" at ").unwrap();
            if purl == "pkg:generic/python" {
                // some locks say it nowhere, and then it is the whole file
                continue;
            }
            let name = purl.rsplit('/').next().unwrap().split('@').next().unwrap();
            let number: usize = place.split(':').next().unwrap().parse().unwrap();
            let there = text.lines().nth(number - 1).unwrap();
            assert!(there.contains(name), "{path}: `{name}` is not in `{there}`");
        }
    }
}

#[test]
fn tree_and_why_follow_the_edges_of_any_of_them() {
    let (fixture, paths) = with_all();
    let mut told = String::new();
    for path in &paths {
        told.push_str(&fixture.run(&["tree", path]).succeeds().to_string());
        let packages: &[&str] = match path.as_str() {
            "package-lock-json/package-lock.json" => &["ms"],
            "conda-linux-64-lock/conda-linux-64.lock" => &["openssl"],
            _ => &["acme", "base"],
        };
        for package in packages {
            told.push_str(&fixture.run(&["why", package, path]).succeeds().to_string());
        }
    }
    assert_snapshot!(told);
}

#[test]
fn diff_compares_any_of_them_with_what_it_became() {
    let fixture = unconfigured();
    let mut told = String::new();
    for (file, template) in all() {
        let before = filled(&template, fixture.index());
        let after = [
            ("version = \"2.0\"", "version = \"2.1\""),
            ("base-2.0", "base-2.1"),
            ("version: '2.0'", "version: '2.1'"),
            ("base==2.0", "base==2.1"),
            ("\"==2.0\"", "\"==2.1\""),
            ("openssl-3.2.0", "openssl-3.2.1"),
            ("\"version\": \"2.1.3\"", "\"version\": \"2.1.4\""),
        ]
        .into_iter()
        .fold(before.clone(), |text, (from, to)| text.replace(from, to));
        let (a, b) = (format!("before/{file}"), format!("after/{file}"));
        fixture.write(&a, &before);
        fixture.write(&b, after);
        told.push_str(&fixture.run(&["diff", &a, &b]).succeeds().to_string());
        let same = fixture.run(&["diff", &a, &a]).succeeds();
        assert!(same.stdout.contains("the same packages"), "{same}");
    }
    // and one tool's lock with another's of the same
    let (uv, poetry) = ("before/uv.lock", "before/poetry.lock");
    told.push_str(&fixture.run(&["diff", uv, poetry]).to_string());
    assert_snapshot!(told);
}

/// No configuration, and one run over all of them.
#[test]
fn audit_finds_a_vulnerability_in_any_of_them_at_its_line() {
    let (fixture, paths) = with_all();
    fixture.write(
        "records/PYSEC-2026-9.json",
        vulnerability("PYSEC-2026-9", "base", "0", Some("2.1")),
    );
    fixture.run(&["advisories", "import", "records"]).succeeds();
    fs_err::remove_dir_all(fixture.path("records")).unwrap();
    let json = fixture
        .run(&["audit", "--offline", "--format", "json"])
        .exits(1)
        .json();
    let findings = json["findings"].as_array().unwrap();
    for path in &paths {
        let text = fixture.read(path);
        let mut found = findings.iter().filter(|it| {
            it["rule"] == "known-vulnerability" && it["location"]["file"] == path.as_str()
        });
        let Some(finding) = found.next() else {
            assert!(!text.contains("base"), "nothing is found in {path}");
            continue;
        };
        let line = finding["location"]["line"].as_u64().unwrap();
        let line = text.lines().nth(usize::try_from(line).unwrap() - 1);
        assert!(line.unwrap().contains("base"), "{finding}");
        // once, however the file is reached
        assert!(found.next().is_none(), "{path}");
    }
    // and of one file alone
    for path in &paths {
        let ran = fixture.run(&["audit", path, "--offline"]);
        let has_it = fixture.read(path).contains("base");
        assert_eq!(ran.code, i32::from(has_it), "{ran}");
    }
}

/// What is not part of the project is not looked at.
#[test]
fn a_monorepo_is_walked_without_what_is_not_its_own() {
    let fixture = unconfigured();
    let (file, template) = LOCKS[0];
    let lock = filled(template, fixture.index());
    for (own, name) in [("services/a", file), ("services/deep/b", file)] {
        fixture.write(&format!("{own}/{name}"), &lock);
    }
    fixture.write("web/package-lock.json", NPM);
    for foreign in [
        ".git/x",
        "venv",
        "old-env",
        "services/a/.venv/lib",
        "web/node_modules/ms",
        "build-output/x",
        "services/a/generated",
        "__pycache__",
        ".tox/py311",
    ] {
        fixture.write(&format!("{foreign}/requirements.txt"), "numpy\n");
    }
    fixture.write("venv/pyvenv.cfg", "home = /usr/bin\n");
    fixture.write("old-env/pyvenv.cfg", "home = /usr/bin\n");
    fixture.write("services/a/.venv/pyvenv.cfg", "home = /usr/bin\n");
    fixture.write(".gitignore", "/build-output\n");
    fixture.write("services/a/.gitignore", "generated/\n");
    let list = fixture.run(&["list", "--format", "json"]).succeeds().json();
    let mut files: Vec<&str> = list["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["location"]["file"].as_str().unwrap())
        .collect();
    files.sort_unstable();
    files.dedup();
    assert_eq!(
        files,
        [
            "services/a/uv.lock",
            "services/deep/b/uv.lock",
            "web/package-lock.json"
        ]
    );
    let check = fixture.run(&["check", "--format", "json"]).json();
    for finding in check["findings"].as_array().unwrap() {
        let file = finding["location"]["file"].as_str().unwrap();
        assert!(files.contains(&file), "{finding}");
    }
}
