//! constraints.txt: versions for whatever is installed, without asking for any of it.

use holdfast_model::{LockSource, LockedPackage};

use super::{
    ExportError, Exported, comments, ids, of_pypi, pinned, refuse_ambiguity, refuse_nothing,
};

/// The packages of PyPI as a constraints file, sorted, with `header` as its first comment.
///
/// Directories are left out: pip takes no paths as constraints.
pub fn constraints_txt(packages: &[LockedPackage], header: &str) -> Result<Exported, ExportError> {
    let (pypi, mut left_out) = of_pypi(packages);
    refuse_nothing(&pypi, packages, "pip")?;
    let is_local = |package: &&LockedPackage| match &package.source {
        LockSource::Directory { .. } => true,
        LockSource::Archive { url } => !url.contains("://"),
        LockSource::Registry { .. } | LockSource::Vcs { .. } => false,
    };
    let (local, chosen): (Vec<&LockedPackage>, Vec<&LockedPackage>) =
        pypi.into_iter().partition(is_local);
    refuse_ambiguity(&chosen)?;
    left_out.extend(ids(&local));
    left_out.sort();
    let mut lines = Vec::new();
    for package in chosen {
        lines.push(pinned(package)?);
    }
    lines.dedup();
    let mut text = comments(header);
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    Ok(Exported { text, left_out })
}
