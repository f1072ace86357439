//! Where packages come from: credentials, several indexes, names that belong to one of them.

use insta::assert_snapshot;
use testkit::{FakeIndex, FakeIndexOptions, FakeRelease, PageFormat};

use crate::support::{Fixture, Ran, project, releases};

fn private() -> Fixture {
    Fixture::with_options(
        "acme\n",
        vec![project("acme", releases(["1.0"]))],
        FakeIndexOptions::new().basic_auth("ada", "s3cret"),
    )
}

/// Nothing that was printed or written has the password.
fn keeps_the_secret(fixture: &Fixture, ran: &Ran) {
    assert!(!ran.raw.contains("s3cret"), "{ran}");
    if fixture.has("pylock.app.toml") {
        let lock = fixture.read("pylock.app.toml");
        assert!(!lock.contains("s3cret") && !lock.contains("ada:"), "{lock}");
    }
    let mut directories = vec![fixture.beside("cache")];
    while let Some(directory) = directories.pop() {
        for entry in fs_err::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                directories.push(entry.path());
            } else {
                let bytes = fs_err::read(entry.path()).unwrap();
                let found = bytes.windows(6).any(|window| window == b"s3cret");
                assert!(!found, "{}", entry.path().display());
            }
        }
    }
}

#[test]
fn credentials_in_the_address_are_used_and_never_shown() {
    let mut fixture = private();
    let url = fixture.index().url_with_credentials("ada", "s3cret");
    fixture.set("UV_DEFAULT_INDEX", &url);
    let ran = fixture.lock();
    keeps_the_secret(&fixture, &ran);
    let ran = fixture
        .run(&["lock", "--upgrade", "--format", "json"])
        .succeeds();
    keeps_the_secret(&fixture, &ran);
}

#[test]
fn credentials_of_netrc_are_used_and_never_shown() {
    let fixture = private();
    fs_err::write(
        fixture.beside("home/.netrc"),
        "machine 127.0.0.1 login ada password s3cret\n",
    )
    .unwrap();
    let ran = fixture.lock();
    keeps_the_secret(&fixture, &ran);
}

#[test]
fn credentials_of_a_configured_index_come_from_the_environment() {
    let mut fixture = Fixture::new("acme\n", Vec::new());
    let internal = FakeIndex::start_with(
        vec![project("acme", releases(["1.0"]))],
        FakeIndexOptions::new().basic_auth("ada", "s3cret"),
    );
    fixture.configure(&format!(
        "[indexes.internal]\nurl = \"{}\"\npackages = [\"acme\"]\n",
        internal.url()
    ));
    fixture.set("UV_INDEX_INTERNAL_USERNAME", "ada");
    fixture.set("UV_INDEX_INTERNAL_PASSWORD", "s3cret");
    let ran = fixture.lock();
    keeps_the_secret(&fixture, &ran);
    assert_eq!(ran.stderr, "");
}

#[test]
fn wrong_credentials_are_said_without_being_shown() {
    let mut fixture = private();
    let url = fixture
        .index()
        .url_with_credentials("ada", "s3cret-but-wrong");
    fixture.set("UV_DEFAULT_INDEX", &url);
    let ran = fixture.run(&["lock"]).exits(2);
    keeps_the_secret(&fixture, &ran);
    assert_snapshot!(ran);
}

#[test]
fn credentials_in_a_requirements_file_are_not_read_and_never_shown() {
    let mut fixture = private();
    fixture.unset("UV_DEFAULT_INDEX");
    let url = fixture.index().url_with_credentials("ada", "s3cret");
    fixture.write("requirements.in", format!("--index-url {url}\nacme\n"));
    let ran = fixture.run(&["lock"]).exits(2);
    keeps_the_secret(&fixture, &ran);
    assert_snapshot!(ran);
    fs_err::write(
        fixture.beside("home/.netrc"),
        "machine 127.0.0.1 login ada password s3cret\n",
    )
    .unwrap();
    fixture.lock();
    for arguments in [
        &["check"][..],
        &["check", "--format", "json"],
        &["check", "--format", "sarif"],
        &["list", "--format", "json"],
        &["outdated"],
    ] {
        let ran = fixture.run(arguments);
        keeps_the_secret(&fixture, &ran);
    }
}

