//! The interpreter that an environment asks for.

use std::fmt;
use std::str::FromStr;

/// A version of Python 3, to the minor or to the patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PythonChoice {
    /// The minor version: 11 of `3.11`.
    pub minor: u8,
    /// The patch, where the person names one: 7 of `3.11.7`.
    pub patch: Option<u8>,
}

/// Why a text chooses no interpreter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version of Python 3")]
pub struct PythonChoiceError(String);

impl PythonChoice {
    /// Whether an interpreter's full version, such as `3.11.7`, is what was asked for.
    pub fn admits(self, version: &str) -> bool {
        version.parse().is_ok_and(|version: Self| {
            version.minor == self.minor && (self.patch.is_none() || version.patch == self.patch)
        })
    }
}

impl FromStr for PythonChoice {
    type Err = PythonChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || PythonChoiceError(super::shown::shown(text));
        let mut parts = text.split('.').map(number);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Some(3)), Some(Some(minor)), None, None) => Ok(Self { minor, patch: None }),
            (Some(Some(3)), Some(Some(minor)), Some(Some(patch)), None) => Ok(Self {
                minor,
                patch: Some(patch),
            }),
            _ => Err(error()),
        }
    }
}

/// A number as versions have it: digits alone, no sign, no leading zero.
fn number(text: &str) -> Option<u8> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit())
        && !(text.len() > 1 && text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for PythonChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "3.{}", self.minor)?;
        self.patch
            .map_or(Ok(()), |patch| write!(formatter, ".{patch}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minor_or_a_patch_is_a_choice_and_a_range_is_not() {
        for text in ["3.11", "3.11.7", "3.9.0"] {
            assert_eq!(text.parse::<PythonChoice>().unwrap().to_string(), text);
        }
        for wrong in [
            "", "3", "2.7", "3.11.7.1", ">=3.11", "3.11.*", "3.011", "3.x", "3.+1", "3.999",
        ] {
            assert!(wrong.parse::<PythonChoice>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_minor_admits_each_of_its_patches() {
        let minor: PythonChoice = "3.11".parse().unwrap();
        assert!(minor.admits("3.11.7"));
        assert!(!minor.admits("3.12.0"));
        let patch: PythonChoice = "3.11.7".parse().unwrap();
        assert!(patch.admits("3.11.7"));
        assert!(!patch.admits("3.11.8"));
    }
}
