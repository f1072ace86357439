//! Several environments, several platforms, several Pythons, and locking only some of them.

use insta::assert_snapshot;
use testkit::{FakeProject, FakeRelease};

use crate::support::{Fixture, OWN_ADVISORIES, project, releases, vulnerability};

/// Training and serving that share a core.
const CHURN: &str = r#"
[environments.core]
python = "3.11"
platforms = ["linux-x86_64-glibc2.28"]
requirements = ["core.in"]

[environments.train]
extends = "core"
requirements = ["train.in"]

[environments.serve]
extends = "core"
requirements = ["serve.in"]
"#;

fn index() -> Vec<FakeProject> {
    vec![
        project("numpy", releases(["1.26.4", "2.1.0"])),
        project("numba", [FakeRelease::new("0.59").requires("numpy<2")]),
        project("fastapi", [FakeRelease::new("0.110").requires("starlette")]),
        project("starlette", releases(["0.36"])),
    ]
}

fn fixture() -> Fixture {
    let fixture = Fixture::new("", index());
    fixture.write("holdfast.toml", CHURN);
    fixture.write("core.in", "numpy\n");
    fixture.write("train.in", "numba\n");
    fixture.write("serve.in", "fastapi\n");
    fixture
}

#[test]
fn what_environments_share_is_locked_at_equal_versions() {
    let fixture = fixture();
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions_in("train"), ["numba 0.59", "numpy 1.26.4"]);
    assert_eq!(
        fixture.versions_in("serve"),
        ["fastapi 0.110", "numpy 1.26.4", "starlette 0.36"]
    );
    assert!(!fixture.has("pylock.core.toml"));
}

#[test]
fn one_environment_is_locked_and_the_other_stays_byte_for_byte() {
    let fixture = fixture();
    fixture.lock();
    let train = fixture.read("pylock.train.toml");
    let mut newer = index();
    newer.push(project("uvicorn", releases(["0.30"])));
    newer.push(project("numpy", releases(["1.26.4", "1.26.5", "2.1.0"])));
    newer.remove(0);
    fixture.publish(newer);
    fixture.write("serve.in", "fastapi\nuvicorn\n");
    assert_snapshot!(
        fixture
            .run(&["lock", "-e", "serve", "--upgrade"])
            .succeeds()
    );
    assert_eq!(fixture.read("pylock.train.toml"), train);
    assert_eq!(
        fixture.versions_in("serve"),
        [
            "fastapi 0.110",
            "numpy 1.26.4",
            "starlette 0.36",
            "uvicorn 0.30"
        ]
    );
}

#[test]
fn an_environment_that_cannot_stay_as_it_is_locked_is_named() {
    let fixture = fixture();
    fixture.lock();
    let serve = fixture.read("pylock.serve.toml");
    fixture.write("train.in", "numpy>=2\n");
    assert_snapshot!(fixture.run(&["lock", "-e", "train"]).exits(2));
    assert_eq!(fixture.read("pylock.serve.toml"), serve);
}

#[test]
fn a_refusal_in_what_is_shared_needs_the_kept_environment_too() {
    let fixture = fixture();
    fixture.write("train.in", "");
    fixture.lock();
    fixture.write("holdfast.toml", format!("{CHURN}{OWN_ADVISORIES}"));
    fixture.advise(&[vulnerability("PYSEC-2026-2", "numpy", "2", Some("2.2"))]);
    assert_snapshot!(fixture.run(&["lock", "-e", "train"]).exits(2));
}

#[test]
fn one_environment_alone_can_be_locked_first() {
    let fixture = fixture();
    assert_snapshot!(fixture.run(&["lock", "-e", "serve"]).succeeds());
    assert!(!fixture.has("pylock.train.toml"));
}

#[test]
fn an_environment_that_is_not_there_is_named_with_those_that_are() {
    let fixture = fixture();
    assert_snapshot!(fixture.run(&["lock", "-e", "test"]).exits(2));
    assert_snapshot!(fixture.run(&["lock", "-e", "core"]).exits(2));
}

#[test]
fn several_platforms_are_told_apart_by_markers() {
    let fixture = Fixture::new(
        "acme\n",
        vec![
            project(
                "acme",
                [FakeRelease::new("1.0")
                    .requires("on-linux ; sys_platform == 'linux'")
                    .requires("on-mac ; sys_platform == 'darwin'")
                    .requires("on-windows ; sys_platform == 'win32'")],
            ),
            project("on-linux", releases(["1.0"])),
            project(
                "on-mac",
                [FakeRelease::new("1.0")
                    .tag("py3-none-macosx_11_0_arm64")
                    .tag("py3-none-macosx_10_9_x86_64")],
            ),
            project("on-windows", releases(["1.0"])),
        ],
    );
    let configuration = fixture.read("holdfast.toml");
    fixture.write(
        "holdfast.toml",
        configuration.replace(
            "[\"linux-x86_64-glibc2.28\"]",
            "[\"linux-x86_64-glibc2.28\", \"macos-arm64\"]",
        ),
    );
    assert_snapshot!(fixture.lock());
    let locked = fixture.locked("app");
    let markers: Vec<_> = locked
        .packages
        .iter()
        .map(|package| (package.package.name(), package.marker.as_deref()))
        .collect();
    // a marker tells apart the machines that are locked for, and no others
    let expected = [
        ("acme", None),
        ("on-linux", Some("sys_platform == 'linux'")),
        ("on-mac", Some("sys_platform != 'linux'")),
    ];
    assert_eq!(markers, expected);
    let files: Vec<_> = locked.packages[2]
        .files
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    assert_eq!(files, ["on_mac-1.0-py3-none-macosx_11_0_arm64.whl"]);
}

#[test]
fn two_python_versions_in_one_project() {
    let mut fixture = Fixture::new(
        "acme\n",
        vec![project(
            "acme",
            [
                FakeRelease::new("1.0"),
                FakeRelease::new("2.0").requires_python(">=3.77"),
            ],
        )],
    );
    fixture.pretend_python("3.77.5");
    fixture.configure(
        "[environments.other]\npython = \"3.77\"\nplatforms = [\"linux-x86_64-glibc2.28\"]\nrequirements = [\"requirements.in\"]\n",
    );
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["acme 1.0"]);
    assert_eq!(fixture.versions_in("other"), ["acme 2.0"]);
    let lock = fixture.read("pylock.other.toml");
    assert!(lock.contains("requires-python = \"==3.77.*\""), "{lock}");
}

#[test]
fn a_python_that_is_not_on_this_machine_is_said() {
    let fixture = Fixture::new("acme\n", vec![project("acme", releases(["1.0"]))]);
    let configuration = fixture.read("holdfast.toml");
    fixture.write("holdfast.toml", configuration.replace("3.11", "3.99"));
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}
