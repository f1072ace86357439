use holdfast_model::{Ecosystem, PackageId, RangeShape};
use proptest::prelude::*;

use super::*;
use crate::{MemoryFiles, read as read_any};

const HASH: &str = "--hash=sha256:0000000000000000000000000000000000000000000000000000000000000000";

pub(super) fn reading_of(files: &MemoryFiles, path: &str) -> Result<Reading, ReadError> {
    let format = crate::recognise(path).expect("a name of a requirements file");
    read_any(files, path, format)
}

fn reading(text: &str) -> Reading {
    let files = MemoryFiles::new().with("requirements.txt", text);
    reading_of(&files, "requirements.txt").unwrap_or_else(|error| panic!("{error}"))
}

fn declared(text: &str) -> Declared {
    reading(text).declared.unwrap()
}

fn refused(text: &str) -> (String, Option<String>) {
    let files = MemoryFiles::new().with("requirements.txt", text);
    let error = reading_of(&files, "requirements.txt").expect_err(text);
    (error.to_string(), error.fix)
}

fn names(requirements: &[Requirement]) -> Vec<String> {
    requirements
        .iter()
        .map(|requirement| {
            let place = &requirement.location;
            format!("{}:{}:{}", requirement.package, place.line, place.column)
        })
        .collect()
}

#[test]
fn requirements_are_read_with_their_places() {
    let declared = declared(&format!(
        "\u{feff}# first\r\n  NumPy[fast] >= 1.2 \\\r\n    , < 2 ; python_version > '3.8'  # why\r\nb==1 {HASH} \\\r\n  {HASH}\r\n"
    ));
    assert_eq!(names(&declared.requirements), ["numpy:2:3", "b:4:1"]);
    let [numpy, other] = declared.requirements.as_slice() else {
        panic!("two requirements")
    };
    assert_eq!(
        numpy.text,
        "NumPy[fast] >= 1.2 , < 2 ; python_version > '3.8'"
    );
    assert_eq!(numpy.range.shape, RangeShape::Bounded);
    assert_eq!(numpy.marker.as_deref(), Some("python_version > '3.8'"));
    assert_eq!(other.hashes.len(), 1);
    assert_eq!(declared.unread, []);
}

#[test]
fn options_become_indexes_and_options() {
    let declared = declared(
        "-i https://me:secret@host/simple\n--extra-index-url=https://b/ --no-index\n-f ./wheels\n--pre\n--no-binary :all:\n--trusted-host h\n--require-hashes\n",
    );
    let indexes: Vec<(IndexKind, &str)> = declared
        .indexes
        .iter()
        .map(|index| (index.kind, index.url.as_str()))
        .collect();
    assert_eq!(
        indexes,
        [
            (IndexKind::Default, "https://host/simple"),
            (IndexKind::Extra, "https://b/"),
            (IndexKind::FindLinks, "./wheels"),
        ]
    );
    let options: Vec<String> = declared
        .options
        .iter()
        .map(|option| {
            let value = option.value.as_deref().unwrap_or("-");
            format!(
                "{}={value}@{}:{}",
                option.name, option.location.line, option.location.column
            )
        })
        .collect();
    assert_eq!(
        options,
        [
            "no-index=-@2:30",
            "pre=-@4:1",
            "no-binary=:all:@5:1",
            "trusted-host=h@6:1",
            "require-hashes=-@7:1",
        ]
    );
    assert!(!format!("{declared:?}").contains("secret"));
}

