//! Errors of readers, as facts.

use holdfast_declared::ReadError;
use holdfast_model::{Location, Observed, UnreadableFile};

use crate::ConfigError;

/// A file that could not be read, as a state of an environment.
pub(crate) fn observed<T>(error: ReadError) -> Observed<T> {
    observed_with(error.location, &error.message, error.fix.as_deref())
}

/// The same from its parts.
pub(crate) fn observed_with<T>(
    location: Location,
    message: &str,
    fix: Option<&str>,
) -> Observed<T> {
    Observed::Unreadable {
        location,
        reason: reason(message, fix),
    }
}

/// A file that belongs to no environment that is known.
pub(crate) fn file(error: ReadError) -> UnreadableFile {
    UnreadableFile {
        reason: reason(&error.message, error.fix.as_deref()),
        location: error.location,
    }
}

/// A mistake in a configuration further down.
pub(crate) fn config(error: &ConfigError) -> UnreadableFile {
    UnreadableFile {
        location: error.location.clone(),
        reason: reason(&error.message, error.fix.as_deref()),
    }
}

/// What is wrong and how to mend it, in one line: facts have no place of their own for a fix.
pub(crate) fn reason(message: &str, fix: Option<&str>) -> String {
    match fix {
        Some(fix) => format!("{message}; {fix}"),
        None => message.to_owned(),
    }
}
