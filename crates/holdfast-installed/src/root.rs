//! A file system below a directory: this machine's, or an unpacked one whose links must not lead out.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{Error, ErrorKind, Result};
use std::path::{Component, Path, PathBuf};

/// As many links as systems follow before they give up.
const MOST_LINKS: usize = 40;

/// Where a file system begins.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    path: PathBuf,
}

impl Root {
    /// The file system below `path`; this machine's own is below `/`.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        Ok(Self {
            path: fs_err::canonicalize(path)?,
        })
    }

    /// The file system of this machine.
    pub(crate) fn whole() -> Self {
        Self {
            path: PathBuf::from("/"),
        }
    }

    fn is_whole(&self) -> bool {
        self.path.parent().is_none()
    }

    /// Where something on this machine really is, with every link followed as the system inside
    /// would follow it. Outside of the root there is nothing.
    pub(crate) fn real(&self, path: &Path) -> Result<PathBuf> {
        if self.is_whole() {
            return fs_err::canonicalize(path);
        }
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
                    self.path.display()
                ),
            )),
        }
    }

    /// Whether a directory is reached by no link that means another place inside than here.
    pub(crate) fn agrees(&self, path: &Path) -> bool {
        self.is_whole()
            || matches!(
                (self.real(path), fs_err::canonicalize(path)),
                (Ok(inside), Ok(here)) if inside == here
            )
    }

    /// Where a path that is written inside lies on this machine, links aside.
    pub(crate) fn here(&self, written: &Path) -> PathBuf {
        if self.is_whole() {
            return written.to_owned();
        }
        let mut path = self.path.clone();
        for part in written.components() {
            match part {
                Component::Normal(name) => path.push(name),
                Component::ParentDir if path != self.path => {
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
        if self.is_whole() {
            return path.to_owned();
        }
        self.inside(path).unwrap_or_else(|| path.to_owned())
    }

    /// A whole file, by its path inside; no larger than `limit` bytes.
    pub(crate) fn read(&self, inside: &str, limit: u64) -> Result<Vec<u8>> {
        crate::read::whole(&self.resolve(Path::new(inside))?, limit)
    }

    /// Where a path of the file system really is on this machine, with every link followed as the
    /// system inside would follow it: an absolute one begins at the root, and nothing leads above it.
    pub(crate) fn resolve(&self, inside: &Path) -> Result<PathBuf> {
        let mut rest: VecDeque<OsString> = VecDeque::new();
        push_front(&mut rest, inside);
        let mut found = self.path.clone();
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
            let metadata = fs_err::symlink_metadata(&next)?;
            if !metadata.is_symlink() {
                found = next;
                depth += 1;
                continue;
            }
            links += 1;
            if links > MOST_LINKS {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!("`{}` leads through too many links", inside.display()),
                ));
            }
            let target = fs_err::read_link(&next)?;
            if target.is_absolute() {
                found.clone_from(&self.path);
                depth = 0;
            }
            push_front(&mut rest, &target);
        }
        Ok(found)
    }

    /// The path that something on this machine has inside; nothing where it is outside.
    pub(crate) fn inside(&self, path: &Path) -> Option<PathBuf> {
        let rest = path.strip_prefix(&self.path).ok()?;
        Some(Path::new("/").join(rest))
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