#[test]
fn paths_addresses_and_repositories_need_no_name() {
    let files = MemoryFiles::new()
        .with("pyproject.toml", "[project]\nname = 'Own-Project'\n")
        .with("libs/tools/pyproject.toml", "[project]\nname = 'tools'\n")
        .with(
            "requirements.txt",
            "-e .[dev]\n./libs/tools\nlibs/tools ; os_name == 'nt'\nwheels/numpy-1.9.2-cp34-none-win32.whl\nhttps://u:p@h/a/torch-2.0%2Bcpu-cp311-none-any.whl\ngit+https://h/o/transformers.git@main\n-e git+ssh://git@h/o/x.git@v1#egg=x_y[z]\nfile:///opt/local/thing\n./unknown/\n",
        );
    let declared = reading_of(&files, "requirements.txt")
        .unwrap()
        .declared
        .unwrap();
    let found: Vec<String> = declared
        .requirements
        .iter()
        .map(|requirement| requirement.package.purl(requirement.range.exact.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            "pkg:pypi/own-project",
            "pkg:pypi/tools",
            "pkg:pypi/tools",
            "pkg:pypi/numpy@1.9.2",
            "pkg:pypi/torch@2.0%2Bcpu",
            "pkg:generic/transformers",
            "pkg:pypi/x-y",
            "pkg:generic/thing",
            "pkg:generic/unknown",
        ]
    );
    let first = &declared.requirements[0];
    assert_eq!(first.extras, ["dev"]);
    assert_eq!(
        first.source,
        RequirementSource::Path {
            path: ".".to_owned(),
            editable: true,
        }
    );
    assert_eq!(declared.requirements[6].extras, ["z"]);
    assert_eq!(
        declared.requirements[4].source,
        RequirementSource::Url("https://h/a/torch-2.0%2Bcpu-cp311-none-any.whl".to_owned())
    );
}

#[test]
fn included_files_are_read_once_and_relative_to_their_file() {
    let files = MemoryFiles::new()
        .with(
            "requirements/train.in",
            "-r core.in\n-r ./extra.in\n-c ../constraints.txt\nshap\n",
        )
        .with("requirements/extra.in", "-r core.in\n")
        .with("requirements/core.in", "numpy\n")
        .with("constraints.txt", "numpy<2\n");
    let declared = reading_of(&files, "requirements/train.in")
        .unwrap()
        .declared
        .unwrap();
    assert_eq!(names(&declared.requirements), ["numpy:1:1", "shap:4:1"]);
    assert_eq!(names(&declared.constraints), ["numpy:1:1"]);
    assert_eq!(
        declared.requirements[0].location.file,
        "requirements/core.in"
    );
    let read: Vec<String> = declared
        .files
        .iter()
        .map(|file| format!("{}={}", file.path, file.format))
        .collect();
    assert_eq!(
        read,
        [
            "requirements/train.in=requirements",
            "requirements/core.in=requirements",
            "requirements/extra.in=requirements",
            "constraints.txt=constraints",
        ]
    );
}

#[test]
fn a_loop_names_its_chain() {
    let files = MemoryFiles::new()
        .with("a/requirements.txt", "\n-r b.txt\n")
        .with("a/b.txt", "-r c/c.txt\n")
        .with("a/c/c.txt", "numpy\n  -r ../b.txt\n");
    let error = reading_of(&files, "a/requirements.txt").unwrap_err();
    assert_eq!(
        error.to_string(),
        "a/c/c.txt:2:3: `a/b.txt` includes itself: a/b.txt:1 → a/c/c.txt:2 → a/b.txt"
    );
    let itself = MemoryFiles::new().with("requirements.txt", "-r requirements.txt");
    assert!(reading_of(&itself, "requirements.txt").is_err());
}

#[test]
fn many_files_in_each_other_end() {
    let mut files = MemoryFiles::new();
    for depth in 0..100 {
        let text = format!("-r {0}.txt\n-r {0}.txt\n", depth + 1);
        files = files.with(format!("requirements/{depth}.txt"), text);
    }
    let error = reading_of(&files, "requirements/0.txt").unwrap_err();
    assert!(error.message.contains("one file too many"), "{error}");
}

#[test]
fn what_cannot_be_read_is_an_error_at_its_line() {
    for (text, error) in [
        (
            "a\n-r b.txt",
            "requirements.txt:2:1: cannot read `b.txt`: no such file",
        ),
        (
            "-r ../b.txt",
            "requirements.txt:1:1: cannot read `../b.txt`: the path leaves the project",
        ),
        (
            "-c /etc/x",
            "requirements.txt:1:1: cannot read `/etc/x`: the path leaves the project",
        ),
        (
            "a\n\nb \\\n  =1.0",
            "requirements.txt:4:3: `=` is no comparison of versions",
        ),
        ("a --hash=x", "requirements.txt:1:3: `x` is no hash"),
        (
            "--hash=sha256:1",
            "requirements.txt:1:1: `--hash` belongs to a requirement, and there is none on this line",
        ),
        (
            "-e https://h/a.zip",
            "requirements.txt:1:1: `https://h/a.zip` cannot be editable: it is an archive",
        ),
    ] {
        assert_eq!(refused(text).0, error);
    }
}

