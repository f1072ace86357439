//! What is wrong with a configuration, at its place, with the way to mend it.

use std::fmt;

use holdfast_model::Location;

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{location}: {message}")]
pub struct ConfigError {
    /// Where it is written.
    pub location: Location,
    /// What is wrong, in one line.
    pub message: String,
    /// How to mend it.
    pub fix: Option<String>,
}

/// Everything that is wrong with a configuration, in the order of the file; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// The errors, unless there are none.
    pub(crate) fn from_errors(mut errors: Vec<ConfigError>) -> Option<Self> {
        errors.sort();
        errors.dedup();
        (!errors.is_empty()).then_some(Self(errors))
    }

    /// One error.
    pub(crate) fn one(error: ConfigError) -> Self {
        Self(vec![error])
    }

    /// The errors.
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a ConfigErrors {
    type Item = &'a ConfigError;
    type IntoIter = std::slice::Iter<'a, ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ConfigErrors {
    /// One error to a line, each followed by its fix, indented.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{error}")?;
            if let Some(fix) = &error.fix {
                write!(formatter, "\n  fix: {fix}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
