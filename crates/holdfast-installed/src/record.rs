//! The `RECORD` of an installed package: which files it claims, and where they lie.

use std::collections::BTreeMap;
use std::path::Path;

use holdfast_model::{
    Digest, FileList, below_prefix, is_installers_own, is_record_itself, parse_record,
};

use crate::launcher::{self, EntryPoint};
use crate::root::Root;

/// The largest `RECORD` of a package has about three megabytes.
const LARGEST: u64 = 128 << 20;

/// A file that a package claims.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    /// Where it lies, relative to the environment; nothing where that is outside.
    pub(crate) path: Option<String>,
    /// As `RECORD` writes it.
    pub(crate) written: String,
    pub(crate) hash: Option<Digest>,
    pub(crate) role: Role,
}

/// What a claimed file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// A file of the wheel, by its name in a [`FileList`].
    Wheel(String),
    /// A script of the wheel, whose first line the installer may have replaced.
    Script(String),
    /// A script that the installer wrote for an entry point.
    Launcher(EntryPoint),
    /// The installer's own: `INSTALLER`, `RECORD` itself.
    Installer,
    /// A compiled file, made at installation.
    Bytecode,
    /// A file of a package of conda, by its path in the environment.
    Placed(String),
    /// A link of a package of conda.
    Link,
}

/// Reads the `RECORD` in a metadata directory; nothing where there is none.
pub(crate) fn read(
    system: &Root,
    metadata: &Path,
    site_packages: &str,
) -> Option<Result<Vec<Claim>, String>> {
    system.look(&metadata.join("RECORD")).ok()??;
    Some(claims(system, metadata, site_packages))
}

fn claims(system: &Root, metadata: &Path, site_packages: &str) -> Result<Vec<Claim>, String> {
    let bytes = system
        .whole_file(&metadata.join("RECORD"), LARGEST)
        .map_err(|error| error.to_string())?;
    let text = std::str::from_utf8(&bytes).map_err(|error| error.to_string())?;
    let points = system
        .whole_file(&metadata.join("entry_points.txt"), 1 << 20)
        .unwrap_or_default();
    parse(text, &String::from_utf8_lossy(&points), site_packages)
}

/// What a `RECORD` claims, beside the entry points of its package.
fn parse(text: &str, entry_points: &str, site_packages: &str) -> Result<Vec<Claim>, String> {
    let rows = parse_record(text).map_err(|error| match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })?;
    let site = Site {
        directory: site_packages,
        points: launcher::entry_points(entry_points),
    };
    Ok(rows
        .into_iter()
        .map(|row| {
            let path = site.resolve(&row.path);
            let role = match &path {
                Some(path) => site.role(path, row.hash.is_some()),
                None => Role::Wheel(row.path.clone()),
            };
            Claim {
                path,
                written: row.path,
                hash: row.hash,
                role,
            }
        })
        .collect())
}

struct Site<'a> {
    /// `lib/python3.11/site-packages`, relative to the environment; empty where it is that.
    directory: &'a str,
    points: BTreeMap<String, EntryPoint>,
}

impl Site<'_> {
    /// A path of `RECORD` relative to the environment.
    fn resolve(&self, written: &str) -> Option<String> {
        if written.starts_with('/') || written.contains('\0') {
            return None;
        }
        let mut parts: Vec<&str> = self
            .directory
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        for part in written.split(['/', '\\']) {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        (!parts.is_empty()).then(|| parts.join("/"))
    }

    fn role(&self, path: &str, has_hash: bool) -> Role {
        let within = if self.directory.is_empty() {
            Some(path)
        } else {
            path.strip_prefix(self.directory)
                .and_then(|rest| rest.strip_prefix('/'))
        };
        let Some(within) = within else {
            return self.role_elsewhere(path);
        };
        if let Some((directory, name)) = within.split_once('/')
            && directory.ends_with(".dist-info")
            && (is_record_itself(name) || is_installers_own(name))
        {
            return Role::Installer;
        }
        // a wheel that ships compiled files lists them with their hashes
        let is_bytecode = Path::new(within)
            .extension()
            .is_some_and(|extension| extension == "pyc");
        if is_bytecode && !has_hash {
            return Role::Bytecode;
        }
        Role::Wheel(within.to_owned())
    }

    fn role_elsewhere(&self, path: &str) -> Role {
        let listed = below_prefix(path);
        let Some(script) = listed.strip_prefix("//bin/") else {
            return Role::Wheel(listed);
        };
        match launcher::entry_point(&self.points, script) {
            Some(point) => Role::Launcher(point.clone()),
            None => Role::Script(listed),
        }
    }
}

/// What a package's files come to in the way that does not depend on the installer.
pub(crate) fn list<'a>(files: impl Iterator<Item = (&'a Claim, Digest)>) -> FileList {
    let mut list = FileList::default();
    for (claim, hash) in files {
        match &claim.role {
            Role::Wheel(name) | Role::Script(name) | Role::Placed(name) => {
                list.insert(name.clone(), hash);
            }
            Role::Launcher(_) | Role::Installer | Role::Bytecode | Role::Link => {}
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Vec<Claim> {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("RECORD"), text).unwrap();
        fs_err::write(
            folder.path().join("entry_points.txt"),
            "[console_scripts]\nx = x:main\n",
        )
        .unwrap();
        read(
            &Root::whole(),
            folder.path(),
            "lib/python3.11/site-packages",
        )
        .unwrap()
        .unwrap()
    }

    #[test]
    fn paths_are_resolved_inside_the_environment_alone() {
        let claims = read_text(
            "x/a.py,,\n../../../bin/x,,\n../../../bin/tool,,\n../../../share/d,,\n\
             ../../../../etc/passwd,,\n/etc/passwd,,\nx-1.dist-info/RECORD,,\nx/b.pyc,,\n",
        );
        let paths: Vec<Option<&str>> = claims.iter().map(|claim| claim.path.as_deref()).collect();
        assert_eq!(
            paths,
            [
                Some("lib/python3.11/site-packages/x/a.py"),
                Some("bin/x"),
                Some("bin/tool"),
                Some("share/d"),
                None,
                None,
                Some("lib/python3.11/site-packages/x-1.dist-info/RECORD"),
                Some("lib/python3.11/site-packages/x/b.pyc"),
            ]
        );
        assert!(matches!(claims[1].role, Role::Launcher(_)));
        assert_eq!(claims[2].role, Role::Script("//bin/tool".to_owned()));
        assert_eq!(claims[3].role, Role::Wheel("//share/d".to_owned()));
        assert_eq!(claims[6].role, Role::Installer);
        assert_eq!(claims[7].role, Role::Bytecode);
    }
}
