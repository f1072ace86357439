//! `.python-version` (pyenv, uv) and `runtime.txt` (hosting platforms): the interpreter by its version.

use holdfast_model::{Declared, DeclaredFile, DeclaredPython, Location, Unread};
use pep440_rs::{Version, VersionSpecifier, VersionSpecifiers};

use crate::{Format, LineIndex, ReadError};

/// Versions that are read of one file.
const LIMIT: usize = 100;

/// Reads `.python-version`: a version per line, the first of which is used; `#` begins a comment.
pub(crate) fn read_python_version(text: &str, file: &str) -> Declared {
    read(text, file, Format::PythonVersion, |line| {
        line.split('#').next().unwrap_or_default().trim()
    })
}

/// Reads `runtime.txt`: `python-3.11.7`.
pub(crate) fn read_runtime_txt(text: &str, file: &str) -> Declared {
    read(text, file, Format::RuntimeTxt, str::trim)
}

fn read(text: &str, file: &str, format: Format, content: fn(&str) -> &str) -> Declared {
    let mut declared = Declared {
        files: vec![DeclaredFile {
            path: file.to_owned(),
            format: format.name().to_owned(),
        }],
        ..Declared::default()
    };
    let index = LineIndex::new(text);
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let version = content(line);
        let column = line.find(version).unwrap_or_default();
        let location = index.location(file, offset + column);
        offset += line.len();
        if version.is_empty() {
            continue;
        }
        if declared.python.len() == LIMIT {
            declared.unread.push(Unread {
                reason: format!("only the first {LIMIT} versions are read"),
                location,
            });
            break;
        }
        let specifiers = specifiers(version);
        if specifiers.is_none() {
            declared.unread.push(Unread {
                reason: format!("`{}` is no version of CPython", version.escape_debug()),
                location: location.clone(),
            });
        }
        declared.python.push(DeclaredPython {
            text: version.to_owned(),
            specifiers,
            location,
        });
    }
    declared
}

/// A range that a project requires, `>=3.11,<3.13`.
pub(crate) fn required(text: &str, location: Location) -> Result<DeclaredPython, ReadError> {
    let Ok(specifiers) = text.parse::<VersionSpecifiers>() else {
        let message = format!("`{}` is no range of Python versions", text.escape_debug());
        return Err(ReadError::new(location, message).with_fix("write for example `>=3.11,<3.13`"));
    };
    Ok(DeclaredPython {
        text: text.to_owned(),
        specifiers: Some(specifiers),
        location,
    })
}

/// `3.11.7` is that version, `3.11` any of its patches; a range is one.
pub(crate) fn specifiers(text: &str) -> Option<VersionSpecifiers> {
    if text.len() > 256 {
        return None;
    }
    let plain = ["cpython@", "cpython-", "python-", "cpython", "python"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text);
    let Ok(version) = plain.parse::<Version>() else {
        return plain.parse().ok();
    };
    let specifier = if version.release().len() < 3 && version.is_stable() {
        VersionSpecifier::equals_star_version(version)
    } else {
        VersionSpecifier::equals_version(version)
    };
    Some(VersionSpecifiers::from(specifier))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(declared: &Declared) -> Vec<(String, Option<String>, String)> {
        declared
            .python
            .iter()
            .map(|python| {
                let specifiers = python.specifiers.as_ref().map(ToString::to_string);
                (python.text.clone(), specifiers, python.location.to_string())
            })
            .collect()
    }

    fn one(text: &str, specifiers: Option<&str>, place: &str) -> (String, Option<String>, String) {
        (
            text.to_owned(),
            specifiers.map(str::to_owned),
            place.to_owned(),
        )
    }

    #[test]
    fn versions_are_read_with_their_places() {
        let read = read_python_version("# why\n\n  3.11.7 # patch\r\n3.10\npypy3.9-7.3\n", "v");
        assert_eq!(
            found(&read),
            [
                one("3.11.7", Some("==3.11.7"), "v:3:3"),
                one("3.10", Some("==3.10.*"), "v:4:1"),
                one("pypy3.9-7.3", None, "v:5:1"),
            ]
        );
        assert_eq!(read.unread.len(), 1);
        assert_eq!(
            found(&read_runtime_txt("python-3.11.7\n", "r")),
            [one("python-3.11.7", Some("==3.11.7"), "r:1:1")]
        );
        assert_eq!(
            found(&read_python_version(">=3.11,<3.13", "v")),
            [one(">=3.11,<3.13", Some(">=3.11, <3.13"), "v:1:1")]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,40}") {
            let _ = read_python_version(&text, "v");
            let _ = read_runtime_txt(&text, "r");
        }
    }
}
