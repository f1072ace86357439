//! Environments as `sync`, pip and uv make them, and what is done to them.

use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::{FakeProject, FakeRelease};

use super::{Fixture, Ran, project, real_minor, releases};

/// Modules, a library, a script, an entry point, data outside of `site-packages`.
fn published() -> Vec<FakeProject> {
    let alpha = FakeRelease::new("1.0")
        .requires("beta")
        .file("alpha/model.py", b"def predict(x):\n    return x + 1\n")
        .file(
            "alpha/_core.so",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\
              \x03\0\x3e\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
              \0\0\0\0\x40\0\x38\0\0\0\x40\0\0\0\0\0\
              \xff and what a linker adds",
        )
        .file(
            "alpha-1.0.data/scripts/alpha-serve",
            b"#!python\nprint('served')\n",
        )
        .file("alpha-1.0.data/data/share/alpha/labels.txt", b"cat\ndog\n")
        .file(
            "alpha-1.0.dist-info/entry_points.txt",
            b"[console_scripts]\nalpha = alpha.model:predict\n",
        );
    vec![
        project("alpha", [alpha, FakeRelease::new("2.0").requires("beta")]),
        project("beta", releases(["1.0"])),
        project("evil", releases(["6.6.6"])),
    ]
}

/// A project that is locked, for the interpreter that there is.
pub(crate) fn locked() -> Fixture {
    let mut fixture = Fixture::new("alpha<2\n", published());
    fixture.use_real_python();
    fixture.lock();
    fixture
}

/// The same, installed.
pub(crate) fn synced() -> Fixture {
    let fixture = locked();
    fixture.run(&["sync"]).succeeds().prints("clean: ");
    fixture
}

/// A path in the environment's `site-packages`.
pub(crate) fn site(fixture: &Fixture, path: &str) -> PathBuf {
    let libraries = fixture.path(".venv/lib");
    let python = fs_err::read_dir(libraries)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.join("site-packages").is_dir())
        .unwrap();
    python.join("site-packages").join(path)
}

pub(crate) fn flip(path: &Path, position: usize) {
    let mut bytes = fs_err::read(path).unwrap();
    bytes[position] ^= 1;
    fs_err::write(path, bytes).unwrap();
}

/// Compiles what was installed, as the first start of a program does.
pub(crate) fn compile(fixture: &Fixture) {
    starts(fixture.path(".venv/bin/python"), |command| {
        command
            .args(["-m", "compileall", "-q"])
            .arg(site(fixture, ""))
    });
}

pub(crate) fn starts(
    program: impl AsRef<Path>,
    arguments: impl Fn(&mut Command) -> &mut Command,
) -> String {
    let mut command = Command::new(program.as_ref());
    let output = arguments(&mut command)
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env_remove("PIP_FIND_LINKS")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    said.into_owned()
}

/// pip, of an environment of its own, working on the project's environment.
pub(crate) fn pip(fixture: &Fixture, arguments: &[&str]) {
    let tools = fixture.beside("tools");
    if !tools.exists() {
        starts("python3", |command| {
            command.args(["-m", "venv"]).arg(&tools)
        });
    }
    starts(tools.join("bin/python"), |command| {
        command
            .args(["-m", "pip", "--python"])
            .arg(fixture.path(".venv/bin/python"))
            .args(arguments)
            .args(["--quiet", "--no-cache-dir"])
            .env("PIP_INDEX_URL", fixture.index().url())
            .env("NO_PROXY", "127.0.0.1")
    });
}

/// The output without the version of the interpreter that the machine has, and without hashes of
/// files that name their environment.
pub(crate) fn without_python(ran: &Ran) -> String {
    let minor = real_minor();
    let own = regex::Regex::new(r"sha256=[\w-]{43},\d+").unwrap();
    let text = own
        .replace_all(&ran.to_string(), "sha256=[hash],[size]")
        .into_owned();
    let compiled = regex::Regex::new(r"\d+ compiled files?").unwrap();
    compiled
        .replace_all(&text, "[number] compiled files")
        .replace(&format!("python{minor}"), "python3.N")
        .replace(&format!("cpython-{}", minor.replace('.', "")), "cpython-3N")
}