#[test]
fn fixes_are_suggested() {
    for (text, fix) in [
        ("numpy=1.2", "did you mean `numpy==1.2`?"),
        (
            "a==1 \\ \n  --hash=x",
            "remove the spaces after the backslash at the end of the line",
        ),
        (
            "a==1\n--hash=sha256:1",
            "end the line of its requirement with a backslash",
        ),
        ("--indx-url x", "did you mean `--index-url`?"),
        ("-r b.txt", "correct the path, or add the file"),
        ("-r sub\\\\b.txt", "write the path with forward slashes"),
        ("lib/tools", "if it is a path, write `./lib/tools`"),
        (
            "@ https://h/x",
            "put the package's name in front: `name @ https://h/x`",
        ),
    ] {
        assert_eq!(refused(text).1.as_deref(), Some(fix), "{text}");
    }
}

#[test]
fn what_is_not_read_is_noted() {
    let declared = declared(
        "a==${VERSION}\n-r https://h/r.txt\n-r ${DIR}/r.txt\nb==1 --hash=sha256:123\nc --pre\n-i https://${TOKEN}@h/simple\n-f ${LINKS}\n",
    );
    let unread: Vec<String> = declared
        .unread
        .iter()
        .map(|unread| format!("{}: {}", unread.location.line, unread.reason))
        .collect();
    assert_eq!(
        unread,
        [
            "1: the environment variable in `a==${VERSION}` is not read",
            "2: `https://h/r.txt` is not fetched",
            "3: `${DIR}/r.txt` depends on an environment variable",
            "4: a hash is not used: `123` is no sha256 digest: expected 64 hexadecimal digits",
            "5: `--pre` beside a requirement is overlooked by pip",
            "7: the environment variable in `${LINKS}` is not read",
        ]
    );
    assert_eq!(declared.indexes[0].url, "https://h/simple");
}

#[test]
fn a_compiled_file_is_a_lock_too() {
    let text = format!(
        "#\n# This file is autogenerated by pip-compile with Python 3.11\n# by the following command:\n#\n--index-url https://h/simple\n\ncertifi==2024.7.4 \\\n    {HASH} \\\n    --hash=sha256:{}\n    # via\n    #   -r requirements.in\n    #   requests\nrequests==2.32.3 ; python_version > '3'\n    # via churn (pyproject.toml)\nurllib3==2.2.2  # via requests, requests[extra]\n",
        "1".repeat(64)
    );
    let reading = reading(&text);
    let locked = reading.locked.unwrap();
    assert_eq!(locked.created_by, "pip-compile");
    assert_eq!(locked.requires_python.as_deref(), Some("==3.11.*"));
    let [certifi, requests, urllib3] = locked.packages.as_slice() else {
        panic!("three packages")
    };
    assert_eq!(certifi.version.as_deref(), Some("2024.7.4"));
    assert_eq!(certifi.files.len(), 2);
    assert_eq!(certifi.direct, Some(true));
    assert_eq!(requests.direct, Some(true));
    assert_eq!(urllib3.direct, Some(false));
    let edges: Vec<&PackageId> = requests
        .dependencies
        .iter()
        .map(|dependency| &dependency.package)
        .collect();
    assert_eq!(edges, [&certifi.package, &urllib3.package]);
    assert_eq!(
        reading.declared.unwrap().requirements[0].via,
        ["-r requirements.in", "requests"]
    );
    assert_eq!(
        certifi.source,
        holdfast_model::LockSource::Registry {
            index: Some("https://h/simple".to_owned())
        }
    );
}

#[test]
fn who_asked_for_a_package_is_an_input_the_project_or_another_package() {
    let direct = |via: &str| {
        let text = format!("a==1\n    # via {via}\nb==2\n");
        reading(&text).locked.unwrap().packages[0].direct
    };
    for (via, expected) in [
        ("-r requirements.in", true),
        ("churn (pyproject.toml)", true),
        // `uv export` names the project, which is no package of the file
        ("churn", true),
        ("b", false),
        ("b, -c constraints.txt", false),
        ("b, -r requirements.in", true),
    ] {
        assert_eq!(direct(via), Some(expected), "{via}");
    }
    assert_eq!(reading("a==1\n").locked.unwrap().packages[0].direct, None);
}

