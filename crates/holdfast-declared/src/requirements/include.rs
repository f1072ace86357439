//! `-r` and `-c`: other files that a requirements file brings in.

use holdfast_model::Location;

use super::options::LineOption;
use super::{Kind, Reader};
use crate::pep508::is_variable;
use crate::reading::unavailable;
use crate::{Format, ReadError, decode, files, limits, strip_credentials};

/// Files that one file may bring in.
const FILES_LIMIT: usize = 1000;

/// A file that is being read.
pub(super) struct Open {
    path: String,
    /// The place that brought in the next one.
    includes: Option<Location>,
}

impl Open {
    pub(super) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            includes: None,
        }
    }
}

impl Reader<'_> {
    /// Reads the file that an option names. A file that was read before is not read again: pip would
    /// read it twice, to the same end.
    pub(super) fn include(
        &mut self,
        location: &Location,
        from: &str,
        option: &LineOption,
    ) -> Result<(), ReadError> {
        let kind = match option.kind.name {
            "constraint" => Kind::Constraints,
            _ => Kind::Requirements,
        };
        let named = &option.value;
        let remote = named.contains("://") || named.starts_with("file:");
        if remote || is_variable(named) {
            let reason = if remote {
                "is not fetched"
            } else {
                "depends on an environment variable"
            };
            self.unread(location, format!("`{}` {reason}", strip_credentials(named)));
            return Ok(());
        }
        let path = files::join(from, named).ok_or_else(|| {
            unavailable(location.clone(), named, &crate::FilesError::LeavesProject)
        })?;
        if let Some(open) = self.stack.last_mut() {
            open.includes = Some(location.clone());
        }
        self.refuse_loop(&path, location)?;
        let format = kind.format();
        if self.was_read(&path, format) {
            return Ok(());
        }
        if self.stack.len() >= limits::DEPTH || self.declared.files.len() >= FILES_LIMIT {
            return Err(ReadError::new(
                location.clone(),
                format!(
                    "`{named}` is one file too many: at most {} files inside each other and {FILES_LIMIT} in all are read",
                    limits::DEPTH
                ),
            ));
        }
        let bytes = self
            .files
            .read(&path)
            .map_err(|error| missing(location, named, &path, &error))?;
        let text = decode(&bytes, &path)?;
        self.read_file(&path, kind, &text)
    }

    fn was_read(&self, path: &str, format: Format) -> bool {
        self.declared
            .files
            .iter()
            .any(|file| file.path == path && file.format == format.name())
    }

    fn refuse_loop(&self, path: &str, location: &Location) -> Result<(), ReadError> {
        let Some(first) = self.stack.iter().position(|open| open.path == path) else {
            return Ok(());
        };
        let chain: Vec<String> = self
            .stack
            .iter()
            .skip(first)
            .map(|open| match &open.includes {
                Some(place) => format!("{}:{}", open.path, place.line),
                None => open.path.clone(),
            })
            .collect();
        Err(ReadError::new(
            location.clone(),
            format!("`{path}` includes itself: {} → {path}", chain.join(" → ")),
        )
        .with_fix("remove one of these `-r` or `-c` lines"))
    }
}

/// The error for a file that is not there; names the path that was looked at where it differs.
fn missing(location: &Location, named: &str, path: &str, error: &crate::FilesError) -> ReadError {
    let found = unavailable(location.clone(), path, error);
    if named.contains('\\') {
        found.with_fix("write the path with forward slashes")
    } else {
        found
    }
}
