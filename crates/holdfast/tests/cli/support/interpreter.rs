//! Interpreters of other versions than the one at hand, as far as a solver looks at them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// Runs what it is given after `-c`, with another version to see.
const PRETENDER: &str = r#"#!{python}
import collections, platform, sys
numbers = ({numbers})
Version = collections.namedtuple("version_info", "major minor micro releaselevel serial")
sys.version_info = Version(*numbers, "final", 0)
sys.implementation.version = sys.version_info
platform.python_version = lambda: "%d.%d.%d" % numbers
platform.python_version_tuple = lambda: tuple(map(str, numbers))
sys.executable = sys._base_executable = __file__
exec(sys.argv[sys.argv.index("-c") + 1], {"__name__": "__main__"})
"#;

/// Puts an interpreter that says it is of `version` into a directory, as `python3.12` and `python3`.
pub(crate) fn pretend(directory: &Path, version: &str) {
    let script = PRETENDER
        .replace("{python}", real_python())
        .replace("{numbers}", &version.replace('.', ", "));
    fs_err::create_dir_all(directory).unwrap();
    let (minor, _) = version.rsplit_once('.').unwrap();
    for name in [format!("python{minor}"), "python3".to_owned()] {
        let path = directory.join(name);
        fs_err::write(&path, &script).unwrap();
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// The path of the interpreter that the machine really has.
fn real_python() -> &'static str {
    static PYTHON: OnceLock<String> = OnceLock::new();
    PYTHON.get_or_init(|| asked("import sys; print(sys.executable)"))
}

/// The minor version of the interpreter that the machine really has: `3.11`.
pub(crate) fn real_minor() -> &'static str {
    static MINOR: OnceLock<String> = OnceLock::new();
    MINOR.get_or_init(|| asked("import sys; print('%d.%d' % sys.version_info[:2])"))
}

fn asked(code: &str) -> String {
    let output = Command::new("python3").args(["-c", code]).output();
    let output = output.unwrap_or_else(|error| panic!("these tests need `python3`: {error}"));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
