//! What the interpreter's own files tell of it, without running it.

use std::path::{Path, PathBuf};

use holdfast_model::Interpreter;

use crate::place::{Place, with_slashes};
use crate::read;

/// Larger than any interpreter or its library.
const LARGEST: u64 = 512 << 20;

/// The environment's interpreter. `minor` is what the environment's directories say: `3.11`.
pub(crate) fn interpreter(place: &Place, minor: Option<&str>) -> Interpreter {
    let programs = programs(&place.prefix);
    let names = names(minor);
    let mut present = names
        .iter()
        .map(|name| programs.join(name))
        .filter(|path| fs_err::symlink_metadata(path).is_ok());
    let Some(first) = present.next() else {
        return Interpreter::default();
    };
    let executable = match place.system.real(&first) {
        Ok(path) => path,
        Err(error) => {
            return Interpreter {
                problem: Some(format!("`{}` leads nowhere: {error}", shown(place, &first))),
                ..Interpreter::default()
            };
        }
    };
    let other = present.find(|path| !same_program(place, path, &executable));
    let problem = other
        .map(|other| {
            format!(
                "`{}` and `{}` are different programs",
                shown(place, &first),
                shown(place, &other)
            )
        })
        .or_else(|| kind_problem(place, &first, &executable))
        .or_else(|| home_problem(place, &first, &executable, &names));
    let version = version(place, &executable, minor);
    Interpreter {
        implementation: implementation(&executable),
        version,
        executable: Some(place.system.written(&executable).display().to_string()),
        problem,
    }
}

/// The directory of an environment's programs.
pub(crate) fn programs(prefix: &Path) -> PathBuf {
    let windows = prefix.join("Scripts");
    if windows.is_dir() && !prefix.join("bin").is_dir() {
        windows
    } else {
        prefix.join("bin")
    }
}

/// Where the base interpreter of a virtual environment keeps its own library.
pub(crate) fn base_library(place: &Place, minor: Option<&str>) -> Option<PathBuf> {
    let home = place.system.here(&crate::interpreter::home(place)?);
    let library = home.parent()?.join("lib").join(format!("python{}", minor?));
    (library.is_dir() && place.system.agrees(&library)).then_some(library)
}

fn names(minor: Option<&str>) -> Vec<String> {
    let mut names = vec!["python".to_owned(), "python3".to_owned()];
    names.extend(minor.map(|minor| format!("python{minor}")));
    names.push("python.exe".to_owned());
    names.push("pypy3".to_owned());
    names
}

/// The same file, or a copy of it as `venv --copies` makes.
fn same_program(place: &Place, path: &Path, executable: &Path) -> bool {
    let Ok(real) = place.system.real(path) else {
        return false;
    };
    if real == executable {
        return true;
    }
    let size = |path: &Path| fs_err::metadata(path).map(|metadata| metadata.len()).ok();
    size(&real) == size(executable)
        && read::whole(&real, LARGEST).ok() == read::whole(executable, LARGEST).ok()
}

fn kind_problem(place: &Place, path: &Path, executable: &Path) -> Option<String> {
    let start = read::head(executable, 4).ok()?;
    let is_program = [
        b"\x7fELF".as_slice(),
        b"MZ",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
    ]
    .iter()
    .any(|magic| start.starts_with(magic));
    (!is_program).then(|| {
        format!(
            "`{}` is no interpreter but {}",
            shown(place, path),
            if start.starts_with(b"#!") {
                "a script"
            } else {
                "another kind of file"
            }
        )
    })
}

/// Whether the interpreter is another than the one that the environment was made with.
fn home_problem(place: &Place, path: &Path, executable: &Path, names: &[String]) -> Option<String> {
    let home = crate::interpreter::home(place)?;
    if executable.starts_with(place.system.real(&place.prefix).ok()?) {
        // a copy of it, which its version tells
        return None;
    }
    let here = place.system.here(&home);
    let real_home = place.system.real(&here).ok()?;
    let is_home = executable.parent() == Some(real_home.as_path())
        || names
            .iter()
            .filter_map(|name| place.system.real(&here.join(name)).ok())
            .any(|base| base == executable);
    (!is_home).then(|| {
        format!(
            "`{}` leads to `{}`, while `pyvenv.cfg` has its interpreter in `{}`",
            shown(place, path),
            place.system.written(executable).display(),
            home.display()
        )
    })
}

