//! Inputs from outside the project: `../shared`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The path of `../shared/<path>`, or nothing where it is absent.
///
/// # Panics
/// With `CI=true`, where a skipped check would pass for a clean one.
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(path);
    if found.exists() {
        return Some(found);
    }
    missing(path);
    None
}

/// A directory with the content of `corpora/<name>.tar.zst` or `data/<name>.tar.zst`.
///
/// Unpacked once for all tests, into the system's directory for temporary files.
///
/// # Panics
/// Where the archive is there and `tar` and `zstd` cannot unpack it; with `CI=true`, also where it
/// is absent.
pub fn corpus(name: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let archive = ["corpora", "data"]
        .iter()
        .map(|folder| shared.join(folder).join(format!("{name}.tar.zst")))
        .find(|archive| archive.exists());
    let Some(archive) = archive else {
        missing(name);
        return None;
    };
    let size = fs_err::metadata(&archive).map_or(0, |metadata| metadata.len());
    let directory = std::env::temp_dir().join(format!("holdfast-corpus-{name}-{size}"));
    if !directory.exists() {
        unpack(&archive, &directory);
    }
    Some(directory)
}

/// Unpacks beside the target and renames, so that tests of several processes do not see half of it.
fn unpack(archive: &Path, directory: &Path) {
    let staging = tempfile::tempdir_in(std::env::temp_dir()).expect("a directory for the corpus");
    let status = Command::new("tar")
        .arg("--zstd")
        .arg("-xf")
        .arg(archive)
        .arg("-C")
        .arg(staging.path())
        .status()
        .expect("`tar` runs");
    assert!(
        status.success(),
        "`tar --zstd` cannot unpack {}",
        archive.display()
    );
    if fs_err::rename(staging.path(), directory).is_err() {
        assert!(
            directory.exists(),
            "the corpus cannot be put at {}",
            directory.display()
        );
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn missing(what: &str) {
    #[expect(clippy::disallowed_methods, reason = "tests read the environment")]
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(
        !ci,
        "`../shared` lacks `{what}`: with CI=true nothing is skipped"
    );
    eprintln!("skipped: `../shared` lacks `{what}`");
}
