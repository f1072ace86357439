//! Where a system's dynamic loader finds a shared library (ld.so(8)): nothing is loaded.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::elf::{Elf, Kind as Machine};
use crate::root::{Kind, Root};

/// The largest file of settings; none has a thousandth of it.
const LARGEST_SETTINGS: u64 = 1 << 20;
/// How deep files of settings include others, and how many there may be.
const DEEPEST: usize = 8;
const MOST_FILES: usize = 1000;
/// What glibc calls the directories of machines.
const MACHINES: [&str; 2] = ["x86_64-linux-gnu", "aarch64-linux-gnu"];

/// A library that was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The file itself, on this machine.
    pub(crate) path: PathBuf,
    pub(crate) elf: Arc<Elf>,
}

/// The dynamic loader of a file system.
#[derive(Debug)]
pub(crate) struct Loader<'a> {
    root: &'a Root,
    /// The system's own directories, in the order in which they are searched.
    system: Vec<PathBuf>,
    directories: RefCell<BTreeMap<PathBuf, Option<PathBuf>>>,
    libraries: RefCell<BTreeMap<PathBuf, Option<Arc<Elf>>>>,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(root: &'a Root) -> Self {
        let mut settings = Settings::default();
        settings.read(root, Path::new("/etc/ld.so.conf"), 0);
        let mut system = settings.directories;
        for machine in MACHINES {
            system.push(Path::new("/lib").join(machine));
            system.push(Path::new("/usr/lib").join(machine));
        }
        for directory in ["/lib64", "/usr/lib64", "/lib", "/usr/lib"] {
            system.push(PathBuf::from(directory));
        }
        if is_musl(root) {
            system.insert(0, PathBuf::from("/usr/local/lib"));
        }
        Self {
            root,
            system,
            directories: RefCell::default(),
            libraries: RefCell::default(),
        }
    }

    /// The directories that are searched for every library.
    pub(crate) fn system(&self) -> &[PathBuf] {
        &self.system
    }

    /// The library of a name in the first of these directories that has one of the right kind.
    pub(crate) fn find<'d>(
        &self,
        name: &str,
        kind: Machine,
        mut directories: impl Iterator<Item = &'d PathBuf>,
    ) -> Option<Found> {
        let of_kind = |path: PathBuf| {
            let elf = self.library(&path)?;
            (elf.kind == kind).then_some(Found { path, elf })
        };
        if name.contains('/') {
            // a relative one depends on the directory of whoever starts the program
            return name
                .starts_with('/')
                .then(|| self.root.resolve(Path::new(name)).ok())
                .flatten()
                .and_then(of_kind);
        }
        directories.find_map(|directory| of_kind(self.file(directory, name)?))
    }

    /// What a file says; nothing where it is no library that can be read.
    pub(crate) fn library(&self, path: &Path) -> Option<Arc<Elf>> {
        if let Some(known) = self.libraries.borrow().get(path) {
            return known.clone();
        }
        let read = self.root.library(path).ok().flatten().map(Arc::new);
        self.libraries
            .borrow_mut()
            .insert(path.to_owned(), read.clone());
        read
    }

    /// A library that was read before.
    pub(crate) fn know(&self, path: PathBuf, elf: Arc<Elf>) {
        self.libraries.borrow_mut().insert(path, Some(elf));
    }

    fn file(&self, directory: &Path, name: &str) -> Option<PathBuf> {
        let real = self
            .directories
            .borrow_mut()
            .entry(directory.to_owned())
            .or_insert_with(|| {
                let real = self.root.resolve(directory).ok()?;
                self.root.is_dir(&real).then_some(real)
            })
            .clone()?;
        let path = real.join(name);
        match self.root.look(&path).ok()??.kind {
            Kind::Link => self.root.resolve(&self.root.inside(&path)?).ok(),
            Kind::File => Some(path),
            Kind::Directory | Kind::Special => None,
        }
    }
}

/// The directories that a search path names, for a library in `origin`. What is relative, or names
/// something that only a running loader knows, is left out.
pub(crate) fn directories(search_path: &[String], origin: &Path) -> Vec<PathBuf> {
    let mut directories = Vec::new();
    for entry in search_path {
        let entry = entry
            .replace("${ORIGIN}", "$ORIGIN")
            .replace("${LIB}", "$LIB");
        let variants = if entry.contains("$LIB") {
            let machines = MACHINES.iter().map(|machine| format!("lib/{machine}"));
            ["lib64".to_owned(), "lib".to_owned()]
                .into_iter()
                .chain(machines)
                .map(|library| entry.replace("$LIB", &library))
                .collect()
        } else {
            vec![entry]
        };
        for variant in variants {
            let directory = match variant.strip_prefix("$ORIGIN") {
                Some(rest) => origin.join(rest.trim_start_matches('/')),
                None => PathBuf::from(variant),
            };
            if directory.is_absolute() && !directory.to_string_lossy().contains('$') {
                directories.push(directory);
            }
        }
    }
    directories
}

fn is_musl(root: &Root) -> bool {
    ["x86_64", "aarch64"].iter().any(|machine| {
        let loader = format!("/lib/ld-musl-{machine}.so.1");
        root.resolve(Path::new(&loader)).is_ok()
    })
}

