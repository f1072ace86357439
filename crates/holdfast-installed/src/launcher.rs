//! The scripts that installers write for entry points, and those of wheels whose first line they
//! replace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What an entry point starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryPoint {
    module: String,
    attribute: String,
}

/// The scripts of `entry_points.txt`, by name.
pub(crate) fn entry_points(text: &str) -> BTreeMap<String, EntryPoint> {
    let mut found = BTreeMap::new();
    let mut wanted = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']').trim();
            wanted = matches!(section, "console_scripts" | "gui_scripts");
        } else if wanted
            && !line.starts_with(['#', ';'])
            && let Some((name, target)) = line.split_once('=')
        {
            // `module:attribute [extra]`
            let target = target.split('[').next().unwrap_or_default().trim();
            if let Some((module, attribute)) = target.split_once(':') {
                let point = EntryPoint {
                    module: module.trim().to_owned(),
                    attribute: attribute.trim().to_owned(),
                };
                found.insert(name.trim().to_owned(), point);
            }
        }
    }
    found
}

/// The entry point that a script starts: by its name, or by the name with a version of Python behind
/// it, as pip writes for itself.
pub(crate) fn entry_point<'a>(
    points: &'a BTreeMap<String, EntryPoint>,
    script: &str,
) -> Option<&'a EntryPoint> {
    let script = script.strip_suffix(".exe").unwrap_or(script);
    points.get(script).or_else(|| {
        let stem = script.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let stem = stem.strip_suffix('-').unwrap_or(stem);
        (stem != script).then(|| points.get(stem)).flatten()
    })
}

/// What a script begins with: the interpreter that it starts, and what follows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Script<'a> {
    pub(crate) interpreter: Interpreter,
    pub(crate) body: &'a [u8],
}

/// The interpreter of a script.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Interpreter {
    /// At this path.
    At(PathBuf),
    /// The one beside the script, wherever that is.
    Beside,
}

/// Takes a script apart; nothing where it is none that an installer writes.
pub(crate) fn script(content: &[u8]) -> Option<Script<'_>> {
    let (first, body) = split_line(content)?;
    let first = std::str::from_utf8(first).ok()?.strip_prefix("#!")?.trim();
    if first != "/bin/sh" {
        let path = first.split(' ').next().unwrap_or(first);
        let path = if path.starts_with('"') {
            first.trim_matches('"')
        } else {
            path
        };
        return Some(Script {
            interpreter: Interpreter::At(PathBuf::from(path)),
            body,
        });
    }
    // for paths that are too long for the system, or have blanks:
    // `'''exec' /path/python "$0" "$@"` and `' '''`
    let (second, body) = split_line(body)?;
    let (third, body) = split_line(body)?;
    let command = std::str::from_utf8(second)
        .ok()?
        .trim()
        .strip_prefix("'''exec' ")?
        .strip_suffix(" \"$0\" \"$@\"")?;
    if third.trim_ascii() != b"' '''" {
        return None;
    }
    let beside = r#""$(dirname -- "$(realpath -- "$0")")"/"#;
    let interpreter = match command.strip_prefix(beside) {
        Some(name) if is_python(name.trim_matches('\'')) => Interpreter::Beside,
        Some(_) => return None,
        None => Interpreter::At(PathBuf::from(command.trim_matches(['"', '\'']))),
    };
    Some(Script { interpreter, body })
}

/// The content that a script of a wheel had before an installer put the environment's interpreter
/// into its first line.
pub(crate) fn restored(script: &Script<'_>) -> Vec<u8> {
    let mut content = b"#!python\n".to_vec();
    content.extend_from_slice(script.body);
    content
}

/// Whether the interpreter of a script is the environment's own.
pub(crate) fn is_own(interpreter: &Interpreter, programs: &Path) -> bool {
    match interpreter {
        Interpreter::Beside => true,
        Interpreter::At(path) => {
            let named = path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(is_python);
            let inside = path.parent().is_some_and(|parent| {
                parent == programs
                    || fs_err::canonicalize(parent).is_ok_and(|parent| {
                        fs_err::canonicalize(programs).is_ok_and(|it| it == parent)
                    })
            });
            named && inside
        }
    }
}

