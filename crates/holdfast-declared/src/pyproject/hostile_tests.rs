//! Files that are broken by chance or made to cost time and memory.

use proptest::prelude::*;

use super::tests::{FILE, PROJECT, files, refused};
use super::*;
use crate::Format;

#[test]
fn inclusions_that_multiply_or_nest_for_ever_are_refused() {
    use std::fmt::Write as _;
    let mut groups = "[dependency-groups]\n".to_owned();
    let mut extras = "[project]\nname = 'a'\n[project.optional-dependencies]\n".to_owned();
    for number in 0..2000 {
        writeln!(groups, "g{number} = [{{include-group='g{}'}}]", number + 1).unwrap();
        writeln!(
            extras,
            "x{number} = [\"a[x{0}] ; os_name=='l{number}'\", \"a[x{0}] ; os_name=='r{number}'\"]",
            number + 1
        )
        .unwrap();
    }
    groups.push_str("g2000 = []\n");
    extras.push_str("x2000 = ['b']\n");
    assert!(refused(&groups).contains("more than 32 dependency groups include each other"));
    let selection = PyprojectSelection {
        extras: vec!["x0".to_owned()],
        ..PyprojectSelection::default()
    };
    let error = read_pyproject(&files(&extras), FILE, &selection).unwrap_err();
    assert_eq!(
        error.message,
        "the extras of the project ask for each other too often"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        let _ = crate::read(&files(&text), FILE, Format::Pyproject);
    }

    #[test]
    fn a_mutated_file_is_read_or_refused(
        at in 0.0_f64..1.0,
        length in 0_usize..12,
        with in "[\\[\\]{}=\"',.\n a-z0-9]{0,6}",
    ) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a small text")]
        let start = (at * PROJECT.len() as f64) as usize;
        let end = (start + length).min(PROJECT.len());
        let text = format!("{}{with}{}", &PROJECT[..start], &PROJECT[end..]);
        let _ = crate::read(&files(&text), FILE, Format::Pyproject);
    }
}
