//! The Python environments on a file system, such as that of an image.

use std::path::{Path, PathBuf};

use crate::InstalledError;
use crate::conda;
use crate::place::Place;
use crate::root::{self, Root};

/// Deeper than anybody puts an environment.
const DEEPEST: usize = 8;
/// More directories than an image for one purpose has.
const MOST: usize = 300_000;
/// Where the kernel's own files are, and where no environment is.
const PASSED_OVER: [&str; 10] = [
    "/boot",
    "/dev",
    "/proc",
    "/run",
    "/sys",
    "/usr/include",
    "/usr/share",
    "/usr/src",
    "/var/cache",
    "/var/lib/dpkg",
];
/// Where the system's own interpreters keep packages.
const OF_SYSTEM: [&str; 2] = ["/usr", "/usr/local"];

/// The environments below `root`, by their paths on this machine, sorted: virtual ones, those of
/// conda, and the system's own interpreters where they have packages. No link is followed.
pub fn environments(root: &Path) -> Result<Vec<PathBuf>, InstalledError> {
    let system = Root::new(root).map_err(|source| InstalledError::Unreachable {
        path: root.to_owned(),
        source,
    })?;
    Ok(on(&system))
}

/// The environments on a file system. Where there is none of the known kinds, interpreters that stand
/// in a directory of their own count, with the packages in them.
pub(crate) fn on(system: &Root) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut others = Vec::new();
    let start = system.here(Path::new("/"));
    let mut waiting = vec![(start, 0_usize)];
    let mut count = 0;
    while let Some((directory, depth)) = waiting.pop() {
        count += 1;
        if count > MOST {
            break;
        }
        let kind = kind(system, &directory);
        let is_of_system = OF_SYSTEM
            .iter()
            .any(|path| system.here(Path::new(path)) == directory);
        if kind.is_some() || is_of_system {
            if has_packages(system, &directory) {
                found.push(directory.clone());
            }
        } else if is_interpreter(system, &directory) && has_packages(system, &directory) {
            others.push(directory.clone());
        }
        match kind {
            // conda keeps further environments in its own
            Some(Kind::Conda) => waiting.push((directory.join("envs"), depth + 1)),
            None if depth < DEEPEST => {
                let below = below(&directory, system);
                waiting.extend(below.into_iter().map(|path| (path, depth + 1)));
            }
            Some(Kind::Virtual) | None => {}
        }
    }
    if found.is_empty() {
        found = others;
    }
    found.sort();
    found
}

enum Kind {
    Virtual,
    Conda,
}

fn kind(system: &Root, directory: &Path) -> Option<Kind> {
    let stands = |name: &str| Some(system.look(&directory.join(name)).ok()??.kind);
    if stands("pyvenv.cfg") == Some(root::Kind::File) {
        Some(Kind::Virtual)
    } else if stands(conda::DIRECTORY) == Some(root::Kind::Directory) {
        Some(Kind::Conda)
    } else {
        None
    }
}

/// Whether there are a program and a library of Python.
fn is_interpreter(system: &Root, directory: &Path) -> bool {
    let stands = |path: &str| matches!(system.look(&directory.join(path)), Ok(Some(_)));
    stands("bin/python3") && stands("lib")
}

fn has_packages(system: &Root, directory: &Path) -> bool {
    Place::find_on(system.clone(), directory).is_ok_and(|place| {
        let installed = crate::observe_place(&place);
        // what is in `/usr/local` is seen from `/usr` as well
        let mut packages = installed.packages.iter();
        packages.any(|package| !package.path.starts_with("local/"))
    })
}

