//! What people ask for besides names and versions: extras, groups, constraints, paths, addresses.

use insta::assert_snapshot;
use testkit::{FakeProject, FakeRelease};

use crate::support::{Fixture, project, releases};

fn index() -> Vec<FakeProject> {
    vec![
        project(
            "acme",
            [FakeRelease::new("1.0")
                .extra("gpu")
                .requires("cuda ; extra == 'gpu'")
                .requires("base")],
        ),
        project("base", releases(["1.0", "2.0"])),
        project("cuda", releases(["12.0"])),
        project("pytest", releases(["8.0"])),
        project("ruff", releases(["0.5"])),
    ]
}

fn configured(tables: &str) -> Fixture {
    let fixture = Fixture::new("", index());
    fixture.write(
        "pyproject.toml",
        "[project]\nname = \"mine\"\nversion = \"1\"\ndependencies = [\"acme\"]\n\n[project.optional-dependencies]\ngpu = [\"acme[gpu]\"]\n\n[dependency-groups]\nlint = [\"ruff\"]\ndev = [\"pytest\", {include-group = \"lint\"}]\n",
    );
    fixture.write(
        "holdfast.toml",
        format!("[environments.app]\npython = \"3.11\"\nplatforms = [\"linux-x86_64-glibc2.28\"]\n{tables}"),
    );
    fixture
}

#[test]
fn the_dependencies_of_a_pyproject() {
    let fixture = configured("requirements = [\"pyproject.toml\"]\n");
    fixture.lock();
    assert_eq!(fixture.versions(), ["acme 1.0", "base 2.0"]);
}

#[test]
fn an_extra_of_a_pyproject_brings_the_projects_own_dependencies() {
    let fixture = configured("extras = [\"gpu\"]\n");
    fixture.lock();
    assert_eq!(fixture.versions(), ["acme 1.0", "base 2.0", "cuda 12.0"]);
}

#[test]
fn a_group_of_a_pyproject_with_the_group_that_it_includes() {
    let fixture = configured("groups = [\"dev\"]\n");
    fixture.lock();
    assert_eq!(fixture.versions(), ["pytest 8.0", "ruff 0.5"]);
}

#[test]
fn a_group_that_is_not_there_is_named_with_those_that_are() {
    let fixture = configured("groups = [\"test\"]\n");
    assert_snapshot!(fixture.run(&["lock"]).exits(2));
}

#[test]
fn an_extra_of_a_package_is_followed() {
    let fixture = Fixture::new("acme[gpu]\n", index());
    fixture.lock();
    assert_eq!(fixture.versions(), ["acme 1.0", "base 2.0", "cuda 12.0"]);
}

#[test]
fn constraints_bound_what_others_ask_for() {
    let fixture = Fixture::new("-c constraints.txt\nacme\n", index());
    fixture.write("constraints.txt", "base<2\nruff==0.1\n");
    assert_snapshot!(fixture.lock());
    assert_eq!(fixture.versions(), ["acme 1.0", "base 1.0"]);
}

#[test]
fn files_that_include_others_are_followed_from_where_they_are() {
    let fixture = Fixture::new("-r requirements/base.in\nacme\n", index());
    fixture.write("requirements/base.in", "-r more.in\n");
    fixture.write("requirements/more.in", "ruff\n");
    fixture.lock();
    assert_eq!(fixture.versions(), ["acme 1.0", "base 2.0", "ruff 0.5"]);
}

#[test]
fn a_wheel_at_an_address_is_locked_with_its_hash() {
    let fixture = Fixture::new("", index());
    let file = fixture.index().file("base-1.0-py3-none-any.whl");
    fixture.write("requirements.in", format!("base @ {}\nacme\n", file.url));
    fixture.lock();
    let lock = fixture.read("pylock.app.toml");
    assert!(
        lock.contains("[packages.archive]") || lock.contains("archive = {"),
        "{lock}"
    );
    assert!(lock.contains(&file.sha256), "{lock}");
}

#[test]
fn a_directory_of_the_project_is_locked_by_its_path() {
    let fixture = Fixture::new("-e ./packages/mine\n./packages/other\n", index());
    for name in ["mine", "other"] {
        fixture.write(
            &format!("packages/{name}/pyproject.toml"),
            format!(
                "[project]\nname = \"{name}\"\nversion = \"0.1\"\ndependencies = [\"base<2\"]\n"
            ),
        );
    }
    // nobody outside is asked about names that are only known here
    assert_eq!(fixture.lock().stderr, "");
    assert_eq!(fixture.index().count("/simple/mine/"), 0);
    assert_eq!(fixture.versions(), ["base 1.0", "mine -", "other -"]);
    let lock = fixture.read("pylock.app.toml");
    assert!(
        lock.contains("directory = { path = \"packages/mine\", editable = true }"),
        "{lock}"
    );
    fixture.run(&["lock", "--check"]).succeeds();
}

#[test]
fn a_wheel_of_the_project_is_locked_by_its_path() {
    let fixture = Fixture::new("", index());
    let file = fixture.index().file("base-1.0-py3-none-any.whl");
    fixture.write("wheels/base-1.0-py3-none-any.whl", &file.bytes);
    fixture.write(
        "requirements.in",
        "./wheels/base-1.0-py3-none-any.whl\nacme\n",
    );
    fixture.lock();
    let lock = fixture.read("pylock.app.toml");
    assert!(lock.contains(&file.sha256), "{lock}");
}