fn shown(place: &Place, path: &Path) -> String {
    with_slashes(path.strip_prefix(&place.prefix).unwrap_or(path))
}

fn implementation(executable: &Path) -> Option<String> {
    let name = executable.file_name()?.to_str()?;
    if name.starts_with("pypy") {
        Some("pypy".to_owned())
    } else if name.starts_with("python") {
        Some("cpython".to_owned())
    } else {
        None
    }
}

/// The version to the patch: from the program, else from the library that it loads.
fn version(place: &Place, executable: &Path, minor: Option<&str>) -> Option<String> {
    let wanted = |path: &Path| {
        let content = read::whole(path, LARGEST).ok()?;
        version_in(&content, minor)
    };
    wanted(executable).or_else(|| {
        libraries(place, executable, minor?)
            .iter()
            .find_map(|path| wanted(path))
    })
}

fn libraries(place: &Place, executable: &Path, minor: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(prefix) = executable.parent().and_then(Path::parent) {
        folders.push(prefix.join("lib"));
        folders.push(prefix.join("lib64"));
        folders.push(prefix.to_owned());
    }
    // where systems keep the library of their own interpreter
    if place.system.written(executable).starts_with("/usr/bin") {
        let machine = std::env::consts::ARCH;
        let folder = format!("/usr/lib/{machine}-linux-gnu");
        folders.push(place.system.here(Path::new(&folder)));
    }
    let mut found = Vec::new();
    for folder in folders {
        for name in [
            format!("libpython{minor}.so.1.0"),
            format!("libpython{minor}.dylib"),
            "Python".to_owned(),
        ] {
            // the link that a package manager makes is followed to the library itself
            if let Ok(path) = place.system.real(&folder.join(name))
                && path.is_file()
            {
                found.push(path);
            }
        }
    }
    found
}

/// `PY_VERSION` in a program: a text of its own, `3.11.7`.
///
/// Linkers store a text that is the end of another only once, so that it may also be the end of a
/// path; it counts where all such ends are the same.
fn version_in(content: &[u8], minor: Option<&str>) -> Option<String> {
    let mut ends = std::collections::BTreeSet::new();
    for text in content.split(|byte| *byte == 0) {
        let start = text
            .iter()
            .rposition(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+')))
            .map_or(0, |position| position + 1);
        let Some(end) = text
            .get(start..)
            .filter(|end| (5..=16).contains(&end.len()))
        else {
            continue;
        };
        let Some(end) = std::str::from_utf8(end)
            .ok()
            .filter(|end| is_version(end, minor))
        else {
            continue;
        };
        if start == 0 {
            return Some(end.to_owned());
        }
        ends.insert(end);
    }
    let only = ends.pop_first()?;
    ends.is_empty().then(|| only.to_owned())
}

fn is_version(text: &str, minor: Option<&str>) -> bool {
    let rest = match minor {
        Some(minor) => text
            .strip_prefix(minor)
            .and_then(|rest| rest.strip_prefix('.')),
        None => text
            .strip_prefix("3.")
            .and_then(|rest| rest.split_once('.'))
            .filter(|(minor, _)| minor.bytes().all(|byte| byte.is_ascii_digit()))
            .map(|(_, patch)| patch),
    };
    // `7`, `0rc1`, and `7+` between two releases
    rest.is_some_and(|patch| {
        patch.starts_with(|letter: char| letter.is_ascii_digit())
            && patch
                .trim_end_matches('+')
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'a' | b'b' | b'r' | b'c'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_a_text_of_its_own() {
        let content = b"\x7fELF\0Python 3.11.7 x\x003.12.1\x003.11.7\x003.11\0";
        assert_eq!(version_in(content, Some("3.11")).as_deref(), Some("3.11.7"));
        assert_eq!(version_in(content, Some("3.1")), None);
        assert_eq!(version_in(content, None).as_deref(), Some("3.12.1"));
        let content = b"\x003.14.0rc2\0";
        assert_eq!(
            version_in(content, Some("3.14")).as_deref(),
            Some("3.14.0rc2")
        );
        let content = b"\0/opt/versions/3.11.7\0.222/Python-3.11.7\x003.12.1/lib\0";
        assert_eq!(version_in(content, Some("3.11")).as_deref(), Some("3.11.7"));
        assert_eq!(version_in(b"\0a/3.11.7\0b/3.11.8\0", Some("3.11")), None);
    }
}
