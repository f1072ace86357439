//! Stale locks are told, with reasons; fresh ones never are.

use holdfast_model::{DeclaredPython, PackageId, VersionRange};

use super::*;
use crate::read;

/// A requirement as a person writes it, from line 1 on.
fn requirements(lines: &[&str]) -> Vec<Requirement> {
    let requirement = |(index, line): (usize, &&str)| {
        let (text, marker) = match line.split_once(" ; ") {
            Some((text, marker)) => (text, Some(marker.to_owned())),
            None => (*line, None),
        };
        let (text, source) = match text.split_once(" @ ") {
            Some((name, url)) if url.starts_with("git+") => (
                name,
                RequirementSource::Vcs {
                    system: "git".to_owned(),
                    url: url.trim_start_matches("git+").to_owned(),
                    revision: None,
                },
            ),
            Some((name, url)) => (name, RequirementSource::Url(url.to_owned())),
            None => (text, RequirementSource::Registry { index: None }),
        };
        let end = text.find(['>', '<', '=', '~', '!']).unwrap_or(text.len());
        Requirement {
            package: PackageId::pypi(&text[..end]),
            text: (*line).to_owned(),
            range: VersionRange::pep440(text[end..].parse().unwrap()),
            extras: Vec::new(),
            marker,
            source,
            hashes: Vec::new(),
            purpose: Purpose::Runtime,
            via: Vec::new(),
            location: Location::new("requirements.in", u32::try_from(index).unwrap() + 1, 1),
        }
    };
    lines.iter().enumerate().map(requirement).collect()
}

fn declared(lines: &[&str]) -> Declared {
    Declared {
        requirements: requirements(lines),
        ..Declared::default()
    }
}

const FOREIGN: &str = r#"
lock-version = "1.0"
created-by = "uv"
[[packages]]
name = "numpy"
version = "1.26.4"
sdist = { url = "https://f/numpy-1.26.4.tar.gz", hashes = { sha256 = "1111111111111111111111111111111111111111111111111111111111111111" } }
[packages.tool.holdfast]
direct = true
[[packages]]
name = "torch"
version = "2.3.0+cu121"
marker = "sys_platform == 'linux'"
sdist = { url = "https://f/torch-2.3.0+cu121.tar.gz", hashes = { sha256 = "1111111111111111111111111111111111111111111111111111111111111111" } }
[[packages]]
name = "torch"
version = "2.2.0"
marker = "sys_platform != 'linux'"
sdist = { url = "https://f/torch-2.2.0.tar.gz", hashes = { sha256 = "1111111111111111111111111111111111111111111111111111111111111111" } }
[[packages]]
name = "here"
directory = { path = "./lib/here" }
[[packages]]
name = "there"
vcs = { type = "git", url = "https://g/there.git", commit-id = "abc" }
"#;

const OURS: &str = r#"
[tool.holdfast]
version = 1
environment = "train"
python = "3.11.7"
implementation = "cpython"
platforms = ["linux-x86_64-glibc2.28"]
declarations = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
uv = "0.9.1"
"#;

fn ours() -> Locked {
    read(format!("{FOREIGN}{OURS}").as_bytes(), "pylock.train.toml").unwrap()
}

fn foreign() -> Locked {
    read(FOREIGN.as_bytes(), "pylock.toml").unwrap()
}

/// What is stale, each as `line: message`; empty for a fresh lock.
fn stale(locked: &Locked, declared: &Declared) -> Vec<String> {
    match freshness(locked, &Digest::sha256(&[0x22; 32]), declared) {
        Freshness::Fresh => Vec::new(),
        Freshness::Stale(stale) => stale
            .iter()
            .map(|it| format!("{}: {}", it.location.line, it.message))
            .collect(),
        other @ (Freshness::NotApplicable | Freshness::Unknown { .. }) => panic!("{other:?}"),
    }
}

#[test]
fn an_equal_digest_is_enough() {
    let digest = Digest::sha256(&[0x11; 32]);
    let anything = declared(&["pandas>=9"]);
    assert_eq!(freshness(&ours(), &digest, &anything), Freshness::Fresh);
}

#[test]
fn each_requirement_that_is_not_met_is_named() {
    let declared = declared(&["numpy>=2", "pandas", "torch>=2.2", "torch<2"]);
    let expected = [
        "1: `numpy>=2` is asked for, and 1.26.4 is locked",
        "2: `pandas` is asked for, and `pandas` is not locked",
        "4: `torch<2` is asked for, and 2.2.0 and 2.3.0+cu121 are locked",
    ];
    let sorted = |mut locked: Locked| {
        locked
            .packages
            .sort_by(|left, right| left.version.cmp(&right.version));
        locked
    };
    assert_eq!(stale(&sorted(ours()), &declared), expected);
    assert_eq!(stale(&sorted(foreign()), &declared), expected);
}

