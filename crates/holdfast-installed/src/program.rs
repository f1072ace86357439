//! What the interpreter's own files tell of it, without running it.

use std::path::{Path, PathBuf};

use holdfast_model::Interpreter;

use crate::place::{Place, with_slashes};

/// The environment's interpreter. `minor` is what the environment's directories say: `3.11`.
pub(crate) fn interpreter(place: &Place, minor: Option<&str>) -> Interpreter {
    let programs = programs(place);
    let names = names(minor);
    let mut present = names
        .iter()
        .map(|name| programs.join(name))
        .filter(|path| matches!(place.system.look(path), Ok(Some(_))));
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
pub(crate) fn programs(place: &Place) -> PathBuf {
    let windows = place.prefix.join("Scripts");
    let usual = place.prefix.join("bin");
    if place.system.is_dir(&windows) && !place.system.is_dir(&usual) {
        windows
    } else {
        usual
    }
}

/// Where the base interpreter of a virtual environment keeps its own library.
pub(crate) fn base_library(place: &Place, minor: Option<&str>) -> Option<PathBuf> {
    let home = place.system.here(&crate::interpreter::home(place)?);
    let library = home.parent()?.join("lib").join(format!("python{}", minor?));
    (place.system.is_dir(&library) && place.system.agrees(&library)).then_some(library)
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
    let size = |path: &Path| Some(place.system.look(path).ok()??.stat.size);
    size(&real) == size(executable) && place.system.sha256(&real) == place.system.sha256(executable)
}

fn kind_problem(place: &Place, path: &Path, executable: &Path) -> Option<String> {
    let start = place.system.head(executable, 4).ok()?;
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
    let wanted = |path: &Path| place.system.versions(path).ok()?.version(minor);
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
                && place.system.is_file(&path)
            {
                found.push(path);
            }
        }
    }
    found
}
