//! Our split of a joint solution against uv's own: `uv export --format pylock.toml` of the same
//! declarations says the same packages, versions and files for every platform.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use holdfast_model::{Locked, Platform};
use holdfast_uv::Machines;
use testkit::{FakeProject, FakeRelease};

use crate::support::{Fixture, project, releases};

const PLATFORMS: [&str; 4] = [
    "linux-x86_64-glibc2.28",
    "linux-aarch64-glibc2.28",
    "macos-arm64",
    "windows-x86_64",
];

/// Markers, extras, cycles, forks: everything that makes a split hard.
fn index() -> Vec<FakeProject> {
    let native = |version: &str| {
        FakeRelease::new(version)
            .tag("py3-none-manylinux_2_17_x86_64")
            .tag("py3-none-manylinux_2_17_aarch64")
            .tag("py3-none-musllinux_1_2_x86_64")
            .tag("py3-none-macosx_11_0_arm64")
            .tag("py3-none-macosx_10_9_x86_64")
            .tag("py3-none-win_amd64")
            .sdist()
    };
    vec![
        project("numpy", [native("1.26.4"), native("2.1.0")]),
        project(
            "torch",
            [native("2.5.0")
                .requires("numpy")
                .requires("cuda ; sys_platform == 'linux' and platform_machine == 'x86_64'")
                .requires("colors ; sys_platform == 'win32'")],
        ),
        project(
            "cuda",
            [FakeRelease::new("12.4")
                .tag("py3-none-manylinux_2_17_x86_64")
                .requires("cuda-runtime")],
        ),
        project(
            "cuda-runtime",
            [FakeRelease::new("12.4").tag("py3-none-manylinux_2_17_x86_64")],
        ),
        project("colors", releases(["0.4"])),
        project(
            "server",
            [FakeRelease::new("1.0")
                .extra("fast")
                .requires("click>=8")
                .requires("loop ; extra == 'fast' and sys_platform != 'win32'")
                .requires("server-tools[all]")],
        ),
        project("loop", [native("0.19")]),
        project(
            "click",
            [FakeRelease::new("8.1").requires("colors ; platform_system == 'Windows'")],
        ),
        project(
            "server-tools",
            [FakeRelease::new("2.0")
                .extra("all")
                .extra("web")
                .requires("server-tools[web] ; extra == 'all'")
                .requires("server ; extra == 'web'")
                .requires("tomli ; python_full_version < '3.11'")
                .requires("pywin ; extra == 'web' and sys_platform == 'win32'")],
        ),
        project("tomli", releases(["2.0"])),
        project("pywin", [FakeRelease::new("300").tag("py3-none-win_amd64")]),
        project(
            "old-on-mac",
            [FakeRelease::new("1.0"), FakeRelease::new("2.0")],
        ),
    ]
}

const CORE: &str = "numpy\n";
const TRAIN: &str =
    "torch\nold-on-mac<2 ; sys_platform == 'darwin'\nold-on-mac>=2 ; sys_platform != 'darwin'\n";
const SERVE: &str = "server[fast]\nnumpy<2 ; platform_machine == 'aarch64'\n";

fn fixture() -> Fixture {
    let fixture = Fixture::new("", index());
    let platforms = PLATFORMS
        .map(|platform| format!("\"{platform}\""))
        .join(", ");
    fixture.write(
        "holdfast.toml",
        format!(
            "[environments.core]\npython = \"3.11\"\nplatforms = [{platforms}]\nrequirements = [\"core.in\"]\n[environments.train]\nextends = \"core\"\nrequirements = [\"train.in\"]\n[environments.serve]\nextends = \"core\"\nrequirements = [\"serve.in\"]\n"
        ),
    );
    fixture.write("core.in", CORE);
    fixture.write("train.in", TRAIN);
    fixture.write("serve.in", SERVE);
    fixture
}