#[test]
fn markers_are_weighed_before_a_lock_is_called_stale() {
    let lines = [
        "pywin32 ; sys_platform == 'win32'",
        "tomli>=9 ; python_version < '3.11'",
        "numpy>=2 ; python_version >= '3.12'",
        "numpy",
    ];
    assert_eq!(stale(&foreign(), &declared(&lines)), Vec::<String>::new());
    // the digest says that something changed, and none of these did
    assert_eq!(
        stale(&ours(), &declared(&lines)),
        ["1: the declarations have changed since the lock was made"]
    );
    let true_here = [
        "numpy",
        "uvloop ; sys_platform == 'linux'",
        "numpy>=2 ; python_version >= '3.9'",
    ];
    assert_eq!(
        stale(&ours(), &declared(&true_here)),
        [
            "2: `uvloop ; sys_platform == 'linux'` is asked for, and `uvloop` is not locked",
            "3: `numpy>=2 ; python_version >= '3.9'` is asked for, and 1.26.4 is locked",
        ]
    );
    assert_eq!(
        stale(&foreign(), &declared(&true_here)),
        Vec::<String>::new()
    );
    let odd = [
        "numpy",
        "a ; platform_release >= '5'",
        "b ; extra == 'x'",
        "c ; what is this",
    ];
    assert_eq!(stale(&foreign(), &declared(&odd)), Vec::<String>::new());
}

#[test]
fn a_marker_of_many_parentheses_is_left_alone() {
    let deep = format!(
        "x ; {}sys_platform == 'win32'{}",
        "(".repeat(100_000),
        ")".repeat(100_000)
    );
    assert_eq!(stale(&ours(), &declared(&["numpy", &deep])).len(), 1);
}

#[test]
fn what_nobody_asks_for_any_more_is_named() {
    assert_eq!(
        stale(&ours(), &declared(&["torch"])),
        ["5: `numpy` was locked because it was asked for, and nobody asks for it any more"]
    );
    assert_eq!(
        stale(&foreign(), &declared(&["torch"])),
        Vec::<String>::new()
    );
}

#[test]
fn constraints_and_the_interpreter_count() {
    let mut declared = declared(&["numpy"]);
    declared.constraints = requirements(&["numpy<1.26", "absent<1"]);
    declared.python = vec![DeclaredPython {
        text: ">=3.12".to_owned(),
        specifiers: Some(">=3.12".parse().unwrap()),
        location: Location::new("pyproject.toml", 7, 1),
    }];
    assert_eq!(
        stale(&ours(), &declared),
        [
            "1: `numpy<1.26` is asked for, and 1.26.4 is locked",
            "7: python `>=3.12` is declared, and 3.11.7 is locked",
        ]
    );
    assert_eq!(stale(&foreign(), &declared).len(), 1);
}

#[test]
fn sources_are_compared() {
    let from_elsewhere = declared(&["numpy @ https://f/numpy.whl", "there @ git+https://g/there"]);
    assert_eq!(
        stale(&foreign(), &from_elsewhere),
        ["1: `numpy @ https://f/numpy.whl` is asked for, and it is locked from an index"]
    );
    let mut unnamed = declared(&["numpy", "x", "y"]);
    for (requirement, path) in unnamed
        .requirements
        .iter_mut()
        .skip(1)
        .zip(["lib/here/", "."])
    {
        requirement.source = RequirementSource::Path {
            path: path.to_owned(),
            editable: true,
        };
    }
    assert_eq!(stale(&foreign(), &unnamed), Vec::<String>::new());
}

#[test]
fn groups_of_a_lock_that_does_not_tell_are_not_missed() {
    let mut declared = declared(&["numpy", "pytest"]);
    declared.requirements[1].purpose = Purpose::Group("dev".to_owned());
    assert_eq!(stale(&foreign(), &declared), Vec::<String>::new());
    declared.requirements.remove(0);
    let answer = freshness(&foreign(), &Digest::sha256(&[0; 32]), &declared);
    assert!(matches!(answer, Freshness::Unknown { .. }), "{answer:?}");
    let nothing = Declared::default();
    assert_eq!(stale(&foreign(), &nothing), Vec::<String>::new());
    assert_eq!(stale(&ours(), &declared).len(), 2);
}
