//! requirements.txt, as pip and uv install it with `--require-hashes`.

use holdfast_model::{LockSource, LockedPackage};

use super::{
    ExportError, Exported, comments, ids, index_lines, of_pypi, pinned, refuse_ambiguity,
    refuse_nothing, strong_hashes,
};

/// Whether hashes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashLines {
    /// Those of every file of every package.
    With,
    /// None, so that repositories and directories can be installed as well.
    Without,
}

/// The packages of PyPI as a requirements file, sorted, with `header` as its first comment.
pub fn requirements_txt(
    packages: &[LockedPackage],
    hashes: HashLines,
    header: &str,
) -> Result<Exported, ExportError> {
    let (chosen, left_out) = of_pypi(packages);
    refuse_nothing(&chosen, packages, "pip")?;
    refuse_ambiguity(&chosen)?;
    if hashes == HashLines::With {
        refuse_unhashed(&chosen)?;
    }
    let mut text = comments(header);
    let options = index_lines(&chosen)?;
    if !options.is_empty() {
        text.push_str(&options.join("\n"));
        text.push_str("\n\n");
    }
    let mut last = String::new();
    for package in chosen {
        let mut entry = pinned(package)?;
        if hashes == HashLines::With {
            for hash in strong_hashes(package) {
                entry.push_str(" \\\n    --hash=");
                entry.push_str(&hash.to_string());
            }
        }
        entry.push('\n');
        if entry != last {
            text.push_str(&entry);
            last = entry;
        }
    }
    Ok(Exported { text, left_out })
}

/// pip refuses a file in which some packages have hashes and others cannot.
fn refuse_unhashed(packages: &[&LockedPackage]) -> Result<(), ExportError> {
    let unhashed: Vec<&LockedPackage> = packages
        .iter()
        .filter(|package| match &package.source {
            LockSource::Registry { .. } | LockSource::Archive { .. } => {
                strong_hashes(package).is_empty()
            }
            LockSource::Vcs { .. } | LockSource::Directory { .. } => true,
        })
        .copied()
        .collect();
    if unhashed.is_empty() {
        return Ok(());
    }
    Err(ExportError::NoHashes {
        packages: ids(&unhashed),
    })
}