/// The same declarations as a project of uv's own.
fn uv_project(fixture: &Fixture) {
    let group = |requirements: &str| {
        let all: Vec<String> = requirements
            .lines()
            .map(|line| format!("\"{line}\""))
            .collect();
        all.join(", ")
    };
    let markers: Vec<String> = platforms()
        .iter()
        .map(|platform| format!("\"{}\"", platform.marker()))
        .collect();
    let project = format!(
        "[project]\nname = \"x\"\nversion = \"0\"\nrequires-python = \"==3.11.*\"\n[dependency-groups]\ncore = [{}]\ntrain = [{{include-group = \"core\"}}, {}]\nserve = [{{include-group = \"core\"}}, {}]\n[tool.uv]\npackage = false\nenvironments = [{markers}]\nno-build = true\nexclude-newer = \"2026-11-07T00:00:00Z\"\n[[tool.uv.index]]\nname = \"fake\"\nurl = \"{}\"\ndefault = true\n",
        group(CORE),
        group(TRAIN),
        group(SERVE),
        fixture.index().url(),
        markers = markers.join(", "),
    );
    fixture.write("uv/pyproject.toml", project);
}

fn uv(fixture: &Fixture, arguments: &[&str]) {
    // with the variables of the fixture
    let ours = fixture.command(&[]);
    let mut command = Command::new(crate::support::uv());
    command
        .env_clear()
        .current_dir(fixture.path("uv"))
        .args(arguments);
    command.envs(
        ours.get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn platforms() -> [Platform; 4] {
    PLATFORMS.map(|platform| platform.parse().unwrap())
}

/// What a lock installs on a platform: names and versions.
fn installs(locked: &Locked, platform: Platform) -> BTreeSet<(String, String)> {
    let machine = Machines::new(11, &[platform]).unwrap();
    locked
        .packages
        .iter()
        .filter(|package| {
            package
                .marker
                .as_ref()
                .is_none_or(|marker| machine.admit(marker))
        })
        .map(|package| {
            (
                package.package.name().to_owned(),
                package.version.clone().unwrap(),
            )
        })
        .collect()
}

/// The hashes of each package's wheels.
fn wheels(locked: &Locked) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut wheels: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for package in &locked.packages {
        let key = (
            package.package.name().to_owned(),
            package.version.clone().unwrap(),
        );
        let files = package.files.iter().filter(|file| file.is_wheel());
        let hashes = files.map(|file| format!("{} {}", file.name, file.sha256().unwrap()));
        wheels.entry(key).or_default().extend(hashes);
    }
    wheels
}

#[test]
fn each_environment_is_what_uv_exports_of_it() {
    let fixture = fixture();
    fixture.lock();
    uv_project(&fixture);
    uv(
        &fixture,
        &["lock", "--python", "3.11", "--no-python-downloads"],
    );
    for name in ["train", "serve"] {
        let file = format!("pylock.{name}.toml");
        let group = ["--only-group", name, "--output-file", &file];
        uv(
            &fixture,
            &[
                &["export", "--frozen", "--format", "pylock.toml"][..],
                &group,
            ]
            .concat(),
        );
        let exported = fixture.read(&format!("uv/{file}"));
        let theirs = holdfast_locked::read(exported.as_bytes(), &file).unwrap();
        let ours = fixture.locked(name);
        for platform in platforms() {
            let expected = installs(&theirs, platform);
            assert!(expected.len() > 2, "{exported}");
            assert_eq!(installs(&ours, platform), expected, "{name} on {platform}");
        }
        let (ours, theirs) = (wheels(&ours), wheels(&theirs));
        for (package, hashes) in &ours {
            // uv keeps those of platforms that nobody asked for
            assert!(
                hashes.is_subset(&theirs[package]),
                "{package:?}: {hashes:?}"
            );
            assert!(!hashes.is_empty(), "{package:?}");
        }
    }
}

/// What no environment's platform can use is not in the lock: other systems, other C libraries.
#[test]
fn only_files_of_the_platforms_are_locked() {
    let fixture = fixture();
    fixture.lock();
    for file in ["pylock.train.toml", "pylock.serve.toml"] {
        let lock = fixture.read(file);
        for other in ["musllinux", "macosx_10_9", ".tar.gz"] {
            assert!(!lock.contains(other), "{other} in {lock}");
        }
    }
}