/// An attacker publishes higher versions of internal names on the default index.
fn confused() -> (Fixture, FakeIndex) {
    let internal = FakeIndex::start(vec![
        project(
            "acme-features",
            [FakeRelease::new("1.0").requires("acme-base")],
        ),
        project("acme-base", releases(["1.0"])),
    ]);
    let fixture = Fixture::new(
        "front\n",
        vec![
            project("front", [FakeRelease::new("1.0").requires("acme-features")]),
            project("acme-features", releases(["99.0"])),
            project("acme-base", releases(["99.0"])),
        ],
    );
    fixture.configure(&format!(
        "[indexes.internal]\nurl = \"{}\"\npackages = [\"acme-*\"]\n",
        internal.url()
    ));
    (fixture, internal)
}

#[test]
fn an_internal_name_is_never_taken_from_another_index() {
    let (fixture, internal) = confused();
    fixture.write("requirements.in", "acme-features\nfront\n");
    fixture.lock();
    let expected = ["acme-base 1.0", "acme-features 1.0", "front 1.0"];
    assert_eq!(fixture.versions(), expected);
    let lock = fixture.read("pylock.app.toml");
    assert_eq!(lock.matches(&internal.url()).count(), 2, "{lock}");
}

#[test]
fn an_internal_name_that_only_another_package_asks_for_is_not_confused() {
    let (fixture, _internal) = confused();
    fixture.lock();
    let expected = ["acme-base 1.0", "acme-features 1.0", "front 1.0"];
    assert_eq!(fixture.versions(), expected);
    fixture.run(&["lock", "--upgrade"]).succeeds();
    assert_eq!(fixture.versions(), expected);
}

#[test]
fn an_internal_name_that_no_other_index_has_is_found() {
    let (fixture, _internal) = confused();
    fixture.publish(vec![project(
        "front",
        [FakeRelease::new("1.0").requires("acme-features")],
    )]);
    fixture.lock();
    let expected = ["acme-base 1.0", "acme-features 1.0", "front 1.0"];
    assert_eq!(fixture.versions(), expected);
}

#[test]
fn a_name_that_becomes_internal_leaves_the_index_that_it_was_locked_from() {
    let (fixture, _internal) = confused();
    let configuration = fixture.read("holdfast.toml");
    fixture.configure("");
    fixture.lock();
    assert_eq!(fixture.versions(), ["acme-features 99.0", "front 1.0"]);
    fixture.write("holdfast.toml", configuration);
    fixture.run(&["lock", "--check"]).exits(1);
    fixture.lock();
    let expected = ["acme-base 1.0", "acme-features 1.0", "front 1.0"];
    assert_eq!(fixture.versions(), expected);
}

#[test]
fn an_internal_name_that_the_internal_index_lacks_is_not_taken_from_elsewhere() {
    let (fixture, internal) = confused();
    internal.publish(Vec::new());
    let ran = fixture.run(&["lock"]).exits(2);
    assert_snapshot!(ran);
}

#[test]
fn an_index_that_answers_html_alone_will_do() {
    let fixture = Fixture::with_options(
        "acme\n",
        vec![
            project("acme", [FakeRelease::new("1.0").requires("base")]),
            project("base", releases(["1.0"])),
        ],
        FakeIndexOptions::new()
            .format(PageFormat::Html)
            .without_metadata()
            .without_validators(),
    );
    fixture.configure("[lock]\nholding-period = 0\n");
    assert_snapshot!(fixture.lock());
}

#[test]
fn the_index_of_a_requirements_file_is_the_one_that_is_asked() {
    let mut fixture = Fixture::new("", vec![project("acme", releases(["1.0"]))]);
    fixture.unset("UV_DEFAULT_INDEX");
    let url = fixture.index().url();
    fixture.write("requirements.in", format!("--index-url {url}\nacme\n"));
    fixture.lock();
    assert_eq!(fixture.versions(), ["acme 1.0"]);
}

#[test]
fn pip_conf_is_heeded() {
    let mut fixture = Fixture::new("acme\n", vec![project("acme", releases(["1.0"]))]);
    fixture.unset("UV_DEFAULT_INDEX");
    let configuration = format!("[global]\nindex-url = {}\n", fixture.index().url());
    fs_err::create_dir_all(fixture.beside("home/.config/pip")).unwrap();
    fs_err::write(fixture.beside("home/.config/pip/pip.conf"), configuration).unwrap();
    fixture.lock();
    assert_eq!(fixture.versions(), ["acme 1.0"]);
}
