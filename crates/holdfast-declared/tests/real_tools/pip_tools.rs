//! pip-tools: compiled requirements files with hashes, and the `via` notes in them.

use std::process::Command;

use holdfast_declared::{Format, ProjectFiles, read};
use holdfast_model::Freshness;

use crate::tools::{Tool, retry, run, skip};

/// Compiles a file, and says what the lock is after the file has changed to another.
fn after_change(before: &str, after: &str) -> Option<Freshness> {
    let pip_compile = Tool::PipTools.path()?;
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs_err::write(root.join("requirements.in"), before).unwrap();
    let compile = || {
        run(Command::new(&pip_compile)
            .args(["--generate-hashes", "--quiet", "--strip-extras"])
            .current_dir(root))
    };
    if let Err(reason) = retry(compile) {
        skip(&reason);
        return None;
    }
    fs_err::write(root.join("requirements.in"), after).unwrap();
    let files = ProjectFiles::new(root);
    let lock = read(&files, "requirements.txt", Format::Requirements).unwrap();
    let locked = lock.locked.expect("every line is pinned");
    for package in &locked.packages {
        assert!(!package.files.is_empty(), "{} has no hash", package.package);
    }
    let declared = read(&files, "requirements.in", Format::Requirements).unwrap();
    let declared = declared.declared.unwrap();
    let digest = holdfast_model::Digest::sha256(&[0; 32]);
    Some(holdfast_locked::freshness(&locked, &digest, &declared))
}

#[test]
fn compiled_requirements_over_the_network() {
    let plain = "six>=1.16\npython-dateutil>=2.8,<2.9.1\n";
    let several = "idna==3.7  # pinned\nattrs[tests-mypy]>=23\n";
    for (before, after) in [
        (plain, plain),
        (
            plain,
            "# a comment\npython-dateutil <2.9.1, >=2.8\nsix >= 1.16\n",
        ),
        (several, several),
    ] {
        if let Some(freshness) = after_change(before, after) {
            assert_eq!(freshness, Freshness::Fresh, "{before} became {after}");
        }
    }
    for (before, after, named) in [
        (plain, "six<1.16\npython-dateutil>=2.8\n", "six<1.16"),
        (several, "idna==3.6\nattrs>=23\n", "idna==3.6"),
        (several, "idna==3.7\nattrs>=23\ncertifi\n", "certifi"),
    ] {
        match after_change(before, after) {
            Some(Freshness::Stale(differences)) => assert!(
                differences.iter().any(|it| it.message.contains(named)),
                "{differences:?}"
            ),
            Some(other) => panic!("{before} became {after}: {other:?}"),
            None => {}
        }
    }
}
