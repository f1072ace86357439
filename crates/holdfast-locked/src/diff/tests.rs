//! What is told of two locks.

use proptest::prelude::*;

use super::*;
use crate::graph::tests::lock;
use crate::{read, testing, write};

fn texts(chains: &[Vec<PackageId>]) -> Vec<String> {
    let text = |chain: &Vec<PackageId>| {
        let names: Vec<_> = chain.iter().map(PackageId::name).collect();
        names.join(" ")
    };
    chains.iter().map(text).collect()
}

#[test]
fn what_is_new_is_told_with_who_brought_it_in() {
    let before = lock("app==1! -> base\nold==1!\nbase==1");
    let after =
        lock("app==2! -> base, mid\nother==1! -> mid\nbase==1\nmid==1 -> new, base\nnew==3 -> mid");
    let diff = diff(&before, &after);
    let added: Vec<_> = diff.added.iter().map(|it| it.package.name()).collect();
    assert_eq!(added, ["mid", "new", "other"]);
    assert_eq!(
        texts(&diff.added[0].brought_in_by),
        ["app mid", "other mid"]
    );
    assert_eq!(
        texts(&diff.added[1].brought_in_by),
        ["app mid new", "other mid new"]
    );
    assert_eq!(diff.added[2].direct, Some(true));
    assert_eq!(diff.added[2].brought_in_by.len(), 0);
    assert_eq!(diff.removed[0].package.name(), "old");
    assert_eq!(diff.removed.len(), 1);
    let changed = &diff.changed[0];
    assert_eq!(changed.package.name(), "app");
    assert_eq!(
        changed.changes[0],
        Change::Version {
            before: Some("1".to_owned()),
            after: Some("2".to_owned()),
            direction: Direction::Up,
        }
    );
    assert_eq!(diff.changed.len(), 1);
}

#[test]
fn a_lock_without_edges_tells_no_chains() {
    let diff = diff(&lock("a?"), &lock("a?\nb?"));
    assert_eq!(diff.added[0].brought_in_by.len(), 0);
    assert_eq!(diff.added[0].direct, None);
}

fn changes(before: &str, after: &str) -> Vec<Change> {
    let read = |text: &str| read(text.as_bytes(), "pylock.toml").unwrap();
    let diff = diff(&read(before), &read(after));
    assert_eq!(diff.added, []);
    assert_eq!(diff.removed, []);
    diff.changed
        .into_iter()
        .flat_map(|changed| changed.changes)
        .collect()
}

const ONE: &str = r#"
lock-version = "1.0"
created-by = "test"
[[packages]]
name = "a"
version = "1.0"
marker = "sys_platform == 'linux'"
requires-python = ">=3.9"
index = "https://pypi.org/simple"
sdist = { url = "https://f/a-1.0.tar.gz", hashes = { sha256 = "1111111111111111111111111111111111111111111111111111111111111111" } }
wheels = [{ url = "https://f/a-1.0-py3-none-any.whl", hashes = { md5 = "22222222222222222222222222222222", sha256 = "3333333333333333333333333333333333333333333333333333333333333333" } }]
[packages.tool.holdfast]
licence = "MIT"
direct = true
"#;

#[test]
fn other_content_at_the_same_version_is_told() {
    let after = ONE.replace(&"3".repeat(64), &"4".repeat(64));
    let changes = changes(ONE, &after);
    let [
        Change::Altered {
            file,
            before,
            after,
        },
    ] = changes.as_slice()
    else {
        panic!("{changes:?}")
    };
    assert_eq!(file, "a-1.0-py3-none-any.whl");
    assert_eq!((before.len(), after.len()), (2, 2));
    assert_ne!(before, after);
}

#[test]
fn hashes_of_other_algorithms_and_other_addresses_are_no_change() {
    let after = ONE
        .replace("md5 = \"22222222222222222222222222222222\", ", "")
        .replace("https://f/", "https://mirror/")
        .replace("pypi.org/simple", "pypi.org/simple/");
    assert_eq!(changes(ONE, &after), []);
}

#[test]
fn each_respect_is_told() {
    let change = |from: &str, to: &str| {
        assert!(ONE.contains(from));
        changes(ONE, &ONE.replace(from, to))
    };
    let option = |before: &str, after: &str| OptionChange {
        before: Some(before.to_owned()),
        after: Some(after.to_owned()),
    };
    assert_eq!(
        change("\"MIT\"", "\"AGPL-3.0\""),
        [Change::Licence(option("MIT", "AGPL-3.0"))]
    );
    assert_eq!(change("licence = \"MIT\"", ""), []);
    assert_eq!(
        change("== 'linux'", "== 'win32'"),
        [Change::Marker(option(
            "sys_platform == 'linux'",
            "sys_platform == 'win32'"
        ))]
    );
    assert_eq!(
        change(">=3.9", ">=3.8"),
        [Change::RequiresPython(option(">=3.9", ">=3.8"))]
    );
    assert_eq!(
        change("direct = true", "direct = false"),
        [Change::Direct { now: false }]
    );
    assert_eq!(
        change("-py3-", "-cp311-"),
        [Change::Files {
            added: vec!["a-1.0-cp311-none-any.whl".to_owned()],
            removed: vec!["a-1.0-py3-none-any.whl".to_owned()],
        }]
    );
    assert!(matches!(
        change("pypi.org", "evil.org").as_slice(),
        [Change::Source { .. }]
    ));
    let older = ONE
        .replace("version = \"1.0\"\nmarker", "version = \"0.9\"\nmarker")
        .replace("a-1.0", "a-0.9");
    assert!(matches!(
        changes(ONE, &older).as_slice(),
        [Change::Version {
            direction: Direction::Down,
            ..
        }]
    ));
}

