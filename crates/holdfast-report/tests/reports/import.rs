//! What `holdfast import` did.

use std::collections::BTreeMap;

use holdfast_report::{Import, ImportCompleted, ImportedFrom, LockState, import_json, import_text};

use crate::drawn;

/// A lock of two kinds of packages, with something left out and something to say.
pub(crate) fn sample() -> Import {
    Import {
        from: ImportedFrom {
            file: "poetry.lock".to_owned(),
            format: "poetry.lock".to_owned(),
            created_by: "poetry 2.1.3".to_owned(),
        },
        environment: "serve".to_owned(),
        file: "pylock.serve.toml".to_owned(),
        state: LockState::Written,
        python: "3.11.7".to_owned(),
        platforms: vec!["linux-x86_64-glibc2.28".to_owned()],
        packages: BTreeMap::from([("pypi".to_owned(), 41), ("npm".to_owned(), 1)]),
        bytes: Some(312_000_000),
        completed: ImportCompleted {
            files: 1_203,
            packages: 41,
        },
        left_out: BTreeMap::from([("dev".to_owned(), 12), ("docs".to_owned(), 1)]),
        notes: vec![
            "`numpy<2` is asked for, and 2.0.0 is locked: the next `holdfast lock` will change it"
                .to_owned(),
        ],
    }
}

#[test]
fn an_import_as_text() {
    insta::assert_snapshot!(drawn(80, |style| import_text(&sample(), style)));
}

#[test]
fn an_import_of_little_as_text() {
    let import = Import {
        packages: BTreeMap::from([("conda".to_owned(), 1)]),
        python: String::new(),
        platforms: Vec::new(),
        bytes: None,
        completed: ImportCompleted::default(),
        left_out: BTreeMap::new(),
        notes: Vec::new(),
        state: LockState::WouldWrite,
        ..sample()
    };
    insta::assert_snapshot!(drawn(80, |style| import_text(&import, style)));
}

#[test]
fn an_import_as_json() {
    insta::assert_snapshot!(import_json(&sample()));
}
