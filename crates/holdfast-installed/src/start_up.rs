//! Code that runs whenever the interpreter starts: `.pth` files, `sitecustomize`, `usercustomize`.

use std::path::Path;

use holdfast_model::{StartUpCode, StartUpKind};

use crate::read;
use crate::root::Root;

/// Python reads them whole; none is nearly as large.
const LARGEST: u64 = 1 << 20;
/// Of a line so much is shown.
const SHOWN: usize = 120;

/// What a `.pth` file says.
#[derive(Debug, Default)]
pub(crate) struct PathFile {
    /// Lines that are run, with their numbers counted from 1.
    pub(crate) code: Vec<(u32, String)>,
    /// Lines that name further places to import from.
    pub(crate) places: Vec<String>,
}

/// Reads a `.pth` file as `site.py` does.
pub(crate) fn path_file(system: &Root, path: &Path) -> std::io::Result<PathFile> {
    let bytes = system.whole_file(path, LARGEST)?;
    Ok(parse(&String::from_utf8_lossy(&bytes)))
}

/// What the text of a `.pth` file says.
fn parse(text: &str) -> PathFile {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut file = PathFile::default();
    for (line, number) in text.lines().zip(1..) {
        if line.starts_with("import ") || line.starts_with("import\t") {
            file.code.push((number, line.to_owned()));
        } else if !line.starts_with('#') && !line.trim().is_empty() {
            file.places.push(line.trim_end().to_owned());
        }
    }
    file
}

/// Whether a name directly below a directory of packages is a module that `site.py` imports.
pub(crate) fn is_customisation(name: &str) -> bool {
    let module = name.split('.').next().unwrap_or_default();
    let is_module = !name.contains('.')
        || [".py", ".pyc", ".so", ".pyd"]
            .iter()
            .any(|extension| name.ends_with(extension));
    matches!(module, "sitecustomize" | "usercustomize") && is_module
}

/// Whether a line of a `.pth` file only imports what [`is_known_file`] knows.
pub(crate) fn is_known(name: &str, line: &str) -> bool {
    name == "_virtualenv.pth" && line.trim_end() == "import _virtualenv"
}

/// Whether a file is what `virtualenv`, and uv until 0.9, leave in every environment.
///
/// It is known by its content: the module patches `distutils` so that it ignores a prefix in a
/// user's configuration.
pub(crate) fn is_known_file(name: &str, content: impl FnOnce() -> Option<Vec<u8>>) -> bool {
    match name {
        "_virtualenv.pth" => {
            content().is_some_and(|content| content.trim_ascii_end() == b"import _virtualenv")
        }
        "_virtualenv.py" => {
            content().is_some_and(|content| KNOWN_MODULES.contains(&read::sha256(&content).hex()))
        }
        _ => false,
    }
}

/// SHA-256 of every `_virtualenv.py` that was released.
const KNOWN_MODULES: &[&str] = &[];

/// A line of a `.pth` file as a fact.
pub(crate) fn code_of(path: &str, number: u32, line: &str) -> StartUpCode {
    let shown: String = line.chars().take(SHOWN).collect();
    StartUpCode {
        path: path.to_owned(),
        kind: StartUpKind::PathFile {
            line: shown,
            number,
        },
        owner: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_begin_with_import_are_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pth");
        fs_err::write(
            &path,
            "# import a\nimport os; evil()\n../src\n import b\n\nimport\tc\n",
        )
        .unwrap();
        let file = path_file(&Root::whole(), &path).unwrap();
        let numbers: Vec<u32> = file.code.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [2, 6]);
        assert_eq!(file.places, ["../src", " import b"]);
    }

    #[test]
    fn customisation_is_told_by_its_name() {
        for name in [
            "sitecustomize.py",
            "usercustomize",
            "sitecustomize.cpython-311-x86_64-linux-gnu.so",
        ] {
            assert!(is_customisation(name), "{name}");
        }
        assert!(!is_customisation("sitecustomize-1.0.dist-info"));
        assert!(!is_customisation("my_sitecustomize.py"));
    }
}
