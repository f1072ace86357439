//! What the files of osv-scalibr plainly list, read from them by hand, and mutations of those files.

use proptest::prelude::*;

use super::tests::reading_of;
use crate::{MemoryFiles, ProjectFiles};

const FOLDER: &str = "extractor/filesystem/language/python/requirements/testdata";

/// The requirements of a file, name and range, or where it is refused.
fn outcome(file: &str) -> Option<Result<Vec<String>, String>> {
    let corpus = testkit::corpus("osv-scalibr-lockfiles")?;
    let files = ProjectFiles::new(corpus.join(FOLDER));
    let read = crate::read(&files, file, crate::Format::Requirements);
    Some(
        read.map(|reading| {
            let declared = reading.declared.unwrap();
            let requirements = declared.requirements.iter();
            requirements
                .map(|requirement| format!("{}{}", requirement.package, requirement.range.text))
                .collect()
        })
        .map_err(|error| error.to_string()),
    )
}

fn lists(file: &str, expected: &[&str]) {
    if let Some(outcome) = outcome(file) {
        assert_eq!(outcome.unwrap(), expected, "{file}");
    }
}

fn is_refused(file: &str, expected: &str) {
    if let Some(outcome) = outcome(file) {
        assert_eq!(outcome.unwrap_err(), expected);
    }
}

#[test]
fn files_list_what_they_plainly_list() {
    lists(
        "comments.txt",
        &[
            "pycrypto==1.2a0",
            "gmpy2==1",
            "sympy==1.2",
            "requests==1.0",
            "six==1.2",
        ],
    );
    lists(
        "env_var.txt",
        &["asdf==1.2", "qwert==${MY_VARIABLE_1}", "another==1.0"],
    );
    lists("extras.txt", &["pyjwt==2.1.0", "celery==4.4.7"]);
    lists("multiline_and_comments.txt", &["pkga==1.0", "pkgb==2.0"]);
    lists("no_version.txt", &["pycrypto", "gmpy2", "sympy"]);
    lists("other-requirements.txt", &["pandas==2.2.3"]);
    lists("trailing_backslash.txt", &["pkg1==1.0"]);
    lists(
        "with_versions.txt",
        &[
            "nltk==3.2.2",
            "tabulate==0.7.7",
            "newspaper3k>=0.2.2",
            "asdf==0.7.*",
            "qwerty==0.1",
            "hy-phen==1.2",
            "under-score==1.3",
            "pkg-dot-name==5.0.0",
            "combination-also-valid>=3.5",
            "yolo===1.0",
            "pkg<=1.2.3",
        ],
    );
}

#[test]
fn files_that_are_plainly_broken_are_refused() {
    is_refused(
        "invalid.txt",
        "invalid.txt:1:7: expected a version after `==`, found the end",
    );
    is_refused(
        "loop.txt",
        "other-loop.txt:2:1: `loop.txt` includes itself: loop.txt:2 → other-loop.txt:2 → loop.txt",
    );
    is_refused(
        "other-loop.txt",
        "loop.txt:2:1: `other-loop.txt` includes itself: other-loop.txt:2 → loop.txt:2 → other-loop.txt",
    );
    is_refused(
        "per_req_options.txt",
        "per_req_options.txt:7:11: `wrongformatbutok` is no hash",
    );
    // it names a file that the corpus does not have
    is_refused(
        "example.txt",
        "example.txt:22:1: cannot read `constraints.txt`: no such file",
    );
}

#[test]
fn the_example_is_read_once_its_constraints_are_there() {
    let Some(corpus) = testkit::corpus("osv-scalibr-lockfiles") else {
        return;
    };
    let text = |name: &str| fs_err::read(corpus.join(FOLDER).join(name)).unwrap();
    let files = MemoryFiles::new()
        .with("requirements.txt", text("example.txt"))
        .with("other-requirements.txt", text("other-requirements.txt"))
        .with("constraints.txt", "pandas<3\n");
    let declared = reading_of(&files, "requirements.txt")
        .unwrap()
        .declared
        .unwrap();
    let purls: Vec<String> = declared
        .requirements
        .iter()
        .map(|it| {
            format!(
                "{}@{}",
                it.package.purl(it.range.exact.as_deref()),
                it.location.line
            )
        })
        .collect();
    assert_eq!(
        purls,
        [
            "pkg:pypi/pytest@3",
            "pkg:pypi/pytest-cov@4",
            "pkg:pypi/beautifulsoup4@5",
            "pkg:pypi/docopt@0.6.1@8",
            "pkg:pypi/requests@9",
            "pkg:pypi/urllib3@10",
            "pkg:pypi/keyring@13",
            "pkg:pypi/coverage@15",
            "pkg:pypi/mopidy-dirble@17",
            "pkg:pypi/pandas@2.2.3@1",
            "pkg:pypi/numpy@1.9.2@25",
            "pkg:pypi/wxpython-phoenix@3.0.3.dev1820%2B49a8884@28",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn mutations_of_real_files_are_read_or_refused(
        at in any::<prop::sample::Index>(),
        length in 0_usize..20,
        with in proptest::collection::vec(any::<u8>(), 0..6),
    ) {
        let Some(corpus) = testkit::corpus("osv-scalibr-lockfiles") else {
            return Ok(());
        };
        for name in ["example.txt", "per_req_options.txt", "with_versions.txt"] {
            let bytes = fs_err::read(corpus.join(FOLDER).join(name)).unwrap();
            let start = at.index(bytes.len());
            let end = (start + length).min(bytes.len());
            let mutated = [&bytes[..start], &with, &bytes[end..]].concat();
            let files = MemoryFiles::new().with("requirements.txt", mutated);
            let _ = reading_of(&files, "requirements.txt");
        }
    }
}
