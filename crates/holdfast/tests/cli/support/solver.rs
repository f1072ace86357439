//! The solver of this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::interpreter::real_minor;

/// The uv to name in `HOLDFAST_UV`: the one that is named already, or the one that Holdfast fetched
/// for itself. Nothing where Holdfast finds one on `PATH`.
pub(crate) fn uv() -> Option<&'static Path> {
    static UV: OnceLock<Option<PathBuf>> = OnceLock::new();
    UV.get_or_init(find).as_deref()
}

fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("HOLDFAST_UV").filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("holdfast");
    let fetched = cache
        .join("uv")
        .join(format!("uv-{}", holdfast_uv::PINNED_VERSION))
        .join(if cfg!(windows) { "uv.exe" } else { "uv" });
    if fetched.is_file() {
        return Some(fetched);
    }
    fetch(&cache);
    fetched.is_file().then_some(fetched)
}

/// Locks a project that asks for nothing, which takes a solver and nothing else.
fn fetch(cache: &Path) {
    let project = tempfile::tempdir().unwrap();
    let configuration = format!(
        "[environments.app]\npython = \"{}\"\nrequirements = [\"requirements.in\"]\n",
        real_minor()
    );
    fs_err::write(project.path().join("holdfast.toml"), configuration).unwrap();
    fs_err::write(project.path().join("requirements.in"), "").unwrap();
    let mut said = String::new();
    for _ in 0..3 {
        let output = Command::new(env!("CARGO_BIN_EXE_holdfast"))
            .arg("lock")
            .current_dir(project.path())
            .env("HOLDFAST_CACHE_DIR", cache)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if output.status.success() {
            return;
        }
        said = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    panic!("these tests need uv, which can neither be found nor fetched:\n{said}");
}
