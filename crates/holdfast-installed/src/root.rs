//! A file system: this machine's, an unpacked one whose links must not lead out, or an image's.
//!
//! Everything else in this crate that looks at files asks here, so that each judgement is written
//! once. A path "on this machine" is, in an image, the path inside.

mod access;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{Error, ErrorKind, Result};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

pub(crate) use access::{Kind, Standing};

use crate::image::Tree;

/// As many links as systems follow before they give up.
const MOST_LINKS: usize = 40;
/// More names than any path has, with all links followed.
const MOST_PARTS: usize = 4096;

/// A file system.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    base: Base,
}

#[derive(Debug, Clone)]
enum Base {
    /// Below this directory; this machine's own is below `/`.
    Directory(PathBuf),
    /// The layers of an image, one over another.
    Image(Arc<Tree>),
}

impl Root {
    /// The file system below `path`; this machine's own is below `/`.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        Ok(Self {
            base: Base::Directory(fs_err::canonicalize(path)?),
        })
    }

    /// The file system of this machine.
    pub(crate) fn whole() -> Self {
        Self {
            base: Base::Directory(PathBuf::from("/")),
        }
    }

    /// The file system of an image.
    pub(crate) fn of_image(tree: Arc<Tree>) -> Self {
        Self {
            base: Base::Image(tree),
        }
    }

    /// The directory below which the file system is; nothing where paths mean what they say.
    fn directory(&self) -> Option<&Path> {
        match &self.base {
            Base::Directory(path) if path.parent().is_none() => None,
            Base::Directory(path) => Some(path),
            Base::Image(_) => None,
        }
    }

    /// Where something on this machine really is, with every link followed as the system inside
    /// would follow it. Outside of the root there is nothing.
    pub(crate) fn real(&self, path: &Path) -> Result<PathBuf> {
        let Some(directory) = self.directory() else {
            return self.canonical(path);
        };
        // the way to the root itself may lead through links of this machine
        let inside = self.inside(path).or_else(|| {
            let parent = fs_err::canonicalize(path.parent()?).ok()?;
            self.inside(&parent.join(path.file_name()?))
        });
        match inside {
            Some(inside) => self.resolve(&inside),
            None => Err(Error::new(
                ErrorKind::NotFound,
                format!(
                    "`{}` is not below `{}`",
                    path.display(),
                    directory.display()
                ),
            )),
        }
    }

    /// Where something on this machine is, with every link followed as this machine follows it.
    pub(crate) fn canonical(&self, path: &Path) -> Result<PathBuf> {
        match &self.base {
            Base::Directory(_) => fs_err::canonicalize(path),
            Base::Image(_) => self.resolve(path),
        }
    }

    /// Whether a directory is reached by no link that means another place inside than here.
    pub(crate) fn agrees(&self, path: &Path) -> bool {
        self.directory().is_none()
            || matches!(
                (self.real(path), fs_err::canonicalize(path)),
                (Ok(inside), Ok(here)) if inside == here
            )
    }

    /// Where a path that is written inside lies on this machine, links aside.
    pub(crate) fn here(&self, written: &Path) -> PathBuf {
        let Some(directory) = self.directory() else {
            return written.to_owned();
        };
        let mut path = directory.to_owned();
        for part in written.components() {
            match part {
                Component::Normal(name) => path.push(name),
                Component::ParentDir if path != directory => {
                    path.pop();
                }
                Component::ParentDir
                | Component::RootDir
                | Component::CurDir
                | Component::Prefix(_) => {}
            }
        }
        path
    }

    /// A path as the system inside writes it.
    pub(crate) fn written(&self, path: &Path) -> PathBuf {
        if self.directory().is_none() {
            return path.to_owned();
        }
        self.inside(path).unwrap_or_else(|| path.to_owned())
    }

    /// A whole file, by its path inside; no larger than `limit` bytes.
    pub(crate) fn read(&self, inside: &str, limit: u64) -> Result<Vec<u8>> {
        self.whole_file(&self.resolve(Path::new(inside))?, limit)
    }

    /// Where a path of the file system really is on this machine, with every link followed as the
    /// system inside would follow it: an absolute one begins at the root, and nothing leads above it.
    pub(crate) fn resolve(&self, inside: &Path) -> Result<PathBuf> {
        let start = match &self.base {
            Base::Directory(path) => path.as_path(),
            Base::Image(_) => Path::new("/"),
        };
        let mut rest: VecDeque<OsString> = VecDeque::new();
        push_front(&mut rest, inside);
        let mut found = start.to_owned();
        let mut depth = 0_usize;
        let mut links = 0;
        while let Some(part) = rest.pop_front() {
            if part == ".." {
                if depth > 0 {
                    depth -= 1;
                    found.pop();
                }
                continue;
            }
            let next = found.join(&part);
            let Some(target) = self.link(&next)? else {
                found = next;
                depth += 1;
                continue;
            };
            links += 1;
            if links > MOST_LINKS || rest.len() > MOST_PARTS {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!("`{}` leads through too many links", inside.display()),
                ));
            }
            if target.is_absolute() {
                start.clone_into(&mut found);
                depth = 0;
            }
            push_front(&mut rest, &target);
        }
        Ok(found)
    }

    /// The path that something on this machine has inside; nothing where it is outside.
    pub(crate) fn inside(&self, path: &Path) -> Option<PathBuf> {
        match &self.base {
            Base::Directory(root) => {
                let rest = path.strip_prefix(root).ok()?;
                Some(Path::new("/").join(rest))
            }
            Base::Image(_) => Some(path.to_owned()),
        }
    }
}

fn push_front(rest: &mut VecDeque<OsString>, path: &Path) {
    let parts: Vec<OsString> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        })
        .collect();
    for part in parts.into_iter().rev() {
        rest.push_front(part);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use fs_err::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_inside_and_never_out() {
        let folder = tempfile::tempdir().unwrap();
        let outside = folder.path().join("secret");
        fs_err::write(&outside, "x").unwrap();
        let path = folder.path().join("root");
        fs_err::create_dir_all(path.join("usr/lib")).unwrap();
        fs_err::write(path.join("usr/lib/a"), "x").unwrap();
        symlink("/usr/lib", path.join("lib")).unwrap();
        symlink("../../../../secret", path.join("usr/lib/climbs")).unwrap();
        symlink(&outside, path.join("absolute")).unwrap();
        symlink("loop", path.join("loop")).unwrap();
        let root = Root::new(&path).unwrap();
        let real = fs_err::canonicalize(&path).unwrap();
        let resolve = |inside: &str| root.resolve(Path::new(inside));
        assert_eq!(resolve("/lib/a").unwrap(), real.join("usr/lib/a"));
        assert_eq!(
            resolve("/lib/../../../usr/lib/a").unwrap(),
            real.join("usr/lib/a")
        );
        assert!(resolve("/usr/lib/climbs").is_err());
        assert!(resolve("/absolute").is_err());
        let error = resolve("/loop").unwrap_err().to_string();
        assert_eq!(error, "`/loop` leads through too many links");
        assert_eq!(root.inside(&real.join("usr")), Some(PathBuf::from("/usr")));
        assert_eq!(root.inside(&outside), None);
    }
}