fn below(directory: &Path, system: &Root) -> Vec<PathBuf> {
    let Ok(listing) = system.list(directory) else {
        return Vec::new();
    };
    listing
        .into_iter()
        .flatten()
        .filter(|entry| matches!(entry.kind, Ok(root::Kind::Directory)))
        .map(|entry| entry.path)
        .filter(|path| {
            let inside = system.inside(path).unwrap_or_default();
            let name = path.file_name().unwrap_or_default();
            !PASSED_OVER.iter().any(|other| inside == Path::new(other))
                && !["site-packages", "dist-packages", "node_modules", ".git"]
                    .iter()
                    .any(|other| name == *other)
        })
        .collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use fs_err::os::unix::fs::symlink;

    use super::*;
    use crate::{Examination, examine};

    struct Image {
        folder: tempfile::TempDir,
    }

    const SITE: &str = "root/opt/venv/lib/python3.11/site-packages";

    impl Image {
        /// An unpacked image with a virtual environment, made with the system's interpreter.
        fn new() -> Self {
            let image = Self {
                folder: tempfile::tempdir().unwrap(),
            };
            image.write("root/usr/bin/python3.11", "\x7fELF\0x\x003.11.7\0");
            image.write("root/opt/venv/pyvenv.cfg", "home = /usr/bin\n");
            fs_err::create_dir_all(image.path("root/opt/venv/bin")).unwrap();
            image.link("/usr/bin/python3.11", "root/opt/venv/bin/python");
            image.package("acme", SITE);
            image
        }

        fn path(&self, path: &str) -> PathBuf {
            self.folder.path().join(path)
        }

        fn write(&self, path: &str, content: &str) {
            let path = self.path(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, content).unwrap();
        }

        fn link(&self, target: &str, path: &str) {
            symlink(target, self.path(path)).unwrap();
        }

        fn package(&self, name: &str, site: &str) {
            let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n");
            self.write(&format!("{site}/{name}-1.0.dist-info/METADATA"), &metadata);
        }

        fn examined(&self, place: &str) -> Result<holdfast_model::Installed, InstalledError> {
            let examination = Examination {
                root: Some(self.path("root")),
                ..Examination::default()
            };
            examine(&self.path(place), &examination)
        }
    }

    #[test]
    fn links_mean_what_they_mean_inside() {
        let image = Image::new();
        let installed = image.examined("root/opt/venv").unwrap();
        let interpreter = installed.contents.unwrap().interpreter;
        assert_eq!(interpreter.version.as_deref(), Some("3.11.7"));
        assert_eq!(
            interpreter.executable.as_deref(),
            Some("/usr/bin/python3.11")
        );
        assert_eq!(interpreter.problem, None);
        assert_eq!(installed.packages.len(), 1);
    }

    #[test]
    fn nothing_outside_is_read() {
        let image = Image::new();
        image.package("secret", "outside");
        let outside = image.path("outside");
        let outside = outside.to_str().unwrap();
        // a package whose metadata is elsewhere, one that is elsewhere altogether, and all packages
        let metadata = format!("{outside}/secret-1.0.dist-info/METADATA");
        fs_err::create_dir_all(image.path(&format!("{SITE}/b-1.0.dist-info"))).unwrap();
        image.link(&metadata, &format!("{SITE}/b-1.0.dist-info/METADATA"));
        image.link(
            &format!("{outside}/secret-1.0.dist-info"),
            &format!("{SITE}/secret-1.0.dist-info"),
        );
        image.link(outside, "root/opt/venv/conda-meta");
        let installed = image.examined("root/opt/venv").unwrap();
        let names: Vec<&str> = installed
            .packages
            .iter()
            .map(|package| package.package.name())
            .collect();
        assert_eq!(names, ["acme"]);
        assert_eq!(installed.unreadable.len(), 2, "{:?}", installed.unreadable);
        fs_err::create_dir_all(image.path("root/other/lib/python3.11")).unwrap();
        image.link(outside, "root/other/lib/python3.11/site-packages");
        assert!(image.examined("root/other").is_err());
        assert!(image.examined("outside").is_err());
    }

    #[test]
    fn environments_are_found_wherever_they_are() {
        let image = Image::new();
        image.package("numpy", "root/usr/local/lib/python3.12/site-packages");
        let record = "{\"name\": \"python\", \"version\": \"3.12.1\"}";
        image.write("root/opt/conda/conda-meta/python-3.12.1-0.json", record);
        image.write(
            "root/opt/conda/envs/x/conda-meta/python-3.12.1-0.json",
            record,
        );
        fs_err::create_dir_all(image.path("root/usr/lib/python3/dist-packages")).unwrap();
        image.link("/", "root/opt/loop");
        let root = fs_err::canonicalize(image.path("root")).unwrap();
        let found = environments(&root).unwrap();
        let found: Vec<&Path> = found
            .iter()
            .map(|path| path.strip_prefix(&root).unwrap())
            .collect();
        let wanted = ["opt/conda", "opt/conda/envs/x", "opt/venv", "usr/local"];
        assert_eq!(found, wanted.map(Path::new));
    }
}
