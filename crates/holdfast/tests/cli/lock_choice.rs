//! Which versions are locked where nothing is refused, and what is said of those that are not.

use insta::assert_snapshot;
use testkit::{FakeProject, FakeRelease};

use crate::support::backend::backend;
use crate::support::{Fixture, project, releases};

#[test]
fn the_newest_versions_are_taken() {
    let fixture = Fixture::new(
        "acme>=1\n",
        vec![
            project(
                "acme",
                [
                    FakeRelease::new("1.0"),
                    FakeRelease::new("10.0").requires("base<3"),
                ],
            ),
            project("base", releases(["1.0", "2.9", "2.10", "3.0"])),
        ],
    );
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["acme 10.0", "base 2.10"]);
}

#[test]
fn a_pre_release_is_taken_only_where_it_is_asked_for() {
    let index = || vec![project("acme", releases(["1.0", "2.0rc1"]))];
    let fixture = Fixture::new("acme\n", index());
    fixture.lock();
    assert_eq!(fixture.versions(), ["acme 1.0"]);
    let fixture = Fixture::new("acme>=2.0rc1\n", index());
    fixture.lock();
    assert_eq!(fixture.versions(), ["acme 2.0rc1"]);
}

#[test]
fn an_upper_bound_three_levels_down_is_named() {
    let fixture = Fixture::new(
        "numpy\nfront\n",
        vec![
            project("numpy", releases(["1.26.4", "2.1.0"])),
            project("front", [FakeRelease::new("1.0").requires("middle")]),
            project("middle", [FakeRelease::new("1.0").requires("back")]),
            project("back", [FakeRelease::new("1.0").requires("numpy<2")]),
        ],
    );
    assert_snapshot!(fixture.lock());
}

#[test]
fn a_package_without_a_wheel_does_not_make_a_fossil_silently() {
    let fixture = Fixture::new(
        "gradio\n",
        vec![
            project(
                "gradio",
                [
                    FakeRelease::new("1.2.3"),
                    FakeRelease::new("4.19.2").requires("httpx"),
                    FakeRelease::new("4.31.0")
                        .requires("ffmpy")
                        .requires("httpx"),
                ],
            ),
            project("httpx", releases(["0.27"])),
            project("ffmpy", [FakeRelease::new("0.3.0").no_wheel()]),
        ],
    );
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["gradio 4.19.2", "httpx 0.27"]);
}

fn gradio_that_needs_ffmpy() -> Vec<FakeProject> {
    vec![
        project(
            "gradio",
            [
                FakeRelease::new("4.19.2"),
                FakeRelease::new("4.31.0").requires("ffmpy"),
            ],
        ),
        project("ffmpy", [FakeRelease::new("0.3.0").no_wheel()]),
    ]
}

#[test]
fn the_way_out_of_a_fossil_works() {
    let mut index = gradio_that_needs_ffmpy();
    index.push(backend());
    let mut fixture = Fixture::new("gradio\n", index);
    fixture.configure("[lock]\nallow-build = [\"ffmpy\"]\n");
    fixture.use_real_python();
    fixture.lock();
    assert_eq!(fixture.versions(), ["ffmpy 0.3.0", "gradio 4.31.0"]);
    let lock = fixture.read("pylock.app.toml");
    assert!(lock.contains("ffmpy-0.3.0.tar.gz"), "{lock}");
}

#[test]
fn a_build_that_fails_is_no_contradiction() {
    let mut fixture = Fixture::new("gradio>4.20\n", gradio_that_needs_ffmpy());
    fixture.configure("[lock]\nallow-build = [\"ffmpy\"]\n");
    fixture.use_real_python();
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

/// What is in the wheel cannot be told; its metadata can, and with it everything else.
#[test]
fn a_wheel_whose_files_cannot_be_told_is_named_and_locked_without_them() {
    let broken = FakeRelease::new("1.0").record("acme/__init__.py,sha256=?,3\n");
    let index = vec![
        project("acme", [broken]),
        project("base", releases(["1.0"])),
    ];
    let fixture = Fixture::new("acme\nbase\n", index);
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["acme 1.0", "base 1.0"]);
    let told: Vec<bool> = fixture
        .locked("app")
        .packages
        .iter()
        .map(|package| package.files.iter().all(|file| file.contents.is_some()))
        .collect();
    assert_eq!(told, [false, true]);
}

#[test]
fn the_newest_release_that_cannot_be_used_is_named() {
    let fixture = Fixture::new(
        "yanked\nsource\nforeign\npython\n",
        vec![
            project(
                "yanked",
                [
                    FakeRelease::new("1.0"),
                    FakeRelease::new("2.0").yanked("leaks a key"),
                ],
            ),
            project(
                "source",
                [FakeRelease::new("1.0"), FakeRelease::new("2.0").no_wheel()],
            ),
            project(
                "foreign",
                [
                    FakeRelease::new("1.0"),
                    FakeRelease::new("2.0").tag("py3-none-win_amd64"),
                ],
            ),
            project(
                "python",
                [
                    FakeRelease::new("1.0"),
                    FakeRelease::new("2.0").requires_python(">=3.99"),
                ],
            ),
        ],
    );
    assert_snapshot!(fixture.lock());
}

#[test]
fn a_newer_wheel_for_a_newer_glibc_is_passed_over_and_said() {
    let fixture = Fixture::new(
        "native\n",
        vec![project(
            "native",
            [
                FakeRelease::new("1.0").tag("py3-none-manylinux_2_17_x86_64"),
                FakeRelease::new("2.0").tag("py3-none-manylinux_2_34_x86_64"),
            ],
        )],
    );
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["native 1.0"]);
}

#[test]
fn a_package_without_any_wheel_for_the_platform_is_explained() {
    let fixture = Fixture::new(
        "front\n",
        vec![
            project("front", [FakeRelease::new("1.0").requires("native>=2")]),
            project(
                "native",
                [
                    FakeRelease::new("1.0"),
                    FakeRelease::new("2.0").tag("py3-none-manylinux_2_34_x86_64"),
                ],
            ),
        ],
    );
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
    assert!(!fixture.has("pylock.app.toml"));
}
