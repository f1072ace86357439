//! Every lock of the corpus is read to the packages and versions that it plainly lists, or refused
//! where it is plainly broken. The table was read from the files by hand.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in tests, helpers included, a panic is the way to fail"
)]

use holdfast_declared::{Format, MemoryFiles, read};

/// A file, its packages as `name version`, or what the refusal says.
struct Case(&'static str, Expected);

enum Expected {
    Packages(&'static [&'static str]),
    Refused(&'static str),
}

use Expected::{Packages, Refused};

fn check(folder: &str, format: Format, cases: &[Case]) {
    let Some(corpus) = testkit::corpus("osv-scalibr-lockfiles") else {
        return;
    };
    let folder = corpus
        .join("extractor/filesystem/language")
        .join(folder)
        .join("testdata");
    for Case(name, expected) in cases {
        let bytes = fs_err::read(folder.join(name)).unwrap();
        let files = MemoryFiles::new().with("lock", bytes);
        match (read(&files, "lock", format), expected) {
            (Ok(reading), Packages(expected)) => {
                let locked = reading.locked.unwrap();
                let mut found: Vec<String> = locked
                    .packages
                    .iter()
                    .map(|package| match &package.version {
                        Some(version) => format!("{} {version}", package.package),
                        None => package.package.to_string(),
                    })
                    .collect();
                found.sort();
                let mut expected = expected.to_vec();
                expected.sort_unstable();
                assert_eq!(found, expected, "{name}");
            }
            (Err(error), Refused(message)) => {
                assert!(error.message.contains(message), "{name}: {error}");
                assert!(error.fix.is_some(), "{name}");
            }
            (Ok(_), Refused(_)) => panic!("{name} is read, and should be refused"),
            (Err(error), Packages(_)) => panic!("{name} is refused: {error}"),
        }
    }
    let listed = fs_err::read_dir(&folder).unwrap().filter_map(Result::ok);
    let listed = listed.filter(|entry| entry.path().is_file()).count();
    let named = cases
        .iter()
        .filter(|Case(name, _)| !name.contains('/'))
        .count();
    assert_eq!(named, listed, "a file of {} has no case", folder.display());
}

#[test]
fn locks_of_uv_list_what_they_list() {
    // the project itself, `uv-lockfiles`, is no package of its own lock
    check(
        "python/uvlock",
        Format::UvLock,
        &[
            Case("empty.lock", Refused("neither a version nor packages")),
            Case(
                "grouped-packages.lock",
                Packages(&[
                    "black 24.10.0",
                    "click 8.1.7",
                    "colorama 0.4.6",
                    "emoji 2.14.0",
                    "flake8 7.1.1",
                    "mccabe 0.7.0",
                    "mypy-extensions 1.0.0",
                    "packaging 24.2",
                    "pathspec 0.12.1",
                    "platformdirs 4.3.6",
                    "pycodestyle 2.12.1",
                    "pyflakes 3.2.0",
                    "tomli 2.2.1",
                    "typing-extensions 4.12.2",
                ]),
            ),
            Case(
                "names-outside-package-block.lock",
                Packages(&["first-pkg 1.0.0", "second-pkg 2.0.0"]),
            ),
            Case("no-dependencies.lock", Packages(&[])),
            Case("no-packages.lock", Packages(&[])),
            Case("not-toml.txt", Refused("not a lock of uv")),
            Case("one-package.lock", Packages(&["emoji 2.14.0"])),
            Case("source-git.lock", Packages(&["ruff 0.8.1"])),
            Case(
                "two-packages.lock",
                Packages(&["emoji 2.14.0", "protobuf 4.25.5"]),
            ),
        ],
    );
}

#[test]
fn locks_of_poetry_list_what_they_list() {
    check(
        "python/poetrylock",
        Format::PoetryLock,
        &[
            Case(
                "empty-file.lock",
                Refused("neither `[metadata]` nor packages"),
            ),
            Case("empty.lock", Packages(&[])),
            Case(
                "multiple-packages.v2.lock",
                Packages(&[
                    "async-timeout 5.0.1",
                    "factory-boy 3.3.1",
                    "faker 33.3.0",
                    "proto-plus 1.22.0",
                    "proto-plus 1.23.0",
                    "protobuf 4.25.5",
                    "python-dateutil 2.9.0.post0",
                    "redis 5.2.1",
                    "six 1.17.0",
                    "typing-extensions 4.12.2",
                    "urllib3 2.3.0",
                ]),
            ),
            Case(
                "names-outside-package-block.lock",
                Packages(&["first-pkg 1.0.0", "second-pkg 2.0.0"]),
            ),
            Case("not-toml.txt", Refused("not a lock of Poetry")),
            Case("one-package-with-metadata.lock", Packages(&["emoji 2.0.0"])),
            Case("one-package.lock", Packages(&["numpy 1.23.3"])),
            Case("optional-package.lock", Packages(&["numpy 1.23.3"])),
            Case("source-git.lock", Packages(&["ike 0.2.0"])),
            Case("source-legacy.lock", Packages(&["appdirs 1.4.4"])),
            Case(
                "two-packages.lock",
                Packages(&["proto-plus 1.22.0", "protobuf 4.21.5"]),
            ),
        ],
    );
}

#[test]
fn locks_of_pipenv_list_what_they_list() {
    let markupsafe: &[&str] = &["markupsafe 2.1.1"];
    let two: &[&str] = &["itsdangerous 2.1.2", "markupsafe 2.1.1"];
    check(
        "python/pipfilelock",
        Format::PipfileLock,
        &[
            Case("empty-file", Refused("EOF")),
            Case("empty.json", Packages(&[])),
            Case("minified.json", Packages(markupsafe)),
            Case(
                "multiple-packages.json",
                Packages(&[
                    "itsdangerous 2.1.2",
                    "markupsafe 2.1.1",
                    "pluggy 1.0.0",
                    "pluggy 1.0.1",
                ]),
            ),
            Case("no-version.json", Packages(&["itsdangerous", "markupsafe"])),
            Case("not-json.txt", Refused("not a lock of Pipenv")),
            Case("one-package-dev.json", Packages(markupsafe)),
            Case("one-package.json", Packages(markupsafe)),
            Case("two-packages-alt.json", Packages(two)),
            Case("two-packages.json", Packages(two)),
        ],
    );
}

#[test]
fn locks_of_pdm_list_what_they_list() {
    let three: &[&str] = &["pyroute2 0.7.11", "toml 0.10.2", "win-inet-pton 1.1.0"];
    check(
        "python/pdmlock",
        Format::PdmLock,
        &[
            Case("dev-dependency.toml", Packages(three)),
            Case(
                "empty-file.toml",
                Refused("neither `[metadata]` nor packages"),
            ),
            Case("empty.toml", Packages(&[])),
            Case("git-dependency.toml", Packages(&["toml 0.10.2"])),
            Case(
                "names-outside-package-block.toml",
                Packages(&["first-pkg 1.0.0", "second-pkg 2.0.0"]),
            ),
            Case("not-toml.txt", Refused("not a lock of PDM")),
            Case("optional-dependency.toml", Packages(three)),
            Case("single-package.toml", Packages(&["toml 0.10.2"])),
            Case(
                "two-packages.toml",
                Packages(&["six 1.16.0", "toml 0.10.2"]),
            ),
        ],
    );
}

/// In version 1 a package from a repository has the commit in place of a version.
const COMMITS_V1: &[&str] = &[
    "@segment/analytics.js-integration-facebook-pixel",
    "ansi-styles 1.0.0",
    "babel-preset-php",
    "is-number-1",
    "is-number-1",
    "is-number-2",
    "is-number-2",
    "is-number-3",
    "is-number-3",
    "is-number-4",
    "is-number-5",
    "is-number-6",
    "postcss-calc 7.0.1",
    "raven-js",
    "slick-carousel",
];

const COMMITS_V2: &[&str] = &[
    "@segment/analytics.js-integration-facebook-pixel 2.4.1",
    "ansi-styles 1.0.0",
    "babel-preset-php 1.1.1",
    "is-number-1 3.0.0",
    "is-number-1 3.0.0",
    "is-number-2 2.0.0",
    "is-number-2 2.0.0",
    "is-number-3 2.0.0",
    "is-number-3 3.0.0",
    "is-number-4 3.0.0",
    "is-number-5 3.0.0",
    "postcss-calc 7.0.1",
    "raven-js",
    "slick-carousel 1.7.1",
];

const NESTED_V1: &[&str] = &[
    "@vue/component-compiler-utils 2.6.0",
    "autoprefixer 9.5.1",
    "babel-code-frame 6.26.0",
    "css-declaration-sorter 4.0.1",
    "cssnano 4.1.10",
    "cssnano-preset-default 4.0.7",
    "cssnano-util-raw-cache 4.0.1",
    "friendly-errors-webpack-plugin 1.7.0",
    "postcss-calc 7.0.1",
    "postcss-colormin 4.0.3",
    "postcss-convert-values 4.0.1",
    "postcss-discard-comments 4.0.2",
    "postcss-discard-duplicates 4.0.2",
    "postcss-discard-empty 4.0.1",
    "postcss-discard-overridden 4.0.1",
    "postcss-loader 3.0.0",
    "postcss-merge-longhand 4.0.11",
    "postcss-merge-rules 4.0.3",
    "postcss-minify-font-values 4.0.2",
    "postcss-minify-gradients 4.0.2",
    "postcss-minify-params 4.0.2",
    "postcss-minify-selectors 4.0.2",
    "postcss-normalize-charset 4.0.1",
    "postcss-normalize-display-values 4.0.2",
    "postcss-normalize-positions 4.0.2",
    "postcss-normalize-repeat-style 4.0.2",
    "postcss-normalize-string 4.0.2",
    "postcss-normalize-timing-functions 4.0.2",
    "postcss-normalize-unicode 4.0.1",
    "postcss-normalize-url 4.0.1",
    "postcss-normalize-whitespace 4.0.2",
    "postcss-ordered-values 4.1.2",
    "postcss-reduce-initial 4.0.3",
    "postcss-reduce-transforms 4.0.2",
    "postcss-svgo 4.0.2",
    "postcss-unique-selectors 4.0.1",
    "supports-color 2.0.0",
    "supports-color 5.5.0",
    "supports-color 6.1.0",
];

#[test]
fn locks_of_npm_list_what_they_list() {
    let wrappy: &[&str] = &["wrappy 1.0.2"];
    let two: &[&str] = &["supports-color 5.5.0", "wrappy 1.0.2"];
    let nested: &[&str] = &[
        "postcss 6.0.23",
        "postcss 7.0.16",
        "postcss-calc 7.0.1",
        "supports-color 5.5.0",
        "supports-color 6.1.0",
    ];
    let groups: &[&str] = &["ajv 5.5.2", "eslint 1.2.3", "table 1.0.0"];
    let scoped: &[&str] = &["@babel/code-frame 7.0.0", "wrappy 1.0.2"];
    // an alias stands for the package that it names
    let alias: &[&str] = &[
        "@babel/code-frame 7.0.0",
        "string-width 4.2.0",
        "string-width 5.1.2",
    ];
    check(
        "javascript/packagelockjson",
        Format::PackageLock,
        &[
            Case("alias.v1.json", Packages(alias)),
            Case("alias.v2.json", Packages(alias)),
            Case("both/npm-shrinkwrap.json", Packages(two)),
            Case("both/package-lock.json", Packages(two)),
            Case(
                "bundled-dependencies.v3.json",
                Packages(&["ansi-regex 6.2.2", "semver 7.7.2", "strip-ansi 7.1.2"]),
            ),
            Case("commits.v1.json", Packages(COMMITS_V1)),
            Case("commits.v2.json", Packages(COMMITS_V2)),
            Case("empty.v1.json", Packages(&[])),
            Case("empty.v2.json", Packages(&[])),
            Case(
                "files.v1.json",
                Packages(&["lodash 1.3.1", "other_package"]),
            ),
            Case(
                "files.v2.json",
                Packages(&["abbrev 1.0.9", "abbrev 2.3.4", "etag 1.8.0"]),
            ),
            Case("nested-dependencies-dup.v1.json", Packages(NESTED_V1)),
            Case(
                "nested-dependencies-dup.v2.json",
                Packages(&["supports-color 2.0.0", "supports-color 6.1.0"]),
            ),
            Case("nested-dependencies.v1.json", Packages(nested)),
            Case("nested-dependencies.v2.json", Packages(nested)),
            Case("not-json.txt", Refused("not a lock of npm")),
            Case("npm-shrinkwrap-only/npm-shrinkwrap.json", Packages(two)),
            Case("null.v2.jsontest", Refused("not a lock of npm")),
            Case("one-package-dev.v1.json", Packages(wrappy)),
            Case("one-package-dev.v2.json", Packages(wrappy)),
            Case("one-package.v1.json", Packages(wrappy)),
            Case("one-package.v2.json", Packages(wrappy)),
            Case("optional-package.v1.json", Packages(two)),
            Case("optional-package.v2.json", Packages(two)),
            Case("package-lock-only/package-lock.json", Packages(two)),
            Case("same-package-different-groups.v1.json", Packages(groups)),
            Case("same-package-different-groups.v2.json", Packages(groups)),
            Case("scoped-packages.v1.json", Packages(scoped)),
            Case("scoped-packages.v2.json", Packages(scoped)),
            Case("two-packages.v1.json", Packages(two)),
            Case("two-packages.v2.json", Packages(two)),
        ],
    );
}
