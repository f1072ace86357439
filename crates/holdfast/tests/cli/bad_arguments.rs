//! Arguments, places and settings that cannot be.

use insta::assert_snapshot;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Fixture, project, releases};

fn fixture() -> Fixture {
    Fixture::new("acme\n", vec![project("acme", releases(["1.0"]))])
}

#[test]
fn a_command_that_is_none() {
    assert_snapshot!(Fixture::empty().run(&["lokc"]).exits(2));
}

#[test]
fn an_option_that_is_none() {
    assert_snapshot!(Fixture::empty().run(&["lock", "--upgrad"]).exits(2));
}

#[test]
fn a_directory_that_is_not_there() {
    let fixture = Fixture::empty();
    assert_snapshot!(fixture.all_exit(
        2,
        &[
            &["lock", "nowhere"],
            &["check", "nowhere"],
            &["audit", "nowhere"],
            &["list", "nowhere"],
            &["init", "nowhere"],
        ]
    ));
}

#[test]
fn a_file_where_a_directory_is_wanted() {
    let fixture = Fixture::empty();
    fixture.write("requirements.txt", "acme==1.0\n");
    assert_snapshot!(fixture.all_exit(
        2,
        &[
            &["lock", "requirements.txt"],
            &["check", "requirements.txt"],
        ]
    ));
}

#[test]
fn an_empty_directory() {
    let fixture = Fixture::empty();
    assert_snapshot!(fixture.all_exit(
        2,
        &[
            &["lock"],
            &["lock", "--check"],
            &["check"],
            &["audit", "--offline"],
            &["tree"],
            &["list"],
            &["outdated"],
        ]
    ));
    // the only command that begins with nothing
    assert_snapshot!(
        "init_of_an_empty_directory",
        fixture.run(&["init"]).succeeds()
    );
}

#[test]
fn sarif_where_there_are_no_findings() {
    let fixture = fixture();
    fixture.lock();
    for arguments in [
        &["lock"][..],
        &["tree"],
        &["list"],
        &["diff", "pylock.app.toml", "pylock.app.toml"],
        &["explain"],
        &["cache", "dir"],
        &["advisories", "status"],
        &["outdated"],
    ] {
        let all = [arguments, &["--format", "sarif"]].concat();
        let ran = fixture.run(&all).exits(2);
        assert!(ran.stderr.contains("SARIF is for findings"), "{ran}");
        assert_eq!(ran.stdout, "", "{ran}");
    }
}

#[test]
fn sarif_is_refused_before_anything_is_written() {
    let fixture = fixture();
    fixture.run(&["lock", "--format", "sarif"]).exits(2);
    assert!(!fixture.has("pylock.app.toml"));
    fixture
        .run(&["cache", "clean", "--format", "sarif"])
        .exits(2);
    assert!(fixture.beside("cache/advisories/store").exists());
    let fixture = Fixture::empty();
    fixture.write("requirements.txt", "acme\n");
    fixture.run(&["init", "--format", "sarif"]).exits(2);
    assert!(!fixture.has("holdfast.toml"));
}

#[test]
fn a_result_that_cannot_be_written() {
    let fixture = fixture();
    assert_snapshot!(fixture.all_exit(
        2,
        &[
            &["check", "--output", "no/such/folder.txt"],
            &["check", "--output", "."],
            &["lock", "--output", "no/such/folder.txt"],
        ]
    ));
}

#[test]
fn a_result_goes_to_the_file_that_is_named() {
    let fixture = fixture();
    let ran = fixture.run(&["lock", "--output", "report.txt"]).succeeds();
    assert_eq!(ran.stdout, "");
    assert!(fixture.read("report.txt").contains("wrote pylock.app.toml"));
}

/// Whether permissions mean anything to who runs this: they do not to root.
fn permissions_count(fixture: &Fixture) -> bool {
    let probe = fixture.beside("probe");
    fs_err::create_dir(&probe).unwrap();
    fs_err::set_permissions(&probe, std::fs::Permissions::from_mode(0o555)).unwrap();
    fs_err::write(probe.join("file"), "").is_err()
}

#[test]
fn a_project_that_cannot_be_written_to() {
    let fixture = fixture();
    let ran = if permissions_count(&fixture) {
        fs_err::set_permissions(fixture.path(""), std::fs::Permissions::from_mode(0o555)).unwrap();
        let ran = fixture.run(&["lock"]);
        fs_err::set_permissions(fixture.path(""), std::fs::Permissions::from_mode(0o755)).unwrap();
        ran
    } else {
        // root is refused by what is in the way alone
        fs_err::create_dir_all(fixture.path("pylock.app.toml/in-the-way")).unwrap();
        fixture.run(&["lock"])
    };
    let ran = ran.exits(2);
    assert!(ran.stderr.contains("pylock.app.toml"), "{ran}");
}

#[test]
fn a_cache_that_cannot_be_written_to() {
    let mut fixture = fixture();
    fixture.write("file", "");
    let place = fixture.path("file/cache");
    fixture.set("HOLDFAST_CACHE_DIR", place.to_str().unwrap());
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn a_time_that_is_none() {
    let mut fixture = fixture();
    fixture.set("HOLDFAST_NOW", "yesterday");
    assert_snapshot!(fixture.run(&["check"]).exits(2));
}

#[test]
fn a_uv_that_is_none() {
    let mut fixture = fixture();
    fixture.set("HOLDFAST_UV", "/nowhere/uv");
    assert_snapshot!("a_uv_that_is_not_there", fixture.run(&["lock"]).exits(2));
    fixture.set("HOLDFAST_UV", "/bin/true");
    assert_snapshot!(
        "a_uv_that_is_something_else",
        fixture.run(&["lock"]).exits(2)
    );
}

#[test]
fn a_rule_that_is_none() {
    let fixture = Fixture::empty();
    assert_snapshot!(fixture.all_exit(
        2,
        &[&["explain", "known-vulnerabilities"], &["explain", "xyzzy"],]
    ));
}

#[test]
fn a_revision_or_a_file_that_is_not_there() {
    let fixture = fixture();
    fixture.lock();
    fixture.write("README.md", "# mine\n");
    assert_snapshot!(fixture.all_exit(
        2,
        &[
            &["diff", "nowhere.toml", "pylock.app.toml"],
            &["diff", "HEAD:pylock.app.toml", "pylock.app.toml"],
            &["diff", "README.md", "pylock.app.toml"],
        ]
    ));
}

#[test]
fn a_virtual_environment_that_is_none() {
    let fixture = fixture();
    assert_snapshot!(fixture.all_exit(
        2,
        &[
            &["audit", "--venv", "."],
            &["audit", "--venv", "nowhere"],
            &["audit", ".", "--venv", "."],
        ]
    ));
}

#[test]
fn an_import_of_nothing() {
    let fixture = Fixture::empty();
    fixture.write("README.md", "# mine\n");
    fixture.write("data.zip", "no zip\n");
    assert_snapshot!(fixture.all_exit(
        2,
        &[
            &["advisories", "import", "nowhere"],
            &["advisories", "import", "."],
            &["advisories", "import", "data.zip"],
        ]
    ));
}

#[test]
fn init_does_not_overwrite() {
    let fixture = fixture();
    let before = fixture.read("holdfast.toml");
    assert_snapshot!(fixture.run(&["init"]).exits(2));
    assert_eq!(fixture.read("holdfast.toml"), before);
}