#[test]
fn forks_are_matched_by_marker() {
    let fork = |old: &str, new: &str| {
        format!(
            "lock-version = \"1.0\"\ncreated-by = \"test\"\n{}{}",
            entry(old, "python_version < '3.12'"),
            entry(new, "python_version >= '3.12'")
        )
    };
    let changes = changes(&fork("1.26", "2.0"), &fork("1.26", "2.1"));
    assert!(matches!(
        changes.as_slice(),
        [Change::Version { after: Some(after), direction: Direction::Up, .. }] if after == "2.1"
    ));
}

fn entry(version: &str, marker: &str) -> String {
    format!(
        "[[packages]]\nname = \"numpy\"\nversion = \"{version}\"\nmarker = \"{marker}\"\narchive = {{ url = \"https://f/numpy-{version}.zip\", hashes = {{ sha256 = \"{}\" }} }}\n",
        "1".repeat(64)
    )
}

#[test]
fn what_the_lock_says_of_itself_is_compared() {
    let tool = r#"
[[tool.holdfast.passed-over]]
package = "pillow"
version = "9.5.0"
reason = "PYSEC-2023-175"
[tool.holdfast]
version = 1
environment = "train"
python = "3.11.7"
implementation = "cpython"
platforms = ["linux-x86_64-glibc2.28"]
declarations = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
uv = "0.9.1"
"#;
    let before = format!("{ONE}{tool}");
    let after = before
        .replace("3.11.7", "3.11.9")
        .replace("linux-x86_64-glibc2.28", "windows-x86_64")
        .replace("0.9.1", "0.9.2")
        .replace("9.5.0", "9.4.0");
    let read = |text: &str| read(text.as_bytes(), "pylock.toml").unwrap();
    let diff = diff(&read(&before), &read(&after));
    let keys = |changes: &[ValueChange]| changes.iter().map(|it| it.key).collect::<Vec<_>>();
    assert_eq!(keys(&diff.interpreter), ["python"]);
    assert_eq!(keys(&diff.metadata), ["uv"]);
    assert_eq!(diff.platforms.added, ["windows-x86_64".parse().unwrap()]);
    assert_eq!(diff.platforms.removed.len(), 1);
    assert_eq!(diff.passed_over.added.len(), 1);
    assert!(diff.exemptions.is_empty());
    assert!(!diff.is_same_environment() && !diff.is_empty());
    let only_uv = super::diff(&read(&before), &read(&before.replace("0.9.1", "0.9.2")));
    assert!(only_uv.is_same_environment() && !only_uv.is_empty());
}

#[test]
fn model_files_differ_by_their_content() {
    let lock = |artefacts: &str| {
        let tool = format!(
            "{artefacts}\n[tool.holdfast]\nversion = 1\nenvironment = \"serve\"\npython = \"3.11.7\"\nimplementation = \"cpython\"\nplatforms = [\"linux-x86_64-glibc2.28\"]\ndeclarations = \"sha256:{}\"\nuv = \"0.9.1\"\n",
            "1".repeat(64)
        );
        read(format!("{ONE}{tool}").as_bytes(), "pylock.toml").unwrap()
    };
    let entry = |path: &str, digit: &str| {
        format!(
            "\n[[tool.holdfast.artefacts]]\npath = \"{path}\"\nsize = 3\nhashes = {{ sha256 = \"{}\" }}\n",
            digit.repeat(64)
        )
    };
    let before = lock(&format!("{}{}", entry("a", "1"), entry("b", "1")));
    let after = lock(&format!("{}{}", entry("b", "2"), entry("c", "1")));
    let diff = diff(&before, &after);
    let told: Vec<_> = diff
        .artefacts
        .iter()
        .map(|it| (it.path.as_str(), it.before.is_some(), it.after.is_some()))
        .collect();
    assert_eq!(
        told,
        [("a", true, false), ("b", true, true), ("c", false, true)]
    );
    assert!(diff.is_same_environment() && !diff.is_empty());
}

proptest! {
    #[test]
    fn a_lock_does_not_differ_from_itself(locked in testing::locked()) {
        prop_assert!(diff(&locked, &locked).is_empty());
        let again = read(write(&locked).as_bytes(), "pylock.toml").unwrap();
        prop_assert!(diff(&locked, &again).is_empty());
    }

    #[test]
    fn each_package_is_told_of_once(before in testing::locked(), after in testing::locked()) {
        let there = diff(&before, &after);
        let back = diff(&after, &before);
        prop_assert_eq!(there.added.len(), back.removed.len());
        prop_assert_eq!(there.removed.len(), back.added.len());
        prop_assert_eq!(there.changed.len(), back.changed.len());
        let matched = after.packages.len() - there.added.len();
        prop_assert_eq!(before.packages.len() - there.removed.len(), matched);
    }
}
