//! A small project, locked by a tool and looked at after each change.

use std::path::Path;

use holdfast_declared::{ProjectFiles, Reading, freshness, read, recognise};
use holdfast_model::Freshness;

/// What to do to a manifest, and what must be said of the lock then.
pub(crate) enum Change {
    /// It means the same: comments, order, layout.
    Cosmetic(&'static str, &'static str),
    /// It asks for something else, and a message must say so of this requirement.
    Real(&'static str, &'static str, &'static str),
}

pub(crate) use Change::{Cosmetic, Real};

/// A project and its changes.
pub(crate) struct Project {
    /// Files by path.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// The manifest that is changed.
    pub(crate) manifest: &'static str,
    /// The lock that the tool writes.
    pub(crate) lock: &'static str,
    /// Packages that the lock must have.
    pub(crate) packages: &'static [&'static str],
    pub(crate) changes: &'static [Change],
}

/// How a tool is asked.
pub(crate) struct Asking<'a> {
    /// Makes the lock in a directory.
    pub(crate) lock: &'a dyn Fn(&Path) -> Result<(), String>,
    /// Whether the tool itself finds the lock fresh; nothing where it has no way to say so.
    pub(crate) is_fresh: Option<&'a dyn Fn(&Path) -> bool>,
}

impl Project {
    /// Locks the project and tries all changes, each on its own.
    pub(crate) fn check(&self, asking: &Asking<'_>) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for (path, content) in self.files {
            let path = root.join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, content).unwrap();
        }
        if let Err(reason) = super::tools::retry(|| (asking.lock)(root)) {
            super::tools::skip(&reason);
            return;
        }
        self.is_read(root);
        self.agrees(root, asking, &Freshness::Fresh, "as locked");
        let mut refused = false;
        for change in self.changes {
            // the tool's own verdict takes seconds, so it is asked of one real change only
            let own = match change {
                Real(..) if refused => None,
                Real(..) => {
                    refused = true;
                    asking.is_fresh
                }
                Cosmetic(..) => asking.is_fresh,
            };
            let asking = Asking {
                lock: asking.lock,
                is_fresh: own,
            };
            self.try_change(root, &asking, change);
        }
    }

    fn is_read(&self, root: &Path) {
        let locked = reading(root, self.lock).locked.unwrap();
        let names: Vec<&str> = locked.packages.iter().map(|it| it.package.name()).collect();
        for package in self.packages {
            assert!(
                names.contains(package),
                "`{package}` is not among {names:?}"
            );
        }
        for package in &locked.packages {
            assert!(package.location.line > 0);
            for file in &package.files {
                assert!(!file.hashes.is_empty(), "{} has no hash", file.name);
            }
        }
    }

    fn try_change(&self, root: &Path, asking: &Asking<'_>, change: &Change) {
        let manifest = root.join(self.manifest);
        let before = fs_err::read_to_string(&manifest).unwrap();
        let (Cosmetic(from, to) | Real(from, to, _)) = change;
        assert!(before.contains(from), "`{from}` is not in {before}");
        fs_err::write(&manifest, before.replace(from, to)).unwrap();
        let what = format!("`{from}` became `{to}`");
        match change {
            Cosmetic(..) => self.agrees(root, asking, &Freshness::Fresh, &what),
            Real(_, _, named) => {
                let stale = self.freshness(root);
                let Freshness::Stale(differences) = &stale else {
                    panic!("{what}: {stale:?}");
                };
                let says = |it: &&holdfast_model::Staleness| it.message.contains(named);
                assert!(
                    differences.iter().any(|it| says(&it)),
                    "{what}: `{named}` is not named in {differences:?}"
                );
                if let Some(is_fresh) = asking.is_fresh {
                    assert!(
                        !is_fresh(root),
                        "{what}: the tool itself finds the lock fresh"
                    );
                }
            }
        }
        fs_err::write(&manifest, before).unwrap();
    }

    fn agrees(&self, root: &Path, asking: &Asking<'_>, expected: &Freshness, what: &str) {
        assert_eq!(&self.freshness(root), expected, "{what}");
        if let Some(is_fresh) = asking.is_fresh {
            assert!(
                is_fresh(root),
                "{what}: the tool itself finds the lock stale"
            );
        }
    }

    fn freshness(&self, root: &Path) -> Freshness {
        let reading = reading(root, self.lock);
        let files = ProjectFiles::new(root);
        freshness(
            &files,
            &reading.locked.unwrap(),
            &reading.lock_inputs.unwrap(),
        )
    }
}

/// The lock as it is read.
pub(crate) fn reading(root: &Path, lock: &str) -> Reading {
    read(&ProjectFiles::new(root), lock, recognise(lock).unwrap()).unwrap()
}
