//! Golden sets as files.

use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use holdfast_behaviour::golden::{GoldenSet, read, write};
use holdfast_zstandard::Frames;

/// The golden set of a project, unless another is named.
pub(crate) fn path(named: Option<&Path>, root: &Path) -> PathBuf {
    named.map_or_else(
        || crate::verifying::below(root, "golden.jsonl"),
        Path::to_owned,
    )
}

/// The first bytes of a Zstandard frame (RFC 8878).
const ZSTANDARD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A golden set and the digest of its file. What is compressed is told by its first bytes.
pub(crate) fn load(path: &Path) -> Result<GoldenSet> {
    let shown = path.display();
    let bytes = fs_err::read(path).with_context(|| {
        format!("there is no golden set `{shown}`: record one with `holdfast golden record`, or name it with `--golden`")
    })?;
    let bytes = if bytes.starts_with(&ZSTANDARD) {
        let mut expanded = Vec::new();
        Frames::new(BufReader::new(bytes.as_slice()))
            .read_to_end(&mut expanded)
            .with_context(|| {
                format!("`{shown}` is damaged or ends early: restore it, or record it again")
            })?;
        expanded
    } else {
        bytes
    };
    let text = String::from_utf8(bytes)
        .with_context(|| format!("`{shown}` is no text in UTF-8: it is no golden set"))?;
    read(&text).with_context(|| format!("`{shown}` cannot be read"))
}

/// Writes a golden set, compressed where its name ends in `.zst`; what was there stays whole until
/// the new one is.
pub(crate) fn save(golden: &GoldenSet, path: &Path) -> Result<()> {
    let text = write(golden);
    let is_compressed = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("zst"));
    let bytes = if is_compressed {
        holdfast_zstandard::compress(text.as_bytes())
    } else {
        text.into_bytes()
    };
    replace(path, &bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

/// Puts a file in the place of another, whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // as other files are made, within the user's mask, and not as secrets are
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let mut file = builder.prefix(".golden-").tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