/// What `/etc/ld.so.conf` and the files that it includes say.
#[derive(Debug, Default)]
struct Settings {
    directories: Vec<PathBuf>,
    files: usize,
}

impl Settings {
    fn read(&mut self, root: &Root, path: &Path, depth: usize) {
        self.files += 1;
        if depth > DEEPEST || self.files > MOST_FILES {
            return;
        }
        let Some(bytes) = root
            .resolve(path)
            .ok()
            .and_then(|path| root.whole_file(&path, LARGEST_SETTINGS).ok())
        else {
            return;
        };
        for line in String::from_utf8_lossy(&bytes).lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(pattern) = line.strip_prefix("include ") {
                let directory = path.parent().unwrap_or(Path::new("/"));
                for pattern in pattern.split_whitespace() {
                    for file in included(root, &directory.join(pattern)) {
                        self.read(root, &file, depth + 1);
                    }
                }
            } else if line.starts_with('/') {
                // `/usr/lib=libc6`, of systems long gone
                let directory = line.split('=').next().unwrap_or(line);
                self.directories.push(PathBuf::from(directory));
            }
        }
    }
}

/// The files of a pattern, whose last part may have `*`; sorted.
fn included(root: &Root, pattern: &Path) -> Vec<PathBuf> {
    let (Some(directory), Some(name)) = (pattern.parent(), pattern.file_name()) else {
        return Vec::new();
    };
    let name = name.to_string_lossy();
    if !name.contains('*') {
        return vec![pattern.to_owned()];
    }
    let Some(listing) = root
        .resolve(directory)
        .ok()
        .and_then(|directory| root.list(&directory).ok())
    else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = listing
        .into_iter()
        .flatten()
        .map(|entry| entry.name())
        .filter(|found| is_like(found, &name))
        .map(|found| directory.join(found))
        .collect();
    files.sort();
    files
}

/// Whether a name is as a pattern with `*` says.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| name.strip_prefix(start)) else {
        return false;
    };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(position) = rest.find(part) else {
            return false;
        };
        rest = rest.get(position + part.len()..).unwrap_or_default();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::tests::Library;

    #[test]
    fn settings_include_others_by_pattern() {
        let folder = tempfile::tempdir().unwrap();
        let etc = folder.path().join("etc");
        fs_err::create_dir_all(etc.join("ld.so.conf.d")).unwrap();
        let text = "include ld.so.conf.d/*.conf # more\ninclude /etc/ld.so.conf\n/opt/last\n";
        fs_err::write(etc.join("ld.so.conf"), text).unwrap();
        fs_err::write(etc.join("ld.so.conf.d/b.conf"), "/opt/b\n").unwrap();
        fs_err::write(etc.join("ld.so.conf.d/a.conf"), "# x\n/opt/a\nrelative\n").unwrap();
        fs_err::write(etc.join("ld.so.conf.d/c.conf.bak"), "/opt/c\n").unwrap();
        let root = Root::new(folder.path()).unwrap();
        let mut settings = Settings::default();
        settings.read(&root, Path::new("/etc/ld.so.conf"), 0);
        let first: Vec<_> = settings.directories.iter().take(2).collect();
        assert_eq!(first, [Path::new("/opt/a"), Path::new("/opt/b")]);
        assert!(settings.directories.contains(&PathBuf::from("/opt/last")));
        assert!(!settings.directories.contains(&PathBuf::from("/opt/c")));
    }

    #[test]
    fn a_library_of_another_machine_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, is_foreign| {
            let path = folder.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            let library = Library {
                name: "liba.so.1",
                is_foreign,
                ..Library::default()
            };
            fs_err::write(path, library.bytes()).unwrap();
        };
        write("one/liba.so.1", true);
        write("two/liba.so.1", false);
        let root = Root::new(folder.path()).unwrap();
        let loader = Loader::new(&root);
        let two = root.resolve(Path::new("/two/liba.so.1")).unwrap();
        let kind = loader.library(&two).unwrap().kind;
        let places = [PathBuf::from("/one"), PathBuf::from("/two")];
        let found = loader.find("liba.so.1", kind, places.iter()).unwrap();
        assert_eq!(found.path, two);
        assert!(loader.find("libb.so.1", kind, places.iter()).is_none());
        let absolute = loader.find("/two/liba.so.1", kind, [].iter());
        assert_eq!(absolute.map(|found| found.path), Some(two));
    }

    #[test]
    fn search_paths_begin_at_the_library() {
        let paths = [
            "$ORIGIN/../x.libs",
            "${ORIGIN}",
            "relative",
            "",
            "/a/$LIB",
            "$PLATFORM",
        ];
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let found = directories(&paths, Path::new("/v/x"));
        assert_eq!(found[0], Path::new("/v/x/../x.libs"));
        assert_eq!(found[1], Path::new("/v/x"));
        assert_eq!(found[2], Path::new("/a/lib64"));
        assert!(found.iter().all(|path| path.is_absolute()));
    }

    #[test]
    fn patterns_have_stars() {
        assert!(is_like("a.conf", "*.conf"));
        assert!(is_like("a.conf", "a*.co*f"));
        assert!(!is_like("a.conf.bak", "*.conf"));
        assert!(!is_like("b.conf", "a*"));
        assert!(is_like("x", "x"));
    }
}
