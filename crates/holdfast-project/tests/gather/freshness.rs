//! Locks of a project on disk against what they were made from.

use std::path::Path;

use super::*;

/// The lock of `train` as Holdfast would write it for the declarations that are there.
fn lock_train(root: &Path) {
    let digest = declarations_digest(&open(root).unwrap(), &"train".parse().unwrap()).unwrap();
    let package = |name: &str, version: &str| {
        format!(
            "[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\n[[packages.wheels]]\nname = \"{name}-{version}-py3-none-any.whl\"\nurl = \"https://x.example/{name}-{version}-py3-none-any.whl\"\nhashes = {{sha256 = \"{}\"}}\n[packages.tool.holdfast]\ndirect = true\n",
            "a".repeat(64)
        )
    };
    let text = format!(
        "lock-version = \"1.0\"\ncreated-by = \"holdfast\"\n{}{}{}[tool.holdfast]\nversion = 1\nenvironment = \"train\"\nextends = \"core\"\npython = \"3.11.7\"\nimplementation = \"cpython\"\nplatforms = [\"linux-x86_64-glibc2.28\"]\ndeclarations = \"{digest}\"\nuv = \"0.9.0\"\n",
        package("numpy", "1.26.4"),
        package("pandas", "2.2.0"),
        package("xgboost", "2.0.3"),
    );
    write(root, "pylock.train.toml", &text);
}

fn freshness_of_train(root: &Path) -> Freshness {
    let facts = facts(root);
    let train = facts.environments.iter().find(|environment| {
        environment
            .name
            .as_ref()
            .is_some_and(|name| name.as_str() == "train")
    });
    let train = train.unwrap();
    assert!(train.locked.present().is_some(), "{:?}", train.locked);
    train.freshness.clone()
}

#[test]
fn a_lock_is_stale_when_what_it_was_made_from_says_something_else() {
    let root = churn();
    lock_train(root.path());
    assert_eq!(freshness_of_train(root.path()), Freshness::Fresh);
    write(
        root.path(),
        "requirements/core.in",
        "numpy>=1.26,<2\npandas\npolars\n",
    );
    let Freshness::Stale(stale) = freshness_of_train(root.path()) else {
        panic!("the lock is stale")
    };
    assert_eq!(stale.len(), 1);
    assert!(stale[0].message.contains("polars"), "{}", stale[0].message);
    assert_eq!(stale[0].location.to_string(), "requirements/core.in:3:1");
}

#[test]
fn a_half_finished_set_of_locks_is_stale() {
    let root = churn();
    lock_train(root.path());
    write(root.path(), ".pylock.pending", "broken");
    let Freshness::Stale(stale) = freshness_of_train(root.path()) else {
        panic!("the lock is stale")
    };
    assert!(
        stale[0].message.contains("interrupted"),
        "{}",
        stale[0].message
    );
}

#[test]
fn a_lock_of_a_configuration_that_is_gone_is_not_called_stale() {
    let root = churn();
    lock_train(root.path());
    fs_err::remove_file(root.path().join("holdfast.toml")).unwrap();
    let facts = facts(root.path());
    let unknown = facts
        .environments
        .iter()
        .filter(|environment| matches!(&environment.freshness, Freshness::Unknown { reason } if reason.contains("`train`")));
    assert_eq!(unknown.count(), 1);
}

#[test]
fn a_compiled_file_is_compared_with_its_input() {
    let root = directory(&[
        ("a/requirements.in", "numpy>=1\n"),
        (
            "a/requirements.txt",
            "numpy==1.26.4\n    # via -r requirements.in\n",
        ),
        ("b/requirements.in", "numpy>=2\n"),
        (
            "b/requirements.txt",
            "numpy==1.26.4\n    # via -r requirements.in\n",
        ),
    ]);
    let facts = facts(root.path());
    assert_eq!(facts.environments[0].freshness, Freshness::Fresh);
    assert!(
        matches!(&facts.environments[1].freshness, Freshness::Stale(stale) if stale[0].location.file == "b/requirements.in")
    );
}
