//! Names that people give.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of an environment, such as `train` or `serve`.
///
/// Part of a file name (`pylock.train.toml`), where PEP 751 allows no dots: letters, digits, `-` and
/// `_`, beginning with a letter or digit, at most 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnvironmentName(String);

/// Why a text cannot name an environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name an environment: use up to 64 letters, digits, `-` and `_`, beginning with a letter or a digit"
)]
pub struct NameError(String);

impl EnvironmentName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file name of this environment's lock, `pylock.<name>.toml`.
    pub fn lock_file(&self) -> String {
        format!("pylock.{}.toml", self.0)
    }
}

impl FromStr for EnvironmentName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let first_is_plain = text.starts_with(|first: char| first.is_ascii_alphanumeric());
        let all_allowed = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if first_is_plain && all_allowed && text.len() <= 64 {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for EnvironmentName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EnvironmentName> for String {
    fn from(name: EnvironmentName) -> Self {
        name.0
    }
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_would_break_the_lock_file_name() {
        assert!("train.gpu".parse::<EnvironmentName>().is_err());
        assert!("".parse::<EnvironmentName>().is_err());
        assert!("-x".parse::<EnvironmentName>().is_err());
        let name: EnvironmentName = "train-gpu".parse().unwrap();
        assert_eq!(name.lock_file(), "pylock.train-gpu.toml");
    }
}