#[test]
fn only_a_pinned_file_is_a_lock() {
    let commit = "a".repeat(40);
    for (text, is_lock) in [
        ("a==1\nb==2\n".to_owned(), true),
        ("a==1\nb\n".to_owned(), false),
        ("a==1.*\n".to_owned(), false),
        ("a==${X}\n".to_owned(), false),
        (String::new(), false),
        (format!("a @ git+https://h/a@{commit}\n"), true),
        ("a==1\nb @ git+https://h/b@main\n".to_owned(), false),
        ("a==1\n-e .\n".to_owned(), false),
        ("a==1  # via b\n-e .\n".to_owned(), true),
    ] {
        assert_eq!(reading(&text).locked.is_some(), is_lock, "{text}");
    }
    let input = MemoryFiles::new().with("requirements.in", "a==1\n");
    assert_eq!(reading_of(&input, "requirements.in").unwrap().locked, None);
    let constraints = MemoryFiles::new().with("constraints.txt", "a==1\n");
    assert_eq!(
        reading_of(&constraints, "constraints.txt").unwrap().locked,
        None
    );
}

fn requirement_line_text() -> impl Strategy<Value = String> {
    let name = "[a-z]([a-z0-9-]{0,6}[a-z0-9])?";
    let tail = prop_oneof![
        Just(String::new()),
        "(==|>=|<|~=|!=)[0-9]\\.[0-9]{1,2}(,<9)?",
        Just("==1.*".to_owned()),
        Just("===odd-one".to_owned()),
        Just("==${V}".to_owned()),
        "@https://h/[a-z]{1,3}-1\\.0\\.(zip|tar\\.gz)(#subdirectory=x)?",
        "@git\\+(https|ssh)://(git@)?h/[a-z]{1,3}(@[a-z0-9]{1,4})?(#egg=q&subdirectory=y)?",
        "@ (\\./)?lib/[a-z]{1,3}",
    ];
    let extras = "(\\[[a-c](,[d-f])?\\])?";
    let marker = prop_oneof![
        Just(String::new()),
        "( ; (os_name=='nt'|python_version<\"3\\.9\" or extra=='A_B'))",
    ];
    let hash = proptest::bool::ANY;
    prop_oneof![
        4 => (name, extras, tail, marker, hash).prop_map(|(name, extras, tail, marker, hash)| {
            let hash = if hash { format!(" {HASH}") } else { String::new() };
            format!("{name}{extras}{tail}{marker}{hash}")
        }),
        1 => "-e (\\./[a-z]{1,4}|'\\./[a-z] [a-z]')(\\[[a-c]\\])?",
        1 => "\\./[a-z]{1,4}(\\[[a-c]\\])?( ; os_name=='nt')?",
        1 => "https://h/[a-z]{1,4}(\\[[a-c]\\])?",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_requirement_written_and_read_again_is_the_same(text in requirement_line_text()) {
        let before = declared(&text).requirements.remove(0);
        let line = requirement_line(&before);
        let after = declared(&line).requirements.remove(0);
        let after = Requirement { text: before.text.clone(), ..after };
        prop_assert_eq!(&after, &before, "{}", line);
        prop_assert_eq!(requirement_line(&after), line);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        let files = MemoryFiles::new().with("requirements.txt", text);
        let _ = reading_of(&files, "requirements.txt");
    }

    #[test]
    fn lines_of_options_are_read_or_refused(
        text in "((-r|-c|-e|-i|--hash|--pre|--find-links|a==1|\\./x|git\\+|@|;|#|\\\\|\n|=|'|\"| ){1,3}[a/.:]{0,3}){0,8}"
    ) {
        let files = MemoryFiles::new().with("requirements.txt", text).with("a", "b");
        let _ = reading_of(&files, "requirements.txt");
    }
}

#[test]
fn generic_names_are_of_no_index() {
    let declared = declared("git+https://h/o/a.git\n");
    let package = &declared.requirements[0].package;
    assert_eq!(package, &PackageId::new(Ecosystem::Generic, "a"));
}
