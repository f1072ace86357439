//! Files that cannot be read: a message with file, line and fix, exit 2, and the old lock untouched.

use insta::assert_snapshot;

use crate::support::{Fixture, Ran, project, releases};

fn index() -> Vec<testkit::FakeProject> {
    vec![project("acme", releases(["1.0"]))]
}

/// Locks, breaks something, and locks again in vain.
fn broken(breaks: impl FnOnce(&Fixture)) -> Ran {
    let fixture = Fixture::new("acme\n", index());
    fixture.lock();
    let before = fixture.read("pylock.app.toml");
    breaks(&fixture);
    let ran = fixture.run(&["lock"]).exits(2);
    assert_eq!(ran.stdout, "");
    assert_eq!(fixture.read("pylock.app.toml"), before);
    ran
}

#[test]
fn a_configuration_that_is_no_toml() {
    assert_snapshot!(broken(|fixture| {
        let configuration = fixture.read("holdfast.toml");
        fixture.write("holdfast.toml", configuration.replace(" = [", " = [["));
    }));
}

#[test]
fn a_configuration_with_several_mistakes() {
    assert_snapshot!(broken(|fixture| {
        fixture.configure(
        "[lock]\nholdingperiod = \"14d\"\nallow-build = [\"a b\"]\n[indexes.x]\nurl = \"nowhere\"\n[[waivers]]\nrule = \"known-vulnerabilty\"\n"
    );
    }));
}

#[test]
fn a_requirement_that_is_none() {
    assert_snapshot!(broken(
        |fixture| fixture.write("requirements.in", "# one\nacme\nacme >== 2 ; what\n")
    ));
}

#[test]
fn a_requirements_file_that_is_not_there() {
    assert_snapshot!(broken(|fixture| fs_err::remove_file(
        fixture.path("requirements.in")
    )
    .unwrap()));
}

#[test]
fn a_requirements_file_that_is_binary() {
    assert_snapshot!(broken(|fixture| fixture.write(
        "requirements.in",
        b"\x7fELF\x02\x01\x01\0\0\0\0acme\0\xff\xfe"
    )));
}

#[test]
fn a_requirements_file_in_utf_16() {
    assert_snapshot!(broken(
        |fixture| fixture.write("requirements.in", b"\xff\xfea\0c\0m\0e\0\n\0")
    ));
}

#[test]
fn files_that_include_each_other() {
    assert_snapshot!(broken(|fixture| {
        fixture.write("requirements.in", "acme\n-r other.in\n");
        fixture.write("other.in", "\n-r requirements.in\n");
    }));
}

#[test]
fn an_included_file_outside_of_the_project() {
    assert_snapshot!(broken(|fixture| {
        fs_err::write(fixture.beside("outside.in"), "acme\n").unwrap();
        fixture.write("requirements.in", "acme\n-r ../outside.in\n");
    }));
}

#[test]
fn an_included_file_that_is_a_link_out_of_the_project() {
    assert_snapshot!(broken(|fixture| {
        fs_err::write(fixture.beside("outside.in"), "acme\n").unwrap();
        std::os::unix::fs::symlink(fixture.beside("outside.in"), fixture.path("link.in")).unwrap();
        fixture.write("requirements.in", "acme\n-r link.in\n");
    }));
}

#[test]
fn a_configured_file_outside_of_the_project() {
    assert_snapshot!(broken(|fixture| {
        let configuration = fixture.read("holdfast.toml");
        fixture.write(
            "holdfast.toml",
            configuration.replace("requirements.in", "../requirements.in"),
        );
    }));
}

/// Breaks the lock itself, which has to stay as it is, broken as it is.
fn broken_lock(change: impl FnOnce(String) -> Vec<u8>) -> Ran {
    let fixture = Fixture::new("acme\n", index());
    fixture.lock();
    let lock = change(fixture.read("pylock.app.toml"));
    fixture.write("pylock.app.toml", &lock);
    let ran = fixture.run(&["lock"]).exits(2);
    assert_eq!(fs_err::read(fixture.path("pylock.app.toml")).unwrap(), lock);
    for arguments in [
        &["lock", "--check"][..],
        &["check"],
        &["tree"],
        &["why", "acme"],
        &["outdated"],
        &["audit", "pylock.app.toml"],
        &["diff", "pylock.app.toml", "pylock.app.toml"],
    ] {
        let ran = fixture.run(arguments);
        assert_ne!(ran.code, 0, "{ran}");
        assert!(format!("{ran}").contains("pylock.app.toml:"), "{ran}");
    }
    ran
}

#[test]
fn a_lock_of_an_unknown_version() {
    assert_snapshot!(broken_lock(|lock| lock
        .replace("lock-version = \"1.0\"", "lock-version = \"2.0\"")
        .into()));
}

#[test]
fn a_lock_of_a_later_holdfast() {
    assert_snapshot!(broken_lock(|lock| lock
        .replace("version = 1\n", "version = 99\n")
        .into()));
}

#[test]
fn a_truncated_lock() {
    assert_snapshot!(broken_lock(|lock| {
        let half = lock.len() / 2;
        lock.as_bytes()[..half].to_vec()
    }));
}

#[test]
fn an_empty_lock() {
    assert_snapshot!(broken_lock(|_| Vec::new()));
}

#[test]
fn a_lock_with_the_marks_of_a_merge() {
    assert_snapshot!(broken_lock(|lock| lock
        .replace(
            "version = \"1.0\"\nindex",
            "<<<<<<< HEAD\nversion = \"1.0\"\n=======\nversion = \"1.1\"\n>>>>>>> other\nindex"
        )
        .into()));
}

#[test]
fn advisories_of_the_project_that_are_not_there() {
    assert_snapshot!(broken(
        |fixture| fixture.configure("[knowledge]\nadvisories = [\"advisories\"]\n")
    ));
}

#[test]
fn an_advisory_of_the_project_that_is_none() {
    let fixture = Fixture::new("acme\n", index());
    fixture.configure("[knowledge]\nadvisories = [\"advisories\"]\n");
    fixture.advise(&[crate::support::vulnerability(
        "PYSEC-2026-1",
        "other",
        "0",
        None,
    )]);
    fixture.write("advisories/broken.json", "{\"id\": ");
    assert_snapshot!(fixture.run(&["lock"]));
}

#[test]
fn a_store_of_advisories_that_is_damaged() {
    let fixture = Fixture::new("acme\n", index());
    let store = fixture.beside("cache/advisories/store");
    fs_err::write(store, b"nothing of the kind").unwrap();
    let runs: &[&[&str]] = &[&["lock"], &["check"], &["advisories", "status"]];
    assert_snapshot!(fixture.all_exit(2, runs));
}
