//! Why a file could not be read.

use holdfast_model::Location;

/// A file, or a place in it, that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {message}")]
pub struct ReadError {
    /// Where reading failed, as exactly as is known.
    pub location: Location,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it, in one line.
    pub fix: Option<String>,
}

impl ReadError {
    /// An error without a fix.
    pub fn new(location: Location, message: impl Into<String>) -> Self {
        Self {
            location,
            message: message.into(),
            fix: None,
        }
    }

    /// The same error with a fix.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_begins_with_its_place() {
        let error = ReadError::new(Location::new("a/requirements.txt", 3, 7), "no such thing");
        assert_eq!(error.to_string(), "a/requirements.txt:3:7: no such thing");
    }
}
