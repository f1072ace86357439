//! Where an interpreter would find another module of the same name than the installed one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use holdfast_model::{PackageId, Shadow, ShadowedBy};

use crate::root::Root;

/// Names that many projects have for something that is not meant to be imported.
const NOT_IMPORTED: [&str; 6] = ["test", "tests", "docs", "examples", "scripts", "benchmarks"];

/// A place that an interpreter looks at, and why.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) directory: PathBuf,
    pub(crate) by: ShadowedBy,
}

/// The module that a path in `site-packages` belongs to; nothing for metadata and libraries.
pub(crate) fn module_of(path: &str) -> Option<&str> {
    let (first, is_file) = match path.split_once('/') {
        Some((first, _)) => (first, false),
        None => (path, true),
    };
    let module = if is_file {
        let (module, rest) = first.split_once('.')?;
        let extension = rest.rsplit('.').next().unwrap_or(rest);
        matches!(extension, "py" | "so" | "pyd").then_some(module)?
    } else {
        first
    };
    let is_name = !module.is_empty()
        && module != "__pycache__"
        && module
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_');
    is_name.then_some(module)
}

/// The modules that are found at `places` although a package has them; sorted.
pub(crate) fn shadows(
    system: &Root,
    modules: &BTreeMap<&str, &PackageId>,
    places: &[Place],
) -> Vec<Shadow> {
    let mut found = Vec::new();
    for place in places {
        let Ok(listing) = system.list(&place.directory) else {
            continue;
        };
        for entry in listing.into_iter().flatten() {
            let path = &entry.path;
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            // a directory without `__init__.py` only adds to a namespace
            let is_package = system.is_file(&path.join("__init__.py"));
            let module = if is_package {
                Some(name)
            } else {
                module_of(name)
            };
            let Some(module) = module.filter(|_| is_package || system.is_file(path)) else {
                continue;
            };
            if is_ordinary(module, &place.by) {
                continue;
            }
            if let Some(package) = modules.get(module) {
                found.push(Shadow {
                    module: module.to_owned(),
                    package: (*package).clone(),
                    path: path.display().to_string(),
                    by: place.by.clone(),
                });
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn is_ordinary(module: &str, by: &ShadowedBy) -> bool {
    *by == ShadowedBy::CurrentDirectory && NOT_IMPORTED.contains(&module)
}

/// A place that a line of a `.pth` file names, unless it lies in the environment's own directories of
/// packages.
pub(crate) fn of_path_file(
    line: &str,
    file: &str,
    site_packages: &Path,
    environment: &crate::place::Place,
) -> Option<Place> {
    let system = &environment.system;
    let line = Path::new(line);
    let directory = if line.is_absolute() {
        system.here(line)
    } else {
        site_packages.join(line)
    };
    let directory = system.real(&directory).ok()?;
    let is_own = environment
        .site_packages
        .iter()
        .any(|own| system.real(own).is_ok_and(|own| own == directory));
    (!is_own).then(|| Place {
        directory,
        by: ShadowedBy::PathFile(file.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_told_by_paths() {
        assert_eq!(module_of("numpy/core/x.py"), Some("numpy"));
        assert_eq!(module_of("six.py"), Some("six"));
        assert_eq!(
            module_of("_cffi_backend.cpython-311-x86_64-linux-gnu.so"),
            Some("_cffi_backend")
        );
        for path in [
            "numpy-1.dist-info/RECORD",
            "numpy.libs/x.so",
            "x.pth",
            "__pycache__/six.pyc",
        ] {
            assert_eq!(module_of(path), None, "{path}");
        }
    }

    #[test]
    fn a_directory_without_init_shadows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let numpy = PackageId::pypi("numpy");
        let six = PackageId::pypi("six");
        let modules = BTreeMap::from([("numpy", &numpy), ("six", &six), ("tests", &six)]);
        for directory in ["numpy", "tests"] {
            fs_err::create_dir(folder.path().join(directory)).unwrap();
        }
        fs_err::write(folder.path().join("tests/__init__.py"), "").unwrap();
        fs_err::write(folder.path().join("six.py"), "").unwrap();
        let place = |by| Place {
            directory: folder.path().to_owned(),
            by,
        };
        let names = |by| {
            let shadows = shadows(&Root::whole(), &modules, &[place(by)]);
            shadows
                .into_iter()
                .map(|shadow| shadow.module)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(ShadowedBy::CurrentDirectory), ["six"]);
        assert_eq!(names(ShadowedBy::PythonPath), ["six", "tests"]);
    }
}
