//! The file of a state: whole at every moment.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use holdfast_behaviour::stream::StreamState;

/// The state of a file; none where there is no file. That it can be written later is made sure of.
pub(super) fn read(file: &Path) -> Result<Option<StreamState>> {
    let shown = file.display();
    let directory = directory(file);
    ensure!(
        directory.is_dir() && !file.is_dir(),
        "cannot keep a state in `{shown}`: {}",
        if file.is_dir() {
            "it is a directory; name a file in it"
        } else {
            "its directory is not there; make it, or name another file"
        }
    );
    match fs_err::read_to_string(file) {
        Ok(text) => StreamState::read(&text)
            .map(Some)
            .with_context(|| format!("cannot go on from `{shown}`")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot go on from `{shown}`")),
    }
}

/// Replaces the file by one with this state.
pub(super) fn write(file: &Path, state: &StreamState) -> Result<()> {
    let replace = || -> std::io::Result<()> {
        let mut temporary = tempfile::NamedTempFile::new_in(directory(file))?;
        temporary.write_all(state.write().as_bytes())?;
        temporary.persist(file).map_err(|error| error.error)?;
        Ok(())
    };
    replace().with_context(|| format!("cannot save the state in `{}`", file.display()))
}

fn directory(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}