/// In which respect a script is none that an installer writes for an entry point.
pub(crate) fn mismatch(content: &[u8], point: &EntryPoint, programs: &Path) -> Option<String> {
    let Some(script) = script(content) else {
        return Some("it does not start a Python interpreter".to_owned());
    };
    if !is_own(&script.interpreter, programs) {
        let path = match &script.interpreter {
            Interpreter::At(path) => path.display().to_string(),
            Interpreter::Beside => String::new(),
        };
        return Some(format!(
            "it starts `{path}`, which is not the interpreter of this environment"
        ));
    }
    let Ok(body) = std::str::from_utf8(script.body) else {
        return Some("it has more in it than the call of its entry point".to_owned());
    };
    let odd = body.lines().find(|line| !is_expected(line.trim(), point))?;
    let shown: String = odd.trim().chars().take(80).collect();
    Some(format!("it has a line that no installer writes: `{shown}`"))
}

/// The lines of pip, distlib and uv, in any order: none of them does harm without the others.
fn is_expected(line: &str, point: &EntryPoint) -> bool {
    let line = line.replace('\'', "\"");
    let first = point.attribute.split('.').next().unwrap_or_default();
    matches!(
        line.as_str(),
        "" | "# -*- coding: utf-8 -*-"
            | "import re"
            | "import sys"
            | "if __name__ == \"__main__\":"
            | r#"sys.argv[0] = re.sub(r"(-script\.pyw|\.exe)?$", "", sys.argv[0])"#
            | r#"sys.argv[0] = re.sub(r"(-script\.pyw?|\.exe)?$", "", sys.argv[0])"#
            | "if sys.argv[0].endswith(\"-script.pyw\"):"
            | "if sys.argv[0].endswith(\".exe\"):"
            | "elif sys.argv[0].endswith(\".exe\"):"
            | "sys.argv[0] = sys.argv[0][:-11]"
            | "sys.argv[0] = sys.argv[0][:-4]"
            | "sys.argv[0] = sys.argv[0].removesuffix(\".exe\")"
    ) || line == format!("from {} import {first}", point.module)
        || line == format!("sys.exit({}())", point.attribute)
}

fn is_python(name: &str) -> bool {
    let name = name.strip_suffix(".exe").unwrap_or(name);
    ["pythonw", "python", "pypy"].iter().any(|kind| {
        name.strip_prefix(kind).is_some_and(|version| {
            version
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
        })
    })
}

fn split_line(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = content.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = content.split_at_checked(end)?;
    Some((line, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIP: &str = "#!/e/bin/python3.11\n# -*- coding: utf-8 -*-\nimport re\nimport sys\nfrom uvicorn.main import main\nif __name__ == '__main__':\n    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n    sys.exit(main())\n";
    const UV: &str = "#!/bin/sh\n'''exec' '/e/bin/python' \"$0\" \"$@\"\n' '''\n# -*- coding: utf-8 -*-\nimport sys\nfrom uvicorn.main import main\nif __name__ == \"__main__\":\n    if sys.argv[0].endswith(\"-script.pyw\"):\n        sys.argv[0] = sys.argv[0][:-11]\n    elif sys.argv[0].endswith(\".exe\"):\n        sys.argv[0] = sys.argv[0][:-4]\n    sys.exit(main())\n";

    fn judge(content: &str) -> Option<String> {
        let points = entry_points("[console_scripts]\nuvicorn = uvicorn.main:main [standard]\n");
        let point = entry_point(&points, "uvicorn").unwrap();
        mismatch(content.as_bytes(), point, Path::new("/e/bin"))
    }

    #[test]
    fn what_installers_write_is_accepted() {
        assert_eq!(judge(PIP), None);
        assert_eq!(judge(UV), None);
        let relocatable = UV.replace(
            "'/e/bin/python'",
            "\"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python'",
        );
        assert_eq!(judge(&relocatable), None);
    }

    #[test]
    fn another_interpreter_or_one_more_line_is_not() {
        let other = judge(&PIP.replace("/e/bin/python3.11", "/tmp/python3.11")).unwrap();
        assert!(other.contains("`/tmp/python3.11`"), "{other}");
        let more = judge(&PIP.replace("import re\n", "import re, evil\n")).unwrap();
        assert!(more.contains("`import re, evil`"), "{more}");
        assert!(judge("\x7fELF").is_some());
        assert!(judge(&PIP.replace("uvicorn.main import", "evil import")).is_some());
    }

    #[test]
    fn pip_has_scripts_with_versions_in_their_names() {
        let points = entry_points("[console_scripts]\npip = pip._internal.cli.main:main\n");
        for name in ["pip", "pip3", "pip3.11", "pip-3.11", "pip.exe"] {
            assert!(entry_point(&points, name).is_some(), "{name}");
        }
        assert!(entry_point(&points, "pipx").is_none());
    }

    #[test]
    fn the_first_line_of_a_script_is_put_back() {
        let content = b"#!/e/bin/python\nprint()\n";
        assert_eq!(restored(&script(content).unwrap()), b"#!python\nprint()\n");
    }
}
